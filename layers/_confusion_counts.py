"""Counts of right and wrong decisions, kept on the graph at several thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._metric import Array, Metric
from graphgrad.layers._metric_checks import per_class
from graphgrad.layers._room import check_memory

__all__ = ["Counting", "flat", "largest", "of_class"]

# What a round of looking for the largest takes besides, in numbers of 8 bytes.
_ROUND = 4096


class Counting(Metric):
    """What counts, at each of its thresholds, which decisions are right.

    An output above a threshold says yes, one at or below it no. The state has two rows,
    for samples whose label says no and yes: how many outputs lie above each threshold
    (``above``), and how many there are (``total``); all are sums of weights.
    """

    _edges: Array

    _fixed = frozenset({"multi_label", "num_labels", "num_thresholds", "thresholds"})

    def _make_state(self, edges: Sequence[float], lines: Sequence[int] = ()) -> None:
        self._edges = np.array(edges, np.float64)
        self.above = self.add_weight("above", (*lines, 2, len(self._edges)))
        self.total = self.add_weight("total", (*lines, 2))

    def _count(self, y: gg.Tensor, p: gg.Tensor, weight: gg.Tensor | None) -> None:
        """Count along the last axis of labels, outputs and weights of one shape."""
        edges = self._edges.astype(p.dtype)
        says_yes = gg.cast(gg.greater(gg.expand_dims(p, -1), edges), "float64")
        yes = gg.cast(gg.greater(y, 0), "float64")
        parts = [1 - yes, yes]
        if weight is not None:
            parts = [part * weight for part in parts]
        samples = gg.stack(parts, axis=-2)
        # A product of matrices: several times cheaper than sorting into buckets.
        self.above.assign_add(samples @ says_yes)
        self.total.assign_add(gg.sum(samples, axis=-1))

    # ---- what was counted ------------------------------------------------------------

    @property
    def true_positives(self) -> Array:
        """How many positive samples lie above each threshold."""
        return self.above.numpy()[..., 1, :]

    @property
    def false_positives(self) -> Array:
        """How many negative samples lie above each threshold."""
        return self.above.numpy()[..., 0, :]

    @property
    def false_negatives(self) -> Array:
        """How many positive samples do not lie above each threshold."""
        return self._below()[..., 1, :]

    @property
    def true_negatives(self) -> Array:
        """How many negative samples do not lie above each threshold."""
        return self._below()[..., 0, :]

    # Sums of weights may differ by a rounding error.
    def _below(self) -> Array:
        below: Array = self.total.numpy()[..., None] - self.above.numpy()
        return np.maximum(below, 0)


def flat(
    y_true: Any,
    y_pred: Any,
    sample_weight: Any,
    owner: str,
    *,
    top_k: int | None = None,
    class_id: int | None = None,
) -> tuple[gg.Tensor, gg.Tensor, gg.Tensor | None]:
    """Return labels, outputs and weights as vectors: of one class, or of all."""
    y, p, weight = per_class(y_true, y_pred, sample_weight, owner)
    if top_k is not None:
        p = gg.where(largest(p, top_k, owner), p, -np.inf)
    if class_id is not None:
        y, p = of_class(y, class_id, owner), of_class(p, class_id, owner)
        weight = None if weight is None else of_class(weight, class_id, owner)
    vector = None if weight is None else gg.reshape(weight, (-1,))
    return gg.reshape(y, (-1,)), gg.reshape(p, (-1,)), vector


def of_class(x: gg.Tensor, class_id: int, owner: str) -> gg.Tensor:
    """Return the part of ``x`` that belongs to one class.

    >>> import graphgrad as gg
    >>> of_class(gg.tensor([[0.2, 0.8]]), 1, "recall")
    tensor([0.8])
    """
    if x.ndim < 2 or class_id >= x.shape[-1]:
        raise ArgumentError(
            f"{owner}: class_id={class_id} needs outputs of shape (batch, classes) "
            f"with more than {class_id} classes, got {x.shape}"
        )
    return x[..., class_id]


def largest(p: gg.Tensor, count: int, owner: str) -> gg.Tensor:
    """Tell which ``count`` of each row are the largest; of equal ones, the first.

    >>> import graphgrad as gg
    >>> largest(gg.tensor([[0.2, 0.1, 0.7]]), 2, "recall").tolist()
    [[True, False, True]]
    """
    if p.ndim < 2:
        raise ArgumentError(
            f"{owner}: top_k={count} needs outputs of shape (batch, classes), "
            f"got {p.shape}"
        )
    classes = p.shape[-1]
    # Each round has its numbers of the classes, and a dozen nodes.
    check_memory(f"{owner}/top_k", (min(count, classes), classes + _ROUND), "int64")
    chosen = gg.one_hot(gg.argmax(p, -1), classes, bool)
    for _ in range(1, min(count, classes)):
        rest = gg.where(chosen, -np.inf, p)
        first = gg.one_hot(gg.argmax(rest, -1), classes, bool)
        chosen = gg.logical_or(chosen, first)
    return chosen
