"""matmul: NumPy's ranks and broadcasting, gradients by hand, shapes in messages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg

SIGNATURE = "(m?,k),(k,n?)->(m?,n?)"


@given(st.data())
def test_matmul_is_numpys_for_all_shapes(data: st.DataObject) -> None:
    """Vectors, matrices and batches; what a trace infers is what comes out."""
    shapes = hnp.mutually_broadcastable_shapes(
        signature=SIGNATURE, max_dims=2, max_side=3, min_side=0
    )
    left, right = data.draw(shapes).input_shapes
    a = np.arange(np.prod(left, dtype=int)).reshape(left) % 7 - 3
    b = np.arange(np.prod(right, dtype=int)).reshape(right) % 5 - 2
    expected = a @ b
    (traced,) = gg.trace(gg.matmul, a, b).outputs
    results: list[Any] = [gg.tensor(a) @ b, a @ gg.tensor(b), gg.jit(gg.matmul)(a, b)]
    for actual in results:
        assert actual.shape == np.shape(expected) == traced.shape
        assert actual.dtype == expected.dtype == traced.dtype
        np.testing.assert_array_equal(actual.numpy(), expected)


@given(st.data())
def test_gradients_are_those_of_a_sum_of_products(data: st.DataObject) -> None:
    """The same numbers as of the products written out, summed over all batches."""
    shapes = hnp.mutually_broadcastable_shapes(
        signature=SIGNATURE, max_dims=2, max_side=3
    )
    left, right = data.draw(shapes).input_shapes
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=left), rng.normal(size=right)
    weights = rng.normal(size=np.shape(a @ b))

    def written_out(a: Any, b: Any) -> Any:
        rows = a if len(left) > 1 else gg.expand_dims(a, 0)
        columns = gg.swapaxes(b, -1, -2) if len(right) > 1 else gg.expand_dims(b, 0)
        terms = gg.expand_dims(rows, -2) * gg.expand_dims(columns, -3)
        return gg.sum(gg.reshape(gg.sum(terms, axis=-1), weights.shape) * weights)

    def multiplied(a: Any, b: Any) -> Any:
        return gg.sum((a @ b) * weights)

    expected = gg.grad(written_out, argnums=(0, 1))(a, b)
    actual = gg.grad(multiplied, argnums=(0, 1))(a, b)
    for got, want in zip(actual, expected, strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-10, atol=1e-12)


def test_a_shared_matrix_gets_one_product() -> None:
    """The gradient of a weight that serves many batches is a single matrix product."""

    def loss(w: Any, x: Any) -> Any:
        return gg.sum(x @ w)

    graph = gg.trace(gg.grad(loss), gg.Spec((4, 2)), gg.Spec((8, 3, 4)))
    products = [node.shape for node in graph.nodes if node.op.name == "matmul"]
    assert (4, 2) in products
    assert (8, 4, 2) not in products


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [
        (
            (3, 4),
            (5, 6),
            r"\(\.\.\., m, k\) and \(\.\.\., k, n\), got \(3, 4\) and \(5, 6\)",
        ),
        ((3,), (4,), r"got \(3,\) and \(4,\)"),
        ((2, 3, 4), (3, 4, 5), r"shapes \(2,\) and \(3,\) do not broadcast"),
        ((), (3,), r"at least one dimension, got \(\) and \(3,\); use \*"),
    ],
)
def test_shapes_that_do_not_fit(left: Any, right: Any, message: str) -> None:
    """The message shows what would fit, eagerly and while tracing."""
    a, b = np.ones(left), np.ones(right)
    with pytest.raises(gg.ShapeError, match=message):
        gg.matmul(a, b)
    with pytest.raises(gg.ShapeError, match=message):
        gg.trace(gg.matmul, a, b)


@pytest.mark.parametrize(
    ("shapes", "call"),
    [
        (((2, 3), (3, 4)), "dot"),
        (((3,), (3, 4)), "dot"),
        (((2, 3), (3,)), "dot"),
        (((5, 2, 3), (3, 4)), "np_matmul"),
    ],
)
def test_matrices_and_vectors_take_the_shorter_call(
    shapes: tuple[tuple[int, ...], ...], call: str
) -> None:
    """Batches of matrices do not: their `dot` is another product."""
    specs = [gg.Spec(shape, gg.float64) for shape in shapes]
    assert f"{call}(" in gg.Program(gg.trace(gg.matmul, *specs)).source
