"""Checks of arguments that count something."""

from __future__ import annotations

import reprlib
from numbers import Integral
from typing import Any

from graphgrad.layers._arguments import ArgumentError

__all__ = ["check_count", "check_frequency"]


def check_count(what: str, value: Any, at_least: int = 0) -> int:
    """Return ``value`` if it is a whole number of at least ``at_least``.

    >>> check_count("patience", 3)
    3
    """
    whole = isinstance(value, Integral) and (
        at_least == 0 or not isinstance(value, bool)
    )
    if whole and int(value) >= at_least:
        return int(value)
    raise ArgumentError(
        f"{what} must be a whole number of at least {at_least}, "
        f"got {reprlib.repr(value)}"
    )


def check_frequency(what: str, value: Any, *words: str) -> int | str:
    """Return ``value`` if it is one of ``words`` or a number of batches.

    >>> check_frequency("save_freq", "epoch", "epoch")
    'epoch'
    """
    if isinstance(value, str) and value in words:
        return value
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) > 0:
        return int(value)
    listed = " or ".join(repr(word) for word in words)
    raise ArgumentError(
        f"{what} must be {listed} or a number of batches, got {reprlib.repr(value)}"
    )
