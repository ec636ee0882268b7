"""Running sums and products: NumPy's values, exact gradients at zeros."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg

DTYPES = ["float64", "float32", "int64", "int32", "uint8", "bool"]


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@given(data=st.data())
def test_scans_are_numpys(name: str, data: Any) -> None:
    """Values, shapes and dtypes are NumPy's, along any axis or in flat order."""
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4))
    x = data.draw(hnp.arrays(np.int64, shape, elements=st.integers(0, 3)))
    x = x.astype(data.draw(st.sampled_from(DTYPES)))
    axis = data.draw(st.none() | st.integers(-len(shape), len(shape) - 1))
    actual, expected = getattr(gg, name)(x, axis), getattr(np, name)(x, axis)
    assert actual.dtype == expected.dtype
    np.testing.assert_array_equal(actual.numpy(), expected)


def test_dtype_converts_before() -> None:
    """The dtype of the result is the wanted one."""
    assert gg.cumsum(np.ones(3, np.int32), dtype="float32").dtype == np.float32


def test_cumprod_by_hand() -> None:
    """For weights w of [a, ab, abc], the gradient is a sum of products without gaps."""
    a, b, c = x = np.array([2.0, 0.0, 5.0])
    weights = np.array([1.0, 10.0, 100.0])
    gradient = gg.grad(lambda x: gg.sum(gg.cumprod(x) * weights))(x)
    expected = [1 + 10 * b + 100 * b * c, 10 * a + 100 * a * c, 100 * a * b]
    np.testing.assert_array_equal(gradient.numpy(), expected)


def test_cumprod_hessian_by_hand() -> None:
    """The second derivatives of a + ab + abc, at zeros."""
    a, b, c = x = np.array([0.0, 0.0, 5.0])
    hessian = gg.hessian(lambda x: gg.sum(gg.cumprod(x)))(x)
    expected = [[0, 1 + c, b], [1 + c, 0, a], [b, a, 0]]
    np.testing.assert_array_equal(hessian.numpy(), expected)


def test_scan_needs_an_axis_that_exists() -> None:
    """The message says how many there are."""
    with pytest.raises(gg.ShapeError, match="axis 2 does not exist in an array of 1"):
        gg.cumsum([1.0, 2.0], axis=2)
