"""Metrics of numbers that are no means of losses: roots and shares of variance."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_choice, check_count
from graphgrad.layers._loss import weights_like
from graphgrad.layers._metric import Averaging, Metric
from graphgrad.layers._targets import matched
from graphgrad.layers._warning import warn

__all__ = ["R2Score", "RootMeanSquaredError"]

AGGREGATIONS = (None, "uniform_average", "variance_weighted_average")


class RootMeanSquaredError(Averaging):
    """The square root of the mean of the squared differences, over all samples.

    >>> RootMeanSquaredError()([[0.0], [0.0]], [[3.0], [4.0]]) == 12.5**0.5
    True
    """

    direction = "down"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        y, p = matched(y_true, y_pred, self.name)
        self.add(gg.square(p - y), sample_weight)

    def result(self) -> float:
        """Return the root of the mean."""
        return float(np.sqrt(super().result()))


class R2Score(Metric):
    """The share of the labels' variance that predictions explain; at most 1.

    1 minus the sum of the squared differences, divided by that of the labels from their
    mean. Where labels do not vary, it is 1 for perfect predictions and 0 for others.
    Several outputs have a score each, and ``class_aggregation`` says what becomes of
    them: their mean (uniform_average), that weighted by the labels' variances
    (variance_weighted_average), or an array (None). ``num_regressors`` other than 0
    gives the score that is adjusted to the number of inputs.

    >>> R2Score()([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    0.5
    """

    direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, dtype)
        what = "R2Score's class_aggregation"
        self.class_aggregation = check_choice(what, class_aggregation, AGGREGATIONS)
        what = "R2Score's num_regressors"
        self.num_regressors = check_count(what, num_regressors, at_least=0)
        self.samples = self.add_weight("num_samples")
        self._width: int | None = None

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        y, p = matched(y_true, y_pred, self.name)
        rows = y.shape[0]
        flat_y, flat_p = (
            gg.cast(gg.reshape(each, (rows, -1)), "float64") for each in (y, p)
        )
        weight: Any = np.ones((rows, 1))
        if sample_weight is not None:
            given = gg.cast(sample_weight, "float64")
            weight = weights_like(flat_y, given, self.name)
        self._start(flat_y.shape[1])
        weight = gg.broadcast_to(weight, flat_y.shape)
        weighted = flat_y * weight
        self.count.assign_add(gg.sum(weight, axis=0))
        self.sum.assign_add(gg.sum(weighted, axis=0))
        self.squares.assign_add(gg.sum(weighted * flat_y, axis=0))
        missed = gg.square(flat_y - flat_p) * weight
        self.residual.assign_add(gg.sum(missed, axis=0))
        self.samples.assign_add(rows)

    def _start(self, width: int) -> None:
        if self._width is None:
            self._width = width
            self.count = self.add_weight("count", (width,))
            self.sum = self.add_weight("sum", (width,))
            self.squares = self.add_weight("squared_sum", (width,))
            self.residual = self.add_weight("residual", (width,))
        elif width != self._width:
            raise gg.ShapeError(
                f"{self.name} has seen {self._width} outputs per sample, got {width}"
            )

    def result(self) -> Any:
        """Return the score; an array, one per output, if they are not aggregated."""
        if self._width is None or not float(self.samples):
            return 0.0
        count, total = self.count.numpy(), self.sum.numpy()
        whole = self.squares.numpy() - total * total / np.where(count, count, 1)
        whole = np.maximum(whole, 0)
        missed = self.residual.numpy()
        scores = np.where(missed == 0, 1.0, 0.0)
        np.divide(whole - missed, whole, out=scores, where=whole > 0)
        if self.class_aggregation is None:
            score: Any = scores if len(scores) > 1 else float(scores[0])
        elif self.class_aggregation == "uniform_average" or not whole.any():
            score = float(np.mean(scores))
        else:
            score = float(np.sum(scores * whole) / np.sum(whole))
        return self._adjusted(score)

    def _adjusted(self, score: Any) -> Any:
        samples, inputs = float(self.samples), self.num_regressors
        if not inputs:
            return score
        if inputs >= samples - 1:
            warn(
                f"metric {self.name!r} cannot adjust to {inputs} regressors by "
                f"{samples:.0f} samples: there must be at least {inputs + 2}; this is "
                "the score without adjustment",
            )
            return score
        return 1 - (1 - score) * (samples - 1) / (samples - inputs - 1)
