"""Losses of distributions and counts: divergence, Poisson, robust cross-entropy."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._loss import StandardLoss
from graphgrad.layers._loss_probabilistic import (
    categorical_generalized_cross_entropy,
    kl_divergence,
    poisson,
)
from graphgrad.layers._numbered import NumberedLoss
from graphgrad.layers._outputs import check_classes
from graphgrad.layers._taken import Values
from graphgrad.layers._targets import Array, one_hot_hint

__all__ = ["CategoricalGeneralizedCrossEntropy", "KLDivergence", "Poisson"]


class KLDivergence(StandardLoss):
    """How far the probabilities of classes are from those that the labels state.

    ``Σ y log(y / p)``, both kept between 1e-7 and 1. Where the model ends in a softmax,
    programs compute it from what the softmax got.

    >>> KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]])
    tensor(0.)
    """

    label_kind = "shares"

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return kl_divergence(y_true, y_pred)

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if no probabilities come, or that of a single class."""
        check_classes(self, y_pred)

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Point to the loss of class numbers."""
        return one_hot_hint(y, output_shape, "SparseCategoricalCrossentropy")

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return 0 to 1."""
        hint = "a label is the probability of its class: divide each row by its sum"
        return Values(0, 1, hint=hint)

    def label_classes(self, output_shape: Sequence[int | None]) -> int | None:
        """Return the number of outputs."""
        return output_shape[-1]


class Poisson(StandardLoss):
    """How unlikely counts are where the output is the expected one.

    ``p - y log(p + 1e-7)``, the logarithm of the likelihood without what is constant.
    The model ends in ``softplus`` or ``exponential``: a count is not negative.

    >>> Poisson()([[0.0], [0.0]], [[1.0], [2.0]])
    tensor(1.5)
    """

    label_kind = "counts"

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return poisson(y_true, y_pred)

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return what is not negative."""
        hint = "a label counts something; for other numbers use MeanSquaredError"
        return Values(0, hint=hint)


class CategoricalGeneralizedCrossEntropy(NumberedLoss):
    """A cross-entropy of class numbers that wrong labels do little harm to.

    ``(1 - p[label]^q) / q``: towards q = 0 it is the cross-entropy, at q = 1 it is
    ``1 - p[label]``. The model ends in a softmax.

    >>> CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]])
    tensor(1.)
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_generalized_cross_entropy",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments; q is above 0, and at most 1."""
        super().__init__(name, reduction, dtype)
        self.q = check_number(f"{self.title()}'s q", q, above=0, at_most=1)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return categorical_generalized_cross_entropy(y_true, y_pred, self.q)

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if no probabilities come, or that of a single class."""
        check_classes(self, y_pred)
