"""Passes: graph to graph, keeping the meaning and the map to the recorded nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from graphgrad._backend import Backend, in_use
from graphgrad._collector import collector_paused
from graphgrad._context import placed
from graphgrad._graph import Graph
from graphgrad._inline import cell_of
from graphgrad._joint import joint_form
from graphgrad._node import Cell, Constant, Node, State
from graphgrad._ops._families import f
from graphgrad._pack import pack
from graphgrad._primitive import Primitive
from graphgrad._tensor import Tensor
from graphgrad._trace import tracing
from graphgrad._types import Array, Shape, broadcast, size_of

__all__ = [
    "dead_code",
    "fold_constants",
    "joint_forms",
    "merge_common",
    "neutral_elements",
    "optimize",
]

# A rule sees a node (with its new inputs in place) and returns its replacement, or
# None.
Rule = Callable[[Node], Node | None]

# The origins of nodes that stand for others, in order. A node has them at once while
# they are no more than so many.
Names = dict[Node, dict[str, None]]
MANY = 16

# Folded constants larger than this would cost more memory than they save time.
FOLD_LIMIT = 4096


@collector_paused()
def rewrite(graph: Graph, *rules: Rule) -> Graph:
    """Rebuild a graph from its inputs on, and apply the rules in turn to every node."""
    new: dict[Node, Node] = {}
    names: Names = {}
    with tracing():
        for node in graph.nodes:
            copy = _copied(node, tuple([new[each] for each in node.inputs]))
            with placed(node.place):
                new[node] = _rewritten(copy, rules, names)
    for kept, origins in names.items():
        kept.origins = tuple(origins)
    return Graph(
        [new[node] for node in graph.inputs],
        [new[node] for node in graph.outputs],
        [new[node] for node in graph.effects],
        name=graph.name,
        structure=graph.structure,
    )


def _copied(node: Node, inputs: tuple[Node, ...]) -> Node:
    copy = Node(node.op, inputs, node.shape, node.dtype, node.place)
    copy.name, copy.origins = node.name, node.origins
    return copy


def _rewritten(node: Node, rules: tuple[Rule, ...], names: Names) -> Node:
    for rule in rules:
        found = rule(node)
        if found is not None and found is not node:
            _absorb(found, node, names)
            # An older node has been through all rules.
            if found.number < node.number:
                return found
            node = found
    return node


# A constant may stand for as many as there are layers: names are gathered, and joined
# in the end. What is made from it before has to know where it came from, too.
def _absorb(kept: Node, gone: Node, names: Names) -> None:
    into = names.setdefault(kept, dict.fromkeys(kept.origins))
    into.update(names.pop(gone, None) or dict.fromkeys(gone.origins))
    if len(into) <= MANY:
        kept.origins = tuple(into)


def dead_code(graph: Graph) -> Graph:
    """Drop what no output and no effect needs.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: (gg.exp(x), gg.tanh(x))[1], gg.Spec((3,)))
    >>> [node.name for node in dead_code(graph).operations]
    ['tanh']
    """
    return rewrite(graph)


def merge_common(graph: Graph) -> Graph:
    """Merge operations that do the same to the same inputs; leaves stay apart.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.exp(x) * gg.exp(x), gg.Spec((3,)))
    >>> [node.name for node in merge_common(graph).operations]
    ['exp', 'multiply']
    """
    return rewrite(graph, _merging())


def _merging() -> Rule:
    known: dict[Any, Node] = {}

    def rule(node: Node) -> Node | None:
        key = _key(node)
        return None if key is None else known.setdefault(key, node)

    return rule


# Constants of one element are merged by value, larger ones only if they are one array.
def _key(node: Node) -> Any:
    op = node.op
    if isinstance(op, Constant):
        if op.value is None:
            return None
        value = op.value.tobytes() if op.value.ndim == 0 else id(op.value)
        return ("constant", node.dtype, node.shape, value, op.text)
    if isinstance(op, Primitive) and op.pure and not op.has_effect:
        return (op, node.place.constant, tuple([id(each) for each in node.inputs]))
    return None


def fold_constants(graph: Graph) -> Graph:
    """Compute now what depends on constants alone, and is small.

    >>> import graphgrad as gg
    >>> slope = gg.grad(lambda c: gg.exp(c * 3.0))
    >>> graph = gg.trace(lambda x: x * slope(0.0), gg.Spec((3,), "float64"))
    >>> len(graph.operations), gg.equation(fold_constants(graph).nodes[-1])
    (6, 'x·3.0')
    """
    return rewrite(graph, _folded)


def _folded(node: Node) -> Node | None:
    op = node.op
    if not isinstance(op, Primitive) or not op.pure or node.nbytes > FOLD_LIMIT:
        return None
    values = [_constant_value(each) for each in node.inputs]
    known = [value for value in values if value is not None]
    if not known or len(known) < len(values):
        return None
    with np.errstate(all="ignore"):
        value = np.asarray(op.evaluate(*known))
    return Node(Constant(value), (), node.shape, node.dtype, node.place)


# A constant shown by a name stands for the batch, which is not known yet.
def _constant_value(node: Node) -> Array | None:
    op = node.op
    return op.value if isinstance(op, Constant) and op.text is None else None


def neutral_elements(graph: Graph) -> Graph:
    """Drop ``x - 0``, ``x 1``, ``x / 1``, ``x ^ 1``, choices already made, and copies.

    An elementwise operation broadcasts by itself: what only feeds it needs no
    broadcast.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.tanh(x * 1.0) - 0.0, gg.Spec((3,)))
    >>> [node.name for node in neutral_elements(graph).operations]
    ['tanh']
    """
    return rewrite(graph, _neutral(graph))


def _neutral(graph: Graph) -> Rule:
    assigned = {cell_of(node) for node in graph.effects}

    def rule(node: Node) -> Node | None:
        for kept in _unchanged(node):
            if _changes(kept, assigned):
                continue
            if kept.shape == node.shape and kept.dtype == node.dtype:
                return kept
        return _without_broadcast(node, assigned)

    return rule


# By the time that a copy of state is read, the state may have been assigned.
def _changes(node: Node, assigned: set[Cell]) -> bool:
    return isinstance(node.op, State) and node.op.cell in assigned


def _unchanged(node: Node) -> list[Node]:
    name, inputs = node.op.name, node.inputs
    if name in ("identity", "stop_gradient", "cast", "reshape", "broadcast_to"):
        return [inputs[0]]
    if name == "multiply":
        return [inputs[i] for i in (0, 1) if _is_all(inputs[1 - i], 1)]
    if name in ("divide", "power"):
        return [inputs[0]] if _is_all(inputs[1], 1) else []
    if name == "where":
        return [inputs[2 - i] for i in (0, 1) if _is_all(inputs[0], i)]
    # x + 0 turns -0.0 into 0.0, which nothing but 1/x tells apart; x - 0 does not.
    if name == "subtract":
        return [inputs[0]] if _is_all(inputs[1], 0) else []
    return []


def _without_broadcast(node: Node, assigned: set[Cell]) -> Node | None:
    op = node.op
    if not isinstance(op, Primitive) or not op.elementwise:
        return None
    if op.name == "add_n" or not op.even:
        return None
    inputs = list(node.inputs)
    for i, each in enumerate(inputs):
        shapes = [other.shape for j, other in enumerate(inputs) if j != i]
        for narrow in _narrower(each, node.shape, assigned) if shapes else ():
            if broadcast(narrow.shape, *shapes) == node.shape:
                inputs[i] = narrow
                break
    if tuple(inputs) == node.inputs:
        return None
    return _copied(node, tuple(inputs))


# The one number that a tensor with axes holds, or what is broadcast.
def _narrower(node: Node, shape: Shape, assigned: set[Cell]) -> Iterator[Node]:
    source = node
    while source.op.name in ("broadcast_to", "reshape") and size_of(source.shape) != 1:
        source = source.inputs[0]
    single = size_of(source.shape) == 1
    number = _number(source, shape) if single else _number_of_constant(source)
    if number is not None:
        yield number
    wide = not single and node.op.name == "broadcast_to"
    if wide and not _changes(node.inputs[0], assigned):
        yield node.inputs[0]


# NumPy is slow where a number has axes and the other operand has more.
def _number(node: Node, shape: Shape) -> Node | None:
    if node.shape == shape:
        return None
    if not node.shape:
        return node
    view = f.reshape(Tensor(None, node), ()).node
    assert view is not None, "what is made in a trace has a node"
    view.origins = node.origins
    return view


def _number_of_constant(node: Node) -> Node | None:
    value = _constant_value(node)
    if value is None or not value.ndim or not 0 < value.size <= FOLD_LIMIT:
        return None
    first = value.flat[0]
    # By their bytes: -0.0 equals 0.0, and divides differently.
    if value.tobytes() != first.tobytes() * value.size:
        return None
    number = Node(Constant(np.asarray(first)), (), (), node.dtype, node.place)
    number.origins = node.origins
    return number


def _is_all(node: Node, number: int) -> bool:
    value = _constant_value(node)
    return value is not None and bool(np.all(value == number))


def joint_forms(graph: Graph) -> Graph:
    """Put cross-entropies of sigmoids and softmaxes into their stable joint forms.

    >>> import graphgrad as gg
    >>> spec = gg.Spec((3,))
    >>> graph = gg.trace(lambda z: gg.log(gg.softmax(z)), spec)
    >>> print(joint_forms(graph)["subtract_1"].origins)
    ('log', 'divide')
    """
    return rewrite(graph, joint_form, _merging())


def _as_recorded(node: Node) -> None:
    node.origins = (node.name,)


@collector_paused()
def optimize(graph: Graph, backend: Backend | None = None) -> Graph:
    """Apply every pass but the joint forms, which come before derivatives.

    Dead code goes; neutral elements, constants and common operations do, with whatever
    ``backend`` (if not given, the one in use) does to nodes, in one sweep; then what is
    done alike to weights side by side becomes one. The origins of the result are the
    names of ``graph``'s nodes.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.exp(x) + gg.exp(x) * 1.0, gg.Spec((3,)))
    >>> [(node.name, node.origins) for node in gg.passes.optimize(graph).operations]
    [('exp', ('exp', 'exp_1', 'multiply')), ('add', ('add',))]
    """
    own = (backend or in_use()).rules()
    rules = (_as_recorded, _neutral(graph), _folded, *own, _merging())
    return pack(rewrite(graph, *rules))
