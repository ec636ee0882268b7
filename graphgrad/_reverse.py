"""The reverse driver: cotangents flow from results to leaves, as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any

import numpy as np

from graphgrad._context import CONTEXT, placed, recording_if
from graphgrad._errors import GradientError, ShapeError
from graphgrad._node import Constant, Node, Place
from graphgrad._ops._families import f, register
from graphgrad._primitive import LEGACY_PROMOTION, Primitive, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Shape, describe

__all__ = ["backward", "cotangents"]


# What a node saves after `backward` has used it up.
FREED = "freed"

FREED_MESSAGE = (
    "backward through {op} again, but its saved values were freed by the first one; "
    "call that with retain_graph=True, or compute the result anew"
)


def backward(
    tensor: Tensor, gradient: Any, *, create_graph: bool, retain_graph: bool
) -> None:
    """Accumulate the gradient of ``tensor`` into the leaves that it came from."""
    root = tensor.node
    if root is None:
        raise GradientError(
            f"{tensor!r} does not require a gradient: make its inputs with "
            "gg.tensor(..., requires_grad=True), outside gg.no_grad()"
        )
    seed = _seed(tensor, gradient)
    nodes = reachable([root])
    leaves = {node for node in nodes if is_source(node)}
    traced = CONTEXT.tape is not None
    with recording_if(create_graph or traced):
        found = cotangents({root: seed}, leaves, nodes=nodes)
        for leaf, grad in found.items():
            leaf.grad = grad if leaf.grad is None else leaf.grad + grad
    if not (retain_graph or traced):
        for node in nodes:
            if node.inputs:
                node.saved = FREED


register(backward)


def _seed(tensor: Tensor, gradient: Any) -> Tensor:
    if gradient is None:
        if tensor.shape != ():
            raise GradientError(
                "backward starts from a scalar, or a gradient of the tensor's shape: "
                f"got {describe(tensor)}; take gg.sum first, or pass gradient="
            )
        gradient = 1.0
    seed = f.cast(as_tensor(gradient), tensor.dtype)
    if seed.shape != tensor.shape:
        raise ShapeError(
            f"the gradient of a tensor of shape {tensor.shape} has its shape, "
            f"got {seed.shape}"
        )
    return seed


def is_source(node: Node) -> bool:
    """Tell whether gradients may be asked for at this leaf."""
    op = node.op
    return op.is_leaf and not isinstance(op, Constant) and node.dtype.kind == "f"


def reachable(roots: Iterable[Node]) -> list[Node]:
    """Return the nodes that the roots are made of, inputs before users.

    The constants of a tape are no nodes.
    """
    seen = set(roots)
    stack = list(seen)
    nodes = list(seen)
    while stack:
        for node in stack.pop().inputs:
            if node not in seen and type(node) is Node:
                seen.add(node)
                stack.append(node)
                nodes.append(node)
    nodes.sort(key=attrgetter("number"))
    return nodes


def cotangents(
    seeds: Mapping[Node, Tensor],
    wanted: set[Node],
    nodes: list[Node] | None = None,
) -> dict[Node, Tensor]:
    """Return the cotangent of each wanted node that the seeds depend on.

    Nodes are visited against the order of recording, so that sums come out the same in
    eager, traced and repeated runs. Where derivatives are recorded, the rule of each
    visited node is recorded at its scope; elsewhere it computes on bare arrays.
    """
    nodes = reachable(seeds) if nodes is None else nodes
    active = _active(nodes, wanted)
    recorded, traced = CONTEXT.recording, CONTEXT.tape is not None
    bare = not (recorded or LEGACY_PROMOTION)
    pending = _Pending()
    for node, seed in seeds.items():
        pending[node] = seed._value if bare else seed
    # Below a `where`, a cotangent of 0 may meet an infinite or NaN derivative in the
    # branch that was not taken; there, 0 times anything is 0.
    below: set[Node] = set()
    # A leaf has no place of its own: its gradients add up where it is read first.
    places: dict[Node, Place] = {}
    found: dict[Node, Tensor] = {}
    with placed(CONTEXT.place):
        for node in reversed(nodes):
            op = node.op
            if node in below or op.name == "where":
                below.update(node.inputs)
            g = pending.pop(node, None)
            if g is None or node not in active:
                continue
            if recorded:
                places.update(dict.fromkeys(node.inputs, node.place))
                place = places.get(node, node.place) if op.is_leaf else node.place
                # Outside of traces, nobody asks, and the node should be free to go.
                of = node if traced else ""
                CONTEXT.place = place._replace(phase="backward", of=of)
            if type(g) is list:
                g = f.add_n(g)
            if node.hooks:
                g = _hooked(node, g, bare)
            if node in wanted:
                found[node] = as_tensor(g)
            if not op.is_leaf:
                _spread(node, g, active, node in below, bare, pending)
    return found


class _Pending(dict[Node, Any]):
    """The cotangent of each node so far: bare arrays are added up as they come.

    Tensors are kept, to be added in one operation.
    """

    def __init__(self) -> None:
        super().__init__()
        # Whose sum is an array of its own, which nobody else reads.
        self.owners: set[Node] = set()

    def add(self, node: Node, term: Any) -> None:
        """Add another term."""
        held = self[node]
        if isinstance(held, list):
            held.append(term)
        elif isinstance(held, Tensor):
            self[node] = [held, term]
        elif node in self.owners:
            held += term
            self[node] = held
        else:
            self[node] = held + term
            self.owners.add(node)


def _hooked(node: Node, g: Any, bare: bool) -> Any:
    g = as_tensor(g)
    for hook in node.hooks or ():
        replaced = hook(g)
        if replaced is not None:
            g = as_tensor(replaced)
            if g.shape != node.shape:
                raise ShapeError(
                    f"a hook returns a gradient of shape {node.shape}, got {g.shape}"
                )
    return g._value if bare else g


def _active(nodes: list[Node], wanted: set[Node]) -> set[Node]:
    active = set(wanted)
    for node in nodes:
        if active.isdisjoint(node.inputs):
            continue
        if node.dtype.kind == "f" and not node.place.constant:
            active.add(node)
    return active


def _spread(
    node: Node,
    g: Any,
    active: set[Node],
    below: bool,
    bare: bool,
    pending: _Pending,
) -> None:
    op: Any = node.op
    saved = node.saved
    if bare and type(saved) is tuple:
        *inputs, y = saved
        if y is None:
            y = node
    else:
        inputs, y = _tensors(node)
    masked = below and op.elementwise and not op.linear
    for i, source in enumerate(node.inputs):
        if source not in active:
            continue
        term = _masked(op, i, g, y, inputs) if masked else op.vjp(i, g, y, *inputs)
        if term is None:
            continue
        if bare and isinstance(term, Tensor):
            term = term._value
        if term.shape != source.shape:
            term = sum_to(term, source.shape)
        if source in pending:
            pending.add(source, term)
        else:
            pending[source] = term


# Where g is 0 and its product with the derivative is not finite, the product is 0.
# Masking all of g's zeros would make the rule nonlinear in g, and its derivative wrong.
def _masked(op: Primitive, i: int, g: Any, y: Any, inputs: list[Any]) -> Any:
    with np.errstate(all="ignore"):
        term = op.vjp(i, g, y, *inputs)
        if term is None:
            return None
        dead = f.logical_and(f.equal(g, 0), f.logical_not(f.isfinite(term)))
        return f.where(dead, 0, term)


# What a rule reads, as tensors that derivatives are recorded from. What it does not
# read has shape and dtype alone.
def _tensors(node: Node) -> tuple[list[Tensor], Tensor]:
    saved = node.saved
    if saved is None:
        return [Tensor(None, each) for each in node.inputs], Tensor(None, node)
    if saved is FREED:
        raise GradientError(FREED_MESSAGE.format(op=node.op.name))
    *values, y = saved
    pairs = zip(values, node.inputs, strict=True)
    return [_restored(value, each) for value, each in pairs], _restored(y, node)


def _restored(value: Any, node: Node) -> Tensor:
    if value is None or value is node:
        return Tensor(None, node)
    connected = CONTEXT.recording and isinstance(node, Node)
    return Tensor(value, node if connected else None)


def sum_to(term: Any, shape: Shape) -> Any:
    """Sum ``term`` over the axes along which an input of ``shape`` was broadcast."""
    if term.shape == shape:
        return term
    if len(term.shape) < len(shape):
        return f.broadcast_to(term, shape)
    extra = term.ndim - len(shape)
    if extra:
        term = f.sum(term, axis=tuple(range(extra)))
    pairs = enumerate(zip(shape, term.shape, strict=True))
    stretched = tuple([i for i, (due, got) in pairs if due != got])
    return f.sum(term, axis=stretched, keepdims=True) if stretched else term
