"""The reverse driver: cotangents flow from results to leaves, as nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import numpy as np

from graphgrad._context import CONTEXT, lines_kept, placed, recording_if
from graphgrad._errors import GradientError, ShapeError
from graphgrad._node import Constant, Node, Place
from graphgrad._ops._families import f, register
from graphgrad._primitive import LEGACY_PROMOTION, as_tensor
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
    nodes, known, ends = _reached([root])
    leaves = {node for node in ends if is_source(node)}
    traced = CONTEXT.tape is not None
    # Outside of a trace, all that is recorded was made of something that has a node.
    active = known if len(leaves) == len(ends) and not traced else None
    with recording_if(create_graph or traced):
        spend = not (retain_graph or traced)
        found = cotangents({root: seed}, leaves, nodes, active, spend=spend)
        held = {id(seed._value)}
        for leaf, grad in found.items():
            if leaf.grad is None:
                leaf.grad = grad if grad._node else _own(grad._value, held)
            else:
                leaf.grad = leaf.grad + grad


register(backward)


# A cotangent that is passed on as it is may come to several leaves, or from the user:
# what can be written to is one leaf's own.
def _own(value: Any, held: set[int]) -> Tensor:
    shared = value.base is not None or id(value) in held
    if shared and value.flags.writeable:
        value = value.copy()
    held.add(id(value))
    return Tensor(value)


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
    return _reached(roots)[0]


# In order, as a set, and those without inputs.
def _reached(roots: Iterable[Node]) -> tuple[list[Node], set[Node], list[Node]]:
    seen = set(roots)
    nodes = list(seen)
    ends = []
    for node in nodes:  # which grows meanwhile
        inputs = node.inputs
        if not inputs:
            ends.append(node)
        for each in inputs:
            if each not in seen and type(each) is Node:
                seen.add(each)
                nodes.append(each)
    nodes.sort(key=attrgetter("number"))
    return nodes, seen, ends


def cotangents(
    seeds: Mapping[Node, Tensor],
    wanted: set[Node],
    nodes: list[Node] | None = None,
    active: set[Node] | None = None,
    *,
    spend: bool = False,
) -> dict[Node, Tensor]:
    """Return the cotangent of each wanted node that the seeds depend on.

    Nodes are visited against the order of recording, so that sums come out the same in
    eager, traced and repeated runs. Where derivatives are recorded, the rule of each
    visited node is recorded at its place; elsewhere it computes on bare arrays.
    ``active`` are the nodes made of wanted ones, if that is known. With ``spend``, what
    a node saved is let go as soon as it is used.
    """
    nodes = reachable(seeds) if nodes is None else nodes
    if active is None:
        active = active_nodes(nodes, wanted)
    if not (CONTEXT.recording or LEGACY_PROMOTION):
        return _computed(seeds, wanted, nodes, active, spend)
    found = _recorded(seeds, wanted, nodes, active)
    if spend:
        for node in nodes:
            if node.inputs:
                node.saved, node.result = FREED, None
    return found


# Both ways go by the same rules in the same order; `below` holds what comes below a
# `where`: there, a cotangent of 0 may meet an infinite or NaN derivative in the branch
# that was not taken, and 0 times anything is 0.


def _computed(
    seeds: Mapping[Node, Tensor],
    wanted: set[Node],
    nodes: list[Node],
    active: set[Node],
    spend: bool,
) -> dict[Node, Tensor]:
    pending: dict[Node, Any] = {node: seed._value for node, seed in seeds.items()}
    # Whose sum is an array of its own, which nobody else reads.
    owners: set[Node] = set()
    below: set[Node] = set()
    found: dict[Node, Tensor] = {}
    for node in reversed(nodes):
        inputs = node.inputs
        if node.op.name == "where" or (below and node in below):
            below.update(inputs)
        g = pending.pop(node, None)
        if g is not None and node in active:
            if node.hooks or node in wanted:
                g = _met(node, g, wanted, found)._value
            rule, saved, y = _rule(node, bool(below) and node in below)
            for i, source in enumerate(inputs):
                if source in active:
                    term = rule(i, g, y, *saved)
                    new = type(term) is np.ndarray and source not in pending
                    if new and term.shape == source.shape:
                        pending[source] = term
                    elif term is not None:
                        _add(pending, owners, source, term)
        if spend and inputs:
            node.saved, node.result = FREED, None
    return found


def _add(pending: dict[Node, Any], owners: set[Node], source: Node, term: Any) -> None:
    if isinstance(term, Tensor):
        term = term._value
    term = sum_to(term, source.shape)
    held = pending.get(source)
    if held is None:
        pending[source] = term
    elif source in owners:
        held += term
        pending[source] = held
    else:
        pending[source] = held + term
        owners.add(source)


def _recorded(
    seeds: Mapping[Node, Tensor],
    wanted: set[Node],
    nodes: list[Node],
    active: set[Node],
) -> dict[Node, Tensor]:
    # Terms are kept, to be added in one operation.
    pending: dict[Node, list[Tensor]] = {node: [seed] for node, seed in seeds.items()}
    below: set[Node] = set()
    # A leaf has no place of its own: its gradients add up where it is read first.
    places: dict[Node, Place] = {}
    found: dict[Node, Tensor] = {}
    with placed(CONTEXT.place), lines_kept():
        for node in reversed(nodes):
            op: Any = node.op
            if op.name == "where" or node in below:
                below.update(node.inputs)
            terms = pending.pop(node, None)
            if terms is None or node not in active:
                continue
            if CONTEXT.recording:
                places.update(dict.fromkeys(node.inputs, node.place))
                place = places.get(node, node.place) if op.is_leaf else node.place
                # Outside of traces, nobody asks, and the node should be free to go.
                of = node if CONTEXT.tape is not None else ""
                CONTEXT.place = place._replace(phase="backward", of=of)
            g = terms[0] if len(terms) == 1 else f.add_n(terms)
            g = _met(node, g, wanted, found)
            if op.is_leaf:
                continue
            rule = _masked(op) if node in below else op.vjp
            saved, y = _tensors(node)
            for i, source in enumerate(node.inputs):
                if source in active:
                    term = rule(i, g, y, *saved)
                    if term is not None:
                        terms = pending.setdefault(source, [])
                        terms.append(sum_to(term, source.shape))
    return found


# The whole cotangent of a node passes its hooks, and is what was wanted.
def _met(
    node: Node, whole: Any, wanted: set[Node], found: dict[Node, Tensor]
) -> Tensor:
    g = as_tensor(whole)
    for hook in node.hooks or ():
        replaced = hook(g)
        if replaced is not None:
            g = as_tensor(replaced)
            if g.shape != node.shape:
                raise ShapeError(
                    f"a hook returns a gradient of shape {node.shape}, got {g.shape}"
                )
    if node in wanted:
        found[node] = g
    return g


def active_nodes(nodes: list[Node], wanted: set[Node]) -> set[Node]:
    """Return the nodes through which gradients of others get to the wanted ones."""
    active = set(wanted)
    for node in nodes:
        if active.isdisjoint(node.inputs):
            continue
        if node.dtype.kind == "f" and not node.place.constant:
            active.add(node)
    return active


# Where g is 0 and its product with the derivative is not finite, the product is 0.
# Masking all of g's zeros would make the rule nonlinear in g, and its derivative wrong.
def _masked(op: Any) -> Callable[..., Any]:
    if op.linear or not op.elementwise:
        return op.vjp  # type: ignore[no-any-return]

    def rule(i: int, g: Any, y: Any, *inputs: Any) -> Any:
        with np.errstate(all="ignore"):
            term = op.vjp(i, g, y, *inputs)
            if term is None:
                return None
            dead = f.logical_and(f.equal(g, 0), f.logical_not(f.isfinite(term)))
            return f.where(dead, 0, term)

    return rule


# The rule of a node for bare arrays, with what it reads, or what has shape and dtype.
def _rule(node: Node, masked: bool) -> tuple[Any, Sequence[Any], Any]:
    op: Any = node.op
    saved, y = node.saved, node.result
    if type(saved) is not tuple:
        if op.is_leaf:
            return None, (), None
        saved, y = _tensors(node)
    elif y is None:
        y = node
    return _masked(op) if masked else op.vjp, saved, y


# What a rule reads, as tensors that derivatives are recorded from. What it does not
# read has shape and dtype alone.
def _tensors(node: Node) -> tuple[list[Tensor], Tensor]:
    saved = node.saved
    if saved is None:
        return [Tensor(None, each) for each in node.inputs], Tensor(None, node)
    if saved is FREED:
        raise GradientError(FREED_MESSAGE.format(op=node.op.name))
    pairs = zip(saved, node.inputs, strict=True)
    inputs = [_restored(value, each) for value, each in pairs]
    return inputs, _restored(node.result, node)


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
