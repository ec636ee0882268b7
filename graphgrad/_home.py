"""Homes: cells laid side by side in one array, so that one call changes them all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from graphgrad._memory import aligned
from graphgrad._node import Cell
from graphgrad._ops._packing import flattened, lying
from graphgrad._types import DType
from graphgrad._variable import Variable

__all__ = ["are_side_by_side", "pack_variables", "stretch"]


def pack_variables(variables: Iterable[Variable], name: str) -> None:
    """Lay the values of variables side by side in memory, one array per dtype.

    Passes may then change all of them by one call where they are all changed alike, as
    weights and slots are by optimizers. Variables stay what they are; one that a
    program reads is left where it is.

    >>> import graphgrad as gg
    >>> kernel, bias = gg.Variable([[1.0, 2.0]]), gg.Variable([3.0, 4.0])
    >>> pack_variables([kernel, bias], "weights")
    >>> kernel.cell.home.array, bias.cell.start
    (array([1., 2., 3., 4.]), 2)
    """
    by_dtype: dict[DType, list[Cell]] = {}
    for variable in variables:
        cell = variable.cell
        if _may_move(cell) and cell.array.size:
            by_dtype.setdefault(cell.array.dtype, []).append(cell)
    for cells in by_dtype.values():
        if len(cells) > 1 and not are_side_by_side(cells):
            _settle(cells, name)


def _may_move(cell: Cell) -> bool:
    return not cell.bound and (cell.home is None or not cell.home.bound)


def _settle(cells: Sequence[Cell], name: str) -> None:
    flat = aligned(sum(cell.array.size for cell in cells), cells[0].array.dtype)
    np.concatenate([flattened(cell.array) for cell in cells], out=flat)
    home = Cell(name, flat, cells[0].kind)
    start = 0
    for cell in cells:
        # Its version counts on: what was read of it before is still known by it. All at
        # once, after the last call: Ctrl-C leaves no cell half moved.
        size = cell.array.size
        array = lying(flat[start : start + size], cell.array.shape)
        version = cell.version
        cell.writes, cell.home, cell.start, cell.array = version, home, start, array
        start += size


def are_side_by_side(cells: Sequence[Cell]) -> bool:
    """Tell whether the cells follow each other in one home."""
    return cells[0].home is not None and all(
        a.home is b.home and a.start + a.array.size == b.start
        for a, b in pairwise(cells)
    )


def stretch(cells: Sequence[Cell]) -> Cell:
    """Return one cell for all of the cells, which follow each other in one home."""
    home = cells[0].home
    assert home is not None, "cells side by side live in a home"
    # A graph will hold its array.
    home.bound = True
    start, stop = cells[0].start, cells[-1].start + cells[-1].array.size
    if stop - start == home.array.size:
        return home
    part = Cell(home.name, home.array[start:stop], home.kind)
    part.home, part.start = home, start
    return part
