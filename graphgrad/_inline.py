"""Record a graph's operations anew, in the trace that is going on."""

from __future__ import annotations

from collections.abc import Sequence

from graphgrad._context import CONTEXT
from graphgrad._errors import ShapeError
from graphgrad._graph import Graph
from graphgrad._node import Cell, Node, State
from graphgrad._tensor import Tensor

__all__ = ["inline"]


def inline(graph: Graph, arguments: Sequence[Tensor]) -> list[Tensor]:
    """Record the graph's operations on ``arguments`` and return the outputs.

    Used in a trace, to go on from a graph that a pass has rewritten. State is read
    where the trace has it; effects are repeated; origins are kept.

    >>> import graphgrad as gg
    >>> spec = gg.Spec((3,))
    >>> square = gg.trace(lambda x: x * x, spec)
    >>> fourth = gg.trace(lambda x: gg.inline(square, gg.inline(square, [x])), spec)
    >>> [node.name for node in fourth.operations]
    ['multiply', 'multiply_1']
    """
    if len(arguments) != len(graph.inputs):
        raise ShapeError(
            f"the graph takes {len(graph.inputs)} inputs, got {len(arguments)}"
        )
    new: dict[Node, Node] = {}
    for node, argument in zip(graph.inputs, arguments, strict=True):
        assert argument.node is not None, "arguments of a trace are traced"
        new[node] = argument.node
    for node in graph.nodes:
        if node not in new:
            new[node] = _copy(node, tuple([new[each] for each in node.inputs]))
    return [Tensor(None, new[node]) for node in graph.outputs]


def _copy(node: Node, inputs: tuple[Node, ...]) -> Node:
    tape = CONTEXT.tape
    assert tape is not None, "graphs are inlined while tracing"
    if isinstance(node.op, State):
        return tape.leaf(node.op.cell)
    if node.op.has_effect:
        value = inputs[1]
        tape.write(cell_of(node), value, node.place)
        return value
    copy = Node(node.op, inputs, node.shape, node.dtype, node.place)
    copy.origins = node.origins
    return copy


def cell_of(node: Node) -> Cell:
    """Return the cell that an assignment writes."""
    state = node.inputs[0].op
    assert isinstance(state, State), "an assignment writes state"
    return state.cell
