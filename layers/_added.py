"""What may be added to a model."""

from __future__ import annotations

import inspect
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._layer import Layer
from graphgrad.layers._names import IdentifierError, refuse_type
from graphgrad.layers._shapes import Shape, show_shape

__all__ = ["check_stated", "checked_layer", "first_shape"]


def checked_layer(added: Any, model: Layer) -> Layer:
    """Return what is a layer and can stand in ``model``, or raise.

    >>> import graphgrad as gg
    >>> layer = gg.Dense(1)
    >>> checked_layer(layer, gg.Sequential()) is layer
    True
    """
    if inspect.isclass(added):
        refuse_type("a layer", added, "an object")
    if not isinstance(added, Layer):
        name = getattr(added, "__name__", None)
        got = f"the function {name}" if name and callable(added) else repr(added)
        raise IdentifierError(
            f"a model is made of layers, got {got}; wrap a function of tensors "
            "with gg.layers.Lambda(function) or gg.Activation(function)"
        )
    if model in added.flattened():
        raise ArgumentError(f"{model!r} cannot be part of itself")
    return added


def check_stated(layer: Layer, due: Shape | None) -> None:
    """Raise if a layer says that its input has another shape than it will get.

    >>> check_stated(gg.Dense(1, input_shape=(2,)), (None, 2))
    """
    stated = layer._first_input
    if None not in (stated, due) and stated != due:
        raise gg.ShapeError(
            f"layer {layer.name!r} says that its input has shape "
            f"{show_shape(stated or ())}, but it would get {show_shape(due or ())}: "
            "leave input_shape and input_dim to the first layer"
        )


def first_shape(layer: Layer) -> Shape | None:
    """Return what a first layer knows of its input's shape, batch first, or None.

    >>> first_shape(gg.Dense(1, input_shape=(2,))), first_shape(gg.Dense(1))
    ((None, 2), None)
    """
    known: Shape | None = getattr(layer, "_input_shape", None)
    return layer._first_input or known
