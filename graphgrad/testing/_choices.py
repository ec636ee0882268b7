"""What a primitive's `example` draws from: choices made of integers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from graphgrad._primitive import Domain
from graphgrad._types import Array, Shape

__all__ = ["Choices", "Seeded"]

T = TypeVar("T")


class Choices:
    """What examples are drawn from; subclasses say where integers come from."""

    def integers(self, shape: Shape, low: int, high: int) -> Array:
        """Choose an integer array, both ends included."""
        raise NotImplementedError

    def integer(self, low: int, high: int) -> int:
        """Choose a whole number, both ends included."""
        return int(self.integers((), low, high))

    def one_of(self, options: Sequence[T]) -> T:
        """Choose one of ``options``."""
        return options[self.integer(0, len(options) - 1)]

    def shape(self, min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0) -> Shape:
        """Choose a small shape."""
        ndim = self.integer(min_ndim, max_ndim)
        return tuple(self.integer(min_side, 3) for _ in range(ndim))

    def broadcastable(self, count: int) -> tuple[Shape, ...]:
        """Choose ``count`` shapes that broadcast together."""
        whole = self.shape(min_side=1)
        shapes = []
        for _ in range(count):
            part = whole[self.integer(0, len(whole)) :]
            shapes.append(tuple(self.one_of((side, side, 1)) for side in part))
        return tuple(shapes)

    def array(self, shape: Shape, domain: Domain = Domain()) -> Array:
        """Choose a float array in ``domain``, on a grid that shrinks to its middle."""
        low, high, avoid, margin, distinct = domain
        steps = self.integers(shape, -500, 500)
        if distinct:
            order = np.argsort(np.argsort(steps, axis=None, kind="stable"))
            steps = np.round(1000 * (order + 0.5) / max(order.size, 1) - 500)
            steps = steps.reshape(shape)
        values = np.array((low + high) / 2 + (high - low) / 1000 * steps)
        for point in avoid:
            near = np.abs(values - point) < margin
            values[near] = point + np.where(steps[near] % 2, margin, -margin)
        return values

    def bools(self, shape: Shape) -> Array:
        """Choose an array of truth values."""
        return self.integers(shape, 0, 1).astype(bool)


class Seeded(Choices):
    """Choices that a seed makes: the same in every run.

    >>> Seeded(0).shape() == Seeded(0).shape()
    True
    """

    def __init__(self, seed: int) -> None:
        """Choose with NumPy's generator."""
        self.random = np.random.default_rng(seed)

    def integers(self, shape: Shape, low: int, high: int) -> Array:
        """Choose an integer array, both ends included."""
        return self.random.integers(low, max(low, high), shape, endpoint=True)
