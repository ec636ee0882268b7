"""Primitives that take parts of a tensor, and put parts into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f
from graphgrad._ops._index import (
    ARRAY,
    FULL,
    Key,
    check_key,
    index_code,
    index_of,
    is_adjacent,
    sliced,
    taken,
)
from graphgrad._ops._movement import Movement
from graphgrad._ops._rows import CHUNK, add_rows, gather
from graphgrad._primitive import Choose, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shape, Shaped, Spec, size_of

INTEGERS = np.dtype(np.intp)

# ---- basic indices -------------------------------------------------------------------


class Slice(Movement):
    """Take the part that integers, slices and new axes name: a view."""

    key: Key
    notation = "{0}[…]"

    def formula(self, *names: str) -> str:
        """Write the index."""
        return f"{names[0]}{_shown(self.key)}"

    def infer(self, *inputs: Shaped) -> Spec:
        """Apply the slices to the lengths."""
        (x,) = inputs
        return Spec(sliced(self.key, x.shape), x.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Return a view."""
        return inputs[0][index_of(self.key)]  # type: ignore[no-any-return]

    def view_code(self, x: str) -> str:
        """Write the view."""
        return f"{x}{index_code(self.key)}"

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Put the cotangent at its place among zeros."""
        return apply(UnSlice(self.key, inputs[0].shape), g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an integer, a slice or nothing for each axis, and new axes."""
        shape, key = example_key(choose, arrays=False)
        return cls(key), (choose.array(shape),)


class UnSlice(Movement):
    """Put a tensor at the place of a slice among zeros of ``shape``."""

    key: Key
    shape: Shape
    view = False
    notation = "0[…] ← {0}"

    def formula(self, *names: str) -> str:
        """Write the index."""
        return f"0{_shown(self.key)} ← {names[0]}"

    def infer(self, *inputs: Shaped) -> Spec:
        """Check that the part has the shape of the slice."""
        (part,) = inputs
        due = sliced(self.key, self.shape)
        if part.shape != due:
            raise ShapeError(f"un_slice needs a part of shape {due}, got {part.shape}")
        return Spec(self.shape, part.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Write the part into zeros."""
        (part,) = inputs
        result = np.zeros(self.shape, part.dtype)
        result[index_of(self.key)] = part
        return result

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the part into zeros."""
        target = f"{out}{index_code(self.key)}"
        return [f"{out}.fill(0)", f"{target}[...] = {inputs[0]}"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Take the slice of the cotangent."""
        return apply(Slice(self.key), g)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a slice and its part."""
        shape, key = example_key(choose, arrays=False)
        return cls(key, shape), (choose.array(sliced(key, shape)),)


# ---- advanced indices ----------------------------------------------------------------


class Lookup(Primitive, family=True):
    """A primitive whose inputs end with the integer arrays of an index."""

    __slots__ = ()
    linear = True
    reads = ((), ())
    key: Key
    first_index = 1

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Make the indices integers of one dtype; promote nothing else."""
        first = self.first_index
        indices = (f.cast(as_tensor(each), INTEGERS) for each in operands[first:])
        return (*(as_tensor(each) for each in operands[:first]), *indices)

    def reads_of(self, i: int) -> tuple[int, ...]:
        """Read the indices; an index has no gradient."""
        count = self.key.count(ARRAY)
        first = self.first_index
        return tuple(range(first, first + count)) if i < first else ()

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count nothing: elements move, no number is computed."""
        return 0


class Index(Lookup):
    """Take the elements that integer arrays name, together with slices."""

    key: Key
    notation = "{0}[{1}]"
    helpers = (gather,)

    def formula(self, *names: str) -> str:
        """Write the index."""
        return f"{names[0]}{_shown(self.key, names[1:])}"

    def infer(self, *inputs: Shaped) -> Spec:
        """Apply NumPy's rule of where the axes of the arrays go."""
        x, *indices = inputs
        return Spec(taken(self.key, x.shape, [each.shape for each in indices]), x.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Let NumPy take the elements."""
        x, *indices = inputs
        return x[index_of(self.key, indices)]  # type: ignore[no-any-return]

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return two index arrays, if the elements can be taken without a copy."""
        if not is_adjacent(self.key):
            return ()
        shape = np.broadcast_shapes(*[each.shape for each in inputs[1:]])
        return (Spec(shape, INTEGERS),) * 2

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Take along the flat axis of the arrays, or let NumPy make a copy."""
        x, *indices = inputs
        if not is_adjacent(self.key):
            return [f"{out}[...] = {x}{index_code(self.key, indices)}"]
        *indices, flat, part = indices
        axis = self.key.index(ARRAY)
        return [f"gather({out}, {x}, {axis}, {flat}, {part}, {', '.join(indices)})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Add the cotangent up at the places that the elements came from."""
        x, *indices = inputs
        return None if i else apply(ScatterAdd(self.key, x.shape), g, *indices)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose one or two arrays among integers, slices and new axes."""
        shape, key = example_key(choose, arrays=True)
        return cls(key), (choose.array(shape), *example_indices(choose, key, shape))


class ScatterAdd(Lookup):
    """Add elements up among zeros of ``shape``, at the places that an index names."""

    key: Key
    shape: Shape
    notation = "0[{1}] += {0}"
    helpers = (add_rows,)

    def formula(self, *names: str) -> str:
        """Write the index."""
        return f"0{_shown(self.key, names[1:])} += {names[0]}"

    def infer(self, *inputs: Shaped) -> Spec:
        """Check that the part has the shape of what the index names."""
        part, *indices = inputs
        due = taken(self.key, self.shape, [each.shape for each in indices])
        if part.shape != due:
            raise ShapeError(
                f"scatter_add needs a part of shape {due}, got {part.shape}"
            )
        return Spec(self.shape, part.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Add to zeros, also where an index names one place several times."""
        part, *indices = inputs
        result = np.zeros(self.shape, part.dtype)
        np.add.at(result, index_of(self.key, indices), part)
        return result

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return the places and values of a chunk, if whole rows are added up."""
        part, *indices = inputs
        first, *rest = self.key
        rows = first == ARRAY and all(entry == FULL for entry in rest)
        if not rows or not size_of(part.shape) or not indices[0].shape:
            return ()
        length, *sides = part.shape
        step = max(1, min(length, CHUNK // size_of(tuple(sides))))
        return (
            Spec((step, *sides), INTEGERS),
            Spec((step, *sides), part.dtype),
            Spec((size_of(self.shape[1:]),), INTEGERS),
        )

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Add rows up in chunks, or write the same call."""
        part, *indices = inputs
        if len(indices) > self.key.count(ARRAY):
            return [f"add_rows({out}, {', '.join(inputs)})"]
        where = f"np.index_exp{index_code(self.key, indices)}"
        return [f"{out}.fill(0)", f"np.add.at({out}, {where}, {part})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Take the elements of the cotangent."""
        return None if i else apply(Index(self.key), g, *inputs[1:])

    def flops(self, out: Shaped, *inputs: Shaped) -> int:
        """Count one addition for each element added."""
        return int(size_of(inputs[0].shape))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an index, in which places may occur several times."""
        shape, key = example_key(choose, arrays=True)
        indices = example_indices(choose, key, shape)
        part = taken(key, shape, [each.shape for each in indices])
        return cls(key, shape), (choose.array(part), *indices)


# ---- assignment ----------------------------------------------------------------------


class SetAt(Lookup):
    """Replace the elements that an index names; of several for one place, the last."""

    key: Key
    inplace = (0,)
    notation = "{0} with […] ← {1}"
    first_index = 2

    def formula(self, *names: str) -> str:
        """Write the index."""
        return f"{names[0]} with {_shown(self.key, names[2:])} ← {names[1]}"

    def coerce(self, operands: Sequence[Any]) -> tuple[Tensor, ...]:
        """Give the new elements the dtype of the others, as an assignment does."""
        x, value, *indices = super().coerce(operands)
        return (x, f.cast(as_tensor(value), x.dtype), *indices)

    def infer(self, *inputs: Shaped) -> Spec:
        """Check that the new elements broadcast to what the index names."""
        x, value, *indices = inputs
        due = taken(self.key, x.shape, [each.shape for each in indices])
        extra = len(due) - len(value.shape)
        pairs = zip(value.shape, due[extra:], strict=True) if extra >= 0 else ()
        if extra < 0 or any(have not in (1, want) for have, want in pairs):
            raise ShapeError(
                f"set_at needs a value of shape {due}, got {value.shape}; reshape or "
                "broadcast it"
            )
        return Spec(x.shape, x.dtype)

    def evaluate(self, *inputs: Array) -> Array:
        """Assign into a copy."""
        x, value, *indices = inputs
        result = np.array(x)
        result[index_of(self.key, indices)] = value
        return result

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Copy, then assign."""
        x, value, *indices = inputs
        where = index_code(self.key, indices)
        return [f"{out}[...] = {x}", f"{out}{where} = {value}"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor | None:
        """Give each element of the result the one that it came from."""
        x, _, *indices = inputs
        if i > 1:
            return None
        if i == 0:
            return apply(self, g, np.zeros((), g.dtype), *indices)
        if not indices:
            return apply(Slice(self.key), g)
        part = apply(Index(self.key), g, *indices)
        ids = np.arange(part.size).reshape(part.shape)
        written = apply(self, np.zeros(x.shape, ids.dtype), ids, *indices)
        return f.where(f.equal(apply(Index(self.key), written, *indices), ids), part, 0)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an index and new elements."""
        shape, key = example_key(choose, arrays=choose.one_of((False, True)))
        indices = example_indices(choose, key, shape)
        value = taken(key, shape, [each.shape for each in indices])
        return cls(key), (choose.array(shape), choose.array(value), *indices)


def _shown(key: Key, arrays: Sequence[str] = ()) -> str:
    return index_code(key, arrays).replace("...", "…")


# ---- examples ------------------------------------------------------------------------


def example_key(choose: Choose, arrays: bool) -> tuple[Shape, Key]:
    """Choose a shape and an index of it, with or without places for arrays."""
    shape = choose.shape(min_ndim=int(arrays), min_side=int(arrays))
    at = choose.integer(0, len(shape) - 1) if arrays else -1
    kinds = ("slice", "all", "integer", "new") + ("array",) * arrays
    entries: list[Any] = []
    for axis, side in enumerate(shape):
        kind = "array" if axis == at else choose.one_of(kinds)
        entries += [None] if kind == "new" else []
        entries.append(_example_entry(choose, kind, side))
    return shape, check_key(tuple(entries), shape)


def _example_entry(choose: Choose, kind: str, side: int) -> Any:
    if kind == "array":
        return ARRAY
    if kind == "integer" and side:
        return choose.integer(-side, side - 1)
    if kind != "slice":
        return slice(None)
    low, high = choose.integer(0, side), choose.integer(0, side)
    step = choose.one_of((1, 2, -1))
    return slice(low, high, step) if step > 0 else slice(high, low or None, step)


def example_indices(choose: Choose, key: Key, shape: Shape) -> list[Array]:
    """Choose an index array for each place of the key."""
    sides = iter(shape)
    lengths = [next(sides) for entry in key if entry is not None]
    entries = [entry for entry in key if entry is not None]
    shapes: Iterator[Shape] = iter(choose.broadcastable(max(key.count(ARRAY), 1)))
    return [
        choose.integers(next(shapes), -side, side - 1)
        for entry, side in zip(entries, lengths, strict=True)
        if entry == ARRAY
    ]
