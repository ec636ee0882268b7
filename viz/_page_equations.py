"""The equations of a page: of each node, and those of the graph with their nodes."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from graphgrad import Graph, explain
from graphgrad.equations import Equation, Explanation, Formula
from graphgrad.viz._page_material import Material
from graphgrad.viz._page_nodes import visible

__all__ = ["MATHML_LIMIT", "equations", "explanation_of", "math_tree"]

# Mathematics as a tree is ten times as long as its text: larger pages have the text.
MATHML_LIMIT = 400

Tree = list[Any]


def equations(material: Material) -> dict[str, Any]:
    """Return what a page says in formulas; nothing where nobody asked for them."""
    explained = material.explained
    if explained is None:
        return {}
    writer = _Writer(with_trees=len(material.scene.items) <= MATHML_LIMIT)
    listed = [
        _listed(material, explained, each, writer) for each in explained.equations
    ]
    own = _own(material, explained, writer)
    return {"equations": {"listed": listed, "nodes": own, "texts": writer.texts}}


def explanation_of(thing: Any, stage: str | None, material: Material) -> Explanation:
    """Explain a page's graph; what a model made is called as the model calls it."""
    graph = material.graph
    if not callable(getattr(thing, "flattened", None)):
        return explain(graph)
    explained = explain(thing, stage if stage in thing.stages else None)
    if _alike(explained.graph, graph):
        return explained
    # What was recorded for one batch is not the model's own graph of that stage.
    rows, weighted = graph.inputs[0].shape[0], len(graph.inputs) > 2
    recorded = thing.recorded(stage, rows, weighted=weighted)
    return Explanation(graph, explained.about, recorded)


def _alike(one: Graph, other: Graph) -> bool:
    return [(n.name, n.shape) for n in one.nodes] == [
        (n.name, n.shape) for n in other.nodes
    ]


def _listed(
    material: Material, explained: Explanation, each: Equation, writer: _Writer
) -> dict[str, Any]:
    kind = "metric" if each.scope in explained.metrics else each.phase
    found = {
        "text": writer.number(each.formula),
        "nodes": _numbers(material, each.nodes),
        "phase": each.phase,
        "scope": visible(each.scope),
        "shape": each.shape,
    }
    return found if kind == each.phase else found | {"kind": kind}


# What the symbols of a node's formula are stands once, with the node of each.
def _own(
    material: Material, explained: Explanation, writer: _Writer
) -> list[dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {name: {} for name in material.scene.items}
    for name, item in material.scene.items.items():
        found = explained.node(name)
        if item.tag:
            entries[name]["text"] = writer.number(found.formula)
        if found.vjp:
            entries[name]["adds"] = [writer.number(each) for each in found.vjp]
        for each in found.where:
            if each.node in entries:
                said = {"symbol": writer.number(each.formula)}
                entries[each.node] |= said | {"meaning": visible(each.meaning)}
    return list(entries.values())


def _numbers(material: Material, names: Iterable[str]) -> list[int]:
    return [material.index[each] for each in names if each in material.index]


class _Writer:
    """Formulas by number: what many nodes have is written once."""

    def __init__(self, *, with_trees: bool) -> None:
        self.texts: list[Any] = []
        self._known: dict[str, int] = {}
        self._with_trees = with_trees

    def number(self, formula: Formula) -> int:
        """Return the number of a formula among the texts."""
        text = formula.unicode
        if text not in self._known:
            self._known[text] = len(self.texts)
            shown = visible(text)
            whole = [shown, math_tree(formula.html)] if self._with_trees else shown
            self.texts.append(whole)
        return self._known[text]


def math_tree(markup: str) -> Tree:
    """Return MathML as lists: the name of an element, and what stands inside.

    >>> math_tree("<math><mi>a</mi><msub><mi>b</mi><mn>1</mn></msub></math>")
    ['math', ['mi', 'a'], ['msub', ['mi', 'b'], ['mn', '1']]]
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    found: Tree = reader.path[0][1]
    return found


class _Reader(HTMLParser):
    """Turns markup that this package wrote into lists."""

    def __init__(self) -> None:
        super().__init__()
        self.path: list[Tree] = [[""]]

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Begin an element."""
        made: Tree = [tag]
        self.path[-1].append(made)
        self.path.append(made)

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self.path.pop()

    def handle_data(self, data: str) -> None:
        """Add a text."""
        self.path[-1].append(visible(data))
