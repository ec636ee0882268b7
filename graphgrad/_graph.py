"""Graph: nodes in the order of execution, to run, rewrite, differentiate and draw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from graphgrad._check import check_graph
from graphgrad._errors import InvariantError
from graphgrad._listing import listing
from graphgrad._node import Constant, Fixed, Input, Node, Place, State
from graphgrad._operators import Shown
from graphgrad._primitive import Primitive
from graphgrad._reverse import reachable
from graphgrad._tensor import Tensor

__all__ = ["Graph", "graph_of"]


class Graph(Shown):
    """Nodes in topological order, with inputs, outputs and the state they change.

    Graphs are immutable and made by `trace`, by passes, or from a recorded tensor. Each
    node has a name that is unique in the graph; ``graph[name]`` finds it. `structure`
    says how the outputs were nested.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))
    >>> print(graph)
    graph (x: f32 (3,)) -> multiply
      F1   tanh      f32 (3,)  tanh(x)
      F2   multiply  f32 (3,)  tanh·2.0
    """

    def __init__(
        self,
        inputs: Sequence[Node],
        outputs: Sequence[Node],
        effects: Sequence[Node] = (),
        *,
        name: str = "",
        structure: Any = None,
    ) -> None:
        """Copy the nodes that lead to ``outputs`` and ``effects``, and name them."""
        self.name = name
        self.structure = structure
        roots = [*inputs, *outputs, *effects]
        copies = _copy_nodes(reachable(roots))
        self.inputs = tuple(copies[node] for node in inputs)
        self.outputs = tuple(copies[node] for node in outputs)
        self.effects = tuple(copies[node] for node in effects)
        self.nodes = tuple(dict.fromkeys((*self.inputs, *copies.values())))
        _name_nodes(self.nodes)
        _name_origins_of_rules(self.nodes, copies)
        self._by_name = {node.name: node for node in self.nodes}

    def __getitem__(self, name: str) -> Node:
        """Return the node of that name."""
        if name not in self._by_name:
            raise KeyError(
                f"no node {name!r}; the graph has {', '.join(self._by_name)}"
            )
        return self._by_name[name]

    def __len__(self) -> int:
        """Count the nodes."""
        return len(self.nodes)

    @property
    def operations(self) -> tuple[Node, ...]:
        """The nodes that apply a primitive, in order."""
        return tuple(node for node in self.nodes if not node.is_leaf)

    @property
    def states(self) -> tuple[Node, ...]:
        """The leaves that read state."""
        return tuple(node for node in self.nodes if isinstance(node.op, State))

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """The data dependencies: pairs of a node's name and its user's, one per use."""
        return tuple((i.name, node.name) for node in self.nodes for i in node.inputs)

    def users(self) -> dict[Node, list[Node]]:
        """Return for each node those that read it, in order."""
        found: dict[Node, list[Node]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for source in dict.fromkeys(node.inputs):
                found[source].append(node)
        return found

    def tags(self) -> dict[str, str]:
        """Return each operation's tag: the letter of its phase, and its position."""
        return {
            node.name: f"{node.phase[0].upper()}{position}"
            for position, node in enumerate(self.operations, start=1)
        }

    def flops(self) -> int:
        """Count the floating-point operations of one run."""
        return sum(
            node.op.flops(node, *node.inputs)
            for node in self.operations
            if isinstance(node.op, Primitive)
        )

    def check(self) -> None:
        """Raise `InvariantError` unless the graph keeps every rule of graphs.

        >>> import graphgrad as gg
        >>> gg.trace(gg.tanh, gg.Spec((3,))).check()
        """
        check_graph(self)

    def __str__(self) -> str:
        """List the operations, a line each: tag, name, dtype, shape, equation."""
        return listing(self)

    def __repr__(self) -> str:
        """Say how large the graph is."""
        title = f" {self.name}" if self.name else ""
        return f"<Graph{title}: {len(self.operations)} operations, {len(self)} nodes>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as flat lists: a deep graph must not be walked by recursion."""
        index = {node: i for i, node in enumerate(self.nodes)}
        rows = [
            (
                node.op,
                tuple(index[each] for each in node.inputs),
                node.shape,
                node.dtype,
                node.place,
                node.name,
                node.origins,
            )
            for node in self.nodes
        ]
        ends = [
            [index[node] for node in group]
            for group in (self.inputs, self.outputs, self.effects)
        ]
        return _unpickle, (rows, ends, self.name, self.structure)


def _unpickle(rows: list[Any], ends: list[Any], name: str, structure: Any) -> Graph:
    nodes: list[Node] = []
    for op, inputs, shape, dtype, place, label, origins in rows:
        node = Node(op, tuple(nodes[i] for i in inputs), shape, dtype, place)
        node.name, node.origins = label, origins
        nodes.append(node)
    groups = [[nodes[i] for i in group] for group in ends]
    return Graph(*groups, name=name, structure=structure)


def graph_of(*tensors: Tensor) -> Graph:
    """Return the graph that recorded these tensors, as it stands now.

    >>> import graphgrad as gg
    >>> x = gg.tensor(2.0, requires_grad=True)
    >>> gg.graph_of(gg.exp(x * x)).operations
    (<Node multiply f64 ()>, <Node exp f64 ()>)
    """
    roots = [tensor.node or _constant(tensor) for tensor in tensors]
    found = reachable(roots)
    return Graph([node for node in found if isinstance(node.op, Input)], roots)


def _constant(tensor: Tensor) -> Node:
    return Node(Constant(tensor.numpy()), (), tensor.shape, tensor.dtype, Place())


def _copy_nodes(nodes: Iterable[Node]) -> dict[Node, Node]:
    copies: dict[Node, Node] = {}
    for node in nodes:
        inputs = []
        for each in node.inputs:
            if isinstance(each, Fixed):
                # A node for each use, as a trace has: tapes share the stand-in.
                copy = Node(each, (), each.shape, each.dtype, node.place)
                copies[copy] = copy
            else:
                copy = copies[each]
            inputs.append(copy)
        copy = Node(node.op, tuple(inputs), node.shape, node.dtype, node.place)
        copy.name, copy.origins = node.name, node.origins
        copies[node] = copy
    return copies


# A graph holds no other graph's nodes: the node of a rule is known by its name.
def _name_origins_of_rules(nodes: Iterable[Node], copies: dict[Node, Node]) -> None:
    for node in nodes:
        of = node.place.of
        if isinstance(of, Node):
            name = copies[of].name if of in copies else ""
            node.place = node.place._replace(of=name)


def _name_nodes(nodes: Iterable[Node]) -> None:
    fixed = [node.name for node in nodes if node.name]
    taken = set(fixed)
    if len(taken) != len(fixed):
        raise InvariantError("two nodes of a graph have one name")
    counts: dict[str, int] = {}
    for node in nodes:
        if node.name:
            continue
        base = node.op.name
        count = counts.get(base, 0)
        name = base
        while name in taken or not name:
            count += 1
            name = f"{base}_{count}"
        counts[base] = count
        taken.add(name)
        node.name = name
        node.origins = node.origins or (name,)
