"""Which nodes of two graphs are each other's counterparts, and how that was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphgrad import Graph
from graphgrad.nodes import Node
from graphgrad.viz._align_layers import by_layers
from graphgrad.viz._align_origins import by_origins, is_made_from

__all__ = ["Alignment", "align"]

Group = tuple[tuple[Node, ...], tuple[Node, ...]]


@dataclass
class Alignment:
    """Counterparts: groups of nodes before and after, of which one side is one node.

    ``rows`` are the layers after by those before; ``sources`` the nodes before from
    which a node after was made, also where those have counterparts of their own.
    """

    method: str
    groups: list[Group]
    rows: dict[str, str]
    sources: dict[Node, tuple[Node, ...]] = field(default_factory=dict)

    def partners(self) -> Iterator[tuple[Node, Node]]:
        """Go over all pairs of nodes that are counterparts."""
        for before, after in self.groups:
            for one in before:
                for other in after:
                    yield one, other


def align(
    before: Graph,
    after: Graph,
    titles: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> Alignment:
    """Find the counterparts of nodes in two graphs.

    Where one graph was made from the other by passes, ``origins`` say it. Else layers
    are counterparts by their names, the rest by kind and order; and within them the
    operations of a phase, in order. ``titles`` say of which kind layers are.
    """
    if is_made_from(after, before):
        made = by_origins(before, after)
        return Alignment("origins", made.groups, made.rows, made.sources)
    if is_made_from(before, after):
        made = by_origins(after, before)
        turned = [(many, one) for one, many in made.groups]
        rows = {new: old for old, new in made.rows.items()}
        return Alignment("origins", turned, rows)
    groups, rows = by_layers(before, after, titles)
    return Alignment("layers", groups, rows)
