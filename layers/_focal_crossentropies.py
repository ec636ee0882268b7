"""Focal cross-entropies: what is easy hardly counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_flag, check_number
from graphgrad.layers._loss_probabilistic import (
    binary_focal_crossentropy,
    categorical_focal_crossentropy,
)
from graphgrad.layers._smoothed import BinaryLoss, CategoricalLoss

__all__ = ["BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"]


class BinaryFocalCrossentropy(BinaryLoss):
    """The binary cross-entropy, times ``(1 - p_t)^gamma``.

    p_t is the probability of what is right. ``apply_class_balancing`` multiplies by
    ``alpha`` for the label 1 and by ``1 - alpha`` for 0. The rest is as in
    `BinaryCrossentropy`.

    >>> loss = BinaryFocalCrossentropy(from_logits=True)
    >>> loss([[0.0]], [[50.0]])
    tensor(50.)
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        title = self.title()
        self.apply_class_balancing = check_flag(
            f"{title}'s apply_class_balancing", apply_class_balancing
        )
        self.alpha = check_number(f"{title}'s alpha", alpha, at_least=0, at_most=1)
        self.gamma = check_number(f"{title}'s gamma", gamma, at_least=0)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return binary_focal_crossentropy(
            y_true,
            y_pred,
            self.apply_class_balancing,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )


class CategoricalFocalCrossentropy(CategoricalLoss):
    """The categorical cross-entropy, times ``alpha (1 - p)^gamma`` for each class.

    ``alpha`` is one number, or a list with one for each class. The rest is as in
    `CategoricalCrossentropy`.

    >>> loss = CategoricalFocalCrossentropy(alpha=[0.5, 1.0], from_logits=True)
    >>> loss([[1.0, 0.0], [0.0, 1.0]], [[0.0, 50.0], [50.0, 0.0]])
    tensor(37.5)
    """

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)
        what = f"{self.title()}'s alpha"
        self.alpha: float | list[float]
        if isinstance(alpha, Sequence | np.ndarray) and not isinstance(alpha, str):
            self.alpha = [check_number(what, each, at_least=0) for each in alpha]
        else:
            self.alpha = check_number(what, alpha, at_least=0)
        self.gamma = check_number(f"{self.title()}'s gamma", gamma, at_least=0)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return categorical_focal_crossentropy(
            y_true,
            y_pred,
            self.alpha,
            self.gamma,
            self.from_logits,
            self.label_smoothing,
            self.axis,
        )

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if there is not one alpha per class, too."""
        super().check_output(y_pred)
        classes = y_pred.shape[self.axis]
        if isinstance(self.alpha, list) and len(self.alpha) != classes:
            raise ArgumentError(
                f"{self.title()}'s alpha has {len(self.alpha)} numbers for "
                f"{classes} classes: give one for each, or a single one for all"
            )
