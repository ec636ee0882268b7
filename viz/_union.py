"""Two graphs in one picture: all of the second, with what only the first has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from graphgrad import Graph
from graphgrad.nodes import Node, loss_of
from graphgrad.viz._compare_text import done
from graphgrad.viz._scene import Item, Link, Scene, link_kind

if TYPE_CHECKING:
    from graphgrad.viz._compare import Comparison

__all__ = ["Union", "union_of"]


class Union:
    """A graph with the nodes of both: counterparts are one node, that of after.

    ``node_of`` finds a node of either graph in it; the names are those of after, and
    those of before where they are free, else with `` (before)``. Lines that only
    before has are added to the scene: in a graph, they would change what nodes compute.
    """

    def __init__(self, comparison: Comparison) -> None:
        """Put the nodes that only before has where they were among their neighbours."""
        self.comparison = comparison
        self.node_of: dict[Node, Node] = {}
        self.signs: dict[str, str] = {}
        self._partners = comparison.partners
        self._taken = {node.name for node in comparison.after.nodes}
        for node in self._in_order():
            self.node_of[node] = self._copy(node)
        for one, others in self._partners.items():
            self.node_of[one] = self.node_of[others[0]]
        for sign, node, _ in comparison.marks():
            self.signs[self.node_of[node].name] = sign

    @property
    def facts(self) -> str:
        """How many operations there were and are, and what was done to them."""
        found = self.comparison
        before, after = len(found.before.operations), len(found.after.operations)
        return " · ".join([f"{before:,} operations → {after:,}", *done(found)])

    @cached_property
    def graph(self) -> Graph:
        """The graph of both."""
        before, after, gone = self.comparison.before, self.comparison.after, self._gone
        read = {each for node in gone for each in node.inputs}
        ends = [node for node in gone if node not in read]
        outputs = [*after.outputs, *(n for n in ends if not n.op.has_effect)]
        effects = [n for n in before.effects if n in gone and n.op.has_effect]
        inputs = [*after.inputs, *(n for n in before.inputs if n in gone)]
        both = Graph(
            [self.node_of[node] for node in inputs],
            [self.node_of[node] for node in outputs],
            [self.node_of[node] for node in [*after.effects, *effects]],
            name=after.name,
        )
        # The graph holds copies, by the same names.
        self.node_of = {node: both[copy.name] for node, copy in self.node_of.items()}
        return both

    @cached_property
    def _gone(self) -> dict[Node, None]:
        return dict.fromkeys(self.comparison.removed)

    # What only before has comes when its next neighbour there does, and all it reads.
    def _in_order(self) -> Iterator[Node]:
        place = {node: i for i, node in enumerate(self.comparison.before.nodes)}
        due: dict[Node, int] = {}
        for one, others in self._partners.items():
            due[others[0]] = min(place[one], due.get(others[0], place[one]))
        waiting = list(self._gone)
        done: set[Node] = set()
        for node in self.comparison.after.nodes:
            if node in due:
                yield from self._ready(waiting, done, due[node], place)
            done.add(node)
            yield node
        yield from self._ready(waiting, done, len(place), place)

    def _ready(
        self, waiting: list[Node], done: set[Node], until: int, place: dict[Node, int]
    ) -> Iterator[Node]:
        while waiting and place[waiting[0]] < until:
            node = waiting[0]
            if not all(self._here(each) in done for each in node.inputs):
                return
            waiting.pop(0)
            done.add(node)
            yield node

    # What stands for a node of either graph.
    def _here(self, node: Node) -> Node:
        return self._partners.get(node, [node])[0]

    def _copy(self, node: Node) -> Node:
        inputs = tuple([self.node_of[self._here(each)] for each in node.inputs])
        copy = Node(node.op, inputs, node.shape, node.dtype, node.place)
        copy.name, copy.origins = node.name, node.origins
        if node in self._gone:
            row = self.comparison.rows.get(node.scope, node.scope)
            copy.place = node.place._replace(scope=row)
            while copy.name in self._taken:
                copy.name += " (before)"
            self._taken.add(copy.name)
            copy.origins = (copy.name,)
        return copy

    # ---- the scene -------------------------------------------------------------------

    def mark(self, scene: Scene) -> None:
        """Give the items and links of a scene of ``graph`` their signs."""
        comparison = self.comparison
        graphs = comparison.before, comparison.after
        ends = {self.node_of[node].name for graph in graphs for node in graph.outputs}
        losses = {self.node_of[n].name for n in map(loss_of, graphs) if n is not None}
        for key, item in scene.items.items():
            item.sign = self.signs.get(key, "")
            item.is_loss = key in losses
            item.is_output = key in ends and item.kind == "operation"
        new = self._new_links()
        scene.links = [
            replace(link, sign=_sign(link, new, scene.items)) for link in scene.links
        ]
        scene.links += self._lost_links(scene)

    # The pairs of names that only after has a line between.
    def _new_links(self) -> set[tuple[str, str]]:
        old = set()
        for node in self.comparison.before.nodes:
            for each in node.inputs:
                for other in self._partners.get(node, [node]):
                    for one in self._stands_for(each, other):
                        old.add((self._name(one), self._name(other)))
        nodes = self.comparison.after.nodes
        edges = [(self._name(i), node.name) for node in nodes for i in node.inputs]
        return {edge for edge in edges if edge not in old}

    # What a reader may read where it read a node before. One that stands for several
    # reads what was packed for it: not each of what they read would be drawn.
    def _stands_for(self, node: Node, reader: Node) -> Sequence[Node]:
        is_one = len(self._groups.get(reader, ())) < 2
        known = self._partners if is_one else self.comparison.heirs
        return known.get(node, [node])

    @cached_property
    def _groups(self) -> dict[Node, tuple[Node, ...]]:
        matched = self.comparison.matched
        return {match.after[0]: match.before for match in matched}

    def _name(self, node: Node) -> str:
        return self.node_of[node].name

    # What counterparts read before, and do not read any more.
    def _lost_links(self, scene: Scene) -> Iterator[Link]:
        known = set[tuple[str, str]]()
        for node, others in self._partners.items():
            for i, each in enumerate(node.inputs):
                reader = others[0]
                if _reads(others, self._stands_for(each, reader)):
                    continue
                source = self._name(each)
                key = (source, reader.name)
                if key in known or source == reader.name or not _fits(scene, key):
                    continue
                known.add(key)
                kind = link_kind(each, node, i)
                yield Link(source, reader.name, kind, reader.phase, sign="−")


# Whether one of these is, or reads, one of those.
def _reads(readers: Sequence[Node], sources: Sequence[Node]) -> bool:
    return any(
        source is reader or source in reader.inputs
        for reader in readers
        for source in sources
    )


def _fits(scene: Scene, key: tuple[str, str]) -> bool:
    source, reader = (scene.items.get(each) for each in key)
    return source is not None and reader is not None and reader.kind != "constant"


def _sign(link: Link, new: set[tuple[str, str]], items: dict[str, Item]) -> str:
    if "−" in (items[link.source].sign, items[link.target].sign):
        return "−"
    return "+" if (link.source, link.target) in new else ""


def union_of(comparison: Comparison) -> Union:
    """Return the two graphs of a comparison as one."""
    return Union(comparison)
