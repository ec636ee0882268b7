"""How much memory a file may ask for while it is loaded: as much as it holds."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from graphgrad.layers._registry import SavingError

__all__ = ["check_memory", "check_room", "room_for"]

Array = np.ndarray[Any, Any]

# Layers of layers are made on trial to find shapes: each weight may be made so often.
_TRIALS = 100

# What a metric keeps may be missing in a small file, if nothing was measured yet.
_LEAST = 1 << 26


class _Room(threading.local):
    shapes: set[tuple[int, ...]] | None = None
    bytes_left = 0
    bytes_besides = 0


_ROOM = _Room()


@contextlib.contextmanager
def room_for(arrays: Iterable[Array]) -> Iterator[None]:
    """Let weights in the block be made only for these arrays: a file may lie.

    >>> with room_for([np.zeros((2, 3))]):
    ...     check_room("dense/kernel", (2, 3), "float64")
    """
    known = list(arrays)
    before = vars(_ROOM).copy()
    _ROOM.shapes = {array.shape for array in known}
    _ROOM.bytes_left = _TRIALS * sum(array.nbytes for array in known)
    _ROOM.bytes_besides = max(_ROOM.bytes_left, _LEAST)
    try:
        yield
    finally:
        vars(_ROOM).clear()
        vars(_ROOM).update(before)


def check_room(name: str, shape: Sequence[int], dtype: Any) -> None:
    """Raise if a file is being loaded that has no values for such a weight.

    >>> with room_for([]):
    ...     check_room("dense/kernel", (10**6, 10**6), "float32")
    Traceback (most recent call last):
    ...
    graphgrad.layers._registry.SavingError: the file has no values for the weight \
'dense/kernel' of shape (1000000, 1000000): it is damaged
    """
    if _ROOM.shapes is None:
        return
    _ROOM.bytes_left -= math.prod(shape) * np.dtype(dtype).itemsize
    if tuple(shape) not in _ROOM.shapes or _ROOM.bytes_left < 0:
        raise SavingError(
            f"the file has no values for the weight {name!r} of shape {tuple(shape)}: "
            "it is damaged"
        )


def check_memory(name: str, shape: Sequence[int], dtype: Any) -> None:
    """Raise if a file is being loaded that is too small to need such an array.

    It is one that is made besides the weights, such as what a metric keeps.

    >>> with room_for([]):
    ...     check_memory("auc/above", (2, 10**9), "float64")
    Traceback (most recent call last):
    ...
    graphgrad.layers._registry.SavingError: the file is too small to need the array \
'auc/above' of shape (2, 1000000000): it is damaged
    """
    if _ROOM.shapes is None:
        return
    _ROOM.bytes_besides -= math.prod(shape) * np.dtype(dtype).itemsize
    if _ROOM.bytes_besides < 0:
        raise SavingError(
            f"the file is too small to need the array {name!r} of shape "
            f"{tuple(shape)}: it is damaged"
        )
