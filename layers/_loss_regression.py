"""Losses of numbers as functions of tensors: one value per sample."""

from __future__ import annotations

import math
from typing import Any

import graphgrad as gg
from graphgrad.layers._targets import EPSILON, matched, mean_along

__all__ = [
    "cosine_similarity",
    "huber",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
]


def mean_squared_error(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return the squared differences, averaged over the last axis.

    >>> mean_squared_error([[1.0, 2.0]], [[1.0, 4.0]])
    tensor([2.])
    """
    y, p = matched(y_true, y_pred, "mean_squared_error")
    return mean_along(gg.square(p - y), -1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return the absolute differences, averaged over the last axis.

    The gradient is 0 where a prediction is right.

    >>> mean_absolute_error([[1.0, 2.0]], [[1.0, 4.0]])
    tensor([1.])
    """
    y, p = matched(y_true, y_pred, "mean_absolute_error")
    return mean_along(gg.abs(p - y), -1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``100 |(y - p) / y|``, averaged over the last axis.

    A label nearer to 0 than 1e-7 counts as 1e-7, as in Keras: by such labels the
    percentages are huge.

    >>> mean_absolute_percentage_error([[1.0, 2.0]], [[1.0, 4.0]])
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "mean_absolute_percentage_error")
    return mean_along(gg.abs(p - y) / gg.maximum(gg.abs(y), EPSILON), -1) * 100


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``(log(p + 1) - log(y + 1))²``, averaged over the last axis.

    Labels and predictions below 1e-7 count as 1e-7: there the gradient is 0.

    >>> mean_squared_logarithmic_error([[0.0, 3.0]], [[0.0, 3.0]])
    tensor([0.])
    """
    y, p = matched(y_true, y_pred, "mean_squared_logarithmic_error")
    log_p = gg.log1p(gg.maximum(p, EPSILON))
    log_y = gg.log1p(gg.maximum(y, EPSILON))
    return mean_along(gg.square(log_p - log_y), -1)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> gg.Tensor:
    """Return ``e²/2`` for errors up to ``delta``, beyond it a line; averaged.

    The line is ``delta |e| - delta²/2``, so that values and slopes fit together.

    >>> huber([[0.0, 0.0]], [[1.0, 3.0]])
    tensor([1.5])
    """
    y, p = matched(y_true, y_pred, "huber")
    error = p - y
    bent = gg.clip(error, -delta, delta)
    return mean_along(bent * (error - bent * 0.5), -1)


def log_cosh(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``log cosh(p - y)``, averaged over the last axis.

    Near ``e²/2`` for small errors e, and ``|e| - log 2`` for large ones; it does not
    overflow.

    >>> log_cosh([[0.0]], [[0.0]])
    tensor([0.])
    """
    y, p = matched(y_true, y_pred, "log_cosh")
    error = p - y
    return mean_along(error + gg.softplus(error * -2) - math.log(2), -1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> gg.Tensor:
    """Return minus the cosine of the angle between labels and predictions.

    -1 where they point the same way, 1 where they point opposite ways, 0 where they
    are orthogonal or one of them is zero. The vectors lie along ``axis``.

    >>> cosine_similarity([[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [0.0, -3.0]])
    tensor([-1.,  1.])
    """
    y, p = matched(y_true, y_pred, "cosine_similarity")
    return -gg.sum(_unit(y, axis) * _unit(p, axis), axis=axis)


# Lengths are kept off 0 as Keras does it. Zero has no direction, and no gradient: no
# direction is better than another.
def _unit(x: gg.Tensor, axis: int) -> gg.Tensor:
    square = gg.sum(gg.square(x), axis=axis, keepdims=True)
    directed = gg.cast(gg.not_equal(square, 0), x.dtype)
    return x * directed / gg.sqrt(gg.maximum(square, EPSILON**2))
