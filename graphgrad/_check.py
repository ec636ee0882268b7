"""The rules that every graph keeps, as one function that tests run after every pass."""

from __future__ import annotations

from typing import Protocol

from graphgrad._errors import InvariantError
from graphgrad._node import Node, State
from graphgrad._primitive import Primitive
from graphgrad._types import Spec, describe

__all__ = ["check_graph"]


class Checked(Protocol):
    """What the rules are about."""

    nodes: tuple[Node, ...]
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]
    effects: tuple[Node, ...]


def check_graph(graph: Checked) -> None:
    """Raise `InvariantError` unless the graph keeps every rule of graphs.

    Names are unique; inputs come before users; each node's shape and dtype are what its
    primitive infers; outputs and effects are in the graph; state is read before it is
    assigned, and assigned once.
    """
    seen: set[Node] = set()
    assigned: set[Node] = set()
    for node in graph.nodes:
        missing = [each.name for each in node.inputs if each not in seen]
        _expect(not missing, node, f"comes before its inputs {missing}")
        seen.add(node)
        if isinstance(node.op, Primitive):
            spec = node.op.infer(*node.inputs)
            got = Spec(node.shape, node.dtype)
            _expect(
                spec == got, node, f"should be {describe(spec)}, is {describe(got)}"
            )
        for each in node.inputs:
            late = each in assigned and not node.op.has_effect
            _expect(not late, node, f"reads {each.name} after it was assigned")
        if node.op.has_effect:
            target = node.inputs[0]
            _expect(isinstance(target.op, State), node, "assigns what is no state")
            _expect(target not in assigned, node, f"assigns {target.name} again")
            assigned.add(target)
    names = {node.name for node in graph.nodes}
    if len(names) != len(graph.nodes) or "" in names:
        raise InvariantError("node names are not unique")
    if not seen.issuperset((*graph.inputs, *graph.outputs, *graph.effects)):
        raise InvariantError("an output or effect is not among the graph's nodes")


def _expect(holds: bool, node: Node, fault: str) -> None:
    if not holds:
        raise InvariantError(f"node {node.name!r} {fault}")
