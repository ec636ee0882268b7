"""Primitives that lay tensors side by side in one vector, and take them out again."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f, register
from graphgrad._ops._movement import Movement, code
from graphgrad._primitive import Choose, Operand, Primitive, apply
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shape, Shaped, Spec, size_of

# Matrices at least so high and less wide lie in memory column by column: the first
# weights of networks on images. BLAS multiplies by such ones in two thirds of the time.
HIGH, WIDE = 512, 32


def order_of(shape: Shape) -> Literal["C", "F"]:
    """Return NumPy's name for the order in which a tensor's elements are packed."""
    tall = len(shape) == 2 and shape[0] >= HIGH and 1 < shape[1] < WIDE
    return "F" if tall else "C"


def flattened(array: Array) -> Array:
    """Return the elements in the order in which they are packed."""
    return array.reshape(-1, order=order_of(array.shape))


def lying(elements: Array, shape: Shape) -> Array:
    """Return a vector's elements, in the order in which they are packed, as a view."""
    return elements.reshape(shape, order=order_of(shape))


def shape_code(shape: Shape) -> str:
    """Write the arguments of the reshape that `lying` does."""
    order = ", order='F'" if order_of(shape) == "F" else ""
    return f"{code(shape)}{order}"


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
        dtypes = dict.fromkeys(str(each.dtype) for each in inputs)
        if len(dtypes) > 1:
            given = ", ".join(dtypes)
            raise ShapeError(f"pack needs tensors of one dtype, got {given}")
        size = sum(size_of(each.shape) for each in inputs)
        return Spec((int(size),), inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Copy one after the other."""
        return np.concatenate([flattened(each) for each in inputs])

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Copy what does not lie there already."""
        lines, start = [], 0
        for each in inputs:
            stop = start + each.like.size
            place = lying(out.like[start:stop], each.like.shape)
            # What is packed twice lies there once.
            if not _is_at(each.like, place):
                shape = shape_code(each.like.shape)
                lines.append(f"{out}[{start}:{stop}].reshape({shape})[...] = {each}")
            start = stop
        return lines

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Take the part of the cotangent out."""
        start = sum(int(size_of(each.shape)) for each in inputs[:i])
        return f.unpack(g, start, inputs[i].shape)

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
    notation = "{0}[…]"

    def equation(self, *names: str) -> str:
        """Write where the elements lie."""
        return f"{names[0]}[{self.start}:{self.stop}]"

    def formula(self, *names: str) -> str:
        """Write how it is a tensor again."""
        part = self.equation(*names)
        if len(self.shape) == 1:
            return part
        if order_of(self.shape) == "C":
            return f"reshape_{{{'×'.join(map(str, self.shape))}}}({part})"
        return f"reshape_{{{'×'.join(map(str, self.shape[::-1]))}}}({part})ᵀ"

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
        return lying(inputs[0][self.start : self.stop], self.shape)

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"{x}[{self.start}:{self.stop}].reshape({shape_code(self.shape)})"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Put the cotangent between zeros."""
        after = inputs[0].shape[0] - self.stop
        flat = f.transpose(g) if order_of(self.shape) == "F" else g
        return f.pad(f.reshape(flat, (-1,)), ((self.start, after),))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a place within a vector."""
        shape = choose.shape()
        start, rest = choose.integer(0, 2), choose.integer(0, 2)
        vector = choose.array((start + math.prod(shape) + rest,))
        return cls(start, shape), (vector,)


@register
def unpack(x: Any, start: int, shape: Shape) -> Tensor:
    """Take a tensor out of a vector, from the element ``start`` on."""
    return apply(Unpack(start, shape), x)


def _is_at(array: Array, place: Array) -> bool:
    a, b = array.__array_interface__, place.__array_interface__
    return a["data"] == b["data"] and array.strides == place.strides
