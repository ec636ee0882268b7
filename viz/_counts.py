"""The ×2 at lines that stand for several uses: beside the line, clear of the rest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from graphgrad.viz._picture import STUB_SIZE, Picture
from graphgrad.viz._route import Point, Route, samples
from graphgrad.viz._text import width_of

__all__ = ["counted"]

# How far along its line a text may stand, the best first; and how far from it.
_ALONG = (0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8)
_AWAY = 4.0
_BAND = 64.0

# To hide a box or another text is worse than to touch a line.
_WORSE = 10

Box = tuple[float, float, float, float]


def counted(picture: Picture, ways: Sequence[Route]) -> list[Route]:
    """Return the ways, those of several uses with their number at a free place."""
    found = list(ways)
    many = [i for i, link in enumerate(picture.scene.links) if link.count > 1]
    many = [i for i in many if i not in picture.stubs]
    if many:
        page = _Page(picture, ways)
        for i in many:
            text = f"×{picture.scene.links[i].count}"
            place = page.place(ways[i].points, text)
            found[i] = replace(ways[i], text=text, place=place)
    return found


class _Page:
    def __init__(self, picture: Picture, ways: Sequence[Route]) -> None:
        self.points: dict[int, list[Point]] = defaultdict(list)
        self.boxes: dict[int, list[Box]] = defaultdict(list)
        for way in ways:
            for x, y in samples(way.points):
                self.points[int(y // _BAND)].append((x, y))
            if way.text:
                self._take(way.place, width_of(way.text, STUB_SIZE), STUB_SIZE)
        for item in picture.scene.items.values():
            self._take((item.x, item.y), item.width, item.height)

    def place(self, points: Sequence[Point], text: str) -> Point:
        """Return the place for a text at a line, and keep it free from then on."""
        width = width_of(text, STUB_SIZE)
        places = [*_places(points, width)]
        best = min(places, key=lambda place: self._cost(place, width))
        self._take(best, width, STUB_SIZE)
        return best

    def _take(self, place: Point, width: float, height: float) -> None:
        box = _around(place, width, height)
        for band in _bands(box):
            self.boxes[band].append(box)

    def _cost(self, place: Point, width: float) -> int:
        left, top, right, low = box = _around(place, width, STUB_SIZE)
        cost = 0
        for band in _bands(box):
            cost += _WORSE * sum(
                min(right, b[2]) > max(left, b[0]) and min(low, b[3]) > max(top, b[1])
                for b in self.boxes[band]
            )
            cost += sum(
                left < x < right and top < y < low for x, y in self.points[band]
            )
        return cost


def _places(points: Sequence[Point], width: float) -> Iterator[Point]:
    line = [*samples(points)]
    for share in _ALONG:
        i = int(share * (len(line) - 1))
        (x, y), (x0, y0), (x1, y1) = line[i], line[max(0, i - 1)], line[i + 1]
        if abs(x1 - x0) > abs(y1 - y0):
            yield x, y - STUB_SIZE / 2 - _AWAY
            yield x, y + STUB_SIZE / 2 + _AWAY
        yield x + width / 2 + _AWAY, y
        yield x - width / 2 - _AWAY, y


def _around(place: Point, width: float, height: float) -> Box:
    (x, y), w, h = place, width / 2, height / 2
    return x - w, y - h, x + w, y + h


def _bands(box: Box) -> range:
    return range(int(box[1] // _BAND), int(box[3] // _BAND) + 1)
