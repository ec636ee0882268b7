"""Comparisons, and the functions that choose between values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._ops._families import (
    BRANCHED,
    Binary,
    Comparison,
    Elementwise,
    Unary,
    f,
    function,
    promote,
    register,
)
from graphgrad._primitive import (
    Choose,
    Domain,
    Operand,
    Primitive,
    apply,
    as_tensor,
)
from graphgrad._tensor import Tensor
from graphgrad._types import Array, DType, Shaped, Spec, broadcast, size_of

# ---- comparisons ---------------------------------------------------------------------


class Equal(Comparison):
    """Tell where two tensors are equal.

    >>> import graphgrad as gg
    >>> gg.equal([1, 2, 3], 2)
    tensor([False,  True, False])
    """

    ufunc = np.equal
    notation = "{0} = {1}"


class NotEqual(Comparison):
    """Tell where two tensors differ.

    >>> import graphgrad as gg
    >>> gg.not_equal([1, 2, 3], 2)
    tensor([ True, False,  True])
    """

    ufunc = np.not_equal
    notation = "{0} ≠ {1}"


class Less(Comparison):
    """Tell where the first tensor is smaller.

    >>> import graphgrad as gg
    >>> gg.less([1, 2, 3], 2)
    tensor([ True, False, False])
    """

    ufunc = np.less
    notation = "{0} < {1}"


class LessEqual(Comparison):
    """Tell where the first tensor is not larger.

    >>> import graphgrad as gg
    >>> gg.less_equal([1, 2, 3], 2)
    tensor([ True,  True, False])
    """

    ufunc = np.less_equal
    notation = "{0} ≤ {1}"


class Greater(Comparison):
    """Tell where the first tensor is larger.

    >>> import graphgrad as gg
    >>> gg.greater([1, 2, 3], 2)
    tensor([False, False,  True])
    """

    ufunc = np.greater
    notation = "{0} > {1}"


class GreaterEqual(Comparison):
    """Tell where the first tensor is not smaller.

    >>> import graphgrad as gg
    >>> gg.greater_equal([1, 2, 3], 2)
    tensor([False,  True,  True])
    """

    ufunc = np.greater_equal
    notation = "{0} ≥ {1}"


class LogicalAnd(Comparison):
    """Tell where both tensors are true (not 0).

    >>> import graphgrad as gg
    >>> gg.logical_and([True, False], True)
    tensor([ True, False])
    """

    ufunc = np.logical_and
    notation = "{0} ∧ {1}"


class LogicalOr(Comparison):
    """Tell where one or both tensors are true (not 0).

    >>> import graphgrad as gg
    >>> gg.logical_or([True, False], False)
    tensor([ True, False])
    """

    ufunc = np.logical_or
    notation = "{0} ∨ {1}"


class Question(Unary, family=True):
    """A question about every element: the answer is a bool."""

    floats = False
    linear = True
    inplace = ()
    reads = ((),)

    def infer(self, *inputs: Shaped) -> Spec:
        """Keep the shape; the result is bool."""
        return Spec(inputs[0].shape, np.dtype(bool))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient: the answer jumps."""
        return


class LogicalNot(Question):
    """Tell where a tensor is false (0).

    >>> import graphgrad as gg
    >>> gg.logical_not([True, False])
    tensor([False,  True])
    """

    ufunc = np.logical_not
    notation = "¬{0}"


class Isfinite(Question):
    """Tell where a tensor is neither NaN nor infinite.

    >>> import graphgrad as gg
    >>> gg.isfinite([1.0, float("inf")])
    tensor([ True, False])
    """

    ufunc = np.isfinite
    notation = "isfinite({0})"


class Isnan(Question):
    """Tell where a tensor is NaN.

    >>> import graphgrad as gg
    >>> gg.isnan([1.0, float("nan")])
    tensor([False,  True])
    """

    ufunc = np.isnan
    notation = "isnan({0})"


# ---- larger and smaller --------------------------------------------------------------


class Maximum(Binary):
    """Take the larger of two elements; equal ones share the gradient.

    >>> import graphgrad as gg
    >>> gg.maximum([1.0, 5.0], 3.0)
    tensor([3., 5.])
    """

    ufunc = np.maximum
    floats = False
    notation = "max({0}, {1})"
    domains = (Domain(distinct=True), Domain(-3.05, 3.05, distinct=True))
    reads = ((0, 1), (0, 1))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Give the cotangent to the winner, half of it at a tie."""
        return _winner(g, f.greater(inputs[i], inputs[1 - i]), f.equal(*inputs))


class Minimum(Binary):
    """Take the smaller of two elements; equal ones share the gradient.

    >>> import graphgrad as gg
    >>> gg.minimum([1.0, 5.0], 3.0)
    tensor([1., 3.])
    """

    ufunc = np.minimum
    floats = False
    notation = "min({0}, {1})"
    domains = (Domain(distinct=True), Domain(-3.05, 3.05, distinct=True))
    reads = ((0, 1), (0, 1))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Give the cotangent to the winner, half of it at a tie."""
        return _winner(g, f.less(inputs[i], inputs[1 - i]), f.equal(*inputs))


def _winner(g: Tensor, wins: Tensor, ties: Tensor) -> Tensor:
    return f.where(wins, g, f.where(ties, g * 0.5, 0))


class Clip(Elementwise):
    """Limit every element to a range; the derivative on its bounds is 1.

    The bounds may be tensors; where one is crossed, it takes the gradient.
    """

    floats = False
    cost = 2
    notation = "clip({0}, {1}, {2})"
    inplace = (0,)
    domains = (Domain(-3.0, 3.0, (-1.0, 1.0)), Domain(-1.0, -1.0), Domain(1.0, 1.0))
    reads = ((0, 1, 2), (0, 1), (0, 2))

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        x, low, high = inputs
        return np.minimum(np.maximum(x, low), high)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Apply one bound, then the other."""
        x, low, high = inputs
        return [
            f"np.maximum({x}, {low}, out={out})",
            f"np.minimum({out}, {high}, out={out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Pass the cotangent to the input inside the range, else to a crossed bound."""
        x, low, high = inputs
        if i == 1:
            return f.where(f.less(x, low), g, 0)
        if i == 2:
            return f.where(f.greater(x, high), g, 0)
        inside = f.logical_and(f.greater_equal(x, low), f.less_equal(x, high))
        return f.where(inside, g, 0)


def choose(
    out: np.ndarray, condition: np.ndarray, a: np.ndarray, b: np.ndarray, mask: Any
) -> None:
    """Fill ``out`` with ``a`` where the condition holds, else with ``b``, bit by bit.

    NumPy's own choice branches at each element, and a processor that guesses wrong
    every other time takes six times as long. ``mask`` is for integers as wide as the
    elements.
    """
    bits = out.view(mask.dtype)
    np.copyto(mask, condition)
    np.subtract(mask, 1, mask)
    np.bitwise_and(b.view(mask.dtype), mask, bits)
    np.invert(mask, mask)
    np.bitwise_and(a.view(mask.dtype), mask, mask)
    np.bitwise_or(bits, mask, bits)


class Where(Elementwise):
    """Choose from the second tensor where the condition holds, else from the third.

    No NaN leaks from the branch not taken: what gets no gradient passes none on.

    >>> import graphgrad as gg
    >>> gg.where([True, False], [1.0, 2.0], 0.0)
    tensor([1., 0.])
    """

    linear = True
    promotes = False
    notation = "{0} ? {1} : {2}"
    domains = (Domain(), Domain(), Domain())
    inplace = (2,)
    reads = ((), (0,), (0,))
    helpers = (choose,)

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Make the condition bool; promote the two branches to one dtype."""
        condition = as_tensor(operands[0])
        if condition.dtype.kind != "b":
            condition = f.not_equal(condition, 0)
        return (condition, *promote(operands[1:]))

    def infer(self, *inputs: Shaped) -> Spec:
        """Broadcast the shapes; keep the dtype of the branches."""
        return Spec(broadcast(*[each.shape for each in inputs]), inputs[1].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        return np.where(*inputs)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return integers as wide as the result's elements, if there are many."""
        whole = self.infer(*inputs)
        bits = np.dtype(f"i{whole.dtype.itemsize}")
        many = size_of(whole.shape) >= BRANCHED
        return (Spec(whole.shape, bits),) if many else ()

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Choose by bits, or write the third, then the second over it."""
        condition, a, b, *mask = inputs
        if mask:
            return [f"choose({out}, {', '.join(inputs)})"]
        copy = [] if out == b else [f"{out}[...] = {b}"]
        return [*copy, f"np.copyto({out}, {a}, where={condition})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Pass the cotangent where the branch was taken, 0 elsewhere."""
        if i == 0:
            return None
        return f.where(inputs[0], g, 0) if i == 1 else f.where(inputs[0], 0, g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a condition and two branches."""
        c, a, b = choose.broadcastable(3)
        return cls(), (choose.bools(c), choose.array(a), choose.array(b))


# ---- functions -----------------------------------------------------------------------

equal = function(Equal())
not_equal = function(NotEqual())
less = function(Less())
less_equal = function(LessEqual())
greater = function(Greater())
greater_equal = function(GreaterEqual())
logical_and = function(LogicalAnd())
logical_or = function(LogicalOr())
logical_not = function(LogicalNot())
isfinite = function(Isfinite())
isnan = function(Isnan())
maximum = function(Maximum())
minimum = function(Minimum())
where = function(Where())

_CLIP = Clip()


@register
def clip(
    x: Any,
    min: Any = None,  # noqa: A002  # NumPy's name
    max: Any = None,  # noqa: A002
    *,
    a_min: Any = None,
    a_max: Any = None,
) -> Tensor:
    """Limit every element to the range from ``min`` to ``max``; None means no bound.

    The derivative is 1 inside the range and on its bounds, 0 outside. ``a_min`` and
    ``a_max`` are NumPy's older names.

    >>> import graphgrad as gg
    >>> gg.clip([-2.0, 0.5, 2.0], -1, 1)
    tensor([-1. ,  0.5,  1. ])
    """
    tensor = as_tensor(x)
    low, high = (a_min if min is None else min), (a_max if max is None else max)
    smallest, largest = _limits(tensor.dtype)
    low = smallest if low is None else low
    return apply(_CLIP, tensor, low, largest if high is None else high)


# What bounds nothing, as a Python number, so that integers stay integers.
def _limits(dtype: DType) -> tuple[float, float]:
    if dtype.kind == "f":
        return -np.inf, np.inf
    if dtype.kind == "b":
        return False, True
    return int(np.iinfo(dtype).min), int(np.iinfo(dtype).max)
