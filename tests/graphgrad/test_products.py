"""Sums as products: another call, and the same sums."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

Shape = tuple[int, ...]


@given(
    st.lists(st.integers(1, 5), max_size=4).flatmap(
        lambda shape: st.tuples(
            st.just(tuple(shape)), st.sets(st.sampled_from(range(max(1, len(shape)))))
        )
    ),
    st.booleans(),
)
def test_sums_as_products_are_sums(
    drawn: tuple[Shape, set[int]], transposed: bool
) -> None:
    """Whole numbers add up exactly, over any axes, of results and of views."""
    shape, axes = drawn
    axis = tuple(sorted(axes)) if shape else None

    def total(x: gg.Tensor) -> gg.Tensor:
        return gg.sum(gg.transpose(x) if transposed else x * 1.0, axis=axis)

    graph = gg.passes.optimize(gg.trace(total, gg.Spec(shape, gg.float32)))
    x = np.arange(math.prod(shape), dtype=np.float32).reshape(shape)
    (y,) = gg.Program(graph)(x)
    np.testing.assert_array_equal(np.sum(x.T if transposed else x, axis=axis), y)


@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_sums_over_rows_or_columns_are_products(axis: int | tuple[int, ...]) -> None:
    """A product with ones in place of each; integers and long rows stay sums."""

    def ops(shape: Shape, dtype: str) -> list[str]:
        spec = gg.Spec(shape, np.dtype(dtype))
        graph = gg.trace(lambda x: gg.sum(x, axis=axis), spec)
        return [n.op.name for n in gg.passes.optimize(graph).operations]

    assert "sum" not in ops((3, 4), "f4")
    assert ["sum"] == ops((3, 4), "i8")
    assert ["sum"] == ops(((1 << 20) + 1, 5000), "f4")


@pytest.mark.parametrize(
    ("shape", "axis", "product"),
    [
        ((3, 4), 0, True),
        ((3, 4), 1, True),
        ((2, 3, 4), 0, True),
        ((2, 3, 4), 1, False),
        ((2, 3, 4), 2, True),
        ((2, 3, 4), (0, 1), True),
        ((2, 3, 4), (0, 2), False),
        ((2, 3, 4), (1, 2), True),
        ((2, 3, 4), None, True),
        # Nothing is added up, or there is nothing to add up.
        ((1, 4), 0, False),
        ((0, 4), 1, False),
        # Long rows are added up in pairs; columns are added up row by row anyway.
        ((4096,), None, True),
        ((4097,), None, False),
        ((2, 4097), 1, False),
        ((4097, 1), 0, False),
        ((4097, 2), 0, True),
    ],
)
def test_only_sums_that_are_a_product_become_one(
    shape: Shape, axis: Any, product: bool
) -> None:
    """Over first or last axes, as long as it rounds no more."""
    graph = gg.trace(lambda x: gg.sum(x, axis=axis), gg.Spec(shape, gg.float32))
    ops = [node.op.name for node in gg.passes.optimize(graph).operations]
    assert product == ("matmul" in ops) != ("sum" in ops)


@pytest.mark.parametrize("axis", [0, 1, (0, 1)])
def test_a_transposed_matrix_is_multiplied_but_never_copied(axis: Any) -> None:
    """BLAS takes it as it lies; to add up all of it, it would be copied first."""

    def total(x: gg.Tensor) -> gg.Tensor:
        return gg.sum(gg.transpose(x), axis=axis)

    graph = gg.passes.optimize(gg.trace(total, gg.Spec((3, 4), gg.float32)))
    ops = [node.op.name for node in graph.operations]
    assert ops == ["transpose", "matmul" if isinstance(axis, int) else "sum"]


def test_a_view_with_one_axis_is_multiplied() -> None:
    """It lies like any vector, however far apart its numbers are."""
    graph = gg.trace(lambda x: gg.sum(x[::2]), gg.Spec((8,), gg.float32))
    ops = [node.op.name for node in gg.passes.optimize(graph).operations]
    assert ops == ["slice", "matmul"]
