"""What each decision threshold would bring: counts, shares, costs, and the best one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_choice, check_number
from graphgrad.layers._confusion_table import ConfusionTable, check_weights
from graphgrad.layers._metric import Array
from graphgrad.layers._metric_checks import check_thresholds, ratio
from graphgrad.layers._metric_tables import as_count, as_html, as_share, as_text, pandas
from graphgrad.layers._targets import LabelError, check_finite, check_numeric, first

__all__ = ["Decision", "ThresholdReport", "threshold_report"]

OWNER = "threshold_report"

# Rows of the printed table; all are in the arrays.
SHOWN = 12
GOALS = ("cost", "f1", "youden", "accuracy", "precision", "recall", "specificity")


class Decision(NamedTuple):
    """What one threshold brings: yes where the score is above it.

    >>> row = threshold_report([0, 1, 1], [0.1, 0.3, 0.9]).at(0.5)
    >>> row.tp, row.fn, row.recall
    (1.0, 1.0, 0.5)
    """

    threshold: float
    tp: float
    fp: float
    fn: float
    tn: float
    precision: float
    recall: float
    f1: float
    specificity: float
    accuracy: float
    youden: float
    cost: float

    def __str__(self) -> str:
        """Write all numbers in one line."""
        shares = (f"{name} {as_share(getattr(self, name))}" for name in _SHARES)
        counts = (f"{n.upper()} {as_count(getattr(self, n))}" for n in _COUNTS)
        parts = [f"threshold {self.threshold:g}", *counts, *shares]
        return ", ".join([*parts, f"cost {as_count(self.cost)}"])

    def table(self) -> ConfusionTable:
        """Return the confusion matrix."""
        matrix = np.array([[self.tn, self.fp], [self.fn, self.tp]])
        return ConfusionTable(matrix, (), self.threshold)


_COUNTS = ("tp", "fp", "fn", "tn")
_SHARES = ("precision", "recall", "f1", "specificity")


class ThresholdReport:
    """A row for each threshold: what deciding by it would have brought.

    Columns are arrays: ``thresholds``, ``tp``, ``fp``, ``fn``, ``tn``, ``precision``,
    ``recall``, ``f1``, ``specificity``, ``accuracy``, ``youden`` (recall + specificity
    - 1) and ``cost``. ``auc`` and ``average_precision`` are exact.

    >>> report = threshold_report([0, 1, 1], [0.1, 0.3, 0.9])
    >>> report.recall
    array([1. , 1. , 0.5, 0. ])
    >>> len(report), report.auc
    (4, 1.0)
    """

    def __init__(
        self,
        ranking: Ranking,
        thresholds: Array,
        costs: tuple[float, float],
    ) -> None:
        """Count at all thresholds."""
        self._ranking = ranking
        self.cost_fp, self.cost_fn = costs
        self.thresholds = thresholds
        self.tp, self.fp = ranking.above(thresholds)
        # Sums of weights may differ by a rounding error.
        self.fn = np.maximum(ranking.positives - self.tp, 0)
        self.tn = np.maximum(ranking.negatives - self.fp, 0)
        self.precision = ratio(self.tp, self.tp + self.fp)
        self.recall = ratio(self.tp, ranking.positives)
        self.f1 = ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)
        self.specificity = ratio(self.tn, ranking.negatives)
        whole = ranking.positives + ranking.negatives
        self.accuracy = (self.tp + self.tn) / whole
        self.youden = self.recall + self.specificity - 1
        self.cost = self.cost_fp * self.fp + self.cost_fn * self.fn
        self.auc = ranking.auc()
        self.average_precision = ranking.average_precision()

    # ---- choosing --------------------------------------------------------------------

    def best(
        self,
        by: str = "cost",
        *,
        min_precision: float = 0.0,
        min_recall: float = 0.0,
        min_specificity: float = 0.0,
    ) -> Decision:
        """Return the row with the least cost, or the largest of what ``by`` names.

        Only rows count that reach all the minima, as in ``best("recall",
        min_precision=0.9)``. Of equal rows, that with the larger F1 counts, and then
        that with the lower threshold.

        >>> report = threshold_report([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9])
        >>> report.best("recall", min_precision=0.9).tp
        1.0
        """
        check_choice("best's by", by, GOALS)
        limits = {
            "precision": min_precision,
            "recall": min_recall,
            "specificity": min_specificity,
        }
        allowed = np.full(len(self.thresholds), True)
        for name, least in limits.items():
            checked = check_number(f"min_{name}", least, at_least=0, at_most=1)
            allowed &= getattr(self, name) >= checked
        if not allowed.any():
            raise ArgumentError(self._impossible(limits))
        value = -self.cost if by == "cost" else getattr(self, by)
        chosen = np.flatnonzero(allowed)
        order = np.lexsort((self.thresholds[chosen], -self.f1[chosen], -value[chosen]))
        return self._row(int(chosen[order[0]]))

    def _impossible(self, limits: dict[str, float]) -> str:
        asked = [f"{name} {least:g}" for name, least in limits.items() if least]
        best = [
            f"{name} {getattr(self, name).max():.4f}"
            for name, least in limits.items()
            if least
        ]
        return (
            f"no threshold reaches {' and '.join(asked)}; the most that single rows "
            f"reach is {' and '.join(best)}"
        )

    def at(self, threshold: float) -> Decision:
        """Return what any threshold brings, whether it has a row or not.

        >>> threshold_report([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9]).at(0.5).fp
        1.0
        """
        limit = check_number("threshold", threshold)
        one = np.array([limit])
        costs = self.cost_fp, self.cost_fn
        return ThresholdReport(self._ranking, one, costs)._row(0)

    # ---- rows ------------------------------------------------------------------------

    @property
    def rows(self) -> list[Decision]:
        """All rows, by ascending threshold."""
        return [self._row(i) for i in range(len(self))]

    def _row(self, i: int) -> Decision:
        columns = (self._column(name) for name in Decision._fields)
        return Decision(*(float(column[i]) for column in columns))

    def _column(self, name: str) -> Array:
        column: Array = getattr(self, "thresholds" if name == "threshold" else name)
        return column

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.thresholds)

    def __iter__(self) -> Iterator[Decision]:
        """Go through the rows."""
        return iter(self.rows)

    def to_pandas(self) -> Any:
        """Return all rows as a pandas DataFrame; pandas must be installed."""
        pd = pandas("ThresholdReport.to_pandas")
        return pd.DataFrame({name: self._column(name) for name in Decision._fields})

    # ---- how it looks ----------------------------------------------------------------

    def _title(self) -> str:
        ranking = self._ranking
        whole = ranking.positives + ranking.negatives
        return (
            f"{as_count(whole)} samples, {as_count(ranking.positives)} positive; "
            f"AUC {as_share(self.auc)}; cost {self.cost_fp:g} per FP, "
            f"{self.cost_fn:g} per FN"
        )

    def _lines(self) -> tuple[list[str], list[list[str]]]:
        marks = {
            self.best("cost").threshold: "least cost",
            self.best("f1").threshold: "best F1",
        }
        if len(marks) == 1:
            marks = dict.fromkeys(marks, "least cost, best F1")
        evenly = np.linspace(0, len(self) - 1, min(SHOWN, len(self))).round()
        marked = np.flatnonzero(np.isin(self.thresholds, list(marks)))
        chosen = sorted({*evenly.astype(int).tolist(), *marked.tolist()})
        header = ["threshold", *(n.upper() for n in _COUNTS), *_SHARES, "cost", ""]
        return header, [
            [
                f"{row.threshold:.6g}",
                *(as_count(getattr(row, name)) for name in _COUNTS),
                *(as_share(getattr(row, name)) for name in _SHARES),
                as_count(row.cost),
                marks.get(row.threshold, ""),
            ]
            for row in map(self._row, chosen)
        ]

    def _footer(self, shown: int) -> str:
        left_out = len(self) - shown
        return f"\n({left_out:,} rows between are in .rows)" if left_out else ""

    def __str__(self) -> str:
        """Write a table of some rows, the best ones among them."""
        header, rows = self._lines()
        return f"{self._title()}\n{as_text(header, rows)}{self._footer(len(rows))}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        header, rows = self._lines()
        return as_html(self._title() + self._footer(len(rows)), header, rows)


# ---- from data -----------------------------------------------------------------------


def threshold_report(
    y_true: Any,
    y_pred: Any,
    *,
    cost_fp: float = 1.0,
    cost_fn: float = 1.0,
    thresholds: float | Sequence[float] | None = None,
    sample_weight: Any = None,
) -> ThresholdReport:
    """Say what each threshold would bring for these labels and scores.

    Decide yes where a score is above the threshold, as `BinaryAccuracy` does. Labels
    are 0 and 1 (or -1 and 1); scores are probabilities, logits, or any others, of shape
    (n,) or (n, 1). Without ``thresholds`` there is a row for each different set of
    decisions, so nothing is approximated: the thresholds lie halfway between scores.
    A wrong yes costs ``cost_fp``, a wrong no ``cost_fn``.

    >>> report = threshold_report([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], cost_fn=5.0)
    >>> print(report)
    4 samples, 2 positive; AUC 0.7500; cost 1 per FP, 5 per FN
    threshold  TP  FP  FN  TN  precision  recall      f1  specificity  cost
    0           2   2   0   0     0.5000  1.0000  0.6667       0.0000     2
    0.25        2   1   0   1     0.6667  1.0000  0.8000       0.5000     1  \
least cost, best F1
    0.5         1   1   1   1     0.5000  0.5000  0.5000       0.5000     6
    0.75        1   0   1   2     1.0000  0.5000  0.6667       1.0000     5
    1           0   0   2   2     0.0000  0.0000  0.0000       1.0000    10
    >>> report.best().threshold, report.best("precision", min_recall=0.9).precision
    (0.25, 0.6666666666666666)
    """
    costs = [
        check_number(f"{OWNER}'s {name}", cost, at_least=0)
        for name, cost in (("cost_fp", cost_fp), ("cost_fn", cost_fn))
    ]
    scores, labels = _vector(y_pred, "y_pred"), _vector(y_true, "y_true")
    if len(scores) != len(labels):
        raise gg.ShapeError(f"{OWNER}: {len(labels)} labels for {len(scores)} scores")
    yes = _decided(labels)
    weight = np.ones(len(yes))
    if sample_weight is not None:
        weight = check_weights(sample_weight, len(yes), OWNER)
    ranking = Ranking(scores, yes, weight)
    if thresholds is None:
        edges = ranking.between()
    else:
        edges = np.unique(check_thresholds(OWNER, thresholds))
    return ThresholdReport(ranking, edges, (costs[0], costs[1]))


def _vector(values: Any, what: str) -> Array:
    array = np.asarray(values)
    owner = f"{OWNER}: {what}"
    check_numeric(array, owner)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise gg.ShapeError(
            f"{owner} must have the shape (n,) or (n, 1), got {array.shape}; of "
            "several classes, take one column at a time: y[:, i]"
        )
    if not array.size:
        raise gg.ShapeError(f"{owner} is empty: a report needs samples of both classes")
    check_finite(array, owner)
    return array


def _decided(labels: Array) -> Array:
    bad = ~np.isin(labels, (0, 1)) if 0 in labels else ~np.isin(labels, (-1, 1))
    if bad.any():
        raise LabelError(
            f"{OWNER}: labels are 0 and 1 (or -1 and 1), got {first(labels, bad)}"
        )
    yes: Array = labels > 0
    if yes.all() or not yes.any():
        only = "positive" if yes.all() else "negative"
        raise LabelError(
            f"{OWNER}: all {len(yes):,} labels are {only}, so that no threshold can "
            "tell two classes apart; give samples of both"
        )
    return yes


class Ranking:
    """Labels in the order of their scores: how much weight lies above any threshold."""

    def __init__(self, scores: Array, yes: Array, weight: Array) -> None:
        """Sort once, and add up from the largest score down."""
        self.scores, place = np.unique(scores, return_inverse=True)
        place = place.reshape(-1)
        count = len(self.scores)
        parts = [np.bincount(place, weight * each, count) for each in (yes, ~yes)]
        self._above = [
            np.concatenate([np.cumsum(part[::-1])[::-1], [0.0]]) for part in parts
        ]
        self.positives, self.negatives = (float(part[0]) for part in self._above)
        if not self.positives or not self.negatives:
            raise ArgumentError(f"{OWNER}: all samples of one class have the weight 0")

    def above(self, thresholds: Array) -> tuple[Array, Array]:
        """Return the weight of positive and negative samples above each threshold."""
        # A threshold is what a float32 model would compare with.
        edges = thresholds.astype(np.result_type(self.scores, np.float32))
        first_above = np.searchsorted(self.scores, edges, side="right")
        found, wrong = (part[first_above] for part in self._above)
        return found, wrong

    def between(self) -> Array:
        """Return thresholds below, between and above all scores."""
        scores = self.scores.astype(np.result_type(self.scores, np.float32))
        low, high = scores[:-1], scores[1:]
        middle = low + (high - low) / 2
        middle = np.where(middle < high, middle, low)
        shares = scores[0] >= 0 and scores[-1] <= 1
        lowest = 0 if shares and scores[0] > 0 else scores[0] - 1
        highest = 1 if shares else scores[-1] + 1
        return np.concatenate([[lowest], middle, [highest]]).astype(np.float64)

    def auc(self) -> float:
        """Return the area under the ROC curve: ties count half."""
        found, wrong = self._above
        heights = (found[:-1] + found[1:]) / 2
        area = np.sum((wrong[:-1] - wrong[1:]) * heights)
        return float(area / (self.positives * self.negatives))

    def average_precision(self) -> float:
        """Return the mean precision at which each positive sample is found."""
        found, wrong = self._above
        steps = found[:-1] - found[1:]
        precision = ratio(found[:-1], found[:-1] + wrong[:-1])
        return float(np.sum(steps * precision) / self.positives)
