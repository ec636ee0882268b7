"""Threads: a model computes in memory of its own, and so for one at a time."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar
from weakref import WeakSet

import graphgrad as gg

if TYPE_CHECKING:
    from threading import Lock, RLock

__all__ = ["lock_of", "one_at_a_time", "settled_in_forks"]

P = ParamSpec("P")
R = TypeVar("R")
L = TypeVar("L", "Lock", "RLock")

# Forked processes begin with the one thread that forked; what the others were about
# stays as it was in that moment.
_FORKS = hasattr(os, "register_at_fork")


def one_at_a_time(method: Callable[P, R]) -> Callable[P, R]:
    """Let one thread at a time call such a method of an object with a ``lock``."""

    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        model: Any = args[0]
        with model.lock:
            return method(*args, **kwargs)

    return call


# ---- models --------------------------------------------------------------------------

_MODELS: WeakSet[Any] = WeakSet()


def lock_of(model: Any) -> Any:
    """Return a new lock for a model, which refuses it in forks that cut a step in half.

    >>> with lock_of(gg.Sequential()) as taken:
    ...     taken
    True
    """
    _MODELS.add(model)
    return threading.RLock()


class _Cut:
    """The lock of a model that another thread was at when the process was forked."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> NoReturn:
        raise gg.GraphgradError(
            f"model {self.name!r} was in use by another thread when this process was "
            "forked, and may be in the middle of a step here: fork when it is idle, "
            "start processes by multiprocessing's 'spawn', or load the model from a "
            "file in this one"
        )

    def __exit__(self, *_: object) -> None:
        """Do nothing: it was never entered."""


def _refuse_cut() -> None:
    for model in _MODELS:
        lock = vars(model).get("lock")
        if lock is None or isinstance(lock, _Cut):
            continue
        if lock.acquire(blocking=False):
            lock.release()
        else:
            vars(model)["lock"] = _Cut(model.name)


if _FORKS:
    os.register_at_fork(after_in_child=_refuse_cut)


# ---- what all share ------------------------------------------------------------------


def settled_in_forks(lock: L) -> L:
    """Return a lock of a module, which no other thread holds at the moment of a fork.

    A fork waits for it; so it is to be held for short times alone.

    >>> with settled_in_forks(threading.RLock()) as taken:
    ...     taken
    True
    """
    if _FORKS:
        os.register_at_fork(
            before=lock.acquire,
            after_in_parent=lock.release,
            after_in_child=lock.release,
        )
    return lock
