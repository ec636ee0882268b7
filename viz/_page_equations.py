"""The equations of a page: of each node, and those of the graph with their nodes."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from graphgrad.equations import Equation, Explanation, Formula
from graphgrad.viz._page_material import Material
from graphgrad.viz._page_nodes import visible

__all__ = ["MATHML_LIMIT", "equations", "math_tree", "part_number"]

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
    texts = {"texts": writer.texts, "parts": writer.parts}
    return {"equations": {"listed": listed, "nodes": own, **texts}}


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
) -> dict[str, list[Any]]:
    names = list(material.scene.items)
    columns: dict[str, dict[str, Any]] = {
        "text": {},
        "adds": {},
        "symbol": {},
        "meaning": {},
    }
    for name, item in material.scene.items.items():
        found = explained.node(name)
        if item.tag:
            columns["text"][name] = writer.number(found.formula)
        columns["adds"][name] = [writer.number(each) for each in found.vjp]
        for each in found.where:
            columns["symbol"][each.node] = writer.number(each.formula)
            columns["meaning"][each.node] = visible(each.meaning)
    return {
        key: [column.get(name) for name in names] for key, column in columns.items()
    }


def _numbers(material: Material, names: Iterable[str]) -> list[int]:
    return [material.index[each] for each in names if each in material.index]


class _Writer:
    """Formulas by number: what comes again is written once, and so are parts."""

    def __init__(self, *, with_trees: bool) -> None:
        self.texts: list[Any] = []
        self.parts: list[list[int | str]] = []
        self._known: dict[str, int] = {}
        self._numbers: dict[tuple[int | str, ...], int] = {}
        self._with_trees = with_trees

    def number(self, formula: Formula) -> int:
        """Return the number of a formula among the texts."""
        text = formula.unicode
        if text not in self._known:
            self._known[text] = len(self.texts)
            shown = visible(text)
            whole = [shown, self._part(formula.html)] if self._with_trees else shown
            self.texts.append(whole)
        return self._known[text]

    def _part(self, markup: str) -> int:
        _, inner = math_tree(markup)
        return part_number(inner, self.parts, self._numbers)


def part_number(
    tree: Tree,
    parts: list[list[int | str]],
    numbers: dict[tuple[int | str, ...], int],
) -> int:
    """Return the number of a tree among ``parts``, to which those inside are added.

    >>> parts = []
    >>> tree = ["mrow", ["mi", "a"], ["mo", "="], ["mi", "a"]]
    >>> part_number(tree, parts, {}), parts
    (2, [['mi', 'a'], ['mo', '='], ['mrow', 0, 1, 0]])
    """
    name, *inside = tree
    part = (
        name,
        *(
            each if isinstance(each, str) else part_number(each, parts, numbers)
            for each in inside
        ),
    )
    if part not in numbers:
        numbers[part] = len(parts)
        parts.append(list(part))
    return numbers[part]


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
