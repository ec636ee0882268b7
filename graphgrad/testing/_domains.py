"""Domains: where the numbers of a drawn array may lie, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from graphgrad.testing._asked_strategies import check_number

__all__ = ["Domain", "away_from", "between", "check_domain", "distinct", "positive"]

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
        """Refuse what is no domain, and one without a number."""
        check_number("low", self.low)
        check_number("high", self.high)
        self._check_avoided()
        if self.low == math.inf or self.high == -math.inf or not self.intervals():
            raise ValueError(
                f"no number is in {self}: it ends below where it starts, or nothing is "
                "left beside what it avoids; give it more room, or a smaller margin"
            )

    def _check_avoided(self) -> None:
        avoid: Any = self.avoid
        if not isinstance(avoid, tuple | list) or not all(
            isinstance(pair, tuple | list) and len(pair) == 2 for pair in avoid
        ):
            raise TypeError(
                "avoid must be pairs, each a point and how far from it numbers are, "
                f"such as ((0.0, 0.125),): got {avoid!r}"
            )
        for point, margin in avoid:
            check_number("a point to avoid", point)
            check_number("margin", margin, 0)

    def __and__(self, other: Domain) -> Domain:
        """Return the domain of what is in both."""
        check_domain(other)
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


def check_domain(value: Any) -> None:
    """Raise unless it is a domain.

    >>> check_domain(positive)
    """
    if not isinstance(value, Domain):
        raise TypeError(
            f"domain must be a Domain, such as positive or between(0, 1): got {value!r}"
        )


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
    check_number("margin", margin, 0)
    if margin == 0:
        raise ValueError("margin must be above 0, got 0")
    for kink in kinks:
        check_number("a kink", kink)
    return Domain(avoid=tuple((float(kink), float(margin)) for kink in kinks))


# Numbers from 1/8 on: where logarithms, roots and quotients are smooth.
positive = Domain(low=0.0, avoid=((0.0, 0.125),))

# Arrays without ties: where maxima and orders have derivatives.
distinct = Domain(distinct=True)
