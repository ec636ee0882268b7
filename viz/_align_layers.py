"""Counterparts of two graphs made apart: by layer, lane, primitive and order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from graphgrad import Dim, Graph
from graphgrad.nodes import Constant, Input, Node, State
from graphgrad.viz._homes import Home, homes, state_kind
from graphgrad.viz._sequences import codes, heaviest, longest

__all__ = ["by_layers"]

Array = np.ndarray[Any, Any]
Pairs = dict[Node, Node]
Titles = tuple[Mapping[str, str], Mapping[str, str]]

_NUMBERED = re.compile(r"_\d+$")


def by_layers(
    before: Graph, after: Graph, titles: Titles
) -> tuple[list[tuple[tuple[Node, ...], tuple[Node, ...]]], dict[str, str]]:
    """Return the pairs of counterparts, and the layers after by those before."""
    one, other = _Side(before, titles[0]), _Side(after, titles[1])
    rows = _matched_rows(one, other)
    pairs: Pairs = {}
    _match_inputs(pairs, before, after)
    _match_states(pairs, one, other, rows)
    for home, nodes in one.lanes.items():
        there = other.lanes.get(Home(rows.get(home.row, ""), home.lane))
        if there and (not home.row or home.row in rows):
            _match_operations(pairs, nodes, there)
    _match_leaves(pairs)
    order = {node: i for i, node in enumerate(before.nodes)}
    found = sorted(pairs.items(), key=lambda pair: order[pair[0]])
    return [((a,), (b,)) for a, b in found], rows


class _Side:
    """One of the two graphs, sorted into rows and lanes."""

    def __init__(self, graph: Graph, titles: Mapping[str, str]) -> None:
        self.graph = graph
        self.homes = homes(graph)
        self.lanes: dict[Home, list[Node]] = {}
        for node in graph.operations:
            self.lanes.setdefault(self.homes[node], []).append(node)
        self.kinds = {row: self._kind(row, titles) for row in self._rows()}

    # In the order of the way forward.
    def _rows(self) -> Iterable[str]:
        early = [home.row for home in self.lanes if home.lane == "forward"]
        return filter(None, dict.fromkeys([*early, *(home.row for home in self.lanes)]))

    # What a row is for, and the class of a layer or else its name without a number.
    def _kind(self, row: str, titles: Mapping[str, str]) -> tuple[str, str]:
        lanes = {home.lane for home in self.lanes if home.row == row}
        if "forward" in lanes:
            role = "layer"
        elif "loss" in lanes:
            role = "loss" if "backward" in lanes else "metric"
        else:
            role = "optimizer" if lanes <= {"update"} else "layer"
        parts = titles.get(row, row).split(" · ")
        named = len(parts) > 1 and not parts[1].endswith(("parameters", "parameter"))
        return role, parts[1] if named else _NUMBERED.sub("", row)


# By name; then those of a kind in order; then, as there is one of each, the loss and
# the optimizer.
def _matched_rows(one: _Side, other: _Side) -> dict[str, str]:
    rows = {row: row for row in one.kinds if row in other.kinds}

    def left(side: _Side, taken: Iterable[str]) -> list[str]:
        known = set(taken)
        return [row for row in side.kinds if row not in known]

    steps: tuple[Callable[[tuple[str, str]], Any], ...] = (lambda k: k, _role)
    for key in steps:
        mine, theirs = left(one, rows), left(other, rows.values())
        here = [key(one.kinds[row]) for row in mine]
        there = [key(other.kinds[row]) for row in theirs]
        rows |= {mine[i]: theirs[j] for i, j in longest(here, there) if here[i]}
    return rows


def _role(kind: tuple[str, str]) -> str | None:
    return kind[0] if kind[0] in ("loss", "optimizer") else None


# ---- leaves --------------------------------------------------------------------------


def _match_inputs(pairs: Pairs, before: Graph, after: Graph) -> None:
    names = {node.name: node for node in after.inputs}
    for node in before.inputs:
        if node.name in names:
            pairs[node] = names.pop(node.name)
    rest = [node for node in before.inputs if node not in pairs]
    pairs.update(zip(rest, names.values(), strict=False))


def _match_states(
    pairs: Pairs, one: _Side, other: _Side, rows: Mapping[str, str]
) -> None:
    there = {_state_key(node, other, {}): node for node in other.graph.states}
    for node in one.graph.states:
        found = there.get(_state_key(node, one, rows))
        if found is not None:
            pairs[node] = found


# A state is called by its layer, its kind and what else is in its name.
def _state_key(node: Node, side: _Side, rows: Mapping[str, str]) -> Any:
    row = side.homes[node].row
    rest = [part for part in node.name.split("/") if part not in side.kinds]
    return rows.get(row, row), state_kind(node), "/".join(rest)


# Leaves that counterparts read at the same place.
def _match_leaves(pairs: Pairs) -> None:
    taken = set(pairs.values())
    for one, other in list(pairs.items()):
        for a, b in zip(one.inputs, other.inputs, strict=False):
            if a not in pairs and b not in taken and _leaf_kind(a) == _leaf_kind(b):
                pairs[a] = b
                taken.add(b)


def _leaf_kind(node: Node) -> Any:
    if not node.is_leaf:
        return node
    kinds = (Constant, Input, State)
    kind = next((each for each in kinds if isinstance(node.op, each)), None)
    return kind, state_kind(node)


# ---- operations ----------------------------------------------------------------------


# Those of a lane, in order: of one primitive, and then as much alike as possible.
def _match_operations(
    pairs: Pairs, before: Sequence[Node], after: Sequence[Node]
) -> None:
    likeness = _Likeness(pairs, before, after)
    found = heaviest(len(before), len(after), likeness.of)
    pairs.update({before[i]: after[j] for i, j in found})


class _Likeness:
    """How much operations are alike; nothing, if they are of different primitives."""

    def __init__(
        self, pairs: Pairs, before: Sequence[Node], after: Sequence[Node]
    ) -> None:
        sides = before, after
        self.names = codes(*([node.op.name for node in nodes] for nodes in sides))
        self.shapes = codes(*([_shape(node) for node in nodes] for nodes in sides))
        self.dtypes = codes(*([node.dtype.str for node in nodes] for nodes in sides))
        # What is read at each place: the counterpart, a number, or what is unknown yet.
        known = set(pairs.values())
        places = range(
            max((len(n.inputs) for nodes in sides for n in nodes), default=0)
        )
        self.reads = [
            codes(
                [_read(node, i, pairs.get) for node in before],
                [_read(node, i, lambda n: n if n in known else None) for node in after],
            )
            for i in places
        ]
        self.reads += [
            codes(*([_is_fixed(node, i) for node in nodes] for nodes in sides))
            for i in places
        ]

    def of(self, number: int) -> Array:
        """Return how much one before is like each of those after."""
        here, there = (side[number] for side in self._sides(0)), self._sides(1)
        name, shape, dtype, *reads = (a == b for a, b in zip(here, there, strict=True))
        alike = 8 + shape + dtype + sum(reads, np.zeros(len(name), np.int64))
        return np.asarray(np.where(name, alike, 0))

    def _sides(self, side: int) -> list[Array]:
        return [
            each[side] for each in (self.names, self.shapes, self.dtypes, *self.reads)
        ]


def _shape(node: Node) -> Any:
    return tuple([None if isinstance(side, Dim) else side for side in node.shape])


def _is_fixed(node: Node, place: int) -> bool | None:
    return isinstance(node.inputs[place].op, Constant) if node.inputs[place:] else None


def _read(node: Node, place: int, partner: Callable[[Node], Node | None]) -> Any:
    if place >= len(node.inputs):
        return None
    source = node.inputs[place]
    if isinstance(source.op, Constant):
        return "constant"
    return partner(source) or source
