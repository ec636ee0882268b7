"""The nodes of a page: what is drawn of each, and what its panel says."""

from __future__ import annotations

import math
from typing import Any

from graphgrad import describe, equation
from graphgrad.nodes import Node, source_line
from graphgrad.sites import Stand
from graphgrad.viz._measure import fitted
from graphgrad.viz._page_material import Material
from graphgrad.viz._scene import Item
from graphgrad.viz._text import plain

__all__ = ["nodes", "numbered_lines", "own_facts", "schedule", "visible"]

_MOST_NAMES = 24


def nodes(material: Material) -> list[dict[str, Any]]:
    """Return an entry for every item, in the order of execution."""
    return [_entry(material, item) for item in material.scene.items.values()]


def numbered_lines(entries: list[dict[str, Any]]) -> list[str]:
    """Return the lines of source of the entries, which get the numbers of theirs.

    >>> entries = [{"line": "f.py:1"}, {}, {"line": "f.py:2"}, {"line": "f.py:1"}]
    >>> numbered_lines(entries), [each.get("line") for each in entries]
    (['f.py:1', 'f.py:2'], [0, None, 1, 0])
    """
    numbers: dict[str, int] = {}
    for entry in entries:
        if "line" in entry:
            entry["line"] = numbers.setdefault(entry["line"], len(numbers))
    return list(numbers)


def schedule(material: Material) -> list[int]:
    """Return the numbers of the operations in the order in which they run."""
    index = material.index
    return [
        index[node.name] for node in material.graph.operations if node.name in index
    ]


def _entry(material: Material, item: Item) -> dict[str, Any]:
    node = material.graph[item.id]
    x, y = material.place(item)
    title, lines = fitted(item)
    entry: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind,
        "title": visible(title),
        "lane": material.lane_of[item.id],
        "x": round(x, 1),
        "y": round(y, 1),
        "w": round(item.width, 1),
        "h": round(item.height, 1),
    }
    whole = visible(plain(item.title))
    optional = {
        "whole": whole if whole != entry["title"] else "",
        "lines": [visible(line) for line in lines],
        "tag": item.tag,
        "phase": item.phase,
        "scope": node.scope,
        "loss": item.is_loss,
        "output": item.is_output,
        "mark": item.mark,
        "sign": item.sign,
        **_facts(material, node),
    }
    return entry | {key: value for key, value in optional.items() if value}


def _facts(material: Material, node: Node) -> dict[str, Any]:
    facts = own_facts(node)
    facts["inputs"] = [
        material.index[each.name] for each in node.inputs if each.name in material.index
    ]
    if isinstance(node.op, Stand) and node in material.graph.outputs:
        facts |= {"dtype": "", "shape": "no result", "bytes": 0}
    facts["place"] = place(material, node)
    return facts


def own_facts(node: Node) -> dict[str, Any]:
    """Return what is told of a node, whatever else is in the picture."""
    dtype, _, shape = describe(node).partition(" ")
    facts: dict[str, Any] = {
        "dtype": dtype,
        "shape": shape,
        "bytes": math.prod(node.shape) * node.dtype.itemsize,
    }
    if not node.is_leaf:
        facts["op"] = visible(repr(node.op)[:200])
        facts["equation"] = visible(equation(node)[:400])
        facts["flops"] = node.op.flops(node, *node.inputs)  # type: ignore[attr-defined]
    if node.origins not in ((), (node.name,)):
        facts["origins"] = _some(node.origins)
    facts["line"] = visible(source_line(node))
    return facts


# An array of all weights comes from more nodes than anybody reads.
def _some(names: tuple[str, ...]) -> list[str]:
    if len(names) <= _MOST_NAMES:
        return list(names)
    return [*names[:_MOST_NAMES], f"and {len(names) - _MOST_NAMES:,} more"]


def place(material: Material, node: Node) -> str:
    """Return where a program keeps the result of ``node``; nothing if nobody tells."""
    plan = material.program.plan if material.program is not None else None
    if plan is None:
        return ""
    if node in plan.buffer:
        return plan.buffer[node].name
    return {"leaf": "given", "call": "in state"}.get(plan.kind[node], plan.kind[node])


# Marks that turn the direction of text would reorder what stands beside a name.
_TURNS = {
    code: f"⟨U+{code:04X}⟩"
    for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def visible(text: str) -> str:
    r"""Replace marks that turn the direction of text by what they are called.

    >>> visible("a\u202eb")
    'a⟨U+202E⟩b'
    """
    return text.translate(_TURNS)
