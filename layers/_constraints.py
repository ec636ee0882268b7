"""Constraints: what becomes of a weight's value after each step of the optimizer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import axis_numbers, check_number
from graphgrad.layers._config import Configurable
from graphgrad.layers._identifiers import find
from graphgrad.layers._names import spellings
from graphgrad.layers._weights import Function

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "unit_norm",
]

Axis = int | tuple[int, ...]

# As in Keras, added to a length by which one divides.
_EPSILON = 1e-7


class Constraint(Configurable, ABC):
    """A function of a weight that returns the value to go on with.

    >>> class Rounded(Constraint):
    ...     def __call__(self, w):
    ...         return gg.clip(w, -1.0, 1.0)
    >>> Rounded()(gg.tensor([-3.0, 0.5]))
    tensor([-1. ,  0.5])
    """

    _door = "constraints"

    @abstractmethod
    def __call__(self, w: gg.Tensor) -> gg.Tensor:
        """Return the value that the constraint allows."""

    def __repr__(self) -> str:
        """Write the constraint with its parameters."""
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"


class NonNeg(Constraint):
    """Makes negative weights 0.

    >>> NonNeg()(gg.tensor([-3.0, 0.5]))
    tensor([0. , 0.5])
    """

    def __call__(self, w: gg.Tensor) -> gg.Tensor:
        """Return ``max(w, 0)``."""
        return gg.maximum(w, 0.0)


class UnitNorm(Constraint):
    """Scales weights to length 1 along ``axis``: for `Dense`, those of each unit.

    >>> UnitNorm()(gg.tensor([[3.0], [4.0]]))
    tensor([[0.59999999],
            [0.79999998]])
    """

    def __init__(self, axis: int | Sequence[int] = 0) -> None:
        self.axis = axis_numbers("UnitNorm's axis", axis)

    def __call__(self, w: gg.Tensor) -> gg.Tensor:
        """Return ``w / (|w| + 1e-7)``."""
        return w / (_lengths(w, self.axis) + _EPSILON)


class MinMaxNorm(Constraint):
    """Scales weights so that their length along ``axis`` lies within two bounds.

    ``rate`` below 1 goes only that share of the way in each step.

    >>> MinMaxNorm(1.0, 2.0)(gg.tensor([[6.0, 0.6], [8.0, 0.8]]))
    tensor([[1.19999999, 0.59999994],
            [1.59999998, 0.79999992]])
    """

    def __init__(
        self,
        min_value: float = 0.0,
        max_value: float = 1.0,
        rate: float = 1.0,
        axis: int | Sequence[int] = 0,
    ) -> None:
        owner = type(self).__name__
        self.min_value = check_number(f"{owner}'s min_value", min_value, at_least=0)
        self.max_value = check_number(
            f"{owner}'s max_value", max_value, at_least=self.min_value
        )
        self.rate = check_number(f"{owner}'s rate", rate, at_least=0, at_most=1)
        self.axis = axis_numbers(f"{owner}'s axis", axis)

    def __call__(self, w: gg.Tensor) -> gg.Tensor:
        """Return ``w`` times the length that is due by the one it has."""
        lengths = _lengths(w, self.axis)
        due = gg.clip(lengths, self.min_value, self.max_value)
        if self.rate != 1:
            due = due * self.rate + lengths * (1 - self.rate)
        return w * (due / (lengths + _EPSILON))


class MaxNorm(Constraint):
    """Scales weights down to the length ``max_value`` along ``axis`` where it is more.

    >>> MaxNorm(5.0)(gg.tensor([[6.0, 0.6], [8.0, 0.8]]))
    tensor([[2.99999997, 0.59999994],
            [3.99999996, 0.79999992]])
    """

    def __init__(self, max_value: float = 2.0, axis: int | Sequence[int] = 0) -> None:
        owner = type(self).__name__
        self.max_value = check_number(f"{owner}'s max_value", max_value, at_least=0)
        self.axis = axis_numbers(f"{owner}'s axis", axis)

    def __call__(self, w: gg.Tensor) -> gg.Tensor:
        """Return ``w min(|w|, max_value) / (|w| + 1e-7)``."""
        lengths = _lengths(w, self.axis)
        return w * (gg.minimum(lengths, self.max_value) / (lengths + _EPSILON))


# ---- by name -------------------------------------------------------------------------

# Keras' spellings of the classes in old scripts: l2(0.01), max_norm(3), zeros().
max_norm = MaxNorm
min_max_norm = MinMaxNorm
non_neg = NonNeg
unit_norm = UnitNorm

_NAMES = spellings((MaxNorm, MinMaxNorm, NonNeg, UnitNorm))


def get(identifier: Any) -> Function | None:
    """Return the constraint of a name, the object itself, or a function of a tensor.

    >>> get("non_neg"), get(None)
    (NonNeg(), None)
    """
    found: Function | None = find("constraint", identifier, Constraint, _NAMES)
    return found


def _lengths(w: gg.Tensor, axis: Axis) -> gg.Tensor:
    return gg.sqrt(gg.sum(gg.square(w), axis=axis, keepdims=True))
