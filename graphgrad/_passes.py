"""Passes: graph to graph, each keeping the meaning and the map to the recorded nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphgrad._context import placed
from graphgrad._graph import Graph
from graphgrad._inline import cell_of
from graphgrad._joint import joint_form
from graphgrad._node import Cell, Constant, Node, State
from graphgrad._primitive import Primitive
from graphgrad._trace import tracing
from graphgrad._types import Array, broadcast

__all__ = [
    "PASSES",
    "dead_code",
    "fold_constants",
    "joint_forms",
    "merge_common",
    "neutral_elements",
    "optimize",
]

# A rule sees a node (with its new inputs in place) and returns its replacement, or None.
Rule = Callable[[Node], Node | None]

# Folded constants larger than this would cost more memory than they save time.
FOLD_LIMIT = 4096


def rewrite(graph: Graph, rule: Rule) -> Graph:
    """Rebuild a graph from its inputs on, with ``rule`` applied to every node."""
    new: dict[Node, Node] = {}
    with tracing():
        for node in graph.nodes:
            inputs = tuple([new[each] for each in node.inputs])
            copy = Node(node.op, inputs, node.shape, node.dtype, node.place)
            copy.name, copy.origins = node.name, node.origins
            with placed(node.place):
                found = rule(copy)
            if found is not None and found is not copy:
                _absorb(found, copy)
            new[node] = found or copy
    return Graph(
        [new[node] for node in graph.inputs],
        [new[node] for node in graph.outputs],
        [new[node] for node in graph.effects],
        name=graph.name,
        structure=graph.structure,
    )


def _absorb(kept: Node, gone: Node) -> None:
    kept.origins = tuple(dict.fromkeys((*kept.origins, *gone.origins)))


def dead_code(graph: Graph) -> Graph:
    """Drop what no output and no effect needs."""
    return rewrite(graph, lambda node: None)


def merge_common(graph: Graph) -> Graph:
    """Merge operations that do the same to the same inputs; leaves keep their identity."""
    known: dict[Any, Node] = {}

    def rule(node: Node) -> Node | None:
        key = _key(node)
        if key is None:
            return None
        return known.setdefault(key, node)

    return rewrite(graph, rule)


# Constants of one element are merged by value, larger ones only if they are one array.
def _key(node: Node) -> Any:
    op = node.op
    if isinstance(op, Constant):
        if op.value is None:
            return None
        value = op.value.tobytes() if op.value.ndim == 0 else id(op.value)
        return ("constant", node.dtype, node.shape, value, op.text)
    if isinstance(op, Primitive) and op.pure and not op.has_effect:
        return (op, node.place.constant, tuple([id(each) for each in node.inputs]))
    return None


def fold_constants(graph: Graph) -> Graph:
    """Compute now what depends on constants alone, and is small."""

    def rule(node: Node) -> Node | None:
        op = node.op
        if not isinstance(op, Primitive) or not op.pure or not node.inputs:
            return None
        if node.nbytes > FOLD_LIMIT:
            return None
        values = [_constant_value(each) for each in node.inputs]
        if any(value is None for value in values):
            return None
        with np.errstate(all="ignore"):
            value = np.asarray(op.evaluate(*[v for v in values if v is not None]))
        return Node(Constant(value), (), node.shape, node.dtype, node.place)

    return rewrite(graph, rule)


# A constant shown by a name stands for the batch, which is not known yet.
def _constant_value(node: Node) -> Array | None:
    op = node.op
    return op.value if isinstance(op, Constant) and op.text is None else None


def neutral_elements(graph: Graph) -> Graph:
    """Drop ``x - 0``, ``x 1``, ``x / 1``, ``x ^ 1``, choices already made, and copies.

    An elementwise operation broadcasts by itself: what only feeds it needs no broadcast.
    """

    assigned = {cell_of(node) for node in graph.effects}

    def rule(node: Node) -> Node | None:
        for kept in _unchanged(node):
            if _changes(kept, assigned):
                continue
            if kept.shape == node.shape and kept.dtype == node.dtype:
                return kept
        return _without_broadcast(node, assigned)

    return rewrite(graph, rule)


# By the time that a copy of state is read, the state may have been assigned.
def _changes(node: Node, assigned: set[Cell]) -> bool:
    return isinstance(node.op, State) and node.op.cell in assigned


def _unchanged(node: Node) -> list[Node]:
    name, inputs = node.op.name, node.inputs
    if name in ("identity", "stop_gradient", "cast", "reshape", "broadcast_to"):
        return [inputs[0]]
    if name == "multiply":
        return [inputs[i] for i in (0, 1) if _is_all(inputs[1 - i], 1)]
    if name in ("divide", "power"):
        return [inputs[0]] if _is_all(inputs[1], 1) else []
    if name == "where":
        return [inputs[2 - i] for i in (0, 1) if _is_all(inputs[0], i)]
    # x + 0 turns -0.0 into 0.0, which nothing but 1/x tells apart; x - 0 does not.
    if name == "subtract":
        return [inputs[0]] if _is_all(inputs[1], 0) else []
    return []


def _without_broadcast(node: Node, assigned: set[Cell]) -> Node | None:
    op = node.op
    if not isinstance(op, Primitive) or not op.elementwise or op.name == "add_n":
        return None
    inputs = list(node.inputs)
    for i, each in enumerate(inputs):
        if each.op.name == "broadcast_to" and not _changes(each.inputs[0], assigned):
            shapes = [other.shape for j, other in enumerate(inputs) if j != i]
            if shapes and broadcast(each.inputs[0].shape, *shapes) == node.shape:
                inputs[i] = each.inputs[0]
    if tuple(inputs) == node.inputs:
        return None
    lean = Node(op, tuple(inputs), node.shape, node.dtype, node.place)
    lean.name, lean.origins = node.name, node.origins
    return lean


def _is_all(node: Node, number: int) -> bool:
    value = _constant_value(node)
    return value is not None and bool(np.all(value == number))


def joint_forms(graph: Graph) -> Graph:
    """Put cross-entropies of sigmoids and softmaxes into their stable joint forms."""
    return rewrite(merge_common(graph), joint_form)


def _as_recorded(graph: Graph) -> Graph:
    def rule(node: Node) -> None:
        node.origins = (node.name,)

    return rewrite(graph, rule)


PASSES: tuple[Callable[[Graph], Graph], ...] = (
    neutral_elements,
    merge_common,
    fold_constants,
    neutral_elements,
    merge_common,
    dead_code,
)


def optimize(graph: Graph) -> Graph:
    """Apply every pass; the origins of the result are the names of ``graph``'s nodes.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.exp(x) + gg.exp(x) * 1.0, gg.Spec((3,)))
    >>> [(node.name, node.origins) for node in gg.passes.optimize(graph).operations]
    [('exp', ('exp', 'exp_1', 'multiply')), ('add', ('add',))]
    """
    graph = _as_recorded(graph)
    for each in PASSES:
        graph = each(graph)
    return graph
