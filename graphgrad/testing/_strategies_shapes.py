"""Strategies for shapes that fit each other, and for axes and indices of a shape."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._types import Shape
from graphgrad.testing._asked import check_whole
from graphgrad.testing._asked_strategies import as_shape, check_ends
from graphgrad.testing._hypothesis import hnp, st

__all__ = ["axes", "broadcastable_shapes", "indices", "matmul_shapes", "shapes"]

Axis = int | tuple[int, ...] | None


def shapes(
    min_ndim: int = 0, max_ndim: int = 3, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[Shape]:
    """Return a strategy for shapes, from small ones on.

    With ``min_side`` 0 there may be no element at all.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.shapes(), lambda shape: len(shape) == 2)
    (1, 1)
    """
    check_ends(min_ndim=min_ndim, max_ndim=max_ndim)
    check_ends(min_side=min_side, max_side=max_side)
    return hnp.array_shapes(
        min_dims=min_ndim, max_dims=max_ndim, min_side=min_side, max_side=max_side
    )


def broadcastable_shapes(
    count: int, max_ndim: int = 3, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[tuple[Shape, ...]]:
    """Return a strategy for ``count`` shapes that broadcast together.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.broadcastable_shapes(2), lambda pair: pair[0] != pair[1])
    ((1,), ())
    """
    check_whole("count", count, 1)
    check_ends(min_ndim=0, max_ndim=max_ndim)
    check_ends(min_side=min_side, max_side=max_side)
    drawn = hnp.mutually_broadcastable_shapes(
        num_shapes=count, max_dims=max_ndim, min_side=min_side, max_side=max_side
    )
    return drawn.map(lambda found: found.input_shapes)


def matmul_shapes(
    max_batch_ndim: int = 2, min_side: int = 1, max_side: int = 4
) -> st.SearchStrategy[tuple[Shape, Shape]]:
    """Return a strategy for the shapes of two operands of ``a @ b``.

    Either may have one axis, two, or more before these, which broadcast.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.matmul_shapes(), lambda pair: len(pair[1]) > len(pair[0]))
    ((1,), (1, 1))
    """
    check_ends(min_batch_ndim=0, max_batch_ndim=max_batch_ndim)
    check_ends(min_side=min_side, max_side=max_side)
    drawn = hnp.mutually_broadcastable_shapes(
        signature="(m?,n),(n,p?)->(m?,p?)",
        max_dims=max_batch_ndim,
        min_side=min_side,
        max_side=max_side,
    )
    return drawn.map(lambda found: (found.input_shapes[0], found.input_shapes[1]))


def axes(shape: int | Shape, *, tuples: bool = True) -> st.SearchStrategy[Axis]:
    """Return a strategy for the ``axis`` of a reduction over ``shape``.

    None, one axis, or unless ``tuples`` is false several; counted from the front or
    from the back. ``shape`` may be the number of axes alone.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.axes((2, 3)), lambda axis: isinstance(axis, int) and axis < 0)
    -1
    """
    if isinstance(shape, int):
        check_whole("the number of axes", shape, 0)
        ndim = shape
    else:
        ndim = len(as_shape("shape", shape))
    options: list[st.SearchStrategy[Any]] = [st.none()]
    if ndim:
        options += [st.integers(0, ndim - 1), st.integers(1, ndim).map(lambda n: -n)]
    if tuples:
        options.append(hnp.valid_tuple_axes(ndim))
    return st.one_of(options)


def indices(shape: Shape, *, arrays: bool = True) -> st.SearchStrategy[Any]:
    """Return a strategy for what may stand in ``x[...]`` of an array of ``shape``.

    Integers, slices, an ellipsis and new axes; unless ``arrays`` is false, also arrays
    of integers, masks, and these beside slices.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.indices((2, 3)), lambda index: isinstance(index, np.ndarray))
    array([False, False])
    """
    shape = as_shape("shape", shape)
    basic = hnp.basic_indices(shape, allow_newaxis=True, max_dims=len(shape) + 1)
    options: list[st.SearchStrategy[Any]] = [basic, st.just(...)]
    if shape and shape[0]:
        options += [st.integers(-shape[0], shape[0] - 1), st.slices(shape[0])]
    if not arrays or not shape:
        return st.one_of(options)
    options.append(_masks(shape))
    if all(shape):
        options += [hnp.integer_array_indices(shape), _mixed(shape)]
    return st.one_of(options)


# A mask of the first axes, as many as one likes.
def _masks(shape: Shape) -> st.SearchStrategy[Any]:
    return st.integers(1, len(shape)).flatmap(
        lambda ndim: hnp.arrays(np.bool_, shape[:ndim])
    )


@st.composite
def _mixed(draw: st.DrawFn, shape: Shape) -> tuple[Any, ...]:
    count = draw(st.integers(1, 3))
    return tuple(
        draw(
            st.slices(side)
            | hnp.arrays(np.int64, count, elements=st.integers(-side, side - 1))
        )
        for side in shape
    )
