"""Metrics of yes-or-no decisions: counts of right and wrong ones, precision, recall."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from graphgrad.layers._arguments import check_count
from graphgrad.layers._confusion_counts import Counting, flat
from graphgrad.layers._metric_checks import (
    check_thresholds,
    ratio,
    warn_of_logits,
)
from graphgrad.layers._targets import as_float

__all__ = [
    "FalseNegatives",
    "FalsePositives",
    "Precision",
    "Recall",
    "TrueNegatives",
    "TruePositives",
]

Thresholds = float | Sequence[float] | None


class _Deciding(Counting):
    """What decides by thresholds, and says one number for each of them."""

    def __init__(
        self,
        thresholds: Thresholds,
        otherwise: float,
        name: str | None,
        dtype: str | None,
    ) -> None:
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.thresholds = thresholds
        given = thresholds is not None
        edges = check_thresholds(owner, thresholds) if given else [otherwise]
        self._several = len(edges) > 1
        self._make_state(edges)

    def _decide(self, y_true: Any, y_pred: Any, weight: Any, **part: Any) -> None:
        p = as_float(y_pred)
        if ((self._edges > 0) & (self._edges < 1)).any():
            warn_of_logits(p, self.name, f"{type(self).__name__}(thresholds=0)")
        self._count(*flat(y_true, p, weight, self.name, **part))

    def _shown(self, values: Any) -> Any:
        return values if self._several else float(values[0])


# ---- counts --------------------------------------------------------------------------


class _Outcome(_Deciding):
    """How many decisions have one of the four outcomes."""

    _counted: ClassVar[str]

    def __init__(
        self,
        thresholds: Thresholds = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take one threshold or several (0.5 unless given), and a name."""
        super().__init__(thresholds, 0.5, name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels, where more than 0 means yes, and outputs."""
        self._decide(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        """Return the number; an array if there are several thresholds."""
        return self._shown(getattr(self, self._counted))


class TruePositives(_Outcome):
    """How many samples with label 1 have an output above the threshold.

    >>> TruePositives()([0, 1, 1, 1], [0.9, 0.8, 0.6, 0.2])
    2.0
    """

    direction = "up"
    _counted = "true_positives"


class TrueNegatives(_Outcome):
    """How many samples with label 0 have an output at or below the threshold.

    >>> TrueNegatives()([0, 0, 1, 1], [0.1, 0.8, 0.6, 0.2])
    1.0
    """

    direction = "up"
    _counted = "true_negatives"


class FalsePositives(_Outcome):
    """How many samples with label 0 have an output above the threshold.

    >>> FalsePositives(thresholds=[0.5, 0.85])([0, 0, 1, 1], [0.9, 0.8, 0.6, 0.2])
    array([2., 1.])
    """

    direction = "down"
    _counted = "false_positives"


class FalseNegatives(_Outcome):
    """How many samples with label 1 have an output at or below the threshold.

    >>> FalseNegatives()([0, 1, 1, 1], [0.1, 0.8, 0.3, 0.2])
    2.0
    """

    direction = "down"
    _counted = "false_negatives"


# ---- shares --------------------------------------------------------------------------


class _Share(_Deciding):
    """A share of true positives, of all classes or one, of all outputs or the top k."""

    direction = "up"

    def __init__(
        self,
        thresholds: Thresholds = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take thresholds (0.5 unless given; none with ``top_k``), and what counts."""
        owner = type(self).__name__
        # What is not among the top k becomes -inf, which is not above -inf.
        super().__init__(thresholds, 0.5 if top_k is None else -np.inf, name, dtype)
        self.top_k = (
            top_k
            if top_k is None
            else check_count(f"{owner}'s top_k", top_k, at_least=1)
        )
        self.class_id = class_id
        if class_id is not None:
            self.class_id = check_count(f"{owner}'s class_id", class_id, at_least=0)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; labels are 0 and 1 for each output, or class numbers."""
        self._decide(
            y_true, y_pred, sample_weight, top_k=self.top_k, class_id=self.class_id
        )


class Precision(_Share):
    """The share of the yes-decisions that are right, ``TP / (TP + FP)``; 0 of none.

    Yes means an output above a threshold; with ``top_k``, one of the k largest of its
    sample; with ``class_id``, only the outputs for that class count. Several thresholds
    give an array.

    >>> Precision()([0, 1, 1, 1], [0.9, 0.8, 0.6, 0.2])
    0.6666666666666666
    """

    def result(self) -> Any:
        """Return the share; an array if there are several thresholds."""
        found = self.true_positives
        return self._shown(ratio(found, found + self.false_positives))


class Recall(_Share):
    """The share of the positive samples that are found, ``TP / (TP + FN)``; 0 of none.

    The arguments are those of `Precision`.

    >>> Recall(thresholds=0.7)([0, 1, 1, 1], [0.9, 0.8, 0.6, 0.2])
    0.3333333333333333
    """

    def result(self) -> Any:
        """Return the share; an array if there are several thresholds."""
        found = self.true_positives
        return self._shown(ratio(found, found + self.false_negatives))
