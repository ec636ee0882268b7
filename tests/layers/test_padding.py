"""pad_sequences: Keras' numbers, without what it cuts off in silence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.utils import pad_sequences

WORDS = [[1], [2, 3], [4, 5, 6], []]

# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gg.utils


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [[0, 0, 1], [0, 2, 3], [4, 5, 6], [0, 0, 0]]),
        ({"maxlen": 2}, [[0, 1], [2, 3], [5, 6], [0, 0]]),
        ({"maxlen": 2, "truncating": "post"}, [[0, 1], [2, 3], [4, 5], [0, 0]]),
        (
            {"padding": "post", "value": -1},
            [[1, -1, -1], [2, 3, -1], [4, 5, 6], [-1, -1, -1]],
        ),
        (
            {"maxlen": 4, "dtype": "float32", "value": 0.5},
            [[0.5, 0.5, 0.5, 1], [0.5, 0.5, 2, 3], [0.5, 4, 5, 6], [0.5] * 4],
        ),
    ],
)
def test_sequences_are_filled_up_as_in_keras(
    options: dict[str, Any], expected: Any
) -> None:
    """Values and dtype of Keras 3.15.1."""
    found = pad_sequences(WORDS, **options)
    assert options.get("dtype", "int32") == str(found.dtype)
    assert expected == found.tolist()


def test_elements_may_be_vectors_or_texts() -> None:
    """As in Keras 3.15.1; sequences without elements fit any."""
    found = pad_sequences([[], [[1, 2]], [[3, 4], [5, 6]]])
    assert [[[0, 0], [0, 0]], [[0, 0], [1, 2]], [[3, 4], [5, 6]]] == found.tolist()
    texts = pad_sequences([["a"], ["b", "c"]], dtype=object, value="-")
    assert [["-", "a"], ["b", "c"]] == texts.tolist()
    assert (1, 0) == pad_sequences([[]]).shape


@given(st.lists(st.lists(st.integers(1, 99), max_size=6), min_size=1))
def test_nothing_is_lost_without_a_length(rows: list[list[int]]) -> None:
    """Every row is its sequence, with the value at one end."""
    for padding in ("pre", "post"):
        found = pad_sequences(rows, padding=padding)
        assert rows == [[x for x in row if x] for row in found.tolist()]


@pytest.mark.parametrize(
    ("sequences", "options", "said"),
    [
        ([[1.7]], {}, "int32 does not hold 1.7, got in sequence 0"),
        ([[1]], {"value": 0.5}, "int32 does not hold 0.5, got in value"),
        ([[3_000_000_000]], {}, "does not hold 3000000000"),
        ([[np.nan]], {}, "does not hold nan"),
        ([["a"]], {}, "texts need dtype=object"),
        ([["a"]], {"dtype": str, "value": "-"}, "would cut texts off"),
        (["abc"], {"dtype": object}, "a single one stands in a list"),
        ([1, 2], {}, "needs a list of sequences, got 1"),
        ([], {}, "at least one sequence"),
        ([[1]], {"maxlen": 0}, "maxlen must be a whole number of at least 1"),
        ([[1]], {"padding": "mid"}, "must be one of 'pre', 'post'"),
        ([[1]], {"truncating": "mid"}, "must be one of 'pre', 'post'"),
        ([[[1, 2]], [3]], {}, "got \\(\\) in sequence 1"),
        ([[[1, 2], [3]]], {}, "got more in sequence 0"),
    ],
)
def test_what_does_not_fit_is_refused(
    sequences: Any, options: dict[str, Any], said: str
) -> None:
    """Keras cuts 1.7 down to 1."""
    with pytest.raises(gg.GraphgradError, match=said):
        LOOSE.pad_sequences(sequences, **options)
