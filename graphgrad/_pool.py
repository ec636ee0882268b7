"""Pools: buffers whose results have been read, for others to lie in."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass

from graphgrad._types import DType

__all__ = ["Buffer", "Pool", "Pools", "put"]


@dataclass(eq=False)
class Buffer:
    """A flat piece of memory that results share one after the other."""

    name: str
    dtype: DType
    size: int

    @property
    def nbytes(self) -> int:
        """The size in bytes."""
        return self.size * self.dtype.itemsize


class Pool:
    """Buffers of one dtype that may be taken, by their size."""

    def __init__(self) -> None:
        """Hold none."""
        self._held: set[Buffer] = set()
        self.buffers: list[Buffer] = []

    def put(self, buffer: Buffer) -> None:
        """Let it be taken; it may be here already."""
        if buffer not in self._held:
            self._held.add(buffer)
            insort(self.buffers, buffer, key=_size)

    def take(self, size: int) -> Buffer | None:
        """Take the smallest that has the size, or make the largest so large."""
        if not self.buffers:
            return None
        place = bisect_left(self.buffers, size, key=_size)
        if place == len(self.buffers):
            # Growing the largest free buffer costs less than one more.
            place = bisect_left(self.buffers, self.buffers[-1].size, key=_size)
        taken = self.buffers.pop(place)
        taken.size = max(taken.size, size)
        self._held.remove(taken)
        return taken


def _size(buffer: Buffer) -> int:
    return buffer.size


Pools = dict[DType, Pool]


def put(pools: Pools, buffer: Buffer) -> None:
    """Let a buffer be taken from the pool of its dtype."""
    pools.setdefault(buffer.dtype, Pool()).put(buffer)
