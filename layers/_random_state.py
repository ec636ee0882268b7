"""The one source of randomness, from which everything that is not seeded draws."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from graphgrad.layers._arguments import ArgumentError, check_seed
from graphgrad.layers._threads import settled_in_forks

__all__ = ["generator", "kept_randomness", "next_seed", "set_random_seed"]

# Seeds are drawn below this: they fit every integer type of 64 bits.
_SEEDS = 2**63

_LOCK = settled_in_forks(threading.Lock())


class _Source:
    """The generator that seeds come from; NumPy's global one is never touched."""

    generator = np.random.default_rng()


class _Trial(threading.local):
    """What a thread draws from while it tries something."""

    generator: np.random.Generator | None = None


_TRIAL = _Trial()


def set_random_seed(seed: int) -> None:
    """Fix all that is random: initial weights, the order of samples, dropout.

    The same program with the same seed then computes the same bits, on the same machine
    and with the same versions. NumPy's and Python's own random state stay as they are.

    >>> set_random_seed(0)
    >>> first = next_seed()
    >>> set_random_seed(0)
    >>> first == next_seed()
    True
    """
    checked = check_seed("the random seed", seed)
    if checked is None:
        raise ArgumentError("the random seed must be a whole number, got None")
    with _LOCK:
        _Source.generator = np.random.default_rng(checked)


def next_seed() -> int:
    """Draw a seed, a whole number of at least 0 and below 2⁶³; threads may call it.

    >>> 0 <= next_seed() < 2**63
    True
    """
    with _LOCK:
        return int((_TRIAL.generator or _Source.generator).integers(_SEEDS))


def generator(seed: int | None = None) -> np.random.Generator:
    """Return a generator of the caller's own, seeded with ``seed`` or from the source.

    >>> generator(3).random() == generator(3).random()
    True
    """
    return np.random.default_rng(next_seed() if seed is None else seed)


@contextmanager
def kept_randomness() -> Iterator[None]:
    """Leave the source as it is, whatever the block draws: what comes next, as a trial.

    Other threads draw from the source itself meanwhile.

    >>> set_random_seed(0)
    >>> with kept_randomness():
    ...     tried = next_seed()
    >>> tried == next_seed()
    True
    """
    before = _TRIAL.generator
    with _LOCK:
        _TRIAL.generator = copy.deepcopy(before or _Source.generator)
    try:
        yield
    finally:
        _TRIAL.generator = before
