"""ConfusionMatrix: the table of classes taken for classes, as a metric."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_count, check_number
from graphgrad.layers._class_counts import ClassCounting
from graphgrad.layers._confusion_table import ConfusionTable
from graphgrad.layers._loss_functions import class_numbers
from graphgrad.layers._metric import Array
from graphgrad.layers._metric_checks import warn_of_logits
from graphgrad.layers._targets import as_float, matched

__all__ = ["ConfusionMatrix"]


class ConfusionMatrix(ClassCounting):
    """How often each class was taken for each, counted by the training program.

    The result is an array: a row for each label's class, a column for each prediction;
    `table` returns it in a form that prints well and has precision, recall and F1. One
    output per sample says 1 above ``threshold``; of several, the largest one counts.
    Labels are class numbers or one-hot; ``labels`` are names for the classes.

    >>> metric = ConfusionMatrix()
    >>> metric([0, 0, 1, 1], [0.1, 0.7, 0.8, 0.9])
    array([[1., 1.],
           [0., 2.]])
    >>> metric.table().recall
    1.0
    """

    _fixed = frozenset({"num_classes"})

    def __init__(
        self,
        num_classes: int | None = None,
        threshold: float = 0.5,
        labels: Sequence[str] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take the number of classes, unless outputs are to say it."""
        super().__init__(name, dtype)
        self.num_classes = num_classes
        self.threshold = check_number("ConfusionMatrix's threshold", threshold)
        self.labels = labels
        self._side = 0
        if num_classes is not None:
            owner = "ConfusionMatrix's num_classes"
            self._make_state(check_count(owner, num_classes, at_least=2))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and outputs."""
        p = as_float(y_pred)
        y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
        several = p.ndim > 1 and p.shape[-1] > 1
        classes = p.shape[-1] if several else 2
        if not self._side:
            self._make_state(classes)
        if classes > self._side:
            raise gg.ShapeError(
                f"{self.name} has {self._side} classes, but an output of shape "
                f"{p.shape} is for {classes}"
            )
        if not several:
            if 0 < self.threshold < 1:
                warn_of_logits(p, self.name, "ConfusionMatrix(threshold=0)")
            y, p = matched(y, p, self.name)
            yes, said = gg.greater(y, 0), gg.greater(p, self.threshold)
            self._count(yes, said, sample_weight, certain=True)
            return
        one_hot = y.shape == p.shape
        labels = gg.argmax(y, -1) if one_hot else class_numbers(y, p)
        self._count(labels, gg.argmax(p, -1), sample_weight, certain=one_hot)

    def result(self) -> Array:
        """Return the counts, or sums of weights, in float64."""
        if not self._side:
            return np.zeros((0, 0))
        self._warn_of_lost("give class numbers from 0 on, or a larger num_classes")
        return self.matrix

    def table(self) -> ConfusionTable:
        """Return the counts as a table that prints well, with the usual shares."""
        return ConfusionTable(self.result(), self.labels or ())
