"""A scene as SVG, without another program: what the DOT text says, written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from graphgrad.viz._captions import Captions
from graphgrad.viz._clear import clear_picture
from graphgrad.viz._legend import Row
from graphgrad.viz._measure import HEAD_SIZE, LINE_HEIGHT, LINE_SIZE, MONO_SIZE, fitted
from graphgrad.viz._picture import Frame
from graphgrad.viz._route import Route
from graphgrad.viz._scene import Item, Link, Scene
from graphgrad.viz._shade import STEPS, fill_of, is_shaded
from graphgrad.viz._style import (
    BAD,
    GREY,
    INK,
    LINKS,
    PHASES,
    SIGNS,
    THICK,
    class_of,
    classes,
    head_of,
    pen_of,
)
from graphgrad.viz._svg_shapes import (
    DEEP,
    LID,
    Looks,
    element,
    head,
    number,
    outline,
    way,
)
from graphgrad.viz._svg_style import (
    FONTS,
    NODE,
    PAPER,
    ROW_EDGE,
    ROW_FILL,
    TEXTS,
    style,
)
from graphgrad.viz._text import markup, plain, width_of

__all__ = ["svg_lines"]

_PAD = 10.8
_DASHES = {"dashed": "5 2", "dotted": "1 3"}
_NO_PHASE = "#F4F5F6"

Box = tuple[float, float, float, float]


def svg_lines(
    scene: Scene, rows: Sequence[Row], title: str, description: str
) -> Iterator[str]:
    """Yield the lines of an ``<svg>`` element that draws ``scene`` below ``rows``.

    ``title`` and ``description`` are for those who do not see the picture.
    """
    writer = _Writer(scene)
    left, top, right, bottom = writer.extent()
    heights = [_row_height(row) for row in rows]
    right = max([right, *(left + _row_width(row) for row in rows)])
    head_top = top - sum(heights) - (6.0 if rows else 0.0)
    box = (left - _PAD, head_top - _PAD, right + _PAD, bottom + _PAD)
    yield from _opening(scene.prefix, box, title, description)
    y = head_top
    for row, height in zip(rows, heights, strict=True):
        yield _heading(row, left, y)
        y += height
    yield from writer.lines()
    yield "</g>"
    yield "</svg>"


def _opening(prefix: str, box: Box, title: str, description: str) -> Iterator[str]:
    left, top, right, bottom = box
    width, height = number(right - left), number(bottom - top)
    looks: Looks = {
        "xmlns": "http://www.w3.org/2000/svg",
        "class": "gg-lanes",
        "role": "img",
        "aria-labelledby": f"{prefix}title {prefix}desc",
        "style": "max-width: 100%; height: auto",
        "width": f"{width}pt",
        "height": f"{height}pt",
        "viewBox": f"{number(left)} {number(top)} {width} {height}",
    }
    yield element("svg", looks, "").removesuffix("</svg>")
    yield element("title", {"id": f"{prefix}title"}, markup(title))
    yield element("desc", {"id": f"{prefix}desc"}, markup(description))
    yield element("style", {}, style())
    ground: Looks = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    yield element("rect", {**ground, "fill": PAPER})
    group: Looks = {"id": f"{prefix}graph0", "class": "graph", "font-family": FONTS}
    yield element("g", group, "").removesuffix("</g>")


# ---- above the picture ---------------------------------------------------------------


def _row_height(row: Row) -> float:
    return 20.0 if row is None else max(each.size for each in row) * 1.2 + 4.0


def _row_width(row: Row) -> float:
    if row is None:
        return 120.0 + sum(_shade_width(words) for _, _, words in STEPS)
    return sum(width_of(each.text, each.size, bold=each.bold) for each in row)


def _shade_width(words: str) -> float:
    return width_of(words, MONO_SIZE) + 9.0


def _heading(row: Row, x: float, y: float) -> str:
    if row is None:
        return _shades(x, y)
    spans = "".join(
        element(
            "tspan",
            {
                "font-size": each.size,
                "font-weight": "bold" if each.bold else None,
                "fill": _text_color(each.color),
            },
            markup(each.text),
        )
        for each in row
    )
    baseline = y + 2.0 + max(each.size for each in row)
    return element("text", {"x": x, "y": baseline}, spans)


def _shades(x: float, y: float) -> str:
    small: Looks = {"y": y + 12.0, "font-size": MONO_SIZE, "fill": INK}
    parts = [element("text", {"x": x, **small}, "share of the time")]
    x += 90.0
    for _, color, words in STEPS:
        width = _shade_width(words)
        size: Looks = {"x": x, "y": y + 2.0, "width": width, "height": 14.0}
        parts.append(element("rect", {**size, "fill": color, "stroke": INK}))
        parts.append(element("text", {"x": x + 4.0, **small}, markup(words)))
        x += width + 3.0
    return "".join(parts)


# Small letters are darker than lines, to be read as well.
def _text_color(color: str) -> str:
    names = {phase.color: name for name, phase in PHASES.items()}
    return TEXTS[names[color]] if color in names else color


def _phase_color(phase: str) -> str:
    return PHASES[phase].color if phase in PHASES else INK


class _Writer:
    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.picture, self.routes = clear_picture(scene)
        frames = [*self.picture.groups, *self.picture.frames]
        self.captions = Captions(self.routes, frames)

    def extent(self) -> Box:
        """Return left, top, right and bottom of all that is drawn."""
        boxes = [*self._boxes()] or [(0.0, 0.0, 0.0, 0.0)]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def _boxes(self) -> Iterator[Box]:
        for frame in [*self.picture.groups, *self.picture.frames]:
            if frame.title:
                yield frame.left, frame.top, frame.right, frame.bottom
        for item in self.scene.items.values():
            w, h = item.width / 2, item.height / 2
            yield item.x - w, item.y - h, item.x + w, item.y + h
        for route in self.routes:
            for x, y in route.points:
                yield x, y, x, y
            if route.text:
                (x, y), w = route.place, width_of(route.text, MONO_SIZE) / 2
                yield x - w, y - 6.0, x + w, y + 6.0

    def lines(self) -> Iterator[str]:
        """Write frames, then lines, then what stands on them."""
        for i, frame in enumerate(self.picture.groups):
            yield self._frame(frame, f"g{i}", "group")
        for i, frame in enumerate(self.picture.frames):
            if frame.title:
                yield self._frame(frame, str(i))
            for k, lane in enumerate(frame.lanes):
                if lane.phase:
                    yield self._frame(lane, f"{i}_{k}")
        links = zip(self.scene.links, self.routes, strict=True)
        for i, (link, route) in enumerate(links, start=1):
            yield self._edge(i, link, route)
        for item in self.scene.items.values():
            yield self._node(item)

    # ---- frames ----------------------------------------------------------------------

    def _frame(self, frame: Frame, key: str, kind: str = "layer") -> str:
        caption = self.captions.of(frame)
        tint = PHASES[frame.phase].tint if frame.phase in PHASES else _NO_PHASE
        box: Looks = {
            "x": frame.left,
            "y": frame.top,
            "width": frame.right - frame.left,
            "height": frame.bottom - frame.top,
            "rx": 9.0,
            "fill": tint if frame.phase else "none" if kind == "group" else ROW_FILL,
            "stroke": None if frame.phase else ROW_EDGE,
        }
        x, y = caption.place
        width = width_of(caption.text, caption.size, bold=not frame.phase)
        words: Looks = {
            "x": x - width / 2,
            "y": y + caption.size * 0.35,
            "font-size": caption.size,
            "fill": TEXTS.get(frame.phase, GREY if frame.phase else INK),
        }
        name, dot, rest = caption.text.partition(" · ")
        inner = markup(name)
        if not frame.phase:
            inner = element("tspan", {"font-weight": "bold"}, inner)
            inner += (
                element("tspan", {"fill": GREY}, markup(dot + rest)) if rest else ""
            )
        name = f"cluster lane {frame.phase}" if frame.phase else f"cluster {kind}"
        looks: Looks = {"id": f"{self.scene.prefix}clust{key}", "class": name}
        title = element("title", {}, markup(plain(frame.title)))
        parts = title, element("rect", box), element("text", words, inner)
        return element("g", looks, "".join(parts))

    # ---- nodes -----------------------------------------------------------------------

    def _node(self, item: Item) -> str:
        looks: Looks = {
            "id": f"{self.scene.prefix}{item.id}",
            "class": classes("node", item.kind, item.phase, class_of(item.sign)),
            "text-anchor": "middle",
        }
        parts = [element("title", {}, markup(item.tooltip))]
        if item.kind != "constant":
            parts += outline(item, _look(item))
        return element("g", looks, "".join([*parts, *_texts(item)]))

    # ---- edges -----------------------------------------------------------------------

    def _edge(self, count: int, link: Link, route: Route) -> str:
        look = LINKS[link.kind]
        color = look.color or _phase_color(link.phase)
        width = pen_of(link.kind, link.sign, link.count)
        ends: Looks = {"fill": color, "stroke": color, "stroke-width": 0.8}
        line: Looks = {
            "d": way(route.points),
            "fill": "none",
            "stroke": color,
            "stroke-width": width * (1.4 if look.style == "bold" else 1.0),
            "stroke-dasharray": _DASHES.get(look.style),
        }
        title = markup(f"{link.source} → {link.target}")
        parts = [element("title", {}, title), element("path", line)]
        if route.head is not None:
            kind = head_of(link.kind, link.sign)
            parts.append(head(kind, route.head, route.points[-1], ends))
        if route.tail is not None:
            parts.append(head(look.tail, route.tail, route.points[0], ends))
        if route.text:
            words = {"x": route.place[0], "y": route.place[1] + 3.0}
            shade = GREY if look.color else _text_color(color)
            small: Looks = {"font-size": MONO_SIZE, "fill": shade}
            middle: Looks = {"text-anchor": "middle", **words, **small}
            parts.append(element("text", middle, markup(route.text)))
        key = f"{self.scene.prefix}edge{count}"
        names = classes("edge", link.kind, link.phase, class_of(link.sign))
        looks: Looks = {"id": key, "class": names}
        return element("g", looks, "".join(parts))


def _look(item: Item) -> Looks:
    is_state = item.kind in ("parameter", "state")
    color = INK if is_state else _phase_color(item.phase)
    thick = THICK if item.is_output or item.sign == "+" else None
    return {
        "fill": NODE if item.share is None else fill_of(item.share),
        "stroke": BAD if item.mark else color,
        "stroke-width": 3.0 if item.mark else thick,
        "stroke-dasharray": _DASHES.get(_outline(item)),
    }


def _outline(item: Item) -> str:
    drawn = "dashed" if item.kind == "state" else "solid"
    return SIGNS[item.sign][1] if item.sign in ("−", "~") else drawn


def _texts(item: Item) -> Iterator[str]:
    title, lines = fitted(item)
    if item.kind == "constant":
        small: Looks = {"y": item.y + 3.0, "font-size": MONO_SIZE, "fill": GREY}
        yield element("text", {"x": item.x, **small}, markup(title))
        return
    # On a shade, grey and coloured text would be hard to read.
    is_dark = is_shaded(item.share)
    lid = LID * 0.7 if item.kind in ("parameter", "state") else 0.0
    x = item.x
    y = item.y + lid + 4.0 - LINE_HEIGHT * len(lines) / 2
    if item.kind == "fold":
        x, y = x - DEEP / 2, y + DEEP / 2
    color = INK if is_dark else TEXTS.get(item.phase, INK)
    tag = element("tspan", {"fill": color}, markup(item.tag)) + " " if item.tag else ""
    tag = f"{item.sign} {tag}" if item.sign else tag
    bold: Looks = {"font-size": HEAD_SIZE, "font-weight": "bold", "fill": INK}
    yield element("text", {"x": x, "y": y, **bold}, tag + markup(title))
    for i, text in enumerate(lines):
        y += LINE_HEIGHT
        # The last line, with the shape, is quieter than the equation.
        last = i == len(lines) - 1
        looks: Looks = {
            "x": x,
            "y": y,
            "font-size": MONO_SIZE if last else LINE_SIZE,
            "fill": GREY if last and not is_dark else INK,
        }
        yield element("text", looks, markup(text))
