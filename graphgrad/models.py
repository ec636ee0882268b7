"""Models: made, cloned, saved and loaded."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._cloning import clone_model as clone_model
from graphgrad.layers._cloning import model_from_json as model_from_json
from graphgrad.layers._saving import load_model as load_model
from graphgrad.layers._saving import save_model as save_model
from graphgrad.layers._sequential import Sequential as Sequential

__all__ = [
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
