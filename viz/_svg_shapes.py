"""The shapes of a picture as SVG: boxes, cylinders, and the heads of arrows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from graphgrad.viz._route import ARROW, LENGTH, Point
from graphgrad.viz._scene import Item
from graphgrad.viz._text import markup

__all__ = ["DEEP", "LID", "Looks", "element", "head", "number", "outline", "way"]

Looks = dict[str, str | float | None]

# The curve at the top of a cylinder, the edge of a box in 3-D, the radius of corners.
LID, DEEP, _ROUND = 5.0, 4.0, 8.0

# By how much of its width an input's box is slanted, and the room around a loss.
_SLANT, _APART = 0.2, 3.0

# Half the width of an arrow's head, in points of Graphviz.
_HALF = {"normal": 3.6, "vee": 4.2, "diamond": 4.2, "tee": 5.0}


def number(value: float) -> str:
    """Write a number of points as short as a hundredth of a point allows.

    >>> number(2.0), number(0.125), number(-0.001)
    ('2', '0.12', '0')
    """
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, looks: Looks, inner: str | None = None) -> str:
    """Write an element; what is None among ``looks`` is left out.

    >>> element("rect", {"x": 1.5, "rx": None, "fill": "red"})
    '<rect x="1.5" fill="red"/>'
    """
    given = "".join(
        f' {key}="{markup(value) if isinstance(value, str) else number(value)}"'
        for key, value in looks.items()
        if value is not None
    )
    return f"<{name}{given}/>" if inner is None else f"<{name}{given}>{inner}</{name}>"


def outline(item: Item, looks: Looks) -> Iterator[str]:
    """Write the shape of an item, and a second line around a loss or what failed."""
    w, h = item.width / 2, item.height / 2
    if item.is_loss or item.mark:
        yield _box(item, w + _APART, h + _APART, {**looks, "fill": "none"})
    yield from _shape(item, w, h, looks)


def _shape(item: Item, w: float, h: float, looks: Looks) -> Iterator[str]:
    left, top = item.x - w, item.y - h
    if item.kind == "input":
        slant = 2 * w * _SLANT
        right, low = item.x + w, item.y + h
        ends = [(left + slant, top), (right, top), (right - slant, low), (left, low)]
        yield element("path", {"d": _closed(ends), **looks})
    elif item.kind in ("parameter", "state"):
        yield from (element("path", {"d": d, **looks}) for d in _cylinder(item, w, h))
    elif item.kind == "fold":
        yield from (element("path", {"d": d, **looks}) for d in _deep_box(item, w, h))
    else:
        yield _box(item, w, h, looks)


def _box(item: Item, w: float, h: float, looks: Looks) -> str:
    size: Looks = {"width": 2 * w, "height": 2 * h, "rx": min(_ROUND, h / 2)}
    return element("rect", {"x": item.x - w, "y": item.y - h, **size, **looks})


def _cylinder(item: Item, w: float, h: float) -> Iterator[str]:
    start = f"M{_pair((item.x - w, item.y - h + LID))}"
    over, under = (
        f"a{number(w)} {number(LID)} 0 0 {sweep} {number(2 * w)} 0" for sweep in (1, 0)
    )
    side = number(2 * (h - LID))
    back = f"a{number(w)} {number(LID)} 0 0 1 {number(-2 * w)} 0"
    yield f"{start}{over}v{side}{back}Z{start}{under}"


def _deep_box(item: Item, w: float, h: float) -> Iterator[str]:
    left, right, top, low = item.x - w, item.x + w, item.y - h, item.y + h
    front, inner = top + DEEP, right - DEEP
    around = [(left, front), (left + DEEP, top), (right, top), (right, low - DEEP)]
    edges = [
        [(left, front), (inner, front), (inner, low)],
        [(inner, front), (right, top)],
    ]
    lines = "".join("M" + "L".join(map(_pair, edge)) for edge in edges)
    yield _closed([*around, (inner, low), (left, low)]) + lines


def _closed(points: Iterable[Point]) -> str:
    return "M" + "L".join(map(_pair, points)) + "Z"


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


# ---- lines ---------------------------------------------------------------------------


def way(points: Sequence[Point]) -> str:
    """Write Bézier points as the data of a path."""
    curves = " ".join(map(_pair, points[1:]))
    return f"M{_pair(points[0])}C{curves}"


def head(kind: str, tip: Point, base: Point, looks: Looks) -> str:
    """Write the head of an arrow to ``tip``, whose line ends in ``base``."""
    away = math.dist(tip, base) or 1.0
    dx, dy = (tip[0] - base[0]) / away, (tip[1] - base[1]) / away
    length = LENGTH.get(kind, LENGTH["normal"]) * ARROW

    def at(along: float, across: float = 0.0) -> Point:
        x, y = tip[0] - dx * along, tip[1] - dy * along
        return x - dy * across, y + dx * across

    if kind == "odot":
        x, y = at(length / 2)
        looks = {"cx": x, "cy": y, "r": length / 2, **looks, "fill": "none"}
        return element("circle", looks)
    half = _HALF[kind] * ARROW
    if kind == "tee":
        ends = [(0.0, half), (0.0, -half), (length * 0.3, -half), (length * 0.3, half)]
        return element("path", {"d": _closed([at(*end) for end in ends]), **looks})
    ends = [(0.0, 0.0), (length, half), (length, -half)]
    if kind == "vee":
        ends.insert(2, (length * 0.66, 0.0))
    elif kind == "diamond":
        ends = [(0.0, 0.0), (length / 2, half), (length, 0.0), (length / 2, -half)]
    return element("path", {"d": _closed([at(*end) for end in ends]), **looks})
