"""Threads of BLAS: for small products one is quicker than several, which must meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["suitable_threads"]

# A product of fewer multiplications and additions than this takes some 20 us, in which
# a second thread gains little; while others use the processor it costs many times that.
SMALL = 1 << 21


class _Holders:
    """How many trainings want one thread; the last gives the others back."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.limit: Any = None

    def enter(self, controller: Any) -> None:
        with self.lock:
            if not self.count:
                self.limit = controller.limit(limits=1, user_api="blas")
            self.count += 1

    def leave(self) -> None:
        with self.lock:
            self.count -= 1
            if not self.count:
                self.limit.restore_original_limits()


_HOLDERS = _Holders()


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
    _HOLDERS.enter(controller)
    try:
        yield
    finally:
        _HOLDERS.leave()


# Looking for the libraries of this process takes milliseconds.
@cache
def _controller() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
