"""The functions of primitives without parameters: quick ways to what `apply` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from graphgrad._context import CONTEXT
from graphgrad._node import Node
from graphgrad._primitive import LEGACY_PROMOTION, OUT, Primitive, apply
from graphgrad._tensor import Tensor
from graphgrad._types import DType

# What NumPy's functions give.
BARE = (np.ndarray, np.generic)

# Of Python's numbers those that adapt to any float dtype, and have no name.
NUMBERS = (float, int)

# A function of tensors, and the one that computes on bare arrays what it is given bare.
Both = tuple[Callable[..., Tensor], Callable[..., Any]]


def number(value: Any, dtype: DType) -> Tensor:
    """Return a number as a constant; those used again and again are made once."""
    # 0.0 and -0.0 are equal, and would be taken for each other.
    return _number(value, dtype) if value else Tensor(np.array(value, dtype))


@lru_cache(maxsize=128, typed=True)
def _number(value: float, dtype: DType) -> Tensor:
    array = np.array(value, dtype)
    array.flags.writeable = False
    return Tensor(array)


# Of each input, and of the result, whether a VJP for the inputs ``which`` reads it.
def _reads(op: Primitive, *which: int) -> list[bool]:
    read = {j for i in which for j in op.reads[i]}
    return [j in read for j in (*range(len(op.reads)), OUT)]


# The quick calls do what `apply` does, in one function: small arrays take less time
# than the calls of Python that bring them together. What is not the common case
# (tensors of one float dtype, with values), and what NumPy refuses, goes to `apply`.


def function_of(op: Primitive) -> Both:
    """Make both functions of a primitive without parameters."""
    count = len(op.reads)
    # Up to NumPy 1, results may have another dtype, which `apply` knows.
    quick = op.promotes and count < len(_SLOW) and not LEGACY_PROMOTION
    call = (_QUICK if quick else _SLOW)[count - 1](op)
    return call, _EITHER[count - 1](op, call)


def _quick_of_one(op: Primitive) -> Callable[..., Tensor]:
    evaluate: Callable[..., Any] = op.evaluate
    reads_x, reads_y = _reads(op, 0)

    def call(x: Any) -> Tensor:
        value = x._value if isinstance(x, Tensor) else None
        if value is None or value.dtype.kind != "f":
            return apply(op, x)
        try:
            y = evaluate(value)
        except (ValueError, MemoryError):
            return apply(op, x)
        node = x._node
        dtype = y.dtype
        if node is None or not CONTEXT.recording or dtype.kind != "f":
            return Tensor(y)
        inputs = (node,)
        saved = (value,) if reads_x else inputs
        result = y if reads_y else None
        made = Node(op, inputs, y.shape, dtype, CONTEXT.place, saved, result)
        return Tensor(y, made)

    return call


def _quick_of_two(op: Primitive) -> Callable[..., Tensor]:
    evaluate: Callable[..., Any] = op.evaluate
    first, second, both = _reads(op, 0), _reads(op, 1), _reads(op, 0, 1)

    def call(a: Any, b: Any) -> Tensor:
        if not (isinstance(a, Tensor) and isinstance(b, Tensor)):
            pair = _with_number(a, b)
            return call(*pair) if pair else apply(op, a, b)
        x, y = a._value, b._value
        if x is None or y is None or x.dtype is not y.dtype or x.dtype.kind != "f":
            return apply(op, a, b)
        try:
            z = evaluate(x, y)
        except (ValueError, MemoryError):
            return apply(op, a, b)
        m: Any = a._node
        n: Any = b._node
        dtype = z.dtype
        if m is n is None or not CONTEXT.recording or dtype.kind != "f":
            return Tensor(z)
        reads = second if m is None else first if n is None else both
        reads_x, reads_y, reads_z = reads
        inputs: Any = (m or a._constant(), n or b._constant())
        saved = inputs
        if reads_x or reads_y:
            saved = (x if reads_x else inputs[0], y if reads_y else inputs[1])
        result = z if reads_z else None
        made = Node(op, inputs, z.shape, dtype, CONTEXT.place, saved, result)
        return Tensor(z, made)

    return call


# A number beside a tensor of floats takes on its dtype.
def _with_number(a: Any, b: Any) -> tuple[Tensor, Tensor] | None:
    first = isinstance(a, Tensor)
    value, given = (a._value, b) if first else (getattr(b, "_value", None), a)
    if value is None or value.dtype.kind != "f" or type(given) not in NUMBERS:
        return None
    other = number(given, value.dtype)
    return (a, other) if first else (other, b)


def _of_one(op: Primitive) -> Callable[..., Tensor]:
    return lambda x: apply(op, x)


def _of_two(op: Primitive) -> Callable[..., Tensor]:
    return lambda a, b: apply(op, a, b)


def _of_three(op: Primitive) -> Callable[..., Tensor]:
    return lambda condition, a, b: apply(op, condition, a, b)


def _either_of_one(op: Primitive, call: Callable[..., Tensor]) -> Callable[..., Any]:
    evaluate: Callable[..., Any] = op.evaluate
    return lambda x: evaluate(x) if isinstance(x, BARE) else call(x)


def _either_of_two(op: Primitive, call: Callable[..., Tensor]) -> Callable[..., Any]:
    evaluate: Callable[..., Any] = op.evaluate

    def either(a: Any, b: Any) -> Any:
        bare = isinstance(a, BARE) and not isinstance(b, Tensor)
        return evaluate(a, b) if bare else call(a, b)

    return either


def _either_of_three(op: Primitive, call: Callable[..., Tensor]) -> Callable[..., Any]:
    evaluate: Callable[..., Any] = op.evaluate

    def either(condition: Any, a: Any, b: Any) -> Any:
        tensors = isinstance(a, Tensor) or isinstance(b, Tensor)
        bare = isinstance(condition, BARE) and not tensors
        return (evaluate if bare else call)(condition, a, b)

    return either


# By the number of inputs.
_QUICK = (_quick_of_one, _quick_of_two)
_SLOW = (_of_one, _of_two, _of_three)
_EITHER = (_either_of_one, _either_of_two, _either_of_three)
