"""Settings: what a program depends on that may be changed after it was made."""

from __future__ import annotations

from types import FunctionType
from typing import Any

__all__ = ["settings"]

# What is compared by value.
_SIMPLE = (bool, int, float, str, FunctionType, type(None))


def settings(thing: Any) -> tuple[Any, ...]:
    """Return the public attributes of ``thing`` that are plain values, by name.

    Those of a loss, a metric, a regularizer: another value makes another program.

    >>> import graphgrad as gg
    >>> settings(gg.regularizers.L1L2(0.5, 0.25))
    (('l1', 0.5), ('l2', 0.25))
    """
    found: list[tuple[str, Any]] = []
    for name, value in getattr(thing, "__dict__", {}).items():
        inner = {name: value}
        if isinstance(value, dict):
            inner = {f"{name}.{key}": each for key, each in value.items()}
        elif isinstance(value, list | tuple):
            inner = {f"{name}.{place}": each for place, each in enumerate(value)}
        found += [
            (key, each)
            for key, each in inner.items()
            if not name.startswith("_") and isinstance(each, _SIMPLE)
        ]
    return tuple(found)
