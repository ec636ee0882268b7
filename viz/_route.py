"""The way of every line: Bézier points for DOT, so that all engines draw the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from graphgrad.viz._homes import Home
from graphgrad.viz._picture import (
    STUB,
    STUB_SIZE,
    Picture,
    attachments,
    column_of,
    stub_text,
)
from graphgrad.viz._scene import Item, Link
from graphgrad.viz._style import LINKS
from graphgrad.viz._text import width_of

__all__ = ["ARROW", "LENGTH", "Point", "Route", "Router", "routes", "samples"]

# Size of arrow heads, as a share of Graphviz' own; and their lengths in its points.
ARROW = 0.65
LENGTH = {"none": 0.0, "normal": 10.0, "vee": 10.0, "odot": 8.0, "diamond": 12.0}
_RADIUS = 9.0
_KAPPA = 0.55
_TRACK = 5.0
_PORT = 11.0
_GAP = 20.0
_STEP = 4.0

# Items are looked up by the band in which their middle is.
_BAND = 64.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """3n + 1 points, the tips of the arrows at the ends, and a text with its place."""

    points: tuple[Point, ...]
    head: Point | None = None
    tail: Point | None = None
    text: str = ""
    place: Point = (0.0, 0.0)


def routes(picture: Picture) -> list[Route]:
    """Return the way of every link of the picture's scene, in their order."""
    return Router(picture).all()


class Router:
    """Finds for every link its sides, its ports and, if it must, its detour."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.items = picture.scene.items
        self.links = picture.scene.links
        self.tracks: dict[str, dict[str, int]] = {}
        self.heights = attachments(picture.scene, picture.stubs)
        self.frames = {
            self.items[lane.ids[0]].home: (lane, frame)
            for frame in picture.frames
            for lane in frame.lanes
        }
        self.bands: dict[int, list[Item]] = {}
        for item in self.items.values():
            if item.kind != "constant":
                self.bands.setdefault(int(item.y // _BAND), []).append(item)
        self.sides = [self._sides(i, link) for i, link in enumerate(self.links)]
        self.ports = self._ports()

    def all(self) -> list[Route]:
        """Return every way."""
        return [self._route(number, link) for number, link in enumerate(self.links)]

    # ---- sides and ports -------------------------------------------------------------

    # The sides at which a line leaves its source and meets its target, and by which
    # kind of detour, if not directly.
    def _sides(self, number: int, link: Link) -> tuple[str, str]:
        source, target = self.items[link.source], self.items[link.target]
        across = "rl" if source.x < target.x else "lr"
        along = "bt" if source.y < target.y else "tb"
        is_level = abs(source.y - target.y) < 1
        lanes = column_of(source.home.lane), column_of(target.home.lane)
        if number in self.picture.stubs or link.kind == "constant":
            found = "rl", ""
        elif number in self.picture.bends:
            found = (across if is_level else along), ""
        elif self._is_spine(source, target):
            found = along, self._past(source, target)
        elif lanes == (1, 2) and link.kind == "gradient":
            found = "tb", "climb"
        elif self._through_header(link, source, target):
            found = "tr", "header"
        else:
            found = across, ""
        return found

    def _is_spine(self, source: Item, target: Item) -> bool:
        if source.home == Home():
            return source.y + source.height < target.y
        return source.home.row != target.home.row

    # By which detour a line between rows passes what stands in its way.
    def _past(self, source: Item, target: Item) -> str:
        ends = source, target
        if not any(
            self._in_way(x, ends, source.y, target.y) for x in (source.x, target.x)
        ):
            return ""
        y = self._between(source, target)
        if y is None or self._in_way(source.x, ends, source.y, y):
            return "gutter"
        return "gutter" if self._in_way(target.x, ends, y, target.y) else "jog"

    def _in_way(self, x: float, ends: tuple[Item, Item], a: float, b: float) -> bool:
        low, high = sorted((a, b))
        known = {end.id for end in ends}
        return any(
            low < item.y < high
            and abs(item.x - x) < item.width / 2 + 4
            and item.id not in known
            for band in range(int(low // _BAND), int(high // _BAND) + 1)
            for item in self.bands.get(band, ())
        )

    # The height of the gap before the row of the target.
    def _between(self, source: Item, target: Item) -> float | None:
        if Home() in (source.home, target.home):
            return None
        _, frame = self.frames[target.home]
        return frame.top - _GAP if source.y < target.y else frame.bottom + _GAP

    def _through_header(self, link: Link, source: Item, target: Item) -> bool:
        return (
            link.kind == "flow"
            and source.kind == "parameter"
            and source.home.lane.startswith("update ")
            and column_of(target.home.lane) == 0
        )

    def _ports(self) -> dict[tuple[int, int], Point]:
        used: dict[tuple[str, str], list[tuple[float, int, int]]] = {}
        for number, link in enumerate(self.links):
            if number in self.picture.stubs or link.kind == "constant":
                continue
            ends = (link.source, link.target)
            bends = self.picture.bends.get(number, [])
            for end in (0, 1):
                side = self.sides[number][0][end]
                other = self.items[ends[1 - end]]
                near = bends[-end] if bends else (other.x, other.y)
                place = near[0] if side in "tb" else near[1]
                used.setdefault((ends[end], side), []).append((place, number, end))
        found: dict[tuple[int, int], Point] = {}
        for (key, side), lines in used.items():
            self._spread(self.items[key], side, sorted(lines), found)
        return found

    def _spread(
        self,
        item: Item,
        side: str,
        lines: list[tuple[float, int, int]],
        found: dict[tuple[int, int], Point],
    ) -> None:
        room = item.width * 0.5 if side in "tb" else item.height * 0.6
        step = min(_PORT, room / max(1, len(lines) - 1))
        slant = 0.14 * item.width if item.kind == "input" and side in "lr" else 0.0
        for i, (_, number, end) in enumerate(lines):
            shift = step * (i - (len(lines) - 1) / 2)
            half_x = item.width / 2 - slant
            found[number, end] = {
                "t": (item.x + shift, item.y - item.height / 2),
                "b": (item.x + shift, item.y + item.height / 2),
                "l": (item.x - half_x, item.y + shift),
                "r": (item.x + half_x, item.y + shift),
            }[side]

    # ---- ways ------------------------------------------------------------------------

    def _route(self, number: int, link: Link) -> Route:
        if number in self.picture.stubs or link.kind == "constant":
            return self._attached(number, link)
        start, end = self.ports[number, 0], self.ports[number, 1]
        sides, detour = self.sides[number]
        style = LINKS[link.kind]
        first = _moved(start, sides[0], LENGTH[style.tail] * ARROW)
        last = _moved(end, sides[1], LENGTH[style.head] * ARROW)
        if detour:
            corners = getattr(self, f"_{detour}")(link, first, last)
            points = _rounded([first, *corners, last])
        else:
            bends = self.picture.bends.get(number, [])
            points = _curve([first, *bends, last], vertical=sides in ("tb", "bt"))
        head = None if style.head == "none" else end
        tail = None if style.tail == "none" else start
        return Route(tuple(points), head, tail)

    def _attached(self, number: int, link: Link) -> Route:
        item, reader = self.items[link.source], self.items[link.target]
        style = LINKS[link.kind]
        edge = reader.x - reader.width / 2
        y = self.heights[link.target, link.source]
        start = (edge - STUB + 8, y)
        end = (edge - LENGTH[style.head] * ARROW, y)
        points = tuple(_line(start, end))
        head = None if style.head == "none" else (edge, y)
        if number not in self.picture.stubs:
            return Route(points, head)
        text = stub_text(item)
        x = start[0] - 2 - width_of(text, STUB_SIZE) / 2
        return Route(points, head, None, text, (x, y))

    # From a parameter over everything to the forward column.
    def _header(self, link: Link, first: Point, last: Point) -> list[Point]:
        row = self.items[link.target].home.row
        track = _TRACK * (self._track(f"header {row}", link.source) % 4)
        x, y = self.picture.columns[0][1] + 9 + track, first[1] - 4 - track
        return [(first[0], y), (x, y), (x, last[1])]

    # Straight down, across in the gap between two rows, and down again.
    def _jog(self, link: Link, first: Point, last: Point) -> list[Point]:
        y = self._between(self.items[link.source], self.items[link.target])
        assert y is not None, "both ends are in rows"
        track = self._track(f"jog {self.items[link.target].home.row}", link.source) % 3
        y += _TRACK * (track - 1)
        return [(first[0], y), (last[0], y)]

    # Between layers, past what stands in the way, left of the column.
    def _gutter(self, link: Link, first: Point, last: Point) -> list[Point]:
        home = self.items[link.target].home
        column = column_of(home.lane)
        if home.row in self.picture.small:
            column = int(last[0] > self.picture.columns[0][1])
        track = self._track(f"gutter {column}", link.source) % 3
        x = self.picture.columns[column][0] - 6 - _TRACK * track
        away = (6 + 2 * track) * (1 if first[1] < last[1] else -1)
        before, after = first[1] + away, last[1] - away
        if home.row in self.picture.small:
            after = self.frames[home][1].top - away
        return [(first[0], before), (x, before), (x, after), (last[0], after)]

    # From the backward column to the update of a parameter, which it enters from below.
    def _climb(self, link: Link, first: Point, last: Point) -> list[Point]:
        target = self.items[link.target]
        lane, frame = self.frames[target.home]
        track = self._track(f"climb {target.home.row}", link.source) % 4
        x = self.picture.columns[1][1] + 9 + _TRACK * track
        before, after = first[1] - 6 - 2 * track, last[1] + 5 + 2 * track
        start = [(first[0], before), (x, before)]
        if lane.left <= self.picture.columns[2][0] + 1:
            return [*start, (x, after), (last[0], after)]
        bottoms = [
            x.bottom for x in frame.lanes if x.left >= self.picture.columns[2][0]
        ]
        low, left = max(bottoms) + 7 + 3 * track, lane.left - 4 - 3 * track
        return [*start, (x, low), (left, low), (left, after), (last[0], after)]

    # Lines of one source share a track; others get the next.
    def _track(self, place: str, source: str) -> int:
        taken = self.tracks.setdefault(place, {})
        return taken.setdefault(source, len(taken))


def _moved(point: Point, side: str, by: float) -> Point:
    x, y = point
    dx, dy = {"t": (0, -by), "b": (0, by), "l": (-by, 0), "r": (by, 0)}[side]
    return x + dx, y + dy


def _line(a: Point, b: Point) -> list[Point]:
    third = ((b[0] - a[0]) / 3, (b[1] - a[1]) / 3)
    return [
        a,
        (a[0] + third[0], a[1] + third[1]),
        (b[0] - third[0], b[1] - third[1]),
        b,
    ]


# Through all points, with the same direction at each of them.
def _curve(through: Sequence[Point], *, vertical: bool) -> list[Point]:
    points = [through[0]]
    for a, b in pairwise(through):
        if vertical:
            middle = (a[1] + b[1]) / 2
            points += [(a[0], middle), (b[0], middle), b]
        else:
            middle = (a[0] + b[0]) / 2
            points += [(middle, a[1]), (middle, b[1]), b]
    return points


# Straight lines with round corners.
def _rounded(corners: Sequence[Point]) -> list[Point]:
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(
            _RADIUS, math.dist(before, corner) / 2, math.dist(corner, after) / 2
        )
        a = _towards(corner, before, radius)
        b = _towards(corner, after, radius)
        points += _line(points[-1], a)[1:]
        points += [
            _towards(a, corner, radius * _KAPPA),
            _towards(b, corner, radius * _KAPPA),
            b,
        ]
    return points + _line(points[-1], corners[-1])[1:]


def _towards(a: Point, b: Point, by: float) -> Point:
    length = math.dist(a, b)
    if not length:
        return a
    return a[0] + (b[0] - a[0]) * by / length, a[1] + (b[1] - a[1]) * by / length


def samples(points: Sequence[Point]) -> Iterator[Point]:
    """Return points along a way, none far from the next."""
    for i in range(0, len(points) - 3, 3):
        piece = points[i : i + 4]
        count = int(math.dist(piece[0], piece[3]) / _STEP) + 4
        for k in range(count + 1):
            t = k / count
            s = 1 - t
            a, b, c, d = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
            (x0, y0), (x1, y1), (x2, y2), (x3, y3) = piece
            yield (
                a * x0 + b * x1 + c * x2 + d * x3,
                a * y0 + b * y1 + c * y2 + d * y3,
            )
