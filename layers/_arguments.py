"""Checks of arguments: each returns the value or says what was expected."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np

import graphgrad as gg

__all__ = [
    "ArgumentError",
    "axis_number",
    "axis_numbers",
    "check_choice",
    "check_count",
    "check_flag",
    "check_float32",
    "check_number",
    "check_seed",
    "unquoted",
]

T = TypeVar("T")


class ArgumentError(gg.GraphgradError, ValueError):
    """An argument whose value makes no sense."""


def check_number(
    what: str,
    value: Any,
    *,
    at_least: float = -math.inf,
    above: float = -math.inf,
    at_most: float = math.inf,
    below: float = math.inf,
) -> float:
    """Return ``value`` as a float if it is a finite number within the bounds.

    >>> check_number("SGD's momentum", 0, at_least=0, at_most=1)
    0.0
    """
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        raise ArgumentError(
            f"{what} must be a number, got {reprlib.repr(value)} "
            f"of type {type(value).__name__}{unquoted(value)}"
        )
    number = float(value)
    if not math.isfinite(number):
        raise ArgumentError(f"{what} must be finite, got {number}")
    if at_least <= number <= at_most and above < number < below:
        return number
    bounds = {
        "at least": at_least,
        "above": above,
        "at most": at_most,
        "below": below,
    }
    wanted = [f"{word} {x:g}" for word, x in bounds.items() if math.isfinite(x)]
    raise ArgumentError(f"{what} must be {' and '.join(wanted)}, got {value}")


def check_flag(what: str, value: Any) -> bool:
    """Return ``value`` if it is True or False.

    >>> check_flag("SGD's nesterov", True)
    True
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    raise ArgumentError(f"{what} must be True or False, got {reprlib.repr(value)}")


def check_choice(what: str, value: Any, choices: Sequence[T]) -> T:
    """Return ``value`` if it is one of ``choices``.

    >>> check_choice("mode", "fan_in", ["fan_in", "fan_out"])
    'fan_in'
    """
    for each in choices:
        if type(value) is type(each) and value == each:
            return each
    listed = ", ".join(repr(each) for each in choices)
    hint = _meant(value, choices) if isinstance(value, str) else ""
    raise ArgumentError(
        f"{what} must be one of {listed}, got {reprlib.repr(value)}{hint}"
    )


def _meant(value: str, choices: Sequence[Any]) -> str:
    from graphgrad.layers._names import meant, nearest

    near = nearest(value, [each for each in choices if isinstance(each, str)], 1)
    return f"; {meant(near)}" if near else ""


def check_count(what: str, value: Any, at_least: int = 0, *, flag: bool = False) -> int:
    """Return ``value`` if it is a whole number of at least ``at_least``.

    With ``flag`` True and False will do, too, as 1 and 0.

    >>> check_count("EarlyStopping's patience", 3)
    3
    """
    whole = isinstance(value, Integral) and (flag or not isinstance(value, bool))
    if whole and int(value) >= at_least:
        return int(value)
    raise ArgumentError(
        f"{what} must be a whole number of at least {at_least}, "
        f"got {reprlib.repr(value)}{unquoted(value)}"
    )


def axis_number(what: str, axis: Any) -> int:
    """Return ``axis`` if it is a whole number.

    >>> axis_number("Dice's axis", -1)
    -1
    """
    if isinstance(axis, Integral) and not isinstance(axis, bool):
        return int(axis)
    raise ArgumentError(f"{what} must be a whole number, got {axis!r}")


def axis_numbers(what: str, axis: Any) -> Any:
    """Return one axis, or several as a tuple, if they are whole numbers.

    >>> axis_numbers("Norm's axis", [1, -1])
    (1, -1)
    """
    several = isinstance(axis, list | tuple)
    for each in axis if several else (axis,):
        if not isinstance(each, Integral) or isinstance(each, bool):
            raise ArgumentError(
                f"{what} must be a whole number or several, got {axis!r}"
            )
    return tuple(int(each) for each in axis) if several else int(axis)


def check_seed(what: str, value: Any) -> int | None:
    """Return ``value`` if it is a seed, a whole number of at least 0, or None.

    >>> check_seed("Zeros' seed", 3)
    3
    """
    if value is None:
        return None
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= 0:
        return int(value)
    raise ArgumentError(
        f"{what} must be a whole number of at least 0, got {reprlib.repr(value)}"
    )


def unquoted(value: Any) -> str:
    """Return the way out where a whole number is text, or a float; else nothing.

    >>> unquoted("8"), unquoted(8.0), unquoted("eight")
    ('; write it without quotes', '; write 8, or int(...)', '')
    """
    if isinstance(value, float) and value.is_integer():
        return f"; write {value:.0f}, or int(...)"
    try:
        float(value if isinstance(value, str) else "")
    except ValueError:
        return ""
    return "; write it without quotes"


def check_float32(owner: str, dtype: Any) -> None:
    """Raise unless ``dtype`` is None or float32, in which models compute.

    >>> check_float32("Dense", "float32")
    """
    if dtype is not None and np.dtype(dtype) != np.float32:
        raise ArgumentError(
            f"{owner} computes in float32, got dtype={dtype!r}: models have no other "
            "dtype; for float64 use gg's functions of tensors"
        )
