"""Constants spread once: what a program would copy along missing axes at every run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphgrad._node import Constant, Node
from graphgrad._ops._families import Binary, spreads
from graphgrad._types import Shape, size_of

__all__ = ["spread_constants"]

# In bytes: more than that would cost more memory than it saves time.
LARGEST = 1 << 14


def spread_constants() -> Callable[[Node], Node | None]:
    """Return the rule that gives constants the shape that a call would give them.

    Before operations on two small arrays of different shapes, programs copy one into
    an array of the result's shape. That of a constant can be its value.
    """
    known: dict[tuple[Node, Shape], Node] = {}

    def rule(node: Node) -> Node | None:
        if not isinstance(node.op, Binary):
            return None
        inputs = tuple([_spread(each, node.shape, known) for each in node.inputs])
        if inputs == node.inputs:
            return None
        wide = Node(node.op, inputs, node.shape, node.dtype, node.place)
        wide.name, wide.origins = node.name, node.origins
        return wide

    return rule


# A constant shown by a name stands for the batch, which is not known yet.
def _spread(node: Node, shape: Shape, known: dict[tuple[Node, Shape], Node]) -> Node:
    op = node.op
    if not isinstance(op, Constant) or op.value is None or op.text is not None:
        return node
    size = int(size_of(shape))
    if not spreads(op.value.shape, shape) or size * op.value.itemsize > LARGEST:
        return node
    if (node, shape) not in known:
        sides = tuple([int(side) for side in shape])
        value = np.array(np.broadcast_to(op.value, sides), order="C")
        wide = Node(Constant(value), (), shape, node.dtype, node.place)
        wide.origins = node.origins
        known[node, shape] = wide
    return known[node, shape]
