"""A scene as DOT: every node, every edge, where each stands, and how it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graphgrad.viz._captions import Captions
from graphgrad.viz._clear import clear_picture
from graphgrad.viz._measure import HEAD_SIZE, LINE_SIZE, MONO_SIZE, fitted
from graphgrad.viz._picture import Frame, Picture
from graphgrad.viz._route import ARROW, Point, Route
from graphgrad.viz._scene import Item, Link, Scene
from graphgrad.viz._shade import fill_of, is_shaded
from graphgrad.viz._style import (
    BAD,
    FONT,
    GREY,
    INK,
    LINKS,
    PHASES,
    SHAPES,
    SIGNS,
    THICK,
    class_of,
    classes,
    head_of,
    pen_of,
)
from graphgrad.viz._text import attributes, markup, plain, quote

__all__ = ["LAYOUT_LIMIT", "dot_lines"]

Pairs = list[tuple[str, str | float | None]]

# Above this many nodes the DOT text is complete, but says nothing about places.
LAYOUT_LIMIT = 2000

_ROW_COLOR, _ROW_FILL = "#C4C9D1", "#FBFBFC"


def dot_lines(scene: Scene, heading: str) -> list[str]:
    """Return the statements of a digraph that draws ``scene`` below ``heading``."""
    writer = _Writer(scene)
    return [_defaults(heading, is_placed=writer.picture is not None), *writer.lines()]


def _defaults(heading: str, *, is_placed: bool) -> str:
    graph: Pairs = [
        ("layout", "nop2" if is_placed else "dot"),
        ("label", heading),
        ("labelloc", "t"),
        ("labeljust", "l"),
        ("fontname", FONT),
        ("bgcolor", "white"),
        ("outputorder", "edgesfirst"),
        ("pad", 0.15),
        ("charset", "UTF-8"),
    ]
    node: Pairs = [
        ("fontname", FONT),
        ("fontsize", HEAD_SIZE),
        ("fontcolor", INK),
        ("fixedsize", "true"),
        ("style", "filled"),
        ("fillcolor", "white"),
    ]
    edge: Pairs = [("fontname", FONT), ("fontsize", MONO_SIZE), ("arrowsize", ARROW)]
    parts = (("graph", graph), ("node", node), ("edge", edge))
    return "\n".join(f"\t{name} {attributes(pairs)}" for name, pairs in parts)


class _Writer:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.prefix = scene.prefix
        self.picture: Picture | None = None
        self.routes: list[Route | None] = [None] * len(scene.links)
        if len(scene.items) <= LAYOUT_LIMIT:
            self.picture, ways = clear_picture(scene)
            self.routes = [*ways]
        placed = self.picture
        frames = [*placed.groups, *placed.frames] if placed is not None else []
        self.captions = Captions(self.routes, frames)

    def lines(self) -> Iterator[str]:
        """Write the clusters with their nodes, the nodes beside them, the edges."""
        written: set[str] = set()
        if self.picture is not None:
            numbered = list(enumerate(self.picture.frames))
            yield from self._rows(numbered, list(enumerate(self.picture.groups)))
            written.update(key for _, frame in numbered for key in frame.ids)
        for item in self.scene.items.values():
            if item.id not in written:
                yield self._node(item)
        for link, route in zip(self.scene.links, self.routes, strict=True):
            yield self._edge(link, route)

    # ---- clusters --------------------------------------------------------------------

    # A group comes with all of its rows where the first of them would.
    def _rows(
        self, rows: list[tuple[int, Frame]], groups: list[tuple[int, Frame]]
    ) -> Iterator[str]:
        done: set[int] = set()
        for i, frame in rows:
            if i in done:
                continue
            found = [(k, each) for k, each in groups if {*frame.ids} & {*each.ids}]
            if not found:
                yield from self._row(i, frame)
                continue
            number, group = found[0]
            inside = [(k, each) for k, each in rows if {*each.ids} & {*group.ids}]
            done.update(k for k, _ in inside)
            yield f"\tsubgraph cluster_group_{number} {{"
            yield f"\t\tgraph {attributes(self._row_look(group, is_group=True))}"
            yield from self._rows(inside, [x for x in groups if x[0] > number])
            yield "\t}"

    def _row(self, number: int, frame: Frame) -> Iterator[str]:
        boxed = bool(frame.title)
        if boxed:
            yield f"\tsubgraph cluster_{number} {{"
            yield f"\t\tgraph {attributes(self._row_look(frame))}"
        for i, lane in enumerate(frame.lanes):
            if lane.phase:
                yield f"\tsubgraph cluster_{number}_{i} {{"
                yield f"\t\tgraph {attributes(self._lane_look(lane))}"
            for key in lane.ids:
                yield self._node(self.scene.items[key])
            if lane.phase:
                yield "\t}"
        if boxed:
            yield "\t}"

    def _row_look(self, frame: Frame, *, is_group: bool = False) -> Pairs:
        caption = self.captions.of(frame)
        name, _, rest = caption.text.partition(" · ")
        text = f"<B>{markup(name)}</B>"
        if rest:
            text += f'<FONT COLOR="{GREY}"> · {markup(rest)}</FONT>'
        return [
            ("label", f"<{text}>"),
            ("lp", self._at(caption.place)),
            ("bb", self._box(frame)),
            ("fontsize", caption.size),
            ("fontcolor", INK),
            ("color", _ROW_COLOR),
            ("fillcolor", None if is_group else _ROW_FILL),
            ("style", "rounded" if is_group else "rounded,filled"),
            ("class", "group" if is_group else "layer"),
        ]

    def _lane_look(self, lane: Frame) -> Pairs:
        phase = PHASES.get(lane.phase)
        tint = phase.tint if phase else "#F4F5F6"
        caption = self.captions.of(lane)
        return [
            ("label", caption.text),
            ("lp", self._at(caption.place)),
            ("bb", self._box(lane)),
            ("fontsize", caption.size),
            ("fontcolor", phase.color if phase else GREY),
            ("color", tint),
            ("fillcolor", tint),
            ("style", "rounded,filled"),
            ("class", f"lane {lane.phase}"),
        ]

    def _box(self, frame: Frame) -> str:
        low = self._at((frame.left, frame.bottom))
        return f"{low},{self._at((frame.right, frame.top))}"

    # ---- nodes -----------------------------------------------------------------------

    def _node(self, item: Item) -> str:
        pairs: Pairs = [
            ("label", _label(item)),
            ("shape", SHAPES[item.kind]),
            *_look(item),
            (
                "class",
                " ".join(filter(None, (item.kind, item.phase, class_of(item.sign)))),
            ),
            ("id", self.prefix + item.id),
            ("tooltip", plain(item.tooltip)),
        ]
        if self.picture is not None:
            place = self._at((item.x, item.y))
            size: Pairs = [("width", item.width / 72), ("height", item.height / 72)]
            pairs += [("pos", place), *size]
        return f"\t\t{quote(item.id)} {attributes(pairs)}"

    # ---- edges -----------------------------------------------------------------------

    def _edge(self, link: Link, route: Route | None) -> str:
        style = LINKS[link.kind]
        phase = PHASES.get(link.phase)
        color = style.color or (phase.color if phase else INK)
        head = head_of(link.kind, link.sign)
        heads = head != "none", style.tail != "none"
        ways = {(True, True): "both", (False, True): "back", (False, False): "none"}
        pairs: Pairs = [
            ("class", classes(link.kind, link.phase, class_of(link.sign))),
            ("color", color),
            ("style", None if style.style == "solid" else style.style),
            ("penwidth", pen_of(link.kind, link.sign, link.count)),
            ("dir", ways.get(heads)),
            ("arrowhead", None if head in ("none", "normal") else head),
            ("arrowtail", style.tail if heads[1] else None),
        ]
        if route is not None:
            pairs.append(("pos", self._way(route)))
            if route.text:
                pairs += [("label", plain(route.text)), ("lp", self._at(route.place))]
                pairs.append(("fontcolor", color if link.kind != "constant" else GREY))
        ends = f"{quote(link.source)} -> {quote(link.target)}"
        return f"\t{ends} {attributes(pairs)}"

    def _way(self, route: Route) -> str:
        parts = []
        if route.tail is not None:
            parts.append(f"s,{self._at(route.tail)}")
        if route.head is not None:
            parts.append(f"e,{self._at(route.head)}")
        return " ".join([*parts, *(self._at(point) for point in route.points)])

    # DOT counts from the bottom.
    def _at(self, point: Point) -> str:
        assert self.picture is not None, "only a picture has places"
        return f"{point[0]:.1f},{self.picture.height - point[1]:.1f}"


def _label(item: Item) -> str:
    title, lines = fitted(item)
    if item.kind == "constant":
        return f'<<FONT POINT-SIZE="{MONO_SIZE:g}">{markup(title)}</FONT>>'
    # On a shade, grey and coloured text would be hard to read.
    shaded = is_shaded(item.share)
    color = PHASES[item.phase].color if item.phase and not shaded else INK
    sign = f"<B>{item.sign}</B> " if item.sign else ""
    head = f'<FONT COLOR="{color}"><B>{item.tag}</B></FONT> ' if item.tag else ""
    head = sign + head
    head += f"<B>{markup(title)}</B>"
    return f"<{'<BR/>'.join([head, *_small(lines, INK if shaded else GREY)])}>"


# The last line, with the shape, is quieter than the equation.
def _small(lines: Iterable[str], last: str) -> Iterator[str]:
    texts = list(lines)
    for i, text in enumerate(texts):
        quiet = i == len(texts) - 1
        size, color = (MONO_SIZE, last) if quiet else (LINE_SIZE, INK)
        yield f'<FONT POINT-SIZE="{size:g}" COLOR="{color}">{markup(text)}</FONT>'


def _look(item: Item) -> Pairs:
    if item.kind == "constant":
        look: Pairs = [("fontcolor", GREY), ("style", "solid")]
        return [*look, ("fixedsize", "false"), ("margin", 0.0)]
    is_state = item.kind in ("parameter", "state")
    color = PHASES[item.phase].color if item.phase and not is_state else INK
    pairs: Pairs = [("color", color)]
    style = {"operation": "rounded,filled", "state": "dashed,filled"}.get(item.kind)
    pairs.append(("style", style))
    if item.share is not None:
        pairs.append(("fillcolor", fill_of(item.share)))
    if item.is_loss:
        pairs.append(("peripheries", 2.0))
    if item.is_output:
        pairs.append(("penwidth", 2.4))
    if item.mark:
        pairs[0] = ("color", BAD)
        pairs += [("peripheries", 2.0), ("penwidth", 3.0)]
    return [*pairs, *_sign_look(item)]


# The line says again what the sign does: thick is new, dotted was, dashed is other.
def _sign_look(item: Item) -> Pairs:
    if item.sign == "+":
        return [("penwidth", THICK)]
    if not item.sign:
        return []
    style = "rounded,filled" if item.kind == "operation" else "filled"
    return [("style", f"{style},{SIGNS[item.sign][1]}")]
