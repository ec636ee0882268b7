"""Changes: a mark that moves when something changes on which programs depend."""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = ["MARK", "Marked", "changed"]


class _Mark:
    # Another object after every change: no count, so that none is lost among threads.
    now: object = object()


MARK = _Mark()


def changed() -> None:
    """Move the mark, after a change.

    >>> before = MARK.now
    >>> changed()
    >>> MARK.now is before
    False
    """
    MARK.now = object()


class Marked:
    """What moves the mark whenever an attribute of it is set or deleted."""

    # Attributes on which no program depends, or finds out by itself.
    _unnoticed: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, and move the mark."""
        super().__setattr__(name, value)
        if name not in self._unnoticed:
            changed()

    def __delattr__(self, name: str) -> None:
        """Delete an attribute, and move the mark."""
        super().__delattr__(name)
        changed()
