"""The one source of randomness, from which everything that is not seeded draws."""

from __future__ import annotations

import threading

import numpy as np

from graphgrad.layers._arguments import ArgumentError, check_seed

__all__ = ["generator", "next_seed", "set_random_seed"]

# Seeds are drawn below this: they fit every integer type of 64 bits.
_SEEDS = 2**63

_LOCK = threading.Lock()


class _Source:
    """The generator that seeds come from; NumPy's global one is never touched."""

    generator = np.random.default_rng()


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
        return int(_Source.generator.integers(_SEEDS))


def generator(seed: int | None = None) -> np.random.Generator:
    """Return a generator of the caller's own, seeded with ``seed`` or from the source.

    >>> generator(3).random() == generator(3).random()
    True
    """
    return np.random.default_rng(next_seed() if seed is None else seed)
