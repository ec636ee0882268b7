"""Strategies for arrays: on a grid of exact numbers, which shrink to whole ones."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np

from graphgrad._types import Array, Shape
from graphgrad.testing._asked import check_whole
from graphgrad.testing._asked_strategies import as_shape, drawn_dtype
from graphgrad.testing._domains import Domain, check_domain
from graphgrad.testing._hypothesis import hnp, st
from graphgrad.testing._strategies_shapes import shapes

__all__ = ["arrays", "floats"]

# How many numbers of a domain there are to draw from, at least.
POINTS = 512

# Of how many elements an array is drawn one by one.
SMALL = 64
ANYWHERE = Domain()


def arrays(
    dtype: Any = "float64",
    shape: Any = None,
    domain: Domain = ANYWHERE,
) -> st.SearchStrategy[Array]:
    """Return a strategy for arrays of a dtype and a shape with elements in ``domain``.

    ``dtype`` is one of floats, integers or booleans; it and ``shape`` may be strategies
    themselves, and without a shape any of `shapes` is drawn. Elements are multiples of
    a power of two, exact in every dtype; they shrink to whole numbers and to 0, or to
    what is nearest to it in the domain.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.arrays("float32", (2,), gst.positive), lambda x: x.sum() > 4)
    array([2., 3.], dtype=float32)
    """
    if not isinstance(dtype, st.SearchStrategy):
        dtype = drawn_dtype(dtype)
    if shape is not None and not isinstance(shape, st.SearchStrategy):
        shape = as_shape("shape", shape)
    check_domain(domain)
    return _arrays(dtype, shapes() if shape is None else shape, domain)


def floats(
    domain: Domain = ANYWHERE, dtype: Any = "float64", count: int = 1
) -> st.SearchStrategy[float]:
    """Return a strategy for numbers of ``domain`` that a float dtype holds exactly.

    There are enough of them to draw ``count`` that differ. They shrink to whole
    numbers, and these to 0.

    >>> from graphgrad.testing import strategies as gst
    >>> gst.smallest(gst.floats(), lambda x: x * x > 2)
    2.0
    """
    check_domain(domain)
    kind = drawn_dtype(dtype, "f")
    check_whole("count", count, 0)
    points = max(POINTS, 16 * count) if domain.distinct else POINTS
    grid = _Grid.of(domain, kind, points)
    if domain.distinct:
        _check_enough(domain, kind, grid.size, count)
    low, high = grid.intervals[0][0], grid.intervals[-1][1]
    if low == high:
        return st.just(float(kind.type(low)))
    drawn = st.floats(low, high, width=grid.width, allow_subnormal=False)
    return drawn.map(grid.nearest)


class _Grid(NamedTuple):
    step: float
    intervals: list[tuple[float, float]]
    width: Literal[16, 32, 64]

    @staticmethod
    def of(domain: Domain, dtype: np.dtype[Any], points: int) -> _Grid:
        """Take the largest power of two that gives so many points, if the dtype can."""
        top = float(np.finfo(dtype).max)
        intervals = [
            (max(a, -top), min(b, top))
            for a, b in domain.intervals()
            if a <= top and b >= -top
        ]
        if not intervals:
            raise ValueError(f"no number that {dtype} holds is in {domain}")
        length = sum(b - a for a, b in intervals)
        largest = max(max(abs(a), abs(b)) for a, b in intervals)
        spacing = _spacing(largest, dtype)
        fine = 2.0 ** math.floor(math.log2(length / points)) if length else spacing
        step = max(fine, spacing)
        rounded = [
            (math.ceil(a / step) * step, math.floor(b / step) * step)
            for a, b in intervals
        ]
        kept = [pair for pair in rounded if pair[0] <= pair[1]]
        # Half precision if it can: of its numbers few are so small that they become 0.
        width: Literal[16, 32, 64] = 64
        for bits, kind in ((32, np.float32), (16, np.float16)):
            if largest > float(np.finfo(kind).max):
                break
            if _spacing(largest, np.dtype(kind)) <= step:
                width = 32 if bits == 32 else 16
        return _Grid(step, kept or [(float(a), float(a)) for a, _ in intervals], width)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return sum(round((b - a) / self.step) + 1 for a, b in self.intervals)

    def nearest(self, x: float) -> float:
        """Return the number of the grid that is nearest."""
        rounded = round(x / self.step) * self.step
        if any(low <= rounded <= high for low, high in self.intervals):
            return rounded
        ends = [end for pair in self.intervals for end in pair]
        return min(ends, key=lambda end: (abs(end - x), -end))


# That of the number before, for after the largest of all there is none.
def _spacing(largest: float, dtype: np.dtype[Any]) -> float:
    below = np.nextafter(np.array(largest, dtype), np.zeros((), dtype))
    return float(np.spacing(below))


def _check_enough(domain: Domain, dtype: np.dtype[Any], have: int, need: int) -> None:
    if have < need:
        raise ValueError(
            f"there are {have} numbers of {dtype} in {domain}, expected {need} that "
            "differ: give it more room, or leave out distinct"
        )


def _integers(
    domain: Domain, dtype: np.dtype[Any], count: int
) -> st.SearchStrategy[int]:
    info = np.iinfo(dtype)
    ranges = [
        (max(math.ceil(low), info.min), min(math.floor(high), info.max))
        for low, high in domain.intervals()
    ]
    whole = sorted(
        (0 if low <= 0 <= high else min(abs(low), abs(high)), high < 0, low, high)
        for low, high in ranges
        if low <= high
    )
    if not whole:
        raise ValueError(f"no whole number that {dtype} holds is in {domain}")
    if domain.distinct:
        _check_enough(domain, dtype, sum(b - a + 1 for *_, a, b in whole), count)
    return st.one_of([st.integers(low, high) for _, _, low, high in whole])


def _drawn(draw: st.DrawFn, thing: Any) -> Any:
    return draw(thing) if isinstance(thing, st.SearchStrategy) else thing


@st.composite
def _arrays(draw: st.DrawFn, dtype: Any, shape: Any, domain: Domain) -> Array:
    kind = drawn_dtype(_drawn(draw, dtype))
    sides: Shape = as_shape("shape", _drawn(draw, shape))
    count = math.prod(sides)
    elements: st.SearchStrategy[Any]
    if kind.kind == "b":
        elements = st.booleans()
    elif kind.kind in "iu":
        elements = _integers(domain, kind, count)
    elif domain.distinct and count > 4 * SMALL:
        return draw(_shuffled(domain, kind, sides))
    else:
        elements = floats(domain, kind, count)
    # Large arrays are one number but for a few places; small ones are drawn in full, so
    # that each element shrinks by itself.
    small = count <= SMALL
    fill: Any = st.nothing() if small or domain.distinct else None
    unique = domain.distinct and kind.kind != "b"
    return draw(hnp.arrays(kind, sides, elements=elements, fill=fill, unique=unique))


# So many numbers that differ are not drawn one by one.
def _shuffled(
    domain: Domain, dtype: np.dtype[Any], sides: Shape
) -> st.SearchStrategy[Array]:
    count = math.prod(sides)
    grid = _Grid.of(domain, dtype, 4 * count)
    points = np.concatenate(
        [
            np.arange(low, high + grid.step / 2, grid.step)
            for low, high in grid.intervals
        ]
    )
    _check_enough(domain, dtype, len(points), count)

    def shuffled(seed: int) -> Array:
        chosen = np.random.default_rng(seed).permutation(points)[:count]
        return np.asarray(chosen.reshape(sides), dtype)

    return st.integers(0, 2**16).map(shuffled)
