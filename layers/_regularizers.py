"""Regularizers: what a weight, or an output, adds to the loss by its size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_choice, check_number
from graphgrad.layers._config import Configurable
from graphgrad.layers._identifiers import find
from graphgrad.layers._names import spellings
from graphgrad.layers._weights import Function

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
]

# Lengths below it count as this, so that a row of zeros divides by no zero.
_SHORTEST = 1e-7


class Regularizer(Configurable, ABC):
    """A function of a tensor whose value is added to the loss.

    >>> class Spread(Regularizer):
    ...     def __call__(self, x):
    ...         return gg.var(x)
    >>> Spread()(gg.tensor([1.0, 3.0]))
    tensor(1.)
    """

    _door = "regularizers"

    @abstractmethod
    def __call__(self, x: gg.Tensor) -> gg.Tensor:
        """Return what ``x`` adds to the loss."""

    def __repr__(self) -> str:
        """Write the regularizer with its parameters."""
        shown = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({shown})"


class L1L2(Regularizer):
    """Adds ``l1 Σ|x| + l2 Σx²``: no half, no mean.

    >>> L1L2(l1=1.0, l2=0.5)(gg.tensor([-1.0, 2.0]))
    tensor(5.5)
    """

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _factor("L1L2's l1", l1, 0.0)
        self.l2 = _factor("L1L2's l2", l2, 0.0)

    def __call__(self, x: gg.Tensor) -> gg.Tensor:
        """Return the sum of both, or of the one whose factor is not 0."""
        terms = []
        if self.l1:
            terms.append(gg.sum(gg.abs(x)) * self.l1)
        if self.l2:
            terms.append(gg.sum(gg.square(x)) * self.l2)
        return gg.add_n(terms) if terms else gg.tensor(np.zeros((), x.dtype))


class L1(Regularizer):
    """Adds ``l1 Σ|x|``, which drives what matters little to 0.

    >>> L1(0.5)(gg.tensor([-1.0, 2.0]))
    tensor(1.5)
    """

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _factor("L1's l1", l1, 0.01)

    def __call__(self, x: gg.Tensor) -> gg.Tensor:
        """Return the sum."""
        return gg.sum(gg.abs(x)) * self.l1


class L2(Regularizer):
    """Adds ``l2 Σx²``, which keeps all small.

    >>> L2(0.5)(gg.tensor([-1.0, 2.0]))
    tensor(2.5)
    """

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _factor("L2's l2", l2, 0.01)

    def __call__(self, x: gg.Tensor) -> gg.Tensor:
        """Return the sum."""
        return gg.sum(gg.square(x)) * self.l2


class OrthogonalRegularizer(Regularizer):
    """Adds ``factor`` times the mean of ``|cos|`` of the angles between all rows.

    ``mode`` is rows or columns of a matrix.

    >>> OrthogonalRegularizer(0.5)(gg.tensor([[1.0, 0.0], [3.0, 0.0]]))
    tensor(0.5)
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        owner = type(self).__name__
        self.factor = check_number(f"{owner}'s factor", factor, at_least=0)
        self.mode = check_choice(f"{owner}'s mode", mode, ("rows", "columns"))

    def __call__(self, x: gg.Tensor) -> gg.Tensor:
        """Return the mean; what has fewer than two rows has no angles: 0."""
        if x.ndim != 2:
            raise gg.ShapeError(
                f"OrthogonalRegularizer is for matrices, got shape {x.shape}"
            )
        rows = x if self.mode == "rows" else gg.transpose(x)
        count = rows.shape[0]
        squares = gg.sum(gg.square(rows), axis=1, keepdims=True)
        units = rows / gg.sqrt(gg.maximum(squares, _SHORTEST**2))
        size = 2 * count**2 * x.dtype.itemsize
        gg.backend.require_memory(size, f"the angles of {count} vectors")
        others = 1 - np.eye(count, dtype=x.dtype)
        cosines = gg.abs(units @ gg.transpose(units)) * others
        return gg.sum(cosines) * (self.factor / max(count * (count - 1), 1))


# ---- by name -------------------------------------------------------------------------

# Keras' spellings of the classes in old scripts: l2(0.01), max_norm(3), zeros().
l1 = L1
l2 = L2
l1_l2 = L1L2
orthogonal_regularizer = OrthogonalRegularizer


def _l1_and_l2() -> L1L2:
    return L1L2(0.01, 0.01)


_NAMES = {
    **spellings((L1, L2, OrthogonalRegularizer)),
    **dict.fromkeys(("l1l2", "L1L2", "l1_l2"), _l1_and_l2),
}


def get(identifier: Any) -> Function | None:
    """Return the regularizer of a name, the object itself, or a function of a tensor.

    The name l1l2 (or l1_l2) is ``L1L2(0.01, 0.01)``; in Keras it means no penalty.

    >>> get("l2"), get("l1_l2"), get(None)
    (L2(l2=0.01), L1L2(l1=0.01, l2=0.01), None)
    """
    found: Function | None = find("regularizer", identifier, Regularizer, _NAMES)
    return found


# In old configurations a factor that was not given may be None.
def _factor(what: str, value: Any, default: float) -> float:
    return check_number(what, default if value is None else value, at_least=0)
