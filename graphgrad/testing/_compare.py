"""Compare: claimed derivatives beside those of differences, pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphgrad._types import Array
from graphgrad.testing._slopes import Slope

__all__ = ["CONTROL", "FACTOR", "Pair", "Tolerance", "dot", "largest", "weigh"]

# A claim may be off by so many times the error that the difference estimates.
FACTOR = 10.0
# The negative control: a gradient that is wrong by so much must be found.
CONTROL = 1e-3


@dataclass(frozen=True)
class Tolerance:
    """What may lie between a claim and a difference, besides the difference's error."""

    rtol: float
    atol: float
    rounding: float


@dataclass(frozen=True)
class Pair:
    """A claim beside the difference: both numbers, and what may lie between them."""

    claimed: float
    numeric: float
    error: float
    low: float
    high: float
    allowed: float
    # As much of it as the user allows, who knows what it hides.
    granted: float
    kink: bool
    jump: bool

    @property
    def agrees(self) -> bool:
        """Whether the claim may be right: within the error, or between two slopes."""
        if self.jump or abs(self.claimed - self.numeric) <= self.allowed:
            return True
        within = self.low - self.allowed <= self.claimed <= self.high + self.allowed
        return self.kink and within

    @property
    def relative(self) -> float:
        """How far the claim is from the difference, as a share of the larger."""
        size = max(abs(self.claimed), abs(self.numeric))
        return abs(self.claimed - self.numeric) / size if size else 0.0

    @property
    def tells(self) -> bool:
        """Whether a claim that is wrong by `CONTROL` would not have agreed."""
        wrong = abs(self.claimed * CONTROL)
        return not self.jump and wrong > 2 * (self.allowed - self.granted)

    @property
    def finest(self) -> float:
        """The least relative mistake that would have been found."""
        return self.allowed / abs(self.claimed) if self.claimed else np.inf


def weigh(claimed: float, found: Slope, u: Array, within: Tolerance) -> Pair:
    """Compare a claim with the slope of the results, each times its cotangent.

    >>> zero, no = np.zeros(1), np.zeros(1, bool)
    >>> found = Slope(np.ones(1), zero, np.ones(1), np.ones(1), zero, no)
    >>> weigh(1.0, found, np.ones(1), Tolerance(0, 0, 1e-15)).agrees
    True
    """
    used = u != 0
    numeric = _dot(u, found.value)
    error = _dot(np.abs(u), found.error)
    sides = np.stack([u * found.left, u * found.right])
    sides = np.where(found.kinks & used, sides, u * found.value)
    granted = within.atol + within.rtol * abs(numeric)
    allowed = FACTOR * error + within.rounding + granted
    return Pair(
        claimed,
        numeric,
        error,
        float(np.sum(np.min(sides, axis=0)[used])),
        float(np.sum(np.max(sides, axis=0)[used])),
        allowed,
        granted,
        bool(np.any(found.kinks & used)),
        bool(np.any(found.jumps & used)),
    )


def dot(a: Sequence[Any], b: Sequence[Any]) -> float:
    """Return the inner product of two lists of arrays; where ``b`` is 0, of nothing.

    >>> dot([np.ones(2), 3.0], [np.ones(2), 1.0])
    5.0
    """
    pairs = zip(a, b, strict=True)
    return float(sum(_dot(np.asarray(y), np.asarray(x, np.float64)) for x, y in pairs))


# What is not asked for may be infinite, or no number.
def _dot(u: Array, values: Array) -> float:
    return float(np.sum(np.where(u != 0, values, 0) * u))


def largest(x: Array) -> float:
    """Return the largest size among the finite numbers of an array.

    >>> largest(np.array([1.0, -2.0, np.nan, np.inf]))
    2.0
    """
    return float(np.max(np.abs(x[np.isfinite(x)]), initial=0.0))
