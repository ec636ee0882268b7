"""Correlations between labels and predictions."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import axis_number
from graphgrad.layers._loss import weights_like
from graphgrad.layers._metric import Array, MeanMetricWrapper
from graphgrad.layers._metric_checks import ratio
from graphgrad.layers._targets import EPSILON, matched

__all__ = [
    "ConcordanceCorrelation",
    "PearsonCorrelation",
    "concordance_correlation",
    "pearson_correlation",
]

# ---- functions -----------------------------------------------------------------------


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> gg.Tensor:
    """Return Pearson's correlation along ``axis``; 0 where one side is constant.

    >>> pearson_correlation([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]]).numpy().round(6)
    array([1.])
    """
    y, p = _centred(y_true, y_pred, axis, "pearson_correlation")
    covariance = gg.mean(y * p, axis=axis)
    both = gg.mean(gg.square(y), axis=axis) * gg.mean(gg.square(p), axis=axis)
    varies = gg.greater(both, 0)
    return gg.where(varies, covariance / gg.sqrt(gg.where(varies, both, 1)), 0)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> gg.Tensor:
    """Return Lin's concordance along ``axis``: 1 only where both sides are equal.

    >>> concordance_correlation([[0.0, 2.0]], [[0.0, 2.0]]).numpy().round(6)
    array([1.])
    """
    y, p = _centred(y_true, y_pred, axis, "concordance_correlation")
    spread = gg.mean(gg.square(y), axis=axis) + gg.mean(gg.square(p), axis=axis)
    whole_y, whole_p = matched(y_true, y_pred, "concordance_correlation")
    apart = gg.square(gg.mean(whole_y, axis=axis) - gg.mean(whole_p, axis=axis))
    return 2 * gg.mean(y * p, axis=axis) / (spread + apart + EPSILON)


def _centred(
    y_true: Any, y_pred: Any, axis: int, owner: str
) -> tuple[gg.Tensor, gg.Tensor]:
    y, p = matched(y_true, y_pred, owner)
    return (
        y - gg.mean(y, axis=axis, keepdims=True),
        p - gg.mean(p, axis=axis, keepdims=True),
    )


# ---- metrics -------------------------------------------------------------------------


class _Correlation(MeanMetricWrapper):
    """A correlation of samples' several outputs, or of one output over all samples."""

    direction = "up"

    def __init__(self, fn: Any, name: str | None, dtype: str | None, axis: int) -> None:
        self.axis = axis_number(f"{type(self).__name__}'s axis", axis)
        super().__init__(fn, name, dtype, axis=self.axis)
        self.moments: gg.Variable | None = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        y, p = matched(y_true, y_pred, self.name)
        if y.ndim > 1 and y.shape[-1] > 1 and self.axis % y.ndim:
            super().update_state(y, p, sample_weight)
            return
        rows = y.shape[0]
        y, p = (gg.cast(gg.reshape(each, (rows, -1)), "float64") for each in (y, p))
        weight: Any = np.ones((rows, 1))
        if sample_weight is not None:
            weight = weights_like(y, gg.cast(sample_weight, "float64"), self.name)
        if self.moments is None:
            self.moments = self.add_weight("moments", (6, y.shape[1]))
        weight = gg.broadcast_to(weight, y.shape)
        terms = [weight, y, p, y * y, p * p, y * p]
        terms[1:] = [term * weight for term in terms[1:]]
        self.moments.assign_add(gg.stack([gg.sum(term, axis=0) for term in terms]))

    def result(self) -> float:
        """Return the correlation; of several outputs or samples, their mean."""
        if self.moments is None:
            return super().result()
        count, *sums = self.moments.numpy()
        y, p, yy, pp, yp = (ratio(each, count) for each in sums)
        spreads = np.maximum(yy - y * y, 0), np.maximum(pp - p * p, 0)
        return float(np.mean(self._of_moments(yp - y * p, *spreads, y - p)))

    def _of_moments(self, both: Array, y: Array, p: Array, apart: Array) -> Array:
        raise NotImplementedError


class PearsonCorrelation(_Correlation):
    """Pearson's correlation between labels and predictions; 0 where one is constant.

    Of one output per sample, of shape (n,) or (n, 1), it is that over all samples since
    the reset, however they were cut into batches. Of several outputs it is computed for
    each sample along ``axis``, and the mean over samples counts; ``axis=0`` goes over
    the samples, for each output.

    >>> metric = PearsonCorrelation()
    >>> metric.update([0.0, 1.0], [1.0, 3.0])
    >>> round(metric([2.0], [5.0]), 6)
    1.0
    """

    def __init__(
        self, name: str | None = None, dtype: str | None = None, axis: int = -1
    ) -> None:
        """Take a name, and the axis along which numbers are compared."""
        super().__init__(pearson_correlation, name, dtype, axis)

    def _of_moments(self, both: Array, y: Array, p: Array, apart: Array) -> Array:
        correlation: Array = ratio(both, np.sqrt(y * p))
        return correlation


class ConcordanceCorrelation(_Correlation):
    """Lin's concordance: a correlation that is 1 only if predictions equal labels.

    Twice the covariance, divided by the sum of both variances and the square of the
    distance of the means. Everything else is as in `PearsonCorrelation`.

    >>> round(ConcordanceCorrelation()([0.0, 2.0], [1.0, 3.0]), 4)
    0.6667
    """

    def __init__(
        self, name: str | None = None, dtype: str | None = None, axis: int = -1
    ) -> None:
        """Take a name, and the axis along which numbers are compared."""
        super().__init__(concordance_correlation, name, dtype, axis)

    def _of_moments(self, both: Array, y: Array, p: Array, apart: Array) -> Array:
        concordance: Array = 2 * both / (y + p + apart * apart + EPSILON)
        return concordance
