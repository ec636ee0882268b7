"""Threads: a model computes in memory of its own, and so for one at a time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

__all__ = ["one_at_a_time"]

P = ParamSpec("P")
R = TypeVar("R")


def one_at_a_time(method: Callable[P, R]) -> Callable[P, R]:
    """Let one thread at a time call such a method of an object with a ``lock``."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        model: Any = args[0]
        with model.lock:
            return method(*args, **kwargs)

    return call
