"""What a recorder of a graph keeps: facts of every node, over a bounded history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._learning_probe import CAN_DIE, CLOSE, LIMITS

__all__ = ["FIELDS", "Samples", "facts_of"]

Array = np.ndarray[Any, Any]

# What is kept of a value. Shares are of all elements, or of units.
FIELDS = ("min", "mean", "max", "norm", "zeros", "nan", "inf", "dead", "saturated")


def facts_of(node: Any, array: Array) -> Array:
    """Return the facts of a node's value, in the order of FIELDS; NaN where none is.

    >>> import graphgrad as gg, numpy as np
    >>> relu = gg.trace(gg.relu, gg.Spec((2, 2)))["relu"]
    >>> found = dict(zip(FIELDS, facts_of(relu, np.array([[0.0, 1.0], [0.0, 0.0]]))))
    >>> float(found["zeros"]), float(found["dead"])
    (0.75, 0.5)
    """
    facts = gg.recording.statistics(array)
    missing = [np.nan if x is None else x for x in (facts.min, facts.mean, facts.max)]
    share = facts.zeros / facts.size if facts.size else np.nan
    activation = node.op.name if node.phase == "forward" and not node.is_leaf else ""
    dead = _dead(array) if activation in CAN_DIE else np.nan
    close = _close(array, *LIMITS[activation]) if activation in LIMITS else np.nan
    numbers = [*missing, facts.norm, share, facts.nan, facts.inf, dead, close]
    return np.array(numbers, np.float64)


# The share of units, along the last axis, that are 0 for every sample.
def _dead(array: Array) -> float:
    if not array.ndim or not array.size:
        return np.nan
    units = array.reshape(-1, array.shape[-1])
    return float(np.mean(units.max(axis=0) <= 0))


def _close(array: Array, low: float, high: float) -> float:
    if not array.size:
        return np.nan
    return float(np.mean((array < low + CLOSE) | (array > high - CLOSE)))


class Samples:
    """The facts of the nodes of a graph over epochs; no more epochs than ``keep``.

    If there are more, every second is forgotten, and only every second of those to come
    is kept: the epochs stay evenly spaced.

    >>> samples = Samples(keep=4)
    >>> for epoch in range(1, 8):
    ...     samples.add(epoch, ["x"], np.full((1, len(FIELDS)), epoch), {})
    >>> samples.epochs, samples.series("x", "mean")
    ([1, 3, 5, 7], array([1., 3., 5., 7.]))
    """

    def __init__(self, keep: int) -> None:
        """Begin without any."""
        self.keep = keep
        self._forget([])

    def _forget(self, names: Sequence[str]) -> None:
        self.names: list[str] = list(names)
        self.epochs: list[int] = []
        self.facts: list[Array] = []
        # Of each epoch the length of a step by that of the weights, by layer.
        self.updates: list[dict[str, float]] = []
        self._stride = 1
        self._count = 0

    def due(self) -> bool:
        """Return whether the next sample will be kept."""
        return self._count % self._stride == 0

    def skip(self) -> None:
        """Count a sample that is not taken."""
        self._count += 1

    def add(
        self,
        epoch: int,
        names: Sequence[str],
        facts: Array,
        updates: Mapping[str, float],
    ) -> None:
        """Keep the facts of an epoch, a row for each node; other nodes begin anew."""
        if list(names) != self.names:
            self._forget(names)
        is_due = self.due()
        self.skip()
        if not is_due:
            return
        self.epochs.append(epoch)
        self.facts.append(np.array(facts, np.float64))
        self.updates.append(dict(updates))
        if len(self.epochs) > self.keep:
            for each in (self.epochs, self.facts, self.updates):
                del each[1::2]
            self._stride *= 2

    def table(self, field: str) -> Array:
        """Return a fact of all nodes: a row an epoch, a column a name."""
        at = FIELDS.index(field)
        rows = [each[:, at] for each in self.facts]
        return np.array(rows).reshape(-1, len(self.names))

    def series(self, name: str, field: str) -> Array:
        """Return a fact of a node over the epochs."""
        row, column = self.names.index(name), FIELDS.index(field)
        return np.array([each[row, column] for each in self.facts])

    # ---- to go on after a break ------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Return everything as plain values and an array."""
        width = len(self.names), len(FIELDS)
        return {
            "names": list(self.names),
            "epochs": list(self.epochs),
            "facts": np.array(self.facts).reshape(-1, *width),
            "updates": [dict(each) for each in self.updates],
            "stride": self._stride,
            "count": self._count,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take over what `state` returned."""
        self.names = list(state["names"])
        self.epochs = [int(each) for each in state["epochs"]]
        self.facts = list(np.asarray(state["facts"], np.float64))
        self.updates = [dict(each) for each in state["updates"]]
        self._stride, self._count = int(state["stride"]), int(state["count"])
