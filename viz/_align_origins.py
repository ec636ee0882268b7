"""Counterparts of a graph and what passes made of it: nodes know their origins."""

from __future__ import annotations

from typing import NamedTuple

from graphgrad import Graph
from graphgrad.nodes import Node
from graphgrad.viz._homes import homes

__all__ = ["Made", "by_origins", "is_made_from"]

Group = tuple[tuple[Node, ...], tuple[Node, ...]]

# Passes give some nodes another place: the share of those that keep theirs.
_MOST = 0.9


class Made(NamedTuple):
    """Groups of many nodes before and one after, and all that these were made from."""

    groups: list[Group]
    rows: dict[str, str]
    sources: dict[Node, tuple[Node, ...]]


def is_made_from(graph: Graph, recorded: Graph) -> bool:
    """Return whether ``graph`` is what passes made of ``recorded``.

    It is if the origins of all its operations are there, nearly all in the same layer
    and phase, and if passes have changed something at all.
    """
    known = {node.name: node for node in recorded.nodes}
    operations = graph.operations
    if not any(_is_new(node, known.get(node.name)) for node in graph.nodes):
        return False
    if not all(name in known for node in operations for name in node.origins):
        return False
    kept = sum(any(_agree(known[o], node) for o in node.origins) for node in operations)
    return kept >= _MOST * len(operations)


# Whether the origins of a node are not those of the one of its name, if there is one.
def _is_new(node: Node, namesake: Node | None) -> bool:
    same = () if namesake is None else namesake.origins
    return node.origins not in ((node.name,), same)


def _agree(origin: Node, node: Node) -> bool:
    alike = origin.is_leaf or origin.phase == node.phase
    return alike and (origin.is_leaf or origin.scope == node.scope)


def by_origins(recorded: Graph, made: Graph) -> Made:
    """Return the counterparts of the recorded nodes among those made from them."""
    known = {node.name: node for node in recorded.nodes}
    sources = {
        node: tuple([known[name] for name in node.origins if name in known])
        for node in made.nodes
    }
    heirs: dict[Node, list[Node]] = {}
    for node, origins in sources.items():
        for each in origins:
            heirs.setdefault(each, []).append(node)
    own: dict[Node, list[Node]] = {}
    for origin in recorded.nodes:
        if origin in heirs:
            own.setdefault(_heir(origin, heirs[origin]), []).append(origin)
    groups: list[Group] = []
    groups += [(tuple(own[node]), (node,)) for node in made.nodes if node in own]
    rows = {home.row: home.row for home in homes(made).values()}
    return Made(groups, rows, sources)


# Of several nodes with one origin, the one that is most like it.
def _heir(origin: Node, heirs: list[Node]) -> Node:
    def rank(node: Node) -> tuple[bool, ...]:
        return (
            node.name == origin.name and len(node.origins) == 1,
            node.op.name == origin.op.name,
            node.is_leaf == origin.is_leaf,
            node.shape == origin.shape,
            _agree(origin, node),
        )

    return max(heirs, key=rank)
