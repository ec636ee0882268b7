"""Keras' `serialize` and `deserialize`, as each of the public modules has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import graphgrad as gg
from graphgrad.layers import (
    _activations,
    _constraints,
    _initializers,
    _losses,
    _metrics,
    _optimizers,
    _regularizers,
)
from graphgrad.layers._config import deserialize, is_described, serialize
from graphgrad.layers._layer import Layer
from graphgrad.layers._loss import Loss
from graphgrad.layers._metric import Metric
from graphgrad.layers._names import refuse_type
from graphgrad.layers._optimizer import Optimizer
from graphgrad.layers._registry import Named, custom_object_scope
from graphgrad.layers._schedule import LearningRateSchedule

__all__ = [
    "deserialize_activation",
    "deserialize_constraint",
    "deserialize_initializer",
    "deserialize_layer",
    "deserialize_loss",
    "deserialize_metric",
    "deserialize_optimizer",
    "deserialize_regularizer",
    "deserialize_schedule",
    "serialize_activation",
]

T = TypeVar("T")
Custom = Mapping[str, Named] | None
Function = Callable[[gg.Tensor], Any]


def serialize_activation(activation: Function) -> Any:
    """Return an activation's name, or the configuration of one that is not built in.

    >>> import graphgrad as gg
    >>> serialize_activation(gg.activations.relu)
    'relu'
    """
    written = serialize(activation)
    built_in = (
        is_described(written) and written.get("module") == gg.activations.__name__
    )
    return written["config"] if built_in else written


def deserialize_activation(config: Any, custom_objects: Custom = None) -> Function:
    """Return the activation that `serialize` described, also by its name.

    >>> deserialize_activation("relu").__name__
    'relu'
    """
    return _found(_activations.get, config, custom_objects)


def deserialize_initializer(
    config: Any, custom_objects: Custom = None
) -> Callable[..., Any]:
    """Return the initializer that `serialize` described, also by its name.

    >>> import graphgrad as gg
    >>> deserialize_initializer(serialize(gg.initializers.Constant(2.0)))
    Constant(value=2.0)
    """
    return _found(_initializers.get, config, custom_objects)


def deserialize_regularizer(
    config: Any, custom_objects: Custom = None
) -> Function | None:
    """Return the regularizer that `serialize` described, also by its name.

    >>> import graphgrad as gg
    >>> deserialize_regularizer(serialize(gg.regularizers.L2(0.1)))
    L2(l2=0.1)
    """
    return _found(_regularizers.get, config, custom_objects)


def deserialize_constraint(
    config: Any, custom_objects: Custom = None
) -> Function | None:
    """Return the constraint that `serialize` described, also by its name.

    >>> import graphgrad as gg
    >>> deserialize_constraint(serialize(gg.constraints.NonNeg()))
    NonNeg()
    """
    return _found(_constraints.get, config, custom_objects)


def deserialize_loss(config: Any, custom_objects: Custom = None) -> Loss:
    """Return the loss that `serialize` described, also by its name.

    >>> import graphgrad as gg
    >>> deserialize_loss(serialize(gg.losses.Huber(delta=2.0))).delta
    2.0
    """
    return _found(_losses.get, config, custom_objects)


def deserialize_metric(config: Any, custom_objects: Custom = None) -> Metric:
    """Return the metric that `serialize` described, also by its name.

    >>> import graphgrad as gg
    >>> deserialize_metric(serialize(gg.metrics.BinaryAccuracy(threshold=0.3)))
    <BinaryAccuracy name=binary_accuracy>
    """
    return _found(_described_metric, config, custom_objects)


def deserialize_optimizer(config: Any, custom_objects: Custom = None) -> Optimizer:
    """Return the optimizer that `serialize` described, also by its name.

    >>> import graphgrad as gg
    >>> deserialize_optimizer(serialize(gg.optimizers.SGD(0.1)))
    <SGD(0.1) name=SGD>
    """
    return _found(_optimizers.get, config, custom_objects)


def deserialize_schedule(
    config: Any, custom_objects: Custom = None
) -> LearningRateSchedule:
    """Return the schedule that `serialize` described.

    >>> import graphgrad as gg
    >>> decay = gg.optimizers.schedules.ExponentialDecay(0.1, 100, 0.9)
    >>> type(deserialize_schedule(serialize(decay))).__name__
    'ExponentialDecay'
    """
    return _of_kind("a schedule", LearningRateSchedule, config, custom_objects)


def deserialize_layer(config: Any, custom_objects: Custom = None) -> Layer:
    """Return a new layer as `serialize` described it, with new weights.

    >>> import graphgrad as gg
    >>> deserialize_layer(serialize(gg.Dense(3, "relu"))).units
    3
    """
    return _of_kind("a layer", Layer, config, custom_objects)


def _found(get: Callable[[Any], T], config: Any, custom: Custom) -> T:
    if isinstance(config, str) and config in (custom or {}):
        config = (custom or {})[config]
    with custom_object_scope(custom or {}):
        return get(config)


# Also one that takes values, such as Mean, which `get` refuses since no model can.
def _described_metric(config: Any) -> Metric:
    found = deserialize(config)
    return found if isinstance(found, Metric) else _metrics.get(found)


def _of_kind(what: str, kind: type[T], config: Any, custom: Custom) -> T:
    found = deserialize(config, custom) if is_described(config) else config
    if not isinstance(found, kind):
        refuse_type(what, config, f"what serialize wrote for a {kind.__name__}")
    return found
