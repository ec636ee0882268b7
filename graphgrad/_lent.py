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
    for i, array in lent.items():
        node = graph.inputs[i]
        if describe(array) != describe(node) or not can_be_lent(array):
            lying = "" if can_be_lent(array) else ", not row by row in memory"
            raise ShapeError(
                f"input {node.name!r} is lent as {describe(node)}, row by row in "
                f"memory; got {describe(array)}{lying}: pass a np.ascontiguousarray"
            )
        if node in graph.outputs:
            raise ShapeError(
                f"input {node.name!r} is an output as well, and would be gone with "
                "what is lent: return gg.identity of it"
            )


def placeholder(node: Shaped) -> Array:
    """Return what has the shape and dtype, and needs no memory."""
    return np.broadcast_to(np.zeros((), node.dtype), node.shape)
