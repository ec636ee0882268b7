"""Products with very long matrices, over a few rows of these at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f
from graphgrad._primitive import Choose, Operand, Primitive, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, DType, Shaped, Spec, size_of

__all__ = ["LongMatmul", "LongMatmulT"]

# Bytes of rows that are converted at a time, or multiplied: BLAS makes a copy of them,
# and is slow where they are few.
CONVERTED = 1 << 22
MULTIPLIED = 1 << 24


def multiply_rows(
    out: np.ndarray, x: np.ndarray, w: np.ndarray, step: int, *room: np.ndarray
) -> None:
    """Multiply rows of ``x``, which are converted in ``room``, if there is one."""
    for start in range(0, len(x), step):
        rows = x[start : start + step]
        for part in room:
            part[: len(rows)] = rows
            rows = part[: len(rows)]
        np.matmul(rows, w, out[start : start + step])


def add_products(
    out: np.ndarray,
    x: np.ndarray,
    g: np.ndarray,
    step: int,
    *working: np.ndarray,
) -> None:
    """Add up products of the columns of ``x`` with ``g``, a few rows at a time.

    A working array takes such a product; where another comes first, ``x`` is converted
    there.
    """
    *room, term = working
    out.fill(0)
    for start in range(0, len(x), step):
        rows = x[start : start + step]
        for part in room:
            part[: len(rows)] = rows
            rows = part[: len(rows)]
        np.matmul(rows.T, g[start : start + step], term)
        np.add(out, term, out)


class Long(Primitive, family=True):
    """A product with a long matrix, which may be of another dtype than the result."""

    reads = ((1,), (0,))
    strided = True

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Take the operands as they are; the first is converted row by row."""
        return tuple([as_tensor(each) for each in operands])

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Ask for as many rows as are converted at a time."""
        x, other = inputs
        if x.dtype == other.dtype:
            return ()
        rows = min(_step(x, other.dtype), x.shape[0])
        return (Spec((rows, *x.shape[1:]), other.dtype),)

    def evaluate(self, *inputs: Array) -> Array:
        """Do what the code does."""
        x, other = inputs
        spec = self.infer(x, other)
        out = np.empty(spec.shape, spec.dtype)
        room = [np.empty(each.shape, each.dtype) for each in self.scratch(x, other)]
        self.helpers[0](out, x, other, _step(x, other.dtype), *room)
        return out

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write a call of the loop, which is the one helper."""
        x, other = inputs[:2]
        step = str(_step(x.like, other.like.dtype))
        names = ", ".join([out, x, other, step, *inputs[2:]])
        return [f"{self.helpers[0].__name__}({names})"]

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count a multiplication and an addition for each term."""
        return 2 * int(size_of(inputs[0].shape)) * inputs[1].shape[1]


class LongMatmul(Long):
    """Multiply a long matrix, converted to the dtype of the other, by a matrix."""

    notation = "{0} @ {1}"
    helpers = (multiply_rows,)

    def infer(self, *inputs: Shaped) -> Spec:
        """Join the rows of the first with the columns of the second."""
        x, w = inputs
        if not len(x.shape) == len(w.shape) == 2 or x.shape[1] != w.shape[0]:
            raise ShapeError(
                f"long_matmul needs shapes (m, k) and (k, n), got {x.shape} and "
                f"{w.shape}"
            )
        return Spec((x.shape[0], w.shape[1]), w.dtype)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """``g wᵀ`` by the first, ``xᵀ g`` by the second."""
        x, w = inputs
        if i == 0:
            return f.cast(f.matmul(g, f.swapaxes(w, 0, 1)), x.dtype)
        return f.matmul(f.swapaxes(f.cast(x, g.dtype), 0, 1), g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a matrix of numbers, whole ones or not, and another."""
        m, k, n = (choose.integer(1, 3) for _ in range(3))
        x = choose.one_of((choose.array((m, k)), choose.integers((m, k), -3, 3)))
        return cls(), (x, choose.array((k, n)))


class LongMatmulT(Long):
    """Multiply the columns of a long matrix by those of another one."""

    notation = "{0}ᵀ @ {1}"
    helpers = (add_products,)

    def infer(self, *inputs: Shaped) -> Spec:
        """Join the columns of both."""
        x, g = inputs
        if not len(x.shape) == len(g.shape) == 2 or x.shape[0] != g.shape[0]:
            raise ShapeError(
                f"long_matmul_t needs shapes (m, k) and (m, n), got {x.shape} and "
                f"{g.shape}"
            )
        return Spec((x.shape[1], g.shape[1]), g.dtype)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Ask for the product of a few rows, too."""
        return (*super().scratch(*inputs), self.infer(*inputs))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """``h gᵀ`` by the first, ``x g`` by the second; ``h`` is the other input."""
        x, h = inputs
        if i == 0:
            return f.cast(f.matmul(h, f.swapaxes(g, 0, 1)), x.dtype)
        return f.matmul(f.cast(x, g.dtype), g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a matrix of numbers, whole ones or not, and another."""
        m, k, n = (choose.integer(1, 3) for _ in range(3))
        x = choose.one_of((choose.array((m, k)), choose.integers((m, k), -3, 3)))
        return cls(), (x, choose.array((m, n)))


# The rows that are taken at a time.
def _step(x: Shaped, dtype: DType) -> int:
    row = max(1, x.shape[1] * dtype.itemsize)
    return max(1, (MULTIPLIED if x.dtype == dtype else CONVERTED) // row)
