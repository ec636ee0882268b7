"""Which nodes are the gradients of which weights, also where those are packed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from graphgrad import Graph
from graphgrad.nodes import Node
from graphgrad.viz._homes import is_part, state_kind, written_cell

__all__ = ["gradients"]

Shape = tuple[int, ...]


class _Spot(NamedTuple):
    """A value: a node itself, or what lies in it from ``start`` on."""

    node: Node
    start: int | None = None


def gradients(graph: Graph) -> dict[Node, list[Node]]:
    """Return the nodes that are gradients, each with the parameters it is of.

    A value of the backward pass is the gradient of a parameter if it is the only one of
    that shape that the parameter's new value is made of. Where weights side by side are
    updated as one, the gradient is packed at the place that the weight has among them.
    """
    found: dict[Node, list[Node]] = {}
    for parameter, value in _updated(graph):
        behind = _behind(value, tuple(parameter.shape))
        late = [node for node in dict.fromkeys(behind) if node.phase == "backward"]
        if len(late) == 1:
            found.setdefault(late[0], []).append(parameter)
    return found


# The parameters that the graph assigns, one by one or as one, with their new values.
def _updated(graph: Graph) -> Iterator[tuple[Node, _Spot]]:
    parts: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        if is_part(node):
            parts.setdefault(node.inputs[0], []).append(node)
    for effect in graph.effects:
        whole, value = written_cell(effect), effect.inputs[1]
        if state_kind(whole) == "parameter" and effect.phase == "update":
            for part in parts.get(whole, ()):
                yield part, _Spot(value, _start(part))
            if whole not in parts:
                yield whole, _Spot(value)


# What a value is made of, element by element, back to where the update begins.
def _behind(value: _Spot, shape: Shape) -> Iterator[Node]:
    stack, seen = [value], {value}
    while stack:
        spot = stack.pop()
        if spot.node.phase != "update" or spot.node.is_leaf:
            if spot.start is None and not spot.node.is_leaf:
                yield spot.node
            continue
        fresh = [each for each in _sources(spot, shape) if each not in seen]
        seen.update(fresh)
        stack += fresh


def _sources(spot: _Spot, shape: Shape) -> Iterator[_Spot]:
    node, start = spot
    if node.op.name == "unpack":
        yield _Spot(node.inputs[0], _start(node) + (start or 0))
    elif node.op.name == "pack" and start is not None:
        at = 0
        for each in node.inputs:
            if (at, tuple(each.shape)) == (start, shape):
                yield _Spot(each)
            at += math.prod(each.shape)
    else:
        wanted = shape if start is None else node.shape
        yield from (_Spot(x, start) for x in node.inputs if x.shape == wanted)


def _start(node: Node) -> int:
    return int(node.op.start)  # type: ignore[attr-defined]
