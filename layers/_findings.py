"""What rules say of a layer, given the facts of all nodes of a step, over epochs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._graph_samples import FIELDS, Samples
from graphgrad.layers._learning_rules import Complaints, Rules

__all__ = ["Finding", "findings"]

Array = np.ndarray[Any, Any]

# What is wrong with a layer, and the nodes that show it.
Told = tuple[str, Sequence[str], Complaints]


class Finding(NamedTuple):
    """What a rule says of an epoch: which rule, of which layer and nodes, in words.

    >>> import graphgrad as gg
    >>> start = gg.initializers.Constant(-9.0)
    >>> dead = gg.Dense(3, "relu", bias_initializer=start)
    >>> model = gg.Sequential([gg.Input((2,)), dead, gg.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> x, y = [[0.0, 1.0]], [1.0]
    >>> recorder = gg.callbacks.GraphRecorder(batch=(x, y))
    >>> _ = model.fit(x, y, verbose=0, callbacks=[recorder])
    >>> [(f.epoch, f.layer, f.nodes) for f in recorder.findings if f.wrong == "dead"]
    [(0, 'dense', ('relu',)), (1, 'dense', ('relu',))]
    """

    epoch: int
    layer: str
    wrong: str
    nodes: tuple[str, ...]
    message: str


def findings(
    graph: gg.Graph, samples: Samples, rules: Rules, layers: Sequence[str]
) -> Iterator[Finding]:
    """Go over what ``rules`` say of each epoch; ``layers`` are all, in their order.

    >>> graph = gg.trace(gg.tanh, gg.Spec((2,)))
    >>> rules = Rules("GraphRecorder", 1e-4, 1e3, 0.1, 0.5, 0.5)
    >>> list(findings(graph, Samples(keep=4), rules, []))
    []
    """
    judge = _Judge(graph, rules, layers)
    columns = {name: i for i, name in enumerate(samples.names)}
    for at, epoch in enumerate(samples.epochs):
        facts = _Facts(samples.facts[at], columns)
        for layer, names, complaints in judge.of(facts, samples.updates[at]):
            for wrong, message in complaints:
                yield Finding(epoch, layer, wrong, tuple(names), message)


class _Facts:
    """The facts of all nodes in one epoch."""

    def __init__(self, rows: Array, columns: Mapping[str, int]) -> None:
        self._rows = rows
        self._columns = columns

    def of(self, name: str, field: str) -> float:
        """Return a fact of a node; NaN where there is none."""
        return float(self._rows[self._columns[name], FIELDS.index(field)])

    def length(self, names: Iterable[str]) -> float:
        """Return that of several nodes as one vector: infinite, if one has no end."""
        if any(self.of(name, field) for name in names for field in ("nan", "inf")):
            return math.inf
        return math.hypot(*[self.of(name, "norm") for name in names])


class _Judge:
    """What of a graph the rules are about: gradients of layers, and activations."""

    def __init__(self, graph: gg.Graph, rules: Rules, layers: Sequence[str]) -> None:
        self._rules = rules
        self._layers = layers
        self._gradients = _gradients(graph)
        self._forward = [n for n in graph.operations if n.phase == "forward"]
        self._last = self._forward[-1].scope if self._forward else ""

    def of(self, facts: _Facts, updates: Mapping[str, float]) -> Iterator[Told]:
        """Go over what is wrong in an epoch, with the layers and nodes it is about."""
        yield from self._of_gradients(facts)
        for layer, ratio in updates.items():
            if math.isfinite(ratio):  # else the gradient says it
                names = self._gradients.get(layer, [])
                yield layer, names, self._rules.of_update(ratio)
        for node in self._forward:
            told = self._of_activation(node.scope, node.name, facts)
            yield node.scope, [node.name], told

    def _of_gradients(self, facts: _Facts) -> Iterator[Told]:
        norms = {layer: facts.length(each) for layer, each in self._gradients.items()}
        dead: dict[str, float] = {}
        squashing = set()
        for node in self._forward:
            share = facts.of(node.name, "dead")
            if not math.isnan(share):
                dead[node.scope] = max(share, dead.get(node.scope, 0.0))
            if not math.isnan(facts.of(node.name, "saturated")):
                squashing.add(node.scope)
        for layer, names in self._gradients.items():
            told = self._rules.of_gradient(
                layer, norms, self._layers, dead=dead, squashing=squashing
            )
            yield layer, names, told

    def _of_activation(self, layer: str, name: str, facts: _Facts) -> Complaints:
        dead, close = facts.of(name, "dead"), facts.of(name, "saturated")
        told = [] if math.isnan(dead) else self._rules.of_dead_units(dead)
        if layer != self._last and not math.isnan(close):
            told = [*told, *self._rules.of_saturation(close)]
        return told


# The gradients of each layer's weights: what the update reads of the backward pass.
def _gradients(graph: gg.Graph) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    read = {i for n in graph.operations if n.phase == "update" for i in n.inputs}
    for node in graph.operations:
        if node.phase == "backward" and node in read:
            found.setdefault(node.scope, []).append(node.name)
    return found
