"""pad_sequences: sequences of different lengths as one array."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphgrad.layers._arguments import ArgumentError, check_choice, check_count

__all__ = ["pad_sequences"]

Array = np.ndarray[Any, Any]


def pad_sequences(
    sequences: Iterable[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> Array:
    """Return sequences as the rows of an array, filled up with ``value``.

    Rows have ``maxlen`` places, or as many as the longest sequence needs. "pre" fills
    up, or cuts off, at the beginning, "post" at the end. What ``dtype`` does not hold
    is an error.

    >>> pad_sequences([[1], [2, 3], [4, 5, 6]], maxlen=2)
    array([[0, 1],
           [2, 3],
           [5, 6]], dtype=int32)
    """
    ends = ["pre", "post"]
    check_choice("pad_sequences' padding", padding, ends)
    check_choice("pad_sequences' truncating", truncating, ends)
    wanted = np.dtype(dtype)
    if wanted.kind in "US":
        raise ArgumentError(
            f"pad_sequences' dtype {dtype!r} would cut texts off: say dtype=object"
        )
    rows = _rows(sequences)
    if maxlen is None:
        width = max(len(row) for row in rows)
    else:
        width = check_count("pad_sequences' maxlen", maxlen, 1)
    sides = next((row.shape[1:] for row in rows if len(row)), ())
    result = np.full((len(rows), width, *sides), _held(value, wanted, "value"))
    for i, row in enumerate(rows):
        if not len(row):
            continue
        if row.shape[1:] != sides:
            raise ArgumentError(
                f"pad_sequences needs elements of one shape, got {row.shape[1:]} in "
                f"sequence {i}, and {sides} before it"
            )
        cut = row[-width:] if truncating == "pre" else row[:width]
        place = slice(-len(cut), None) if padding == "pre" else slice(len(cut))
        result[i, place] = _held(cut, wanted, f"sequence {i}")
    return result


def _rows(sequences: Any) -> list[Array]:
    rows = []
    for i, sequence in enumerate(sequences):
        if isinstance(sequence, str) or not hasattr(sequence, "__len__"):
            raise ArgumentError(
                f"pad_sequences needs a list of sequences, got {sequence!r} as "
                f"sequence {i}; a single one stands in a list: [sequence]"
            )
        try:
            rows.append(np.asarray(sequence))
        except ValueError:
            raise ArgumentError(
                f"pad_sequences needs elements of one shape, got more in sequence {i}"
            ) from None
    if not rows:
        raise ArgumentError("pad_sequences needs at least one sequence, got none")
    return rows


def _held(given: Any, dtype: np.dtype[Any], where: str) -> Array:
    array = np.asarray(given)
    if dtype.kind == "O":
        return array.astype(dtype)
    if array.dtype.kind not in "biuf":
        raise ArgumentError(
            f"pad_sequences' {where} is no number, got {given!r}; texts need "
            "dtype=object"
        )
    with np.errstate(invalid="ignore", over="ignore"):
        held = array.astype(dtype)
    if dtype.kind in "iu" and (wrong := array[held != array]).size:
        raise ArgumentError(
            f"pad_sequences' dtype {dtype} does not hold {wrong.flat[0]}, got in "
            f"{where}: say dtype='float32', or another"
        )
    return held
