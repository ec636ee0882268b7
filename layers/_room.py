"""How much memory a model may ask for: what there is, or what its file holds."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._registry import SavingError

__all__ = ["check_memory", "check_room", "room_for"]

Array = np.ndarray[Any, Any]

# Layers of layers are made on trial to find shapes: each weight may be made so often.
_TRIALS = 100

# What a metric keeps may be missing in a small file, if nothing was measured yet.
_LEAST = 1 << 26

# What an array costs besides its numbers: its variable, and what is made to keep it.
_OBJECTS = 1 << 14


class _Room(threading.local):
    shapes: set[tuple[int, ...]] | None = None
    bytes_left = 0


_ROOM = _Room()


@contextlib.contextmanager
def room_for(arrays: Iterable[Array], described: int = 0) -> Iterator[None]:
    """Let weights in the block be made only for these arrays: a file may lie.

    What is made besides may take a hundred times the bytes of the arrays, and of what
    ``described`` them.

    >>> with room_for([np.zeros((2, 3))]):
    ...     check_room("dense/kernel", (2, 3), "float64")
    """
    known = list(arrays)
    before = vars(_ROOM).copy()
    _ROOM.shapes = {array.shape for array in known}
    _ROOM.bytes_left = _TRIALS * sum(array.nbytes for array in known)
    besides = max(_ROOM.bytes_left + _TRIALS * described, _LEAST)
    try:
        with gg.backend.allowance(besides):
            yield
    finally:
        vars(_ROOM).clear()
        vars(_ROOM).update(before)


def check_room(name: str, shape: Sequence[int], dtype: Any) -> None:
    """Raise if there is no room for a weight: in memory, or in the file being loaded.

    >>> with room_for([]):
    ...     check_room("dense/kernel", (10**6, 10**6), "float32")
    Traceback (most recent call last):
    ...
    graphgrad.layers._registry.SavingError: the file has no values for the weight \
'dense/kernel' of shape (1000000, 1000000): it is damaged
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if _ROOM.shapes is None:
        _require(size, "weight", name, shape)
        return
    _ROOM.bytes_left -= size
    if tuple(shape) not in _ROOM.shapes or _ROOM.bytes_left < 0:
        raise SavingError(
            f"the file has no values for the weight {name!r} of shape {tuple(shape)}: "
            "it is damaged"
        )


def check_memory(name: str, shape: Sequence[int], dtype: Any) -> None:
    """Raise if there is no memory for an array, or a file is too small to need it.

    It is one that is made besides the weights, such as what a metric keeps.

    >>> with room_for([]):
    ...     check_memory("auc/above", (2, 10**9), "float64")
    Traceback (most recent call last):
    ...
    graphgrad.layers._registry.SavingError: the file is too small to need the array \
'auc/above' of shape (2, 1000000000): it is damaged
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if _ROOM.shapes is None:
        _require(size, "array", name, shape)
        return
    what = f"the array {name!r} of shape {tuple(shape)}"
    try:
        gg.backend.require_memory(size + _OBJECTS, what)
    except gg.OutOfMemoryError as error:
        if not error.over_allowance:
            raise
        raise SavingError(
            f"the file is too small to need {what}: it is damaged"
        ) from None


# Values are drawn in float64, cast, and copied into their variable.
_COPIES = 3


def _require(size: int, kind: str, name: str, shape: Sequence[int]) -> None:
    what = f"the {kind} {name!r} of shape {tuple(shape)} has {size:,} bytes; making it"
    gg.backend.require_memory(_COPIES * size, what)
