"""Subjects: a function, its arguments, and the derivatives that it claims to have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from graphgrad._types import Array
from graphgrad.testing._slopes import Slope, slope

__all__ = ["Subject", "flat", "rounding", "size_of"]

__tracebackhide__ = True  # pytest shows the line of the test

Arrays = Sequence[Array]


@dataclass(frozen=True)
class Subject:
    """A function of float arrays, as numbers, and what claims to be its derivative.

    ``values`` gives all results as one row; ``pull`` the gradient by each argument, for
    a row of cotangents; ``push`` the derivative along directions, as one row; both at
    arrays like the ``args`` for which claims are made. The differences are taken at
    ``points``, which have at least their precision. ``eps`` is the rounding of the
    least precise of arguments and results.
    """

    what: str
    names: Sequence[str]
    args: Arrays
    points: Arrays
    values: Callable[[Arrays], Array]
    pull: Callable[[Array, Arrays], list[Any]] | None
    push: Callable[[Arrays, Arrays], Array] | None
    eps: float
    # What is much smaller may be rounding: the size of values and arguments.
    scale: float

    @property
    def size(self) -> int:
        """The numbers in all arguments."""
        return sum(each.size for each in self.args)

    @cached_property
    def row(self) -> Array:
        """All results at the points, computed once."""
        with np.errstate(all="ignore"):
            return self.values(self.points)

    def slope(self, direction: Arrays) -> Slope:
        """Return the derivative of all results along a direction, by differences."""

        def line(t: Any) -> Array:
            with np.errstate(all="ignore"):
                moved = [
                    x + t * d if np.any(d) else x
                    for x, d in zip(self.points, direction, strict=True)
                ]
                return self.values(moved)

        at_zero = line(0.0)
        eps = float(np.finfo(at_zero.dtype).eps)

        def wide(t: Any) -> Array:
            row = line(t)
            return row if row.dtype.kind == "c" else row.astype(np.float64)

        with np.errstate(all="ignore"):
            return slope(wide, at_zero.astype(np.float64), eps)

    def unit(self, arg: int, index: int) -> list[Array]:
        """Return the direction of one element."""
        direction = self.zeros()
        direction[arg].reshape(-1)[index] = 1
        return direction

    def tangents(self, direction: Arrays) -> list[Array]:
        """Return a direction in the dtypes of the arguments."""
        pairs = zip(direction, self.args, strict=True)
        return [np.asarray(d, x.dtype) for d, x in pairs]

    def zeros(self) -> list[Array]:
        """Return a direction that leads nowhere."""
        return [np.zeros(each.shape) for each in self.args]

    def random(self, generator: np.random.Generator) -> list[Array]:
        """Return a direction in which everything moves, and something by 1."""
        drawn = [np.asarray(generator.normal(size=each.shape)) for each in self.args]
        largest = max((np.max(np.abs(d), initial=0.0) for d in drawn), default=0.0)
        return [d / (largest or 1.0) for d in drawn]


def size_of(arrays: Sequence[Any]) -> float:
    """Return the largest number, whatever its sign.

    >>> size_of([np.array([1.0, -2.0]), np.zeros(0)])
    2.0
    """
    return max((float(np.max(np.abs(x), initial=0.0)) for x in arrays), default=0.0)


def rounding(arrays: Sequence[Any]) -> float:
    """Return the rounding of the least precise of float arrays.

    >>> rounding([np.ones(2), np.ones(2, np.float32)]) == 2**-23
    True
    """
    return max((float(np.finfo(x.dtype).eps) for x in arrays), default=0.0)


def flat(arrays: Sequence[Any]) -> Array:
    """Return arrays as one row, in their common dtype.

    >>> flat([np.ones((1, 2)), 3.0])
    array([1., 1., 3.])
    """
    rows = [np.asarray(each).reshape(-1) for each in arrays]
    return np.concatenate(rows) if rows else np.zeros(0)
