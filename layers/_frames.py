"""Frames and tensors of other libraries as arrays, by the methods that they share."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from numbers import Number
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._warning import ContractWarning, warn

__all__ = [
    "MISSING",
    "TEXT_LABELS",
    "TIMES",
    "DataError",
    "called_at",
    "check_alignment",
    "check_columns",
    "column_names",
    "first_other",
    "is_written",
    "names_at",
    "placed",
    "row_label",
    "to_array",
    "way_from_missing",
]

Array = np.ndarray[Any, Any]

# The way out for times, by the kinds of their dtypes.
TIMES = {
    "M": "turn dates into numbers, such as days since the first",
    "m": "turn times into numbers, such as seconds",
}

# What stands for no value: Python's, pandas', and that of times.
MISSING = ("None", "<NA>", "NaT")

TEXT_LABELS = "number the classes: classes, y = np.unique(labels, return_inverse=True)"


class DataError(gg.GraphgradError, ValueError):
    """Data that a model cannot be trained or used on, with the place of the fault."""


def placed(what: str, index: Iterable[object]) -> str:
    """Write a place in data; what is ``x of batch 3`` has it behind the ``x``.

    >>> placed("x", (0, 2)), placed("x of batch 3", (0, 2))
    ('x[0, 2]', 'x[0, 2] of batch 3')
    """
    name, of, batch = what.partition(" of ")
    return f"{name}[{', '.join(map(str, index))}]{of}{batch}"


def to_array(data: Any, what: str, *, labels: bool = False) -> Array:
    """Return ``data`` as an array, without a copy where it is one already.

    No library is imported for this: frames and series have ``to_numpy``, tensors
    ``__array__`` or DLPack. ``labels`` says that they are labels, for which there is
    another way out.

    >>> to_array([[1, 2], [3, 4]], "x").shape
    (2, 2)
    """
    if isinstance(data, np.ndarray):
        return _plain(data, what)
    if isinstance(data, gg.Tensor):
        return data.detach().numpy()
    _refuse_unread(data, what)
    columns = _columns(data)
    if columns is not None:
        return _frame(data, columns, what, labels=labels)
    if _is_series(data):
        return _column(data, what, labels=labels)
    try:
        if hasattr(data, "__dlpack__") and not hasattr(data, "__array__"):
            return np.asarray(np.from_dlpack(data))
        return _numbers(np.asarray(data))
    except ValueError as error:
        raise DataError(
            f"{what} is no rectangular array of numbers: {error}"
        ) from error
    except (RuntimeError, TypeError, BufferError) as error:
        raise DataError(
            f"{what}, a {type(data).__name__}, cannot be read as an array: {error}"
        ) from error


# What has its numbers in another form, or not yet.
def _refuse_unread(data: Any, what: str) -> None:
    if hasattr(data, "collect_schema") and not hasattr(data, "to_numpy"):
        raise DataError(f"{what} is a lazy frame: pass {what}.collect()")
    if hasattr(data, "tocsr"):
        raise DataError(f"{what} is a sparse matrix: pass {what}.toarray()")
    if hasattr(data, "__next__"):
        raise DataError(
            f"{what} gives its values once, one by one, as {type(data).__name__}: pass "
            f"np.array(list({what})), or let x give batches, (x, y) each"
        )


def _plain(array: Array, what: str) -> Array:
    # Nobody has a masked array without this module, which is slow to import.
    known = "numpy.ma" in sys.modules
    if known and isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        raise DataError(
            f"{what} is a masked array, whose mask would be lost: fill it with "
            f"{what}.filled(...), or drop what is masked"
        )
    return _numbers(np.asarray(array))


# An array of objects that are all numbers, as frames of mixed columns give it.
def _numbers(array: Array) -> Array:
    if array.dtype.kind != "O" or not array.size or not array.ndim:
        return array
    if all(isinstance(each, Number) for each in array.flat):
        if any(isinstance(each, complex) for each in array.flat):
            return array.astype(np.complex128)
        return array.astype(np.float64)
    return array


# ---- frames --------------------------------------------------------------------------


def _columns(data: Any) -> list[tuple[Any, Any]] | None:
    if not (hasattr(data, "columns") and hasattr(data, "to_numpy")):
        return None
    if hasattr(data, "get_columns"):
        return [(each.name, each) for each in data.get_columns()]
    if hasattr(data, "items"):
        return list(data.items())
    return None


def _is_series(data: Any) -> bool:
    return hasattr(data, "to_numpy") and hasattr(data, "dtype")


def _frame(
    frame: Any, columns: Iterable[tuple[Any, Any]], what: str, *, labels: bool
) -> Array:
    found = [
        _column(column, f"{what}, column {name!r},", labels=labels)
        for name, column in columns
    ]
    if not found:
        raise DataError(f"{what} is a frame without columns")
    if all(column.dtype == found[0].dtype for column in found):
        whole = np.asarray(frame.to_numpy())
        if whole.dtype == found[0].dtype:
            return whole
    whole = np.empty((len(found[0]), len(found)), np.result_type(*found))
    for at, column in enumerate(found):
        whole[:, at] = column
    return whole


def _column(column: Any, what: str, *, labels: bool) -> Array:
    array = np.asarray(column.to_numpy())
    if array.dtype.kind == "O" and _is_nullable_number(column):
        array = column.to_numpy(dtype="float64", na_value=np.nan)
    array = _numbers(array)
    if array.dtype.kind in "fiub" and not _is_categorical(column):
        return array
    held = str(column.dtype)
    found = first_other(array)
    if found is not None:
        (row,), cell = found
        kind = "text" if isinstance(array[row], str) else held
        held = f"{kind} ({cell} in row {row_label(column, row) or row})"
    way_out = _way_out(array, found, labels=labels)
    raise DataError(f"{what} holds {held}, expected numbers; {way_out}")


def _way_out(
    array: Array, found: tuple[tuple[int, ...], str] | None, *, labels: bool
) -> str:
    if array.dtype.kind in TIMES:
        return TIMES[array.dtype.kind]
    if is_written(array):
        return (
            "its text is numbers: turn it into them (column.astype(float), "
            "column.cast(float) in polars)"
        )
    if found is not None and found[1] in MISSING:
        return way_from_missing(array, found[1])
    # In columns of text, what is missing may be a NaN.
    numbers = [each for each in array if isinstance(each, Number)]
    if found is not None and set(map(str, numbers)) - {"nan"}:
        return (
            "other cells are numbers: mend it, or drop such rows, which "
            "pandas.to_numeric(column, errors='coerce') makes NaN"
        )
    if labels:
        lacks = found is not None and (numbers or any(map(_is_missing, array)))
        first = "drop the samples without a label, then " if lacks else ""
        return first + TEXT_LABELS
    return (
        "turn it into columns of 0 and 1 (pandas.get_dummies(frame), "
        "frame.to_dummies() in polars), number its values "
        "(np.unique(column, return_inverse=True)[1]), or drop it"
    )


def way_from_missing(array: Array, cell: str) -> str:
    """Return the way out if an array of objects holds nothing in a cell, or in all.

    >>> way_from_missing(np.array([1, None], object), "None")
    'None is no number: drop such rows, or fill them in'
    """
    if any(isinstance(each, Number) for each in array.flat):
        return f"{cell} is no number: drop such rows, or fill them in"
    return f"{cell} is no number, and no other cell is one: leave it out, or fill it in"


def first_other(array: Array) -> tuple[tuple[int, ...], str] | None:
    """Return where an array of objects holds no number, and what: None comes last.

    >>> first_other(np.array([1, None, "?"], object))
    ((2,), "'?'")
    """
    if array.dtype.kind != "O" or not array.ndim:
        return None
    nothing = None
    for place, cell in np.ndenumerate(array):
        if isinstance(cell, Number):
            continue
        if isinstance(cell, str):
            return place, repr(cell)[:40]
        if not _is_missing(cell):
            return place, type(cell).__name__[:40]
        nothing = nothing or (place, repr(cell))
    return nothing


def _is_missing(cell: object) -> bool:
    return type(cell).__name__ in ("NoneType", "NAType", "NaTType")


def is_written(array: Array) -> bool:
    """Whether an array holds text, all of which are numbers.

    >>> is_written(np.array(["1", "2.5"])), is_written(np.array(["1", "two"]))
    (True, False)
    """
    if array.dtype.kind not in "OTU" or not all(isinstance(x, str) for x in array.flat):
        return False
    try:
        array.astype(np.float64)
    except ValueError:
        return False
    return True


# Pandas' Int64, Float64 and boolean with missing values give objects unless asked.
def _is_nullable_number(column: Any) -> bool:
    return bool(getattr(column.dtype, "_is_numeric", False)) and hasattr(
        column.dtype, "na_value"
    )


# The numbers of categories mean nothing as numbers.
def _is_categorical(column: Any) -> bool:
    return str(column.dtype).lower().startswith(("category", "categorical", "enum"))


# ---- names ---------------------------------------------------------------------------


def names_at(data: Any, place: tuple[int, ...]) -> str:
    """Return what a frame or series calls a place, or nothing: its row and column.

    >>> names_at([[1.0, 2.0]], (0, 1))
    ''
    """
    found = called_at(data, place)
    return f" ({', '.join(found)})" if found else ""


def called_at(data: Any, place: tuple[int, ...]) -> list[str]:
    """Return the names of a place, as `names_at` does, each by itself.

    >>> called_at([[1.0, 2.0]], (0, 1))
    []
    """
    label = row_label(data, place[0])
    found = [] if label is None else [f"row {label}"]
    columns = _columns(data)
    if columns is not None and len(place) > 1:
        found.append(f"column {_name(columns[place[1]][0])}")
    return found


def row_label(data: Any, row: int) -> str | None:
    """Return what the index of a frame or series calls a row, if that says more.

    >>> row_label([[1.0, 2.0]], 0)
    """
    index: Any = getattr(data, "index", None)
    label = _name(index[row]) if hasattr(index, "sort_values") else None
    return None if label == str(row) else label


def _name(label: Any) -> str:
    return repr(label.item() if isinstance(label, np.generic) else label)


def column_names(data: Any) -> tuple[str, ...] | None:
    """Return what a frame calls its columns, if these are names, and each another.

    >>> column_names([[1.0, 2.0]])
    """
    columns = None if isinstance(data, np.ndarray) else _columns(data)
    names = [name for name, _ in columns or ()]
    if not names or not all(isinstance(name, str) for name in names):
        return None
    return tuple(map(str, names)) if len(set(names)) == len(names) else None


def check_columns(known: tuple[str, ...] | None, data: Any, what: str = "x") -> None:
    """Raise where a frame lacks ``known`` columns, or has them in another order.

    It may not have them among others, either. By position, which is what counts, a
    column would be taken for another one. As many columns of other names are warned of:
    the numbers may be the same ones.

    >>> check_columns(("a", "b"), [[1.0, 2.0]])
    """
    names = None if known is None else column_names(data)
    if known is None or names is None or names == known:
        return
    frame, of, batch = what.partition(" of ")
    if set(known) <= set(names):
        at = next(i for i, name in enumerate(names) if known[i : i + 1] != (name,))
        was = repr(known[at]) if at < len(known) else "none"
        raise DataError(
            f"{what} has the columns that the model was fitted on in another order or "
            f"among others: column {at} is {names[at]!r}, and was {was}; pass "
            f"{frame}[list(model.contract.columns)]{of}{batch}"
        )
    if len(names) != len(known):
        others = _listed([each for each in names if each not in known])
        raise DataError(
            f"{what} lacks {_listed([each for each in known if each not in names])} of "
            "the columns that the model was fitted on"
            + (f", and has {others} besides" if others else "")
            + "; all are list(model.contract.columns)"
        )
    at = next(i for i, name in enumerate(names) if name != known[i])
    warn(
        f"column {at} of {frame} is {names[at]!r}, and was {known[at]!r} when the "
        "model was fitted: columns are taken by position",
        ContractWarning,
    )


# Of many names the first.
def _listed(names: list[str]) -> str:
    return ", ".join([*map(repr, names[:5]), *["..."][: len(names) > 5]])


# ---- indices -------------------------------------------------------------------------


def check_alignment(x: Any, y: Any, x_name: str = "x", y_name: str = "y") -> None:
    """Raise where two frames name the same rows by their indices, in another order.

    By position, which is what counts, each sample would have another one's label.
    Indices of other rows say nothing, and pass.

    >>> check_alignment([[1.0]], [0])
    """
    one: Any = getattr(x, "index", None)
    other: Any = getattr(y, "index", None)
    if not (hasattr(one, "sort_values") and hasattr(other, "sort_values")):
        return
    if len(one) != len(other) or one.equals(other) or not one.is_unique:
        return
    if one.sort_values().equals(other.sort_values()):
        raise DataError(
            f"{x_name} and {y_name} have the same rows in another order, by their "
            f"indices: pass {y_name}.loc[{x_name}.index], or .to_numpy() of both if "
            "the order is meant"
        )
