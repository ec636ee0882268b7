"""What Keras' backend module is asked for: the dtype, a small number, cleaning up."""

from __future__ import annotations

from typing import Any as _Any

from graphgrad.layers._keras_settings import backend as backend
from graphgrad.layers._keras_settings import clear_session as clear_session
from graphgrad.layers._keras_settings import epsilon as epsilon
from graphgrad.layers._keras_settings import floatx as floatx
from graphgrad.layers._keras_settings import set_epsilon as set_epsilon
from graphgrad.layers._keras_settings import set_floatx as set_floatx
from graphgrad.layers._names import refuse_attribute as _refuse_attribute

__all__ = [
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "set_epsilon",
    "set_floatx",
]


# What Keras 2 had here, Keras 3 has among its ops.
def __getattr__(name: str) -> _Any:
    from graphgrad import ops

    moved = f"graphgrad.ops.{name}" if name in ops.__all__ else None
    _refuse_attribute("graphgrad.backend", name, __all__, moved)
