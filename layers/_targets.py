"""Labels: their shapes while a loss is recorded, their values in a data set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg

__all__ = [
    "EPSILON",
    "LabelError",
    "as_float",
    "check_finite",
    "check_numeric",
    "check_shape",
    "counted",
    "first",
    "flatten_hint",
    "matched",
    "mean_along",
    "one_hot_hint",
    "shown",
]

Array = np.ndarray[Any, Any]

# Probabilities, and what is divided by, are kept this far from 0, as Keras does.
EPSILON = 1e-7

# Of more classes, messages count the first ones.
SHOWN = 10


class LabelError(gg.GraphgradError, ValueError):
    """Labels whose values mean nothing to the loss."""


# ---- tensors, while a loss or a metric is recorded -----------------------------------


def as_float(x: Any) -> gg.Tensor:
    """Return a tensor of floats: integers and bools become float32."""
    tensor = x if isinstance(x, gg.Tensor) else gg.tensor(x)
    return tensor if tensor.dtype.kind == "f" else gg.cast(tensor, "float32")


def matched(y_true: Any, y_pred: Any, owner: str) -> tuple[gg.Tensor, gg.Tensor]:
    """Return labels and output in one shape and dtype; nothing is ever broadcast.

    Shapes (n,) and (n, 1) mean the same. Others that differ raise `ShapeError`.
    """
    p = as_float(y_pred)
    y = gg.cast(y_true, p.dtype)
    if y.ndim == p.ndim + 1 and y.shape[-1] == 1:
        y, p = (y, gg.expand_dims(p, -1)) if p.ndim == 1 else (gg.squeeze(y, -1), p)
    elif p.ndim == y.ndim + 1 and p.shape[-1] == 1:
        y, p = (gg.expand_dims(y, -1), p) if y.ndim == 1 else (y, gg.squeeze(p, -1))
    if y.shape != p.shape:
        raise gg.ShapeError(
            f"{owner}: labels of shape {y.shape} do not match an output of shape "
            f"{p.shape}; there must be one label per output"
        )
    return y, p


def mean_along(values: gg.Tensor, axis: int) -> gg.Tensor:
    """Return the mean along one axis; where its length is 1, a view is enough."""
    if values.shape[axis] == 1:
        return gg.squeeze(values, axis)
    return gg.mean(values, axis=axis)


# ---- data, before a program sees it --------------------------------------------------


def shown(shape: Sequence[int | str | None]) -> str:
    """Write a shape with the word batch, or that given, for its first length."""
    known = shape[0] if shape and isinstance(shape[0], str) else "batch"
    sides = [known, *(str(side) for side in shape[1:])][: len(shape)]
    return f"({', '.join(sides)}{',' if len(sides) == 1 else ''})"


def check_numeric(y: Array, owner: str) -> None:
    """Raise `LabelError` unless the labels are numbers or truth values."""
    if y.dtype.kind in "biuf":
        return
    hint = "turn names into numbers, as np.unique(y, return_inverse=True)[1] does"
    if y.dtype.kind == "c":
        hint = "take .real or .imag"
    raise LabelError(f"{owner} needs numbers as labels, got dtype {y.dtype}: {hint}")


def check_finite(y: Array, owner: str) -> None:
    """Raise `LabelError` if there is a NaN or an infinity, and say where."""
    if y.dtype.kind != "f":
        return
    bad = ~np.isfinite(y)
    if bad.any():
        raise LabelError(
            f"{owner}: the labels hold {first(y, bad)} ({bad.sum():,} of {y.size:,} "
            "are NaN or infinite); drop those samples or mend them"
        )


def check_shape(
    y: Array, output_shape: Sequence[int | None], owner: str, hint: str = ""
) -> None:
    """Raise `ShapeError` unless there is a label per output; (n,) does for (n, 1)."""
    wanted = tuple(output_shape[1:])
    if y.ndim and wanted in (y.shape[1:], (*y.shape[1:], 1)):
        return
    if y.ndim > 1 and y.shape[-1] == 1 and wanted == y.shape[1:-1]:
        return
    hint = flatten_hint(y, output_shape) or hint
    hint = hint or f"give y the shape {shown(['n', *wanted])}"
    raise gg.ShapeError(
        f"{owner}: labels of shape {y.shape} do not match an output of shape "
        f"{shown(output_shape)}: nothing is broadcast, there must be one label per "
        f"output; {hint}"
    )


def flatten_hint(y: Array, output_shape: Sequence[int | None]) -> str:
    """Return the way out if each sample has one label, or a row, and rows of outputs.

    >>> flatten_hint(np.zeros(100), (None, 8, 3))
    'for one output a sample put Flatten() before the last layers'
    """
    if len(output_shape) < 3 or y.ndim > 2:
        return ""
    if y.ndim == 2 and y.shape[1] not in (1, output_shape[-1]):
        return ""
    return "for one output a sample put Flatten() before the last layers"


def counted(y: Array) -> str:
    """Write how often each label occurs, the first of them if they are many.

    >>> counted(np.array([2, 0, 2]))
    '1 of class 0, 2 of 2'
    """
    values, counts = np.unique(y, return_counts=True)
    pairs = zip(values[:SHOWN].tolist(), counts.tolist(), strict=False)
    kind = ".12g" if y.dtype.kind == "f" else "d"
    often, *others = [f"{count} of {value:{kind}}" for value, count in pairs]
    more = ["..."] if len(values) > SHOWN else []
    return ", ".join([often.replace(" of ", " of class "), *others, *more])


def one_hot_hint(y: Array, output_shape: Sequence[int | None], instead: str) -> str:
    """Return the way out if ``y`` are class numbers where one-hot labels are due."""
    inner = tuple(output_shape[1:-1])
    if y.shape[1:] not in (inner, (*inner, 1)):
        return ""
    use = f"use {instead}, or " if instead else ""
    return f"for class numbers {use}make them one-hot: np.eye({output_shape[-1]})[y]"


def first(y: Array, where: Array) -> str:
    """Write the first label that ``where`` marks, and its place."""
    index = tuple(int(i) for i in np.argwhere(where)[0])
    place = ", ".join(str(i) for i in index)
    return f"{y[index]} at y[{place}]"
