"""What Keras lets one set for the whole process, and what is fixed here."""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import (
    ArgumentError,
    check_choice,
    check_flag,
    check_number,
)

__all__ = ["backend", "clear_session", "epsilon", "floatx", "set_epsilon", "set_floatx"]

_EPSILON = 1e-7


def backend() -> str:
    """Return the name of what computes: numpy, unless `using` has put in another.

    >>> backend()
    'numpy'
    """
    return gg.backend.in_use().name


def clear_session(free_memory: bool = True) -> None:
    """Collect garbage if ``free_memory``; there is nothing else to clear.

    Names and seeds belong to the model, so that nothing grows from model to model.

    >>> clear_session()
    """
    if check_flag("clear_session's free_memory", free_memory):
        import gc

        gc.collect()


def epsilon() -> float:
    """Return the small number that keeps logarithms and quotients finite.

    >>> epsilon()
    1e-07
    """
    return _EPSILON


def set_epsilon(value: float) -> None:
    """Take 1e-7, which it is; other numbers are refused.

    >>> set_epsilon(1e-7)
    """
    if check_number("epsilon", value) != _EPSILON:
        raise ArgumentError(
            f"epsilon is {_EPSILON} for the whole process, got {value!r}: give another "
            "to what uses it, as in optimizers.Adam(epsilon=...)"
        )


def floatx() -> str:
    """Return the dtype that models compute in.

    >>> floatx()
    'float32'
    """
    return "float32"


def set_floatx(value: Any) -> None:
    """Take float32, which it is; other dtypes are refused.

    >>> set_floatx("float32")
    """
    known = ["float16", "bfloat16", "float32", "float64"]
    if check_choice("floatx", value, known) != "float32":
        raise ArgumentError(
            f"models compute in float32, got {value!r}: for float64 use gg's functions "
            "of tensors, which compute in the dtype that they are given"
        )
