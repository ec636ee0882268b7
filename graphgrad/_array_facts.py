"""Facts of an array: its extremes, mean, special values and histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphgrad._types import Array

__all__ = ["Statistics", "statistics"]

BINS = 16


@dataclass(frozen=True)
class Statistics:
    """What the elements of an array are like; None where there is no finite one.

    ``min``, ``mean`` and ``max`` are of the finite elements, and so is ``norm``, their
    length as one vector; ``nan``, ``inf`` and ``zeros`` count the others and the zeros.
    ``counts`` is a histogram of the finite elements in bins of one width, from ``min``
    to ``max``.

    >>> import graphgrad as gg
    >>> recording = gg.recording.record(gg.jit(gg.square), [0.0, 3.0, 4.0])
    >>> found = recording.statistics("square")
    >>> found.min, found.max, found.zeros, found.counts[0], found.finite
    (0.0, 16.0, 1, 1, 3)
    """

    size: int
    min: float | None
    mean: float | None
    max: float | None
    nan: int
    inf: int
    zeros: int
    counts: tuple[int, ...]
    norm: float = 0.0

    @property
    def finite(self) -> int:
        """How many elements are finite."""
        return self.size - self.nan - self.inf


def statistics(array: Array) -> Statistics:
    """Return the facts of an array.

    >>> import graphgrad as gg, numpy as np
    >>> found = gg.recording.statistics(np.array([0.0, 1.0, 2.0, np.nan]))
    >>> found.min, found.mean, found.max, found.nan, found.zeros
    (0.0, 1.0, 2.0, 1, 1)
    """
    numbers = np.asarray(array).reshape(-1)
    if numbers.dtype.kind == "f":
        finite = numbers[np.isfinite(numbers)]
        nan = int(np.isnan(numbers).sum())
    else:
        finite, nan = numbers, 0
    low = high = mean = None
    norm = 0.0
    counts: tuple[int, ...] = ()
    if finite.size:
        exact = finite.astype(np.float64)
        low, high = float(exact.min()), float(exact.max())
        with np.errstate(over="ignore"):
            mean = float(exact.mean())
            norm = float(np.sqrt(np.dot(exact, exact)))
        counts = _histogram(exact, low, high)
    inf = numbers.size - finite.size - nan
    zeros = int((numbers == 0).sum())
    return Statistics(numbers.size, low, mean, high, nan, inf, zeros, counts, norm)


# Not NumPy's: it refuses ranges that are very large or very small.
def _histogram(numbers: Array, low: float, high: float) -> tuple[int, ...]:
    if low == high:
        return (numbers.size,)
    scale = 1.0 if high - low < float("inf") else 0.5
    width = high * scale - low * scale
    at = (numbers * scale - low * scale) / width * BINS
    found = np.bincount(np.minimum(at.astype(np.int64), BINS - 1), minlength=BINS)
    return tuple(found.tolist())
