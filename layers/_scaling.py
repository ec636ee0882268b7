"""Initializers that look at how many inputs and outputs a unit has."""

from __future__ import annotations

import math

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_choice, check_number
from graphgrad.layers._initializer import Array, RandomInitializer, Shape, cut_normal

__all__ = [
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "LecunNormal",
    "LecunUniform",
    "Orthogonal",
    "VarianceScaling",
    "fans",
]

# The standard deviation of a standard normal distribution cut at ±2.
_CUT_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Draws with the variance ``scale / n``, n being the number of inputs or outputs.

    ``mode`` is fan_in (n inputs), fan_out (n outputs) or fan_avg (their mean), of a
    unit; ``distribution`` is truncated_normal (cut at two standard deviations, then
    widened to the variance), untruncated_normal or uniform (within
    ``±√(3 scale / n)``).

    >>> bool(abs(VarianceScaling(distribution="uniform", seed=0)((3, 9))).max() <= 1)
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        owner = type(self).__name__
        kinds = ("truncated_normal", "untruncated_normal", "uniform")
        # Keras' older name, which it still takes.
        kind = "truncated_normal" if distribution == "normal" else distribution
        self.scale = check_number(f"{owner}'s scale", scale, above=0)
        self.mode = check_choice(
            f"{owner}'s mode", mode, ("fan_in", "fan_out", "fan_avg")
        )
        self.distribution = check_choice(f"{owner}'s distribution", kind, kinds)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw with the variance that the shape asks for."""
        fan_in, fan_out = fans(shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
        variance = self.scale / max(1.0, fan[self.mode])
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return rng.uniform(-limit, limit, shape)
        stddev = math.sqrt(variance)
        if self.distribution == "untruncated_normal":
            return rng.normal(0.0, stddev, shape)
        return stddev / _CUT_STDDEV * cut_normal(shape, rng)


class GlorotUniform(VarianceScaling):
    """Draws evenly within ``±√(6 / (inputs + outputs))`` (Glorot and Bengio, 2010).

    >>> bool(abs(GlorotUniform(seed=0)((2, 4))).max() <= 1)
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """Draws with the variance ``2 / (inputs + outputs)`` (Glorot and Bengio, 2010).

    >>> GlorotNormal(seed=0)((2, 4)).shape
    (2, 4)
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Draws evenly within ``±√(6 / inputs)``, for relu (He et al., 2015).

    >>> bool(abs(HeUniform(seed=0)((6, 4))).max() <= 1)
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """Draws with the variance ``2 / inputs``, for relu (He et al., 2015).

    >>> HeNormal(seed=0)((6, 4)).shape
    (6, 4)
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Draws evenly within ``±√(3 / inputs)`` (LeCun et al., 1998).

    >>> bool(abs(LecunUniform(seed=0)((3, 4))).max() <= 1)
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """Draws with the variance ``1 / inputs``, for selu (LeCun et al., 1998).

    >>> LecunNormal(seed=0)((3, 4)).shape
    (3, 4)
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


class Orthogonal(RandomInitializer):
    """Draws orthonormal rows or columns, whichever are fewer, times ``gain``.

    All axes but the last are taken as rows (Saxe et al., 2014).

    >>> kernel = Orthogonal(seed=0)((4, 2), "float64")
    >>> np.allclose(kernel.T @ kernel, np.eye(2))
    True
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = check_number("Orthogonal's gain", gain)

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw through the QR decomposition of a normal matrix."""
        if len(shape) < 2:
            raise gg.ShapeError(
                f"Orthogonal needs at least two axes, got the shape {shape}"
            )
        rows, columns = math.prod(shape[:-1]), shape[-1]
        tall = rng.normal(size=(max(rows, columns), min(rows, columns)))
        q, r = np.linalg.qr(tall)
        # With the diagonal of r positive, all orthogonal matrices are equally likely.
        q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
        return self.gain * (q.T if rows < columns else q).reshape(shape)


def fans(shape: Shape) -> tuple[int, int]:
    """Return how many inputs and outputs a unit has, for a weight of ``shape``.

    The last two axes are inputs and outputs, those before them positions of a window.

    >>> fans((784, 25)), fans((25,)), fans((3, 3, 8, 16))
    ((784, 25), (25, 25), (72, 144))
    """
    if not shape:
        return 1, 1
    if len(shape) == 1:
        return shape[0], shape[0]
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]
