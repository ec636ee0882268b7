"""What the sections of a page are made from: a graph, its picture, and who asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphgrad import Graph, Program
from graphgrad.equations import Explanation
from graphgrad.profiling import Profile
from graphgrad.recording import Recording
from graphgrad.sites import Site
from graphgrad.viz._clear import clear_picture
from graphgrad.viz._dot import LAYOUT_LIMIT
from graphgrad.viz._layout import lay_out
from graphgrad.viz._options import Options
from graphgrad.viz._picture import Frame, Picture, column_of
from graphgrad.viz._route import Router
from graphgrad.viz._scene import Item, Scene

__all__ = ["INPUTS", "Lane", "Material", "Row"]

# The row of what stands above the first layer.
INPUTS = "inputs"

_GAP = 14.0


@dataclass(eq=False)
class Lane:
    """A lane of the page: its size, and the items in it by their ids."""

    row: int
    name: str
    phase: str
    column: int
    left: float
    top: float
    width: float
    height: float
    ids: list[str]


@dataclass(eq=False)
class Row:
    """A row of the page: a layer, a loss, the optimizer; with the lanes' numbers."""

    id: str
    title: str
    band: int
    lanes: list[int] = field(default_factory=list)


@dataclass(eq=False)
class Material:
    """A scene laid out once, all lanes open, and the places of its items in lanes."""

    graph: Graph
    scene: Scene
    title: str
    facts: str
    stage: str
    program: Program | None = None
    profile: Profile | None = None
    marking: Any = None
    recorder: Any = None
    recording: Recording | None = None
    site: Site | None = None
    message: str = ""
    options: Options = field(default_factory=Options)
    show_values: bool = True
    explained: Explanation | None = None
    phases: tuple[str, ...] = ()
    collapse: frozenset[str] | None = None
    _placed: dict[str, tuple[float, float]] = field(default_factory=dict)

    @cached_property
    def picture(self) -> Picture:
        """The picture with everything open; above a size, some lines cross boxes."""
        if len(self.scene.items) <= LAYOUT_LIMIT:
            return clear_picture(self.scene)[0]
        return lay_out(self.scene)

    @cached_property
    def router(self) -> Router:
        """The ways of the picture's lines."""
        return Router(self.picture)

    @cached_property
    def index(self) -> dict[str, int]:
        """The number of each item, which is that of its node in the page."""
        return {key: i for i, key in enumerate(self.scene.items)}

    @cached_property
    def rows(self) -> list[Row]:
        """The rows, in drawing order."""
        return self._grid[0]

    @cached_property
    def lanes(self) -> list[Lane]:
        """The lanes, row by row."""
        return self._grid[1]

    @cached_property
    def lane_of(self) -> dict[str, int]:
        """The lane of each item; a constant is in the lane of its reader."""
        found = {key: i for i, lane in enumerate(self.lanes) for key in lane.ids}
        for link in self.scene.links:
            if link.source not in found and link.target in found:
                found[link.source] = found[link.target]
        return found

    def place(self, item: Item) -> tuple[float, float]:
        """Return the centre of an item within its lane."""
        lane = self.lane_of[item.id]
        return self._placed.get(item.id) or self.within(lane, (item.x, item.y))

    def within(self, lane: int, point: tuple[float, float]) -> tuple[float, float]:
        """Return a point of the picture as seen from the top left of a lane."""
        frame = self.lanes[lane]
        return point[0] - frame.left, point[1] - frame.top

    @cached_property
    def _grid(self) -> tuple[list[Row], list[Lane]]:
        rows: list[Row] = []
        lanes: list[Lane] = []
        tops: list[float] = []
        above = self._above()
        if above is not None:
            rows.append(Row(INPUTS, "", 0, [0]))
            lanes.append(above)
        for frame in self.picture.frames:
            first = self.scene.items[frame.ids[0]]
            if frame.top not in tops:
                tops.append(frame.top)
            row = Row(first.home.row, frame.title, tops.index(frame.top) + 1)
            for each in frame.lanes:
                row.lanes.append(len(lanes))
                lanes.append(_lane(len(rows), each))
            rows.append(row)
        self._add_strays(rows, lanes)
        return rows, lanes

    # Inputs stand side by side above the rows.
    def _above(self) -> Lane | None:
        framed = {key for frame in self.picture.frames for key in frame.ids}
        found = [
            item
            for item in self.scene.items.values()
            if item.id not in framed and item.kind != "constant"
        ]
        if not found:
            return None
        x, height = 0.0, max(item.height for item in found)
        for item in found:
            self._placed[item.id] = x + item.width / 2, height / 2
            x += item.width + _GAP
        ids = [item.id for item in found]
        return Lane(0, INPUTS, "", 0, 0.0, 0.0, x - _GAP, height, ids)

    # A constant that nothing reads, such as the result of a graph without operations.
    def _add_strays(self, rows: list[Row], lanes: list[Lane]) -> None:
        known = {key for lane in lanes for key in lane.ids}
        read = {link.source for link in self.scene.links}
        strays = [k for k in self.scene.items if k not in known and k not in read]
        if not strays:
            return
        y = 0.0
        for key in strays:
            item = self.scene.items[key]
            self._placed[key] = item.width / 2, y + item.height / 2
            y += item.height + _GAP
        width = max(self.scene.items[key].width for key in strays)
        rows.append(Row("constants", "", rows[-1].band + 1 if rows else 0))
        rows[-1].lanes.append(len(lanes))
        lanes.append(Lane(len(rows) - 1, "", "", 0, 0.0, 0.0, width, y, strays))


def _lane(row: int, frame: Frame) -> Lane:
    return Lane(
        row,
        frame.title,
        frame.phase,
        column_of(frame.title),
        frame.left,
        frame.top,
        frame.right - frame.left,
        frame.bottom - frame.top,
        list(frame.ids),
    )
