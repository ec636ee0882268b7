"""What primitives take and refuse by shape and dtype, before anything is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._ops._indexing import ScatterAdd, UnSlice
from graphgrad._ops._joining import Concatenate, Pad, Roll, Stack
from graphgrad._ops._long import LongMatmul, LongMatmulT
from graphgrad._ops._movement import Reshape, Transpose
from graphgrad._ops._packing import Pack, Unpack
from graphgrad._ops._scan import Recurrence
from graphgrad._ops._structure import Assign
from graphgrad._types import Spec

Shape = tuple[int, ...]

SLICED: Any = gg.trace(lambda x: x[1:3], gg.Spec((4, 5))).operations[0].op
INDEXED: Any = gg.trace(lambda x: x[[0, 2]], gg.Spec((4, 5))).operations[-1].op

# A primitive, inputs that it takes with the shape of the result, and inputs that it
# does not.
TABLE: list[tuple[Any, list[Shape], Shape, list[list[Shape]]]] = [
    (
        LongMatmul(),
        [(5, 3), (3, 2)],
        (5, 2),
        [[(5, 3), (2, 3)], [(5, 3), (3,)], [(3,), (3, 2)], [(2, 5, 3), (2, 3, 2)],
         [(3, 3, 3), (3, 3, 3)], [(3, 3, 3), (3, 3)], [(3,), (3,)]],
    ),
    (
        LongMatmulT(),
        [(5, 3), (5, 2)],
        (3, 2),
        [[(5, 3), (3, 5)], [(5, 3), (5,)], [(5,), (5, 2)], [(5, 5, 5), (5, 5, 5)],
         [(5, 5, 5), (5, 5)], [(5,), (5,)]],
    ),
    (
        UnSlice(SLICED.key, (4, 5)),
        [(2, 5)],
        (4, 5),
        [[(1, 5)], [(3, 5)], [(2, 1)], [()]],
    ),
    (
        ScatterAdd(INDEXED.key, (4, 5)),
        [(2, 5), (2,)],
        (4, 5),
        [[(1, 5), (2,)], [(3, 5), (2,)], [(2, 1), (2,)], [(2,), (2,)]],
    ),
    (
        Concatenate(1),
        [(2, 1, 3), (2, 4, 3)],
        (2, 5, 3),
        [[(2, 1, 3), (1, 4, 3)], [(2, 1, 3), (2, 4, 1)], [(2, 1, 3), (2, 4)]],
    ),
    (Stack(1), [(2, 3), (2, 3)], (2, 2, 3), [[(2, 3), (2, 1)], [(2, 3), (3,)]]),
    (Pad(((1, 0), (0, 2))), [(2, 3)], (3, 5), [[(2,)], [(2, 3, 4)]]),
    (Pad(((-1, 0),)), [], (), [[(2,)]]),
    (Roll(2, 0), [(3, 1)], (3, 1), [[(2, 1)], [(1, 1)]]),
    (Roll(0, 0), [], (), [[(3,)]]),
    (Recurrence(0), [(3, 2), (3, 2)], (3, 2), [[(3, 2), (3, 1)], [(3, 2), (2,)]]),
    (Reshape((2, 3)), [(6,)], (2, 3), [[(5,)], [(7,)], [()]]),
    (Transpose((1, 0)), [(2, 3)], (3, 2), [[(2,)], [(2, 3, 1)]]),
    (Assign(), [(2,), (2,)], (2,), [[(2,), (1,)], [(2,), (2, 1)]]),
    (Pack(), [(2, 3), (4,), ()], (11,), []),
    (Unpack(2, (3,)), [(5,)], (3,), [[(4,)], [(5, 1)], [()]]),
]  # fmt: skip
TAKEN = [(op, shapes, result) for op, shapes, result, _ in TABLE if shapes]
REFUSED = [(op, shapes) for op, _, _, table in TABLE for shapes in table]


def of(shapes: list[Shape], *dtypes: str) -> list[Spec]:
    """Return what has these shapes, and float64 where no dtype is given."""
    given = [*dtypes, *["f8"] * len(shapes)]
    return [Spec(shape, np.dtype(d)) for shape, d in zip(shapes, given, strict=False)]


@pytest.mark.parametrize(("op", "shapes", "result"), TAKEN)
def test_a_result_has_its_shape(op: Any, shapes: list[Shape], result: Shape) -> None:
    """And the dtype of what it is made of."""
    found = op.infer(*of(shapes))
    assert (result, np.dtype("f8")) == (found.shape, found.dtype)


@pytest.mark.parametrize(("op", "shapes"), REFUSED)
def test_what_does_not_fit_is_refused(op: Any, shapes: list[Shape]) -> None:
    """With the shape in the message."""
    with pytest.raises(gg.ShapeError) as refused:
        op.infer(*of(shapes))
    assert str(shapes[0]) in str(refused.value) or op.name in str(refused.value)


@pytest.mark.parametrize(
    ("op", "shape"), [(Recurrence(0), (3,)), (Assign(), (3,)), (Pack(), (3,))]
)
def test_two_dtypes_are_refused(op: Any, shape: Shape) -> None:
    """Nothing is converted on the way."""
    with pytest.raises(gg.ShapeError):
        op.infer(*of([shape, shape], "f8", "f4"))


@pytest.mark.parametrize("count", [0, -1, 2, 4, 6])
def test_what_cannot_be_split_evenly_is_refused(count: int) -> None:
    """Into so many parts of one length."""
    with pytest.raises(gg.ShapeError, match="split"):
        gg.split(gg.tensor([1.0, 2.0, 3.0]), count)


@pytest.mark.parametrize(
    ("axes", "text"),
    [
        ((), "x"),
        ((0,), "x"),
        ((0, 1), "x"),
        ((1, 0), "xᵀ"),
        ((0, 2, 1), "xᵀ"),
        ((0, 1, 3, 2), "xᵀ"),
        ((1, 0, 2), "transpose_{1,0,2}(x)"),
        ((2, 0, 1), "transpose_{2,0,1}(x)"),
    ],
)
def test_only_matrices_are_written_with_a_t(axes: Shape, text: str) -> None:
    """Also in batches; other orders of axes are named."""
    assert text == Transpose(axes).formula("x")
