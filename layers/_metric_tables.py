"""Tables of numbers, as text and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["as_count", "as_html", "as_share", "as_text", "pandas"]

Rows = Sequence[Sequence[str]]


def as_count(number: float) -> str:
    """Write a number of samples, or a sum of weights.

    >>> as_count(12000.0), as_count(0.25)
    ('12,000', '0.25')
    """
    return f"{number:,.0f}" if number == int(number) else f"{number:,.6g}"


def as_share(number: float) -> str:
    """Write a number between 0 and 1.

    >>> as_share(2 / 3)
    '0.6667'
    """
    return f"{number:.4f}"


def as_text(header: Sequence[str], rows: Rows) -> str:
    """Write a table in columns: the first one to the left, the others to the right.

    >>> print(as_text(["", "n"], [["cats", "12"], ["all", "7"]]))
           n
    cats  12
    all    7
    """
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            each.rjust(width) if i else each.ljust(width)
            for i, (each, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def as_html(caption: str, header: Sequence[str], rows: Rows) -> str:
    """Write a table in HTML, for notebooks; all text is escaped.

    >>> as_html("C", ["a"], [["<"]])
    '<table><caption>C</caption><tr><th>a</th></tr><tr><td>&lt;</td></tr></table>'
    """
    from html import escape

    def line(tag: str, cells: Sequence[str]) -> str:
        inner = "".join(f"<{tag}>{escape(each)}</{tag}>" for each in cells)
        return f"<tr>{inner}</tr>"

    body = "".join(line("td", row) for row in rows)
    title = f"<caption>{escape(caption)}</caption>"
    return f"<table>{title}{line('th', header)}{body}</table>"


def pandas(what: str) -> Any:
    """Return the module pandas, or say how to install it."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            f"{what} needs pandas: pip install 'graphgrad[pandas]'"
        ) from error
    return pd
