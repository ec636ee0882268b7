"""What laws share: the error that tells of a broken one, and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from graphgrad._types import Array
from graphgrad.testing._report import GradientMismatch, NoPowerError

__all__ = [
    "CLOSE",
    "NEAR",
    "ROUNDING",
    "FoundError",
    "LawError",
    "chosen",
    "close",
    "same",
    "told",
]

__tracebackhide__ = True  # pytest shows the line of the test

# How far float32 numbers may lie apart that are computed in another order.
CLOSE = 1e-5
# The same for derivatives, which lose more.
NEAR = 1e-3

# What float64 may lose where a layer or a loss subtracts numbers that are nearly the
# same: far less than any fault changes.
ROUNDING = 1e-9


class LawError(AssertionError):
    """A layer or a loss that breaks a law: which, for what inputs, and what came."""


class FoundError(AssertionError):
    """What a law found, before it is told with the name of what broke it."""


def told(report: Callable[[str], str], law: Callable[..., None], *given: Any) -> None:
    """Check a law; raise what it finds, or whatever else it raises, as a `LawError`.

    >>> told("a layer: {}".format, same, np.ones(1), np.zeros(1), "it gave")
    Traceback (most recent call last):
    graphgrad.testing._laws.LawError: a layer: it gave [0.], expected [1.]
    """
    try:
        law(*given)
    except (FoundError, GradientMismatch, NoPowerError) as error:
        raise LawError(report(str(error))) from None
    except Exception as error:
        came = f"{type(error).__name__}: {error}"
        raise LawError(report(f"it raised {came}")) from error


def chosen(laws: Iterable[str], skip: Any) -> tuple[str, ...]:
    """Return the names of the laws but for some, which must be names of laws.

    >>> chosen(["shape", "dtype"], "dtype")
    ('shape',)
    """
    known, several = tuple(laws), isinstance(skip, Iterable)
    names = tuple(skip) if several and not isinstance(skip, str) else (skip,)
    for name in names:
        if name not in known:
            raise ValueError(
                f"skip takes names of laws, got {name!r}; they are {', '.join(known)}"
            )
    return tuple(name for name in known if name not in names)


def same(due: Array, found: Array, what: str) -> None:
    """Raise what was found if two arrays differ in any bit.

    >>> same(np.ones(2), np.ones(2), "a copy gave")
    """
    if not np.array_equal(due, found, equal_nan=True):
        raise FoundError(f"{what} {_shown(found)}, expected {_shown(due)}")


def close(due: Array, found: Array, what: str, tolerance: float = CLOSE) -> None:
    """Raise what was found where two arrays differ, relative to the largest element.

    >>> close(np.ones(2), np.array([1.0, 1.5]), "a program gave")
    Traceback (most recent call last):
    graphgrad.testing._laws.FoundError: a program gave at [1] 1.5, expected 1.0
    """
    if due.shape != found.shape:
        raise FoundError(f"{what} the shape is {found.shape}, expected {due.shape}")
    scale = float(np.max(np.abs(due), initial=1.0))
    off = np.abs(due.astype(np.float64) - found)
    if not np.all(off <= tolerance * scale):
        worst = np.unravel_index(
            int(np.argmax(np.where(np.isnan(off), np.inf, off))), off.shape
        )
        place = list(map(int, worst))
        raise FoundError(f"{what} at {place} {found[worst]}, expected {due[worst]}")


def _shown(array: Array) -> str:
    return np.array2string(array, threshold=20, edgeitems=2, separator=", ")
