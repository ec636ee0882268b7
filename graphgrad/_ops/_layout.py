"""Functions composed of movements: they have no rules of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError
from graphgrad._ops._families import f, make_room, register
from graphgrad._ops._movement import Reshape, broadcast_to, reshape, transpose
from graphgrad._primitive import apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Shape, normal_axes, normal_axis

# ---- axes ----------------------------------------------------------------------------


@register
def squeeze(x: Any, axis: int | Sequence[int] | None = None) -> Tensor:
    """Drop axes of length one: those that ``axis`` names, or all.

    `ShapeError` where a named axis is longer.

    >>> import graphgrad as gg
    >>> gg.squeeze([[1.0, 2.0]], axis=0)
    tensor([1., 2.])
    """
    tensor = as_tensor(x)
    shape = tensor.shape
    ones = [i for i, side in enumerate(shape) if side == 1]
    axes = ones if axis is None else normal_axes(axis, len(shape))
    if not set(axes) <= set(ones):
        raise ShapeError(
            f"squeeze drops axes of length 1, got axis={axis} of {shape}; without "
            "axis it drops all that there are"
        )
    left = tuple([side for i, side in enumerate(shape) if i not in axes])
    return tensor if left == shape else apply(Reshape(left), tensor)


@register
def expand_dims(x: Any, axis: int | Sequence[int]) -> Tensor:
    """Insert axes of length one, so that ``axis`` names them in the result.

    >>> import graphgrad as gg
    >>> gg.expand_dims([1.0, 2.0], axis=1).shape
    (2, 1)
    """
    tensor = as_tensor(x)
    count = 1 if isinstance(axis, int | np.integer) else len(axis)
    axes = normal_axes(axis, tensor.ndim + count)
    sides = iter(tensor.shape)
    rank = range(tensor.ndim + count)
    shape = tuple([1 if i in axes else next(sides) for i in rank])
    return apply(Reshape(shape), tensor)


@register
def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Exchange two axes of ``x``.

    >>> import graphgrad as gg
    >>> gg.swapaxes(gg.tensor([[[1.0], [2.0]]]), 0, 1).shape
    (2, 1, 1)
    """
    tensor = as_tensor(x)
    order = list(range(tensor.ndim))
    a, b = normal_axis(axis1, tensor.ndim), normal_axis(axis2, tensor.ndim)
    order[a], order[b] = b, a
    return transpose(tensor, order)


@register
def moveaxis(
    a: Any, source: int | Sequence[int], destination: int | Sequence[int]
) -> Tensor:
    """Move axes of ``a`` to other places; the others keep their order.

    >>> import graphgrad as gg
    >>> gg.moveaxis(gg.tensor([[[1.0, 2.0]]]), -1, 0).shape
    (2, 1, 1)
    """
    tensor = as_tensor(a)
    rank = tensor.ndim
    froms = _places(source, rank)
    tos = _places(destination, rank)
    if len(froms) != len(tos):
        raise ShapeError(
            f"moveaxis needs as many places as axes, got {source}, {destination}"
        )
    order = [i for i in range(rank) if i not in froms]
    for to, axis in sorted(zip(tos, froms, strict=True)):
        order.insert(to, axis)
    return transpose(tensor, order)


def _places(axes: int | Sequence[int], rank: int) -> list[int]:
    named = [axes] if isinstance(axes, int | np.integer) else list(axes)
    return [normal_axis(int(a), rank) for a in named]


@register
def ravel(x: Any) -> Tensor:
    """Give the elements of ``x`` one axis, in the order of their indices.

    >>> import graphgrad as gg
    >>> gg.ravel([[1.0, 2.0], [3.0, 4.0]])
    tensor([1., 2., 3., 4.])
    """
    return reshape(x, (-1,))


@register
def atleast_1d(x: Any) -> Tensor:
    """Give a number one axis; leave other tensors as they are.

    >>> import graphgrad as gg
    >>> gg.atleast_1d(2.0)
    tensor([2.])
    """
    tensor = as_tensor(x)
    return tensor if tensor.ndim else reshape(tensor, (1,))


@register
def atleast_2d(x: Any) -> Tensor:
    """Give ``x`` two axes or more: a vector becomes a row.

    >>> import graphgrad as gg
    >>> gg.atleast_2d([1.0, 2.0])
    tensor([[1., 2.]])
    """
    tensor = as_tensor(x)
    if tensor.ndim >= 2:
        return tensor
    return reshape(tensor, (1, tensor.size))


# ---- parts and copies ----------------------------------------------------------------


@register
def split(
    x: Any, indices_or_sections: int | Sequence[int], axis: int = 0
) -> list[Tensor]:
    """Cut ``x`` along ``axis``: into so many equal parts, or at the given indices.

    `ShapeError` where the parts would not be equal.

    >>> import graphgrad as gg
    >>> gg.split([1.0, 2.0, 3.0, 4.0], 2)
    [tensor([1., 2.]), tensor([3., 4.])]
    """
    tensor = as_tensor(x)
    where = normal_axis(axis, tensor.ndim)
    length = tensor.shape[where]
    if isinstance(indices_or_sections, int | np.integer):
        count = int(indices_or_sections)
        if count <= 0 or length % count:
            raise ShapeError(
                f"split cannot cut length {length} into {count} equal parts; give "
                "the places to cut at, such as [2, 5]"
            )
        cuts = [length // count * i for i in range(1, count)]
    else:
        cuts = [int(each) for each in indices_or_sections]
    pairs = zip([0, *cuts], [*cuts, length], strict=True)
    before = (slice(None),) * where
    return [f.getitem(tensor, (*before, slice(start, stop))) for start, stop in pairs]


@register
def repeat(a: Any, repeats: int | Sequence[int], axis: int | None = None) -> Tensor:
    """Repeat each element of ``a`` along ``axis``; None: in flat order.

    >>> import graphgrad as gg
    >>> gg.repeat([1.0, 2.0], 2)
    tensor([1., 1., 2., 2.])
    """
    tensor = as_tensor(a)
    if axis is None:
        tensor, axis = reshape(tensor, (-1,)), 0
    where = normal_axis(axis, tensor.ndim)
    shape = tensor.shape
    if not isinstance(repeats, int | np.integer):
        # As floats: NumPy's whole numbers pass over their end, and so does its repeat.
        counts = np.broadcast_to(repeats, shape[where : where + 1])
        count = int(np.sum(counts, dtype=np.float64))
        make_room(16 * count, f"the table of repeat with {count} entries")
        return f.take(tensor, np.repeat(np.arange(shape[where]), repeats), where)
    if repeats < 0:
        raise ShapeError(f"repeat needs a count of 0 or more, got {repeats}")
    head, tail = shape[: where + 1], shape[where + 1 :]
    wide = broadcast_to(expand_dims(tensor, where + 1), (*head, int(repeats), *tail))
    return reshape(wide, (*shape[:where], shape[where] * int(repeats), *tail))


@register
def tile(A: Any, reps: int | Sequence[int]) -> Tensor:  # noqa: N803  # NumPy's name
    """Repeat the whole of ``A`` ``reps`` times, or so many times along each axis.

    >>> import graphgrad as gg
    >>> gg.tile([1.0, 2.0], 2)
    tensor([1., 2., 1., 2.])
    """
    tensor = as_tensor(A)
    counts = (reps,) if isinstance(reps, int | np.integer) else tuple(reps)
    rank = max(tensor.ndim, len(counts))
    shape = (1,) * (rank - tensor.ndim) + tensor.shape
    counts = (1,) * (rank - len(counts)) + tuple(int(n) for n in counts)
    pairs = list(zip(counts, shape, strict=True))
    apart: Shape = tuple([n for _, side in pairs for n in (1, side)])
    wide = broadcast_to(reshape(tensor, apart), [n for pair in pairs for n in pair])
    return reshape(wide, [n * side for n, side in pairs])
