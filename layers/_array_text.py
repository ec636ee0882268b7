"""Arrays as text: short ones as lists of numbers, others as Base64 of their bytes."""

from __future__ import annotations

import base64
import binascii
import math
from typing import Any

import numpy as np

from graphgrad.layers._registry import ConfigError

__all__ = ["array_from", "described_array", "dtype_from"]

Array = np.ndarray[Any, Any]

# Arrays of up to so many numbers are written to be read by people.
_SHORT = 64

_KINDS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
# By how NumPy writes them, in this machine's order of bytes and in the other one. NumPy
# itself reads far more as a dtype, such as lists of fields, and parts of Python.
_DTYPES = {
    str(dtype): dtype
    for name in ("bool", *_KINDS, "float16", "float32", "float64")
    for dtype in (np.dtype(name), np.dtype(name).newbyteorder("S"))
}


def described_array(array: Array) -> dict[str, Any]:
    """Return an array in what JSON has; every bit of it comes back.

    >>> import numpy as np
    >>> described_array(np.array([1, 2], np.int32))["config"]
    {'value': [1, 2], 'dtype': 'int32'}
    """
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise ConfigError(
            f"an array of {array.dtype} cannot be written as JSON: expected numbers"
        )
    config: dict[str, Any]
    if 0 < array.size <= _SHORT and np.isfinite(array).all():
        config = {"value": array.tolist(), "dtype": array.dtype.name}
    else:
        little = array.astype(array.dtype.newbyteorder("<"), order="C")
        text = base64.b64encode(little.tobytes()).decode("ascii")
        shape = list(array.shape)
        config = {"base64": text, "shape": shape, "dtype": array.dtype.name}
    return {"class_name": "__numpy__", "config": config}


def dtype_from(text: Any) -> np.dtype[Any]:
    """Return the dtype of numbers that NumPy writes so; raise `ConfigError` for others.

    >>> dtype_from("float32")
    dtype('float32')
    """
    found = _DTYPES.get(text) if isinstance(text, str) else None
    if found is None:
        raise ConfigError(f"{text!r} is no dtype of numbers: expected one like 'int32'")
    return found


def array_from(config: Any) -> Array:
    """Return the array that `described_array` described.

    >>> array_from({"value": [1, 2], "dtype": "int32"})
    array([1, 2], dtype=int32)
    """
    try:
        dtype = dtype_from(config["dtype"])
        if "base64" not in config:
            with np.errstate(all="ignore"):
                return np.array(config["value"], dtype)
        shape = [int(side) for side in config["shape"]]
        found = base64.b64decode(config["base64"], validate=True)
        if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(found):
            raise ConfigError(f"an array has {len(found)} bytes, expected {shape}")
        little = np.frombuffer(found, dtype.newbyteorder("<"))
        return little.reshape(shape).astype(dtype)
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error) as error:
        raise ConfigError(f"an array cannot be read: {error}") from error
