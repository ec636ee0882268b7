"""Settings: what a program depends on that may be changed after it was made."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from types import FunctionType
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._config import Configurable

__all__ = ["settings", "value_of"]

_SIMPLE = (bool, int, float, str, np.generic, FunctionType)


def settings(thing: Any) -> Hashable:
    """Return the public attributes of ``thing`` as values to be compared, by name.

    Those of a loss, a metric, a regularizer: another value makes another program.

    >>> settings(gg.regularizers.L1L2(0.5, 0.25))
    (('l1', 0.5), ('l2', 0.25))
    """
    attributes = getattr(thing, "__dict__", {}).items()
    return tuple(
        (name, value_of(value))
        for name, value in attributes
        if not (name.startswith("_") or isinstance(value, gg.Variable))
    )


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
