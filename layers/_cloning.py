"""New models made as others were: by cloning, and from JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._json import from_json
from graphgrad.layers._layer import Layer
from graphgrad.layers._registry import (
    ConfigError,
    Named,
    custom_object_scope,
    notes_of_unregistered,
)
from graphgrad.layers._stack import Stack
from graphgrad.layers._training import Trainer

if TYPE_CHECKING:
    from graphgrad.layers._sequential import Sequential

__all__ = ["clone_model", "model_from_json"]


def clone_model(
    model: Trainer,
    input_tensors: None = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    recursive: bool = False,
) -> Sequential:
    """Return a model of the same layers with new weights, not compiled.

    ``clone_function`` gets each layer and returns the one that takes its place; with
    ``recursive`` also those of models in the model.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(3, "relu"), gg.Dense(1)])
    >>> clone = clone_model(model)
    >>> [layer.name for layer in clone], clone.weights[0] is model.weights[0]
    (['dense', 'dense_1'], False)
    """
    if not isinstance(model, Trainer):
        raise ArgumentError(f"clone_model needs a model, got {model!r}")
    if input_tensors is not None:
        raise ArgumentError(
            "clone_model takes no input_tensors: a model has the input shape of the "
            "one it is made of; for another, make a model with another gg.Input"
        )
    made: dict[Layer, Layer] = {}
    return cast("Sequential", _clone(model, clone_function, made, recursive=recursive))


def _clone(
    model: Stack,
    function: Callable[[Layer], Layer] | None,
    made: dict[Layer, Layer],
    *,
    recursive: bool,
) -> Stack:
    if function is None:
        return cast("Stack", _again(model))
    config = {**model.get_config(), "layers": [], "build_input_shape": None}
    clone = type(model).from_config(config)
    for layer in model.layers:
        # A layer that stands in the model twice is one layer.
        if layer not in made:
            inner = recursive and isinstance(layer, Stack)
            made[layer] = (
                _clone(cast("Stack", layer), function, made, recursive=True)
                if inner
                else _checked(function(layer), layer)
            )
        clone.add(made[layer])
    if model._input_shape is not None and not clone.built:
        clone.build(model._input_shape)
    return clone


def _checked(clone: Any, layer: Layer) -> Layer:
    if clone is layer or not isinstance(clone, Layer):
        raise ArgumentError(
            f"clone_function must return a new layer for {layer!r}, got {clone!r}"
        )
    return clone


# What nobody has registered is found again too: it is here.
def _again(layer: Layer) -> Layer:
    with notes_of_unregistered(apart=True) as found:
        described = serialize(layer)
    with custom_object_scope(found):
        return cast("Layer", deserialize(described))


def model_from_json(
    json_string: str, custom_objects: Mapping[str, Named] | None = None
) -> Sequential:
    """Return the model that `Sequential.to_json` described, with new weights.

    >>> import graphgrad as gg
    >>> text = gg.Sequential([gg.Dense(3), gg.Dense(1)]).to_json()
    >>> [layer.units for layer in model_from_json(text)]
    [3, 1]
    """
    model = deserialize(from_json(json_string, "json_string"), custom_objects)
    if not isinstance(model, Trainer):
        raise ConfigError(f"json_string describes no model, but {model!r}")
    return cast("Sequential", model)
