"""Saving and loading models, and registering what they are made of."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import Configurable as Configurable
from graphgrad.layers._config import deserialize as deserialize_keras_object
from graphgrad.layers._config import serialize as serialize_keras_object
from graphgrad.layers._registry import ConfigError as ConfigError
from graphgrad.layers._registry import CustomObjectScope as CustomObjectScope
from graphgrad.layers._registry import SavingError as SavingError
from graphgrad.layers._registry import custom_object_scope as custom_object_scope
from graphgrad.layers._registry import get_registered_name as get_registered_name
from graphgrad.layers._registry import get_registered_object as get_registered_object
from graphgrad.layers._registry import (
    register_keras_serializable as register_keras_serializable,
)
from graphgrad.layers._saving import load_model as load_model
from graphgrad.layers._saving import load_weights as load_weights
from graphgrad.layers._saving import restore_training as restore_training
from graphgrad.layers._saving import save_model as save_model
from graphgrad.layers._saving import save_weights as save_weights

__all__ = [
    "ConfigError",
    "Configurable",
    "CustomObjectScope",
    "SavingError",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "load_weights",
    "register_keras_serializable",
    "restore_training",
    "save_model",
    "save_weights",
    "serialize_keras_object",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
