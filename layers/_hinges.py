"""Hinge losses: an output is due to be right by a margin of 1."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from graphgrad.layers._loss import StandardLoss
from graphgrad.layers._loss_hinge import categorical_hinge, hinge, squared_hinge
from graphgrad.layers._taken import Values
from graphgrad.layers._targets import Array, one_hot_hint

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


_SIDES = Values(sets=((-1, 1), (0, 1)))


class _OfSides(StandardLoss):
    """A loss whose labels say on which side an output is due."""

    label_kind = "sides"

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return -1 and 1, or 0 and 1: all of one of these."""
        return _SIDES

    def label_classes(self, output_shape: Sequence[int | None]) -> int:
        """Return 2."""
        return 2

    def value_hint(
        self, y: Array, bad: Array, output_shape: Sequence[int | None]
    ) -> str:
        """Say what 0 would mean, or how two classes become sides."""
        if (y[bad] == 0).all():
            return "there are labels -1 too, so that 0 has no meaning"
        return "turn two classes into 0 and 1, as (y == one_of_them) does"


class Hinge(_OfSides):
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


class SquaredHinge(_OfSides):
    """The mean of ``max(1 - y p, 0)²``, for labels -1 and 1, or 0 and 1.

    Labels are read as in `Hinge`.

    >>> SquaredHinge()([[-1.0], [1.0]], [[-2.0], [0.5]])
    tensor(0.125)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return squared_hinge(y_true, y_pred)


class CategoricalHinge(StandardLoss):
    """By how much the right class falls short of all others, and of 0, plus 1.

    ``max(max((1 - y) p) - Σ y p + 1, 0)`` for one-hot labels y.

    >>> CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]])
    tensor(0.5)
    """

    label_kind = "one-hot"

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return categorical_hinge(y_true, y_pred)

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Say how class numbers become one-hot."""
        return one_hot_hint(y, output_shape, "")

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return 0 to 1."""
        return Values(0, 1, hint="a label is 1 for the right class, else 0")

    def label_classes(self, output_shape: Sequence[int | None]) -> int | None:
        """Return the number of outputs."""
        return output_shape[-1]
