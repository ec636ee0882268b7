"""Which nodes of a recorded backward pass are the derivatives by which others."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._context import placed
from graphgrad._graph import Graph
from graphgrad._node import Constant, Node, Place
from graphgrad._primitive import as_tensor
from graphgrad._reverse import active_nodes, cotangents, is_source, reachable
from graphgrad._trace import tracing

__all__ = ["adjoints", "loss_of"]


def loss_of(graph: Graph) -> Node | None:
    """Return the scalar that the backward pass starts from, if one can be told.

    It is an output of the loss phase if one is scalar, or the last scalar of that
    phase; where no node is of that phase, an output from before the backward pass.
    """
    scalars = [
        node
        for node in graph.operations
        if node.shape == () and not node.op.has_effect and node.dtype.kind == "f"
    ]
    late = [node.number for node in graph.operations if node.phase == "backward"]
    losses = [node for node in scalars if node.phase == "loss"]
    ends = [node for node in graph.outputs if node in losses]
    if losses:
        return (ends or losses[-1:])[0]
    results = [node for node in scalars if node in graph.outputs]
    before = [node for node in results if late and node.number < late[0]]
    return before[-1] if before else None


def adjoints(graph: Graph, loss: Node) -> dict[Node, Node]:
    """Return for nodes before ``loss`` the node that is the loss's derivative by each.

    The reverse pass is recorded once more, by the same rules, and what it records is
    found among the nodes of the graph by its structure. Where passes have rewritten
    the graph, little is found.
    """
    nodes = reachable([loss])
    wanted = active_nodes(nodes, {node for node in nodes if is_source(node)})
    with tracing(), placed(Place()):
        seed = as_tensor(np.ones((), loss.dtype))
        found = cotangents({loss: seed}, wanted, nodes=nodes)
    table = _Table()
    known: dict[int, Node] = {}
    for node in graph.nodes:
        number = table.number(node)
        if node.phase == "backward" and not node.is_leaf:
            known.setdefault(number, node)
    late = {node: each.node for node, each in found.items() if each.node is not None}
    for node in reachable(late.values()):
        table.number(node)
    pairs = {node: known.get(table.number(each)) for node, each in late.items()}
    return {a: b for a, b in pairs.items() if b is not None and a is not loss}


class _Table:
    """Numbers nodes so that those that compute the same have the same number."""

    def __init__(self) -> None:
        self.numbers: dict[Any, int] = {}
        self.of: dict[Node, int] = {}

    # Inputs have their numbers before those who read them.
    def number(self, node: Node) -> int:
        if node not in self.of:
            self.of[node] = self.numbers.setdefault(self._key(node), len(self.numbers))
        return self.of[node]

    def _key(self, node: Node) -> Any:
        op = node.op
        if isinstance(op, Constant) and op.value is not None:
            value = np.asarray(op.value)
            return str(value.dtype), value.shape, value.tobytes()
        if node.is_leaf:
            return node
        return op, *[self.of[each] for each in node.inputs]
