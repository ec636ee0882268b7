"""AUC: the area under a curve that a moving threshold draws."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import (
    ArgumentError,
    check_choice,
    check_count,
    check_flag,
)
from graphgrad.layers._confusion_counts import Counting
from graphgrad.layers._metric import Array
from graphgrad.layers._metric_checks import (
    check_thresholds,
    evenly,
    per_class,
    ratio,
    warn_of_logits,
)
from graphgrad.layers._targets import as_float

__all__ = ["AUC"]

CURVES = ("ROC", "PR", "PRGAIN")
METHODS = ("interpolation", "minoring", "majoring")


class AUC(Counting):
    """The area under the ROC curve, or under that of precision over recall.

    It is Keras': an approximation by ``num_thresholds`` thresholds at equal distances,
    or by those given. `graphgrad.metrics.threshold_report` has the exact area. The
    ``curve`` is ROC, PR or PRGAIN; ``summation_method`` is interpolation, minoring (a
    lower bound) or majoring (an upper one). With ``multi_label`` there is an area for
    each column of (n, labels), and their mean, weighted by ``label_weights``, counts.

    >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.75
    """

    direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Sequence[float] | None = None,
        from_logits: bool = False,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, dtype)
        self.curve = check_choice("AUC's curve", curve, CURVES)
        method = check_choice("AUC's summation_method", summation_method, METHODS)
        self.summation_method = method
        self.thresholds = thresholds
        if thresholds is None:
            count = check_count("AUC's num_thresholds", num_thresholds, at_least=2)
            inner = evenly(count)[1:-1]
        else:
            inner = sorted(check_thresholds("AUC", thresholds))
        self.num_thresholds = len(inner) + 2
        self.multi_label = check_flag("AUC's multi_label", multi_label)
        self.num_labels = num_labels
        self.label_weights = label_weights
        self.from_logits = check_flag("AUC's from_logits", from_logits)
        self._inner = inner
        self._lines: tuple[int, ...] | None = None
        if num_labels is not None and not multi_label:
            raise ArgumentError("AUC's num_labels is for multi_label=True")
        if not multi_label:
            self._start(())
        elif num_labels is not None:
            self._start((check_count("AUC's num_labels", num_labels, at_least=1),))

    def _start(self, lines: tuple[int, ...]) -> None:
        self._lines = lines
        self._make_state(self._inner, lines)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels, where more than 0 means yes, and outputs."""
        p = as_float(y_pred)
        if self.from_logits:
            p = gg.sigmoid(p)
        warn_of_logits(p, self.name, "AUC(from_logits=True)")
        y, p, weight = per_class(y_true, p, sample_weight, self.name)
        if self.multi_label:
            self._check_labels(p)
            self._count(y.T, p.T, None if weight is None else weight.T)
            return
        if self.label_weights is not None:
            by_label = gg.broadcast_to(self._label_weights(p.shape), p.shape)
            weight = by_label if weight is None else weight * by_label
        vectors = [
            each if each is None else gg.reshape(each, (-1,)) for each in (y, p, weight)
        ]
        self._count(*vectors)  # type: ignore[arg-type]  # the first two are tensors

    def _check_labels(self, p: gg.Tensor) -> None:
        if p.ndim != 2 or self._lines not in (None, p.shape[1:]):
            labels = self._lines[0] if self._lines else "labels"
            raise gg.ShapeError(
                f"{self.name}: multi_label=True needs outputs of shape (batch, "
                f"{labels}), got {p.shape}"
            )
        if self._lines is None:
            self._start(p.shape[1:])

    def _label_weights(self, shape: Sequence[int]) -> Array:
        weights = np.asarray(self.label_weights, np.float64)
        if weights.shape != tuple(shape[-1:]) or (weights < 0).any():
            raise ArgumentError(
                f"AUC's label_weights must be {shape[-1:]} numbers of at least 0, one "
                f"per label, got {self.label_weights!r}"
            )
        return weights

    def reset_state(self) -> None:
        """Forget all batches."""
        if self._lines is not None:
            super().reset_state()

    # ---- the area --------------------------------------------------------------------

    def result(self) -> float:
        """Return the area; of several labels, the mean."""
        if self._lines is None:
            return 0.0
        found, wrong = self._counts()
        areas = self._areas(found, wrong)
        if not self.multi_label or self.label_weights is None:
            return float(np.mean(areas))
        weights = self._label_weights(areas.shape)
        return float(ratio(np.sum(areas * weights), np.sum(weights)))

    # Below the first threshold lies nothing, above the last one neither.
    def _counts(self) -> tuple[Array, Array]:
        total = self.total.numpy()[..., None]
        whole = [total, self.above.numpy(), np.zeros_like(total)]
        counts = np.concatenate(whole, axis=-1)
        return counts[..., 1, :], counts[..., 0, :]

    def _areas(self, found: Array, wrong: Array) -> Array:
        positives, negatives = found[..., :1], wrong[..., :1]
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated(found, found + wrong)
        if self.curve == "ROC":
            return self._summed(ratio(wrong, negatives), ratio(found, positives))
        if self.curve == "PR":
            return self._summed(ratio(found, positives), ratio(found, found + wrong))
        odds = ratio(positives, negatives)
        recall_gain = 1 - odds * ratio(positives - found, found)
        precision_gain = 1 - odds * ratio(wrong, found)
        none = found == 0
        recall_gain = np.maximum(np.where(none, 0, recall_gain), 0)
        return self._summed(recall_gain, np.where(none, 1, precision_gain))

    def _summed(self, x: Array, y: Array) -> Array:
        ends = y[..., :-1], y[..., 1:]
        if self.summation_method == "interpolation":
            heights = (ends[0] + ends[1]) / 2
        elif self.summation_method == "minoring":
            heights = np.minimum(*ends)
        else:
            heights = np.maximum(*ends)
        area: Array = np.sum((x[..., :-1] - x[..., 1:]) * heights, axis=-1)
        return area


# Between two thresholds, both counts change in proportion, and precision is their
# quotient (Davis and Goadrich 2006): the integral has a logarithm.
def _interpolated(found: Array, said: Array) -> Array:
    more = found[..., :-1] - found[..., 1:]
    slope = ratio(more, said[..., :-1] - said[..., 1:])
    intercept = found[..., 1:] - slope * said[..., 1:]
    both = (said[..., :-1] > 0) & (said[..., 1:] > 0)
    growth = np.where(both, ratio(said[..., :-1], said[..., 1:]), 1.0)
    parts = slope * (more + intercept * np.log(growth))
    area: Array = np.sum(ratio(parts, found[..., :1]), axis=-1)
    return area
