"""A layer as a function of its input and weights, computed again in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad._node import Constant, Node, State
from graphgrad._ops._structure import Cast
from graphgrad._types import Array

__all__ = ["replayed"]

__tracebackhide__ = True  # pytest shows the line of the test


def replayed(
    function: Callable[[gg.Tensor], gg.Tensor],
    x: Array,
    variables: Sequence[gg.Variable],
) -> Callable[..., gg.Tensor]:
    """Return ``function`` as one of ``x`` and the values of variables, in any float.

    It is traced once, and its operations are applied to whatever arguments come: what
    it narrows to float32 stays as wide as they are. Other state is as it was.

    >>> w = gg.Variable([2.0], name="w", dtype="float32")
    >>> f = replayed(lambda x: x * w, np.ones(1, np.float32), [w])
    >>> f(gg.tensor([3.0]), gg.tensor([0.1]))
    tensor([0.3])
    """
    graph = gg.trace(function, gg.Spec(x.shape, x.dtype))
    (source,) = graph.inputs
    (output,) = graph.outputs
    known = {variable.cell: i for i, variable in enumerate(variables)}
    state = {
        node.op.cell: np.array(node.op.cell.array)
        for node in graph.nodes
        if isinstance(node.op, State)
    }

    def run(*arguments: Any) -> gg.Tensor:
        values: dict[Node, Any] = {source: arguments[0]}
        for node in graph.nodes:
            if node in values:
                continue
            op = node.op
            if isinstance(op, Constant):
                values[node] = _wide(gg.tensor(op.value))
            elif isinstance(op, State):
                place = known.get(op.cell)
                kept = place is None
                values[node] = (
                    _wide(gg.tensor(state[op.cell])) if kept else arguments[place + 1]  # type: ignore[operator]
                )
            else:
                values[node] = _applied(node, [values[each] for each in node.inputs])
        return _wide(values[output])

    return run


def _applied(node: Node, inputs: list[Any]) -> Any:
    if node.op.has_effect:
        return inputs[1]
    if isinstance(node.op, Cast) and node.dtype.kind == "f":
        return _wide(inputs[0])
    operation: Any = node.op
    return _wide(operation(*inputs))


# Wider than float32 only: an integer stays one.
def _wide(value: Any) -> gg.Tensor:
    tensor = value if isinstance(value, gg.Tensor) else gg.tensor(value)
    narrow = tensor.dtype == np.float32
    return gg.cast(tensor, np.float64) if narrow else tensor
