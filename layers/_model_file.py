"""A model's file: what it says, and what there is to check before it is believed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._array_text import dtype_from
from graphgrad.layers._json import as_json, from_json
from graphgrad.layers._model_state import PARTS, State
from graphgrad.layers._registry import ConfigError, SavingError
from graphgrad.layers._safetensors_file import Content, read_content, write_content

__all__ = ["ModelFile", "known_columns", "read_file", "write_file"]

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

# The format of the texts in a file, as far as this version knows it.
VERSION = 1
_NAME = "graphgrad"


class ModelFile(NamedTuple):
    """What a file holds: arrays by part, and descriptions, if any."""

    path: str
    parts: dict[str, Arrays]
    # Of the model's own arrays: what they are for, and whether they may be trained.
    kinds: dict[str, str]
    trainable: dict[str, bool]
    model: Any = None
    compiled: Any = None
    prepared: bool = False
    # Shape and dtype of a label, where the data have decided about it.
    labels: gg.Spec | None = None
    extra: Any = None
    # What inputs were like in training, if that was recorded.
    ranges: Any = None
    # What the frame that it was trained on calls its columns, if it was one.
    columns: Any = None
    # The bytes of its texts.
    described: int = 0


def write_file(path: str, state: Mapping[str, State], **texts: Any) -> None:
    """Write state by part, and descriptions."""
    variables = {n: v for part in state.values() for n, v in part.items()}
    kinds = {n: [v.cell.kind, v.trainable] for n, v in state["model"].items()}
    names = {part: list(found) for part, found in state.items()}
    written = {
        "format": _NAME,
        "format_version": str(VERSION),
        "graphgrad_version": gg.__version__,
        "state": as_json({**names, "model": kinds}),
        **{name: as_json(thing) for name, thing in texts.items()},
    }
    arrays = {name: variable.numpy() for name, variable in variables.items()}
    write_content(path, Content(arrays, written))


def read_file(path: Any) -> ModelFile:
    """Return what a file holds; one that another library wrote has weights alone."""
    content = read_content(path)
    name = os.fspath(path)
    if content.texts.get("format") != _NAME:
        return ModelFile(name, {"model": content.tensors}, {}, {})
    try:
        return _understood(name, content)
    except SavingError as error:
        raise SavingError(f"{name!r} cannot be loaded: {error}") from error


def _understood(path: str, content: Content) -> ModelFile:
    texts = content.texts
    _check_version(texts)
    state = _text(texts, "state")
    if not isinstance(state, Mapping) or not set(state) <= set(PARTS):
        raise SavingError("its list of arrays is damaged")
    parts = {part: _part(state[part], content.tensors) for part in state}
    kinds = state.get("model", {})
    if not isinstance(kinds, Mapping) or not all(map(_is_kind, kinds.values())):
        raise SavingError("its list of weights is damaged")
    if sum(map(len, parts.values())) != len(content.tensors):
        raise SavingError("it holds other arrays than it says")
    return ModelFile(
        path,
        parts,
        {name: kind for name, (kind, _) in kinds.items()},
        {name: trainable for name, (_, trainable) in kinds.items()},
        model=_text(texts, "model"),
        compiled=_text(texts, "compiled"),
        prepared=_text(texts, "prepared") is True,
        labels=_spec(_text(texts, "labels")),
        extra=_text(texts, "extra"),
        ranges=_text(texts, "ranges"),
        columns=_text(texts, "columns"),
        described=sum(len(text.encode()) for text in texts.values()),
    )


def known_columns(described: Any, shape: Sequence[int | None]) -> tuple[str, ...]:
    """Return the names of columns that a file gives to inputs of this ``shape``."""
    sound = isinstance(described, list) and all(type(x) is str for x in described)
    if not sound or len(set(described)) != len(described):
        raise SavingError("its names of columns are damaged")
    if len(shape) != 2 or len(described) != shape[1]:
        raise SavingError(f"it has {len(described)} columns, and inputs of {shape}")
    return tuple(described)


def _check_version(texts: Mapping[str, str]) -> None:
    version = texts.get("format_version", "")
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise SavingError(f"its version is no number: {version[:20]!r}")
    if int(version) > VERSION:
        raise SavingError(
            f"graphgrad {texts.get('graphgrad_version')} wrote it in version {version} "
            f"of its format, and this graphgrad {gg.__version__} reads up to {VERSION}:"
            " install a newer one"
        )


def _text(texts: Mapping[str, str], name: str) -> Any:
    return from_json(texts[name], f"its text {name!r}") if name in texts else None


def _part(names: Any, tensors: Arrays) -> Arrays:
    if not isinstance(names, list | dict) or not all(isinstance(n, str) for n in names):
        raise ConfigError("a list of its arrays is damaged")
    missing = [name for name in names if name not in tensors]
    if missing:
        raise SavingError(f"it lacks the arrays {', '.join(map(repr, missing))}")
    return {name: tensors[name] for name in names}


def _spec(described: Any) -> gg.Spec | None:
    if described is None:
        return None
    try:
        shape, dtype = described
        return gg.Spec(tuple(int(side) for side in shape), dtype_from(dtype))
    except (TypeError, ValueError, OverflowError, gg.GraphgradError) as error:
        raise SavingError(f"what it says of labels is damaged: {error}") from error


def _is_kind(value: Any) -> bool:
    if not isinstance(value, list) or len(value) != 2:
        return False
    return isinstance(value[0], str) and isinstance(value[1], bool)
