"""Strategies for primitives: an instance, and inputs in its domain."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from graphgrad._primitive import Primitive
from graphgrad._types import Array, Shape
from graphgrad.testing._choices import Choices
from graphgrad.testing._hypothesis import hnp, st

__all__ = ["Drawn", "examples"]


class Drawn(Choices):
    """Choices that Hypothesis makes, and shrinks.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(st.composite(lambda draw: Drawn(draw).shape(1))())
    (0,)
    """

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        """Draw from a composite strategy."""
        self.draw = draw

    def integers(self, shape: Shape, low: int, high: int) -> Array:
        """Choose an integer array, both ends included."""
        elements = st.integers(low, max(low, high))
        return np.array(self.draw(hnp.arrays(np.int64, shape, elements=elements)))


def examples(
    kind: type[Primitive],
) -> st.SearchStrategy[tuple[Primitive, tuple[Array, ...]]]:
    """Return a strategy for instances of a primitive with inputs in its domain.

    They are what its `example` chooses.

    >>> import graphgrad as gg
    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.examples(gg.OPS["tanh"]))
    (tanh, (array(0.),))
    """
    if not inspect.isclass(kind) or not issubclass(kind, Primitive):
        raise TypeError(
            "examples takes the class of a primitive, such as gg.OPS['exp'], got "
            f"{kind!r}"
        )
    return _examples(kind)


@st.composite
def _examples(
    draw: st.DrawFn, kind: type[Primitive]
) -> tuple[Primitive, tuple[Array, ...]]:
    return kind.example(Drawn(draw))
