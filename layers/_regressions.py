"""Losses of numbers: errors, squared, absolute, relative; and of directions."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from graphgrad.layers._arguments import axis_number, check_number
from graphgrad.layers._loss import Loss, StandardLoss
from graphgrad.layers._loss_regression import (
    cosine_similarity,
    huber,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from graphgrad.layers._outputs import OutputError, check_axis
from graphgrad.layers._taken import Values
from graphgrad.layers._targets import Array, first
from graphgrad.layers._warning import warn

__all__ = [
    "CosineSimilarity",
    "Huber",
    "LogCosh",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
]


class _OfNumbers(StandardLoss):
    """A loss whose labels are numbers."""

    _of_numbers = True


class MeanSquaredError(_OfNumbers):
    """The mean of the squared differences between labels and predictions.

    >>> MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    tensor(2.)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return mean_squared_error(y_true, y_pred)


class MeanAbsoluteError(_OfNumbers):
    """The mean of the absolute differences between labels and predictions.

    >>> MeanAbsoluteError()([[1.0], [2.0]], [[1.0], [4.0]])
    tensor(1.)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return mean_absolute_error(y_true, y_pred)


class MeanAbsolutePercentageError(_OfNumbers):
    """The mean of ``100 |(y - p) / y|``, which has no meaning for labels of 0.

    Labels nearer to 0 than 1e-7 count as 1e-7, as in Keras; data with such labels give
    a warning.

    >>> MeanAbsolutePercentageError()([[1.0], [2.0]], [[1.0], [4.0]])
    tensor(50.)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return mean_absolute_percentage_error(y_true, y_pred)

    def check_values(self, y: Array) -> None:
        """Warn if there are labels of 0."""
        bad = y == 0
        if bad.any():
            warn(
                f"{self.title()} divides by labels, and got {first(y, bad)} "
                f"({bad.sum():,} of {y.size:,}): a miss by 1 counts there as a billion "
                "percent, and hides all others; drop those samples, or use "
                "MeanAbsoluteError",
            )


class MeanSquaredLogarithmicError(_OfNumbers):
    """The mean of ``(log(p + 1) - log(y + 1))²``, for labels of at least 0.

    Predictions below 1e-7 count as 1e-7, and get no gradient: end the model in
    ``softplus`` or ``exponential``.

    >>> MeanSquaredLogarithmicError()([[0.0], [3.0]], [[0.0], [3.0]])
    tensor(0.)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return mean_squared_logarithmic_error(y_true, y_pred)

    def label_values(self, output_shape: Sequence[int | None]) -> Values:
        """Return what is not negative."""
        hint = "Keras takes them for 0; for such labels use MeanSquaredError"
        return Values(0, hint=hint)


class Huber(Loss):
    """The squared error, halved, up to ``delta``, and a straight line beyond it.

    So that single labels that are far off do not dominate.

    >>> Huber()([[0.0], [0.0]], [[1.0], [3.0]])
    tensor(1.5)
    """

    _of_numbers = True

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)
        self.delta = check_number(f"{self.title()}'s delta", delta, above=0)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return huber(y_true, y_pred, self.delta)


class LogCosh(_OfNumbers):
    """The mean of ``log cosh(p - y)``: a smooth Huber loss.

    >>> LogCosh()([[0.0]], [[0.0]])
    tensor(0.)
    """

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return log_cosh(y_true, y_pred)


class CosineSimilarity(Loss):
    """Minus the cosine of the angle between labels and predictions along ``axis``.

    -1 is best. The metric of this name has the opposite sign.

    >>> CosineSimilarity()([[1.0, 0.0]], [[2.0, 0.0]])
    tensor(-1.)
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)
        self.axis = axis_number(f"{self.title()}'s axis", axis)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return cosine_similarity(y_true, y_pred, self.axis)

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if a sample has a single output, which has no direction."""
        check_axis(self, y_pred, self.axis)
        if y_pred.ndim < 2 or y_pred.shape[self.axis] == 1:
            raise OutputError(
                f"{self.title()} compares directions, and an output of shape "
                f"{y_pred.shape} has one number per sample, whose direction is its "
                "sign: the gradient is 0; use MeanSquaredError, or more outputs"
            )
