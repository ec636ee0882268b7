"""Data as users give it, checked before anything changes, and fed into programs."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._frames import (
    MISSING,
    TEXT_LABELS,
    TIMES,
    Array,
    DataError,
    first_other,
    is_written,
    names_at,
    placed,
    to_array,
    way_from_missing,
)
from graphgrad.layers._layer import Shape, show_shape
from graphgrad.layers._taken import KINDS, Values

__all__ = [
    "MODEST",
    "Array",
    "DataError",
    "Rows",
    "as_data",
    "check_lengths",
    "check_values",
    "fit_to_input",
    "gather",
    "is_modest",
]

# Finiteness is checked in pieces, so that the check needs no second copy of the data.
CHUNK = 1 << 20

LARGEST = float(np.finfo(np.float32).max)

# If numbers have squares with a lesser sum, none is beyond float32, and none is NaN.
MODEST = 1e38

_WAY_FROM_INF = "fill them in, or scale the data"


def as_data(data: Any, what: str, *, labels: bool = False) -> Array:
    """Return ``data`` as an array of finite numbers, without a copy where it is one.

    ``labels`` says that they are labels, for which there is another way out.
    """
    if data is None:
        hint = "; predict takes inputs alone, all else compares with labels"
        raise DataError(f"{what} is missing: got None{hint if labels else ''}")
    _refuse_many(data, what)
    array = to_array(data, what, labels=labels)
    if array.dtype.kind not in KINDS:
        text = TEXT_LABELS if labels else "turn text into numbers first: 0, 1, 2, ..."
        name = what.partition(" of ")[0]
        if is_written(array):
            text = f"its text is numbers: pass np.asarray({name}, dtype=float)"
        held = "text" if array.dtype.kind in "US" else str(array.dtype)
        found = first_other(array)
        if found is not None:
            place, cell = found
            held += f" ({placed(what, place)} is {cell})"
            if cell in MISSING:
                text = way_from_missing(array, cell)
        way_out = {
            "c": "take .real, .imag or abs of it",
            "O": f"its rows may differ in length, or hold text or None; {text}",
            "V": f"stack its fields: np.stack([{name}[each] for each in "
            f"{name}.dtype.names], axis=-1)",
            **TIMES,
        }.get(array.dtype.kind, text)
        raise DataError(f"{what} holds {held}, expected numbers; {way_out}")
    if array.ndim == 0:
        raise DataError(
            f"{what} is the single number {array}, expected one row a sample"
        )
    if array.shape[0] == 0 or array.size == 0:
        raise DataError(f"{what} is empty: got shape {array.shape}")
    _check_finite(array, what, data)
    return array


# Many rows may be a list, but not many inputs: of arrays of one shape, a list is rows.
def _refuse_many(data: Any, what: str) -> None:
    if isinstance(data, dict):
        raise DataError(
            f"{what} is a dict with {', '.join(map(repr, data))}: a sequential model "
            "has one input and one output; pass one array"
        )
    if isinstance(data, AbstractSet):
        raise DataError(
            f"{what} is a {type(data).__name__}, which has no order and nothing twice: "
            "pass an array, or a list"
        )
    if isinstance(data, str | bytes):
        raise DataError(
            f"{what} is text, expected an array of numbers: got {reprlib.repr(data)}"
        )
    if callable(data) and not hasattr(data, "__array__"):
        name = getattr(data, "__name__", type(data).__name__)
        raise DataError(f"{what} is {name}, which is to be called: pass {name}()")
    if isinstance(data, list | tuple):
        _refuse_arrays(data, what)


def _refuse_arrays(data: Sequence[Any], what: str) -> None:
    if isinstance(data, list):
        # What a loader was asked for at once.
        first = next(iter(data), None)
        if isinstance(first, tuple) and any(_has_axes(each) for each in first):
            raise DataError(
                f"{what} is a list of {len(data)} batches, and a list is rows: pass "
                f"iter({what}), or for several epochs a gg.utils.PyDataset"
            )
        several = _has_axes(first) and _differ(data)
    else:
        several = any(_has_axes(each) for each in data)
    if several:
        raise DataError(
            f"{what} is a {type(data).__name__} of {len(data)} arrays: a sequential "
            "model has one input and one output; join them with np.concatenate(..., "
            "axis=-1), np.stack them if they are samples, or pass them one by one if "
            "they are inputs and labels"
        )


def _has_axes(data: Any) -> bool:
    return getattr(data, "ndim", 0) > 1


def _differ(arrays: Sequence[Any]) -> bool:
    return len({getattr(each, "shape", None) for each in arrays}) > 1


def _check_finite(array: Array, what: str, data: Any) -> None:
    place, count = None, 0
    for start, part in _chunks(array) if array.dtype.kind == "f" else ():
        if is_modest(part):
            continue
        # Beyond float32 a number becomes infinite when the model takes it over.
        small = array.dtype.itemsize <= 4
        bad = ~(np.isfinite(part) if small else np.abs(part) <= LARGEST)
        if not bad.any():
            continue
        if place is None:
            row, *others = map(int, np.argwhere(bad)[0])
            place = (start + row, *others)
        count += int(bad.reshape(len(bad), -1).any(axis=1).sum())
    if place is None:
        return
    way_out = "or fill them in" if np.isnan(array[place]) else _WAY_FROM_INF
    if array.dtype.itemsize == 2 and np.isinf(array[place]):
        way_out = "or keep them in float32: float16 ends at 65,504"
    raise DataError(
        f"{placed(what, place)}{names_at(data, place)} is {array[place]} "
        f"({count:,} of {len(array):,} rows): models compute in float32, and it would "
        f"spread to all that is computed; drop such rows, {way_out}"
    )


def _chunks(array: Array) -> Iterator[tuple[int, Array]]:
    rows = max(1, CHUNK // max(1, array[:1].size))
    for start in range(0, len(array), rows):
        yield start, array[start : start + rows]


def is_modest(x: Array) -> bool:
    """Return True if all numbers are certainly finite and fit into float32.

    The sum of the squares tells that, fast and without memory; other layouts and kinds
    of numbers than the usual ones are not tried.

    >>> is_modest(np.array([1.0, -2.0])), is_modest(np.array([1.0, np.nan]))
    (True, False)
    """
    if x.dtype.char not in "fd" or not x.flags.c_contiguous:
        return False
    return bool(np.vdot(x, x) < MODEST)


def check_lengths(
    x: Array, y: Array, x_name: str = "x", y_name: str = "y", one: str = "one label"
) -> None:
    """Raise unless there is one label, or whatever else ``y`` is, for each sample."""
    if len(x) == len(y):
        return
    hint = ""
    if len(y) == 1 and y.size == len(x):
        hint = f"; they lie along another axis: pass {y_name}.reshape(-1)"
    elif y.size > len(y) and y.shape[1:] == x.shape[1:]:
        hint = (
            f", and {y_name} has rows as {x_name} has: train_test_split returns "
            "x_train, x_test, y_train, y_test"
        )
    raise DataError(
        f"{x_name} has {len(x)} samples and {y_name} has {len(y)}: "
        f"each sample needs {one}; give both as many rows{hint}"
    )


def fit_to_input(
    x: Array, input_shape: Shape, layer: str, what: str = "x", given: Any = None
) -> Array:
    """Return ``x`` in the shape of the model's input, or raise what does not fit.

    ``given`` is what was made an array of, which the way out is written for.
    """
    if x.ndim == 1 and input_shape == (None, 1):
        return x[:, None]
    if x.shape[1:] != input_shape[1:]:
        raise gg.ShapeError(
            f"layer {layer!r}, the first of the model, expected an input of shape "
            f"{show_shape(input_shape)}, got {what} of shape {x.shape}"
            + _axes(x, input_shape)
            + _shape_hint(x, input_shape, what, given)
        )
    return x


# Which lengths are not as they should be, where there are as many as there should be.
def _axes(x: Array, input_shape: Shape) -> str:
    pairs = zip(x.shape, input_shape, strict=False)
    wrong = [(i, got) for i, (got, due) in enumerate(pairs) if i and got != due]
    if x.ndim != len(input_shape):
        return ""
    return f", with {' and '.join(f'{got} along axis {i}' for i, got in wrong)}"


def _shape_hint(x: Array, input_shape: Shape, what: str, given: Any) -> str:
    due = math.prod(side for side in input_shape[1:] if side is not None)
    if x.ndim + 1 == len(input_shape) and x.shape == input_shape[1:]:
        hint = f"; this is one sample: add the batch axis, {_batch_of(given)}"
        if " of batch" in what:
            hint = "; this is one sample: pass arrays, or let a stream give batches"
        if x.ndim > 1:
            hint += f"; if its rows are the samples, begin with Input({x.shape[1:]})"
        return hint
    if math.prod(x.shape[1:]) == due:
        sides = ", ".join(map(str, input_shape[1:]))
        return f"; the numbers fit after x.reshape((-1, {sides}))"
    name = what.partition(" of ")[0]
    if x.ndim == 1:
        return (
            "; this is one number a sample, as labels are, and one row a sample is "
            "due: inputs come first, then labels"
        )
    if x.ndim == 2 and x.shape[:1] == input_shape[1:]:
        return f"; pass {name}.T if samples lie along the last axis"
    if len(x) == 1 and x.shape[2:] == input_shape[1:]:
        return f"; there is an axis too many: pass {name}[0]"
    return f"; a model that begins with Input({x.shape[1:]}) would take it"


# How the batch axis is written, for which not all kinds of data have x[None].
def _batch_of(given: Any) -> str:
    if isinstance(given, list | tuple):
        return "as with [x]"
    if hasattr(given, "to_numpy"):
        row = "for a row of a frame df.iloc[[0]], or " if hasattr(given, "iloc") else ""
        return f"{row}x.to_numpy()[None]"
    return "as with x[None]"


def check_values(values: Values, layer: Any, what: str, x: Array) -> None:
    """Raise if data hold numbers that a layer, the first, does not take: where."""
    count = len(x) if x.ndim else 0
    rows = count if x.size <= CHUNK else max(1, CHUNK * count // x.size)
    for start in range(0, count, rows or 1):
        part = x[start : start + rows]
        bad = values.misfits(part)
        if bad is None:
            continue
        row, *rest = (int(each) for each in np.argwhere(bad)[0])
        where = ", ".join(map(str, (start + row, *rest)))
        while layer.is_model:
            layer = layer.layers[0]
        raise DataError(
            f"layer {layer.name!r} ({layer.title()}) expected {values}, got "
            f"{part[(row, *rest)]:g} at [{where}] of {what}"
            + (f"; {values.hint}" if values.hint else "")
        )


Rows = Callable[[Array], object]

# Bytes that are converted at a time.
CHUNK = 1 << 18


def gather(data: Array, target: Array) -> Rows:
    """Return what gathers the rows of one data set that an index names, in ``target``.

    The index has as many rows as ``target``; they are converted to its dtype there, and
    the data set itself is never copied.

    >>> target = np.empty((2, 1), np.float32)
    >>> gather(np.array([[1.0], [2.0], [3.0]]), target)(np.array([2, 0]))
    >>> target
    array([[3.],
           [1.]], dtype=float32)
    """
    if _on_disk(data):
        return lambda index: _in_order(data, index, target)
    # NumPy's take copies the whole of what does not lie row by row in memory.
    if not (data.flags.c_contiguous and data.flags.aligned):
        return lambda index: target.__setitem__(..., data[index])
    take = data.take
    # The rows exist: that nothing is clipped need not be known beforehand.
    if data.dtype == target.dtype:
        return lambda index: take(index, 0, target, "clip")
    # A few rows at a time, so that a batch of all rows is not there once more.
    rows = min(len(target), max(1, CHUNK // max(1, data[:1].nbytes)))
    parts = [
        (slice(start, start + rows), target[start : start + rows])
        for start in range(0, len(target), rows)
    ]
    gathered = np.empty((rows, *target.shape[1:]), data.dtype)

    def convert(index: Array) -> None:
        for where, part in parts:
            some = gathered[: len(part)]
            take(index[where], 0, some, "clip")
            part[...] = some

    return convert


# What lies on a disk is read in its order.
def _in_order(data: Array, index: Array, target: Array) -> None:
    order = index.argsort()
    target[order] = data[index[order]]


def _on_disk(data: Any) -> bool:
    while data is not None:
        if isinstance(data, np.memmap):
            return True
        data = getattr(data, "base", None)
    return False
