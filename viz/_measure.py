"""How large the box of an item is, and how its text is cut to fit."""

from __future__ import annotations

from graphgrad.viz._scene import Item
from graphgrad.viz._text import cut, plain, width_of

__all__ = ["HEAD_SIZE", "LINE_HEIGHT", "LINE_SIZE", "MONO_SIZE", "fitted", "measure"]

HEAD_SIZE, LINE_SIZE, MONO_SIZE = 11.0, 10.0, 9.0
_WIDEST, _NARROWEST = 190.0, 84.0
LINE_HEIGHT = 13.5


def fitted(item: Item, width: float | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the title and the lines of an item, cut to the widest box there is.

    With ``width`` they are cut to a box that is so wide.
    """
    whole = _WIDEST if width is None else min(_WIDEST, width - _slant(item))
    start = f"{item.sign} {item.tag} ".removeprefix(" ")
    room = whole - width_of(start, HEAD_SIZE, bold=True)
    title = cut(plain(item.title), HEAD_SIZE, room, bold=True)
    return title, tuple(cut(plain(each), LINE_SIZE, whole) for each in item.lines)


def measure(item: Item) -> tuple[float, float]:
    """Return the width and height of an item's box in points."""
    title, lines = fitted(item)
    if item.kind == "constant":
        return width_of(title, MONO_SIZE) + 2, 12.0
    start = " ".join(filter(None, (item.sign, item.tag)))
    head = width_of(f"{start} {title}".strip(), HEAD_SIZE, bold=True)
    widths = [head, *(width_of(each, LINE_SIZE) for each in lines)]
    rounded = {"parameter": 14.0, "state": 14.0, "fold": 10.0}.get(item.kind, 4.0)
    height = LINE_HEIGHT * (1 + len(lines)) + rounded + 4.0
    return max(_NARROWEST, max(widths) + _slant(item)), height


# What the shape of a box takes beside its texts.
def _slant(item: Item) -> float:
    return (34.0 if item.kind == "input" else 16.0) + (14.0 if item.mark else 0.0)
