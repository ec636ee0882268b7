"""Names that are not here: what was meant, or why there is no such thing."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

import graphgrad as gg
from graphgrad.layers._config import DOORS
from graphgrad.layers._names import meant, nearest

__all__ = ["REMOVED", "AbsentError", "absent_names", "error_of"]


class AbsentError(gg.GraphgradError, AttributeError):
    """A name that a module or a model does not have."""


_DENSE = "graphgrad is about networks of dense layers"
_SEQUENTIAL = "there is no functional API here: write gg.Sequential([...])"
_MERGING = (
    "merging needs branches, which a chain of layers does not have; write a subclass "
    "of gg.Layer that keeps the layers of its branches"
)

# What Keras has under such names, and why it is not here.
_REASONS = {
    r"\w*(Conv|Convolution|Pool|Pooling|UpSampling|Padding|Cropping|Dropout)\w*\dD"
    r"(Transpose)?": f"there is no convolution, and little around it: {_DENSE}",
    r"(\w*LSTM|\w*GRU|\w*RNN)(\w*Cell|\dD|s)?|Bidirectional|TimeDistributed|Masking": (
        f"there are no recurrent layers: {_DENSE}"
    ),
    r"\w*Attention": f"there is no attention: {_DENSE}",
    r"Model|Functional|KerasTensor": _SEQUENTIAL,
    r"Add|Average|Concatenate|Dot|Maximum|Minimum|Multiply|Subtract": _MERGING,
    r"CTC|ctc": "losses of sequences are not there yet",
    r"TextVectorization|StringLookup|Resizing|CenterCrop|"
    r"Random(Crop|Flip|Rotation|Zoom|Brightness|Contrast|Translation)": (
        "text and images are prepared before the model"
    ),
}

# Methods of models in older versions of Keras.
REMOVED = {
    "predict_classes": (
        "write model.predict(x).argmax(-1) or, for one unit with a sigmoid, "
        "model.predict(x) > 0.5"
    ),
    "predict_proba": "write model.predict(x)",
    "score": "write model.evaluate(x, y), which gives loss and metrics",
    "fit_generator": "write model.fit(...), which takes generators",
    "evaluate_generator": "write model.evaluate(...), which takes generators",
    "predict_generator": "write model.predict(...), which takes generators",
}


def absent_names(
    module: str, names: Collection[str], lazy: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """Return what becomes the ``__getattr__`` of a ``module`` that has ``names``.

    ``lazy`` says where those are that are not imported yet, as ``"_dense.Dense"``.
    Modules put it into their globals: one that they define would make type checkers
    believe that they have every name.

    >>> absent_names("graphgrad.layers", ["Dense"])("Dens")
    Traceback (most recent call last):
    ...
    graphgrad.layers._absent.AbsentError: module 'graphgrad.layers' has no attribute \
'Dens': did you mean 'Dense'?
    """

    def __getattr__(name: str) -> Any:  # noqa: N807 -- this is what it becomes
        if not lazy or name not in lazy:
            raise error_of(module, name, names)
        where, _, known = lazy[name].partition(".")
        found = getattr(importlib.import_module(f"graphgrad.layers.{where}"), known)
        setattr(sys.modules[module], name, found)
        return found

    return __getattr__


def error_of(module: str, name: str, names: Collection[str]) -> Exception:
    """Return the error that the ``__getattr__`` of a module raises for a name."""
    text = f"module {module!r} has no attribute {name!r}"
    if name.startswith("__"):
        return AttributeError(text)
    reason = _reason(name) if module in _KERAS else None
    elsewhere = None if reason else _elsewhere(name)
    near = nearest(name, names)
    if reason or elsewhere:
        text = f"{text}: {reason or elsewhere}"
    elif near:
        text = f"{text}: {meant(near)}"
    return AbsentError(text)


_KERAS = {"graphgrad", "graphgrad.models", "graphgrad.utils"} | {
    f"graphgrad.{door}" for door in DOORS
}


def _reason(name: str) -> str | None:
    found = (why for names, why in _REASONS.items() if re.fullmatch(names, name))
    return next(found, None)


def _elsewhere(name: str) -> str | None:
    for door in (*DOORS, "callbacks", "models", "ops", "saving", "utils"):
        other = f"graphgrad.{door}"
        if name != "get" and name in importlib.import_module(other).__all__:
            return f"it is {other}.{name}"
    return None
