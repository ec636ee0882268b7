"""Samples: inputs with their labels and weights, and the part of them that is used."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["Samples", "classes_of"]

Array = np.ndarray[Any, Any]


class Samples:
    """Arrays of one row a sample; ``rows`` names those that count, None means all.

    >>> samples = Samples(np.zeros((5, 2)), rows=np.array([0, 3]))
    >>> len(samples)
    2
    """

    def __init__(
        self,
        x: Array,
        y: Array | None = None,
        weight: Array | None = None,
        rows: Array | None = None,
    ) -> None:
        """Hold the arrays themselves."""
        self.x = x
        self.y = y
        self.weight = weight
        self.rows = rows

    def __len__(self) -> int:
        """Count the samples."""
        return len(self.x) if self.rows is None else len(self.rows)

    @property
    def arrays(self) -> list[Array]:
        """Inputs, labels and weights, as far as there are any."""
        return [each for each in (self.x, self.y, self.weight) if each is not None]

    def part(self, start: int, stop: int) -> Samples:
        """Return the samples from ``start`` to ``stop``, without a copy."""
        y = None if self.y is None else self.y[start:stop]
        weight = None if self.weight is None else self.weight[start:stop]
        return Samples(self.x[start:stop], y, weight)

    def choice(self, rows: Array) -> Samples:
        """Return the samples that ``rows`` names, without a copy."""
        return Samples(self.x, self.y, self.weight, rows)


def classes_of(y: Array) -> Array | None:
    """Return the class of every sample as a whole number, or None if there is none.

    Labels are whole numbers, one a sample, or rows of 0 and 1 with one 1.

    >>> classes_of(np.array([[0, 1], [1, 0]])), classes_of(np.array([0.5, 1.0]))
    (array([1, 0]), None)
    """
    if y.ndim == 2 and y.shape[1] > 1:
        # Most labels that are no classes show it in the first rows.
        if not all(_is_one_hot(part) for part in (y[:1000], y)):
            return None
        return np.asarray(y.argmax(axis=1))
    if y.ndim > 2 or y.ndim == 0:
        return None
    flat = y.reshape(-1)
    if flat.dtype.kind == "f":
        whole = np.rint(flat)
        if not (whole == flat).all() or np.abs(whole).max() >= 2**53:
            return None
        flat = whole
    return flat.astype(np.int64)


def _is_one_hot(y: Array) -> bool:
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())
