"""What Keras' backend module is asked for: the dtype, a small number, cleaning up."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._keras_settings import backend as backend
from graphgrad.layers._keras_settings import clear_session as clear_session
from graphgrad.layers._keras_settings import epsilon as epsilon
from graphgrad.layers._keras_settings import floatx as floatx
from graphgrad.layers._keras_settings import set_epsilon as set_epsilon
from graphgrad.layers._keras_settings import set_floatx as set_floatx

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "set_epsilon",
    "set_floatx",
]


globals()["__getattr__"] = _absent_names(__name__, __all__)
