"""What a page says where two graphs are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphgrad import describe, equation
from graphgrad.nodes import Node
from graphgrad.viz._compare import Comparison, Match
from graphgrad.viz._compare_text import counts, done, explained, renamed
from graphgrad.viz._measure import fitted
from graphgrad.viz._page_material import Material
from graphgrad.viz._page_nodes import own_facts, visible
from graphgrad.viz._scene import Item, make_scene
from graphgrad.viz._text import plain
from graphgrad.viz._union import Union

__all__ = ["comparison"]


def comparison(material: Material) -> dict[str, Any]:
    """Return the key ``comparison``, if two graphs are shown.

    ``done`` and ``renamed`` are sentences, ``table`` has the counts of each layer and
    phase, and ``nodes`` says of each number what is different, what it was ``before``
    and is ``after`` (lines of tag, name, equation, and dtype with shape), what a page
    of before says of it (``was``), and of which nodes it was made (``from``, numbers).
    """
    union = material.marking
    if not isinstance(union, Union):
        return {}
    found = union.comparison
    return {
        "comparison": {
            "before": visible(found.titles[0]),
            "after": visible(found.titles[1]),
            "method": found.method,
            "done": done(found),
            "renamed": [visible(f"{a} is {b} now") for a, b in renamed(found)],
            "table": [
                {"row": visible(row), "phase": phase, **signs}
                for (row, phase), signs in counts(found).items()
            ],
            "nodes": _nodes(material, union),
        }
    }


def _nodes(material: Material, union: Union) -> dict[int, dict[str, Any]]:
    found = union.comparison
    teller, past = _Teller(found), _Past(material, union)
    entries: dict[int, dict[str, Any]] = {}
    for match in found.matched:
        for node in match.after:
            number = material.index.get(union.node_of[node].name)
            if number is None:
                continue
            entry = entries[number] = {
                "before": teller.lines(found.before, match.before),
                "after": teller.lines(found.after, match.after),
            }
            if match.how != "same":
                entry |= {"how": match.how, "why": _why(found, node, match)}
                if len(match.before) == 1:
                    item = material.scene.items[union.node_of[node].name]
                    entry["was"] = past.entry(match.before[0], item)
    for node in (*found.removed, *found.added):
        number = material.index.get(union.node_of[node].name)
        if number is None:
            continue
        made = [union.node_of[each].name for each in found.sources(node)]
        numbers = [material.index[name] for name in made if name in material.index]
        entries[number] = {"from": list(dict.fromkeys(numbers))} if numbers else {}
    return entries


class _Past:
    """What nodes of the graph before say, with the tags that this picture has."""

    def __init__(self, material: Material, union: Union) -> None:
        before, tags = union.comparison.before, union.graph.tags()
        known = {
            node.name: tags.get(union.node_of[node].name, "") for node in before.nodes
        }
        self.items = make_scene(before, material.options, tags=known).items

    def entry(self, node: Node, now: Item) -> dict[str, Any]:
        """Return what is told of a node, its texts cut to the box that it has now."""
        item = replace(self.items[node.name], sign=now.sign, tag=now.tag)
        title, lines = fitted(item, now.width)
        whole = visible(plain(item.title))
        found = {
            "title": visible(title),
            "whole": whole if whole != visible(title) else "",
            "lines": [visible(each) for each in lines],
            **own_facts(node),
        }
        return {key: value for key, value in found.items() if value}


def _why(found: Comparison, node: Node, match: Match) -> list[str]:
    return [visible(each) for each in match.what or [explained(found, node, match)]]


class _Teller:
    """Lines about nodes of the two graphs, with the tags that they have there."""

    def __init__(self, found: Comparison) -> None:
        self.tags = {graph: graph.tags() for graph in (found.before, found.after)}

    def lines(self, graph: Any, nodes: Sequence[Node]) -> list[list[str]]:
        """Return of each node its tag, its name, what it computes, and its shape."""
        return [
            [
                self.tags[graph].get(node.name, ""),
                visible(node.name),
                "" if node.is_leaf else visible(equation(node)[:200]),
                describe(node),
            ]
            for node in nodes
        ]
