"""F-scores: precision and recall in one number."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_choice, check_number
from graphgrad.layers._metric import Array, Metric
from graphgrad.layers._metric_checks import per_class, ratio, warn_of_logits
from graphgrad.layers._targets import as_float

__all__ = ["F1Score", "FBetaScore"]

AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """The harmonic mean of precision and recall; recall counts ``beta²`` times.

    ``(1 + β²) TP / ((1 + β²) TP + β² FN + FP)``, and 0 where that is 0/0. One output
    per sample, of shape (n,) or (n, 1), is above or below ``threshold`` (0.5 unless
    given), and the result is a number. Of several outputs, those above the
    ``threshold`` or, unless it is given, the largest one says yes; the result is an
    array with a score per class, or by ``average`` one number: of all decisions
    together (micro), the mean over classes (macro), or weighted by their labels
    (weighted). Labels are 0 and 1 for each output, or class numbers.

    >>> FBetaScore(beta=2.0)([0, 1, 1], [0.9, 0.8, 0.3])
    0.5
    >>> FBetaScore()([2, 0, 1], [[0.1, 0.1, 0.8], [0.6, 0.2, 0.2], [0.5, 0.4, 0.1]])
    array([0.66666667, 0.        , 1.        ])
    """

    direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.average = check_choice(f"{owner}'s average", average, AVERAGES)
        self.beta = check_number(f"{owner}'s beta", beta, above=0)
        self.threshold = threshold
        if threshold is not None:
            self.threshold = check_number(f"{owner}'s threshold", threshold)
        self._classes = 0

    def default_name(self) -> str:
        """Return Keras' name."""
        return "fbeta_score"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and outputs."""
        p = as_float(y_pred)
        y, p, weight = per_class(y_true, p, sample_weight, self.name)
        classes = p.shape[-1] if p.ndim > 1 else 1
        self._start(classes)
        yes = gg.cast(self._decisions(p, classes), "float64")
        y = gg.cast(gg.maximum(y, 0), "float64")
        both, labelled = yes * y, y
        if weight is not None:
            both, yes, labelled = both * weight, yes * weight, y * weight
        for state, part in zip(
            (self.found, self.said, self.positives), (both, yes, labelled), strict=True
        ):
            state.assign_add(gg.sum(gg.reshape(part, (-1, classes)), axis=0))

    def _start(self, classes: int) -> None:
        if not self._classes:
            self._classes = classes
            self.found = self.add_weight("true_positives", (classes,))
            self.said = self.add_weight("predicted_positives", (classes,))
            self.positives = self.add_weight("positives", (classes,))
        elif classes != self._classes:
            raise gg.ShapeError(
                f"{self.name} has counted {self._classes} classes, got {classes}"
            )

    # The largest of one output says nothing: there the threshold decides, always.
    def _decisions(self, p: gg.Tensor, classes: int) -> gg.Tensor:
        threshold = self.threshold
        if threshold is None and classes == 1:
            threshold = 0.5
        if threshold is not None:
            if 0 < threshold < 1:
                remedy = f"{type(self).__name__}(threshold=0)"
                warn_of_logits(p, self.name, remedy)
            return gg.greater(p, threshold)
        return gg.equal(p, gg.max(p, axis=-1, keepdims=True))

    def result(self) -> Any:
        """Return the score; an array, one per class, unless they are averaged."""
        if not self._classes:
            return 0.0
        counts = [each.numpy() for each in (self.found, self.said, self.positives)]
        if self.average == "micro":
            counts = [np.sum(each, keepdims=True) for each in counts]
        scores = self._scores(*counts)
        if self.average == "weighted":
            return float(ratio(np.sum(scores * counts[2]), np.sum(counts[2])))
        if self.average is None and len(scores) > 1:
            return scores
        return float(np.mean(scores))

    def _scores(self, found: Array, said: Array, positives: Array) -> Array:
        square = self.beta**2
        scores: Array = ratio((1 + square) * found, said + square * positives)
        return scores


class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, ``2 TP / (2 TP + FN + FP)``.

    Everything else is as in `FBetaScore`.

    >>> F1Score()([0, 1, 1], [0.9, 0.8, 0.3])
    0.5
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(average, 1.0, threshold, name, dtype)

    def default_name(self) -> str:
        """Return Keras' name."""
        return "f1_score"
