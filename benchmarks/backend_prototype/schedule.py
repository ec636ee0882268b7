"""Schedule: which nodes share a loop, which results go to memory, and in what order."""

from __future__ import annotations

from dataclasses import dataclass, field

import graphgrad as gg
from benchmarks.backend_prototype.places import (
    Place,
    Places,
    Shape,
    is_computed,
    is_view,
    squeezed,
)

__all__ = ["Item", "Schedule"]


@dataclass
class Item:
    """A piece of code: a loop over elements, a product, a reduction, or a copy.

    ``axes`` are the lengths of a loop; ``copies`` are the node and the part of a pack,
    or the state, into which its elements go.
    """

    kind: str
    axes: Shape = ()
    nodes: dict[gg.Node, None] = field(default_factory=dict)
    copies: list[tuple[gg.Node, Place]] = field(default_factory=list)


class Schedule:
    """The items of a graph, in an order in which they can run.

    Elementwise nodes over the same axes run in one loop where each of them reads of the
    others only the element that it computes itself. ``fuse=False`` gives every node a
    loop of its own.
    """

    def __init__(self, graph: gg.Graph, *, fuse: bool = True) -> None:
        """Decide on the items, on what they store, and on what is state at once."""
        self.graph = graph
        self.fuse = fuse
        self.places = Places(graph)
        self.items: list[Item] = []
        # The item after which a value is there; -1 is before the step.
        self.ready: dict[gg.Node, int] = {}
        # The computed node whose elements these are, in the same order.
        self.same: dict[gg.Node, gg.Node | None] = {}
        # States that are computed in place, by the node that is their new value.
        self.in_state: dict[gg.Node, gg.Node] = {}
        for node in graph.outputs:
            if isinstance(self.places.of[node].root.op, gg.nodes.State):
                raise gg.UnsupportedError(
                    f"no C for {node.name}, an output that looks at state"
                )
        for node in graph.nodes:
            self._take(node)
        for effect in graph.effects:
            self._assign(effect)
        self.stored = self._stored()
        # The positions of the nodes that an item executes; the last are there before.
        self.executed = self._executed()

    # ---- items -----------------------------------------------------------------------

    def _take(self, node: gg.Node) -> None:
        same: gg.Node | None = None
        ready = max([self.ready[each] for each in node.inputs], default=-1)
        if is_computed(node):
            ready, same = self._compute(node, ready), node
        elif node.op.name == "pack":
            ready = max(ready, self._pack(node))
        elif is_view(node):
            same = self._seen(node)
        self.ready[node], self.same[node] = ready, same

    def _seen(self, view: gg.Node) -> gg.Node | None:
        source = self.same[view.inputs[0]]
        if source is None or view.nbytes != source.nbytes:
            return None
        return source if self.places.of[view].is_flat else None

    def _compute(self, node: gg.Node, ready: int) -> int:
        assert isinstance(node.op, gg.Primitive), "only primitives compute"
        if not node.op.elementwise:
            kind = "product" if node.op.name == "matmul" else "reduction"
            self.items.append(Item(kind, nodes={node: None}))
            return len(self.items) - 1
        axes = squeezed(node.shape, node.shape)
        if self.fuse:
            for i in range(max(ready, 0), len(self.items)):
                if self._may_join(node, self.items[i], axes, i):
                    self.items[i].nodes[node] = None
                    return i
        self.items.append(Item("loop", axes, {node: None}))
        return len(self.items) - 1

    def _may_join(self, node: gg.Node, loop: Item, axes: Shape, i: int) -> bool:
        return (loop.kind, loop.axes) == ("loop", axes) and all(
            self.ready[each] < i or self.same[each] in loop.nodes
            for each in node.inputs
        )

    def _pack(self, pack: gg.Node) -> int:
        place = self.places.of[pack]
        copied = self.places.packs[pack]
        if not copied:
            return -1
        copies, start = [], place.offset
        for each in pack.inputs:
            size = each.nbytes // each.dtype.itemsize
            if each in copied:
                copies.append((each, Place(place.root, start, (size,), (1,))))
            start += size
        self.items.append(Item("copy", nodes={pack: None}, copies=copies))
        return len(self.items) - 1

    # ---- state -----------------------------------------------------------------------

    # The new value goes into the state as it is computed where nothing reads the old
    # one later; else it is copied when the step ends.
    def _assign(self, effect: gg.Node) -> None:
        state, value = effect.inputs
        if isinstance(self.places.of[value].root.op, gg.nodes.State):
            raise gg.UnsupportedError(
                f"no C for {effect.name}, which assigns another state"
            )
        if self._may_write_early(state, value):
            self.in_state[value] = state
            self.ready[effect] = self.ready[value]
            return
        into = self.places.of[state]
        self.items.append(Item("copy", (), {effect: None}, [(value, into)]))
        self.ready[effect] = len(self.items) - 1

    def _may_write_early(self, state: gg.Node, value: gg.Node) -> bool:
        when = self.ready[value]
        own = self.places.of[value].root is value
        if value in self.in_state or not own or self.items[when].kind != "loop":
            return False
        for node in self.graph.nodes:
            if node.is_leaf or node.op.has_effect or is_view(node):
                continue
            for each in node.inputs:
                if self.places.of[each].root is not state:
                    continue
                beside = node in self.items[when].nodes and self._is_whole(each)
                if self.ready[node] >= when and not beside:
                    return False
        return True

    def _is_whole(self, look: gg.Node) -> bool:
        place = self.places.of[look]
        return place.is_flat and look.nbytes == place.root.nbytes

    # ---- memory ----------------------------------------------------------------------

    def _stored(self) -> set[gg.Node]:
        stored = {each for node in self.graph.outputs for each in self._made(node)}
        stored.update(self.in_state)
        for item in self.items:
            for node, _ in item.copies:
                stored.update(self._made(node))
            for node in item.nodes:
                if item.kind != "loop":
                    stored.add(node)
                for each in () if item.kind == "copy" else node.inputs:
                    if self.same[each] not in item.nodes:
                        stored.update(self._made(each))
        return stored

    # The computed nodes whose elements these are.
    def _made(self, node: gg.Node) -> set[gg.Node]:
        found, stack = set(), [node]
        while stack:
            each = stack.pop()
            if is_computed(each):
                found.add(each)
            else:
                stack += each.inputs
        return found

    # ---- what a backend owes the engine ----------------------------------------------

    # A node that only looks at memory has been executed when its input has.
    def _executed(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in range(len(self.items) + 1)]
        for position, node in enumerate(self.graph.nodes):
            found[self.ready[node]].append(position)
        return found
