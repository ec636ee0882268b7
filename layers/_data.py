"""Data as users give it, checked before anything changes, and fed into programs."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._layer import Shape, show_shape

__all__ = [
    "DataError",
    "Feed",
    "as_data",
    "check_lengths",
    "fit_to_input",
    "split_tail",
]

Array = np.ndarray[Any, Any]

# Finiteness is checked in pieces, so that the check needs no second copy of the data.
CHUNK = 1 << 20

LARGEST = float(np.finfo(np.float32).max)


class DataError(gg.GraphgradError, ValueError):
    """Data that a model cannot be trained or used on, with the place of the fault."""


def as_data(data: Any, what: str) -> Array:
    """Return ``data`` as an array of finite numbers, without a copy where it is one."""
    if data is None:
        raise DataError(f"{what} is missing: got None")
    if isinstance(data, gg.Tensor):
        data = data.detach().numpy()
    try:
        array = np.asarray(data)
    except ValueError as error:
        raise DataError(
            f"{what} is no rectangular array of numbers: {error}"
        ) from error
    if array.dtype.kind not in "fiub":
        way_out = {
            "c": "take .real, .imag or abs of it",
            "O": "its rows may differ in length, or hold text or None",
            "M": "turn dates into numbers, such as days since the first",
        }.get(array.dtype.kind, "turn text into numbers first, such as 0, 1, 2, ...")
        raise DataError(f"{what} holds {array.dtype}, expected numbers; {way_out}")
    if array.ndim == 0:
        raise DataError(
            f"{what} is the single number {array}, expected one row a sample"
        )
    if array.shape[0] == 0 or array.size == 0:
        raise DataError(f"{what} is empty: got shape {array.shape}")
    _check_finite(array, what)
    return array


def _check_finite(array: Array, what: str) -> None:
    if array.dtype.kind != "f":
        return
    rows = max(1, CHUNK // max(1, array[:1].size))
    for start in range(0, len(array), rows):
        part = array[start : start + rows]
        # Beyond float32 a number becomes infinite when the model takes it over.
        bad = ~(np.abs(part) <= LARGEST)
        if bad.any():
            first = np.argwhere(bad)[0]
            place = (start + int(first[0]), *map(int, first[1:]))
            raise DataError(
                f"{what}[{', '.join(map(str, place))}] is {array[place]}: models "
                "compute in float32, and it would spread to all that is computed; drop "
                "such rows, fill them in, or scale the data"
            )


def check_lengths(x: Array, y: Array, x_name: str = "x", y_name: str = "y") -> None:
    """Raise unless there is one label for each sample."""
    if len(x) != len(y):
        raise DataError(
            f"{x_name} has {len(x)} samples and {y_name} has {len(y)}: "
            "each sample needs one label"
        )


def check_batch_size(size: int | None, usual: int) -> int:
    """Return the number of rows of a batch; None means the usual one."""
    if size is None:
        return usual
    if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 1:
        raise ValueError(f"batch_size is a whole number of at least 1, got {size!r}")
    return int(size)


def fit_to_input(x: Array, input_shape: Shape, layer: str, what: str = "x") -> Array:
    """Return ``x`` in the shape of the model's input, or raise what does not fit."""
    if x.ndim == 1 and input_shape == (None, 1):
        return x[:, None]
    if x.shape[1:] != input_shape[1:]:
        raise gg.ShapeError(
            f"layer {layer!r}, the first of the model, expected an input of shape "
            f"{show_shape(input_shape)}, got {what} of shape {x.shape}"
            + _shape_hint(x, input_shape)
        )
    return x


def _shape_hint(x: Array, input_shape: Shape) -> str:
    due = math.prod(side for side in input_shape[1:] if side is not None)
    if x.ndim + 1 == len(input_shape) and x.shape == input_shape[1:]:
        return "; this is one sample: add the batch axis, as with x[None]"
    if math.prod(x.shape[1:]) == due:
        sides = ", ".join(map(str, input_shape[1:]))
        return f"; the numbers fit after x.reshape((-1, {sides}))"
    return ""


def split_tail(
    x: Array, y: Array, fraction: float
) -> tuple[Array, Array, Array, Array]:
    """Split off the last ``fraction`` of the samples, before any shuffle."""
    if not isinstance(fraction, int | float) or not 0 < fraction < 1:
        raise DataError(
            f"validation_split is a share between 0 and 1, got {fraction!r}; for "
            "data of your own use validation_data=(x, y)"
        )
    at = math.floor(len(x) * (1 - fraction))
    if at in (0, len(x)):
        raise DataError(
            f"validation_split={fraction} of {len(x)} samples leaves {at} to train on "
            f"and {len(x) - at} to validate on; both need at least one"
        )
    return x[:at], y[:at], x[at:], y[at:]


class Feed:
    """Copies batches of one data set into the input of a program.

    A batch is gathered by index into planned memory, and converted to the input's dtype
    there; the data set itself is never copied.
    """

    def __init__(self, data: Array, batch: int, target: Array) -> None:
        """Take memory for one batch if the dtypes differ."""
        self.data = data
        self.target = target
        self.direct = data.dtype == target.dtype
        shape = (batch, *data.shape[1:])
        self.gathered = target if self.direct else np.empty(shape, data.dtype)

    def rows(self, index: Array) -> None:
        """Gather the rows that ``index`` names; they exist, so nothing is clipped."""
        np.take(self.data, index, axis=0, out=self.gathered, mode="clip")
        if not self.direct:
            np.copyto(self.target, self.gathered, casting="unsafe")

    def slice(self, start: int, stop: int) -> None:
        """Copy the rows from ``start`` to ``stop``."""
        np.copyto(self.target, self.data[start:stop], casting="unsafe")
