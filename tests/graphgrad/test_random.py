"""Random numbers: a pure function of the state, eagerly, compiled and in threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

SEEDS = st.integers(0, 2**64 - 1)


def state(seed: int, counter: int) -> np.ndarray:
    """Return a state."""
    return np.array([seed, counter], np.uint64)


@given(SEEDS, SEEDS, st.sampled_from(["float32", "float64"]))
def test_numbers_are_philoxs(seed: int, counter: int, dtype: Any) -> None:
    """NumPy's Philox with the seed as key and the counter as its second word."""
    words = np.array([0, counter, 0, 0], np.uint64)
    bits = np.random.Philox(key=seed, counter=words)
    expected = np.random.Generator(bits).random((2, 3), dtype)
    actual = gg.random_uniform(state(seed, counter), (2, 3), dtype)
    assert actual.dtype == dtype
    np.testing.assert_array_equal(actual.numpy(), expected)


def test_programs_and_threads_give_the_same_numbers() -> None:
    """Whoever asks, the numbers of a state are the same."""
    states = [state(7, i) for i in range(50)]

    def draw(state: np.ndarray) -> np.ndarray:
        return gg.random_uniform(state, 1000).numpy()

    compiled = gg.jit(lambda state: gg.random_uniform(state, 1000))
    expected = [draw(each) for each in states]
    with ThreadPoolExecutor(8) as pool:
        np.testing.assert_array_equal(list(pool.map(draw, states)), expected)
        found = [each.numpy() for each in pool.map(compiled, states)]
    np.testing.assert_array_equal(found, expected)


def test_numbers_are_uniform() -> None:
    """Seeds and counters next to each other give unrelated numbers from 0 to 1."""
    draws = [
        gg.random_uniform(state(s, c), 4000).numpy() for s in (0, 1) for c in (0, 1)
    ]
    for each in draws:
        assert 0 <= each.min()
        assert each.max() < 1
        assert abs(each.mean() - 0.5) < 0.02
        assert abs(each.var() - 1 / 12) < 0.005
    assert np.max(np.abs(np.corrcoef(draws) - np.eye(4))) < 0.06


def test_what_is_no_state_is_refused() -> None:
    """The message shows what a state is."""
    with pytest.raises(
        gg.ShapeError, match=r"shape \(2,\) and dtype uint64.*got int64"
    ):
        gg.random_uniform(np.array([1, 2]), 3)
    with pytest.raises(gg.DTypeError, match="float32 or float64, got dtype=int64"):
        gg.random_uniform(state(0, 0), 3, "int64")
