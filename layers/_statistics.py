"""Mean and variance of data of any size, read part by part in float64."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._values import Array

__all__ = ["DataError", "Moments", "moments_of"]

# Numbers that are converted to float64 at a time: 8 MB.
_PART = 2**20


class DataError(gg.GraphgradError, ValueError):
    """Data of which no statistics can be taken."""


class Moments(NamedTuple):
    """Statistics along some axes, with how many samples they are of."""

    mean: Array
    variance: Array
    rows: int
    sample_shape: tuple[int, ...]


def moments_of(
    data: Any, owner: str, axes_of: Callable[[tuple[int, ...]], tuple[int, ...]]
) -> Moments:
    """Return the statistics of ``data`` over all axes but those of ``axes_of``.

    ``data`` is an array, what NumPy makes an array of, or batches; ``axes_of`` gets the
    shape of a sample, and says which axes, the batch's being 0, are kept.

    >>> found = moments_of([[1.0, 0.0], [3.0, 0.0]], "layer", lambda shape: (1,))
    >>> found.mean, found.variance, found.rows
    (array([2., 0.]), array([1., 0.]), 2)
    """
    total = None
    row = 0
    for part in _parts(data, owner):
        _check_finite(part, row, owner)
        found = _moments(part, axes_of(part.shape[1:]))
        total = found if total is None else _merged(total, found, owner)
        row += len(part)
    if total is None or not total.mean.size:
        raise DataError(f"layer {owner!r} cannot adapt to data without samples")
    return total


# Rows at a time, as arrays of at least two axes.
def _parts(data: Any, owner: str) -> Iterator[Array]:
    for batch in _batches(data):
        array = np.asarray(batch)
        if array.dtype.kind not in "fiub":
            raise DataError(
                f"layer {owner!r} adapts to numbers, got data of dtype {array.dtype}"
            )
        if not array.ndim:
            raise DataError(f"layer {owner!r} adapts to samples, got one number")
        whole = array[:, None] if array.ndim == 1 else array
        rows = max(1, _PART // max(1, whole[:1].size))
        for start in range(0, len(whole), rows):
            yield np.asarray(whole[start : start + rows], np.float64)


def _batches(data: Any) -> Iterator[Any]:
    is_list = isinstance(data, list | tuple)
    if is_list and any(np.ndim(each) > 1 for each in data if hasattr(each, "shape")):
        yield from data
    elif is_list or hasattr(data, "__array__") or not hasattr(data, "__iter__"):
        yield data
    else:
        yield from data


def _check_finite(part: Array, row: int, owner: str) -> None:
    bad = ~np.isfinite(part)
    if bad.any():
        first, *place = (int(each) for each in np.argwhere(bad)[0])
        where = ", ".join(map(str, (row + first, *place)))
        value = part[(first, *place)]
        raise DataError(
            f"layer {owner!r} cannot adapt to data with NaN or Inf: there is {value} "
            f"at [{where}]; clean them first"
        )


def _moments(part: Array, axes: tuple[int, ...]) -> Moments:
    others = tuple(axis for axis in range(part.ndim) if axis not in axes)
    return Moments(part.mean(others), part.var(others), len(part), part.shape[1:])


# Chan, Golub and LeVeque, Updating formulae for computing sample variances, 1979.
def _merged(a: Moments, b: Moments, owner: str) -> Moments:
    if a.sample_shape != b.sample_shape:
        raise DataError(
            f"layer {owner!r} adapts to samples of one shape, got {a.sample_shape} and "
            f"then {b.sample_shape}"
        )
    count = a.rows + b.rows
    share = b.rows / count
    gap = b.mean - a.mean
    mean = a.mean + gap * share
    spread = a.variance * (1 - share) + b.variance * share
    variance = spread + np.square(gap) * share * (1 - share)
    return Moments(np.asarray(mean), np.asarray(variance), count, a.sample_shape)
