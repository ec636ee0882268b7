"""Asked: what a check is given, refused where no check could be meant."""

from __future__ import annotations

import inspect
import math
import reprlib
from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from graphgrad._errors import GraphgradError
from graphgrad._tree import leaves
from graphgrad._types import Array

__all__ = [
    "as_array",
    "as_numbers",
    "as_tuple",
    "called",
    "check_bound",
    "check_finite",
    "check_floats",
    "check_functions",
    "check_options",
    "check_whole",
    "float_dtype",
    "kinds_of",
    "tuple_of_one",
]

__tracebackhide__ = True  # pytest shows the line of the test

# How each check is called.
USES = {
    "check_grads": "check_grads(f, args)",
    "check_jvp": "check_jvp(f, jvp, args)",
    "check_vjp": "check_vjp(f, vjp, args)",
}


# ---- functions -----------------------------------------------------------------------


def check_functions(check: str, **functions: Any) -> None:
    """Raise unless all are functions, or other objects that can be called.

    >>> check_functions("check_grads", f=len)
    """
    for name, value in functions.items():
        if not callable(value):
            raise TypeError(
                f"{check} takes a function {name}, as in {USES[check]}: got "
                f"{reprlib.repr(value)}"
            )


def called(f: Callable[..., Any], given: Sequence[Any], use: str) -> Any:
    """Return what ``f`` gives; explain it if it does not take so many arguments.

    It is asked for its parameters when it has refused, as they need not be what it
    says: a decorator may have changed them.

    >>> called(abs, [-1], "f(*args)")
    1
    """
    # What a ufunc is given besides would be where it writes to.
    refused = _refused(f, given, use) if isinstance(f, np.ufunc) else None
    if refused:
        raise refused
    try:
        return f(*given)
    except TypeError as error:
        refused = _refused(f, given, use)
        if refused is None:
            raise
        raise refused from error


def _refused(f: Callable[..., Any], given: Sequence[Any], use: str) -> TypeError | None:
    takes = _taken(f, given)
    if takes is None:
        return None
    count = f"{len(given)} argument" + "s" * (len(given) != 1)
    name = getattr(f, "__name__", repr(f))
    hint = tuple_of_one(given) if use == "f(*args)" else ""
    return TypeError(
        f"{name} takes {takes}, and was called with {count}, as {use}{hint}"
    )


def _taken(f: Callable[..., Any], given: Sequence[Any]) -> str | None:
    """Return what ``f`` takes, if that is not as many arguments."""
    if isinstance(f, np.ufunc):
        inputs = f"{f.nin} input" + "s" * (f.nin != 1)
        return inputs if len(given) != f.nin else None
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*given)
    except TypeError:
        return _bare(signature)
    return None


def check_bound(
    who: str, check: Callable[..., Any], given: Sequence[Any], options: dict[str, Any]
) -> None:
    """Raise what is wrong with a call of ``check``, which ``who`` passes on.

    >>> check_bound("law_of", check_whole, ["order", 2, 1], {})
    """
    signature = inspect.signature(check)
    try:
        signature.bind(*given, **options)
    except TypeError as error:
        name = check.__name__
        raise TypeError(
            f"{who} takes what {name} takes, {name}{_bare(signature)}: {error}"
        ) from None


def _bare(signature: inspect.Signature) -> str:
    empty = inspect.Parameter.empty
    bare = [each.replace(annotation=empty) for each in signature.parameters.values()]
    return str(inspect.Signature(bare))


# ---- arrays --------------------------------------------------------------------------


def as_tuple(name: str, value: Any, use: str) -> tuple[Any, ...]:
    """Return a tuple of arguments, or raise.

    >>> as_tuple("args", [1.0], "check_grads(f, (x,))")
    (1.0,)
    """
    if not isinstance(value, tuple | list):
        raise TypeError(
            f"{name} must be a tuple, one entry for each argument: got "
            f"{type(value).__name__}; a single one is (x,), as in {use}"
        )
    if not value:
        raise ValueError(f"{name} is empty, expected one argument or more, as in {use}")
    return tuple(value)


def tuple_of_one(given: Sequence[Any]) -> str:
    """Return the end of a refusal of several numbers that one array may be meant by.

    >>> tuple_of_one([1.0, np.ones(())]), tuple_of_one([1.0, np.ones(1)])
    ('; one array is a tuple of one, ([1.0, 1.0],)', '')
    """
    numbers = [
        np.asarray(x).item()
        for x in given
        if isinstance(x, int | float) or getattr(x, "ndim", None) == 0
    ]
    if not len(numbers) == len(given) > 1:
        return ""
    return f"; one array is a tuple of one, ({reprlib.repr(numbers)},)"


def as_array(what: str, value: Any) -> Array:
    """Return an array, or raise if the lists in it are none.

    >>> as_array("x", [1.0, 2.0])
    array([1., 2.])
    """
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(
            f"{what} must be an array, and the rows of {what} are not all of one "
            f"length: got {reprlib.repr(value)}"
        ) from None


def as_numbers(what: str, value: Any) -> Array:
    """Return an array of numbers or truth values, or raise.

    >>> as_numbers("labels", [0, 1])
    array([0, 1])
    """
    array = as_array(what, value)
    if array.dtype.kind not in "biuf":
        raise TypeError(
            f"{what} must be numbers, an array or what NumPy can make one of: got "
            f"{reprlib.repr(value)}"
        )
    return array


def kinds_of(tree: Any) -> str:
    """Return the dtypes of what is in a nest, or the types of what has none.

    >>> kinds_of([np.ones(1), "a"])
    'float64, str'
    """
    found = leaves(tree)
    kinds = [str(getattr(x, "dtype", type(x).__name__)) for x in found]
    return ", ".join(dict.fromkeys(kinds)) or type(tree).__name__


def check_floats(what: str, tree: Any) -> None:
    """Raise unless there is a float array, or a float, in a nest.

    >>> check_floats("f", 1.0)
    """
    if not any(np.asarray(each).dtype.kind == "f" for each in leaves(tree)):
        raise GraphgradError(
            f"{what} gives no floats, which alone have derivatives: got "
            f"{kinds_of(tree)}"
        )


def check_finite(name: str, array: Array) -> None:
    """Raise if a number of an array is NaN or infinite.

    >>> check_finite("x", np.ones(2))
    """
    bad = np.argwhere(~np.isfinite(array))
    if not len(bad):
        return
    place = tuple(map(int, bad[0]))
    at = f"{name}[{', '.join(map(str, place))}]" if place else name
    more = f" ({len(bad)} of {array.size:,} are not finite)" if array.size > 1 else ""
    raise ValueError(
        f"{name} must hold finite numbers: {at} is {array[place]}{more}; fill in what "
        "is missing, or take a point where the values are finite"
    )


# ---- options -------------------------------------------------------------------------


def check_whole(name: str, value: Any, at_least: int) -> None:
    """Raise unless a number is a whole one, and not too small.

    >>> check_whole("order", 2, 1)
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number: got {reprlib.repr(value)}")
    if value < at_least:
        raise ValueError(f"{name} must be {at_least} or more: got {value}")


def check_options(rtol: Any, atol: Any, seed: Any, directions: Any = None) -> None:
    """Raise unless tolerances, the seed and the number of directions make sense.

    >>> check_options(1e-3, 0.0, 0)
    """
    for name, value in {"rtol": rtol, "atol": atol}.items():
        is_real = isinstance(value, Real) and not isinstance(value, bool)
        if not is_real or not 0 <= float(value) < math.inf:
            kind = ValueError if is_real else TypeError
            raise kind(
                f"{name} must be a number from 0 on: got {reprlib.repr(value)}; what "
                "is rounding is allowed without it"
            )
    check_whole("seed", seed, 0)
    if directions is not None:
        check_whole("directions", directions, 1)


def float_dtype(value: Any, kinds: str = "float64 or float32") -> np.dtype[Any]:
    """Return a dtype of floats, one of ``kinds``, or raise.

    >>> float_dtype(np.float32)
    dtype('float32')
    """
    try:
        dtype: np.dtype[Any] | None = None if value is None else np.dtype(value)
    except TypeError:
        dtype = None
    named = dtype is not None and ("another" in kinds or dtype.name in kinds)
    if dtype is None or dtype.kind != "f" or not named:
        raise TypeError(f"dtype must be {kinds}: got {value!r}")
    return dtype
