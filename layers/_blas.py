"""Threads of BLAS: for small products one is quicker than several, which must meet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

__all__ = ["suitable_threads"]

# A product of fewer multiplications and additions than this takes some 20 us, in which
# a second thread gains little; while others use the processor it costs many times that.
SMALL = 1 << 21


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
    with controller.limit(limits=1, user_api="blas"):
        yield


# Looking for the libraries of this process takes milliseconds.
@cache
def _controller() -> Any:
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController()
