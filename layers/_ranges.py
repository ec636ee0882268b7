"""Ranges: the least, the largest, mean and deviation of each feature, as data pass."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphgrad.layers._data import CHUNK, Array
from graphgrad.layers._registry import SavingError

__all__ = ["Meter", "Ranges", "as_read", "parts"]

_Row = tuple[float, ...]

_LISTS = ("low", "high", "mean", "std")


@dataclass(frozen=True)
class Ranges:
    """What inputs were like: a number for each feature, which lie along the last axis.

    ``count`` is how many numbers of each feature were seen, ``low`` and ``high`` are
    the least and the largest of them, ``mean`` and ``std`` their mean and standard
    deviation.

    >>> meter = Meter()
    >>> meter.add(np.array([[1.0, 5.0], [3.0, 5.0]]))
    >>> meter.ranges()
    Ranges(count=2, low=(1.0, 5.0), high=(3.0, 5.0), mean=(2.0, 5.0), std=(1.0, 0.0))
    """

    count: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __len__(self) -> int:
        """Count the features."""
        return len(self.low)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as lists, fit for JSON."""
        return {"count": self.count, **{k: list(getattr(self, k)) for k in _LISTS}}

    @classmethod
    def from_dict(cls, described: Mapping[str, Any]) -> Ranges:
        """Return what `to_dict` described; raise `SavingError` if that is damaged."""
        try:
            count = described["count"]
            lists = [tuple(map(_number, described[name])) for name in _LISTS]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise SavingError(f"what it says of inputs is damaged: {error}") from error
        sound = all(map(math.isfinite, sum(lists, ()))) and lists[0]
        alike = len({len(each) for each in lists}) == 1
        counted = type(count) is int and 1 <= count < 2**63
        known = counted and sound and alike
        if not (known and _in_order(lists[0], lists[1], lists[3])):
            raise SavingError("what it says of inputs is damaged")
        return cls(count, *lists)


def _number(value: Any) -> float:
    if type(value) not in (int, float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def _in_order(low: _Row, high: _Row, std: _Row) -> bool:
    """Whether the least are no larger than the largest, and no deviation below 0."""
    ends = all(least <= largest for least, largest in zip(low, high, strict=True))
    return ends and min(std) >= 0


class Meter:
    """Measures features as parts of data pass, of which it keeps nothing."""

    def __init__(self, known: Ranges | None = None) -> None:
        """Begin, or go on from what is ``known``."""
        self._count = 0
        self._low = self._high = self._mean = self._squares = np.zeros(0)
        if known is not None:
            self._count = known.count
            self._low, self._high, self._mean, std = (
                np.array(getattr(known, name)) for name in _LISTS
            )
            self._squares = std**2 * known.count

    def add(self, x: Array) -> None:
        """Take the rows of ``x`` in; one number a row is one feature."""
        flat = as_read(x).reshape(-1, x.shape[-1] if x.ndim > 1 else 1)
        count, mean = len(flat), flat.mean(axis=0)
        low, high = flat.min(axis=0), flat.max(axis=0)
        squares = ((flat - mean) ** 2).sum(axis=0)
        if self._count:
            # Chan, Golub and LeVeque: of two parts, without a difference of squares.
            whole, apart = self._count + count, mean - self._mean
            squares += self._squares + apart**2 * (self._count * count / whole)
            mean = self._mean + apart * (count / whole)
            low, high = np.minimum(low, self._low), np.maximum(high, self._high)
        self._count += count
        self._low, self._high, self._mean, self._squares = low, high, mean, squares

    def ranges(self) -> Ranges | None:
        """Return what was measured so far, or None if nothing has passed."""
        if not self._count:
            return None
        std = np.sqrt(self._squares / self._count)
        found = (self._low, self._high, self._mean, std)
        return Ranges(self._count, *(tuple(each.tolist()) for each in found))


def as_read(x: Array) -> Array:
    """Return numbers as models read them, in float32, with room for their sums.

    >>> as_read(np.array([0.1])).item() == 0.1
    False
    """
    return x.astype(np.float32).astype(np.float64)


def parts(x: Array, rows: Array | None = None) -> Iterator[Array]:
    """Yield ``x``, or those of its ``rows``, part by part, so that no copy is large.

    >>> [part.tolist() for part in parts(np.arange(4.0), np.array([1, 3]))]
    [[1.0, 3.0]]
    """
    step = max(1, CHUNK // max(1, x[:1].size))
    for start in range(0, len(x) if rows is None else len(rows), step):
        where = slice(start, start + step)
        yield x[where] if rows is None else x[rows[where]]
