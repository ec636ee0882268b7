"""Scalars: results of one number that a step computes without an array.

A ufunc takes four times as long for one number in an array as Python does for an
expression over NumPy's scalars, which has the same bits.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphgrad._graph import Graph
from graphgrad._node import Constant, Node, State
from graphgrad._primitive import Primitive

__all__ = ["find_scalars"]


def find_scalars(
    graph: Graph, users: Mapping[Node, list[Node]], kind: Mapping[Node, str]
) -> dict[Node, bool]:
    """Return the scalars of ``graph``, and whether somebody reads them as an array."""
    outputs = set(graph.outputs)
    scalars = {node: node in outputs for node in _expressions(graph, kind)}
    for node in scalars:
        takers = [user for user in users[node] if user not in scalars]
        if any(not takes_scalar(user, node) for user in takers):
            scalars[node] = True
    return scalars


def _expressions(graph: Graph, kind: Mapping[Node, str]) -> list[Node]:
    return [node for node in graph.operations if kind[node] == "call" and _fits(node)]


# Single precision and double alone: NumPy computes half precision in another one.
def _fits(node: Node) -> bool:
    op = node.op
    return (
        isinstance(op, Primitive)
        and bool(op.scalar)
        and (node.dtype.kind == "f" or _counts(node))
        and node.dtype.itemsize in (4, 8)
        and all(
            each.shape == () and each.dtype == node.dtype
            for each in (node, *node.inputs)
        )
    )


# NumPy's whole numbers that wrap around warn, those in arrays do not. A counter of 64
# bits does not get there.
def _counts(node: Node) -> bool:
    kinds = {type(each.op) for each in node.inputs}
    adds = node.op.name == "add" and node.dtype == "int64"
    return adds and kinds == {State, Constant}


def takes_scalar(user: Node, node: Node) -> bool:
    """Tell whether ``user``, which is an array, is as well computed from a scalar."""
    op = user.op
    if not isinstance(op, Primitive) or not op.copies:
        return False
    # To put NaN or a large number where whole ones lie is an error, for a scalar alone.
    if user.dtype != node.dtype and user.dtype.kind not in "fb":
        return False
    return user.inputs[-1] is node and node not in user.inputs[:-1]
