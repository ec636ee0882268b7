"""A check of what says how often something is done."""

from __future__ import annotations

import reprlib
from numbers import Integral
from typing import Any

from graphgrad.layers._arguments import ArgumentError

__all__ = ["check_frequency"]


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
