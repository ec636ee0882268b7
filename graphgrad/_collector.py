"""The collector of cycles, which has nothing to find while a graph is made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let Python collect no cycles in the block, whose many new objects all stay.

    Python looks for cycles each time that so many objects have been made, through all
    that there are: for graphs of many nodes, that takes longer than to make them. It
    goes on as before when the block ends, also by an error.

    >>> import gc
    >>> with collector_paused():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
