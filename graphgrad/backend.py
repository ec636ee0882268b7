"""What computes, and what Keras' backend module is asked for.

`NumPy` makes every program, unless another `Backend` is put in its place with `using`.
"""

from __future__ import annotations

from graphgrad._backend import Backend as Backend
from graphgrad._backend import Code as Code
from graphgrad._backend import in_use as in_use
from graphgrad._backend import using as using
from graphgrad._numpy_backend import NumPy as NumPy
from graphgrad._room import allowance as allowance
from graphgrad._room import require_memory as require_memory
from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._keras_settings import backend as backend
from graphgrad.layers._keras_settings import clear_session as clear_session
from graphgrad.layers._keras_settings import epsilon as epsilon
from graphgrad.layers._keras_settings import floatx as floatx
from graphgrad.layers._keras_settings import set_epsilon as set_epsilon
from graphgrad.layers._keras_settings import set_floatx as set_floatx

__all__ = [
    "Backend",
    "Code",
    "NumPy",
    "allowance",
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "in_use",
    "require_memory",
    "set_epsilon",
    "set_floatx",
    "using",
]


globals()["__getattr__"] = _absent_names(__name__, __all__)
