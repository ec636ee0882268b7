"""Packing: what is done alike to weights side by side in memory is done by one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from graphgrad._graph import Graph
from graphgrad._home import are_side_by_side, stretch
from graphgrad._inline import cell_of
from graphgrad._node import Cell, Node, Place, State
from graphgrad._ops._packing import Pack, Unpack
from graphgrad._ops._structure import Assign
from graphgrad._primitive import Primitive
from graphgrad._types import size_of

__all__ = ["pack"]

# One node per weight, in the order in which the weights lie in memory.
Lanes = tuple[Node, ...]


def pack(graph: Graph) -> Graph:
    """Let one operation change all weights that are changed alike.

    An optimizer does the same to every weight. Where the weights, and its slots, lie
    side by side in one array, elementwise operations run once over that array, and the
    gradients are computed into another. The origins tell whose operations became one.

    >>> import graphgrad as gg
    >>> w, b = gg.Variable([[1.0, 2.0]]), gg.Variable([3.0])
    >>> gg.passes.pack_variables([w, b], "weights")
    >>> def step(g, h):
    ...     gg.assign(w, w - 0.1 * g)
    ...     gg.assign(b, b - 0.1 * h)
    >>> graph = gg.trace(step, gg.Spec((1, 2), "float64"), gg.Spec((1,), "float64"))
    >>> graph = pack(gg.passes.optimize(graph))
    >>> [(node.name, node.shape) for node in graph.operations]
    [('pack', (3,)), ('multiply', (3,)), ('subtract', (3,)), ('assign', (3,))]
    """
    found = _Groups(graph)
    packed = _Packing(graph, found).result() if found.effects else None
    return packed or graph


class _Groups:
    """Which nodes become one: found from the assignments back, lane beside lane."""

    def __init__(self, graph: Graph) -> None:
        self.operations: dict[Node, Lanes] = {}
        self.states: dict[Node, Lanes] = {}
        self.effects: dict[Node, Lanes] = {}
        for effects in _runs(graph):
            values = tuple([effect.inputs[1] for effect in effects])
            if self._alike(values):
                self._find(values)
                _note(self.effects, effects)
        self._keep_whole_states(graph)

    def _find(self, values: Lanes) -> None:
        stack = [values]
        while stack:
            lanes = stack.pop()
            if lanes[0] in self.operations:
                continue
            if self._alike(lanes):
                _note(self.operations, lanes)
                stack += _columns(lanes)
            elif _are_states(lanes) and not any(each in self.states for each in lanes):
                _note(self.states, lanes)

    # Elementwise operations of one kind, each on tensors of the shape of its weight or
    # on numbers that all have in common.
    def _alike(self, lanes: Lanes) -> bool:
        known = self.operations.get(lanes[0])
        if known is not None:
            return known == lanes
        (op, *_), *others = {(node.op, node.place, len(node.inputs)) for node in lanes}
        if others or not isinstance(op, Primitive) or not op.elementwise:
            return False
        return (
            op.pure
            and op.even
            and len(set(lanes)) == len(lanes)
            and not any(node in self.operations for node in lanes)
            and all(_fit(each, lanes) for each in _columns(lanes))
        )

    # State that is read in one piece must be written in one piece.
    def _keep_whole_states(self, graph: Graph) -> None:
        for effects in _each_once(self.effects.values()):
            states = tuple([effect.inputs[0] for effect in effects])
            known = _each_once(self.states.get(each, states) for each in states)
            if all(each == states for each in known) and _are_states(states):
                _note(self.states, states)
            else:
                for effect in effects:
                    del self.effects[effect]
        for effect in graph.effects:
            lanes = self.states.get(effect.inputs[0], ())
            if effect not in self.effects:
                for each in lanes:
                    del self.states[each]


# A table has one tuple for all lanes of a group. To tell groups apart by what is in
# them takes as long as there are lanes, for each lane.
def _each_once(groups: Iterable[Lanes]) -> list[Lanes]:
    return list({id(lanes): lanes for lanes in groups}.values())


def _note(table: dict[Node, Lanes], lanes: Lanes) -> None:
    table.update(dict.fromkeys(lanes, lanes))


# The first inputs of all, the second inputs of all, and so on.
def _columns(lanes: Lanes) -> Iterator[Lanes]:
    return zip(*[node.inputs for node in lanes], strict=True)


def _fit(column: Lanes, lanes: Lanes) -> bool:
    return _is_common(column) or all(
        each.shape == node.shape and each.dtype == column[0].dtype
        for each, node in zip(column, lanes, strict=True)
    )


def _is_common(column: Lanes) -> bool:
    return not column[0].shape and len(set(column)) == 1


def _are_states(lanes: Lanes) -> bool:
    cells = [node.op.cell for node in lanes if isinstance(node.op, State)]
    return len(cells) == len(lanes) and are_side_by_side(cells)


def _runs(graph: Graph) -> Iterator[Lanes]:
    """Find the assignments to two or more cells that follow each other in one home."""
    homes: dict[Cell, list[Node]] = {}
    for effect in graph.effects:
        home = cell_of(effect).home
        if home is not None:
            homes.setdefault(home, []).append(effect)
    for effects in homes.values():
        effects.sort(key=lambda effect: cell_of(effect).start)
        runs = [effects[:1]]
        for before, effect in pairwise(effects):
            if not are_side_by_side([cell_of(before), cell_of(effect)]):
                runs.append([])
            runs[-1].append(effect)
        yield from (tuple(run) for run in runs if len(run) > 1)


class _Packing:
    """Rebuilds a graph with one node for each group of lanes."""

    def __init__(self, graph: Graph, groups: _Groups) -> None:
        self.graph = graph
        self.groups = groups
        self.users = graph.users()
        # What became of single nodes, and of lanes.
        self.single: dict[Node, Node] = {}
        self.joint: dict[Lanes, Node] = {}
        # Of each lane its first element in what all became, which is the other one.
        self.parts: dict[Node, tuple[int, Node]] = {}
        self.made: set[Node] = set()

    def result(self) -> Graph | None:
        """Return the new graph, or None if one lane waits for another's result."""
        for node in self.graph.nodes:
            if not self._make_all(node):
                return None
        effects = [self._effect(each) for each in self.graph.effects]
        return Graph(
            [self.single[node] for node in self.graph.inputs],
            [self._value(node) for node in self.graph.outputs],
            list(dict.fromkeys(effects)),
            name=self.graph.name,
            structure=self.graph.structure,
        )

    # Make a node after what it needs; a node's number says when it was made.
    def _make_all(self, wanted: Node) -> bool:
        stack, waiting = [wanted], set[Node]()
        while stack:
            node = stack[-1]
            if node in self.made:
                stack.pop()
                continue
            missing = [each for each in self._needs(node) if each not in self.made]
            if missing:
                if node in waiting:
                    return False
                waiting.add(node)
                stack += reversed(missing)
            else:
                self._make(node)
        return True

    def _lanes(self, node: Node) -> Lanes | None:
        groups = self.groups
        return groups.operations.get(node) or groups.states.get(node)

    def _needs(self, node: Node) -> list[Node]:
        lanes = self.groups.effects.get(node) or self._lanes(node) or (node,)
        return [each for lane in lanes for each in lane.inputs]

    def _make(self, node: Node) -> None:
        lanes = self._lanes(node)
        if node in self.groups.effects:
            self.made.update(self.groups.effects[node])
        elif lanes is None:
            inputs = tuple([self._value(each) for each in node.inputs])
            copy = Node(node.op, inputs, node.shape, node.dtype, node.place)
            copy.name, copy.origins = node.name, node.origins
            self.single[node] = copy
            self.made.add(node)
        elif node in self.groups.states:
            self._join(lanes, self._state(lanes))
        else:
            inputs = tuple([self._together(each, node) for each in _columns(lanes)])
            joint = Node(node.op, inputs, _length(lanes), node.dtype, node.place)
            joint.name = lanes[0].name
            self._join(lanes, joint)

    def _join(self, lanes: Lanes, joint: Node) -> None:
        joint.origins = _origins(lanes)
        self.joint[lanes] = joint
        self.made.update(lanes)
        start = 0
        for lane in lanes:
            self.parts[lane] = start, joint
            start += int(size_of(lane.shape))

    def _state(self, lanes: Lanes) -> Node:
        cell = stretch([each.op.cell for each in lanes if isinstance(each.op, State)])
        return Node(State(cell), (), cell.array.shape, cell.array.dtype, Place())

    def _effect(self, effect: Node) -> Node:
        lanes = self.groups.effects.get(effect)
        if lanes is None:
            return self.single[effect]
        if effect not in self.parts:
            state = self.joint[tuple([each.inputs[0] for each in lanes])]
            value = self.joint[tuple([each.inputs[1] for each in lanes])]
            joint = Node(
                Assign(), (state, value), state.shape, state.dtype, effect.place
            )
            joint.name = lanes[0].name
            self._join(lanes, joint)
        return self.parts[effect][1]

    # What a packed operation reads: a packed one, a number, or others side by side.
    def _together(self, lanes: Lanes, reader: Node) -> Node:
        if _is_common(lanes):
            return self._value(lanes[0])
        if lanes not in self.joint:
            op, inputs = self._source(lanes)
            shape, dtype = _length(lanes), lanes[0].dtype
            self.joint[lanes] = Node(op, inputs, shape, dtype, reader.place)
            self.joint[lanes].origins = _origins(lanes)
        return self.joint[lanes]

    # Lanes that follow each other in a larger vector are a part of it.
    def _source(self, lanes: Lanes) -> tuple[Primitive, tuple[Node, ...]]:
        all_lanes = self._lanes(lanes[0]) or ()
        first = all_lanes.index(lanes[0]) if all_lanes else 0
        if all_lanes[first : first + len(lanes)] == lanes:
            (start,) = _length(all_lanes[:first])
            return Unpack(start, _length(lanes)), (self.joint[all_lanes],)
        return Pack(), tuple([self._value(each) for each in lanes])

    # What others read of a packed operation or state: a part of it.
    def _value(self, node: Node) -> Node:
        if node not in self.single:
            start, joint = self.parts[node]
            op = Unpack(start, node.shape)
            place = self.users[node][0].place if node.is_leaf else node.place
            part = Node(op, (joint,), node.shape, node.dtype, place)
            part.name = node.name if node.is_leaf else ""
            part.origins = node.origins
            self.single[node] = part
        return self.single[node]


def _length(lanes: Lanes) -> tuple[int]:
    return (int(sum(size_of(each.shape) for each in lanes)),)


def _origins(lanes: Lanes) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for lane in lanes for name in lane.origins))
