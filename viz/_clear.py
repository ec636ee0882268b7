"""Pictures in which no line passes behind a box: what would is drawn as a stub."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from graphgrad.viz._counts import counted
from graphgrad.viz._layout import lay_out
from graphgrad.viz._picture import STUB_SIZE, Picture
from graphgrad.viz._route import Route, routes, samples
from graphgrad.viz._scene import Scene
from graphgrad.viz._text import width_of

__all__ = ["clear_picture"]

# A stub needs room, so that other lines move: it takes a few rounds.
_ROUNDS = 6
_NEAR = 1.5
_BAND = 64.0

# Left, top, right, bottom, and whose it is.
Box = tuple[float, float, float, float, str]


def clear_picture(scene: Scene) -> tuple[Picture, list[Route]]:
    """Lay out ``scene`` and its lines, with stubs for lines that would cross boxes."""
    cut: set[int] = set()
    picture = lay_out(scene, cut)
    ways = routes(picture)
    for _ in range(_ROUNDS - 1):
        crossing = _crossing(picture, ways)
        if not crossing:
            break
        cut |= crossing
        picture = lay_out(scene, cut)
        ways = routes(picture)
    return picture, counted(picture, ways)


def _crossing(picture: Picture, ways: Sequence[Route]) -> set[int]:
    boxes: dict[int, list[Box]] = defaultdict(list)
    for box in _boxes(picture, ways):
        for band in range(int(box[1] // _BAND), int(box[3] // _BAND) + 1):
            boxes[band].append(box)
    found = set()
    for number, (link, way) in enumerate(zip(picture.scene.links, ways, strict=True)):
        if number in picture.stubs or link.kind == "constant":
            continue
        ends = {link.source, link.target}
        if any(
            left < x < right and top < y < low and whose not in ends
            for x, y in samples(way.points)
            for left, top, right, low, whose in boxes[int(y // _BAND)]
        ):
            found.add(number)
    return found


# Of items, and of the texts of stubs, which no line should strike out.
def _boxes(picture: Picture, ways: Sequence[Route]) -> Iterator[Box]:
    for item in picture.scene.items.values():
        w, h = item.width / 2 + _NEAR, item.height / 2 + _NEAR
        yield item.x - w, item.y - h, item.x + w, item.y + h, item.id
    for number in picture.stubs:
        (x, y), w = ways[number].place, width_of(ways[number].text, STUB_SIZE) / 2
        yield x - w, y - STUB_SIZE / 2, x + w, y + STUB_SIZE / 2, ""
