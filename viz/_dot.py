"""A scene as DOT: every node, every edge, where each stands, and how it looks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from graphgrad.viz._clear import clear_picture
from graphgrad.viz._measure import HEAD_SIZE, LINE_SIZE, MONO_SIZE, fitted
from graphgrad.viz._picture import Frame, Picture
from graphgrad.viz._route import ARROW, Point, Route
from graphgrad.viz._scene import Item, Link, Scene
from graphgrad.viz._shade import fill_of, is_shaded
from graphgrad.viz._style import BAD, FONT, GREY, INK, LINKS, PHASES, SHAPES
from graphgrad.viz._text import attributes, cut, markup, plain, quote, width_of

__all__ = ["LAYOUT_LIMIT", "dot_lines"]

Pairs = list[tuple[str, str | float | None]]

# Above this many nodes the DOT text is complete, but says nothing about places.
LAYOUT_LIMIT = 2000

_ROW_COLOR, _ROW_FILL = "#C4C9D1", "#FBFBFC"


def dot_lines(scene: Scene, heading: str) -> list[str]:
    """Return the statements of a digraph that draws ``scene`` below ``heading``."""
    prefix = hashlib.sha256("\n".join(scene.items).encode("utf-8", "replace"))
    writer = _Writer(scene, f"g{prefix.hexdigest()[:6]}_")
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
    def __init__(self, scene: Scene, prefix: str) -> None:
        self.scene = scene
        self.prefix = prefix
        self.picture: Picture | None = None
        self.routes: list[Route | None] = [None] * len(scene.links)
        if len(scene.items) <= LAYOUT_LIMIT:
            self.picture, ways = clear_picture(scene)
            self.routes = [*ways]

    def lines(self) -> Iterator[str]:
        """Write the clusters with their nodes, the nodes beside them, the edges."""
        written: set[str] = set()
        frames = self.picture.frames if self.picture else []
        numbered = [(i, frame) for i, frame in enumerate(frames)]
        for i, frame in numbered:
            yield from self._row(i, frame)
            written.update(frame.ids)
        for item in self.scene.items.values():
            if item.id not in written:
                yield self._node(item)
        for link, route in zip(self.scene.links, self.routes, strict=True):
            yield self._edge(link, route)

    # ---- clusters --------------------------------------------------------------------

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

    def _row_look(self, frame: Frame) -> Pairs:
        room = frame.right - frame.left - 24
        title = cut(plain(frame.title), 13, room, bold=True)
        name, _, rest = title.partition(" · ")
        text = f"<B>{markup(name)}</B>"
        if rest:
            text += f'<FONT COLOR="{GREY}"> · {markup(rest)}</FONT>'
        return [
            ("label", f"<{text}>"),
            ("lp", self._title_place(frame, title, 13, self.crossings(frame))),
            ("bb", self._box(frame)),
            ("fontsize", 13),
            ("fontcolor", INK),
            ("color", _ROW_COLOR),
            ("fillcolor", _ROW_FILL),
            ("style", "rounded,filled"),
            ("class", "layer"),
        ]

    def _lane_look(self, lane: Frame) -> Pairs:
        phase = PHASES.get(lane.phase)
        tint = phase.tint if phase else "#F4F5F6"
        title = cut(lane.title, 10, lane.right - lane.left - 8)
        return [
            ("label", title),
            ("lp", self._title_place(lane, title, 10)),
            ("bb", self._box(lane)),
            ("fontsize", 10),
            ("fontcolor", phase.color if phase else GREY),
            ("color", tint),
            ("fillcolor", tint),
            ("style", "rounded,filled"),
            ("class", f"lane {lane.phase}"),
        ]

    def _title_place(
        self, frame: Frame, title: str, size: float, crossings: Sequence[float] = ()
    ) -> str:
        width = width_of(title, size, bold=size > 10)
        left = frame.left + 9
        for x in crossings:
            if left - 6 < x < left + width + 6 and x + 12 + width < frame.right:
                left = x + 12
        return self._at((left + width / 2, frame.top + 4 + size * 0.65))

    def crossings(self, frame: Frame) -> list[float]:
        """Return where lines cross the strip of a frame's title, from the left."""
        y = frame.top + 13
        found = []
        for route in self.routes:
            points = route.points[::3] if route else ()
            for (x0, y0), (x1, y1) in pairwise(points):
                if min(y0, y1) <= y <= max(y0, y1) and y0 != y1:
                    found.append(x0 + (x1 - x0) * (y - y0) / (y1 - y0))
        return sorted(found)

    def _box(self, frame: Frame) -> str:
        low = self._at((frame.left, frame.bottom))
        return f"{low},{self._at((frame.right, frame.top))}"

    # ---- nodes -----------------------------------------------------------------------

    def _node(self, item: Item) -> str:
        pairs: Pairs = [
            ("label", _label(item)),
            ("shape", SHAPES[item.kind]),
            *_look(item),
            ("class", " ".join(filter(None, (item.kind, item.phase, _class(item))))),
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
        # What is read no more ends at a bar.
        head = "tee" if link.sign == "−" else style.head
        heads = head != "none", style.tail != "none"
        ways = {(True, True): "both", (False, True): "back", (False, False): "none"}
        pairs: Pairs = [
            ("class", f"{link.kind} {link.phase} {_class(link)}".rstrip()),
            ("color", color),
            ("style", None if style.style == "solid" else style.style),
            ("penwidth", style.width + _extra(link)),
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


def _extra(link: Link) -> float:
    return 0.25 * min(link.count - 1, 8) + (0.8 if link.sign == "+" else 0.0)


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


def _class(item: Item | Link) -> str:
    return {"+": "added", "−": "removed", "~": "changed"}.get(item.sign, "")


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
        return [("penwidth", 2.4)]
    if not item.sign:
        return []
    style = "rounded,filled" if item.kind == "operation" else "filled"
    return [("style", f"{style},{'dotted' if item.sign == '−' else 'dashed'}")]
