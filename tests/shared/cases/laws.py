"""Draws for the laws of primitives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._primitive import OPS, Primitive
from graphgrad._types import Array
from graphgrad.testing._choices import Seeded

Example = tuple[Primitive, tuple[Array, ...]]


SEEDS = range(12)


# Its rule says on purpose something else than the derivative of its value.
UNTRUE = {"stop_gradient"}


each_primitive = pytest.mark.parametrize("kind", OPS.values(), ids=OPS)


def seeded(kind: type[Primitive]) -> list[Example]:
    """Return the same examples in every run."""
    return [kind.example(Seeded(seed)) for seed in SEEDS]


def is_float(array: Array) -> bool:
    """Tell whether an input can have a gradient."""
    return bool(array.dtype.kind == "f")


class Projection:
    """A primitive as a scalar function of its float inputs: weights times result."""

    def __init__(self, op: Primitive, inputs: tuple[Array, ...]) -> None:
        """Choose the weights."""
        self.op, self.inputs = op, inputs
        self.floats = [each for each in inputs if is_float(each)]
        self.argnums = tuple(range(len(self.floats)))
        result = op.evaluate(*inputs)
        weights = np.random.default_rng(0).uniform(0.5, 1.5, result.shape)
        self.weights = np.asarray(weights, result.dtype)

    def __call__(self, *floats: Any) -> Any:
        """Return the weighted sum of the result."""
        rest = iter(floats)
        result = self.op(*[next(rest) if is_float(x) else x for x in self.inputs])
        return gg.sum(result * self.weights)

    def gradients(self, *floats: Any) -> tuple[Any, ...]:
        """Return the gradient by each float input."""
        gradients: tuple[Any, ...] = gg.grad(self, argnums=self.argnums)(*floats)
        return gradients

    def seconds(self, *floats: Any) -> tuple[Any, ...]:
        """Return the gradient of the sum of all gradients."""

        def total(*floats: Any) -> Any:
            return gg.add_n([gg.sum(g) for g in self.gradients(*floats)])

        seconds: tuple[Any, ...] = gg.grad(total, argnums=self.argnums)(*floats)
        return seconds


def check_derivatives(op: Primitive, inputs: tuple[Array, ...], order: int = 2) -> None:
    """Check VJP and JVP, up to an order, along one direction."""
    gg.testing.check_primitive(op, inputs, order=order, directions=1)


def has_gradient(op: Primitive, inputs: tuple[Array, ...]) -> bool:
    """Tell whether there is a derivative to be tested."""
    return any(map(is_float, inputs)) and is_float(op.evaluate(*inputs))
