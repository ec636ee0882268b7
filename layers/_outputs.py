"""Outputs: what made them, told from the recorded nodes, and whether that will do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

import graphgrad as gg
from graphgrad.layers._warning import warn

__all__ = [
    "OutputError",
    "check_axis",
    "check_classes",
    "check_probabilities",
    "maker_of",
]

# These hand on the values that they get.
_PASSING = frozenset(
    {"broadcast_to", "cast", "expand_dims", "identity", "reshape", "squeeze"}
)

# What gives probabilities.
_BOUNDED = ("sigmoid", "softmax")


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
    return _made(_source(output.node))


# The node that computed the values, behind those that hand them on.
def _source(node: Any) -> Any:
    while node is not None and node.op.name in _PASSING:
        node = node.inputs[0]
    return node


def _made(node: Any) -> str:
    if node is None or node.is_leaf:
        return ""
    name: str = node.op.name
    if name == "matmul":
        return "linear"
    if name == "add" and any(each.op.name == "matmul" for each in node.inputs):
        return "linear"
    if name == "divide":
        part, whole = node.inputs
        if whole.op.name == "sum" and part.op.name == "exp" and whole.inputs[0] is part:
            return "softmax"
    return name


# ---- what a loss expects -------------------------------------------------------------


class Owner(Protocol):
    """Who complains: a loss."""

    def title(self) -> str:
        """Return its name in messages."""
        ...


def check_probabilities(
    loss: Owner,
    y_pred: gg.Tensor,
    activation: str,
    *,
    from_logits: bool | None = None,
    refused: Collection[str] = ("linear", "tanh"),
) -> None:
    """Raise if logits come where probabilities are due, or the reverse.

    ``refused`` is what makes no probabilities, ``activation`` what would. The loss has
    no argument from_logits if that is None.

    >>> import graphgrad as gg
    >>> x = gg.tensor([[1.0, 2.0]], requires_grad=True)
    >>> check_probabilities(gg.losses.BinaryCrossentropy(), gg.sigmoid(x), "sigmoid")
    """
    maker = maker_of(y_pred)
    if maker in _BOUNDED:
        _warn_if_twice(y_pred, maker)
    if from_logits:
        if maker in _BOUNDED:
            raise OutputError(
                f"{loss.title()}(from_logits=True) expects logits, but the output "
                f"comes from a {maker}, which gives probabilities: drop "
                f"from_logits=True, or the {maker}"
            )
    elif maker in refused:
        came = "a layer without activation" if maker == "linear" else maker
        hint = "" if from_logits is None else ", or none, and the loss from_logits=True"
        raise OutputError(
            f"{loss.title()} expects probabilities, but the output comes from {came}: "
            f"give the last layer the activation {activation!r}{hint}"
        )


def _warn_if_twice(y_pred: gg.Tensor, maker: str) -> None:
    node = _source(y_pred.node)
    # A softmax is the quotient of exp(x - max) and a sum.
    for _ in range(3 if node.op.name == "divide" else 1):
        node = node.inputs[0]
    first = _made(_source(node))
    if first in _BOUNDED:
        warn(
            f"the output is the {maker} of a {first}, whose numbers lie between 0 and "
            "1, so that no probability comes near to 0 or 1: leave one of the two out"
        )


def check_classes(
    loss: Owner,
    y_pred: gg.Tensor,
    axis: int = -1,
    *,
    from_logits: bool | None = None,
) -> None:
    """Raise if there is a single class, or as `check_probabilities` does.

    >>> check_classes(gg.losses.CategoricalCrossentropy(), gg.tensor([[0.5, 0.5]]))
    """
    check_axis(loss, y_pred, axis)
    if y_pred.shape[axis] == 1:
        raise OutputError(
            f"{loss.title()} needs an output for each class, got one: there is nothing "
            "to tell a single class from; for two classes use BinaryCrossentropy and "
            "one unit with the activation 'sigmoid', or give the last layer two units "
            "with 'softmax'"
        )
    check_probabilities(loss, y_pred, "softmax", from_logits=from_logits)


def check_axis(loss: Owner, y_pred: gg.Tensor, axis: int) -> None:
    """Raise unless the output has such an axis, and it is not that of the samples.

    >>> check_axis(gg.losses.CosineSimilarity(), gg.tensor([[3.0, 4.0]]), -1)
    """
    if not -y_pred.ndim <= axis < y_pred.ndim:
        raise gg.ShapeError(
            f"{loss.title()}: an output of shape {y_pred.shape} has no axis {axis}"
        )
    if y_pred.ndim > 1 and axis % y_pred.ndim == 0:
        raise gg.ShapeError(
            f"{loss.title()}: axis {axis} of an output of shape {y_pred.shape} is that "
            "of the samples, each of which has a loss of its own; take another axis"
        )
