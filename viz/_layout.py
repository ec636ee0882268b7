"""Where everything stands: layers in rows, phases in columns, by arithmetic alone.

Forward runs down the first column, the loss ends it, backward climbs the second, and
the third holds the parameters with their updates. Graphviz draws; it places nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graphgrad.viz._cell import GAP_X, Cell, arrange, levels
from graphgrad.viz._groups import groups
from graphgrad.viz._homes import Home
from graphgrad.viz._lines import Lines
from graphgrad.viz._measure import measure
from graphgrad.viz._picture import (
    STUB,
    Frame,
    Picture,
    attachments,
    column_of,
    row_order,
)
from graphgrad.viz._scene import Item, Scene
from graphgrad.viz._text import width_of

__all__ = ["lay_out"]

GUTTER = 38.0
MARGIN = 10.0
LANE_GAP = 8.0
TITLE = 26.0
LANE_TITLE = 26.0
FOOT = 16.0
ROW_GAP = 46.0
HEADER = 74.0
STRIP = 16.0

# What the title of a lane needs at its sides, with a sign that closes the lane.
BESIDE = 28.0

# A line that would pass more levels than this is drawn as a stub.
_LONGEST = 7


def lay_out(scene: Scene, cut: Collection[int] = ()) -> Picture:
    """Give every item of ``scene`` its size and its place.

    The lines whose numbers are in ``cut`` are drawn as stubs.
    """
    for item in scene.items.values():
        item.width, item.height = measure(item)
    _align_widths(scene)
    _settle_inputs(scene)
    return _Builder(scene, cut).build()


# An input stands above the layer that reads it first, if that is the first layer; else
# within what reads it.
def _settle_inputs(scene: Scene) -> None:
    first = row_order(scene)[:1]
    for link in scene.links:
        item, reader = scene.items[link.source], scene.items[link.target]
        is_free = item.home == Home() and item.kind == "input"
        if is_free and reader.home != Home() and [reader.home.row] != first:
            item.home = reader.home


class _Builder:
    def __init__(self, scene: Scene, cut: Collection[int]) -> None:
        self.scene = scene
        self.lines = Lines(scene, cut)
        self.cells: dict[Home, Cell] = {}
        self.beside: list[Item] = []
        self.frames: list[Frame] = []
        self.bends: dict[int, list[tuple[float, float]]] = {}
        members: dict[Home, list[Item]] = {}
        for item in scene.items.values():
            if item.home == Home():
                self.beside.append(item)
            elif item.kind != "constant":
                members.setdefault(item.home, []).append(item)
        self.members = members
        self.has_lanes = len({home.lane for home in members}) > 1
        self._make_high_enough(scene.items)
        self.homes: dict[str, list[Home]] = {}
        for home, items in members.items():
            self.homes.setdefault(home.row, []).append(home)
            self.cells[home] = self._cell(home, items)
        self.small = self._small()
        self.aside = self._aside()

    # What has many inputs from far away is as high as the stubs of all of them.
    def _make_high_enough(self, keys: Iterable[str]) -> None:
        for key in keys:
            item = self.scene.items[key]
            item.height = max(item.height, self.lines.height(key))

    # ---- cells -----------------------------------------------------------------------

    def _cell(self, home: Home, items: list[Item]) -> Cell:
        lines = self.lines
        inside = lines.inside(home)
        level = levels(items, [*inside.values()], up=column_of(home.lane) > 0)
        if home.lane == "parameters":
            level = {item.id: i for i, item in enumerate(items)}
        for number, link in list(inside.items()):
            if abs(level[link.target] - level[link.source]) > _LONGEST:
                del inside[number]
                lines.shorten(number)
        self._make_high_enough(level)
        cell = arrange(items, inside, level, lines.room, lines.entered(home))
        if column_of(home.lane) < 2 and self.has_lanes:
            _make_wide_enough(cell, home.lane)
        self.bends.update(cell.bends)
        return cell

    # ---- rows and columns ------------------------------------------------------------

    def build(self) -> Picture:
        """Put the cells into rows and columns, then what stands beside them."""
        columns = self._columns()
        y = 0.0
        above = [item for item in self.beside if self._is_above(item)]
        if above:
            y += max(item.height for item in above) + ROW_GAP
        top = y
        for rows in self._bands(columns[1 if self.aside else 2][1] - columns[0][0]):
            y = self._band(rows, columns, y) + ROW_GAP
        y = max(y, self._stand_aside(columns, top))
        left = self._beside(above, columns)
        self._constants()
        around = groups(self.scene, self.frames)
        left = min([left, *(group.left for group in around)])
        right = max((each.right for each in [*self.frames, *around]), default=0.0)
        edges = [item.x + item.width / 2 for item in self.scene.items.values()]
        width = max([right, *edges]) - left
        picture = Picture(
            self.scene,
            self.frames,
            self.bends,
            self.lines.stubs,
            columns,
            self.small,
            width,
            y - ROW_GAP,
            around,
        )
        _shift(picture, -left)
        return picture

    # The rows that have the third column to themselves stand beside all the others.
    def _aside(self) -> list[str]:
        used = {
            row: [i for i in range(3) if self._lanes(row, i)] for row in self._rows()
        }
        alone = [row for row, columns in used.items() if row and columns == [2]]
        others = [columns for row, columns in used.items() if row not in alone]
        return [] if any(2 in columns for columns in others) else alone

    def _stand_aside(self, columns: list[tuple[float, float]], top: float) -> float:
        left, right = columns[2]
        edge = max((frame.right for frame in self.frames), default=-GUTTER)
        start = max(left, edge + GUTTER)
        columns[2] = start, start + right - left
        for row in self.aside:
            top = self._band([row], columns, top) + ROW_GAP
        return top

    def _columns(self) -> list[tuple[float, float]]:
        widths = [0.0, 0.0, 0.0]
        for row in self._rows():
            for column in range(3):
                lanes = self._lanes(row, column)
                if row not in self.small:
                    widths[column] = max(widths[column], self._width(lanes))
        columns, x = [], 2 * MARGIN
        for width in widths:
            columns.append((x, x + max(width, 0.0)))
            x += width + (GUTTER if width else 0.0)
        return columns

    def _width(self, lanes: list[Home]) -> float:
        total = sum(self.cells[each].width + 2 * MARGIN for each in lanes)
        return total + LANE_GAP * (len(lanes) - 1)

    def _rows(self) -> list[str]:
        return list(dict.fromkeys([*row_order(self.scene), *self.homes]))

    def _lanes(self, row: str, column: int) -> list[Home]:
        lanes = [each for each in self.homes[row] if column_of(each.lane) == column]
        return sorted(lanes, key=lambda home: home.lane == "loss")

    # The optimizer's own row stands beside the first row that leaves it the place, and
    # metrics stand beside each other as far as there is room.
    def _bands(self, room: float) -> list[list[str]]:
        bands: list[list[str]] = []
        used_up = room
        for row in self._rows():
            if row in self.aside:
                continue
            used = [i for i in range(3) if self._lanes(row, i)]
            beside = self._beside_loss(bands) if row and used == [2] else None
            if beside is not None:
                beside.append(row)
            elif row in self.small:
                width = self._width(self._lanes(row, 0)) + 4 * MARGIN
                if used_up + width > room:
                    bands.append([])
                    used_up = 0.0
                bands[-1].append(row)
                used_up += width
            else:
                bands.append([row])
        return bands

    def _beside_loss(self, bands: list[list[str]]) -> list[str] | None:
        free = (b for b in bands if len(b) == 1 and not self._lanes(b[0], 2))
        return next((b for b in free if Home(b[0], "loss") in self.cells), None)

    # Metrics, and what else only has one column: they need not keep to the columns.
    def _small(self) -> list[str]:
        rows = self._rows()
        losses = [row for row in rows if Home(row, "loss") in self.cells and row]
        return [
            row
            for row in losses[1:]
            if not self._lanes(row, 1) and not self._lanes(row, 2)
        ]

    def _band(
        self, rows: list[str], columns: list[tuple[float, float]], y: float
    ) -> float:
        frames: list[Frame] = []
        for row in rows:
            own = columns
            if row in self.small:
                left = frames[-1].right + 3 * MARGIN if frames else columns[0][0]
                own = [(left, left + self._width(self._lanes(row, 0)))] * 3
            frames.append(self._row(row, own, y))
        bottom = max(frame.bottom for frame in frames)
        for frame in frames:
            frame.bottom = bottom
            self.frames.append(frame)
        return bottom

    def _row(self, row: str, columns: list[tuple[float, float]], y: float) -> Frame:
        has_lanes = self.has_lanes
        frame = Frame(self.scene.titles.get(row, row), "", 0.0, y, 0.0, 0.0)
        top = y + (TITLE if row else 0.0)
        groups = [self._lanes(row, column) for column in range(3)]
        header = self._header(groups)
        inner = top + (LANE_TITLE + 10.0 if has_lanes else FOOT)
        inner += STRIP if header else 0.0
        depth = [
            max((self.cells[home].height for home in group), default=0.0)
            + (header if column < 2 else 0.0)
            for column, group in enumerate(groups)
        ]
        height = max(depth)
        for column, group in enumerate(groups):
            x = self._start(group, columns[column], column)
            for home in group:
                cell = self.cells[home]
                low = height - cell.height
                dy = low if column == 1 else header if column == 0 else 0.0
                lane = self._lane(home, x, inner + dy, has_lanes)
                frame.lanes.append(lane)
                frame.ids += lane.ids
                x += cell.width + 2 * MARGIN + LANE_GAP
        bottom = inner + height + FOOT + (STRIP if header else 0.0)
        _fit(frame, bottom, [columns[i] for i, group in enumerate(groups) if group])
        return frame

    # Lines from the parameters to the forward column pass above the backward column.
    def _header(self, groups: list[list[Home]]) -> float:
        updates = any(home.lane.startswith("update ") for home in groups[2])
        return HEADER if updates and (groups[0] or groups[1]) else 0.0

    def _start(
        self, group: list[Home], column: tuple[float, float], number: int
    ) -> float:
        left, right = column
        return left if number == 2 else left + (right - left - self._width(group)) / 2

    def _lane(self, home: Home, x: float, y: float, has_lanes: bool) -> Frame:
        cell = self.cells[home]
        for item in cell.items:
            item.x += x + MARGIN
            item.y += y
        for number in cell.bends:
            self.bends[number] = [
                (a + x + MARGIN, b + y) for a, b in self.bends[number]
            ]
        phase = home.lane.split()[0] if has_lanes else ""
        strip = STRIP if home.lane.startswith("update ") else 0.0
        return Frame(
            home.lane,
            phase,
            x,
            y - LANE_TITLE - 4.0 - strip,
            x + cell.width + 2 * MARGIN,
            y + cell.height + FOOT / 2,
            [item.id for item in cell.items],
        )

    # ---- what stands beside the cells ------------------------------------------------

    def _is_above(self, item: Item) -> bool:
        anchor = self._anchor(item)
        if anchor is None:
            return True
        return anchor.home.row == self._rows()[0]

    def _anchor(self, item: Item) -> Item | None:
        links = self.scene.links
        target = next((x.target for x in links if x.source == item.id), None)
        anchor = None if target is None else self.scene.items[target]
        return None if anchor is None or anchor.home == Home() else anchor

    def _beside(self, above: list[Item], columns: list[tuple[float, float]]) -> float:
        left = 0.0
        x = columns[0][0]
        for item in above:
            anchor = self._anchor(item)
            item.x = max(x + item.width / 2, anchor.x if anchor else 0.0)
            item.y = item.height / 2
            x = item.x + item.width / 2 + GAP_X
        y = 0.0
        for item in self.beside:
            anchor = self._anchor(item)
            if item in above or anchor is None:
                continue
            item.x = -GUTTER / 2 - item.width / 2
            item.y = max(y, anchor.y)
            y = item.y + item.height + GAP_X
            left = min(left, item.x - item.width / 2)
        return left

    # A constant stands at the left side of its first reader, among the stubs there.
    def _constants(self) -> None:
        heights = attachments(self.scene, self.lines.stubs)
        for key, target in self.lines.constants.items():
            item, reader = self.scene.items[key], self.scene.items[target]
            item.x = reader.x - reader.width / 2 - STUB + 6 - item.width / 2
            item.y = heights[target, key]
        for item in self.scene.items.values():
            if item.kind == "constant" and item.id not in self.lines.constants:
                item.y = -item.height


# Boxes of one lane are equally wide: columns are easier to follow.
def _align_widths(scene: Scene) -> None:
    widest: dict[Home, float] = {}
    kinds = ("operation", "fold")
    boxes = [item for item in scene.items.values() if item.kind in kinds]
    for item in boxes:
        widest[item.home] = max(widest.get(item.home, 0.0), item.width)
    for item in boxes:
        item.width = widest[item.home]


# A line from above passes the title of a lane on its left or on its right.
def _make_wide_enough(cell: Cell, title: str) -> None:
    more = 2 * (width_of(title, 10) + BESIDE) - 2 * MARGIN - cell.width
    if more > 0:
        cell.width += more
        for item in cell.items:
            item.x += more / 2
        for number, points in cell.bends.items():
            cell.bends[number] = [(x + more / 2, y) for x, y in points]


def _fit(frame: Frame, bottom: float, used: list[tuple[float, float]]) -> None:
    frame.left = used[0][0] - 2 * MARGIN
    room = width_of(frame.title, 13, bold=True) + 5 * MARGIN
    if used[0][1] - used[0][0] < room:  # what comes from above is left of the title
        room += (used[0][1] - used[0][0]) / 2 + 2 * MARGIN
    right = max(used[-1][1], *(lane.right for lane in frame.lanes)) + MARGIN
    frame.right = max(right, frame.left + room)
    frame.bottom = bottom


def _shift(picture: Picture, dx: float) -> None:
    for item in picture.scene.items.values():
        item.x += dx
    for frame in [*picture.groups, *picture.frames]:
        for each in (frame, *frame.lanes):
            each.left += dx
            each.right += dx
    for number, points in picture.bends.items():
        picture.bends[number] = [(x + dx, y) for x, y in points]
    picture.columns[:] = [(a + dx, b + dx) for a, b in picture.columns]
