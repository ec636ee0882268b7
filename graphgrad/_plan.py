"""Plan: where in memory each result of a graph lies, decided once, by liveness."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from graphgrad._blocks import Block, find_blocks
from graphgrad._graph import Graph
from graphgrad._node import Constant, Input, Node, State
from graphgrad._ops._packing import Pack, lying, order_of
from graphgrad._pool import Buffer, Pools, put
from graphgrad._primitive import Primitive
from graphgrad._scalars import find_scalars
from graphgrad._types import Array, Shaped, Spec, size_of

__all__ = ["Buffer", "Plan", "make_plan"]


@dataclass
class Plan:
    """For each node the place of its result, and how it comes to be there.

    ``kind`` is one of: leaf (it is there before the step), call (computed into its
    place), view (another look at its input's memory, prepared once), assigned (its
    input was computed right into the state). ``buffer`` names the place of a call's
    result; ``like`` is an array with the shape, dtype and strides of the result.
    Operations of a ``block`` run in a loop; ``local`` results have a block's rows.
    ``scalars`` are computed without an array; those that are True are stored as well.
    """

    graph: Graph
    kind: dict[Node, str] = field(default_factory=dict)
    buffer: dict[Node, Buffer] = field(default_factory=dict)
    # Where in its buffer a result begins, if not at the first element.
    start: dict[Node, int] = field(default_factory=dict)
    # In which order its elements lie there, if they lie column by column.
    order: dict[Node, str] = field(default_factory=dict)
    target: dict[Node, Node] = field(default_factory=dict)
    scratch: dict[Node, list[tuple[Buffer, Spec]]] = field(default_factory=dict)
    like: dict[Node, Array] = field(default_factory=dict)
    buffers: list[Buffer] = field(default_factory=list)
    block: dict[Node, Block] = field(default_factory=dict)
    local: set[Node] = field(default_factory=set)
    # In whose memory a result lies, and at which node that memory is read last.
    root: dict[Node, Node] = field(default_factory=dict)
    last: dict[Node, int] = field(default_factory=dict)
    # Inputs that lie where a run is told, and the views of them: the step makes these.
    lent: set[Node] = field(default_factory=set)
    scalars: dict[Node, bool] = field(default_factory=dict)

    def seen(self, source: Node, node: Node) -> Spec:
        """Return what ``node`` reads of ``source``, or computes of itself, at once."""
        block = self.block.get(node)
        if block is None or not block.takes_rows(source, node):
            return Spec(source.shape, source.dtype)
        return Spec((block.step, *source.shape[1:]), source.dtype)

    @property
    def nbytes(self) -> int:
        """The memory of all buffers, in bytes."""
        return sum(buffer.nbytes for buffer in self.buffers)


def make_plan(graph: Graph, lent: Mapping[Node, Array] | None = None) -> Plan:
    """Decide for each node of ``graph`` where its result lies.

    Results whose last reader has run give their memory to later ones; an operation that
    can work in place does; a new state value is computed right into the state where
    nobody reads the old one any more. Inputs that are ``lent``, in arrays like these,
    have no place of their own.
    """
    return _Planner(graph, lent or {}).plan


class _Planner:
    def __init__(self, graph: Graph, lent: Mapping[Node, Array]) -> None:
        self.plan = Plan(graph, like=dict(lent), lent=set(lent))
        # What stand-ins share, of which nothing is read or written.
        self.room = np.empty(0, np.uint8)
        self.position = {node: i for i, node in enumerate(graph.nodes)}
        self.users = graph.users()
        self.root: dict[Node, Node] = {}
        # The nodes that lie in the memory of a root: itself, its views, who overwrote
        # it.
        self.members: dict[Node, list[Node]] = {}
        self.free: Pools = {}
        self._place_leaves_and_views(graph)
        for node in graph.nodes:
            self.members.setdefault(self.root[node], []).append(node)
        self._compute_into_state(graph)
        self.pack: dict[Node, Node] = {}
        self._compute_into_packs(graph)
        self.plan.scalars = find_scalars(graph, self.users, self.plan.kind)
        self.last = self._last_uses(graph)
        for block in find_blocks(graph, self.users, self.plan.kind, self.root):
            self.plan.block.update(dict.fromkeys(block.nodes, block))
        # What is free for the rest of a loop alone, and what will be free after it.
        self.local: Pools = {}
        self.waiting: list[Buffer] = []
        for node in graph.nodes:
            if self.plan.kind[node] == "call":
                stored = self.plan.scalars.get(node, True)
                if stored and node not in self.plan.target:
                    self._place(node)
                self._lend_scratch(node)
            self._release(node)
        self.plan.root, self.plan.last = self.root, self.last

    # ---- what needs no buffer of its own ---------------------------------------------

    def _place_leaves_and_views(self, graph: Graph) -> None:
        looks = self.plan.like
        assigned = {
            effect.inputs[0]: self.position[effect]
            for effect in graph.nodes
            if effect.op.has_effect
        }
        needed = self._needed_until(graph)
        for node in graph.nodes:
            op = node.op
            kind = "call"
            if node.is_leaf:
                kind = "leaf"
            elif isinstance(op, Primitive) and op.view:
                source = looks[node.inputs[0]]
                look = np.asarray(op.evaluate(source))
                # A look at state that is read after the state has changed is a copy.
                kept = assigned.get(self.root[node.inputs[0]], len(graph.nodes) + 1)
                shared = np.may_share_memory(look, source) or look.size == 0
                lent = node.inputs[0] in self.plan.lent
                if lent and needed[node] == len(graph.nodes):
                    # What is lent is gone when an output is looked at.
                    shared = False
                if shared and needed[node] <= kept:
                    kind = "view"
                    looks[node] = look
                    self.plan.lent.update([node] * lent)
            if node not in looks:
                looks[node] = self._stand_in(node)
            self.plan.kind[node] = kind
            self.root[node] = self.root[node.inputs[0]] if kind == "view" else node

    def _stand_in(self, node: Node) -> Array:
        if isinstance(node.op, Constant) and node.op.value is not None:
            return node.op.value
        if isinstance(node.op, State):
            return node.op.cell.array
        if isinstance(node.op, Pack):
            # It asks whether its inputs lie in it.
            return stand_in(node)
        if isinstance(node.op, Input) or not node.is_leaf:
            size = node.nbytes
            if size > self.room.size:
                self.room = np.empty(2 * size, np.uint8)
            return np.ndarray(node.shape, node.dtype, self.room)
        raise ValueError(
            f"the graph holds only the shape of {node.name}, it cannot run"
        )

    # Until which position a result, or a view of it, is read; outputs to the end.
    def _needed_until(self, graph: Graph) -> dict[Node, int]:
        needed = {node: len(graph.nodes) for node in graph.outputs}
        for node in reversed(graph.nodes):
            for user in self.users[node]:
                is_view = isinstance(user.op, Primitive) and user.op.view
                until = needed[user] if is_view else self.position[user]
                needed[node] = max(needed.get(node, -1), until)
            needed.setdefault(node, self.position[node])
        return needed

    def _compute_into_state(self, graph: Graph) -> None:
        for node in graph.nodes:
            if not node.op.has_effect:
                continue
            state, value = node.inputs
            self.plan.target[node] = self.root[state]
            early = self._may_write_early(state, value)
            looks = self._looks_at(value, self.plan.like[state]) if early else None
            if looks is not None:
                self.plan.like.update(looks)
                self.plan.target[value] = state
                self.plan.kind[node] = "assigned"
                self._merge(value, state)
            self._merge(node, self.root[state])

    # What is packed is computed into its place in the pack, where it is computed anew.
    def _compute_into_packs(self, graph: Graph) -> None:
        for node in graph.nodes:
            if not isinstance(node.op, Pack) or not self._is_free(node):
                continue
            start = 0
            for part in node.inputs:
                stop = start + int(size_of(part.shape))
                place = lying(self.plan.like[node][start:stop], part.shape)
                alone = self._is_free(part) and not isinstance(part.op, Pack)
                looks = self._looks_at(part, place) if alone else None
                if looks is not None:
                    self.pack[part] = node
                    self.plan.start[part] = start
                    self.plan.order[part] = order_of(part.shape)
                    self.plan.like.update(looks)
                    self._merge(part, node)
                start = stop

    # What a result and its views are like if it lies in ``place``; None if it may not.
    def _looks_at(self, node: Node, place: Array) -> dict[Node, Array] | None:
        looks = {node: place}
        if place.flags.c_contiguous:
            return looks
        if not isinstance(node.op, Primitive) or not node.op.strided:
            return None
        for each in self.members[node]:
            if each is not node:
                assert isinstance(each.op, Primitive), "only primitives make views"
                looks[each] = np.asarray(each.op.evaluate(looks[each.inputs[0]]))
                if not np.may_share_memory(looks[each], place):
                    return None
        return looks

    def _is_free(self, node: Node) -> bool:
        fixed = node in self.pack or node in self.plan.target
        return self.plan.kind[node] == "call" and not fixed

    def _merge(self, node: Node, root: Node) -> None:
        moved = self.members.pop(node)
        for each in moved:
            self.root[each] = root
        self.members[root] += moved

    def _may_write_early(self, state: Node, value: Node) -> bool:
        op = value.op
        if self.plan.kind[value] != "call" or value in self.plan.target:
            return False
        if not isinstance(op, Primitive) or _is_number(value):
            return False
        when = self.position[value]
        for node in self.members.get(state, ()):
            for user in self.users[node]:
                late = self.position[user] > when and not user.op.has_effect
                beside = user is value and not (
                    node is state and _works_in_place(value, state)
                )
                if late or beside or (user.op.has_effect and user.inputs[1] is node):
                    return False
        return isinstance(state.op, State)

    def _last_uses(self, graph: Graph) -> dict[Node, int]:
        last: dict[Node, int] = {}
        for node in graph.nodes:
            root = self.root[node]
            uses = [self.position[user] for user in self.users[node]]
            last[root] = max(last.get(root, -1), self.position[node], *uses)
        for node in (*graph.outputs, *graph.effects):
            last[self.root[node]] = len(graph.nodes)
        return last

    # ---- buffers ---------------------------------------------------------------------

    def _place(self, node: Node) -> None:
        op = node.op
        assert isinstance(op, Primitive), "only primitives are computed"
        if node in self.plan.buffer:
            return
        if node in self.pack:
            self._place(self.pack[node])
            self.plan.buffer[node] = self.plan.buffer[self.pack[node]]
            return
        for source in [x for i, x in enumerate(node.inputs) if i in op.inplace]:
            if self._may_overwrite(node, source) and self._lies_in(node, source):
                return
        pools, shape = self.free, node.shape
        if self._is_local(node):
            self.plan.local.add(node)
            pools, shape = self.local, self.plan.seen(node, node).shape
        self.plan.buffer[node] = self._take(Spec(shape, node.dtype), pools)

    def _lies_in(self, node: Node, source: Node) -> bool:
        plan, root = self.plan, self.root[source]
        looks = self._looks_at(node, plan.like[source])
        if looks is None:
            return False
        plan.like.update(looks)
        plan.buffer[node] = plan.buffer[source]
        plan.start[node] = plan.start.get(source, 0)
        plan.order[node] = plan.order.get(source, "C")
        if source in plan.local:
            plan.local.add(node)
        self.last[root] = self.last[node]
        self._merge(node, root)
        return True

    def _is_local(self, node: Node) -> bool:
        block = self.plan.block.get(node)
        return block is not None and node in block.local

    # Working arrays are free again as soon as the call is over.
    def _lend_scratch(self, node: Node) -> None:
        assert isinstance(node.op, Primitive), "only primitives are computed"
        pools = self.local if node in self.plan.block else self.free
        shown = [self.plan.seen(source, node) for source in node.inputs]
        taken = [(self._take(spec, pools), spec) for spec in node.op.scratch(*shown)]
        self.plan.scratch[node] = taken
        for buffer, _ in taken:
            put(pools, buffer)

    def _may_overwrite(self, node: Node, source: Node) -> bool:
        same = source.shape == node.shape and source.dtype == node.dtype
        others = [each for each in node.inputs if each is not source]
        return (
            same
            and _works_in_place(node, source)
            and source in self.plan.buffer
            and self.last[self.root[source]] == self.position[node]
            and not _is_number(node)
            and (source not in self.plan.local or self._is_local(node))
            and not self._is_fixed(source, node)
            and all(self.root[each] is not self.root[source] for each in others)
        )

    def _is_fixed(self, source: Node, node: Node) -> bool:
        block, root = self.plan.block.get(node), self.root[source]
        return block is not None and any(self.root[x] is root for x in block.fixed)

    def _take(self, spec: Spec, pools: Pools) -> Buffer:
        size = int(size_of(spec.shape))
        pool = pools.get(spec.dtype)
        found = pool.take(size) if pool else None
        if found is None:
            found = Buffer(f"b{len(self.plan.buffers)}", spec.dtype, size)
            self.plan.buffers.append(found)
        return found

    # In a loop, another block of rows may still be read of what one is done with.
    def _release(self, node: Node) -> None:
        now, block = self.position[node], self.plan.block.get(node)
        for source in dict.fromkeys((node, *node.inputs)):
            root = self.root[source]
            buffer = self.plan.buffer.get(root)
            if buffer is not None and self.last[root] == now:
                if root in self.plan.local:
                    put(self.local, buffer)
                elif block is not None:
                    self.waiting.append(buffer)
                else:
                    put(self.free, buffer)
        if block is not None and block.nodes[-1] is node:
            for pool in self.local.values():
                self.waiting += pool.buffers
            for buffer in self.waiting:
                put(self.free, buffer)
            self.local.clear()
            self.waiting.clear()


# NumPy takes three times as long where one number is read and written in one place.
def _is_number(node: Node) -> bool:
    return size_of(node.shape) == 1


# An input that is read at several places must be safe to overwrite at each of them.
def _works_in_place(node: Node, source: Node) -> bool:
    op = node.op
    assert isinstance(op, Primitive), "only primitives are computed"
    return all(i in op.inplace for i, each in enumerate(node.inputs) if each is source)


def stand_in(spec: Shaped) -> Array:
    """Return an array of the shape and dtype, of which nothing is read or written."""
    return np.empty(spec.shape, spec.dtype)
