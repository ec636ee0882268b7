"""Hinge losses as functions of tensors: one value per sample."""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.layers._targets import matched, mean_along

__all__ = ["categorical_hinge", "hinge", "squared_hinge"]


def hinge(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``max(1 - y p, 0)`` for labels of -1 and 1, averaged over the last axis.

    Labels 0 and 1 mean the same: a label above 0 is 1, any other is -1. At the kink
    the gradient is 0.

    >>> hinge([[-1.0, 1.0]], [[-2.0, 0.5]]), hinge([[0.0, 1.0]], [[-2.0, 0.5]])
    (tensor([0.25]), tensor([0.25]))
    """
    return mean_along(_short_of_margin(y_true, y_pred, "hinge"), -1)


def squared_hinge(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``max(1 - y p, 0)²`` for labels of -1 and 1, averaged over the last axis.

    Labels 0 and 1 mean the same: a label above 0 is 1, any other is -1.

    >>> squared_hinge([[-1.0, 1.0]], [[-2.0, 0.5]])
    tensor([0.125])
    """
    return mean_along(gg.square(_short_of_margin(y_true, y_pred, "squared_hinge")), -1)


def categorical_hinge(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return ``max(max((1 - y) p) - Σ y p + 1, 0)`` for one-hot labels y.

    So the output of the right class is due to be larger by 1 than all others, and than
    0. Where several others are the largest, they share the gradient.

    >>> categorical_hinge([[0.0, 1.0]], [[0.5, 1.0]])
    tensor([0.5])
    """
    y, p = matched(y_true, y_pred, "categorical_hinge")
    right = gg.sum(y * p, axis=-1)
    wrong = gg.max((1 - y) * p, axis=-1)
    return gg.relu(wrong - right + 1)


# The labels' meaning is the same for every batch: it hangs on no other label.
def _short_of_margin(y_true: Any, y_pred: Any, owner: str) -> gg.Tensor:
    y, p = matched(y_true, y_pred, owner)
    side = gg.cast(gg.greater(y, 0), p.dtype) * 2 - 1
    return gg.relu(1 - side * p)
