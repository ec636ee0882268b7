"""The table of what is fuzzed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fuzzed import files, pictures


class Target(NamedTuple):
    """A function that any bytes are given to, and good inputs to start from."""

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]


TARGETS = {
    "model": Target(files.model_file, files.models),
    "weights": Target(files.weights_file, files.weights),
    "idx": Target(files.idx_file, files.idx),
    "description": Target(files.description, files.descriptions),
    "names": Target(pictures.names, pictures.odd),
}
