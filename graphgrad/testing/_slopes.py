"""Slopes: the derivative of a function along a line, found from its values alone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from graphgrad._types import Array

__all__ = ["Line", "Slope", "slope"]

__tracebackhide__ = True  # pytest shows the line of the test

# The values at x + t d, as one row of float64, or of complex numbers for a complex t.
Line = Callable[[Any], Array]

# Steps go down by halves from WIDEST, FEW times at first, and MANY times where that is
# not enough: features from an eighth to a millionth are seen. There are two rows of
# steps: where errors cancel in one by chance, the other disagrees.
WIDEST, FEW, MANY = (0.12345, 0.09137), 9, 18
# An error of this share of a slope is good enough to stop.
GOOD = 1e-7
# Columns of a table of differences. More of them amplify noise.
DEPTH = 5
# The values at so many points tell their noise: a few roundings apart, or, where that
# is too near for low precision, so far.
NOISE_POINTS = 8
STAIRS = (6.1e-5, 4.3721e-5, 3.1737e-5)
# Up to such a ratio, levels of noise may be one.
ALIKE = 64
# Small enough for its square to vanish, and so for the result to be exact.
COMPLEX_STEP = 1e-150


@dataclass(frozen=True)
class Slope:
    """What differences tell of each value: its derivative, and how far to trust it.

    ``left`` and ``right`` are the slopes on either side, as far as they can be told;
    they differ at a kink. Where a value jumps there is no derivative.
    """

    value: Array
    error: Array
    left: Array
    right: Array
    sides_error: Array
    jumps: Array

    @property
    def kinks(self) -> Array:
        """Whether the slopes on the two sides are certainly not the same."""
        apart = np.abs(self.right - self.left)
        size = np.abs(self.right) + np.abs(self.left)
        return np.asarray((apart > 10 * self.sides_error + 1e-6 * size) & ~self.jumps)


def slope(line: Line, at_zero: Array, eps: float) -> Slope:
    """Return the derivative of ``line`` at 0, by differences that check themselves.

    Central differences of steps that are halved again and again are extrapolated to
    step 0. Each entry of that table has an error, of which it is told by its
    neighbours (C. J. F. Ridders, Accurate computation of F'(x), 1982), and the noise of
    the values over the step, which is measured (J. J. More, S. M. Wild, Estimating
    computational noise, 2011); the entry with the least of both is taken. So no step
    and no tolerance is guessed. Where ``line`` takes a complex step, that is better
    still (W. Squire, G. Trapp, Using complex variables to estimate derivatives, 1998).
    ``eps`` is the rounding of the values' dtype.
    """
    line = cache(line)
    noise = _noise(line, at_zero, eps)
    found = _by_two(line, at_zero, noise, FEW)
    if np.any(found.error > GOOD * (np.abs(found.value) + np.abs(at_zero))):
        found = _by_two(line, at_zero, noise, MANY)
    exact = _by_complex_step(line, at_zero, found)
    return found if exact is None else exact


def _by_two(line: Line, at_zero: Array, noise: _Noise, count: int) -> Slope:
    one, other = (
        _by_differences(line, at_zero, noise, [widest / 2**k for k in range(count + 1)])
        for widest in WIDEST
    )
    apart = np.nan_to_num(np.abs(one.value - other.value))
    sides = np.abs(one.left - other.left) + np.abs(one.right - other.right)
    return replace(
        one,
        error=np.maximum(np.minimum(one.error, other.error), apart),
        sides_error=np.maximum(one.sides_error, np.nan_to_num(sides)),
        jumps=one.jumps & other.jumps,
    )


def _by_differences(
    line: Line, at_zero: Array, noise: _Noise, steps: list[float]
) -> Slope:
    ahead = [line(step) for step in steps]
    behind = [line(-step) for step in steps]
    pairs = list(zip(ahead, behind, steps, strict=True))
    central = [(a - b) / (2 * h) for a, b, h in pairs]
    value, error = _extrapolated(central, steps, noise, 4)
    right, right_error = _extrapolated(
        [(a - at_zero) / h for a, _, h in pairs], steps, noise, 2
    )
    left, left_error = _extrapolated(
        [(at_zero - b) / h for _, b, h in pairs], steps, noise, 2
    )
    value, error = _at_edges(value, error, (left, left_error), (right, right_error))
    # Where a value jumps, differences grow as steps get smaller.
    lost = np.abs(central[-1] - central[-2]) * steps[-1]
    jumps = _jumps(ahead, at_zero, noise.near, lost)
    jumps |= _jumps(behind, at_zero, noise.near, lost)
    return Slope(value, error, left, right, right_error + left_error, jumps)


def _at_edges(
    value: Array, error: Array, *sides: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Take the slope of one side where the other has no values."""
    for slope_, its_error in sides:
        edge = np.isinf(error) & np.isfinite(its_error)
        value, error = np.where(edge, slope_, value), np.where(edge, its_error, error)
    return value, error


def _extrapolated(
    column: list[Array], steps: list[float], noise: _Noise, ratio: int
) -> tuple[Array, Array]:
    """Return the best entry of the table that begins with ``column``, and its error.

    Each further column loses the leading power of the step, ``ratio`` being that by
    which a half step makes it smaller.
    """
    best = np.full(noise.near.shape, np.nan)
    least = np.full(noise.near.shape, np.inf)
    previous: list[Array] = []
    for first, step in zip(column, steps, strict=True):
        row = [first]
        for j in range(1, min(DEPTH, len(previous) + 1)):
            gain = (row[j - 1] - previous[j - 1]) / (ratio**j - 1)
            row.append(row[j - 1] + gain)
            apart = np.abs(row[j] - row[j - 1]), np.abs(row[j] - previous[j - 1])
            error = np.maximum(*apart) + 2 * noise.at(step) / step
            better = np.isfinite(row[j]) & (error < least)
            best, least = np.where(better, row[j], best), np.where(better, error, least)
        previous = row
    return best, least


class _Noise(NamedTuple):
    """How far rounding moves each value at 0, and how much more at each step away."""

    near: Array
    growth: Array

    def at(self, step: float) -> Array:
        """Return the noise of the values at a step."""
        return np.asarray(self.near + self.growth * step)


def _noise(line: Line, at_zero: Array, eps: float) -> _Noise:
    """Measure the noise at 0, and farther away where it is not mere rounding.

    Where a function computes in low precision, larger values have more noise.
    """
    rounding = eps * np.abs(at_zero)
    ends = [line(sign * widest) for widest in WIDEST for sign in (1, -1)]
    still = np.all([end == at_zero for end in ends], axis=0)
    near = np.maximum(_level(line, 0.0, eps, still, rounding), rounding)
    growth = np.zeros(near.shape)
    if np.any(near > 16 * rounding):
        far = WIDEST[0]
        most = np.maximum(*[_level(line, side, eps) for side in (far, -far)])
        growth = most / far
        # Rounding is sometimes less by chance: what is alike around is one level.
        near = np.where(most < ALIKE * near, np.maximum(near, most), near)
    return _Noise(near, growth)


# Wider steps see what a function does, which is no noise: where the narrow ones tell
# enough, nothing wider is taken.
def _level(
    line: Line,
    start: float,
    eps: float,
    still: Array | bool = False,
    enough: Array | float = 0.0,
) -> Array:
    level, told = _noise_at(line, start, (16 * eps,), still, enough)
    if np.all(told):
        return level
    return np.where(told, level, _noise_at(line, start, STAIRS, still, enough)[0])


def _noise_at(
    line: Line,
    start: float,
    steps: Sequence[float],
    still: Array | bool,
    enough: Array | float,
) -> tuple[Array, Array]:
    """Return how far rounding moves each value, and which are told: moved, or still.

    Each side has the most that one of the steps shows, for nothing is seen where a step
    is nearly a whole number of roundings; of the sides the less is taken, for at a jump
    points of both would not tell. There is nothing less than ``enough``.
    """
    sides, told = [], np.asarray(still)
    for side in (1, -1):
        levels = []
        for step in steps:
            at = [start + side * step * (k + 1) for k in range(NOISE_POINTS)]
            rows = np.stack([line(t) for t in at])
            told = told | (np.mean(rows[1:] != rows[:-1], axis=0) > 0.5)
            for order in range(1, NOISE_POINTS - 1):
                rows = np.diff(rows, axis=0)
                share = math.factorial(order) ** 2 / math.factorial(2 * order)
                if order > 3:
                    levels.append(np.sqrt(share * np.mean(rows**2, axis=0)))
        level = np.max(levels, axis=0)
        sides.append(np.where(np.isfinite(level), level, np.inf))
        if np.all(told) and np.all(level <= enough):
            break
    least = np.min(sides, axis=0)
    return np.where(np.isfinite(least), least, 0), told


def _jumps(values: list[Array], at_zero: Array, noise: Array, lost: Array) -> Array:
    """Tell where the last values do not come closer to that at 0."""
    far, near = (np.abs(each - at_zero) for each in values[-2:])
    stays = (near > 0.9 * far) & (near < 100 * lost)
    return np.asarray((near > 1e3 * noise) & stays)


def _by_complex_step(line: Line, at_zero: Array, real: Slope) -> Slope | None:
    """Return the derivative without a difference, or None if there is none.

    It counts only where it says what the differences say: ``abs`` or a cast to real
    numbers on the way would make it wrong.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            moved = np.asarray(line(1j * COMPLEX_STEP))
    except Exception:  # noqa: BLE001  # whatever the function thinks of such numbers
        return None
    if moved.dtype.kind != "c" or moved.shape != at_zero.shape:
        return None
    value = np.imag(moved) / COMPLEX_STEP
    # A gradient that is made of the values has their rounding: 1 - y * y, say.
    error = 8 * np.finfo(np.float64).eps * (np.abs(value) + np.abs(at_zero))
    agrees = np.abs(value - real.value) <= 10 * real.error
    sure = agrees & (error < real.error) & ~real.kinks & ~real.jumps
    return Slope(
        np.where(sure, value, real.value),
        np.where(sure, error, real.error),
        real.left,
        real.right,
        real.sides_error,
        real.jumps,
    )
