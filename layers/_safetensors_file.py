"""One file of named arrays and texts, in the format safetensors, which others read."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

import graphgrad as gg
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
    _check_characters(text)
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

    # Each quote in there is written as two characters.
    _check_header(2 * sum(len(text.encode()) for text in content.texts.values()))
    arrays = {n: np.asarray(a, order="C") for n, a in content.tensors.items()}
    written = save(arrays, metadata=content.texts)
    length = int.from_bytes(written[:8], "little")
    _check_header(length)
    _check_described(written[8 : 8 + length], len(written))
    write_whole(path, written)


# What Python makes of a list, of an entry of it or of a dict, and of a dict, in bytes;
# and how often it has the characters: in the header, its texts, and what they hold.
_ENTRY, _DICT, _COPIES = 100, 250, 3

# Each character of a text takes as much as the widest: four bytes, two or one. Escapes
# may stand for wide ones.
_WIDEST = re.compile(rb"[\xf0-\xff]|\\u[dD][89abAB]")
_WIDE = re.compile(rb"[\x80-\xff]|\\u")

# So much any header may take, and a large file that many times its length.
_LEAST_TO_READ, _TIMES = 1 << 28, 4


def _check_described(header: bytes, size: int) -> None:
    """Raise if a header would take much more memory than its file is long.

    >>> _check_described(b"[" * 10**7, size=10**7)
    Traceback (most recent call last):
    ...
    graphgrad.layers._registry.SavingError: a file of 10000000 bytes takes no \
description that needs 1,040,000,000 bytes of memory to read: keep large arrays in \
weights, not in arguments
    """
    entries = sum(header.count(each) for each in (b"[", b",", b":"))
    width = 4 if _WIDEST.search(header) else 2 if _WIDE.search(header) else 1
    texts = (1 + _COPIES * width) * len(header)
    need = texts + _ENTRY * entries + _DICT * header.count(b"{")
    if need > max(_LEAST_TO_READ, _TIMES * size):
        raise SavingError(
            f"a file of {size} bytes takes no description that needs {need:,} bytes of "
            "memory to read: keep large arrays in weights, not in arguments"
        )


def _check_header(length: int) -> None:
    if length > _MAX_HEADER:
        raise SavingError(
            f"a file takes no description of {length} bytes, for a header has at most "
            f"{_MAX_HEADER}: keep large arrays in weights, not in arguments"
        )


def read_content(path: Any) -> Content:
    """Return what is in a file; what it says of sizes is compared with its length.

    That is done before more than its header is read. Raises `SavingError` for what is
    no regular file of the format, `OSError` for what cannot be opened, and
    `MemoryError` for a file that is larger than memory.
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"a model is loaded from the path of a file, got {path!r}")
    text = os.fspath(path)
    if not isinstance(text, str):
        raise TypeError(f"a model is loaded from a path as text, got {path!r}")
    _check_characters(text)
    try:
        return _read(text)
    except SavingError as error:
        raise SavingError(f"{text!r} cannot be read: {error}") from error


def _check_characters(path: str) -> None:
    try:
        usable = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise SavingError(
            f"no file can have the path {path!r}: leave out characters that file "
            "systems do not take"
        )


def _read(path: str) -> Content:
    # Opening a named pipe would wait for ever.
    if not stat.S_ISREG(Path(path).stat().st_mode):
        raise SavingError("expected a regular file, got a folder, pipe or device")
    with Path(path).open("rb") as file:
        # Of what was opened: another file may have taken its name meanwhile.
        size = os.fstat(file.fileno()).st_size
        start = file.read(8)
        length = int.from_bytes(start, "little")
        _check_start(start, length, size)
        described = file.read(length)
        _check_described(described, size)
        header = from_json(described, "its header")
        texts, body = _texts(header), _body_length(header)
        if 8 + length + body != size:
            raise SavingError(
                f"it has {size} bytes, expected {8 + length + body} by its header: it "
                "is damaged or cut off"
            )
        # The bytes, and the arrays that are made of them.
        gg.backend.require_memory(2 * size, f"the file {path!r}")
        return Content(_arrays(start + described, body, file), texts)


def _check_start(start: bytes, length: int, size: int) -> None:
    """Raise for a file whose first bytes are not those of the format."""
    for sign, kind in _FOREIGN.items():
        if start.startswith(sign) and length > size:
            raise SavingError(
                f"it is {kind}, expected a file that model.save wrote: {_WAY_OVER}"
            )
    if len(start) < 8 or length > min(size - 8, _MAX_HEADER):
        raise SavingError(
            f"it has {size} bytes, too few for what it says of itself: it is cut off, "
            "or no safetensors file"
        )


def _body_length(header: Mapping[str, Any]) -> int:
    """Return where the last array ends; what else they say is safetensors' to check."""
    last = 0
    for name, array in header.items():
        if name == "__metadata__":
            continue
        match array:
            case {"data_offsets": [int(), int(end)]}:
                last = max(last, end)
            case _:
                raise SavingError("it is damaged: an array has no place in it")
    return last


def _arrays(begin: bytes, length: int, file: IO[bytes]) -> dict[str, Array]:
    from safetensors.numpy import load

    try:
        return load(begin + file.read(length))
    except MemoryError:
        raise
    except Exception as error:
        raise SavingError(f"it is damaged or cut off: {error}") from error


def _texts(header: Any) -> dict[str, str]:
    texts = header.get("__metadata__", {}) if isinstance(header, Mapping) else None
    if not isinstance(texts, dict) or not all(
        isinstance(t, str) for t in texts.values()
    ):
        raise SavingError("its texts are damaged")
    return texts
