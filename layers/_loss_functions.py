"""Losses as functions of tensors: one value per sample."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._targets import as_float, matched, mean_along

__all__ = [
    "binary_crossentropy",
    "categorical_crossentropy",
    "class_numbers",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]

# Probabilities are kept this far from 0 and 1, as Keras does.
EPSILON = 1e-7


def mean_squared_error(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return the squared differences, averaged over the last axis.

    >>> mean_squared_error([[1.0, 2.0]], [[1.0, 4.0]])
    tensor([2.])
    """
    y, p = matched(y_true, y_pred, "mean_squared_error")
    return mean_along(gg.square(p - y), -1)


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> gg.Tensor:
    """Return ``-(y log p + (1 - y) log(1 - p))``, averaged over ``axis``.

    Probabilities p are kept within 1e-7 of 0 and 1; with ``from_logits`` the
    predictions are z with p = σ(z), and nothing is lost. ``label_smoothing`` s makes
    the labels ``y (1 - s) + s/2``.

    >>> binary_crossentropy([[0.0]], [[50.0]], from_logits=True)
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "binary_crossentropy")
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / 2
    if from_logits:
        values = gg.sigmoid_cross_entropy(p, y)
    else:
        # passes.joint_forms makes just this form stable where p is a sigmoid.
        p = gg.clip(p, EPSILON, 1 - EPSILON)
        values = -(y * gg.log(p) + (1 - y) * gg.log(1 - p))
    return mean_along(values, axis)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> gg.Tensor:
    """Return ``-Σ y log p`` over the classes along ``axis``.

    Predictions are divided by their sum and kept within 1e-7 of 0 and 1; with
    ``from_logits`` they are z with p = softmax(z). ``label_smoothing`` s makes the
    labels ``y (1 - s) + s/K``, K being the number of classes.

    >>> categorical_crossentropy([[0.0, 1.0]], [[50.0, 0.0]], from_logits=True)
    tensor([50.])
    """
    y, p = matched(y_true, y_pred, "categorical_crossentropy")
    if label_smoothing:
        y = y * (1 - label_smoothing) + label_smoothing / p.shape[axis]
    return -gg.sum(y * _log_probability(p, axis, from_logits=from_logits), axis=axis)


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
) -> gg.Tensor:
    """Return ``-log p[label]``: labels are class numbers, predictions (..., classes).

    Predictions are treated as in `categorical_crossentropy`. Samples of the class
    ``ignore_class`` give 0.

    >>> sparse_categorical_crossentropy([1], [[50.0, 0.0]], from_logits=True)
    tensor([50.])
    """
    p = as_float(y_pred)
    labels = class_numbers(y_true, p)
    log_p = _log_probability(p, -1, from_logits=from_logits)
    numbers = np.arange(p.shape[-1]).astype(labels.dtype)
    hit = gg.equal(numbers, gg.expand_dims(labels, -1))
    values = -gg.sum(gg.where(hit, log_p, 0), axis=-1)
    if ignore_class is None:
        return values
    return gg.where(gg.equal(labels, ignore_class), 0, values)


def _log_probability(p: gg.Tensor, axis: int, *, from_logits: bool) -> gg.Tensor:
    if from_logits:
        return gg.log_softmax(p, axis)
    # passes.joint_forms makes just this form stable where p is a softmax.
    share = p / gg.sum(p, axis=axis, keepdims=True)
    return gg.log(gg.clip(share, EPSILON, 1 - EPSILON))


def class_numbers(y_true: Any, p: gg.Tensor) -> gg.Tensor:
    """Return class numbers, one for each row of ``p``; (n, 1) becomes (n,)."""
    y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
    if y.ndim == p.ndim and y.shape[-1] == 1:
        y = gg.squeeze(y, -1)
    if y.shape != p.shape[:-1]:
        raise gg.ShapeError(
            f"sparse_categorical_crossentropy: labels of shape {y.shape} do not match "
            f"an output of shape {p.shape}; give one class number per sample"
        )
    small = y.dtype.kind == "b" or (
        y.dtype.kind in "iu" and np.iinfo(y.dtype).max < p.shape[-1]
    )
    return gg.cast(y, "int64") if small else y
