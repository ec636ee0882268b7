"""Text: pieces of C that loops, products and copies have in common."""

from __future__ import annotations

from collections.abc import Sequence

import graphgrad as gg
from benchmarks.backend_prototype.places import Place, Shape
from benchmarks.backend_prototype.schedule import Schedule

__all__ = ["Memory", "comment", "index", "is_number", "nest"]


class Memory:
    """The arrays that a step takes, by number, and how the code calls them."""

    def __init__(self, schedule: Schedule) -> None:
        """Give a number to each node whose memory the code needs."""
        self.schedule = schedule
        self.places = schedule.places.of
        self.tags = schedule.graph.tags()
        self.roots = [node for node in schedule.graph.nodes if self._counts(node)]
        self.number = {node: i for i, node in enumerate(self.roots)}

    def _counts(self, node: gg.Node) -> bool:
        schedule = self.schedule
        if self.places[node].root is not node or node.op.has_effect:
            return False
        if isinstance(node.op, gg.nodes.Constant):
            return not is_number(node)
        stored = node in schedule.stored and node not in schedule.in_state
        return node.is_leaf or node in schedule.places.packs or stored

    def of(self, place: Place) -> str:
        """Return the name of the array in which a place is."""
        root = self.schedule.in_state.get(place.root, place.root)
        return f"m{self.number[root]}"

    def pointer(self, place: Place) -> str:
        """Return where a place begins."""
        return f"{self.of(place)} + {place.offset}"

    def title(self, node: gg.Node) -> str:
        """Return a comment that says which node the next lines compute."""
        inputs = ", ".join(each.name for each in node.inputs)
        tag = self.tags[node.name]
        return comment(f"{tag} {node.name} = {node.op.name}({inputs})")


def comment(text: str) -> str:
    """Write a comment, which no name of a user's can end."""
    return f"/* {text.replace('*/', '* /')} */"


def is_number(node: gg.Node) -> bool:
    """Tell whether a constant is one number, which the code can hold."""
    return isinstance(node.op, gg.nodes.Constant) and node.nbytes == node.dtype.itemsize


def index(offset: int, strides: Shape, names: Sequence[str]) -> str:
    """Write the position of an element in its array."""
    terms = [
        name if stride == 1 else f"{stride} * {name}"
        for stride, name in zip(strides, names, strict=True)
        if stride
    ]
    return " + ".join(terms + ([str(offset)] if offset or not terms else []))


def nest(axes: Shape, names: Sequence[str], depth: int = 1) -> list[str]:
    """Write the heads of loops inside each other."""
    return [
        f"{'    ' * (depth + i)}for (int {name} = 0; {name} < {side}; {name}++)"
        for i, (side, name) in enumerate(zip(axes, names, strict=True))
    ]
