"""Smallest: arguments with fewer and plainer numbers that fail in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from graphgrad._types import Array

__all__ = ["Again", "smallest"]

# Tries in all; each is a whole check.
BUDGET = 40


class Call(Protocol):
    """The arguments of a call, some of whose arrays are differentiated."""

    @property
    def leaves(self) -> list[Array]:
        """The arrays that are differentiated."""
        ...

    def filled(self, arrays: Sequence[Any]) -> list[Any]:
        """Return all arguments, with these arrays in place of `leaves`."""
        ...


# A call, and what tells whether it fails with other arrays.
Again = tuple[Call, Callable[[Sequence[Array]], bool]]


def smallest(again: Again) -> tuple[Call, list[Array]]:
    """Return the call with the smallest arrays that were found to fail.

    Axes of one length are made shorter together, so that shapes which belong together
    stay so; then numbers become 0 or 1, or lose their digits.
    """
    call, fails = again
    arrays, budget = list(call.leaves), BUDGET
    progress = True
    while progress and budget > 0:
        progress = False
        for tried in _plainer(arrays):
            if budget <= 0:
                break
            budget -= 1
            if _still(fails, tried):
                arrays, progress = tried, True
                break
    return call, arrays


def _still(fails: Callable[[Sequence[Array]], bool], arrays: Sequence[Array]) -> bool:
    try:
        with np.errstate(all="ignore"):
            return fails(arrays)
    except Exception:  # noqa: BLE001  # whatever the user's function thinks of it
        return False


def _plainer(arrays: Sequence[Array]) -> Iterator[list[Array]]:
    """Yield simpler arrays, the boldest change first."""
    lengths = {side for x in arrays for side in x.shape if side > 1}
    for length in sorted(lengths, reverse=True):
        for shorter in dict.fromkeys((1, 2, length // 2, length - 1)):
            if 0 < shorter < length:
                yield [_cut(x, length, shorter) for x in arrays]
    for i, x in enumerate(arrays):
        for plain in (np.ones_like(x), np.round(x), np.round(x, 1), np.round(x, 2)):
            if not np.array_equal(plain, x) and _simpler(plain, x):
                yield [plain if k == i else other for k, other in enumerate(arrays)]


def _cut(x: Array, length: int, shorter: int) -> Array:
    keep = tuple(slice(shorter if side == length else None) for side in x.shape)
    return np.ascontiguousarray(x[keep]).reshape(
        tuple(shorter if side == length else side for side in x.shape)
    )


def _simpler(plain: Array, x: Array) -> bool:
    return len(str(plain.tolist())) < len(str(x.tolist())) or bool(np.all(plain == 1))
