"""The functions of indices: what ``x[index]`` means, and how to replace parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from graphgrad._errors import TraceError, UnsupportedError
from graphgrad._ops._families import f, make_room, register
from graphgrad._ops._index import ARRAY, FULL, Key, check_key, taken
from graphgrad._ops._indexing import Index, ScatterAdd, SetAt, Slice, UnSlice
from graphgrad._primitive import apply, as_tensor
from graphgrad._tensor import Tensor, plain
from graphgrad._types import Shape, check_dtype, normal_axis, size_of

TRACED_MASK = (
    "a boolean index has a result whose shape depends on values, which a trace does "
    "not have: use gg.where(mask, x, 0), or index outside of the traced function"
)
SCALAR_BOOL = (
    "True or False alone is no index of a tensor: use gg.where(condition, x, 0)"
)
NO_INTEGERS = "arrays used as indices must be of integer (or boolean) type, got {}"

# An integer array of an index, and the length that its axis must have: that of a mask.
Lookup = tuple[Any, int | None]

# ---- what an index means -------------------------------------------------------------


def parse(index: Any, tensor: Tensor) -> tuple[Key, list[Any]]:
    """Return the key of ``index`` and the integer arrays that stand in it."""
    entries: list[Any] = []
    lookups: list[Lookup] = []
    for entry in index if isinstance(index, tuple) else (index,):
        if entry is None or entry is Ellipsis or isinstance(entry, slice):
            entries.append(entry)
        elif _is_integer(entry):
            entries.append(int(entry))
        else:
            found = list(_lookups(entry))
            lookups += found
            entries += [ARRAY] * len(found)
    key = check_key(tuple(entries), tensor.shape)
    _check_lookups(key, lookups, tensor)
    return key, [array for array, _ in lookups]


def _is_integer(entry: Any) -> bool:
    if isinstance(entry, Tensor | np.ndarray):
        known = not isinstance(entry, Tensor) or entry._value is not None
        return known and entry.shape == () and entry.dtype.kind in "iu"
    return isinstance(entry, int | np.integer) and not isinstance(entry, bool)


def _lookups(entry: Any) -> Iterator[Lookup]:
    array: Any
    if isinstance(entry, Tensor) and entry._value is None:
        if entry.dtype.kind == "b":
            raise TraceError(TRACED_MASK)
        array = entry
    else:
        array = np.asarray(plain(entry))
        if not array.size and not hasattr(entry, "dtype"):
            array = array.astype(np.intp)
    if array.dtype.kind == "b":
        if not array.shape:
            raise UnsupportedError(SCALAR_BOOL)
        yield from zip(np.nonzero(array), array.shape, strict=True)
    elif array.dtype.kind in "iu":
        yield array, None
    else:
        raise IndexError(NO_INTEGERS.format(array.dtype))


def _check_lookups(key: Key, lookups: list[Lookup], tensor: Tensor) -> None:
    sides = iter(enumerate(tensor.shape))
    axes = [(entry, *next(sides)) for entry in key if entry is not None]
    places = [(axis, side) for entry, axis, side in axes if entry == ARRAY]
    for (array, due), (axis, side) in zip(lookups, places, strict=True):
        if due is not None and due != side:
            raise IndexError(
                f"a boolean index of length {due} does not match axis {axis} "
                f"of shape {tensor.shape}"
            )
        known = isinstance(array, np.ndarray) and array.size and tensor._value is None
        if known and not -side <= array.min() <= array.max() < side:
            raise IndexError(
                f"an index is out of bounds for axis {axis} of {tensor.shape}"
            )


# ---- taking --------------------------------------------------------------------------


@register
def getitem(x: Any, index: Any) -> Tensor:
    """Take the part of ``x`` that NumPy's basic or advanced ``index`` names.

    An integer array may name an element several times: their gradients add up. Indices
    out of bounds raise `IndexError`. In a trace, masks are refused.

    >>> import graphgrad as gg
    >>> gg.tensor([[1.0, 2.0], [3.0, 4.0]])[:, 0]
    tensor([1., 3.])
    """
    tensor = as_tensor(x)
    key, arrays = parse(index, tensor)
    if arrays:
        return apply(Index(key), tensor, *arrays)
    if all(entry == FULL for entry in key):
        return tensor
    return apply(Slice(key), tensor)


@register
def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Tensor:
    """Take elements of ``a`` along ``axis``; None: in flat order.

    Indices out of bounds raise `IndexError`; NumPy's other modes are refused.

    >>> import graphgrad as gg
    >>> gg.take([[1.0, 2.0], [3.0, 4.0]], [1, 1, 0], axis=0)
    tensor([[3., 4.],
            [3., 4.],
            [1., 2.]])
    """
    if mode != "raise":
        raise UnsupportedError(
            f"take has mode='raise' only, got {mode!r}; clip the indices"
        )
    tensor = as_tensor(a)
    if axis is None:
        tensor, axis = f.reshape(tensor, (-1,)), 0
    chosen = indices if isinstance(indices, Tensor) else np.asarray(indices)
    before = (slice(None),) * normal_axis(axis, tensor.ndim)
    return getitem(tensor, (*before, chosen))


@register
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Tensor:
    """Take from each line of ``arr`` along ``axis`` the elements that ``indices`` name.

    Both have the same number of axes, and lengths that are equal or 1 but for ``axis``.

    >>> import graphgrad as gg
    >>> gg.take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1)
    tensor([[2.],
            [3.]])
    """
    tensor, chosen = as_tensor(arr), as_tensor(indices)
    if axis is None:
        return take(tensor, chosen)
    where = normal_axis(axis, tensor.ndim)
    if chosen.ndim != tensor.ndim:
        raise IndexError(
            f"take_along_axis needs indices of {tensor.ndim} axes, got {chosen.ndim}"
        )
    make_room(8 * sum(tensor.shape), "the table of take_along_axis")
    index: list[Any] = []
    for i, side in enumerate(tensor.shape):
        shape = [1] * tensor.ndim
        shape[i] = side
        index.append(chosen if i == where else np.arange(side).reshape(shape))
    return getitem(tensor, tuple(index))


@register
def one_hot(indices: Any, depth: int, dtype: Any = "float32") -> Tensor:
    """Give 1 at the position that each of the ``indices`` names, along a new last axis.

    An index that is not from 0 to ``depth - 1`` gives zeros.

    >>> import graphgrad as gg
    >>> gg.one_hot([2, 0], 3)
    tensor([[0., 0., 1.],
            [1., 0., 0.]], dtype=float32)
    """
    make_room(8 * int(depth), f"the table of one_hot with a depth of {depth}")
    columns = f.expand_dims(as_tensor(indices), -1)
    return f.cast(f.equal(columns, np.arange(depth)), check_dtype(dtype))


# ---- replacing -----------------------------------------------------------------------


@register
def set_at(x: Any, index: Any, value: Any) -> Tensor:
    """Return ``x`` with ``value`` at ``index``, as ``x[index] = value`` would leave it.

    ``value`` broadcasts and takes on the dtype of ``x``. Gradients flow to both; where
    an index names a place several times, the last value counts and gets the gradient.

    >>> import graphgrad as gg
    >>> gg.set_at([1.0, 2.0, 3.0], slice(1, None), 0.0)
    tensor([1., 0., 0.])
    """
    tensor = as_tensor(x)
    key, arrays = parse(index, tensor)
    return apply(SetAt(key), tensor, value, *arrays)


@register
def scatter_add(x: Any, index: Any, value: Any) -> Tensor:
    """Return ``x`` with ``value`` added at ``index``, as often as it names a place.

    ``value`` broadcasts and takes on the dtype of ``x``.

    >>> import graphgrad as gg
    >>> gg.scatter_add([0.0, 0.0], [1, 1, 0], [1.0, 2.0, 5.0])
    tensor([5., 3.])
    """
    tensor = as_tensor(x)
    key, arrays = parse(index, tensor)
    due: Shape = taken(key, tensor.shape, [each.shape for each in arrays])
    # Where the value is a constant, zeros with it are made while a trace is recorded.
    size = size_of(tensor.shape) * tensor.dtype.itemsize
    make_room(int(size), f"what is added to an array of shape {tensor.shape}")
    part = f.broadcast_to(f.cast(as_tensor(value), tensor.dtype), due)
    if arrays:
        return tensor + apply(ScatterAdd(key, tensor.shape), part, *arrays)
    return tensor + apply(UnSlice(key, tensor.shape), part)
