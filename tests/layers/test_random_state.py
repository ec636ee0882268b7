"""One seed fixes everything that is random, and nothing outside of graphgrad."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrad.layers import _random_state


@given(st.integers(0, 2**64))
def test_the_same_seed_gives_the_same_draws(seed: int) -> None:
    """Seeds and generators follow from the random seed."""
    draws = []
    for _ in range(2):
        _random_state.set_random_seed(seed)
        draws.append(
            (_random_state.next_seed(), _random_state.generator().random(3).tolist())
        )
    assert draws[0] == draws[1]


def test_successive_generators_differ() -> None:
    """Without a seed every generator is its own."""
    _random_state.set_random_seed(0)
    first, second = (_random_state.generator().random() for _ in range(2))
    assert first != second


def test_numpys_own_random_state_stays_as_it_is() -> None:
    """Neither seeding nor drawing moves the global generator (keras#8906)."""
    np.random.seed(0)  # noqa: NPY002  # it is what must not be touched
    expected = np.random.random(2).tolist()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    first = np.random.random()  # noqa: NPY002
    _random_state.set_random_seed(5)
    _random_state.generator().random()
    assert expected == [first, np.random.random()]  # noqa: NPY002


def test_threads_share_the_draws() -> None:
    """Each draw goes to one thread, and together they are those of a single one."""
    _random_state.set_random_seed(1)
    alone = [_random_state.next_seed() for _ in range(400)]
    _random_state.set_random_seed(1)
    drawn: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: drawn.extend([_random_state.next_seed() for _ in range(100)])
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(alone) == sorted(drawn)


@pytest.mark.parametrize("seed", [None, -1, 0.5, "0", True])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    """The random seed is a whole number of at least 0."""
    with pytest.raises(ValueError, match="the random seed must be a whole number"):
        _random_state.set_random_seed(seed)


def test_what_is_drawn_on_trial_concerns_no_other_thread() -> None:
    """Two models that are made at the same time never get the same seed."""
    _random_state.set_random_seed(2)
    expected = [_random_state.next_seed() for _ in range(2)]
    _random_state.set_random_seed(2)
    drawn: list[int] = []
    with _random_state.kept_randomness():
        thread = threading.Thread(
            target=lambda: drawn.append(_random_state.next_seed())
        )
        thread.start()
        thread.join()
        with _random_state.kept_randomness():
            assert _random_state.next_seed() == expected[0]
        assert _random_state.next_seed() == expected[0]
    drawn.append(_random_state.next_seed())
    assert drawn == expected
