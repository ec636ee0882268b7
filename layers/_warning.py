"""Warnings, which point to the line of the user's that led to them."""

from __future__ import annotations

import inspect
import warnings

__all__ = ["ContractWarning", "warn"]

# What stands between the library's functions.
_OURS = ("graphgrad", "contextlib", "functools")


class ContractWarning(UserWarning):
    """Data that a model takes, and that are hardly what was meant."""


def warn(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is not the library's own.

    What is a warning already keeps its category.

    >>> with warnings.catch_warnings(record=True) as caught:
    ...     warnings.simplefilter("always")
    ...     warn("mind the step")
    >>> str(caught[0].message)
    'mind the step'
    """
    frame, level = inspect.currentframe(), 1
    while frame is not None and _is_ours(frame.f_globals.get("__name__")):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def _is_ours(module: str | None) -> bool:
    return module is not None and module.partition(".")[0] in _OURS
