"""Loops of compiled programs that take parts by integer arrays, or add them up."""

from __future__ import annotations

import numpy as np

__all__ = ["CHUNK", "add_rows", "gather"]

# Elements that are added up at a time. With their places they stay in the cache, and
# the buffers that NumPy makes to broadcast stay small.
CHUNK = 1 << 12


def gather(
    out: np.ndarray,
    x: np.ndarray,
    axis: int,
    flat: np.ndarray,
    part: np.ndarray,
    *indices: np.ndarray,
) -> None:
    """Take parts of ``x`` into ``out``; ``indices`` are for the axes from ``axis``."""
    size = 1
    flat.fill(0)
    for side, index in zip(x.shape[axis:], indices):  # noqa: B905  # the first axes only
        if index.size and not -side <= index.min() <= index.max() < side:
            raise IndexError(f"an index is out of bounds for an axis of length {side}")
        np.remainder(index, side or 1, out=part)
        np.multiply(flat, side, out=flat)
        np.add(flat, part, out=flat)
        size *= side
    table = x.reshape((*x.shape[:axis], size, *x.shape[axis + len(indices) :]))
    np.take(table, flat, axis=axis, out=out, mode="wrap")


def add_rows(
    out: np.ndarray,
    part: np.ndarray,
    index: np.ndarray,
    place: np.ndarray,
    piece: np.ndarray,
    column: np.ndarray,
) -> None:
    """Add ``part`` up among zeros, at the rows of ``out`` that ``index`` names.

    NumPy adds much faster at flat places, in the same order: row times width plus
    column.
    """
    side, width, step = len(out), column.size, len(piece)
    if index.size and not -side <= index.min() <= index.max() < side:
        raise IndexError(f"an index is out of bounds for an axis of length {side}")
    out.fill(0)
    column.fill(1)
    column[:1] = 0
    np.add.accumulate(column, out=column)
    sums = out.reshape(-1)
    for start in range(0, len(index), step):
        rows = index[start : start + step]
        values, places = piece[: len(rows)], place[: len(rows)]
        np.copyto(values, part[start : start + step])
        flat = places.reshape(*rows.shape, width)
        np.copyto(flat, rows[..., None])
        np.multiply(flat, width, out=flat)
        np.add(flat, column, out=flat)
        np.add.at(sums, flat.reshape(-1), values.reshape(-1))
