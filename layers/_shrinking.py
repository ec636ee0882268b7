"""Activations that make small values 0, gates, and the softmax with exact zeros."""

from __future__ import annotations

import math
from typing import Any

import graphgrad as gg
from graphgrad.layers._warning import warn

__all__ = [
    "as_tensor",
    "glu",
    "hard_shrink",
    "soft_shrink",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "tanh_shrink",
    "threshold",
    "warn_if_alone",
]


def as_tensor(x: Any) -> gg.Tensor:
    """Return a tensor as it is, and numbers as one.

    >>> as_tensor([1.0])
    tensor([1.])
    """
    return x if isinstance(x, gg.Tensor) else gg.tensor(x)


# ---- around 0 ------------------------------------------------------------------------


def soft_shrink(x: gg.Tensor, threshold: float = 0.5) -> gg.Tensor:
    """Move x towards 0 by ``threshold``, no further; the derivative there is 0.

    >>> soft_shrink(gg.tensor([-2.0, 0.25, 0.75]))
    tensor([-1.5 ,  0.  ,  0.25])
    """
    x = as_tensor(x)
    return gg.relu(x - threshold) - gg.relu(-x - threshold)


def hard_shrink(x: gg.Tensor, threshold: float = 0.5) -> gg.Tensor:
    """Take x where it is further from 0 than ``threshold``, else 0.

    >>> hard_shrink(gg.tensor([-2.0, 0.25, 0.75]))
    tensor([-2.  ,  0.  ,  0.75])
    """
    x = as_tensor(x)
    return gg.where(gg.less_equal(gg.abs(x), threshold), 0.0, x)


def tanh_shrink(x: gg.Tensor) -> gg.Tensor:
    """Take ``x - tanh(x)``.

    >>> tanh_shrink(gg.tensor([-1000.0, 0.0]))
    tensor([-999.,    0.])
    """
    x = as_tensor(x)
    return x - gg.tanh(x)


def threshold(x: gg.Tensor, threshold: float, default_value: float) -> gg.Tensor:
    """Take x where it is above ``threshold``, else ``default_value``.

    >>> threshold(gg.tensor([-2.0, 0.25, 0.75]), 0.5, -1.0)
    tensor([-1.  , -1.  ,  0.75])
    """
    x = as_tensor(x)
    return gg.where(gg.less_equal(x, threshold), default_value, x)


# ---- relu and sigmoid in other shapes ------------------------------------------------


def squareplus(x: gg.Tensor, b: float = 4.0) -> gg.Tensor:
    """Take ``(x + √(x² + b)) / 2``, a softplus of roots instead of exponentials.

    >>> squareplus(gg.tensor([0.0, 1.5]))
    tensor([1., 2.])
    """
    x = as_tensor(x)
    return (x + gg.hypot(x, math.sqrt(b))) * 0.5


def sparse_plus(x: gg.Tensor) -> gg.Tensor:
    """Take 0 up to -1, ``(x + 1)² / 4`` up to 1, and x from there.

    >>> sparse_plus(gg.tensor([-2.0, 0.0, 3.0]))
    tensor([0.  , 0.25, 3.  ])
    """
    x = as_tensor(x)
    bent = gg.square(gg.clip(x, -1.0, 1.0) + 1) * 0.25
    return bent + gg.relu(x - 1)


def sparse_sigmoid(x: gg.Tensor) -> gg.Tensor:
    """Take ``(x + 1) / 2`` within 0 and 1, the derivative of `sparse_plus`.

    >>> sparse_sigmoid(gg.tensor([-2.0, 0.0, 0.5, 3.0]))
    tensor([0.  , 0.5 , 0.75, 1.  ])
    """
    return gg.clip((as_tensor(x) + 1) * 0.5, 0, 1)


# ---- along an axis -------------------------------------------------------------------


def glu(x: gg.Tensor, axis: int = -1) -> gg.Tensor:
    """Take the first half along ``axis`` times the sigmoid of the second.

    >>> glu(gg.tensor([[1.0, 2.0, 0.0, 1000.0]]))
    tensor([[0.5, 2. ]])
    """
    x = as_tensor(x)
    if x.shape[axis] % 2:
        raise gg.ShapeError(
            f"glu halves axis {axis}, whose length must be even, got shape {x.shape}"
        )
    first, second = gg.split(x, 2, axis)
    return first * gg.sigmoid(second)


def sparsemax(x: gg.Tensor, axis: int = -1) -> gg.Tensor:
    """Take the point nearest to x whose numbers are at least 0 and add up to 1.

    Like a softmax along ``axis``, but small numbers become exactly 0 (Martins and
    Astudillo, 2016). It compares each number with each other one, without sorting.

    >>> sparsemax(gg.tensor([0.5, 1.0, -1.0]))
    tensor([0.25, 0.75, 0.  ])
    """
    x = as_tensor(x)
    warn_if_alone(x, axis)
    x = gg.moveaxis(x, axis, -1)
    x = x - gg.stop_gradient(gg.max(x, axis=-1, keepdims=True))
    # Of each number: how many are not less, and what those add up to.
    z = gg.stop_gradient(x)
    not_less = gg.cast(
        gg.greater_equal(gg.expand_dims(z, -2), gg.expand_dims(z, -1)), z.dtype
    )
    count = gg.sum(not_less, axis=-1)
    total = gg.sum(not_less * gg.expand_dims(z, -2), axis=-1)
    kept = gg.cast(gg.greater(count * z + 1, total), z.dtype)
    over = gg.sum(kept * x, axis=-1, keepdims=True) - 1
    shift = over / gg.sum(kept, axis=-1, keepdims=True)
    return gg.moveaxis(gg.relu(x - shift), -1, axis)


def warn_if_alone(x: gg.Tensor, axis: int) -> None:
    """Warn that a softmax along an axis of length 1 is always 1.

    >>> warn_if_alone(gg.tensor([[1.0, 2.0]]), -1)
    """
    if x.shape and x.shape[axis] == 1:
        warn(
            "softmax over an axis of length 1 is always 1, so nothing can be learned: "
            "for one output unit use the activation 'sigmoid'",
        )
