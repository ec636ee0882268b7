"""Loss: what training minimises, recorded on the graph; the base of all losses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_choice
from graphgrad.layers._config import Configurable
from graphgrad.layers._places import note_place
from graphgrad.layers._taken import Labels, Values
from graphgrad.layers._targets import (
    Array,
    LabelError,
    as_float,
    check_finite,
    check_numeric,
    check_shape,
    counted,
    first,
)
from graphgrad.layers._text import snake_case

__all__ = ["REDUCTIONS", "Loss", "StandardLoss", "weights_like"]

REDUCTIONS = (
    "sum_over_batch_size",
    "mean",
    "sum",
    "mean_with_sample_weight",
    "none",
)


class Loss(Configurable):
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

    _door = "losses"

    # Whether labels are numbers to be met, and no classes.
    _of_numbers: bool = False

    # What labels are, in a word.
    label_kind: str = "numbers"

    # Whether `call` gets labels in whatever shape the data have, which `label_spec`
    # does not know then; otherwise they have the shape that it says.
    reads_labels_as_given: bool = False

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        """Take a name, which is also the scope on the graph, and the reduction.

        ``dtype`` is there for Keras' sake: losses have the dtype of the output.
        """
        if dtype not in (None, "float32"):
            raise ArgumentError(
                f"{type(self).__name__}'s dtype must be None or 'float32', got "
                f"{dtype!r}: a loss has the dtype of the model's output; leave it out"
            )
        self.dtype = dtype
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
        self._check_shape(y, output_shape)
        check_finite(y, self.title())
        self._check_range(y, output_shape)
        self.check_values(y)

    def _check_shape(self, y: Array, output_shape: Sequence[int | None]) -> None:
        if not self.reads_labels_as_given:
            check_shape(y, output_shape, self.title(), self.hint(y, output_shape))

    def _check_range(self, y: Array, output_shape: Sequence[int | None]) -> None:
        bad = self.label_values(output_shape).misfits(y)
        if bad is None:
            return
        taken = self.labels(output_shape)
        verb = "lie" if taken.values.between else "are"
        whole = taken.of_classes and bool((y == np.floor(y)).all())
        counts = counted(y) if whole else f"{bad.sum():,} of {y.size:,}"
        hint = self.value_hint(y, bad, output_shape)
        raise LabelError(
            f"{self.title()}: labels {verb} {taken.values.told(taken.kind)}, got "
            f"{first(y, bad)} ({counts}); {hint}"
        )

    def hint(self, y: Array, output_shape: Sequence[int | None]) -> str:
        """Return the way out for labels of a shape that does not fit, or nothing."""
        return ""

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return which numbers labels may be."""
        return Values()

    def label_classes(self, output_shape: Sequence[int | None]) -> int | None:
        """Return how many classes labels tell, or None if they tell none."""
        return None

    def value_hint(
        self, y: Array, bad: Array, output_shape: Sequence[int | None]
    ) -> str:
        """Return the way out for labels that are not taken, where ``bad`` is True."""
        return self.label_values(output_shape).hint

    def check_values(self, y: Array) -> None:
        """Raise if labels that are taken one by one mean nothing together."""

    # ---- what everybody uses ---------------------------------------------------------

    def labels(self, output_shape: Sequence[int | None]) -> Labels:
        """Return what labels have to be for a model's output: `check` reads it.

        >>> import graphgrad as gg
        >>> print(gg.losses.BinaryCrossentropy().labels((None, 1)).values)
        numbers between 0 and 1
        """
        sides = [2, *[side or 0 for side in output_shape[1:]]]
        shape = (None, *self.label_spec(sides).shape[1:])
        return Labels(
            self.title(),
            self.label_kind,
            None if self.reads_labels_as_given else shape,
            self.label_values(output_shape),
            self.label_classes(output_shape),
        )

    def title(self) -> str:
        """Return the loss as one would write it, for pictures and messages."""
        return type(self).__name__

    def __call__(
        self, y_true: Any, y_pred: Any, sample_weight: Any = None
    ) -> gg.Tensor:
        """Return the loss of a batch, recorded in the phase loss and a scope."""
        with gg.phase("loss"), gg.scope(self.name, self._line):
            p = as_float(y_pred)
            y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
            try:
                self.check_output(p)
                values, counted = self.call(y, p), self.counted(y, p)
            except gg.GraphgradError as error:
                note_place(
                    error,
                    f"loss {self.name!r}",
                    known=self.title(),
                    title=self.title(),
                    reads=(y, p),
                    scope=self.name,
                )
                raise
            return self._reduced(values, sample_weight, counted)

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


class StandardLoss(Loss):
    """One of Keras' losses, whose arguments start with the reduction.

    >>> class Zero(StandardLoss):
    ...     def call(self, y_true, y_pred):
    ...         return gg.sum(y_pred * 0, axis=-1)
    >>> Zero("sum")([[1.0]], [[2.0]])
    tensor(0.)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)


def weights_like(values: gg.Tensor, sample_weight: Any, owner: str) -> gg.Tensor:
    """Return sample weights with as many axes as ``values``, matched from the first on.

    >>> import graphgrad as gg
    >>> weights_like(gg.tensor([[1.0, 2.0]]), [3.0], "loss").shape
    (1, 1)
    """
    weight = gg.cast(sample_weight, values.dtype)
    while weight.ndim > 1 and weight.shape[-1] == 1:
        weight = gg.squeeze(weight, -1)
    if weight.ndim and not values.ndim:
        raise gg.ShapeError(
            f"{owner} has one value for the whole batch, which sample_weight of shape "
            f"{weight.shape} cannot weigh; let it give one value per sample, by axis="
        )
    if weight.shape != values.shape[: weight.ndim]:
        raise gg.ShapeError(
            f"{owner}: sample_weight of shape {weight.shape} does not match the values "
            f"per sample, of shape {values.shape}; give one weight per sample"
        )
    while weight.ndim < values.ndim:
        weight = gg.expand_dims(weight, -1)
    return weight
