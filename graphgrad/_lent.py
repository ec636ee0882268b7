"""Lent inputs: arrays of others that a program reads where they lie."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._graph import Graph
from graphgrad._types import Array, Shaped, describe

__all__ = ["can_be_lent", "check_lent", "placeholder"]


def can_be_lent(array: Array) -> bool:
    """Tell whether an array lies in memory as a program would lay it.

    >>> can_be_lent(np.ones((2, 3))), can_be_lent(np.ones((2, 3)).T)
    (True, False)
    """
    flags = array.flags
    return bool(flags.c_contiguous and flags.aligned and array.dtype.isnative)


def check_lent(graph: Graph, lent: Mapping[int, Array]) -> None:
    """Raise unless inputs of ``graph`` can be read from these arrays."""
    count = len(graph.inputs)
    for i, array in lent.items():
        if not 0 <= i < count:
            raise ValueError(
                f"arrays are lent by the position of an input, 0 to {count - 1}; got "
                f"one for {i}"
            )
        node = graph.inputs[i]
        if describe(array) != describe(node) or not can_be_lent(array):
            lying = "" if can_be_lent(array) else ", which does not lie so"
            raise ShapeError(
                f"input {node.name!r} is lent as {describe(node)}, row by row in "
                f"memory, aligned and in the byte order of the machine; got "
                f"{describe(array)}{lying}: pass np.require(x, {str(node.dtype)!r}, "
                "['C', 'A'])"
            )
        if node in graph.outputs:
            raise ShapeError(
                f"input {node.name!r} is an output as well, and would be gone with "
                "what is lent: return gg.identity of it"
            )


def placeholder(node: Shaped) -> Array:
    """Return what has the shape and dtype, and needs no memory."""
    return np.broadcast_to(np.zeros((), node.dtype), node.shape)
