"""Files of models, changed by hand as nobody would save them."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import graphgrad as gg
from graphgrad.layers._registry import SavingError


def made(*, first: bool = True) -> gg.Sequential:
    """Return a small compiled model, which is built if it has its ``first`` shape."""
    layers: list[Any] = [gg.Input((2,))] if first else []
    model = gg.Sequential([*layers, gg.Dense(1, name="only")])
    model.compile("adam", "mse")
    return model


def parts(path: Path) -> tuple[dict[str, Any], bytes]:
    """Return the header of a file, and what stands behind it."""
    whole = path.read_bytes()
    length = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + length]), whole[8 + length :]


def write(path: Path, header: dict[str, Any], body: bytes) -> None:
    """Write a file of the format."""
    written = json.dumps(header).encode()
    path.write_bytes(len(written).to_bytes(8, "little") + written + body)


def edit(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change what the texts of a file say."""
    header, body = parts(path)
    texts = {name: _read(text) for name, text in header["__metadata__"].items()}
    change(texts)
    plain = {n: t if isinstance(t, str) else json.dumps(t) for n, t in texts.items()}
    write(path, {**header, "__metadata__": plain}, body)


def _read(text: str) -> Any:
    try:
        return json.loads(text) if text[:1] in "{[ntf" else text
    except ValueError:
        return text


def peak(call: Callable[[], object]) -> int:
    """Return the most memory that was in use while a file was refused."""
    tracemalloc.start()
    try:
        with pytest.raises((SavingError, MemoryError)):
            call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
