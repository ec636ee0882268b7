"""Values of weights: read, checked and assigned, all or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._sites import note_value
from graphgrad.layers._warning import warn

__all__ = ["Array", "set_values", "warn_of_weights"]

Array = np.ndarray[Any, Any]


def set_values(
    owner: str, variables: Sequence[gg.Variable], values: Sequence[Any]
) -> None:
    """Assign all values, or raise before any is assigned."""
    if len(values) != len(variables):
        raise gg.ShapeError(
            f"{owner} has {len(variables)} weights "
            f"({', '.join(v.name for v in variables) or 'none: build it first'}), "
            f"got {len(values)} values"
        )
    pairs = zip(variables, values, strict=True)
    arrays = [_as_value(variable, value) for variable, value in pairs]
    for variable, array in zip(variables, arrays, strict=True):
        if array.shape != variable.shape:
            raise gg.ShapeError(
                f"weight {variable.name!r} has shape {variable.shape}, "
                f"got a value of shape {array.shape}"
            )
        if array.dtype.kind == "f" and not np.all(np.isfinite(array)):
            raise _not_finite(variable, array)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def warn_of_weights(variables: Sequence[gg.Variable], loss: Any) -> None:
    """Warn with a site of the first of the weights that makes a loss not finite."""
    if np.isfinite(loss):
        return
    for each in variables:
        array = each.numpy()
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            found = "NaN" if np.isnan(array).any() else "Inf"
            told = gg.NonFiniteWarning(
                f"weight {each.name!r} holds {found}, so that the loss is {loss}; give "
                "it other values, with set_weights, or make the model anew"
            )
            note_value(told, each, array)
            warn(told)
            return


def _not_finite(variable: gg.Variable, array: Array) -> ArgumentError:
    beyond = f"Inf, or a number beyond {array.dtype}"
    found = "NaN" if np.isnan(array).any() else beyond
    error = ArgumentError(
        f"the value for weight {variable.name!r} holds {found}; give it finite numbers"
    )
    note_value(error, variable, array)
    return error


def _as_value(variable: gg.Variable, value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"the value for weight {variable.name!r} holds {array.dtype}, "
            "expected numbers"
        )
    with np.errstate(over="ignore"):
        return array.astype(variable.dtype)
