"""Picture: a scene whose items have places; what the lines and the DOT text read."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphgrad.viz._homes import Home
from graphgrad.viz._scene import Item, Scene

__all__ = [
    "STUB",
    "STUB_SIZE",
    "Frame",
    "Picture",
    "attachments",
    "column_of",
    "room_for",
    "row_order",
    "stub_text",
]

# A stub is a short line at the left side of its reader, with the name of its source.
STUB = 16.0
STUB_SIZE = 9.0
_STEP = 13.0


@dataclass
class Frame:
    """A box around items: of a row or of a lane, in points from the top left.

    Of the frame around others, ``levels`` says how many stand within each other.
    """

    title: str
    phase: str
    left: float
    top: float
    right: float
    bottom: float
    ids: list[str] = field(default_factory=list)
    lanes: list[Frame] = field(default_factory=list)
    levels: int = 1


@dataclass
class Picture:
    """A scene with places: frames, bends of lines within cells, columns, sizes.

    ``small`` are rows that do not keep to the columns: metrics. ``groups`` are frames
    around those of layers that are parts of one.
    """

    scene: Scene
    frames: list[Frame]
    bends: dict[int, list[tuple[float, float]]]
    stubs: set[int]
    columns: list[tuple[float, float]]
    small: list[str]
    width: float
    height: float
    groups: list[Frame] = field(default_factory=list)


def column_of(lane: str) -> int:
    """Return the column of a lane: 0 forward and loss, 1 backward, 2 parameters."""
    return {"forward": 0, "loss": 0, "backward": 1}.get(lane, 2)


def row_order(scene: Scene) -> list[str]:
    """Return the rows from top to bottom: layers, then losses, then the optimizer."""
    order: list[list[str]] = [[], [], [], []]
    for item in scene.items.values():
        home = item.home
        if home != Home() and item.kind not in ("input", "constant"):
            late = 1 if home.lane == "loss" else column_of(home.lane) + 1
            order[0 if home.lane == "forward" else late].append(home.row)
    return list(dict.fromkeys(each for rows in order for each in rows))


def attachments(scene: Scene, stubs: set[int]) -> dict[tuple[str, str], float]:
    """Return the heights at which constants and stubs meet their readers."""
    sources: dict[str, dict[str, None]] = {}
    for number, link in enumerate(scene.links):
        if number in stubs or link.kind == "constant":
            sources.setdefault(link.target, {})[link.source] = None
    heights = {}
    for target, names in sources.items():
        start = scene.items[target].y - _STEP * (len(names) - 1) / 2
        for i, source in enumerate(names):
            heights[target, source] = start + _STEP * i
    return heights


def room_for(attached: int) -> float:
    """Return the height at which so many constants and stubs meet a reader."""
    return _STEP * attached


def stub_text(item: Item) -> str:
    """Return what a stub says of its source: the tag of an operation, or a name."""
    if item.kind == "fold":
        parts = dict.fromkeys([item.home.row, item.title])
        return " ".join(filter(None, parts))
    return item.tag if item.kind == "operation" else item.title
