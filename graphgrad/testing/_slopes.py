"""Slopes: the derivative of a function along a line, found from its values alone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphgrad._types import Array

__all__ = ["Line", "Slope", "slope"]

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
# The values at so many points a few roundings apart tell their noise.
NOISE_POINTS = 8
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
        return (apart > 10 * self.sides_error + 1e-6 * size) & ~self.jumps


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
    noise = _noise(line, at_zero, eps)
    found = _by_two(line, at_zero, noise, FEW)
    if np.any(found.error > GOOD * (1 + np.abs(found.value))):
        found = _by_two(line, at_zero, noise, MANY)
    exact = _by_complex_step(line, at_zero, found)
    return found if exact is None else exact


def _by_two(line: Line, at_zero: Array, noise: Array, count: int) -> Slope:
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
    line: Line, at_zero: Array, noise: Array, steps: list[float]
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
    jumps = _jumps(ahead, at_zero, noise, lost) | _jumps(behind, at_zero, noise, lost)
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
    column: list[Array], steps: list[float], noise: Array, ratio: int
) -> tuple[Array, Array]:
    """Return the best entry of the table that begins with ``column``, and its error.

    Each further column loses the leading power of the step, ``ratio`` being that by
    which a half step makes it smaller.
    """
    best = np.full(noise.shape, np.nan)
    least = np.full(noise.shape, np.inf)
    previous: list[Array] = []
    for first, step in zip(column, steps, strict=True):
        row = [first]
        for j in range(1, min(DEPTH, len(previous) + 1)):
            gain = (row[j - 1] - previous[j - 1]) / (ratio**j - 1)
            row.append(row[j - 1] + gain)
            apart = np.abs(row[j] - row[j - 1]), np.abs(row[j] - previous[j - 1])
            error = np.maximum(*apart) + 2 * noise / step
            better = np.isfinite(row[j]) & (error < least)
            best, least = np.where(better, row[j], best), np.where(better, error, least)
        previous = row
    return best, least


def _noise(line: Line, at_zero: Array, eps: float) -> Array:
    """Return how far rounding moves each value: the less of what either side shows.

    At a jump no points on both sides can tell.
    """
    sides = []
    for side in (16 * eps, -16 * eps):
        rows = np.stack([line(side * (k + 1)) for k in range(NOISE_POINTS)])
        levels = []
        for order in range(1, NOISE_POINTS - 1):
            rows = np.diff(rows, axis=0)
            share = math.factorial(order) ** 2 / math.factorial(2 * order)
            levels.append(np.sqrt(share * np.mean(rows**2, axis=0)))
        sides.append(np.nan_to_num(np.max(levels[3:], axis=0)))
    return np.maximum(np.minimum(*sides), eps * np.abs(at_zero))


def _jumps(values: list[Array], at_zero: Array, noise: Array, lost: Array) -> Array:
    """Tell where the last values do not come closer to that at 0."""
    far, near = (np.abs(each - at_zero) for each in values[-2:])
    return (near > 1e3 * noise) & (near > 0.9 * far) & (near < 100 * lost)


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
    value = moved.imag / COMPLEX_STEP
    error = 8 * np.finfo(np.float64).eps * np.abs(value)
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
