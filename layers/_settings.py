"""Settings: what a program depends on that may be changed after it was made."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._config import Configurable

__all__ = ["is_ours", "is_sealed", "settings", "value_of"]

_SIMPLE = (bool, int, float, str, np.generic, FunctionType, gg.Spec)


def settings(thing: Any) -> Hashable:
    """Return the public attributes of ``thing`` as values to be compared, by name.

    Those of a loss, a metric, a regularizer: another value makes another program.

    >>> settings(gg.regularizers.L1L2(0.5, 0.25))
    (('l1', 0.5), ('l2', 0.25))
    """
    return tuple((name, value_of(value)) for name, value in _public(thing))


def _public(thing: Any) -> list[tuple[str, Any]]:
    return [
        (name, value)
        for name, value in getattr(thing, "__dict__", {}).items()
        if not (name.startswith("_") or isinstance(value, gg.Variable))
    ]


def value_of(value: Any) -> Hashable:
    """Return a value such that what was changed in place is not equal to it.

    State, and objects of unknown kinds, count as nothing: a step may change them.

    >>> value_of([1, {"a": 2.0}])
    (1, (('a', 2.0),))
    """
    if value is None or isinstance(value, _SIMPLE):
        return value
    if isinstance(value, np.ndarray):
        return value.shape, value.dtype.str, value.tobytes()
    if isinstance(value, Mapping):
        return tuple((str(key), value_of(each)) for key, each in value.items())
    if isinstance(value, list | tuple):
        return tuple(value_of(e) for e in value if not isinstance(e, gg.Variable))
    return settings(value) if isinstance(value, Configurable) else None


def is_sealed(value: Any) -> bool:
    """Return whether no change of a value, or within it, goes unmarked.

    Containers are changed in place, and what is not ours may be in its own ways.

    >>> is_sealed(gg.regularizers.L1L2(0.5)), is_sealed((1, "a", [2]))
    (True, False)
    """
    if isinstance(value, tuple):
        return all(map(is_sealed, value))
    if isinstance(value, Configurable):
        return is_ours(value) and all(is_sealed(each) for _, each in _public(value))
    return value is None or isinstance(value, (*_SIMPLE, gg.Variable))


def is_ours(thing: Any) -> bool:
    """Return whether a thing is of a class of this library.

    >>> is_ours(gg.Dense(1)), is_ours([])
    (True, False)
    """
    return type(thing).__module__.startswith("graphgrad.")
