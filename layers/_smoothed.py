"""What the losses of probabilities share: arguments, and checks of labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import axis_number, check_flag, check_number
from graphgrad.layers._loss import Loss
from graphgrad.layers._outputs import check_axis, check_classes, check_probabilities
from graphgrad.layers._taken import Values
from graphgrad.layers._targets import Array, one_hot_hint

__all__ = ["BinaryLoss", "CategoricalLoss", "SmoothedLoss"]


class SmoothedLoss(Loss):
    """A loss of labels that are shares and of probabilities, or of their logits."""

    def __init__(
        self,
        from_logits: bool,
        label_smoothing: float,
        axis: int,
        reduction: str | None,
        name: str | None,
        dtype: str | None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = check_flag(f"{self.title()}'s from_logits", from_logits)
        self.label_smoothing = check_number(
            f"{self.title()}'s label_smoothing", label_smoothing, at_least=0, at_most=1
        )
        self.axis = axis_number(f"{self.title()}'s axis", axis)


class BinaryLoss(SmoothedLoss):
    """A loss whose outputs are probabilities of 1, each with a label of its own."""

    label_kind = "binary"

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come where probabilities are due, or the reverse."""
        check_axis(self, y_pred, self.axis)
        refused = ("linear", "relu", "tanh")
        check_probabilities(
            self, y_pred, "sigmoid", from_logits=self.from_logits, refused=refused
        )

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Point to the loss of class numbers."""
        classes = output_shape[-1]
        if y.ndim < len(output_shape) and classes != 1:
            return (
                f"for class numbers and {classes} outputs use "
                "SparseCategoricalCrossentropy, with the activation 'softmax'"
            )
        if classes == 1 and y.ndim == len(output_shape) and _is_one_hot(y):
            several = (
                f"give the last layer {y.shape[-1]} units with the activation "
                "'softmax', and use CategoricalCrossentropy"
            )
            numbers = "pass y.argmax(-1), or " if y.shape[-1] == 2 else ""
            return f"for one-hot labels {numbers}{several}"
        return ""

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return 0 to 1: no, yes, and what is between."""
        return Values(0, 1)

    def label_classes(self, output_shape: Sequence[int | None]) -> int:
        """Return 2."""
        return 2

    def value_hint(
        self, y: Array, bad: Array, output_shape: Sequence[int | None]
    ) -> str:
        """Say how labels become 0 and 1, or which loss tells more."""
        return _two_values(y)


class CategoricalLoss(SmoothedLoss):
    """A loss whose outputs are probabilities of classes, labels their shares."""

    label_kind = "one-hot"

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come for probabilities, the reverse, or a single class."""
        check_classes(self, y_pred, self.axis, from_logits=self.from_logits)

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Point to the loss of class numbers."""
        return one_hot_hint(y, output_shape, "SparseCategoricalCrossentropy")

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return 0 to 1, the share of a class."""
        hint = "a label is the share of its class, 1 for the right one"
        return Values(0, 1, hint=hint)

    def label_classes(self, output_shape: Sequence[int | None]) -> int | None:
        """Return the length of the output's axis of classes."""
        return output_shape[self.axis]


def _is_one_hot(y: Array) -> bool:
    ones = y == 1
    shares = bool((ones | (y == 0)).all() and (ones.sum(-1) == 1).all())
    return y.shape[-1] > 1 and shares


# What to do with labels beyond 0 and 1.
def _two_values(y: Array) -> str:
    values = np.unique(y).tolist()
    if values == [-1, 1]:
        return "for labels -1 and 1 pass (y + 1) / 2"
    if len(values) == 2:
        low, high = (f"{value:g}" for value in values)
        return f"the labels are {low} and {high}: pass y == {high}, which is 0 or 1"
    return "for more than two classes use SparseCategoricalCrossentropy"
