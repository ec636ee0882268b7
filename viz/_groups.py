"""Frames around frames: models that are layers of a model."""

from __future__ import annotations

from collections.abc import Sequence

from graphgrad.viz._picture import Frame
from graphgrad.viz._scene import Scene

__all__ = ["groups"]

# What a frame keeps from those inside of it, and above them for its title.
_AROUND, _TITLE = 8.0, 20.0

# There is room for so many frames between two rows.
_DEEPEST = 2


def groups(scene: Scene, frames: Sequence[Frame]) -> list[Frame]:
    """Return a frame for each layer that is made of the layers of several rows.

    The outer ones come first. A layer that computes by itself as well has a row of its
    own, and no frame around the others.
    """
    rows = {scene.items[frame.ids[0]].home.row: frame for frame in frames if frame.ids}
    inside: dict[str, list[str]] = {}
    for row in rows:
        parts = row.split("/")
        for i in range(1, len(parts)):
            inside.setdefault("/".join(parts[:i]), []).append(row)
    found: list[Frame] = []
    for name, members in sorted(inside.items(), key=lambda pair: pair[0].count("/")):
        if name in rows or name.count("/") >= _DEEPEST:
            continue
        deeper = max(other.count("/") for other in inside if _is_in(other, name))
        frame = _around([rows[each] for each in members], deeper - name.count("/") + 1)
        frame.title = scene.titles.get(name, name)
        held = set(members)
        others = [frame for row, frame in rows.items() if row not in held]
        if not any(_overlap(frame, other) for other in others):
            found.append(frame)
    return found


def _is_in(name: str, outer: str) -> bool:
    return f"{name}/".startswith(f"{outer}/")


def _around(members: Sequence[Frame], levels: int) -> Frame:
    away, above = _AROUND * levels, _TITLE * levels
    return Frame(
        "",
        "",
        min(each.left for each in members) - away,
        min(each.top for each in members) - above,
        max(each.right for each in members) + away,
        max(each.bottom for each in members) + away,
        [key for each in members for key in each.ids],
        levels=levels,
    )


def _overlap(a: Frame, b: Frame) -> bool:
    across = min(a.right, b.right) - max(a.left, b.left)
    return across > 0 and min(a.bottom, b.bottom) - max(a.top, b.top) > 0
