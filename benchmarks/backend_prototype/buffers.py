"""Buffers: results that are never needed at the same time share memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg
from benchmarks.backend_prototype.schedule import Item, Schedule

__all__ = ["arrays_of"]

Array = NDArray[Any]


def arrays_of(schedule: Schedule, roots: Iterable[gg.Node]) -> dict[gg.Node, Array]:
    """Return for each root its array: the cell's own, a constant's, or a buffer's."""
    arrays, computed = {}, []
    for root in roots:
        op = root.op
        if isinstance(op, gg.nodes.State):
            assert op.cell.array.flags.c_contiguous, "a cell's array is in C's order"
            arrays[root] = op.cell.array
        elif isinstance(op, gg.nodes.Constant):
            assert op.value is not None, "a graph that runs has its constants"
            arrays[root] = np.ascontiguousarray(op.value)
        elif root.is_leaf:
            arrays[root] = np.zeros(root.shape, root.dtype)
        else:
            computed.append(root)
    return arrays | _shared(schedule, computed)


def _shared(schedule: Schedule, roots: list[gg.Node]) -> dict[gg.Node, Array]:
    first, last = _lives(schedule)
    free: list[Array] = []
    held: list[gg.Node] = []
    arrays: dict[gg.Node, Array] = {}
    memory: dict[gg.Node, Array] = {}
    for root in sorted(roots, key=first.__getitem__):
        for each in [each for each in held if last[each] < first[root]]:
            held.remove(each)
            free.append(memory[each])
        fitting = [each for each in free if each.nbytes >= root.nbytes]
        found = min(fitting, key=lambda each: each.nbytes, default=None)
        if found is None:
            memory[root] = np.zeros(root.nbytes, np.uint8)
        else:
            # By identity: arrays are compared element by element.
            free = [each for each in free if each is not found]
            memory[root] = found
        held.append(root)
        arrays[root] = memory[root][: root.nbytes].view(root.dtype).reshape(root.shape)
    return arrays


# The items that touch a root's memory first and last.
def _lives(schedule: Schedule) -> tuple[dict[gg.Node, int], dict[gg.Node, int]]:
    first: dict[gg.Node, int] = {}
    last: dict[gg.Node, int] = {}
    for i, item in enumerate(schedule.items):
        for node in _touched(item):
            root = schedule.places.of[node].root
            first.setdefault(root, i)
            last[root] = i
    for node in schedule.graph.outputs:
        last[schedule.places.of[node].root] = len(schedule.items)
    return first, last


def _touched(item: Item) -> Iterator[gg.Node]:
    for node in item.nodes:
        yield node
        yield from node.inputs
