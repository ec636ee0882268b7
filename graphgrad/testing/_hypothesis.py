"""Hypothesis, which draws the examples, or the way to get it where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

try:
    import hypothesis as hypothesis
    from hypothesis import strategies as st
    from hypothesis.extra import numpy as hnp
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "graphgrad.testing.strategies draws examples by Hypothesis, which is not "
        "installed: pip install 'graphgrad[testing]'",
        name=error.name,
    ) from error

__all__ = ["hnp", "hypothesis", "smallest", "st"]

T = TypeVar("T")


def smallest(
    strategy: st.SearchStrategy[T], condition: Callable[[T], Any] = lambda _: True
) -> T:
    """Return the smallest example that Hypothesis finds for which a condition holds.

    The same in every run, unlike that of ``hypothesis.find``, which starts with what it
    remembers. `hypothesis.errors.NoSuchExample` is raised where nothing is found.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.shapes(), lambda shape: len(shape) > 1)
    (1, 1)
    """
    if not isinstance(strategy, st.SearchStrategy) or not callable(condition):
        raise TypeError(
            "smallest takes a strategy, and a function of what it draws, as in "
            f"smallest(shapes(), len): got {strategy!r} and {condition!r}"
        )
    chosen = hypothesis.settings(database=None, derandomize=True, max_examples=2000)
    return hypothesis.find(
        strategy, lambda value: bool(condition(value)), settings=chosen
    )
