"""Settings that Keras has for the whole process, and that are fixed here."""

from __future__ import annotations

from graphgrad.layers._keras_settings import backend as backend
from graphgrad.layers._keras_settings import epsilon as epsilon
from graphgrad.layers._keras_settings import floatx as floatx
from graphgrad.layers._keras_settings import set_epsilon as set_epsilon
from graphgrad.layers._keras_settings import set_floatx as set_floatx

__all__ = [
    "backend",
    "epsilon",
    "floatx",
    "set_epsilon",
    "set_floatx",
]
