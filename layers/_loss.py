"""Loss: what training minimises, recorded on the graph; the base of all losses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_choice
from graphgrad.layers._names import IdentifierError
from graphgrad.layers._targets import (
    Array,
    as_float,
    check_finite,
    check_numeric,
    check_shape,
)
from graphgrad.layers._text import snake_case

__all__ = ["REDUCTIONS", "FunctionLoss", "Loss"]

REDUCTIONS = (
    "sum_over_batch_size",
    "mean",
    "sum",
    "mean_with_sample_weight",
    "none",
)


class Loss:
    """A number that says how far predictions are from labels; subclasses define `call`.

    ``reduction`` makes one number of the values per sample: their mean
    (sum_over_batch_size, or mean), their sum, their mean weighted by the sample weights
    (mean_with_sample_weight), or none. Weights multiply the values; the plain mean
    still divides by the number of samples, as in Keras.

    >>> import graphgrad as gg
    >>> class Miss(Loss):
    ...     def call(self, y_true, y_pred):
    ...         return gg.mean(abs(y_true - y_pred), axis=-1)
    >>> Miss()(gg.tensor([[1.0], [2.0]]), gg.tensor([[1.0], [5.0]]))
    tensor(1.5)
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size"
    ) -> None:
        """Take a name, which is also the scope on the graph, and the reduction."""
        self.name = name or snake_case(type(self).__name__)
        chosen = "none" if reduction is None else reduction
        self.reduction = check_choice(f"{self.title()}'s reduction", chosen, REDUCTIONS)

    # ---- what subclasses define ------------------------------------------------------

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        raise NotImplementedError(f"{self.title()} defines no call(y_true, y_pred)")

    def counted(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor | None:
        """Return 1 for samples that count in a mean, 0 for others; None means all."""
        return None

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if what made the output shows that it is not what the loss expects."""

    def label_spec(self, output_shape: Sequence[int]) -> gg.Spec:
        """Return shape and dtype of the labels for an output of ``output_shape``."""
        return gg.Spec(tuple(output_shape), np.dtype(np.float32))

    def check(self, y: Array, output_shape: Sequence[int | None]) -> None:
        """Raise if the labels ``y`` of a data set do not fit a model's output.

        ``output_shape`` has the batch first, whatever that is. The error names the
        first label that does not fit, what was expected, and the way out.
        """
        check_numeric(y, self.title())
        check_shape(y, output_shape, self.title())
        check_finite(y, self.title())

    # ---- what everybody uses ---------------------------------------------------------

    def title(self) -> str:
        """Return the loss as one would write it, for pictures and messages."""
        return type(self).__name__

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> gg.Tensor:
        """Return the loss of a batch, recorded in the phase loss and a scope."""
        with gg.phase("loss"), gg.scope(self.name):
            p = as_float(y_pred)
            y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
            self.check_output(p)
            values = self.call(y, p)
            return self._reduced(values, sample_weight, self.counted(y, p))

    def _reduced(
        self, values: gg.Tensor, sample_weight: Any, counted: gg.Tensor | None
    ) -> gg.Tensor:
        weight = None
        if sample_weight is not None:
            weight = weights_like(values, sample_weight, self.title())
            values = values * weight
        if self.reduction == "none":
            return values
        if self.reduction == "sum":
            return gg.sum(values)
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            counted = weight if counted is None else counted * weight
        if counted is None:
            return gg.mean(values)
        total = gg.sum(gg.broadcast_to(counted, values.shape))
        return gg.sum(values) / gg.where(gg.equal(total, 0), 1, total)

    def __repr__(self) -> str:
        """Say what the loss is."""
        return f"<{self.title()} name={self.name}, reduction={self.reduction}>"


class FunctionLoss(Loss):
    """A function of labels and predictions as a loss.

    The function gets tensors, the labels in the output's dtype and, where only an axis
    of length 1 is missing, its rank. It returns a value per sample, or one for all.

    >>> import graphgrad as gg
    >>> loss = FunctionLoss(lambda y_true, y_pred: abs(y_true - y_pred), "miss")
    >>> loss([1.0, 2.0], [1.0, 5.0])
    tensor(1.5)
    """

    def __init__(
        self,
        function: Callable[[gg.Tensor, gg.Tensor], gg.Tensor],
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
    ) -> None:
        """Wrap ``function``, whose name the loss takes unless it gets its own."""
        own = getattr(function, "__name__", snake_case(type(function).__name__))
        self.function = function
        super().__init__(name or ("lambda" if own == "<lambda>" else own), reduction)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Call the function."""
        y = gg.cast(y_true, y_pred.dtype)
        if y.ndim == y_pred.ndim + 1 and y.shape[-1] == 1:
            y = gg.squeeze(y, -1)
        elif y_pred.ndim == y.ndim + 1 and y_pred.shape[-1] == 1:
            y = gg.expand_dims(y, -1)
        values = self.function(y, y_pred)
        if not isinstance(values, gg.Tensor):
            raise IdentifierError(
                f"loss {self.name!r} returned {type(values).__name__}, expected a "
                "tensor: compute with gg's functions and operators, as in gg.mean(...)"
            )
        return values

    def check(self, y: Array, output_shape: Sequence[int | None]) -> None:
        """Raise if labels are no numbers; their shape is the function's business."""
        check_numeric(y, self.title())
        check_finite(y, self.title())

    def title(self) -> str:
        """Return the name of the function."""
        return getattr(self, "name", type(self).__name__)


def weights_like(values: gg.Tensor, sample_weight: Any, owner: str) -> gg.Tensor:
    """Return sample weights with as many axes as ``values``, matched from the first on.

    >>> weights_like(gg.tensor([[1.0, 2.0]]), [3.0], "loss").shape
    (1, 1)
    """
    weight = gg.cast(sample_weight, values.dtype)
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = gg.squeeze(weight, -1)
    if weight.shape != values.shape[: weight.ndim]:
        raise gg.ShapeError(
            f"{owner}: sample_weight of shape {weight.shape} does not match the values "
            f"per sample, of shape {values.shape}; give one weight per sample"
        )
    while weight.ndim < values.ndim:
        weight = gg.expand_dims(weight, -1)
    return weight
