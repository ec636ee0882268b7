"""to_categorical and normalize: Keras' numbers, without what it lets pass."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.utils import normalize, to_categorical


@pytest.mark.parametrize(
    ("x", "options", "expected"),
    [
        ([0, 1, 2], {}, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ([[0], [2]], {}, [[1, 0, 0], [0, 0, 1]]),
        ([[0, 1]], {"num_classes": 3}, [[[1, 0, 0], [0, 1, 0]]]),
        (3, {}, [0, 0, 0, 1]),
        ([1.0], {}, [[0, 1]]),
        ([], {"num_classes": 2}, np.zeros((0, 2))),
    ],
)
def test_labels_become_vectors(x: Any, options: dict[str, Any], expected: Any) -> None:
    """Values, shapes and dtype of Keras 3.15.1."""
    found = to_categorical(x, **options)
    assert np.float64 == found.dtype
    assert np.shape(expected) == found.shape
    assert np.array_equal(expected, found)


@given(st.lists(st.integers(0, 20), min_size=1), st.integers(0, 3))
def test_the_largest_entry_is_the_label(labels: list[int], more: int) -> None:
    """Argmax is the inverse, and rows sum to 1."""
    found = to_categorical(labels, max(labels) + 1 + more)
    assert (len(labels), max(labels) + 1 + more) == found.shape
    assert labels == found.argmax(axis=-1).tolist()
    assert np.all(found.sum(axis=-1) == 1)


@pytest.mark.parametrize(
    ("x", "num_classes", "message"),
    [
        ([-1, 1], None, "got -1"),
        ([1.7], None, "got 1.7"),
        ([np.nan], None, "got nan"),
        ([np.inf], None, "got inf"),
        (["a"], None, "number the classes"),
        ([5], 3, "label 5, with num_classes=3: labels are 0 to 2"),
        ([], None, "got no label"),
        ([0], 0, "num_classes must be at least 1"),
        ([0], 1.5, "must be whole"),
        ([0], "2", "must be a number"),
    ],
)
def test_what_is_no_label_is_refused(x: Any, num_classes: Any, message: str) -> None:
    """Keras counts -1 from the end, and cuts 1.7 down to 1."""
    with pytest.raises(ValueError, match=message) as caught:
        to_categorical(x, num_classes)
    assert isinstance(caught.value, gg.GraphgradError)


@pytest.mark.parametrize(
    ("x", "options", "expected"),
    [
        ([[3.0, 4.0], [0.0, 0.0]], {}, [[0.6, 0.8], [0.0, 0.0]]),
        ([[3, 4]], {}, [[0.6, 0.8]]),
        ([[3.0, -4.0], [1.0, 2.0]], {"order": 1}, [[3 / 7, -4 / 7], [1 / 3, 2 / 3]]),
        ([[3.0, -4.0]], {"order": np.inf}, [[0.75, -1.0]]),
        ([[3.0, 0.0], [4.0, 2.0]], {"axis": 0}, [[0.6, 0.0], [0.8, 1.0]]),
    ],
)
def test_rows_get_the_length_1(x: Any, options: dict[str, Any], expected: Any) -> None:
    """Along any axis, by any norm."""
    np.testing.assert_allclose(normalize(x, **options), expected, rtol=1e-15)


def test_shape_and_dtype_stay() -> None:
    """Keras makes of one row a matrix."""
    found = normalize(np.array([3.0, 4.0], np.float32))
    assert ((2,), np.float32) == (found.shape, found.dtype)


@pytest.mark.parametrize(
    ("x", "options"),
    [
        (["a"], {}),
        (3.0, {}),
        ([1.0], {"axis": 1}),
        ([1.0], {"order": "l2"}),
        ([1.0], {"order": True}),
        ([1.0], {"axis": 0.5}),
    ],
)
def test_what_cannot_be_normalized_is_refused(x: Any, options: dict[str, Any]) -> None:
    """With an error of ours."""
    with pytest.raises(gg.GraphgradError, match="normalize"):
        normalize(x, **options)


def test_many_classes_need_no_more_than_the_vectors() -> None:
    """Among a million classes, two labels are not a matrix of all of them."""
    found = to_categorical([3], 1_000_000)
    assert found.shape == (1, 1_000_000)
    assert found[0, 3] == found.sum() == 1
