"""The links of a page: ways within a lane, and for others the ends and the detour."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from graphgrad.viz._page_material import Material
from graphgrad.viz._page_nodes import visible
from graphgrad.viz._picture import stub_text
from graphgrad.viz._route import Point
from graphgrad.viz._scene import Item, Link

__all__ = ["links"]


def links(material: Material) -> list[dict[str, Any]]:
    """Return an entry for every link, in the order of the scene.

    ``path`` are Bézier points from the top left of the lane; a link between lanes has
    the points ``from`` and ``to``, seen from the centres of the two nodes, ``sides``
    where it leaves and enters, and ``via`` for a detour. A ``stub`` is a text at its
    reader, ``y`` below its centre.
    """
    ways = material.router.all()
    return [
        _entry(material, number, link, ways[number].points)
        for number, link in enumerate(material.scene.links)
    ]


def _entry(
    material: Material, number: int, link: Link, points: Iterable[Point]
) -> dict[str, Any]:
    index, lane_of, items = material.index, material.lane_of, material.scene.items
    entry: dict[str, Any] = {
        "s": index[link.source],
        "t": index[link.target],
        "kind": link.kind,
    }
    if link.phase:
        entry["phase"] = link.phase
    if link.sign:
        entry["sign"] = link.sign
    if link.count > 1:
        entry["count"] = link.count
    here, there = lane_of[link.source], lane_of[link.target]
    source, target = items[link.source], items[link.target]
    if number in material.picture.stubs:
        entry["stub"] = visible(stub_text(source))
        height = material.router.heights[link.target, link.source]
        entry["y"] = _short(height - target.y)
    elif here == there:
        entry["path"] = _flat(material.within(here, point) for point in points)
    else:
        sides, detour = material.router.sides[number]
        entry["from"] = _seen(source, material.router.ports[number, 0])
        entry["to"] = _seen(target, material.router.ports[number, 1])
        entry["sides"] = sides
        if detour:
            entry["via"] = detour
    return entry


def _seen(item: Item, point: Point) -> list[float]:
    return [_short(point[0] - item.x), _short(point[1] - item.y)]


def _flat(points: Iterable[Point]) -> list[float]:
    return [_short(each) for point in points for each in point]


def _short(number: float) -> float:
    value = round(number, 1)
    return int(value) if value == int(value) else value
