"""Outputs: what made them, told from the recorded nodes."""

from __future__ import annotations

import graphgrad as gg

__all__ = ["OutputError", "maker_of"]

# These hand on the values that they get.
_PASSING = frozenset(
    {"broadcast_to", "cast", "expand_dims", "identity", "reshape", "squeeze"}
)


class OutputError(gg.GraphgradError, ValueError):
    """A model's output that is not what the loss expects: logits or probabilities."""


def maker_of(output: gg.Tensor) -> str:
    """Return what the values of ``output`` came from; nothing if that is unknown.

    It is the name of a primitive, or ``linear`` (a matrix product, with or without a
    sum after it) or ``softmax``.

    >>> import graphgrad as gg
    >>> x = gg.tensor([[1.0, 2.0]], requires_grad=True)
    >>> maker_of(gg.sigmoid(x)), maker_of(x @ [[1.0], [2.0]] + 1)
    ('sigmoid', 'linear')
    """
    node = output.node
    while node is not None and node.op.name in _PASSING:
        node = node.inputs[0]
    if node is None or node.is_leaf:
        return ""
    name = node.op.name
    if name == "matmul":
        return "linear"
    if name == "add" and any(each.op.name == "matmul" for each in node.inputs):
        return "linear"
    if name == "divide":
        part, whole = node.inputs
        if whole.op.name == "sum" and part.op.name == "exp" and whole.inputs[0] is part:
            return "softmax"
    return name
