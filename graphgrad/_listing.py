"""A graph as text: a line per operation, with its equation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from graphgrad._node import Constant, Node, State
from graphgrad._primitive import Primitive
from graphgrad._types import Array, describe

__all__ = ["equation", "listing", "short_name"]


def equation(node: Node, name: Callable[[Node], str] | None = None) -> str:
    """Write what a node computes over the names of its inputs; constants as numbers.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))
    >>> [gg.equation(node) for node in graph.operations]
    ['tanh(x)', 'tanh·2.0']
    """
    called = name or short_name
    if not isinstance(node.op, Primitive):
        return called(node)
    return node.op.equation(*[called(each) for each in node.inputs])


def short_name(node: Node) -> str:
    """Return a node's name, or the number itself for a constant of one element.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: x * 2.0, gg.Spec((3,)))
    >>> [gg.short_name(node) for node in graph.nodes]
    ['x', '2.0', 'multiply']
    """
    op = node.op
    if isinstance(op, Constant):
        if op.text is not None:
            return op.text
        if op.value is not None and np.ndim(op.value) == 0:
            return _number(op.value)
    return node.name


def constant_number(node: Node) -> float | None:
    """Return the value of a constant of one element; None for any other node."""
    op = node.op
    if isinstance(op, Constant) and op.value is not None and np.ndim(op.value) == 0:
        return float(op.value)
    return None


def _number(value: Array) -> str:
    if value.dtype.kind != "f":
        return str(value.item())
    text = f"{value.item():.7g}"
    return text if set(text) & set(".enai") else f"{text}.0"


class Listed(Protocol):
    """What a listing needs to know of a graph."""

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Node, ...]

    @property
    def states(self) -> tuple[Node, ...]:
        """The leaves that read state."""
        ...

    @property
    def operations(self) -> tuple[Node, ...]:
        """The nodes that apply a primitive."""
        ...

    def tags(self) -> dict[str, str]:
        """Return the tags of the operations."""
        ...


def listing(graph: Listed) -> str:
    """Return the text of a graph: a line per operation."""
    takes = ", ".join(f"{node.name}: {describe(node)}" for node in graph.inputs)
    gives = ", ".join(short_name(node) for node in graph.outputs)
    title = " ".join(filter(None, ("graph", graph.name)))
    lines = [f"{title} ({takes}) -> {gives or 'nothing'}"]
    lines += [
        f"  {node.op.cell.kind} {node.name}: {describe(node)}"
        for node in graph.states
        if isinstance(node.op, State)
    ]
    tags = graph.tags()
    rows = [
        (tags[node.name], node.name, describe(node), equation(node), node.scope)
        for node in graph.operations
    ]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
    for tag, name, kind, text, where in rows:
        line = (
            f"  {tag:<{max(widths[0], 4)}} {name:<{widths[1]}}  {kind:<{widths[2]}}  "
        )
        lines.append((line + f"{text:<{widths[3]}}  {where}").rstrip())
    return "\n".join(lines)
