"""Quantities as text: shares, sizes and speeds in few digits, and tables of them."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["percent", "quantity", "rate", "table"]


def rate(value: float | None) -> str:
    """Write a speed with three digits; nothing where there is none.

    >>> rate(12.345), rate(1.2345), rate(None)
    ('12.3', '1.23', '')
    """
    return "" if not value else f"{value:.2f}" if value < 10 else f"{value:,.1f}"


def percent(share: float) -> str:
    """Write a share with two digits.

    >>> percent(0.256), percent(0.0123)
    ('26 %', '1.2 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.0995 else f"{100 * share:.1f} %"


def quantity(number: float) -> str:
    """Write a number in front of its unit, with three digits.

    >>> [quantity(each) + "B" for each in (0, 999, 1250, 78_400_000)]
    ['0 B', '999 B', '1.25 kB', '78.4 MB']
    """
    if number < 1000:
        return f"{number:.0f} "
    size, units = number / 1000, "kMGTP"
    while size >= 999.5 and len(units) > 1:
        size, units = size / 1000, units[1:]
    digits = 2 if size < 9.995 else 1 if size < 99.95 else 0
    return f"{size:,.{digits}f} {units[0]}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write columns: the first one to the left, and a last one without a heading.

    >>> print(table(["", "n"], [["cats", "12"], ["all", "7"]]))
           n
    cats  12
    all    7
    """
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    last = len(header) - 1 if not header[-1] else len(header)
    return "\n".join(
        "  ".join(
            each.rjust(width) if 0 < i < last else each.ljust(width)
            for i, (each, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
