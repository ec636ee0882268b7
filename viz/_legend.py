"""The heading of a picture: what it shows, what it hides, and how to read it."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from graphgrad import Graph, Program
from graphgrad.nodes import State, loss_of
from graphgrad.profiling import Profile
from graphgrad.viz._scene import Scene
from graphgrad.viz._shade import key
from graphgrad.viz._style import GREY, INK, PHASES
from graphgrad.viz._text import cut, markup, plain

__all__ = ["Row", "Words", "facts", "fingerprint", "heading", "heading_rows"]

_LINES = {
    "flow": "─► value",
    "gradient": "- - > gradient",
    "saved": "○·· > saved for backward",
    "assign": "♦─ assignment",
}
_KINDS = {
    "input": "slanted: input",
    "parameter": "cylinder: parameter",
    "state": "dashed cylinder: other state",
    "fold": "3-D box: several operations",
    "constant": "grey: constant",
}
_SIGNS = {
    "+": "+ thick: only after",
    "−": "− dotted, ─┤: only before",
    "~": "~ dashed: changed",
}


class Words(NamedTuple):
    """A piece of a line above the picture, in one size and colour."""

    text: str
    size: int
    color: str
    bold: bool = False


# A line; None stands for the key of a profile's shades.
Row = list[Words] | None

_SPACE, _DOT = " \u00a0 ", " \u00a0·\u00a0 "


def fingerprint(graph: Graph) -> str:
    """Return eight hexadecimal digits that differ for graphs that do different things.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: x + x, gg.Spec((3,)))
    >>> fingerprint(graph) == fingerprint(gg.trace(lambda x: x * x, gg.Spec((3,))))
    False
    """
    digest = hashlib.sha256()
    for node in graph.nodes:
        inputs = [each.name for each in node.inputs]
        row = (node.name, repr(node.op) if not node.is_leaf else "", inputs)
        line = f"{row} {node.shape} {node.dtype} {node.scope} {node.phase}\n"
        digest.update(line.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()[:8]


def facts(
    graph: Graph,
    program: Program | None,
    profile: Profile | None = None,
    *,
    ran: bool = True,
) -> str:
    """Return one line: plan, operations, optimizer, loss, parameters, runs or times."""
    cells = [node.op.cell for node in graph.nodes if isinstance(node.op, State)]
    sizes = [cell.array.size for cell in cells if cell.kind == "parameter"]
    parts = [f"plan {fingerprint(graph)}", f"{len(graph.operations):,} operations"]
    updates = [n.scope for n in graph.operations if n.phase == "update" and n.scope]
    parts += [*list(dict.fromkeys(updates))[:2], *_loss_name(graph)]
    if sizes:
        parts.append(f"{sum(sizes):,} parameters")
    if profile is not None:
        step = f"{profile.step_us:,.1f} µs a step"
        parts += [profile.total.work, step, f"medians of {profile.runs:,} runs"]
    elif program is not None:
        times = "once" if program.runs == 1 else f"{program.runs:,} times"
        parts.append(f"{program.nbytes:,} bytes of buffers")
        parts += [f"ran {times}"] if ran else []
    return " · ".join(parts)


# Penalties have scopes of their own: they are added to the loss, which comes first.
def _loss_name(graph: Graph) -> list[str]:
    node = loss_of(graph)
    while node is not None and node.scope == "regularization" and node.inputs:
        node = node.inputs[0]
    return [node.scope] if node is not None and node.scope else []


def heading_rows(scene: Scene, title: str, line: str, *, legend: bool) -> list[Row]:
    """Return the lines above a picture: name, facts, what it hides, the legend."""
    rows: list[Row] = []
    if title:
        rows.append([Words(cut(plain(title), 15, 700), 15, INK, bold=True)])
    if line:
        rows.append([Words(cut(line, 10, 900), 10, GREY)])
    if scene.hidden:
        rows.append([Words(f"Hidden: {'; '.join(scene.hidden)}", 10, INK)])
    return rows + _legend(scene) if legend else rows


def heading(scene: Scene, title: str, line: str, *, legend: bool) -> str:
    """Return the HTML-like label of the whole picture."""
    rows = heading_rows(scene, title, line, legend=legend)
    cells = [key() if row is None else "".join(map(_font, row)) for row in rows]
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
    lines = [f'<TR><TD ALIGN="LEFT">{cell}</TD></TR>' for cell in cells]
    return f"<{table}{''.join(lines)}</TABLE>>" if rows else ""


def _font(words: Words) -> str:
    inner = markup(words.text).replace("\u00a0", "&#160;")
    inner = f"<B>{inner}</B>" if words.bold else inner
    return f'<FONT POINT-SIZE="{words.size}" COLOR="{words.color}">{inner}</FONT>'


# Only what is in the picture is explained.
def _legend(scene: Scene) -> list[Row]:
    items = scene.items.values()
    present = {item.phase for item in items if item.kind in ("operation", "fold")}
    present |= {link.phase for link in scene.links if link.kind == "gradient"}
    rows: list[Row] = [] if scene.profile is None else [None]
    shown = [name for name in PHASES if name in present and len(present) > 1]
    if shown:
        space = Words(_SPACE, 11, INK)
        chips = [each for name in shown for each in (space, *_chip(name))]
        rows.append(chips[1:])
    words = _explained(scene)
    half = (len(words) + 1) // 2 if len(words) > 5 else len(words)
    parts = filter(None, (words[:half], words[half:]))
    return rows + [[Words(_DOT.join(part), 9, GREY)] for part in parts]


def _explained(scene: Scene) -> list[str]:
    items = scene.items.values()
    lines = {link.kind for link in scene.links}
    words = [text for key, text in _LINES.items() if key in lines]
    if any(link.count > 1 for link in scene.links):
        words.append("×2: two uses in one line")
    kinds = {item.kind for item in items}
    words += [text for key, text in _KINDS.items() if key in kinds]
    if any(item.is_loss for item in items):
        words.append("double border: loss")
    if any(item.is_output for item in items):
        words.append("thick border: output")
    if any(item.mark for item in items):
        words.append("thick double border: what failed")
    signs = {item.sign for item in items}
    words += [text for sign, text in _SIGNS.items() if sign in signs]
    return words


def _chip(name: str) -> list[Words]:
    color = PHASES[name].color
    letter = Words(name[0].upper(), 11, color, bold=True)
    return [letter, Words(f" {name}", 11, color)]
