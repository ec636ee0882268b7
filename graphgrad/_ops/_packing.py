"""Primitives that lay tensors side by side in one vector, and take them out again."""

from __future__ import annotations

import math

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f
from graphgrad._ops._movement import Movement, code
from graphgrad._primitive import Choose, Operand, Primitive
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shape, Shaped, Spec, size_of


class Pack(Primitive):
    """Lay the elements of tensors of one dtype side by side, in one vector.

    In a program, what is packed is computed into its place where that is possible.

    >>> import graphgrad as gg
    >>> gg.OPS["pack"]()([[1.0, 2.0]], 3.0)
    tensor([1., 2., 3.])
    """

    linear = True
    notation = "[{all}]"
    reads = ((),)

    def infer(self, *inputs: Shaped) -> Spec:
        """Add up the sizes."""
        dtypes = {each.dtype for each in inputs}
        if len(dtypes) > 1:
            raise ShapeError(f"pack needs tensors of one dtype, got {dtypes}")
        size = sum(size_of(each.shape) for each in inputs)
        return Spec((int(size),), inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Copy one after the other."""
        return np.concatenate([each.reshape(-1) for each in inputs])

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Copy what does not lie there already."""
        lines, start = [], 0
        for each in inputs:
            stop = start + each.like.size
            if not np.may_share_memory(each.like, out.like):
                shape = code(each.like.shape)
                lines.append(f"{out}[{start}:{stop}].reshape({shape})[...] = {each}")
            start = stop
        return lines

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Take the part of the cotangent out."""
        start = sum(int(size_of(each.shape)) for each in inputs[:i])
        part = g[start : start + int(size_of(inputs[i].shape))]
        return f.reshape(part, inputs[i].shape)

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count nothing."""
        return 0

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose one to three tensors."""
        count = choose.integer(1, 3)
        return cls(), tuple(choose.array(choose.shape()) for _ in range(count))


class Unpack(Movement):
    """Take a tensor out of a vector: its elements from ``start`` on, as a view."""

    start: int
    shape: Shape
    notation = "unpack({0})"

    @property
    def stop(self) -> int:
        """The first element that is not taken."""
        return self.start + math.prod(self.shape)

    def infer(self, *inputs: Shaped) -> Spec:
        """Check that there are as many elements."""
        (x,) = inputs
        if len(x.shape) != 1 or x.shape[0] < self.stop:
            raise ShapeError(
                f"unpack needs a vector of {self.stop} elements, got {x.shape}"
            )
        return Spec(self.shape, x.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return the view."""
        return inputs[0][self.start : self.stop].reshape(self.shape)

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"{x}[{self.start}:{self.stop}].reshape({code(self.shape)})"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Put the cotangent between zeros."""
        after = inputs[0].shape[0] - self.stop
        return f.pad(f.reshape(g, (-1,)), ((self.start, after),))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a place within a vector."""
        shape = choose.shape()
        start, rest = choose.integer(0, 2), choose.integer(0, 2)
        vector = choose.array((start + math.prod(shape) + rest,))
        return cls(start, shape), (vector,)
