"""The laws by which a cross-entropy and what is before it become one stable form."""

from __future__ import annotations

from graphgrad._listing import constant_number
from graphgrad._node import Node
from graphgrad._ops._families import f
from graphgrad._tensor import Tensor

__all__ = ["joint_form"]


def joint_form(node: Node) -> Node | None:
    """Return the stable form of a cross-entropy, or None where no law applies.

    The laws hold as equations of real numbers. Where the probabilities have saturated
    (or were clipped), the joint forms give the exact value and gradient.
    """
    if node.op.name == "negative":
        return _sigmoid_cross_entropy(node)
    if node.op.name == "log":
        return _log_of_softmax(node)
    return None


# -(y log σ(z) + (1 - y) log(1 - σ(z)))  =  H(y, σ(z)), computed from z
def _sigmoid_cross_entropy(node: Node) -> Node | None:
    terms = _inputs(node.inputs[0], "add")
    for yes, no in (terms, terms[::-1]) if terms else ():
        for label, log_p in _orders(yes):
            for other, log_q in _orders(no):
                p, q = _inputs(log_p, "log"), _inputs(log_q, "log")
                if p and q and _complement(other, label) and _complement(q[0], p[0]):
                    z = _logits(p[0])
                    if z is not None:
                        return _recorded(
                            f.sigmoid_cross_entropy(_tensor(z), _tensor(label)), node
                        )
    return None


# log(exp(s) / Σ exp(s))  =  s - log Σ exp(s); a second division by the sum changes
# nothing
def _log_of_softmax(node: Node) -> Node | None:
    p = _unclipped(node.inputs[0])
    again = _normalised(p)
    if again and _normalised(again[0]):
        p = again[0]
    parts = _normalised(p)
    exponent = _inputs(parts[0], "exp") if parts else ()
    if not parts or not exponent:
        return None
    return _recorded(_tensor(exponent[0]) - f.log(_tensor(parts[1])), node)


def _normalised(node: Node) -> tuple[Node, ...]:
    parts = _inputs(node, "divide")
    if parts and parts[1].op.name == "sum" and parts[1].inputs[0] is parts[0]:
        return parts
    return ()


def _logits(node: Node) -> Node | None:
    inner = _inputs(_unclipped(node), "sigmoid")
    return inner[0] if inner else None


# Clipping that keeps probabilities off 0 and 1, and does nothing else.
def _unclipped(node: Node) -> Node:
    if node.op.name != "clip":
        return node
    low, high = map(constant_number, node.inputs[1:])
    guards = low is not None and high is not None and low < GUARD and high > 1 - GUARD
    return node.inputs[0] if guards else node


def _complement(node: Node, of: Node) -> bool:
    parts = _inputs(node, "subtract")
    return bool(parts) and parts[1] is of and constant_number(parts[0]) == 1


def _orders(product: Node) -> list[tuple[Node, ...]]:
    factors = _inputs(product, "multiply")
    return [factors, factors[::-1]] if factors else []


def _inputs(node: Node, name: str) -> tuple[Node, ...]:
    return node.inputs if node.op.name == name else ()


def _tensor(node: Node) -> Tensor:
    return Tensor(None, node)


def _recorded(result: Tensor, matched: Node) -> Node:
    node = result.node
    assert node is not None, "a traced result has a node"
    if node.shape != matched.shape or node.dtype != matched.dtype:
        return matched
    # All that the old form was made of and the new one is not is part of its origin.
    stack, origins = [matched], list(matched.origins)
    while stack:
        for each in stack.pop().inputs:
            if each not in node.inputs and not each.is_leaf and each.op.name in PARTS:
                stack.append(each)
                origins += each.origins
    node.origins = tuple(dict.fromkeys(origins))
    return node


# Keras' guard is 1e-7.
GUARD = 1e-6

PARTS = frozenset({"add", "multiply", "subtract", "log", "clip", "divide"})
