"""Which nodes stand for weights and other state, and which are their gradients."""

from __future__ import annotations

import math
from collections.abc import Iterator

from graphgrad import Graph
from graphgrad.nodes import Node, State
from graphgrad.viz._homes import Home, is_part, state_kind, update_lane

__all__ = ["gradients"]

Found = dict[Node, dict[Node, None]]


def gradients(graph: Graph, homes: dict[Node, Home]) -> dict[Node, list[Node]]:
    """Return the nodes that are gradients, each with the parameters it is of.

    A value of the backward pass is the gradient of a parameter if it is the only one of
    that shape which the parameter's own update reads. Where weights side by side are
    updated as one, the gradient is packed at the place that the weight has among them.
    """
    read = _read_in_lanes(graph, homes)
    for effect in graph.effects:
        if effect.phase == "update":
            _read_by_packs(graph, effect, read)
    found: dict[Node, list[Node]] = {}
    for parameter, nodes in read.items():
        fits = [each for each in nodes if _is_late(each, parameter)]
        if len(fits) == 1:
            found.setdefault(fits[0], []).append(parameter)
    return found


def _is_late(node: Node, parameter: Node) -> bool:
    fits = node.shape == parameter.shape and not node.is_leaf
    return fits and node.phase == "backward"


def _read_in_lanes(graph: Graph, homes: dict[Node, Home]) -> Found:
    lanes: dict[Home, dict[Node, None]] = {}
    for node in graph.operations:
        if node.phase == "update":
            lanes.setdefault(homes[node], {}).update(dict.fromkeys(node.inputs))
    read: Found = {}
    for parameter in graph.states:
        own = Home(homes[parameter].row, update_lane(parameter))
        if homes[parameter] == own and state_kind(parameter) == "parameter":
            read[parameter] = lanes.get(own, {})
    return read


def _read_by_packs(graph: Graph, effect: Node, read: Found) -> None:
    whole, value = effect.inputs
    parts = {
        (node.op.start, node.shape): node  # type: ignore[attr-defined]
        for node in graph.nodes
        if is_part(node) and node.inputs[0] is whole
    }
    if not parts or state_kind(whole) != "parameter":
        return
    for node in _update_behind(value):
        if node.op.name == "pack":
            start = 0
            for each in node.inputs:
                part = parts.get((start, each.shape))
                if part is not None:
                    behind = dict.fromkeys(_update_behind(each))
                    read.setdefault(part, {}).update(behind)
                start += math.prod(each.shape)


# What a value of the update is made of, elementwise, back to where the update begins.
def _update_behind(value: Node) -> Iterator[Node]:
    stack, seen = [value], {value}
    while stack:
        node = stack.pop()
        yield node
        if node.phase == "update" and not isinstance(node.op, State):
            fresh = [x for x in node.inputs if x.shape == value.shape and x not in seen]
            seen.update(fresh)
            stack += fresh
