"""Threads of BLAS: for small products one is quicker than several, which must meet."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from graphgrad.layers._threads import settled_in_forks

__all__ = ["suitable_threads"]

# A product of fewer multiplications and additions than this takes some 20 us, in which
# a second thread gains little; while others use the processor it costs many times that.
SMALL = 1 << 21


class _Holders:
    """The trainings that want one thread; the last gives the others back."""

    def __init__(self) -> None:
        self.lock = settled_in_forks(threading.Lock())
        self.held: dict[object, int] = {}
        self.limit: Any = None

    def enter(self, holder: object, controller: Any) -> None:
        with self.lock:
            self.held[holder] = threading.get_ident()
            if self.limit is None:
                self.limit = controller.limit(limits=1, user_api="blas")

    # Also of one that Ctrl-C has kept from entering.
    def leave(self, holder: object) -> None:
        with self.lock:
            self.held.pop(holder, None)
            self._give_back()

    # In a forked process, none but those of the thread that forked.
    def after_fork(self) -> None:
        mine = threading.get_ident()
        self.held = {each: at for each, at in self.held.items() if at == mine}
        self._give_back()

    def _give_back(self) -> None:
        if self.limit is not None and not self.held:
            limit, self.limit = self.limit, None
            limit.restore_original_limits()


_HOLDERS = _Holders()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_HOLDERS.after_fork)


@contextmanager
def suitable_threads(flops: int) -> Iterator[None]:
    """Let BLAS use one thread in the block if its largest product takes few ``flops``.

    This needs the package threadpoolctl, and changes nothing where that is missing.

    >>> with suitable_threads(1000):
    ...     pass
    """
    controller = _controller() if flops < SMALL else None
    if controller is None:
        yield
        return
    holder = object()
    try:
        _HOLDERS.enter(holder, controller)
        yield
    finally:
        _HOLDERS.leave(holder)


# Looking for the libraries of this process takes milliseconds.
@cache
def _controller() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
