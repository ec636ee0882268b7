"""Site: where in a graph something went wrong, as far as it was recorded."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from graphgrad._array_facts import Statistics
from graphgrad._graph import Graph
from graphgrad._listing import short_name
from graphgrad._node import Cell, Constant, Fixed, Input, Node, Op, Place, State
from graphgrad._operators import Shown
from graphgrad._primitive import Primitive
from graphgrad._types import DType, Shape, describe

__all__ = [
    "Site",
    "Stand",
    "behind",
    "grafted",
    "in_words",
    "input_node",
    "site_of",
]

# No more of what came before a failing operation is kept: the last so many nodes.
KEPT = 500

_FLOAT = np.dtype(np.float32)


def in_words(found: Statistics) -> str:
    """Write what an array is like in a line.

    >>> import graphgrad as gg
    >>> in_words(gg.recording.statistics(np.array([0.0, np.inf])))
    '0 to 0, 1 of 2 Inf, 1 zero'
    """
    parts = []
    if found.min is not None:
        parts.append(f"{found.min:.4g} to {found.max:.4g}")
    for count, name in ((found.nan, "NaN"), (found.inf, "Inf")):
        if count:
            some = f"{count:,} of {found.size:,} {name}"
            parts.append(f"all {name}" if count == found.size else some)
    if found.zeros:
        parts.append(f"{found.zeros:,} zero" + "s" * (found.zeros > 1))
    return ", ".join(parts) or "empty"


@dataclass(frozen=True, eq=False)
class Site(Shown):
    """Where something went wrong: the operation, what it reads, and all before it.

    ``kind`` is shape, dtype, label, value, NaN, Inf or dead. ``graph`` ends in the node
    ``node``, which is the one that failed; nodes hold shapes and dtypes, no arrays.
    ``inputs`` says what each of its inputs is like, by its name in ``equation``, and
    ``numbers``, where the step has run, what the numbers were like, the result's too;
    ``titles`` says what the layers are, by their names.

    >>> import graphgrad as gg
    >>> try:
    ...     gg.trace(lambda x, w: gg.tanh(x) @ w, gg.Spec((2, 3)), gg.Spec((2, 3)))
    ... except gg.ShapeError as error:
    ...     print(error.site)
    shape: matmul = tanh @ w
      tanh      f32 (2, 3)
      w         f32 (2, 3)
      expected  matmul needs shapes (..., m, k) and (..., k, n)
      got       (2, 3) and (2, 3)
      fix       the inner lengths 3 and 2 must be equal: transpose or reshape one
    """

    kind: str
    operation: str
    node: str
    graph: Graph
    equation: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    layer: str = ""
    phase: str = "forward"
    expected: str = ""
    actual: str = ""
    fix: str = ""
    numbers: Mapping[str, Statistics] = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say all of it, a line each."""
        where = f"{self.node} = {self.equation}" if self.equation else self.operation
        head = f"{self.kind}: {where}"
        place = [self.layer and f"layer {self.layer}", self.phase]
        rows = [(name, self._input(name)) for name in self.inputs]
        if self.node in self.numbers:
            rows.append((self.node, in_words(self.numbers[self.node])))
        rows += [("expected", self.expected), ("got", self.actual), ("fix", self.fix)]
        if self.layer:
            rows.insert(0, ("in", ", ".join(filter(None, place))))
        width = max((len(name) for name, _ in rows), default=0)
        return "\n".join([head, *(f"  {n:<{width}}  {t}" for n, t in rows if t)])

    def _input(self, name: str) -> str:
        told = self.inputs[name]
        return (
            f"{told}: {in_words(self.numbers[name])}" if name in self.numbers else told
        )


class Stand(Op):
    """What stands in a site's graph for what was not recorded, such as what failed.

    >>> Stand("Dense(5)").name
    'Dense(5)'
    """

    def __init__(self, name: str, op: Primitive | None = None) -> None:
        """Be shown under this name; ``op`` is what would have been recorded."""
        self.name = name
        self.op = op

    def equation(self, *names: str) -> str:
        """Write what it reads."""
        if self.op is not None:
            return self.op.equation(*names)
        return f"{self.name}({', '.join(names)})" if "(" not in self.name else ""

    def flops(self, *_: Any) -> int:
        """Count nothing: it has not run."""
        return 0

    def __repr__(self) -> str:
        """Write the name."""
        return self.name


# ---- making one ----------------------------------------------------------------------


def site_of(
    kind: str,
    op: Op,
    inputs: Sequence[Node],
    place: Place,
    *,
    told: Mapping[str, Any] | None = None,
) -> Site:
    """Return the site of an operation that gave no result on these nodes.

    ``told`` has what is known of expected, actual and fix.

    >>> x = input_node("x", (3,))
    >>> site_of("shape", Stand("Dense(5)"), [x], Place("dense")).inputs
    {'x': 'f32 (3,)'}
    """
    stand = Stand(op.name, op) if isinstance(op, Primitive) else op
    failed = Node(stand, tuple(inputs), (), _FLOAT, place)
    graph = behind(failed)
    return Site(
        kind=kind,
        operation=op.name,
        graph=graph,
        layer=place.scope,
        phase=place.phase,
        **_written(graph.outputs[0]),
        **(told or {}),
    )


def _written(end: Node) -> dict[str, Any]:
    called = [short_name(each) for each in end.inputs]
    assert isinstance(end.op, Stand), "what failed has been replaced"
    return {
        "node": end.name,
        "equation": end.op.equation(*called),
        "inputs": dict(zip(called, map(describe, end.inputs), strict=True)),
    }


def grafted(site: Site, before: Node) -> Site:
    """Return a site whose graph reads ``before`` in the place of its first input.

    >>> x = input_node("x", (3,))
    >>> site = site_of("shape", Stand("Dense(5)"), [x], Place())
    >>> grafted(site, input_node("data", (3,))).inputs
    {'data': 'f32 (3,)'}
    """
    copies: dict[Node, Node] = {}
    first = site.graph.inputs[0]
    for node in site.graph.nodes:
        if node is first:
            copies[node] = before
            continue
        inputs = tuple([copies[each] for each in node.inputs])
        copies[node] = Node(node.op, inputs, node.shape, node.dtype, node.place)
        if node.is_leaf and not isinstance(node.op, Constant):
            copies[node].name = node.name
    graph = behind(copies[site.graph.outputs[0]])
    return replace(site, graph=graph, **_written(graph.outputs[0]))


def behind(end: Node) -> Graph:
    """Return the graph of what leads to a node: of a long past, its end; no arrays.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))
    >>> [node.name for node in behind(graph["tanh"]).nodes]
    ['x', 'tanh']
    """
    copies: dict[Any, Node] = {}
    for node in _ancestors(end):
        inputs = tuple(
            [copies.get(each) or _earlier(each, copies) for each in node.inputs]
        )
        copies[node] = _copy(node, inputs)
    entered = [n for n in copies.values() if isinstance(n.op, Input)]
    return Graph(entered, [copies[end]], name="failure")


# Inputs first.
def _ancestors(end: Node) -> list[Node]:
    seen = {end}
    heap = [(-end.number, end)]
    found: list[Node] = []
    while heap and len(found) < KEPT:
        node = heapq.heappop(heap)[1]
        found.append(node)
        for each in node.inputs:
            if type(each) is Node and each not in seen:
                seen.add(each)
                heapq.heappush(heap, (-each.number, each))
    return found[::-1]


def _copy(node: Node, inputs: tuple[Node, ...]) -> Node:
    copy = Node(_light(node.op), inputs, node.shape, node.dtype, node.place)
    copy.name, copy.origins = node.name, node.origins
    return copy


# What comes before those that are kept is an input. What a tape has in the place of a
# constant is no node, and has no place.
def _earlier(each: Any, copies: dict[Any, Node]) -> Node:
    if isinstance(each, Fixed):
        copies[each] = Node(_light(each), (), each.shape, each.dtype, Place())
    elif each.is_leaf:
        copies[each] = _copy(each, ())
    else:
        copies[each] = Node(Input("earlier"), (), each.shape, each.dtype, Place())
    return copies[each]


def _light(op: Op) -> Op:
    if isinstance(op, State):
        cell = op.cell
        return State(Cell(cell.name, np.empty(0, cell.array.dtype), cell.kind))
    if isinstance(op, Constant):
        number = op.value if op.value is not None and np.ndim(op.value) == 0 else None
        return Constant(number, op.text)
    return op


def input_node(name: str, shape: Shape, dtype: DType = _FLOAT) -> Node:
    """Return an input of a site's graph.

    >>> input_node("x", (3,))
    <Node x f32 (3,)>
    """
    return Node(Input(name), (), tuple(shape), dtype, Place())
