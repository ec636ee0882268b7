"""Initializer: what gives weights their first values; and how random ones draw."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_seed
from graphgrad.layers._config import Configurable
from graphgrad.layers._random_state import generator

__all__ = ["Array", "Initializer", "RandomInitializer", "Shape", "cut_normal"]

Array = np.ndarray[Any, Any]
Shape = Sequence[int]


class InitializerError(gg.GraphgradError, NotImplementedError):
    """An initializer that gives no values."""


class Initializer(Configurable):
    """What gives a weight of any shape its first values.

    Subclasses define `values`; calling the initializer converts them to the dtype. Or
    they define ``__call__(self, shape, dtype=None)`` themselves, as in Keras.

    >>> class Halves(Initializer):
    ...     def values(self, shape):
    ...         return np.full(shape, 0.5)
    >>> Halves()((2,))
    array([0.5, 0.5], dtype=float32)
    """

    _door = "initializers"

    def values(self, shape: tuple[int, ...]) -> Array:
        """Return the values for ``shape`` in float64."""
        raise InitializerError(
            f"{type(self).__name__} gives no values: define values(self, shape), or "
            "__call__(self, shape, dtype=None), which return an array"
        )

    def __call__(self, shape: Shape, dtype: Any = "float32") -> Array:
        """Return the values for ``shape`` in ``dtype``."""
        whole = tuple(int(side) for side in shape)
        return np.asarray(self.values(whole), np.dtype(dtype or "float32"))

    def __repr__(self) -> str:
        """Write the initializer with its parameters."""
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"


class RandomInitializer(Initializer, ABC):
    """What draws its values: anew at every call, or the same with a ``seed``."""

    def __init__(self, seed: int | None = None) -> None:
        self.seed = check_seed(f"{type(self).__name__}'s seed", seed)

    @abstractmethod
    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw the values for ``shape`` in float64."""

    def values(self, shape: tuple[int, ...]) -> Array:
        """Draw from a generator of this call's own."""
        return self.draw(shape, generator(self.seed))


def cut_normal(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw from a standard normal distribution; what is beyond ±2 is drawn again."""
    values = rng.normal(size=shape)
    while (far := np.abs(values) > 2).any():
        values[far] = rng.normal(size=int(far.sum()))
    return values
