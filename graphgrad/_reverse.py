"""The reverse driver: cotangents flow from results to leaves, as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from graphgrad._context import CONTEXT, placed, recording_if
from graphgrad._errors import GradientError, ShapeError
from graphgrad._node import Constant, Node, Place
from graphgrad._ops._families import f, register
from graphgrad._primitive import OUT, Primitive, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import describe

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
            if not node.is_leaf:
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
    is_constant = isinstance(node.op, Constant)
    return node.is_leaf and not is_constant and node.dtype.kind == "f"


def reachable(roots: Iterable[Node]) -> list[Node]:
    """Return the nodes that the roots are made of, inputs before users."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for node in stack.pop().inputs:
            if node not in seen:
                seen.add(node)
                stack.append(node)
    return sorted(seen, key=_number)


def _number(node: Node) -> int:
    return node.number


def cotangents(
    seeds: Mapping[Node, Tensor],
    wanted: set[Node],
    nodes: list[Node] | None = None,
) -> dict[Node, Tensor]:
    """Return the cotangent of each wanted node that the seeds depend on.

    Nodes are visited against the order of recording, so that sums come out the same in
    eager, traced and repeated runs. Each visited node's rule is recorded at its scope.
    """
    nodes = reachable(seeds) if nodes is None else nodes
    active = _active(nodes, wanted)
    masked = _below_where(nodes)
    pending: dict[Node, list[Tensor]] = {node: [seed] for node, seed in seeds.items()}
    # A leaf has no place of its own: its gradients add up where it is read first.
    places: dict[Node, Place] = {}
    found: dict[Node, Tensor] = {}
    for node in reversed(nodes):
        terms = pending.pop(node, None)
        if terms is None or node not in active:
            continue
        places.update(dict.fromkeys(node.inputs, node.place))
        place = places.get(node, node.place) if node.is_leaf else node.place
        with placed(place._replace(phase="backward")):
            g = _total(node, terms)
            if node in wanted:
                found[node] = g
            if not node.is_leaf:
                _spread(node, g, active, node in masked, pending)
    return found


def _total(node: Node, terms: list[Tensor]) -> Tensor:
    g = terms[0] if len(terms) == 1 else f.add_n(terms)
    for hook in node.hooks or ():
        replaced = hook(g)
        if replaced is not None:
            g = as_tensor(replaced)
            if g.shape != node.shape:
                raise ShapeError(
                    f"a hook returns a gradient of shape {node.shape}, got {g.shape}"
                )
    return g


def _active(nodes: list[Node], wanted: set[Node]) -> set[Node]:
    active = set(wanted)
    for node in nodes:
        if node.dtype.kind != "f" or node.place.constant:
            continue
        if any(each in active for each in node.inputs):
            active.add(node)
    return active


# Below a `where`, a cotangent of 0 may meet an infinite or NaN derivative in the branch
# that was not taken; there, 0 times anything is 0.
def _below_where(nodes: list[Node]) -> set[Node]:
    masked: set[Node] = set()
    for node in reversed(nodes):
        if node in masked or node.op.name == "where":
            masked.update(node.inputs)
    return masked


def _spread(
    node: Node,
    g: Tensor,
    active: set[Node],
    masked: bool,
    pending: dict[Node, list[Tensor]],
) -> None:
    op = node.op
    assert isinstance(op, Primitive), "a node that is not a leaf applies a primitive"
    y, inputs = _values(node, op)
    for i, source in enumerate(node.inputs):
        if source not in active:
            continue
        if masked and op.elementwise and not op.linear:
            term = _masked(op, i, g, y, inputs)
        else:
            term = op.vjp(i, g, y, *inputs)
        if term is None:
            continue
        pending.setdefault(source, []).append(sum_to(term, source))


# Where g is 0 and its product with the derivative is not finite, the product is 0.
# Masking all of g's zeros would make the rule nonlinear in g, and its derivative wrong.
def _masked(
    op: Primitive, i: int, g: Tensor, y: Tensor, inputs: list[Tensor]
) -> Tensor | None:
    with np.errstate(all="ignore"):
        term = op.vjp(i, g, y, *inputs)
        if term is None:
            return None
        dead = f.logical_and(f.equal(g, 0), f.logical_not(f.isfinite(term)))
        return f.where(dead, 0, term)


def _values(node: Node, op: Primitive) -> tuple[Tensor, list[Tensor]]:
    saved = node.saved
    if saved is None:
        return Tensor(None, node), [Tensor(None, each) for each in node.inputs]
    if saved is FREED:
        raise GradientError(FREED_MESSAGE.format(op=op.name))
    record = CONTEXT.recording
    inputs = [_restored(v, n, record) for v, n in zip(saved, node.inputs, strict=False)]
    return _restored(saved[OUT], node, record), inputs


def _restored(value: Any, node: Node, record: bool) -> Tensor:
    if value is None:
        return Tensor(None, node)
    connected = record and not isinstance(node.op, Constant)
    return Tensor(value, node if connected else None)


def sum_to(term: Tensor, source: Node) -> Tensor:
    """Sum ``term`` over the axes along which ``source`` was broadcast."""
    shape = source.shape
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
