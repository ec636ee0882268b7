"""The heading of a picture: what it shows, what it hides, and how to read it."""

from __future__ import annotations

import hashlib

from graphgrad import Graph, Program
from graphgrad.nodes import State
from graphgrad.profiling import Profile
from graphgrad.viz._scene import Scene, loss_of
from graphgrad.viz._shade import key
from graphgrad.viz._style import GREY, INK, PHASES
from graphgrad.viz._text import cut, markup, plain

__all__ = ["facts", "fingerprint", "heading"]

_LINES = {
    "flow": "─► value",
    "gradient": "- - &gt; gradient",
    "saved": "○·· &gt; saved for backward",
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
    "+": "<B>+</B> thick: only after",
    "−": "<B>−</B> dotted, ─┤: only before",
    "~": "<B>~</B> dashed: changed",
}


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


def facts(graph: Graph, program: Program | None, profile: Profile | None = None) -> str:
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
        parts += [f"{program.nbytes:,} bytes of buffers", f"ran {times}"]
    return " · ".join(parts)


# Penalties have scopes of their own: they are added to the loss, which comes first.
def _loss_name(graph: Graph) -> list[str]:
    node = loss_of(graph)
    while node is not None and node.scope == "regularization" and node.inputs:
        node = node.inputs[0]
    return [node.scope] if node is not None and node.scope else []


def heading(scene: Scene, title: str, line: str, *, legend: bool) -> str:
    """Return the HTML-like label of the whole picture."""
    rows = (
        [_row(_font(cut(plain(title), 15, 700), 15, INK, bold=True))] if title else []
    )
    if line:
        rows.append(_row(_font(cut(line, 10, 900), 10, GREY)))
    if scene.hidden:
        rows.append(_row(_font(f"Hidden: {'; '.join(scene.hidden)}", 10, INK)))
    if legend:
        rows += _legend(scene)
    table = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
    return f"<{table}{''.join(rows)}</TABLE>>" if rows else ""


def _row(cell: str) -> str:
    return f'<TR><TD ALIGN="LEFT">{cell}</TD></TR>'


def _font(text: str, size: int, color: str, *, bold: bool = False) -> str:
    inner = f"<B>{markup(text)}</B>" if bold else markup(text)
    return f'<FONT POINT-SIZE="{size}" COLOR="{color}">{inner}</FONT>'


# Only what is in the picture is explained.
def _legend(scene: Scene) -> list[str]:
    items = scene.items.values()
    present = {item.phase for item in items if item.kind in ("operation", "fold")}
    present |= {link.phase for link in scene.links if link.kind == "gradient"}
    cells = [_chip(name) for name in PHASES if name in present and len(present) > 1]
    lines = {link.kind for link in scene.links}
    words = [text for key, text in _LINES.items() if key in lines]
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
    rows = []
    if scene.profile is not None:
        rows.append(_row(key()))
    if cells:
        rows.append(_row(" &#160; ".join(cells)))
    half = (len(words) + 1) // 2 if len(words) > 5 else len(words)
    for part in (words[:half], words[half:]):
        if part:
            text = " &#160;·&#160; ".join(part)
            rows.append(_row(f'<FONT POINT-SIZE="9" COLOR="{GREY}">{text}</FONT>'))
    return rows


def _chip(name: str) -> str:
    phase = PHASES[name]
    text = f"<B>{name[0].upper()}</B> {name}"
    return f'<FONT POINT-SIZE="11" COLOR="{phase.color}">{text}</FONT>'
