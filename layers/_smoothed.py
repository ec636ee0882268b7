"""What the losses of probabilities share: arguments, and checks of labels."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from graphgrad.layers._arguments import axis_number, check_flag, check_number
from graphgrad.layers._loss import Loss
from graphgrad.layers._outputs import check_axis, check_classes, check_probabilities
from graphgrad.layers._targets import Array, check_shares, one_hot_hint

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
        return ""

    def check_values(self, y: Array) -> None:
        """Raise unless labels lie between 0 and 1."""
        hint = "for more than two classes use SparseCategoricalCrossentropy"
        if y.size and y.min() >= -1 and y.max() <= 1:
            hint = "for labels -1 and 1 pass (y + 1) / 2"
        check_shares(y, self.title(), hint)


class CategoricalLoss(SmoothedLoss):
    """A loss whose outputs are probabilities of classes, labels their shares."""

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come for probabilities, the reverse, or a single class."""
        check_classes(self, y_pred, self.axis, from_logits=self.from_logits)

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Point to the loss of class numbers."""
        return one_hot_hint(y, output_shape, "SparseCategoricalCrossentropy")

    def check_values(self, y: Array) -> None:
        """Raise unless labels lie between 0 and 1."""
        hint = "a label is the share of its class, 1 for the right one"
        check_shares(y, self.title(), hint)
