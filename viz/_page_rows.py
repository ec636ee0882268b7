"""The rows and lanes of a page, which of them repeat, and which are closed at first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from graphgrad.viz._fold import READABLE
from graphgrad.viz._options import AUTO, LAYERS
from graphgrad.viz._page_material import Material, Row
from graphgrad.viz._page_nodes import visible
from graphgrad.viz._style import PHASES
from graphgrad.viz._text import plain, width_of

__all__ = ["closed", "groups", "lanes", "repeats", "rows"]

# As many layers in a row that are the same are one box; and so are as many groups of
# up to so many different ones.
_OFTEN, _LONGEST = 3, 6

# A window of 1440 pixels shows as many points beside its lists, where the smallest
# letters are still to be read; and how wide a closed lane is.
WIDEST, _SHUT_WIDTH = 1150.0, 164.0


def rows(material: Material) -> list[dict[str, Any]]:
    """Return the rows; those of one band stand beside each other."""
    aside = _aside(material)
    found = []
    for row in material.rows:
        entry: dict[str, Any] = {"id": row.id, **_heading(visible(row.title))}
        entry["lanes"] = row.lanes
        entry["band"] = row.band
        if material.site is not None and row.id == _row_of_failure(material):
            entry["mark"] = material.site.kind
        if row.id in material.picture.small:
            entry["small"] = True
        if row in aside:
            entry["aside"] = True
        found.append(entry)
    return found


# A title, what is said about it, and how wide the title is alone and with that.
def _heading(text: str) -> dict[str, Any]:
    title, dot, detail = plain(text).partition(" · ")
    found: dict[str, Any] = {"title": title}
    if title:
        alone = width_of(title, 13.0, bold=True)
        whole = alone + width_of(dot + detail, 13.0)
        found["widths"] = [round(whole, 1), round(alone, 1)]
    if detail:
        found["detail"] = detail
    return found


def groups(material: Material) -> list[dict[str, Any]]:
    """Return the frames around the rows of layers that are made of layers.

    The outer ones come first; ``levels`` is how many stand within each other from here.
    """
    row_of = {key: lane.row for lane in material.lanes for key in lane.ids}
    return [
        {
            **_heading(group.title),
            "rows": sorted({row_of[key] for key in group.ids}),
            "levels": group.levels,
        }
        for group in material.picture.groups
    ]


def _row_of_failure(material: Material) -> str:
    assert material.site is not None, "asked of a failure alone"
    lane = material.lanes[material.lane_of[material.site.node]]
    return material.rows[lane.row].id


# Rows that have the third column to themselves stand beside all the others.
def _aside(material: Material) -> list[Row]:
    columns = {
        row: {material.lanes[each].column for each in row.lanes}
        for row in material.rows
    }
    alone = [row for row in material.rows if row.title and columns[row] == {2}]
    shared = any(2 in columns[row] for row in material.rows if row not in alone)
    return [] if shared else alone


def lanes(material: Material) -> list[dict[str, Any]]:
    """Return the lanes: column 0 is forward and loss, 1 backward, 2 the rest."""
    return [
        {
            "row": lane.row,
            "name": plain(lane.name),
            "phase": lane.phase,
            "column": lane.column,
            "width": round(lane.width, 1),
            "height": round(lane.height, 1),
            "label": round(width_of(plain(lane.name), 10.0), 1),
        }
        for lane in material.lanes
    ]


# ---- repeats -------------------------------------------------------------------------


def repeats(material: Material) -> list[dict[str, Any]]:
    """Return the runs of rows that do the same with values of the same shapes."""
    shapes = [_shape(material, row) for row in material.rows]
    found, at = [], 0
    while at < len(shapes):
        period, count = _run(shapes, at)
        if count >= _OFTEN:
            members = list(range(at, at + period * count))
            found.append({"rows": members, "count": count, "period": period})
        at += period * count
    return found


def _run(shapes: list[Any], at: int) -> tuple[int, int]:
    for period in range(1, _LONGEST + 1):
        unit, count = shapes[at : at + period], 1
        if not all(unit):
            break
        while shapes[at + count * period : at + (count + 1) * period] == unit:
            count += 1
        if count >= _OFTEN:
            return period, count
    return 1, 1


# Two rows of one shape do the same with values of the same shapes, wired the same way.
# Rows without a title, and those with the loss, never repeat.
def _shape(material: Material, row: Row) -> Any:
    lanes = [material.lanes[each] for each in row.lanes]
    if not row.title or any(lane.phase == "loss" for lane in lanes):
        return None
    keys = [key for lane in lanes for key in lane.ids]
    local = {key: i for i, key in enumerate(keys)}
    detail = row.title.partition(" · ")[2]
    names = tuple((lane.name, len(lane.ids)) for lane in lanes)
    return detail, names, tuple(_what(material, key, local) for key in keys)


def _what(material: Material, key: str, local: dict[str, int]) -> Any:
    node = material.graph[key]
    items = material.scene.items
    found = [items[each.name] for each in node.inputs if each.name in items]
    sources = tuple(
        local.get(item.id, item.title if item.kind == "constant" else item.kind)
        for item in found
    )
    # A weight that lies with others has its place as a parameter of the look at it.
    is_operation = items[key].kind == "operation"
    op = repr(node.op) if is_operation else items[key].kind
    return op, node.shape, node.dtype, sources


# ---- what is closed at first ---------------------------------------------------------


def closed(material: Material) -> list[str]:
    """Return the keys of what is closed when the page opens.

    A row's key is its id, a lane's the row's id, a bar and its name, and that of
    repeated rows the id of the first with a star. Without a word of the caller, as
    little is closed as leaves no more boxes than can be read, and no drawing that is
    wider than a window shows legibly.
    """
    names = material.collapse
    if names is None or AUTO in names:
        start = _named(material, names or ())
        for step in ((), ("update",), ("update", "backward"), (LAYERS,)):
            shut = [*start, *_named(material, step)]
            shut += _repeat_keys(material) if step else []
            if _boxes(material, shut) <= READABLE:
                break
        return list(dict.fromkeys([*shut, *_too_wide(material, shut)]))
    return list(dict.fromkeys(_named(material, names)))


# Updates are closed first; then, from the widest, any lanes.
def _too_wide(material: Material, shut: list[str]) -> list[str]:
    keys = set(shut)
    lanes = [x for x in material.lanes if x.phase and len(x.ids) > 1]
    updates = [x for x in lanes if x.phase == "update"]
    widths = sorted({x.width for x in lanes if x.width > _SHUT_WIDTH}, reverse=True)
    for part in (updates, *([x for x in lanes if x.width >= w] for w in widths)):
        if _width(material, keys) <= WIDEST:
            break
        keys.update(f"{material.rows[x.row].id}|{x.name}" for x in part)
    return sorted(keys - set(shut))


# Of the three columns; as wide as what is open and what is closed in any row.
def _width(material: Material, shut: Collection[str]) -> float:
    widths = [0.0, 0.0, 0.0]
    for row in material.rows:
        if row.id in shut or row.id in material.picture.small:
            continue
        used = [0.0, 0.0, 0.0]
        for lane in (material.lanes[each] for each in row.lanes):
            is_shut = f"{row.id}|{lane.name}" in shut
            used[lane.column] += _SHUT_WIDTH if is_shut else lane.width
        widths = [*map(max, widths, used)]
    return sum(widths)


def _repeat_keys(material: Material) -> list[str]:
    return [f"{material.rows[each['rows'][0]].id}*" for each in repeats(material)]


def _named(material: Material, names: Iterable[str]) -> list[str]:
    found = []
    for row in material.rows:
        if row.title and (LAYERS in names or row.id in set(names) - PHASES.keys()):
            found.append(row.id)
        for each in row.lanes:
            lane = material.lanes[each]
            if lane.phase in names and len(lane.ids) > 1:
                found.append(f"{row.id}|{lane.name}")
    return found


def _boxes(material: Material, shut: list[str]) -> int:
    keys, count = set(shut), 0
    hidden = {
        number
        for each in repeats(material)
        if f"{material.rows[each['rows'][0]].id}*" in keys
        for number in each["rows"]
    }
    count += sum(f"{row.id}*" in keys for row in material.rows)
    sizes = Counter(material.lane_of.values())
    for number, row in enumerate(material.rows):
        if number in hidden:
            continue
        if row.id in keys:
            count += 1
            continue
        for each in row.lanes:
            is_shut = f"{row.id}|{material.lanes[each].name}" in keys
            count += 1 if is_shut else sizes[each]
    return count
