"""Shapes, dtypes and the `Spec` that stands for an array without its values."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graphgrad._errors import DTypeError, ShapeError

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Array", "DType", "Dim", "Shape", "Shaped", "Spec"]

Array = np.ndarray[Any, Any]
DType = np.dtype[Any]
Shape = tuple[int, ...]

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Dim(int):
    """A length with a name: an ordinary int that prints as ``batch``.

    A model is compiled before anybody knows its batch size. `Dim` lets the shapes of
    that graph say so, while arithmetic goes on with a nominal length.

    >>> (Dim(32, "batch"), 25)
    (batch, 25)
    """

    label: str

    def __new__(cls, value: int, label: str) -> Self:
        """Make the length ``value``, printed as ``label``."""
        dim = super().__new__(cls, value)
        dim.label = label
        return dim

    def __repr__(self) -> str:
        """Print the name."""
        return self.label

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[Dim], tuple[int, str]]:
        """Pickle the length with its name."""
        return Dim, (int(self), self.label)


class Shaped(Protocol):
    """Anything with a shape and a dtype: a tensor, a node, an array, a `Spec`."""

    @property
    def shape(self) -> Shape:
        """The lengths of the axes."""
        ...

    @property
    def dtype(self) -> DType:
        """The type of the elements."""
        ...


class Spec:
    """The shape and dtype of an array that is not there.

    >>> Spec((2, 3), "float64")
    Spec(shape=(2, 3), dtype=dtype('float64'))
    """

    __slots__ = ("dtype", "shape")
    shape: Shape
    dtype: DType

    def __init__(self, shape: Iterable[int], dtype: Any = "float32") -> None:
        """Take the lengths of the axes, and anything that NumPy takes for a dtype."""
        put = object.__setattr__
        put(self, "shape", tuple(shape))
        put(self, "dtype", np.dtype(dtype))

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuse: a `Spec` is a value, like a number."""
        raise AttributeError(f"a Spec has a fixed {name}: make another one")

    def __eq__(self, other: object) -> bool:
        """Be equal to a `Spec` of the same shape and dtype."""
        if not isinstance(other, Spec):
            return NotImplemented
        return self.shape == other.shape and self.dtype == other.dtype

    def __hash__(self) -> int:
        """Hash shape and dtype."""
        return hash((self.shape, self.dtype))

    def __repr__(self) -> str:
        """Write the constructor's call."""
        return f"Spec(shape={self.shape}, dtype={self.dtype!r})"

    def __reduce__(self) -> tuple[type[Spec], tuple[Shape, DType]]:
        """Pickle shape and dtype."""
        return Spec, (self.shape, self.dtype)


def check_dtype(dtype: Any, what: str = "a tensor") -> DType:
    """Return ``dtype`` as NumPy's; refuse what has no place in a graph."""
    found: DType = np.dtype(dtype)
    if found in FLOATS or found.kind in "iub":
        return found
    if found.kind == "c":
        hint = (
            "gradients of complex numbers follow no single convention; use .real, .imag"
        )
    elif found.kind == "f":
        hint = "convert with .astype('float32')"
    else:
        hint = "convert the data to numbers first"
    message = f"{what} holds float32, float64, integers or bools, got {found}: {hint}"
    raise DTypeError(message)


def float_of(dtype: DType) -> DType:
    """Return the dtype in which a float-only function computes, as NumPy promotes."""
    return dtype if dtype.kind == "f" else FLOATS[1]


def size_of(shape: Shape) -> int:
    """Count the elements; a single named length keeps its name."""
    long = [side for side in shape if side != 1 or isinstance(side, Dim)]
    return long[0] if len(long) == 1 else math.prod(shape)


def broadcast(*shapes: Shape) -> Shape:
    """Apply NumPy's broadcasting rule; equal shapes return at once."""
    result = shapes[0]
    for shape in shapes[1:]:
        if shape != result:
            result = _broadcast_two(result, shape)
    return result


def _broadcast_two(a: Shape, b: Shape) -> Shape:
    rank = max(len(a), len(b))
    pairs = zip((1,) * (rank - len(a)) + a, (1,) * (rank - len(b)) + b, strict=True)
    sides = []
    for left, right in pairs:
        if left != right and 1 not in (left, right):
            raise ShapeError(
                f"shapes {a} and {b} do not broadcast: lengths {left} and {right} "
                "differ and neither is 1; reshape one of them"
            )
        sides.append(right if left == 1 else left)
    return tuple(sides)


def normal_axis(axis: int, rank: int) -> int:
    """Return ``axis`` counted from the front, or say which axes there are."""
    if not -rank <= axis < rank:
        which = f"take one from {-rank} to {rank - 1}" if rank else "it has none"
        raise ShapeError(
            f"axis {axis} does not exist in an array of {rank} dimensions; {which}"
        )
    return axis % rank if rank else 0


def normal_axes(axis: int | Iterable[int] | None, rank: int) -> tuple[int, ...]:
    """Return the axes as a sorted tuple counted from the front; None means all."""
    if axis is None:
        return tuple(range(rank))
    named = (axis,) if isinstance(axis, int | np.integer) else tuple(axis)
    axes = tuple(sorted(normal_axis(int(a), rank) for a in named))
    if len(set(axes)) != len(axes):
        raise ShapeError(f"axis {axis} names one axis twice; name each once")
    return axes


def describe(thing: Shaped) -> str:
    """Write dtype and shape in a few letters.

    >>> describe(Spec((32, 25)))
    'f32 (32, 25)'
    """
    names = {"f": "f", "i": "i", "u": "u", "b": "bool"}
    kind, bits = thing.dtype.kind, thing.dtype.itemsize * 8
    short = names[kind] if kind == "b" else f"{names[kind]}{bits}"
    return f"{short} {tuple(thing.shape)}"
