"""Numbers and tables as the page has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

__all__ = ["percentiles", "seconds", "size", "spread", "table", "times"]


def seconds(value: float) -> str:
    """Return a time with three digits, in the unit that suits it.

    >>> seconds(0.0000123), seconds(0.25), seconds(12)
    ('12.3 µs', '250 ms', '12 s')
    """
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{three(value / scale)} {unit}"
    return f"{three(value * 1e9)} ns"


def three(value: float) -> str:
    """Return a number with three digits that mean something.

    >>> three(1234.5), three(12.345), three(0.0123)
    ('1,234', '12.3', '0.0123')
    """
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def size(value: float) -> str:
    """Return a number of bytes.

    >>> size(188_160_000)
    '188 MB'
    """
    return f"{three(value / 1e6)} MB"


def times(value: float | None) -> str:
    """Return how many times; nothing where it is not known."""
    return "" if value is None else f"{three(value)}"


def spread(values: Sequence[float]) -> str:
    """Return the least and the most of some times."""
    return f"{seconds(min(values))} to {seconds(max(values))}"


def percentiles(values: Sequence[float]) -> list[str]:
    """Return the 50th, 90th and 99th percentile of some times."""
    return [seconds(float(each)) for each in np.percentile(values, (50, 90, 99))]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown: the first column to the left, numbers to the right.

    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    | :-- | --: |
    | x | 1 |
    """
    marks = [":--"] + ["--:"] * (len(head) - 1)
    lines = [head, marks, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
