"""A comparison as text: counts by layer and phase, and lists of what is different."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from graphgrad import describe, equation
from graphgrad.nodes import Constant, Node
from graphgrad.viz._style import PHASES

if TYPE_CHECKING:
    from graphgrad.viz._compare import Comparison, Match

__all__ = ["counts", "done", "explained", "renamed", "text_of"]

# So many lines of a list are printed; all are in the comparison.
_MOST = 40


def text_of(comparison: Comparison) -> str:
    """Return the comparison as `print` shows it."""
    head = f"{' → '.join(comparison.titles)}, by {comparison.method}"
    marks = [
        (sign, node, match)
        for sign, node, match in comparison.marks()
        if not isinstance(node.op, Constant)
    ]
    count = len(comparison.after.operations)
    if not marks:
        return f"{head}\n{count:,} operations, and nothing is different"
    before = len(comparison.before.operations)
    lines = [head, f"{before:,} operations → {count:,}"]
    lines += [f"  {each}" for each in done(comparison)]
    lines += [f"  {old} is {new} now" for old, new in renamed(comparison)]
    lines += ["", *_table(comparison)]
    for sign, title in (("+", "added"), ("−", "removed"), ("~", "changed")):
        found = [(node, match) for s, node, match in marks if s == sign]
        if found:
            lines += ["", f"{sign} {title}", *_list(comparison, found)]
    return "\n".join(lines)


def done(comparison: Comparison) -> list[str]:
    """Return what was done to operations, in words, such as what optimisation did."""
    sizes: dict[str, list[int]] = {}
    for match in comparison.changed:
        many = match.after if match.how == "split" else match.before
        few = match.before if match.how == "split" else match.after
        operations = sum(not node.is_leaf for node in many)
        if operations:
            sums = sizes.setdefault(match.how, [0, 0])
            sums[0] += operations
            sums[1] += len(few)
    texts = []
    for how, (many_, few_) in sorted(sizes.items()):
        if how == "changed":
            texts.append(f"{_count(many_)} changed")
        elif how == "folded":
            texts.append(f"{_count(many_)} folded into constants")
        elif how == "split":
            texts.append(f"{_count(few_)} split into {many_:,}")
        else:
            texts.append(f"{_count(many_)} {how} into {few_:,}")
    for name, nodes in (("added", comparison.added), ("removed", comparison.removed)):
        number = sum(not node.is_leaf for node in nodes)
        if number:
            texts.append(f"{_count(number)} {name}")
    return texts


def counts(comparison: Comparison) -> dict[tuple[str, str], Counter[str]]:
    """Return how many nodes are added, removed and changed, by layer and phase.

    Constants are parts of what reads them, and do not count; the phase of other leaves
    is empty.
    """
    found: dict[tuple[str, str], Counter[str]] = {}
    for sign, node, _ in comparison.marks():
        if not isinstance(node.op, Constant):
            found.setdefault(comparison.homes[node], Counter())[sign] += 1
    rows, phases = dict.fromkeys(row for row, _ in found), [*PHASES, ""]
    order = {(row, phase): None for row in rows for phase in phases}
    return {key: found[key] for key in order if key in found}


def renamed(comparison: Comparison) -> list[tuple[str, str]]:
    """Return the layers that are counterparts, and have different names."""
    return [(old, new) for old, new in comparison.rows.items() if old != new]


def explained(comparison: Comparison, node: Node, match: Match | None) -> str:
    """Return what is different about a node, in a few words."""
    if match is None:
        made = comparison.sources(node)
        return f"made from {_names(made)}" if made else ""
    if match.what:
        return "; ".join(match.what)
    if match.how == "folded":
        return f"{_names(match.before)}, a constant now"
    if match.how == "split":
        return f"{_names(match.before)}, split into {_names(match.after)}"
    return f"{len(match.before):,} {match.how}: {_names(match.before)}"


def _count(number: int) -> str:
    return f"{number:,} operation{'' if number == 1 else 's'}"


def _names(nodes: Iterable[Node]) -> str:
    names = [node.name for node in nodes]
    shown = ", ".join(names[:6])
    return shown if len(names) <= 6 else f"{shown} and {len(names) - 6:,} more"


# Rows are layers, columns the phases; a cell says how much of what is different.
def _table(comparison: Comparison) -> Iterator[str]:
    cells = counts(comparison)
    phases = [each for each in (*PHASES, "") if any(each == key[1] for key in cells)]
    rows = [["layer", *(phase or "state" for phase in phases)]]
    for layer in dict.fromkeys(key[0] for key in cells):
        texts = [_signs(cells.get((layer, phase), Counter())) for phase in phases]
        rows.append([layer or "(none)", *texts])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row_ in rows:
        texts = [text.ljust(width) for text, width in zip(row_, widths, strict=True)]
        yield f"  {'  '.join(texts)}".rstrip()


def _signs(counter: Counter[str]) -> str:
    return " ".join(f"{sign}{counter[sign]}" for sign in "+−~" if counter[sign])


def _list(
    comparison: Comparison, found: list[tuple[Node, Match | None]]
) -> Iterator[str]:
    rows = []
    for node, match in found[:_MOST]:
        row, phase = comparison.homes[node]
        text = "" if node.is_leaf else equation(node)
        why = explained(comparison, node, match)
        place = " ".join(filter(None, (row, phase)))
        rows.append([node.name, describe(node), text, place, why])
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for *cells, why in rows:
        texts = [text.ljust(width) for text, width in zip(cells, widths, strict=True)]
        yield f"  {'  '.join([*texts, why])}".rstrip()
    if len(found) > _MOST:
        yield f"  and {len(found) - _MOST:,} more"
