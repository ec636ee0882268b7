"""Products of matrices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f, function, promote
from graphgrad._primitive import Choose, Operand, Primitive
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shape, Shaped, Spec, broadcast, size_of

NO_SCALARS = (
    "matmul needs arrays of at least one dimension, got {} and {}; use * for a number"
)
NO_FIT = (
    "matmul needs shapes (..., m, k) and (..., k, n), got {} and {}; the inner lengths "
    "{} and {} must be equal: transpose or reshape one"
)


class Matmul(Primitive):
    """Multiply matrices; axes before the last two are batches and broadcast.

    A tensor of one dimension counts as a row on the left and as a column on the right,
    and the axis of length one is dropped from the result.

    >>> import graphgrad as gg
    >>> gg.matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 10.0])
    tensor([21., 43.])
    """

    notation = "{0} @ {1}"
    reads = ((1,), (0,))
    promotes = True
    strided = True

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Promote the operands to one dtype."""
        return promote(operands)

    def infer(self, *inputs: Shaped) -> Spec:
        """Join the rows of the first with the columns of the second."""
        a, b = inputs
        if not a.shape or not b.shape:
            raise ShapeError(NO_SCALARS.format(a.shape, b.shape))
        left, right = _as_matrix(a.shape, 0), _as_matrix(b.shape, 1)
        if left[-1] != right[-2]:
            raise ShapeError(NO_FIT.format(a.shape, b.shape, left[-1], right[-2]))
        rows = a.shape[-2:-1]
        columns = b.shape[-1:] if len(b.shape) > 1 else ()
        batch = broadcast(left[:-2], right[:-2])
        return Spec(batch + rows + columns, a.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        return np.matmul(*inputs)

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write the same call; for matrices, the one with less around the product."""
        a, b = inputs
        if _is_plain(out) and _is_plain(a) and _is_plain(b):
            if out.like.flags.c_contiguous:
                return [f"{a}.dot({b}, {out})"]
            return [f"{b}.T.dot({a}.T, {out}.T)"]
        return [f"np.matmul({a}, {b}, {out})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """``g bᵀ`` by the first, ``aᵀ g`` by the second; the driver sums batches."""
        a, b = inputs
        left, right = _as_matrix(a.shape, 0), _as_matrix(b.shape, 1)
        batch = broadcast(left[:-2], right[:-2])
        g = f.reshape(g, (*batch, left[-2], right[-1]))
        if i == 0:
            grad = f.matmul(g, f.swapaxes(f.reshape(b, right), -1, -2))
            return _without_lifted(grad, a.shape, -2)
        a = f.reshape(a, left)
        if len(right) == 2 and len(left) > 2:
            # One product over all batches, instead of a sum of many.
            a, g = f.reshape(a, (-1, left[-1])), f.reshape(g, (-1, right[-1]))
        return _without_lifted(f.matmul(f.swapaxes(a, -1, -2), g), b.shape, -1)

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count a multiplication and an addition for each term."""
        return 2 * int(size_of(out.shape)) * inputs[0].shape[-1]

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose vectors, matrices and batches of them."""
        m, k, n = (choose.integer(1, 3) for _ in range(3))
        left, right = choose.broadcastable(2)
        a = choose.one_of(((m, k), (k,), (*left, m, k)))
        b = choose.one_of(((k, n), (k,), (*right, k, n)))
        return cls(), (choose.array(a), choose.array(b))


# A vector counts as a matrix of one row on the left, of one column on the right.
def _as_matrix(shape: Shape, side: int) -> Shape:
    if len(shape) > 1:
        return shape
    return (*shape, 1) if side else (1, *shape)


# What BLAS takes as it is; ndarray.dot would copy anything else at every call.
def _is_plain(operand: Operand) -> bool:
    flags = operand.like.flags
    return operand.like.ndim <= 2 and (flags.c_contiguous or flags.f_contiguous)


def _without_lifted(grad: Tensor, shape: Shape, axis: int) -> Tensor:
    return f.squeeze(grad, axis) if len(shape) == 1 else grad


# ---- functions -----------------------------------------------------------------------

matmul = function(Matmul())
