"""Domains: where the numbers of a drawn array may lie, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Domain", "away_from", "between", "distinct", "positive"]

# How wide a side is drawn that a domain leaves open.
SPAN = 3.0


@dataclass(frozen=True)
class Domain:
    """Numbers between ``low`` and ``high``, none near the points to ``avoid``.

    Each of these is a pair, a point and how far from it a number must be. ``distinct``
    domains give arrays whose elements all differ. Domains are combined with ``&``. A
    side that is left open is drawn up to 3 from 0, or up to 6 from the other side.

    >>> from graphgrad.testing import strategies as gst
    >>> domain = gst.between(-1, 2) & gst.away_from(0, margin=0.5)
    >>> domain.intervals()
    ((-1, -0.5), (0.5, 2))
    >>> 0.25 in domain, 1.0 in domain
    (False, True)
    """

    low: float = -math.inf
    high: float = math.inf
    avoid: tuple[tuple[float, float], ...] = ()
    distinct: bool = False

    def __post_init__(self) -> None:
        """Refuse a domain without a number."""
        if not self.intervals():
            raise ValueError(
                f"no number is in {self}: it ends below where it starts, or nothing is "
                "left beside what it avoids; give it more room, or a smaller margin"
            )

    def __and__(self, other: Domain) -> Domain:
        """Return the domain of what is in both."""
        return Domain(
            max(self.low, other.low),
            min(self.high, other.high),
            tuple(dict.fromkeys(self.avoid + other.avoid)),
            self.distinct or other.distinct,
        )

    def __contains__(self, number: float) -> bool:
        """Tell whether a number may be drawn, but for how far it is from 0."""
        inside = self.low <= number <= self.high
        return inside and all(abs(number - p) >= margin for p, margin in self.avoid)

    def intervals(self) -> tuple[tuple[float, float], ...]:
        """Return the intervals that numbers are drawn from, both ends included."""
        low, high = self._ends()
        found = [(low, high)] if low <= high else []
        for point, margin in self.avoid:
            parts = [
                part
                for a, b in found
                for part in ((a, min(b, point - margin)), (max(a, point + margin), b))
                if margin > 0
            ]
            found = [(a, b) for a, b in parts if a <= b] if margin > 0 else found
        return tuple(dict.fromkeys(found))

    def _ends(self) -> tuple[float, float]:
        low, high = self.low, self.high
        if math.isinf(low):
            low = -SPAN if high > -SPAN else high - 2 * SPAN
        if math.isinf(high):
            high = SPAN if low < SPAN else low + 2 * SPAN
        return low, high


def between(low: float, high: float) -> Domain:
    """Return the domain of the numbers from ``low`` to ``high``, both included.

    >>> between(0, 1)
    Domain(low=0, high=1, avoid=(), distinct=False)
    """
    return Domain(low, high)


def away_from(*kinks: float, margin: float = 0.125) -> Domain:
    """Return the domain of the numbers at least ``margin`` away from each of ``kinks``.

    There a function has no derivative, or none that differences could find.

    >>> away_from(0.0).intervals()
    ((-3.0, -0.125), (0.125, 3.0))
    """
    if not margin > 0:
        raise ValueError(f"margin must be above 0, got {margin!r}")
    return Domain(avoid=tuple((float(kink), float(margin)) for kink in kinks))


# Numbers from 1/8 on: where logarithms, roots and quotients are smooth.
positive = Domain(low=0.0, avoid=((0.0, 0.125),))

# Arrays without ties: where maxima and orders have derivatives.
distinct = Domain(distinct=True)
