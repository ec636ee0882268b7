"""Forks: of the threads of a process, a forked one has but the one that forked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from threading import Lock, RLock

__all__ = ["fresh_in_forks"]

L = TypeVar("L", "Lock", "RLock")

_LOCKS: WeakSet[Any] = WeakSet()


def fresh_in_forks(lock: L) -> L:
    """Return ``lock``, which is free in a forked process whoever holds it here.

    The thread that holds it is not there, and would never give it back. It guards what
    is made anew by whoever gets it.

    >>> import threading
    >>> with fresh_in_forks(threading.Lock()) as taken:
    ...     taken
    True
    """
    _LOCKS.add(lock)
    return lock


def _renew() -> None:
    for lock in _LOCKS:
        lock._at_fork_reinit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
