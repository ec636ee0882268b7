"""Asked of strategies: what they are given, refused where nothing could be drawn."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Iterable
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

from graphgrad.testing._asked import check_whole

__all__ = [
    "as_kinds",
    "as_shape",
    "check_ends",
    "check_number",
    "drawn_dtype",
]

T = TypeVar("T")

# So many axes are all that Hypothesis draws.
MOST_AXES = 32


def as_shape(name: str, value: Any, *, open_: bool = False) -> tuple[Any, ...]:
    """Return a shape as a tuple, or raise; ``open_`` ones may have None for a length.

    >>> as_shape("shape", [2, 3])
    (2, 3)
    """
    if isinstance(value, tuple | list) and all(
        (open_ and side is None)
        or (
            isinstance(side, Integral) and not isinstance(side, bool) and int(side) >= 0
        )
        for side in value
    ):
        return tuple(value)
    none = ", or None for any" if open_ else ""
    raise TypeError(
        f"{name} must be a tuple of whole numbers from 0 on{none}, such as (2, 3): got "
        f"{reprlib.repr(value)}"
    )


def check_ends(at_least: int = 0, **ends: Any) -> None:
    """Raise unless two numbers, the least and the most, are whole and in this order.

    >>> check_ends(min_side=1, max_side=4)
    """
    for name, value in ends.items():
        check_whole(name, value, at_least)
        if "ndim" in name and value > MOST_AXES:
            raise ValueError(f"{name} must be {MOST_AXES} or less: got {value}")
    (least, low), (most, high) = ends.items()
    if low > high:
        raise ValueError(f"{least} must not be above {most}: got {low} and {high}")


def check_number(name: str, value: Any, at_least: float = -math.inf) -> None:
    """Raise unless it is a number, and not too small.

    >>> check_number("margin", 0.5)
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number: got {reprlib.repr(value)}")
    if not float(value) >= at_least:
        least = "a number" if at_least == -math.inf else f"{at_least} or more"
        raise ValueError(f"{name} must be {least}: got {value}")


def drawn_dtype(value: Any, kinds: str = "biuf") -> np.dtype[Any]:
    """Return a dtype whose numbers are drawn, or raise.

    >>> drawn_dtype("float32")
    dtype('float32')
    """
    try:
        dtype: np.dtype[Any] | None = None if value is None else np.dtype(value)
    except TypeError:
        dtype = None
    wide = dtype is not None and dtype.kind == "f" and dtype.itemsize > 8
    if dtype is None or dtype.kind not in kinds or wide:
        more = ", integers or booleans" if kinds == "biuf" else ""
        raise TypeError(
            f"dtype must be one of floats, up to 64 bits{more}, such as 'float32': got "
            f"{reprlib.repr(value)}"
        )
    return dtype


def as_kinds(kinds: Any, known: Iterable[T], module: str, example: str) -> list[T]:
    """Return the classes to draw from, or raise what the choice is.

    >>> as_kinds([int], [int, float], "builtins", "int")
    [<class 'int'>]
    """
    table = list(known)
    if kinds is None:
        return table
    several = isinstance(kinds, tuple | list | set | frozenset)
    if several and kinds and all(kind in table for kind in kinds):
        return [kind for kind in table if kind in kinds]
    names = ", ".join(getattr(kind, "__name__", repr(kind)) for kind in table)
    raise (TypeError if not several else ValueError)(
        f"kinds must be a list of classes of {module}, such as [{example}]: got "
        f"{reprlib.repr(kinds)}; there are {names}"
    )
