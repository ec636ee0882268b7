"""Primitives that put tensors together, surround them and turn them round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError, UnsupportedError
from graphgrad._ops._families import f, make_room, promote, register
from graphgrad._ops._movement import Movement
from graphgrad._primitive import Choose, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec, normal_axes, normal_axis

GATHERED_MODES = ("edge", "reflect", "symmetric", "wrap")

# ---- several into one ----------------------------------------------------------------


class Concatenate(Movement):
    """Put tensors one after the other along an axis."""

    axis: int
    view = False
    notation = "concatenate_{axis}({all})"

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Promote the operands to one dtype."""
        return promote(operands)

    def infer(self, *inputs: Shaped) -> Spec:
        """Add up the lengths along the axis; the others must be equal."""
        shape = inputs[0].shape
        normal_axis(self.axis, len(shape))
        before, after = shape[: self.axis], shape[self.axis + 1 :]
        for each in inputs:
            one = each.shape
            if len(one) != len(shape) or (one[: self.axis], one[self.axis + 1 :]) != (
                before,
                after,
            ):
                raise ShapeError(
                    f"concatenate along axis {self.axis} needs shapes equal but for "
                    f"that axis, got {shape} and {one}; reshape or cut one of them"
                )
        length = sum(each.shape[self.axis] for each in inputs)
        return Spec((*before, length, *after), inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        return np.concatenate(inputs, axis=self.axis)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        return [f"np.concatenate(({', '.join(inputs)},), axis={self.axis}, out={out})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Cut out the part that the input became."""
        start = sum(each.shape[self.axis] for each in inputs[:i])
        part = slice(start, start + inputs[i].shape[self.axis])
        return f.getitem(g, (slice(None),) * self.axis + (part,))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an axis, and one to three tensors."""
        shape = choose.shape(min_ndim=1)
        axis = choose.integer(0, len(shape) - 1)
        sides = [choose.integer(0, 3) for _ in range(choose.integer(1, 3))]
        shapes = [(*shape[:axis], side, *shape[axis + 1 :]) for side in sides]
        return cls(axis), tuple(choose.array(each) for each in shapes)


class Stack(Movement):
    """Put tensors of one shape side by side along a new axis."""

    axis: int
    view = False
    notation = "stack_{axis}({all})"

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Promote the operands to one dtype."""
        return promote(operands)

    def infer(self, *inputs: Shaped) -> Spec:
        """Insert the number of tensors into their shape."""
        shape = inputs[0].shape
        normal_axis(self.axis, len(shape) + 1)
        for each in inputs:
            if each.shape != shape:
                raise ShapeError(
                    f"stack needs equal shapes, got {shape} and {each.shape}; "
                    "concatenate joins along an axis that they have"
                )
        new = (*shape[: self.axis], len(inputs), *shape[self.axis :])
        return Spec(new, inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        return np.stack(inputs, axis=self.axis)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        return [f"np.stack(({', '.join(inputs)},), axis={self.axis}, out={out})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Cut out the part that the input became."""
        return f.getitem(g, (slice(None),) * self.axis + (i,))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an axis, and one to three tensors."""
        shape = choose.shape()
        axis = choose.integer(0, len(shape))
        count = choose.integer(1, 3)
        return cls(axis), tuple(choose.array(shape) for _ in range(count))


# ---- one, with something around it ---------------------------------------------------


class Pad(Movement):
    """Surround a tensor with a constant: so many before and after, for each axis."""

    widths: tuple[tuple[int, int], ...]
    value: float = 0
    view = False
    notation = "pad_{around}({0})"

    @property
    def around(self) -> tuple[Any, ...]:
        """How much is put around it, and what, if that is not 0."""
        return (*self.widths, self.value) if self.value else self.widths

    def infer(self, *inputs: Shaped) -> Spec:
        """Add the widths to the lengths."""
        (x,) = inputs
        if len(self.widths) != len(x.shape) or any(
            w < 0 for p in self.widths for w in p
        ):
            raise ShapeError(
                f"pad needs two widths of 0 or more for each axis of {x.shape}, "
                f"got {self.widths}"
            )
        pairs = zip(x.shape, self.widths, strict=True)
        shape = tuple([n + b + a if b + a else n for n, (b, a) in pairs])
        return Spec(shape, x.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Write the input into the middle of a filled array."""
        (x,) = inputs
        result = np.full(self.infer(x).shape, self.value, x.dtype)
        result[self._middle()] = x
        return result

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Fill, then write the input into the middle."""
        parts = [f"{b or ''}:{-a or ''}" for b, a in self.widths]
        middle = f"{out}[{', '.join(parts) or '...'}]"
        value = (
            repr(self.value) if np.isfinite(self.value) else f"float('{self.value}')"
        )
        return [f"{out}.fill({value})", f"{middle}[...] = {inputs[0]}"]

    def _middle(self) -> tuple[slice, ...]:
        return tuple([slice(b, -a or None) for b, a in self.widths])

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Cut out the middle."""
        return f.getitem(g, self._middle())

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose widths and a constant."""
        shape = choose.shape()
        widths = tuple([(choose.integer(0, 2), choose.integer(0, 2)) for _ in shape])
        return cls(widths, choose.one_of((0, 1.5))), (choose.array(shape),)


# ---- one, turned round ---------------------------------------------------------------


class Flip(Movement):
    """Reverse the order of the elements along the axes."""

    axes: tuple[int, ...]
    notation = "flip_{axes}({0})"

    def infer(self, *inputs: Shaped) -> Spec:
        """Keep the shape."""
        normal_axes(self.axes, len(inputs[0].shape))
        return Spec(inputs[0].shape, inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return a view."""
        return np.flip(inputs[0], self.axes)

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"np.flip({x}, {self.axes})"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Reverse the cotangent."""
        return apply(self, g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose axes."""
        shape = choose.shape()
        axes = tuple([i for i in range(len(shape)) if choose.one_of((True, False))])
        return cls(axes), (choose.array(shape),)


class Roll(Movement):
    """Move the elements along an axis; what leaves at the end comes in at the start."""

    shift: int
    axis: int
    view = False
    notation = "roll_{moved}({0})"

    @property
    def moved(self) -> tuple[int, int]:
        """The shift and the axis."""
        return self.shift, self.axis

    def infer(self, *inputs: Shaped) -> Spec:
        """Keep the shape; the shift is at least 1 and less than the length."""
        shape = inputs[0].shape
        length = shape[normal_axis(self.axis, len(shape))]
        if not 0 < self.shift < length:
            raise ShapeError(
                f"roll needs a shift from 1 to {length - 1}, got {self.shift}"
            )
        return Spec(shape, inputs[0].dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        return np.roll(inputs[0], self.shift, self.axis)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Copy the two parts to their places."""
        (x,) = inputs
        before, n = ":, " * self.axis, self.shift
        return [
            f"np.copyto({out}[{before}{n}:], {x}[{before}:-{n}])",
            f"np.copyto({out}[{before}:{n}], {x}[{before}-{n}:])",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Move the cotangent back."""
        return f.roll(g, -self.shift, self.axis)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an axis and a shift."""
        shape = choose.shape(min_ndim=1, min_side=2)
        axis = choose.integer(0, len(shape) - 1)
        return cls(choose.integer(1, shape[axis] - 1), axis), (choose.array(shape),)


# ---- functions -----------------------------------------------------------------------


@register
def concatenate(arrays: Sequence[Any], axis: int | None = 0) -> Tensor:
    """Put ``arrays`` one after the other along ``axis``; None: all in flat order.

    Their shapes are equal but for that axis, or `ShapeError` is raised.

    >>> import graphgrad as gg
    >>> gg.concatenate([[1.0, 2.0], [3.0]])
    tensor([1., 2., 3.])
    """
    if len(arrays) == 0:
        raise ShapeError("concatenate needs one tensor or more, got none")
    tensors = [as_tensor(each) for each in arrays]
    if axis is None:
        tensors, axis = [f.reshape(each, (-1,)) for each in tensors], 0
    where = normal_axis(axis, tensors[0].ndim)
    if tensors[0].ndim == 0:
        raise ShapeError(
            "concatenate needs arrays with axes, got a number; use gg.stack"
        )
    return apply(Concatenate(where), *tensors)


@register
def stack(arrays: Sequence[Any], axis: int = 0) -> Tensor:
    """Put ``arrays`` of one shape side by side along a new axis.

    >>> import graphgrad as gg
    >>> gg.stack([[1.0, 2.0], [3.0, 4.0]], axis=1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    if len(arrays) == 0:
        raise ShapeError("stack needs one tensor or more, got none")
    tensors = [as_tensor(each) for each in arrays]
    return apply(Stack(normal_axis(axis, tensors[0].ndim + 1)), *tensors)


@register
def pad(
    array: Any,
    pad_width: Any,
    mode: str = "constant",
    *,
    constant_values: float = 0,
) -> Tensor:
    """Surround ``array`` with more elements.

    ``pad_width`` is their number, a pair (before, after), or a pair for each axis.
    ``mode`` is constant, edge, reflect, symmetric or wrap; others are refused.

    >>> import graphgrad as gg
    >>> gg.pad([1.0, 2.0], (1, 2))
    tensor([0., 1., 2., 0., 0.])
    """
    tensor = as_tensor(array)
    pairs = np.broadcast_to(np.asarray(pad_width), (tensor.ndim, 2)).tolist()
    widths = tuple([(int(before), int(after)) for before, after in pairs])
    if mode == "constant":
        if np.ndim(constant_values):
            raise UnsupportedError("pad takes one number as constant_values")
        return apply(Pad(widths, constant_values), tensor)
    if mode not in GATHERED_MODES:
        modes = ", ".join(("constant", *GATHERED_MODES))
        raise UnsupportedError(f"pad takes the modes {modes}; got {mode!r}")
    for axis, width in enumerate(widths):
        if any(width):
            count = tensor.shape[axis] + sum(width)
            make_room(16 * count, f"the table of pad with {count} entries")
            order = np.pad(np.arange(tensor.shape[axis]), width, mode)  # type: ignore[call-overload]
            tensor = f.take(tensor, order, axis)
    return tensor


@register
def flip(m: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """Reverse the order of the elements of ``m`` along ``axis``; None: along all axes.

    >>> import graphgrad as gg
    >>> gg.flip([1.0, 2.0, 3.0])
    tensor([3., 2., 1.])
    """
    tensor = as_tensor(m)
    return apply(Flip(normal_axes(axis, tensor.ndim)), tensor)


@register
def roll(
    a: Any, shift: int | Sequence[int], axis: int | Sequence[int] | None = None
) -> Tensor:
    """Move the elements of ``a`` by ``shift`` along ``axis``, round its end.

    With ``axis`` None they move in flat order.

    >>> import graphgrad as gg
    >>> gg.roll([1.0, 2.0, 3.0], 1)
    tensor([3., 1., 2.])
    """
    tensor = as_tensor(a)
    if axis is None:
        flat = f.reshape(tensor, (-1,))
        return f.reshape(roll(flat, shift, 0), tensor.shape)
    for by, along in np.broadcast(shift, axis):
        where = normal_axis(int(along), tensor.ndim)
        length = tensor.shape[where]
        step = int(by) % length if length else 0
        tensor = apply(Roll(step, where), tensor) if step else tensor
    return tensor
