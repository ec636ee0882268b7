"""How dark a box of a profile is: its share of the time, in five steps of grey."""

from __future__ import annotations

from graphgrad.viz._style import INK

__all__ = ["STEPS", "fill_of", "is_shaded", "key"]

# Greys: the colours of the phases keep their meaning, and paper shows the same. Text on
# the darkest one can be read, too; and the number stands in the box.
STEPS = (
    (0.01, "#FFFFFF", "under 1 %"),
    (0.03, "#EDEEF0", "1 to 3 %"),
    (0.10, "#D9DBDF", "3 to 10 %"),
    (0.30, "#C0C4CA", "10 to 30 %"),
    (1.01, "#A3A9B2", "over 30 %"),
)


def fill_of(share: float) -> str:
    """Return the colour of a box that takes ``share`` of the time.

    >>> fill_of(0.0), fill_of(0.5)
    ('#FFFFFF', '#A3A9B2')
    """
    return next((color for limit, color, _ in STEPS if share < limit), STEPS[-1][1])


def is_shaded(share: float | None) -> bool:
    """Return whether a box is darker than the paper.

    >>> is_shaded(None), is_shaded(0.0), is_shaded(0.5)
    (False, False, True)
    """
    return share is not None and share >= STEPS[0][0]


def key() -> str:
    """Return the cells of the legend, as a table of one row."""
    cells = [
        f'<TD BORDER="1" COLOR="{INK}" BGCOLOR="{color}">'
        f'<FONT POINT-SIZE="9" COLOR="{INK}">{words}</FONT></TD>'
        for _, color, words in STEPS
    ]
    words = f'<FONT POINT-SIZE="9" COLOR="{INK}">share of the time</FONT>'
    title = f'<TD ALIGN="LEFT">{words}</TD>'
    row = f"<TR>{title}{''.join(cells)}</TR>"
    return f'<TABLE BORDER="0" CELLSPACING="3" CELLPADDING="3">{row}</TABLE>'
