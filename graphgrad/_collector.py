"""The collector of cycles, which has nothing to find while a graph is made."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["collector_paused"]

# Of the blocks that are under way, in all threads, those that will turn it on again.
_PAUSES: set[object] = set()


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let Python collect no cycles in the block, whose many new objects all stay.

    Python looks for cycles each time that so many objects have been made, through all
    that there are: for graphs of many nodes, that takes longer than to make them. It
    goes on as before when the block ends, also by an error or Ctrl-C, and in a process
    that is forked meanwhile.

    >>> import gc
    >>> with collector_paused():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was_enabled, pause = gc.isenabled(), object()
    try:
        if was_enabled:
            _PAUSES.add(pause)
            gc.disable()
        yield
    finally:
        if was_enabled:
            gc.enable()
            _PAUSES.discard(pause)


# Of the threads that made graphs, a forked process has at most its own.
def _go_on() -> None:
    if _PAUSES:
        gc.enable()
        _PAUSES.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_go_on)
