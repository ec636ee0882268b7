"""Views: what of a scene is shown, what goes into one box, and how much that hides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from graphgrad.profiling import Profile
from graphgrad.viz._homes import Home
from graphgrad.viz._options import AUTO, LAYERS, Options
from graphgrad.viz._scene import Item, Link, Scene
from graphgrad.viz._style import PHASES

__all__ = ["READABLE", "apply_view"]

# A picture with more nodes than this is no pleasure to read.
READABLE = 150

# What `collapse="auto"` tries, in this order, until the picture can be read.
_AUTO_STEPS: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset({"update"}),
    frozenset({"update", "backward"}),
    frozenset(PHASES),
    frozenset({LAYERS}),
)


def apply_view(scene: Scene, options: Options) -> Scene:
    """Return the scene with some of it left out or folded, and words that say so."""
    _check_names(scene, options.collapse)
    scene = _only_phases(scene, options.phases)
    if not options.show_constants:
        gone = {each.id for each in scene.items.values() if each.kind == "constant"}
        scene = _without(scene, gone)
        if gone:
            scene.hidden.append(_count(len(gone), "constant"))
    if not options.show_saved:
        kept = [link for link in scene.links if link.kind != "saved"]
        if len(kept) < len(scene.links):
            lost = len(scene.links) - len(kept)
            scene.hidden.append(_count(lost, "line") + " to saved values")
        scene.links = kept
    if AUTO not in options.collapse or _is_plain(scene):
        return _collapsed(scene, options.collapse)
    views = (_collapsed(scene, options.collapse | step) for step in _AUTO_STEPS)
    return next((each for each in views if len(each.items) <= READABLE), None) or (
        _collapsed(scene, frozenset({LAYERS}))
    )


# One box for everything would be no picture.
def _is_plain(scene: Scene) -> bool:
    homes = {item.home for item in scene.items.values() if item.kind == "operation"}
    return len(homes) < 2


def _check_names(scene: Scene, names: Iterable[str]) -> None:
    rows = dict.fromkeys(item.home.row for item in scene.items.values())
    known = [AUTO, LAYERS, *PHASES, *filter(None, rows)]
    for name in names:
        if name not in known:
            raise ValueError(f"collapse names {', '.join(known)}; got {name!r}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _only_phases(scene: Scene, phases: tuple[str, ...]) -> Scene:
    gone = {
        item.id
        for item in scene.items.values()
        if item.kind == "operation" and item.phase not in phases
    }
    if not gone:
        return scene
    linked = {end for link in scene.links for end in (link.source, link.target)}
    smaller = _without(scene, gone)
    left = {end for link in smaller.links for end in (link.source, link.target)}
    lonely = {
        item.id
        for item in smaller.items.values()
        if item.kind != "operation" and item.id in linked and item.id not in left
    }
    names = dict.fromkeys(scene.items[each].phase for each in gone)
    shown = ", ".join(each for each in PHASES if each in names)
    text = f"{len(gone):,} of {_count(scene.operations, 'operation')} ({shown})"
    result = _without(smaller, lonely)
    result.hidden = [*scene.hidden, text]
    return _rehomed(result)


# Without an update lane, a parameter stands beside the layer's forward lane.
def _rehomed(scene: Scene) -> Scene:
    lanes = {
        item.home for item in scene.items.values() if item.kind in ("operation", "fold")
    }
    for item in scene.items.values():
        if item.kind == "parameter" and item.home not in lanes and item.home.row:
            item.home = Home(item.home.row, "parameters")
    return scene


def _without(scene: Scene, gone: set[str]) -> Scene:
    return replace(
        scene,
        items={key: item for key, item in scene.items.items() if key not in gone},
        links=[x for x in scene.links if x.source not in gone and x.target not in gone],
        hidden=list(scene.hidden),
    )


# ---- folding -------------------------------------------------------------------------


def _collapsed(scene: Scene, names: frozenset[str]) -> Scene:
    boxes = _boxes(scene, names - {AUTO})
    if not boxes:
        return scene
    folds: dict[Home, Item] = {}
    items: dict[str, Item] = {}
    into: dict[str, str] = {}
    for item in scene.items.values():
        box = boxes.get(item.id)
        if box is None:
            items[item.id] = replace(item)
            continue
        if box not in folds:
            folds[box] = _new_fold(box, item, scene)
            items[folds[box].id] = folds[box]
        into[item.id] = folds[box].id
        _absorb(folds[box], item)
    for fold in folds.values():
        members = [scene.items[key] for key in into if into[key] == fold.id]
        _describe(fold, members)
        _add_up(fold, members, scene.profile)
    rows = {box.row: fold for box, fold in folds.items() if not box.lane}
    layers = {fold.id: fold.phase for fold in rows.values()}
    if LAYERS not in names:
        for row, fold in rows.items():
            fold.home = Home(row, fold.phase)
    hidden = sum(fold.count for fold in folds.values())
    boxed = "1 box" if len(folds) == 1 else f"{len(folds):,} boxes"
    text = f"{hidden:,} of {_count(scene.operations, 'operation')}, inside {boxed}"
    result = replace(
        scene,
        items=items,
        links=_merged(scene.links, into, layers),
        titles={**scene.titles, **dict.fromkeys(rows, "")},
        hidden=[*scene.hidden, text],
    )
    return _rehomed(_inputs_among_boxes(result))


# For each item that goes into a box: the box, named by a home. A lane's box has the
# home of the lane; a whole row's box has a home without a lane.
def _boxes(scene: Scene, names: frozenset[str]) -> dict[str, Home]:
    boxes: dict[str, Home] = {}
    for item in scene.items.values():
        row = item.home.row
        if row and (LAYERS in names or row in names - PHASES.keys()):
            boxes[item.id] = Home(row)
        elif item.kind == "operation" and item.phase in names:
            boxes[item.id] = item.home
    operations = Counter(
        boxes[key] for key in boxes if scene.items[key].kind == "operation"
    )
    boxes = {
        key: box for key, box in boxes.items() if not box.lane or operations[box] > 1
    }
    _add_leaves(scene, boxes)
    return boxes


# A constant goes along if nothing outside of boxes reads it, an optimizer slot if all
# that touches it is in one box.
def _add_leaves(scene: Scene, boxes: dict[str, Home]) -> None:
    touching: dict[str, dict[Home | None, None]] = {}
    for link in scene.links:
        if scene.items[link.source].kind in ("constant", "state"):
            touching.setdefault(link.source, {})[boxes.get(link.target)] = None
    for key, homes in touching.items():
        first = next(iter(homes))
        alone = len(homes) == 1 or scene.items[key].kind == "constant"
        if alone and first is not None and None not in homes:
            boxes[key] = first


def _new_fold(box: Home, first: Item, scene: Scene) -> Item:
    name = "/".join(filter(None, ("fold:" + box.row, box.lane)))
    while name in scene.items:
        name += "'"
    if box.lane:
        return Item(name, "fold", first.phase, box, box.lane, count=0)
    title, *lines = scene.titles.get(box.row, box.row).split(" · ")
    home = Home("", "forward")
    return Item(name, "fold", first.phase, home, title, lines=tuple(lines), count=0)


def _absorb(fold: Item, item: Item) -> None:
    order = list(PHASES)
    if item.kind == "operation":
        fold.count += 1
        phases = [each for each in (fold.phase, item.phase) if each]
        fold.phase = min(phases, key=order.index)
    fold.is_loss |= item.is_loss
    fold.is_output |= item.is_output


def _describe(fold: Item, members: list[Item]) -> None:
    fold.phase = fold.phase or "forward"
    tags = [item.tag for item in members if item.tag]
    ends = ": " + "…".join(dict.fromkeys([tags[0], tags[-1]])) if tags else ""
    fold.lines = (*fold.lines, f"{_count(fold.count, 'operation')}{ends}")
    fold.tooltip = f"{fold.title}: {', '.join(item.id for item in members)}"


def _add_up(fold: Item, members: list[Item], profile: Profile | None) -> None:
    if profile is not None:
        inside = [item.id for item in members if item.kind == "operation"]
        whole = profile.of(inside)
        fold.share = whole.share
        fold.lines = (whole.spent, *fold.lines, *filter(None, [whole.work]))


# A layer's box that reads a value forward and backward has one line for both.
def _merged(
    links: list[Link], into: dict[str, str], layers: dict[str, str]
) -> list[Link]:
    places: dict[Link, int] = {}
    merged: list[Link] = []
    for link in links:
        source = into.get(link.source, link.source)
        target = into.get(link.target, link.target)
        if source == link.source and target == link.target:
            merged.append(link)
        elif source != target and (link.kind != "constant" or source == link.source):
            moved = replace(link, source=source, target=target)
            if link.kind == "saved" and target in layers:
                moved = replace(moved, kind="flow", phase=layers[target])
            place = places.setdefault(replace(moved, count=0), len(merged))
            if place == len(merged):
                merged.append(replace(moved, count=0))
            merged[place] = replace(moved, count=merged[place].count + link.count)
    return merged


# Where whole layers are boxes below each other, the inputs stand among them.
def _inputs_among_boxes(scene: Scene) -> Scene:
    for link in scene.links:
        item, target = scene.items[link.source], scene.items[link.target]
        if item.kind == "input" and target.kind == "fold" and not target.home.row:
            item.home = target.home
    return scene
