"""Metrics that ask for the best of one share where another one is high enough."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_count, check_flag, check_number
from graphgrad.layers._confusion_counts import Counting, flat
from graphgrad.layers._metric import Array
from graphgrad.layers._metric_checks import evenly, ratio, warn_of_logits
from graphgrad.layers._targets import as_float

__all__ = [
    "PrecisionAtRecall",
    "RecallAtPrecision",
    "SensitivityAtSpecificity",
    "SpecificityAtSensitivity",
]


class _Tradeoff(Counting):
    """The largest of one share, over thresholds where another is at least a value.

    Keras' outputs are probabilities; ``from_logits`` takes logits.
    """

    direction = "up"

    def __init__(
        self,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: str | None,
        *,
        from_logits: bool,
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.num_thresholds = check_count(
            f"{owner}'s num_thresholds", num_thresholds, at_least=1
        )
        self.class_id = class_id
        if class_id is not None:
            self.class_id = check_count(f"{owner}'s class_id", class_id, at_least=0)
        self.from_logits = check_flag(f"{owner}'s from_logits", from_logits)
        self._make_state(evenly(self.num_thresholds))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels, where more than 0 means yes, and outputs."""
        p = as_float(y_pred)
        if self.from_logits:
            p = gg.sigmoid(p)
        warn_of_logits(p, self.name, f"{type(self).__name__}(..., from_logits=True)")
        part = flat(y_true, p, sample_weight, self.name, class_id=self.class_id)
        self._count(*part)

    def share(self, name: str, value: Any) -> float:
        """Return an argument that is a share."""
        what = f"{type(self).__name__}'s {name}"
        return check_number(what, value, at_least=0, at_most=1)

    def _best(self, share: Array, other: Array, least: float) -> float:
        return float(np.max(share, where=other >= least, initial=0))

    def _shares(self) -> tuple[Array, Array, Array]:
        found, wrong = self.true_positives, self.false_positives
        right = self.true_negatives
        precision = ratio(found, found + wrong)
        recall = ratio(found, found + self.false_negatives)
        return precision, recall, ratio(right, right + wrong)


class SensitivityAtSpecificity(_Tradeoff):
    """The largest sensitivity (recall) where the specificity is at least a value.

    Both are computed at ``num_thresholds`` equal distances from 0 to 1. Specificity is
    the share of the negative samples to which the decision is no.

    >>> metric = SensitivityAtSpecificity(0.5)
    >>> metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
        *,
        from_logits: bool = False,
    ) -> None:
        """Take the least specificity."""
        super().__init__(num_thresholds, class_id, name, dtype, from_logits=from_logits)
        self.specificity = self.share("specificity", specificity)

    def result(self) -> float:
        """Return the sensitivity; 0 if no threshold will do."""
        _, recall, specificity = self._shares()
        return self._best(recall, specificity, self.specificity)


class SpecificityAtSensitivity(_Tradeoff):
    """The largest specificity where the sensitivity (recall) is at least a value.

    >>> metric = SpecificityAtSensitivity(0.5)
    >>> metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.6666666666666666
    """

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
        *,
        from_logits: bool = False,
    ) -> None:
        """Take the least sensitivity."""
        super().__init__(num_thresholds, class_id, name, dtype, from_logits=from_logits)
        self.sensitivity = self.share("sensitivity", sensitivity)

    def result(self) -> float:
        """Return the specificity; 0 if no threshold will do."""
        _, recall, specificity = self._shares()
        return self._best(specificity, recall, self.sensitivity)


class PrecisionAtRecall(_Tradeoff):
    """The largest precision where the recall is at least a value.

    >>> metric = PrecisionAtRecall(0.5)
    >>> metric([0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8])
    0.5
    """

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
        *,
        from_logits: bool = False,
    ) -> None:
        """Take the least recall."""
        super().__init__(num_thresholds, class_id, name, dtype, from_logits=from_logits)
        self.recall = self.share("recall", recall)

    def result(self) -> float:
        """Return the precision; 0 if no threshold will do."""
        precision, recall, _ = self._shares()
        return self._best(precision, recall, self.recall)


class RecallAtPrecision(_Tradeoff):
    """The largest recall where the precision is at least a value.

    >>> metric = RecallAtPrecision(0.8)
    >>> metric([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    0.5
    """

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
        *,
        from_logits: bool = False,
    ) -> None:
        """Take the least precision."""
        super().__init__(num_thresholds, class_id, name, dtype, from_logits=from_logits)
        self.precision = self.share("precision", precision)

    def result(self) -> float:
        """Return the recall; 0 if no threshold will do."""
        precision, recall, _ = self._shares()
        return self._best(recall, precision, self.precision)
