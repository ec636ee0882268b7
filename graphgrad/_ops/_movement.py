"""Primitives that give the same elements another shape, order or place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f, register
from graphgrad._primitive import Choose, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Dim, Shape, Shaped, Spec, normal_axis

# ---- the family ----------------------------------------------------------------------


class Movement(Primitive, family=True):
    """The elements of the input and no others; where possible, a view of its memory."""

    __slots__ = ()
    view = True
    linear = True
    reads = ((),)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Copy the view."""
        return [f"{out}[...] = {self.view_code(inputs[0])}"]

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count nothing: elements move, no number is computed."""
        return 0


def code(shape: Shape) -> str:
    """Write a shape for a program, where a named length is a number."""
    return repr(tuple([int(side) for side in shape]))


class Reshape(Movement):
    """Give the same elements another shape, in the order of their indices."""

    shape: Shape
    notation = "reshape_{shape}({0})"

    def infer(self, *inputs: Shaped) -> Spec:
        """Check that the number of elements stays the same."""
        (x,) = inputs
        if math.prod(x.shape) != math.prod(self.shape):
            named = [each for each in x.shape if isinstance(each, Dim)]
            given = "".join([f" for a {each} of {int(each)}" for each in named])
            raise ShapeError(
                f"reshape needs as many elements as {x.shape} has, "
                f"{math.prod(x.shape)}{given}, got {self.shape} with "
                f"{math.prod(self.shape)}; -1 stands for the length that is left"
            )
        return Spec(self.shape, x.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return a view where the memory allows."""
        return inputs[0].reshape(self.shape)

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"{x}.reshape({code(self.shape)})"

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Copy into the result seen in the old shape: no copy of the input is made."""
        return [f"np.copyto({out}.reshape({inputs[0]}.shape), {inputs[0]})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Give the cotangent the old shape."""
        return f.reshape(g, inputs[0].shape)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an order of the lengths, or one axis."""
        shape = choose.shape()
        size = math.prod(shape)
        wanted = choose.one_of((shape, (size,), shape[::-1], (1, *shape)))
        return cls(wanted), (choose.array(shape),)


class Transpose(Movement):
    """Put the axes into another order."""

    axes: tuple[int, ...]
    notation = "{0}ᵀ"

    def formula(self, *names: str) -> str:
        """Write ᵀ for matrices, also in batches, and name the axes of others."""
        rank = len(self.axes)
        matrix = (*range(rank - 2), rank - 1, rank - 2)
        if self.axes == (*range(rank),):
            return names[0]
        if self.axes == matrix:
            return self.equation(*names)
        return f"transpose_{{{','.join(map(str, self.axes))}}}({names[0]})"

    def infer(self, *inputs: Shaped) -> Spec:
        """Put the lengths into the new order."""
        shape = inputs[0].shape
        if sorted(self.axes) != list(range(len(shape))):
            raise ShapeError(
                f"transpose needs each of the {len(shape)} axes once, got {self.axes}"
            )
        return Spec(tuple([shape[a] for a in self.axes]), inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return a view."""
        return inputs[0].transpose(self.axes)

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"{x}.transpose({self.axes})"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Put the axes back."""
        back = sorted(range(len(self.axes)), key=self.axes.__getitem__)
        return apply(Transpose(tuple(back)), g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an order of the axes."""
        shape = choose.shape()
        left = list(range(len(shape)))
        axes = [left.pop(choose.integer(0, len(left) - 1)) for _ in shape]
        return cls(tuple(axes)), (choose.array(shape),)


class BroadcastTo(Movement):
    """Repeat the elements along new axes and axes of length one, by NumPy's rule."""

    shape: Shape
    notation = "broadcast_{shape}({0})"

    def infer(self, *inputs: Shaped) -> Spec:
        """Check that the shape can be had by broadcasting."""
        shape = inputs[0].shape
        extra = len(self.shape) - len(shape)
        fits = extra >= 0 and all(
            have in (1, want)
            for have, want in zip(shape, self.shape[extra:], strict=True)
        )
        if not fits:
            raise ShapeError(
                f"shape {shape} does not broadcast to {self.shape}; lengths are equal "
                "to those wanted, counted from the last, or 1"
            )
        return Spec(self.shape, inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return a view that repeats without a copy."""
        return np.broadcast_to(inputs[0], self.shape)

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"np.broadcast_to({x}, {code(self.shape)})"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Pass the cotangent on: the driver sums what was broadcast."""
        return g

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a shape and one that it broadcasts to."""
        small, other = choose.broadcastable(2)
        return cls(np.broadcast_shapes(small, other)), (choose.array(small),)


# ---- functions -----------------------------------------------------------------------


@register
def reshape(x: Any, shape: int | Sequence[int], order: str = "C") -> Tensor:
    """Give the elements of ``x`` another shape; one length may be -1, for what is left.

    The order is by index (NumPy's ``"C"``). `ShapeError` where the sizes differ.

    >>> import graphgrad as gg
    >>> gg.reshape([1.0, 2.0, 3.0, 4.0], (2, -1))
    tensor([[1., 2.],
            [3., 4.]])
    """
    if order != "C":
        raise ShapeError(f"reshape orders elements as 'C', got order={order!r}")
    tensor = as_tensor(x)
    sides = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    known = _complete(tensor.shape, sides)
    return tensor if known == tensor.shape else apply(Reshape(known), tensor)


# A named length that no other side takes up is what -1 stands for, name and all.
def _complete(shape: Shape, sides: Sequence[int]) -> Shape:
    wanted = [side if isinstance(side, Dim) else int(side) for side in sides]
    unknown = [i for i, side in enumerate(wanted) if side < 0]
    if not unknown:
        return tuple(wanted)
    given = [side for side in wanted if side >= 0]
    rest = math.prod(given)
    size = math.prod(shape)
    if len(unknown) > 1 or wanted[unknown[0]] != -1 or rest == 0 or size % rest:
        raise ShapeError(
            f"cannot reshape {shape} into {tuple(wanted)}; one length may be -1, and "
            "the others' product divides the number of elements"
        )
    free = [d for d in shape if isinstance(d, Dim) and not any(d is e for e in given)]
    named = [dim for dim in free if dim == size // rest]
    wanted[unknown[0]] = named[0] if len(named) == 1 else size // rest
    return tuple(wanted)


@register
def broadcast_to(x: Any, shape: int | Sequence[int]) -> Tensor:
    """Repeat the elements of ``x`` to ``shape``, by NumPy's broadcasting rule.

    `ShapeError` where a length is neither 1 nor the wanted one.

    >>> import graphgrad as gg
    >>> gg.broadcast_to([1.0, 2.0], (2, 2))
    tensor([[1., 2.],
            [1., 2.]])
    """
    tensor = as_tensor(x)
    wanted = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    return tensor if wanted == tensor.shape else apply(BroadcastTo(wanted), tensor)


@register
def transpose(x: Any, axes: Sequence[int] | None = None) -> Tensor:
    """Put the axes of ``x`` into the order ``axes``; without it, reverse them.

    >>> import graphgrad as gg
    >>> gg.transpose([[1.0, 2.0], [3.0, 4.0]])
    tensor([[1., 3.],
            [2., 4.]])
    """
    tensor = as_tensor(x)
    rank = tensor.ndim
    if axes is None:
        order = tuple(range(rank))[::-1]
    else:
        order = tuple([normal_axis(int(a), rank) for a in axes])
    return tensor if order == tuple(range(rank)) else apply(Transpose(order), tensor)
