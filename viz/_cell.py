"""One lane of one row: its items in levels, placed so that lines are short."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from graphgrad.viz._scene import Item, Link

__all__ = ["Cell", "arrange", "levels"]

GAP_X = 14.0
GAP_Y = 26.0
_BEND = 8.0
_SWEEPS = 8
_PULL = 12

# Small cells can afford to settle until lines are straight.
_SETTLING, _SMALL = 100, 600

Point = tuple[float, float]


@dataclass(eq=False)
class _Spot:
    """A place in a level: an item's, or where a long line passes through."""

    item: Item | None
    left: float
    right: float
    x: float = 0.0
    above: list[_Spot] = field(default_factory=list)
    below: list[_Spot] = field(default_factory=list)


@dataclass
class Cell:
    """A lane laid out from (0, 0): its size, and the bends of lines across levels."""

    width: float
    height: float
    items: list[Item]
    bends: dict[int, list[Point]]


def arrange(
    items: Sequence[Item],
    links: dict[int, Link],
    level: dict[str, int],
    room: dict[str, float],
    entered: Collection[str] = (),
) -> Cell:
    """Place ``items`` in their levels so that ``links``, by number, are short.

    ``room`` is what an item needs at its left side; a line from above the cell comes
    down to those that are ``entered``. Sets x and y of the items, relative to the cell.
    """
    depth = max(level.values()) + 1
    rows: list[list[_Spot]] = [[] for _ in range(depth)]
    spots: dict[str, _Spot] = {}
    for item in items:
        left = item.width / 2 + room.get(item.id, 0.0)
        spots[item.id] = _Spot(item, left, item.width / 2)
        rows[level[item.id]].append(spots[item.id])
    for each in entered:
        _enter(rows[: level[each]], spots[each])
    chains = {
        number: _chain(spots, level, rows, link) for number, link in links.items()
    }
    _order(rows)
    width = _place(rows)
    tops = _tops(rows)
    for i, row in enumerate(rows):
        for spot in row:
            if spot.item is not None:
                spot.item.x, spot.item.y = spot.x, tops[i] + _height(row) / 2
    bends: dict[int, list[Point]] = {}
    for number, chain in chains.items():
        ends = [(spot.x, tops[i], tops[i] + _height(rows[i])) for i, spot in chain]
        down = len(ends) < 2 or ends[0][1] < ends[-1][1]
        down = down and level[links[number].source] <= level[links[number].target]
        bends[number] = [
            (x, y) for x, top, low in ends for y in ((top, low) if down else (low, top))
        ]
    return Cell(width, tops[-1] + _height(rows[-1]), list(items), bends)


# ---- levels --------------------------------------------------------------------------


def levels(items: Sequence[Item], links: Sequence[Link], *, up: bool) -> dict[str, int]:
    """Give every item a level, 0 at the top; lines go down, or ``up``.

    What assigns a state is below the state in any case. Items without a reason to be at
    the top or the bottom stand close to what they are linked to.
    """
    number = {item.id: i for i, item in enumerate(items)}
    assigned = {link.source for link in links if link.kind == "assign"}
    over: dict[str, list[str]] = {item.id: [] for item in items}
    under: dict[str, list[str]] = {item.id: [] for item in items}
    for link in links:
        if number[link.source] >= number[link.target]:
            continue
        top, low = link.source, link.target
        if up and link.kind == "state" and top in assigned:
            continue
        if up and link.kind not in ("assign", "state"):
            top, low = low, top
        over[low].append(top)
        under[top].append(low)
    level: dict[str, int] = {}
    for each in _sorted(over, under):
        level[each] = max((level.get(top, -1) + 1 for top in over[each]), default=0)
    kinds = {item.id: item.kind for item in items}
    for each in reversed(list(level)):
        loose = not over[each] or kinds[over[each][0]] == "state"
        if loose and under[each] and not (up and kinds[each] == "parameter"):
            level[each] = max(level[each], min(level[low] for low in under[each]) - 1)
    return level


# A topological order without recursion, stable in the order of the items.
def _sorted(over: dict[str, list[str]], under: dict[str, list[str]]) -> list[str]:
    waiting = {each: len(tops) for each, tops in over.items()}
    order = [each for each, count in waiting.items() if not count]
    for each in order:
        for low in under[each]:
            waiting[low] -= 1
            if not waiting[low]:
                order.append(low)
    return order + [each for each, count in waiting.items() if count]


def _chain(
    spots: dict[str, _Spot], level: dict[str, int], rows: list[list[_Spot]], link: Link
) -> list[tuple[int, _Spot]]:
    ends = sorted((link.source, link.target), key=lambda each: level[each])
    first, last = level[ends[0]], level[ends[1]]
    previous, chain = spots[ends[0]], []
    for i in range(first + 1, last):
        spot = _Spot(None, _BEND / 2, _BEND / 2)
        rows[i].append(spot)
        chain.append((i, spot))
        _tie(previous, spot, link)
        previous = spot
    if first < last:
        _tie(previous, spots[ends[1]], link)
    return chain if level[link.source] <= level[link.target] else chain[::-1]


# Where a line from above passes the levels over its reader.
def _enter(rows: list[list[_Spot]], reader: _Spot) -> None:
    for row in reversed(rows):
        spot = _Spot(None, _BEND, _BEND)
        row.insert(0, spot)
        spot.below += [reader] * _PULL
        reader.above += [spot] * _PULL
        reader = spot


# The way forward pulls harder than other lines, so that it is straight.
def _tie(upper: _Spot, lower: _Spot, link: Link) -> None:
    is_weight = upper.item is not None and upper.item.kind == "parameter"
    weight = _PULL if link.kind == "flow" and not is_weight else 1
    upper.below += [lower] * weight
    lower.above += [upper] * weight


# ---- order and place in a level ------------------------------------------------------


def _order(rows: list[list[_Spot]]) -> None:
    for row in rows:
        _spread(row)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in rows if down else reversed(rows):
            wish = {
                spot: _mean(spot.above if down else spot.below, spot.x) for spot in row
            }
            row.sort(key=wish.__getitem__)
            _spread(row)


def _spread(row: list[_Spot]) -> None:
    edge = 0.0
    for spot in row:
        spot.x = edge + spot.left
        edge = spot.x + spot.right + GAP_X
    for spot in row:
        spot.x -= edge / 2


def _place(rows: list[list[_Spot]]) -> float:
    count = sum(len(row) for row in rows)
    for sweep in range(_SETTLING if count < _SMALL else 2 * _SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            _settle(row, [_mean(spot.above + spot.below, spot.x) for spot in row])
    low = min(spot.x - spot.left for row in rows for spot in row)
    for row in rows:
        for spot in row:
            spot.x -= low
    return max(spot.x + spot.right for row in rows for spot in row)


def _mean(spots: list[_Spot], otherwise: float) -> float:
    return sum(spot.x for spot in spots) / len(spots) if spots else otherwise


# The nearest places to the wishes that keep order and gaps: neighbours that would be
# too close are merged into a block, which goes to the mean of what its members wish.
# Who has more lines has more of a say.
def _settle(row: list[_Spot], wishes: list[float]) -> None:
    offset = 0.0
    offsets: list[float] = []
    blocks: list[tuple[float, float, int]] = []
    for i, (spot, wish) in enumerate(zip(row, wishes, strict=True)):
        if i:
            offset += row[i - 1].right + GAP_X + spot.left
        offsets.append(offset)
        blocks.append((wish - offset, len(spot.above) + len(spot.below) + 0.1, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (mean, weight, count), (other, heavy, more) = blocks.pop(), blocks.pop()
            total = weight + heavy
            mean = (mean * weight + other * heavy) / total
            blocks.append((mean, total, count + more))
    places = [mean for mean, _, count in blocks for _ in range(count)]
    for spot, place, shift in zip(row, places, offsets, strict=True):
        spot.x = place + shift


def _height(row: list[_Spot]) -> float:
    return max((spot.item.height for spot in row if spot.item is not None), default=0.0)


def _tops(rows: list[list[_Spot]]) -> list[float]:
    tops, y = [], 0.0
    for row in rows:
        tops.append(y)
        y += _height(row) + GAP_Y
    return tops
