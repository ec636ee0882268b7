"""Hinge losses: an output is due to be right by a margin of 1."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from graphgrad.layers._loss import StandardLoss
from graphgrad.layers._loss_hinge import categorical_hinge, hinge, squared_hinge
from graphgrad.layers._targets import (
    Array,
    LabelError,
    check_shares,
    first,
    one_hot_hint,
)

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


class Hinge(StandardLoss):
    """The mean of ``max(1 - y p, 0)``, for labels -1 and 1, or 0 and 1.

    The labels of a data set are either all of -1 and 1 or all of 0 and 1; Keras
    decides by the labels of each batch. The model ends without an activation, or in
    ``tanh``.

    >>> Hinge()([[-1.0], [1.0]], [[-2.0], [0.5]])
    tensor(0.25)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return hinge(y_true, y_pred)

    def check_values(self, y: Array) -> None:
        """Raise unless all labels are -1 or 1, or all are 0 or 1."""
        _check_sides(y, self.title())


class SquaredHinge(StandardLoss):
    """The mean of ``max(1 - y p, 0)²``, for labels -1 and 1, or 0 and 1.

    Labels are read as in `Hinge`.

    >>> SquaredHinge()([[-1.0], [1.0]], [[-2.0], [0.5]])
    tensor(0.125)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return squared_hinge(y_true, y_pred)

    def check_values(self, y: Array) -> None:
        """Raise unless all labels are -1 or 1, or all are 0 or 1."""
        _check_sides(y, self.title())


class CategoricalHinge(StandardLoss):
    """By how much the right class falls short of all others, and of 0, plus 1.

    ``max(max((1 - y) p) - Σ y p + 1, 0)`` for one-hot labels y.

    >>> CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]])
    tensor(0.5)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return categorical_hinge(y_true, y_pred)

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Say how class numbers become one-hot."""
        return one_hot_hint(y, output_shape, "")

    def check_values(self, y: Array) -> None:
        """Raise unless labels lie between 0 and 1."""
        check_shares(y, self.title(), "a label is 1 for the right class, else 0")


def _check_sides(y: Array, owner: str) -> None:
    zero, minus = y == 0, y == -1
    bad = ~(zero | minus | (y == 1))
    hint = "turn two classes into 0 and 1, as (y == one_of_them) does"
    if not bad.any() and zero.any() and minus.any():
        bad, hint = zero, "there are labels -1 too, so that 0 has no meaning"
    if bad.any():
        raise LabelError(
            f"{owner}: labels are -1 and 1, or 0 and 1, got {first(y, bad)}; {hint}"
        )
