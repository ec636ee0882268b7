"""Sums, products and extremes: NumPy's values, exact gradients, named refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg

REDUCTIONS = ["sum", "prod", "max", "min", "any", "all", "mean", "var", "std"]
DTYPES = ["float64", "float32", "int64", "int32", "uint8", "bool"]


@st.composite
def reductions(draw: Any) -> tuple[np.ndarray, Any, bool]:
    """Draw an array, axes of it, and whether they are kept."""
    shape = draw(hnp.array_shapes(min_dims=0, max_dims=4, max_side=3))
    dtype = draw(st.sampled_from(DTYPES))
    array = draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 5))).astype(dtype)
    axes = hnp.valid_tuple_axes(len(shape))
    one = st.integers(-len(shape), len(shape) - 1) if shape else st.none()
    return array, draw(st.none() | axes | one), draw(st.booleans())


@pytest.mark.parametrize("name", REDUCTIONS)
@given(case=reductions())
def test_reductions_are_numpys(name: str, case: tuple[np.ndarray, Any, bool]) -> None:
    """Values, shapes and dtypes are NumPy's, for every dtype and any axes."""
    array, axis, keepdims = case
    actual = getattr(gg, name)(array, axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(array, axis=axis, keepdims=keepdims)
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    rtol = 1e-5 if expected.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(actual.numpy(), expected, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("name", REDUCTIONS)
@given(case=reductions())
def test_traced_reductions_have_the_same_shapes(
    name: str, case: tuple[np.ndarray, Any, bool]
) -> None:
    """What a trace infers is what the values turn out to be."""
    array, axis, keepdims = case

    def reduce(x: Any) -> Any:
        return getattr(gg, name)(x, axis=axis, keepdims=keepdims)

    eager, (traced,) = reduce(array), gg.trace(reduce, array).outputs
    assert (eager.shape, eager.dtype) == (traced.shape, traced.dtype)


def test_dtype_converts_before_the_sum() -> None:
    """The sum of bytes overflows or not, as the wanted dtype says."""
    x = np.array([200, 100], np.uint8)
    assert gg.sum(x, dtype="uint8").item() == 44
    assert np.sum(gg.tensor(x), dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: np.max(x, where=[True, False]), "max on tensors takes no where="),
        (lambda x: np.max(x, initial=0), "max on tensors takes no initial="),
        (lambda x: np.sum(x, out=np.zeros(())), "sum does not record"),
        (lambda x: gg.sum(x, axis=1), "axis 1 does not exist in an array of 1 dim"),
        (lambda x: gg.sum(x, axis=(0, -1)), "names one axis twice"),
        (lambda x: gg.max(x[:0]), r"max needs one element or more, got \(0,\)"),
        (lambda x: gg.argmax(x[:0]), r"argmax needs one element or more, got \(0,\)"),
    ],
)
def test_refusals_name_what_is_wrong(call: Any, message: str) -> None:
    """What NumPy's functions take and these do not is refused by name."""
    with pytest.raises((gg.ShapeError, gg.UnsupportedError), match=message):
        call(gg.tensor([1.0, 2.0]))


def test_sum_where_a_condition_holds() -> None:
    """It is NumPy's, whatever the others are, and they get no gradient."""
    x = gg.tensor([[1.0, np.nan], [3.0, np.inf]], requires_grad=True)
    total = np.sum(x, axis=1, where=np.array([True, False]))
    assert np.array_equal(total.numpy(), [1.0, 3.0])
    gg.sum(total).backward()
    assert x.grad is not None
    assert np.array_equal(x.grad.numpy(), [[1.0, 0.0], [1.0, 0.0]])


def test_empty_extremes_are_refused_in_a_trace() -> None:
    """The error comes when the function is traced, not when it runs."""
    with pytest.raises(gg.ShapeError, match="min needs one element"):
        gg.trace(lambda x: gg.min(x, axis=0), gg.Spec((0, 3)))


def test_ties_share_along_several_axes() -> None:
    """Each group of reduced elements shares its own cotangent."""
    x = np.array([[[1.0, 2.0], [2.0, 0.0]], [[5.0, 5.0], [5.0, 5.0]]])
    gradient = gg.grad(lambda x: gg.sum(gg.max(x, axis=(1, 2)) * [8.0, 16.0]))(x)
    expected = [[[0, 4], [4, 0]], [[4, 4], [4, 4]]]
    np.testing.assert_array_equal(gradient.numpy(), expected)


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_products_are_exact_at_zeros_twice(zeros: int) -> None:
    """The Hessian of a product is that of the products of all other pairs."""
    x = np.array([2.0, 3.0, 5.0])
    x[:zeros] = 0
    a, b, c = x
    gradient = gg.grad(gg.prod)(x)
    np.testing.assert_array_equal(gradient.numpy(), [b * c, a * c, a * b])
    expected = [[0, c, b], [c, 0, a], [b, a, 0]]
    np.testing.assert_array_equal(gg.hessian(gg.prod)(x).numpy(), expected)


def test_products_along_inner_axes() -> None:
    """Axes that are not the last ones are moved and put back."""
    x = np.arange(12.0).reshape(2, 3, 2)
    gradient = gg.grad(lambda x: gg.sum(gg.prod(x, axis=(0, 2)) * [1.0, 10.0, 100.0]))(
        x
    )
    for i, weight in enumerate([1, 10, 100]):
        line = x[:, i].ravel()
        others = [weight * np.prod(np.delete(line, k)) for k in range(4)]
        np.testing.assert_allclose(gradient.numpy()[:, i].ravel(), others)


def test_ufunc_methods_are_reductions() -> None:
    """np.add.reduce and its like work along the first axis, as NumPy's do."""
    x = gg.tensor([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(np.add.reduce(x).numpy(), [4, 6])
    np.testing.assert_array_equal(np.multiply.reduce(x, axis=1).numpy(), [2, 12])
    np.testing.assert_array_equal(np.maximum.reduce(x).numpy(), [3, 4])


def test_a_mean_over_a_named_length_says_its_name() -> None:
    """The divisor of a traced mean is a constant called like the length."""
    batch = gg.Dim(32, "batch")
    graph = gg.trace(gg.mean, gg.Spec((batch, 1)))
    assert "batch" in str(graph)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_are_numpys(name: str, axis: int | None, keepdims: bool) -> None:
    """The first of equal elements is found; the result is an integer."""
    x = np.array([[3.0, 7.0, 7.0], [1.0, 1.0, 2.0]])
    actual = getattr(gg, name)(x, axis=axis, keepdims=keepdims)
    expected = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    assert actual.dtype == np.intp
    np.testing.assert_array_equal(actual.numpy(), expected)


@pytest.mark.parametrize("name", ["all", "any", "argmax", "argmin", "max", "min"])
def test_numpy_gives_tensors_to_our_functions(name: str) -> None:
    """np.argmax of a tensor is gg.argmax of it."""
    x = gg.tensor([[1.0, 0.0], [3.0, 2.0]])
    result = getattr(np, name)(x, axis=1)
    assert isinstance(result, gg.Tensor)
    np.testing.assert_array_equal(result, getattr(np, name)(x.numpy(), axis=1))
