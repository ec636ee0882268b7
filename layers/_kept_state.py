"""KeptState: all that a training changes, copied and put back."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

import graphgrad as gg
from graphgrad.nodes import Cell

__all__ = ["KeptState"]

# What follows from the data alone: no step depends on it.
_COUNTING = frozenset({"metric", "monitor"})


class KeptState:
    """A copy of the arrays behind some variables, and how often each was written.

    Variables that lie in one array are copied together.

    >>> import graphgrad as gg
    >>> w = gg.Variable([1.0, 2.0])
    >>> kept = KeptState([w])
    >>> _ = w.assign([3.0, 4.0])
    >>> kept.put_back()
    >>> w.numpy(), kept.nbytes
    (array([1., 2.]), 16)
    """

    def __init__(self, variables: Iterable[gg.Variable]) -> None:
        """Copy them now."""
        homes: dict[Cell, list[Cell]] = {}
        for each in variables:
            cell = each.cell
            homes.setdefault(cell.home or cell, []).append(cell)
        self._cells = list(homes)
        self._parts = list(homes.values())
        self._copies = [cell.array.copy() for cell in self._cells]
        self._written = self._versions()

    def _versions(self) -> list[list[int]]:
        return [[each.version for each in parts] for parts in self._parts]

    @property
    def nbytes(self) -> int:
        """The size of the copies."""
        return sum(copy.nbytes for copy in self._copies)

    def take(self) -> None:
        """Copy them again."""
        for cell, copy in zip(self._cells, self._copies, strict=True):
            np.copyto(copy, cell.array)
        self._written = self._versions()

    def put_back(self) -> None:
        """Let the variables be as they were; what was read meanwhile is outdated."""
        for cell, copy in zip(self._cells, self._copies, strict=True):
            np.copyto(cell.array, copy)
            cell.writes += 1

    def changed_by_others(self, steps: int) -> list[str]:
        """Return what was written by more than so many steps of a program, each once.

        >>> w = gg.Variable([1.0], name="w")
        >>> kept = KeptState([w])
        >>> _ = w.assign([2.0])
        >>> kept.changed_by_others(steps=5), kept.changed_by_others(steps=1)
        (['w'], [])
        """
        return [
            cell.name
            for parts, before in zip(self._parts, self._written, strict=True)
            for cell, version in zip(parts, before, strict=True)
            if cell.kind not in _COUNTING and cell.version - version not in (0, steps)
        ]
