"""Helpers: seeds, data as arrays, names for one's own classes, pictures."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._batches import PyDataset as PyDataset
from graphgrad.layers._batches import Sequence as Sequence
from graphgrad.layers._config import deserialize as deserialize_keras_object
from graphgrad.layers._config import serialize as serialize_keras_object
from graphgrad.layers._keras_settings import clear_session as clear_session
from graphgrad.layers._padding import pad_sequences as pad_sequences
from graphgrad.layers._random_state import set_random_seed as set_random_seed
from graphgrad.layers._registry import CustomObjectScope as CustomObjectScope
from graphgrad.layers._registry import custom_object_scope as custom_object_scope
from graphgrad.layers._registry import get_registered_name as get_registered_name
from graphgrad.layers._registry import get_registered_object as get_registered_object
from graphgrad.layers._registry import (
    register_keras_serializable as register_keras_serializable,
)
from graphgrad.layers._utilities import normalize as normalize
from graphgrad.layers._utilities import to_categorical as to_categorical
from graphgrad.viz import plot_model as plot_model

__all__ = [
    "CustomObjectScope",
    "PyDataset",
    "Sequence",
    "clear_session",
    "custom_object_scope",
    "deserialize_keras_object",
    "get_registered_name",
    "get_registered_object",
    "normalize",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "serialize_keras_object",
    "set_random_seed",
    "to_categorical",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
