"""Whole numbers on the graph: what counters are asked."""

from __future__ import annotations

from typing import Any

import graphgrad as gg

__all__ = ["ceil", "divides", "floor"]


def floor(x: Any) -> gg.Tensor:
    """Round numbers of at least 0 down; they stay floats.

    >>> floor(2.75)
    tensor(2.)
    """
    return gg.cast(gg.cast(x, "int64"), "float64")


def ceil(x: Any) -> gg.Tensor:
    """Round numbers of at least 0 up; they stay floats.

    >>> ceil(2.25), ceil(2.0)
    (tensor(3.), tensor(2.))
    """
    below = floor(x)
    return gg.where(gg.less(below, x), below + 1, below)


def divides(count: int, number: gg.Tensor) -> gg.Tensor:
    """Tell whether ``count`` divides a whole number of at least 0.

    >>> import graphgrad as gg
    >>> divides(3, gg.tensor([3, 4]))
    tensor([ True, False])
    """
    return gg.equal(gg.cast(number / count, "int64") * count, number)
