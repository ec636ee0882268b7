"""What is different between a node and its counterparts, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from graphgrad import Dim, describe, short_name
from graphgrad.nodes import Constant, Input, Node, State
from graphgrad.viz._homes import state_kind

__all__ = ["differences", "how_of", "same_shape"]

Partners = Mapping[Node, Sequence[Node]]


def how_of(before: Sequence[Node], after: Sequence[Node], what: Sequence[str]) -> str:
    """Return in a word what became of a group of nodes.

    Several became one: packed (side by side in one array), merged (they did the same)
    or fused. One became several: split. A folded one is a constant now.
    """
    if len(after) > 1:
        return "split"
    (node,) = after
    if isinstance(node.op, Constant) and not all(n.is_leaf for n in before):
        return "folded"
    if len(before) > 1:
        if len({each.op.name if not each.is_leaf else "" for each in before}) > 1:
            return "fused"
        total = sum(_size(each) for each in before)
        return "packed" if total == _size(node) > 1 else "merged"
    return "changed" if what else "same"


def differences(before: Node, after: Node, partners: Partners) -> tuple[str, ...]:
    """Say what is different between two counterparts; nothing, if they do the same.

    ``partners`` are the counterparts after of each node before.
    """
    return tuple(_differences(before, after, partners))


def same_shape(one: Node, other: Node) -> bool:
    """Return whether shapes are the same; a named length is as any other."""
    return len(one.shape) == len(other.shape) and all(
        a == b or isinstance(a, Dim) or isinstance(b, Dim)
        for a, b in zip(one.shape, other.shape, strict=True)
    )


def _differences(before: Node, after: Node, partners: Partners) -> Iterator[str]:
    kinds = _kind(before), _kind(after)
    if kinds[0] != kinds[1]:
        yield " → ".join(kinds)
    elif not before.is_leaf and _settings(before) != _settings(after):
        yield f"{_settings(before)} → {_settings(after)}"
    if not same_shape(before, after):
        yield f"shape {_shape(before)} → {_shape(after)}"
    if before.dtype != after.dtype:
        yield f"dtype {before.dtype} → {after.dtype}"
    if not before.is_leaf and not after.is_leaf and before.phase != after.phase:
        yield f"phase {before.phase} → {after.phase}"
    values = _value(before), _value(after)
    if None not in values and values[0] != values[1]:
        yield f"value {values[0]} → {values[1]}"
    yield from _rewired(before, after, partners)


def _rewired(before: Node, after: Node, partners: Partners) -> Iterator[str]:
    if len(before.inputs) != len(after.inputs) or before.op.name != after.op.name:
        return
    for a, b in zip(before.inputs, after.inputs, strict=True):
        if b not in partners.get(a, ()):
            yield f"reads {short_name(b)}, where it read {short_name(a)}"


def _kind(node: Node) -> str:
    if isinstance(node.op, State):
        return state_kind(node)
    if node.is_leaf:
        return "input" if isinstance(node.op, Input) else "constant"
    return node.op.name


# Settings that hold a shape differ with the shape, which is said already.
def _settings(node: Node) -> str:
    text = repr(node.op)
    return "" if "(" in text and "shape" in text else text[:120]


def _shape(node: Node) -> str:
    return describe(node).partition(" ")[2]


# The number that a constant or a setting of the optimizer stands for. A constant with a
# text of its own is a length with a name.
def _value(node: Node) -> str | None:
    op = node.op
    if isinstance(op, Constant):
        is_number = op.text is None and op.value is not None and op.value.ndim == 0
        return short_name(node) if is_number else None
    if isinstance(op, State) and op.cell.kind == "hyperparameter":
        value = op.cell.array
        return f"{value.item():.6g}" if value.ndim == 0 else None
    return None


def _size(node: Node) -> int:
    return int(np.prod([int(side) for side in node.shape], dtype=np.int64))
