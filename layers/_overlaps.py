"""Losses of regions, which are due to overlap, and of embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import axis_numbers, check_flag, check_number
from graphgrad.layers._loss import Loss
from graphgrad.layers._loss_overlap import circle, dice, tversky
from graphgrad.layers._numbered import NumberedLoss
from graphgrad.layers._outputs import check_probabilities
from graphgrad.layers._taken import Values

__all__ = ["Circle", "Dice", "Tversky"]

Axes = int | Sequence[int] | None


class _Overlap(Loss):
    """What the losses of regions have in common."""

    label_kind = "shares"

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if no probabilities come."""
        check_probabilities(self, y_pred, "sigmoid")

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return 0 to 1."""
        return Values(0, 1, hint="a label is 1 inside of the region, else 0")


class Dice(_Overlap):
    """How little two regions overlap: ``1 - 2 Σ y p / (Σ y + Σ p)``.

    The sums go over ``axis``, one or several. None, as Keras has it, is over the whole
    batch: then samples have no values of their own, and the loss of a data set depends
    on how it is divided into batches.

    >>> Dice()([[1, 1], [0, 0]], [[0, 1], [0, 1]])
    tensor(0.5, dtype=float32)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Axes = None,
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)
        self.axis = _axes(self.title(), axis)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return the values, one for each place that is not summed over."""
        return dice(y_true, y_pred, self.axis)


class Tversky(_Overlap):
    """The Dice loss with a weight for what is missed, and one for what is false.

    ``1 - Σ y p / (Σ y p + alpha Σ y (1 - p) + beta Σ (1 - y) p)``: these are Keras'
    numbers, though its description calls alpha the weight of false positives. The
    sums go over ``axis``, as in `Dice`.

    >>> loss = Tversky(alpha=1.0, beta=0.0)
    >>> loss([[1, 1], [0, 0]], [[0, 1], [0, 1]])
    tensor(0.5, dtype=float32)
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Axes = None,
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)
        self.alpha = check_number(f"{self.title()}'s alpha", alpha, at_least=0)
        self.beta = check_number(f"{self.title()}'s beta", beta, at_least=0)
        self.axis = _axes(self.title(), axis)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return the values, one for each place that is not summed over."""
        return tversky(y_true, y_pred, self.alpha, self.beta, self.axis)


class Circle(NumberedLoss):
    """Embeddings of one class are due to be near each other, others to be far.

    Outputs are rows of length 1; labels are class numbers, of which every batch needs
    several of a kind. Samples whose loss is 0 do not count in means, as in Keras.

    >>> loss = Circle()
    >>> loss([0, 0, 1], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    tensor(94.4)
    """

    bounded = False

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)
        self.gamma = check_number(f"{self.title()}'s gamma", gamma, above=0)
        self.margin = check_number(f"{self.title()}'s margin", margin)
        self.remove_diagonal = check_flag(
            f"{self.title()}'s remove_diagonal", remove_diagonal
        )

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return circle(
            y_true,
            y_pred,
            remove_diagonal=self.remove_diagonal,
            gamma=self.gamma,
            margin=self.margin,
        )

    def counted(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Leave samples that cost nothing out of means."""
        return gg.cast(gg.greater(self.call(y_true, y_pred), 0), y_pred.dtype)


def _axes(owner: str, axis: Any) -> int | tuple[int, ...] | None:
    return None if axis is None else axis_numbers(f"{owner}'s axis", axis)
