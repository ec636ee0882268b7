"""Which lines of a scene are drawn whole, and which as stubs at their readers."""

from __future__ import annotations

from collections.abc import Collection

from graphgrad.viz._homes import Home
from graphgrad.viz._picture import STUB, STUB_SIZE, column_of, room_for, stub_text
from graphgrad.viz._scene import Item, Link, Scene
from graphgrad.viz._text import width_of

__all__ = ["Lines"]


class Lines:
    """The links of a scene by their numbers: inside of cells, whole, or as stubs.

    ``constants`` tells for each constant the reader at which it stands; ``room`` what
    items need at their left side for constants and the texts of stubs.
    """

    def __init__(self, scene: Scene, cut: Collection[int]) -> None:
        """Sort them; those in ``cut`` are stubs in any case."""
        self.scene = scene
        self.stubs: set[int] = set()
        self.constants: dict[str, str] = {}
        self.room: dict[str, float] = {}
        self._attached: dict[str, set[str]] = {}
        self._entered: dict[Home, dict[str, None]] = {}
        self._in_cell: dict[Home, dict[int, Link]] = {}
        for number, link in enumerate(scene.links):
            source, target = scene.items[link.source], scene.items[link.target]
            if link.kind == "constant":
                if self.constants.setdefault(link.source, link.target) != link.target:
                    self.stubs.add(number)
            elif number in cut:
                self.stubs.add(number)
            elif source.home == target.home:
                self._in_cell.setdefault(source.home, {})[number] = link
            elif not self._is_whole(source, target, link):
                self.stubs.add(number)
            elif link.kind == "flow":
                self._entered.setdefault(target.home, {})[link.target] = None
            if number in self.stubs or link.kind == "constant":
                self._make_room(link)

    def inside(self, home: Home) -> dict[int, Link]:
        """Return the lines within a lane."""
        return dict(self._in_cell.get(home, {}))

    def shorten(self, number: int) -> None:
        """Draw a line within a lane as a stub."""
        link = self.scene.links[number]
        del self._in_cell[self.scene.items[link.source].home][number]
        self.stubs.add(number)
        self._make_room(link)

    def height(self, key: str) -> float:
        """Return how high an item must be for all that is attached to it."""
        return room_for(len(self._attached.get(key, ())))

    def entered(self, home: Home) -> list[str]:
        """Return the items of a lane to which whole lines come from above."""
        if column_of(home.lane) > 0:
            return []
        return list(self._entered.get(home, ()))

    def _is_whole(self, source: Item, target: Item, link: Link) -> bool:
        if source.home == Home():
            first = next(x for x in self.scene.links if x.source == source.id)
            anchor = self.scene.items[first.target]
            return link.kind == "flow" and target.home == anchor.home
        if source.home.row == target.home.row:
            return True
        if source.kind == "input":
            return False
        lanes = (column_of(source.home.lane), column_of(target.home.lane))
        spine = link.kind == "flow" and lanes == (0, 0)
        return spine or (link.kind == "gradient" and lanes == (1, 1))

    def _make_room(self, link: Link) -> None:
        self._attached.setdefault(link.target, set()).add(link.source)
        text = width_of(stub_text(self.scene.items[link.source]), STUB_SIZE)
        self.room[link.target] = max(self.room.get(link.target, 0.0), text + STUB)
