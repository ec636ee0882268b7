"""Names made from names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from functools import lru_cache
from typing import Any

__all__ = ["Names", "check_name", "shortened", "snake_case", "unique_name"]


@lru_cache(maxsize=256)
def snake_case(name: str) -> str:
    """Write a class name in small letters with underscores, as Keras names layers."""
    parted = re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", parted).lower()


def check_name(name: Any) -> None:
    """Refuse what a layer cannot be called; None is what it gets a name for.

    >>> check_name("a/b")
    Traceback (most recent call last):
    ...
    ValueError: a layer's name is text without '/', got 'a/b': the names of its \
weights are made from it
    """
    if name is None:
        return
    if not isinstance(name, str) or not name or "/" in name:
        raise ValueError(
            f"a layer's name is text without '/', got {name!r}: the names of its "
            "weights are made from it"
        )
    if any("\ud800" <= mark <= "\udfff" for mark in name):
        raise ValueError(
            f"a layer's name is text that UTF-8 can write, got {name!r}: it stands in "
            "files and on pages"
        )


# Longer texts are none that people read to the end.
_MOST = 4000


def shortened(text: str) -> str:
    """Return a text, or its begin and its end where it is longer than a page.

    >>> len(shortened("a" * 10**6)) <= 4000
    True
    """
    if len(text) <= _MOST:
        return text
    half = _MOST // 2 - 40
    left_out = len(text) - 2 * half
    return f"{text[:half]} [... {left_out} characters ...] {text[-half:]}"


def unique_name(base: str, taken: Container[str]) -> str:
    """Return ``base``, or the first of ``base_1``, ``base_2``, ... that is free."""
    name, count = base, 0
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


class Names:
    """Names that are taken, to which free ones are added.

    >>> names = Names(["dense"])
    >>> names.free("dense"), names.free("dense"), names.free("flatten")
    ('dense_1', 'dense_2', 'flatten')
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Take these names."""
        self.taken = set(taken)
        self._counts: dict[str, int] = {}

    def free(self, base: str) -> str:
        """Take the name that `unique_name` finds; do not count anew each time."""
        name, count = base, self._counts.get(base, 0)
        while name in self.taken:
            count += 1
            name = f"{base}_{count}"
        self._counts[base] = count
        self.taken.add(name)
        return name
