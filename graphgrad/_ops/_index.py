"""Indices as hashable keys: what NumPy's ``x[index]`` means for shapes and for code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphgrad._types import Shape, broadcast

__all__ = [
    "ARRAY",
    "FULL",
    "Key",
    "check_key",
    "index_code",
    "index_of",
    "is_adjacent",
    "sliced",
    "taken",
]

# An entry for each axis, or None for a new one: an integer, a slice as (start, stop,
# step), or ARRAY, the place of an integer array which is an input of the primitive.
Bounds = tuple[int | None, int | None, int | None]
Key = tuple[int | str | Bounds | None, ...]
ARRAY = "array"
FULL: Bounds = (None, None, None)


def check_key(entries: tuple[Any, ...], shape: Shape) -> Key:
    """Return the key of an index: an entry for every axis, in bounds, from 0."""
    count = sum(entry is not None and entry is not Ellipsis for entry in entries)
    if count > len(shape):
        raise IndexError(f"too many indices: {count} for a tensor of shape {shape}")
    if sum(entry is Ellipsis for entry in entries) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    fill = (slice(None),) * (len(shape) - count)
    at = next((i for i, e in enumerate(entries) if e is Ellipsis), len(entries))
    whole = (*entries[:at], *fill, *entries[at + 1 :])
    sides = iter(enumerate(shape))
    return tuple([e if e is None else _entry(e, *next(sides), shape) for e in whole])


def _entry(entry: Any, axis: int, side: int, shape: Shape) -> int | str | Bounds:
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, slice):
        if not -side <= entry < side:
            raise IndexError(
                f"index {entry} is out of bounds for axis {axis} of shape {shape}"
            )
        return int(entry) + (side if entry < 0 else 0)
    start, stop, step = entry.indices(side)
    if (start, step) == (0, 1) and stop >= side:
        return FULL
    return start, None if stop < 0 else stop, step


def sliced(key: Key, shape: Shape) -> Shape:
    """Return the shape of what a key without arrays names."""
    return taken(key, shape, ())


def taken(key: Key, shape: Shape, arrays: Sequence[Shape]) -> Shape:
    """Return the shape of what a key with arrays of these shapes names.

    The arrays, with which integers then count, broadcast. Their axes stand where they
    stood, or first of all where something else stands between them.
    """
    sides = iter(shape)
    result: list[int] = []
    places = []
    for i, entry in enumerate(key):
        if entry is None:
            result.append(1)
        elif isinstance(entry, tuple):
            side = next(sides)
            result.append(side if entry == FULL else len(range(side)[slice(*entry)]))
        else:
            next(sides)
            places.append((i, len(result)))
    if not arrays:
        return tuple(result)
    (first, at), (last, _) = places[0], places[-1]
    if last - first != len(places) - 1:
        at = 0
    return (*result[:at], *broadcast(*arrays), *result[at:])


def index_of(key: Key, arrays: Sequence[Any] = ()) -> tuple[Any, ...]:
    """Return the index that NumPy takes; it gives an array, never a scalar."""
    rest = iter(arrays)
    index = [
        slice(*entry)
        if isinstance(entry, tuple)
        else next(rest)
        if entry == ARRAY
        else entry
        for entry in key
    ]
    return (*index, ...)


def index_code(key: Key, arrays: Sequence[str] = ()) -> str:
    """Write the index with its brackets."""
    rest = iter(arrays)
    parts = [next(rest) if entry == ARRAY else _entry_code(entry) for entry in key]
    while parts and parts[-1] == ":":
        parts.pop()
    # Integers alone would give a scalar, which is no view.
    if not parts or all(isinstance(entry, int) for entry in key):
        parts.append("...")
    return f"[{', '.join(parts)}]"


def _entry_code(entry: Any) -> str:
    if not isinstance(entry, tuple):
        return str(entry)
    start, stop, step = entry
    text = f"{'' if start is None else start}:{'' if stop is None else stop}"
    return text if step in (None, 1) else f"{text}:{step}"


def is_adjacent(key: Key) -> bool:
    """Tell whether the key is full slices but for arrays that stand side by side."""
    places = [i for i, entry in enumerate(key) if entry == ARRAY]
    rest = [entry for entry in key if entry != ARRAY]
    together = bool(places) and places[-1] - places[0] == len(places) - 1
    return together and all(entry == FULL for entry in rest)
