"""One file of named arrays and texts, in the format safetensors, which others read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from graphgrad.layers._atomic import write_whole
from graphgrad.layers._json import from_json
from graphgrad.layers._registry import SavingError

__all__ = ["SUFFIX", "Content", "checked_path", "read_content", "write_content"]

Array = np.ndarray[Any, Any]

SUFFIX = ".safetensors"

# What readers of the format take for the part that names the arrays and has the texts.
_MAX_HEADER = 100_000_000

# How files begin that users may have taken for ours.
_FOREIGN = {
    b"PK\x03\x04": "a zip file, such as Keras' .keras",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file, such as Keras' .h5",
    b"\x80": "a pickle, which could run any code",
    b"\x93NUMPY": "NumPy's .npy",
}
_WAY_OVER = (
    "in the library that wrote it, take the weights with model.get_weights(), and "
    "give them to the same model here with model.set_weights(...)"
)


class Content(NamedTuple):
    """What is in a file: arrays by name, and texts."""

    tensors: dict[str, Array]
    texts: dict[str, str]


def checked_path(path: Any, call: str) -> str:
    """Return a path as text if it ends in ``.safetensors``; ``call`` is what wants it.

    >>> checked_path("m.keras", "model.save")
    Traceback (most recent call last):
    ...
    graphgrad.layers._registry.SavingError: model.save writes the format safetensors, \
got the path 'm.keras': write model.save('m.safetensors')
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"{call} needs the path of a file, got {path!r}")
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(f"{call} needs a path as text, got {path!r}")
    if text.endswith(SUFFIX) and Path(text).stem:
        return text
    stem = text
    for suffix in (".h5", ".hdf5", ".keras", ".weights"):
        stem = stem.removesuffix(suffix)
    raise SavingError(
        f"{call} writes the format safetensors, got the path {text!r}: write "
        f"{call}({(stem or 'model') + SUFFIX!r})"
    )


def write_content(path: str, content: Content) -> None:
    """Write a file; one that is there is replaced when the new one is whole."""
    from safetensors.numpy import save

    header = sum(len(text.encode()) for text in content.texts.values())
    if header > _MAX_HEADER // 2:
        raise SavingError(
            f"the description of the model has {header} bytes, more than a file takes: "
            "keep large arrays in weights, not in arguments"
        )
    arrays = {n: np.asarray(a, order="C") for n, a in content.tensors.items()}
    write_whole(path, save(arrays, metadata=content.texts))


def read_content(path: Any) -> Content:
    """Return what is in a file; what it says of sizes is compared with its length."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"a model is loaded from the path of a file, got {path!r}")
    whole = Path(os.fspath(path)).read_bytes()
    name = repr(os.fspath(path))
    for start, kind in _FOREIGN.items():
        if whole.startswith(start) and _header_length(whole) > len(whole):
            raise SavingError(
                f"{name} is {kind}, expected a file that model.save wrote: {_WAY_OVER}"
            )
    try:
        return _parsed(whole)
    except SavingError as error:
        raise SavingError(f"{name} cannot be read: {error}") from error


def _header_length(whole: bytes) -> int:
    return int.from_bytes(whole[:8], "little")


def _parsed(whole: bytes) -> Content:
    from safetensors.numpy import load

    length = _header_length(whole)
    if len(whole) < 8 or length > min(len(whole) - 8, _MAX_HEADER):
        raise SavingError(
            f"it has {len(whole)} bytes, too few for what it says of itself: it is cut "
            "off, or no safetensors file"
        )
    texts = _texts(from_json(whole[8 : 8 + length], "its header"))
    try:
        return Content(load(whole), texts)
    except Exception as error:
        raise SavingError(f"it is damaged or cut off: {error}") from error


def _texts(header: Any) -> dict[str, str]:
    texts = header.get("__metadata__", {}) if isinstance(header, Mapping) else None
    if not isinstance(texts, dict) or not all(
        isinstance(t, str) for t in texts.values()
    ):
        raise SavingError("its texts are damaged")
    return texts
