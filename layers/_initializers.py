"""Initializers: the first values of weights, with Keras' names, defaults and formulas.

One difference from Keras is deliberate: an initializer without a seed gives new values
at every call, so that two layers that share one do not start as twins. With a seed it
gives the same values at every call, as in Keras.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._config import deserialize, is_described
from graphgrad.layers._initializer import (
    Array,
    Initializer,
    RandomInitializer,
    Shape,
    cut_normal,
)
from graphgrad.layers._names import refuse_type, resolve, spellings
from graphgrad.layers._scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    Orthogonal,
    VarianceScaling,
)

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

# ---- fixed values --------------------------------------------------------------------


class Zeros(Initializer):
    """Zeros.

    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def values(self, shape: tuple[int, ...]) -> Array:
        """Return zeros."""
        return np.zeros(shape)


class Ones(Initializer):
    """Ones.

    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def values(self, shape: tuple[int, ...]) -> Array:
        """Return ones."""
        return np.ones(shape)


class Constant(Initializer):
    """One number everywhere, or an array that broadcasts to the weight's shape.

    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def values(self, shape: tuple[int, ...]) -> Array:
        """Return the value, repeated."""
        value = np.asarray(self.value, np.float64)
        try:
            return np.broadcast_to(value, shape).copy()
        except ValueError:
            raise gg.ShapeError(
                f"Constant has a value of shape {value.shape}, which does not "
                f"broadcast to the weight's shape {shape}"
            ) from None


class Identity(Initializer):
    """``gain`` on the diagonal of a matrix, zeros elsewhere.

    >>> Identity(2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = check_number("Identity's gain", gain)

    def values(self, shape: tuple[int, ...]) -> Array:
        """Return the matrix; other ranks raise `ShapeError`."""
        if len(shape) != 2:
            raise gg.ShapeError(f"Identity makes matrices, got the shape {shape}")
        return self.gain * np.eye(*shape)


# ---- random values -------------------------------------------------------------------


class RandomNormal(RandomInitializer):
    """Draws from a normal distribution.

    >>> bool(RandomNormal(seed=0)((10, 10)).std() < 0.1)
    True
    """

    def __init__(
        self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.mean = check_number(f"{type(self).__name__}'s mean", mean)
        self.stddev = check_number(
            f"{type(self).__name__}'s stddev", stddev, at_least=0
        )

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw."""
        return rng.normal(self.mean, self.stddev, shape)


class TruncatedNormal(RandomNormal):
    """Draws from a normal distribution; what is beyond two ``stddev`` is drawn again.

    >>> bool(abs(TruncatedNormal(stddev=0.05, seed=0)((100,))).max() <= 0.1)
    True
    """

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw until all lie within two standard deviations."""
        return self.mean + self.stddev * cut_normal(shape, rng)


class RandomUniform(RandomInitializer):
    """Draws evenly between ``minval`` and ``maxval``.

    >>> bool(abs(RandomUniform(seed=0)((100,))).max() <= 0.05)
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval = check_number("RandomUniform's minval", minval)
        self.maxval = check_number(
            "RandomUniform's maxval", maxval, at_least=self.minval
        )

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        """Draw."""
        return rng.uniform(self.minval, self.maxval, shape)


# ---- by name -------------------------------------------------------------------------

# Keras' spellings of the classes in old scripts: l2(0.01), max_norm(3), zeros().
constant = Constant
glorot_normal = GlorotNormal
glorot_uniform = GlorotUniform
he_normal = HeNormal
he_uniform = HeUniform
identity = Identity
lecun_normal = LecunNormal
lecun_uniform = LecunUniform
ones = Ones
orthogonal = Orthogonal
random_normal = RandomNormal
random_uniform = RandomUniform
truncated_normal = TruncatedNormal
variance_scaling = VarianceScaling
zeros = Zeros
IdentityInitializer = Identity
OrthogonalInitializer = Orthogonal

_CLASSES: tuple[Callable[..., Initializer], ...] = (
    Constant, GlorotNormal, GlorotUniform, HeNormal, HeUniform, Identity, LecunNormal,
    LecunUniform, Ones, Orthogonal, RandomNormal, RandomUniform, TruncatedNormal,
    VarianceScaling, Zeros,
)  # fmt: skip
_NAMES = spellings(
    _CLASSES,
    normal=RandomNormal,
    uniform=RandomUniform,
    one=Ones,
    zero=Zeros,
    IdentityInitializer=Identity,
    OrthogonalInitializer=Orthogonal,
)


def get(identifier: Any) -> Callable[..., Array]:
    """Return the initializer of a name, the object itself, or a function's.

    A function is called with shape and dtype; what it returns must have that shape. A
    dict is a configuration.

    >>> get("zeros"), get(Constant(2.0))
    (Zeros(), Constant(value=2.0))
    """
    if isinstance(identifier, str):
        return resolve("initializer", identifier, _NAMES)()
    if is_described(identifier):
        return get(deserialize(identifier))
    if inspect.isclass(identifier) and issubclass(identifier, Initializer):
        return get(identifier())
    if isinstance(identifier, Initializer):
        return identifier
    if inspect.isclass(identifier) or not callable(identifier):
        expected = "a name, an initializer, or a function of shape and dtype"
        refuse_type("an initializer", identifier, expected)
    return _checked(identifier)


def _checked(function: Callable[..., Any]) -> Callable[..., Array]:
    @functools.wraps(function)
    def initializer(shape: Shape, dtype: Any = "float32") -> Array:
        value = np.asarray(function(shape, dtype))
        if value.shape != tuple(shape):
            name = getattr(function, "__name__", "function")
            raise gg.ShapeError(
                f"initializer {name} was asked for shape {tuple(shape)}, "
                f"but returned shape {value.shape}"
            )
        return value.astype(np.dtype(dtype))

    return initializer
