"""Programs of small functions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from graphgrad import _blocks


@contextmanager
def blocks_of(size: int | None) -> Iterator[None]:
    """Let programs of the block run all that is elementwise over ``size`` bytes."""
    before = _blocks.LARGE, _blocks.BLOCK
    if size is not None:
        _blocks.LARGE, _blocks.BLOCK = 16, size
    try:
        yield
    finally:
        _blocks.LARGE, _blocks.BLOCK = before
