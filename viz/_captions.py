"""Titles of frames, where no line crosses them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graphgrad.viz._picture import Frame
from graphgrad.viz._route import Point, Route, samples
from graphgrad.viz._text import cut, plain, width_of

__all__ = ["Caption", "Captions"]

_SIZES = {True: 13.0, False: 10.0}

# What is left free beside a line, and left and right of a title in its frame.
_CLEAR, _LEFT, _RIGHT = 6.0, 9.0, 15.0

# The strip of a frame in which its title stands.
_TOP, _LOW = 2.0, 1.35

# No title is cut to less than this.
_SHORTEST = 60.0

# Lines are looked up by the bands that they touch.
_BAND = 64.0

Piece = Sequence[Point]


class Caption(NamedTuple):
    """The title of a frame as far as there is room, its size, its middle."""

    text: str
    size: float
    place: Point


@dataclass(frozen=True)
class _Title:
    """What stands in a frame, how wide it is, and where there is room for it."""

    text: str
    need: float
    gaps: list[tuple[float, float]]

    def place(self, least: float = -math.inf) -> float | None:
        """Return the first x, from ``least`` on, with enough room behind it."""
        starts = ((max(a, least), b) for a, b in self.gaps)
        return next((a for a, b in starts if b - a >= self.need), None)

    def widest(self) -> tuple[float, float]:
        """Return where there is most room, and how much."""
        start, end = max(self.gaps, key=lambda gap: gap[1] - gap[0])
        return start, end - start


# The first x at which no line crosses any of the titles that have room there.
def _shared(titles: Sequence[_Title]) -> float:
    x = -math.inf
    while True:
        starts = (title.place(x) for title in titles)
        after = max((each for each in starts if each is not None), default=x)
        if after <= x:
            return x
        x = after


class Captions:
    """Finds for the titles of frames the first gap between lines that is wide enough.

    Those of frames below each other start at one x, if they can. Where there is no gap,
    a title is cut to the widest.
    """

    def __init__(
        self, routes: Sequence[Route | None], frames: Sequence[Frame] = ()
    ) -> None:
        """Note where the lines are, and the frames whose titles are to be placed."""
        self.bands: dict[int, list[Piece]] = {}
        for route in routes:
            points = route.points if route else ()
            for i in range(0, len(points) - 3, 3):
                piece = points[i : i + 4]
                ys = [y for _, y in piece]
                for band in range(int(min(ys) // _BAND), int(max(ys) // _BAND) + 1):
                    self.bands.setdefault(band, []).append(piece)
        # Frames around others begin a little further left.
        self.least = min((each.left for each in frames if each.lanes), default=0.0)
        sides: dict[int, list[_Title]] = {}
        for frame in frames:
            if frame.title:
                sides.setdefault(self._side(frame), []).append(self._title(frame))
        self.shared = {side: _shared(titles) for side, titles in sides.items()}

    def _side(self, frame: Frame) -> int:
        return round(max(frame.left, self.least))

    def _title(self, frame: Frame) -> _Title:
        is_lane = bool(frame.phase)
        size = _SIZES[not is_lane]
        text = frame.title if is_lane else plain(frame.title)
        margin = 4.0 if is_lane else _RIGHT
        left, right = frame.left + _LEFT, frame.right - margin
        text = cut(text, size, right - left, bold=not is_lane)
        need = width_of(text, size, bold=not is_lane)
        gaps = self._gaps(left, right, frame.top, frame.top + size * _LOW)
        return _Title(text, need, gaps)

    def of(self, frame: Frame) -> Caption:
        """Return the title of a layer's frame, or of a lane's, which is smaller."""
        is_lane = bool(frame.phase)
        size = _SIZES[not is_lane]
        title = self._title(frame)
        shared = -math.inf if is_lane else self.shared.get(self._side(frame), -math.inf)
        start = title.place(shared)
        if start is None:
            start = title.place()
        text = title.text
        if start is None:
            start, room = title.widest()
            if room < min(title.need, _SHORTEST):
                start, room = frame.left + _LEFT, title.need
            text = cut(text, size, room, bold=not is_lane)
        width = width_of(text, size, bold=not is_lane)
        return Caption(text, size, (start + width / 2, frame.top + 4 + size * 0.65))

    # From left to right, what no line crosses.
    def _gaps(
        self, left: float, right: float, top: float, low: float
    ) -> list[tuple[float, float]]:
        bands = range(int(top // _BAND), int(low // _BAND) + 1)
        pieces = {id(p): p for band in bands for p in self.bands.get(band, ())}
        xs = sorted(
            x
            for piece in pieces.values()
            for x, y in samples(piece)
            if top + _TOP < y < low + 4 and left - _CLEAR < x < right + _CLEAR
        )
        gaps, start = [], left
        for x in xs:
            if x - _CLEAR > start:
                gaps.append((start, x - _CLEAR))
            start = max(start, x + _CLEAR)
        return [*gaps, (start, max(start, right))]
