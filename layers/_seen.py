"""Seen: what a model is made of, looked at again only when it may have changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

import graphgrad as gg
from graphgrad.layers._changes import MARK
from graphgrad.layers._settings import is_sealed

if TYPE_CHECKING:
    from graphgrad.layers._weights import Weighted

__all__ = ["Look", "Model", "Seen"]

# A function of a thing, whose value tells whether the thing has changed.
Look = tuple[Callable[[Any], Any], Any]


class Model(Protocol):
    """What is looked at: parts, and what else a program depends on."""

    def flattened(self) -> list[Any]:
        """Return all parts."""
        ...

    def looks(self, parts: Sequence[Weighted]) -> list[Look]:
        """Return how to look at whatever else counts."""
        ...


class Seen:
    """What a program of a model depends on, as it was at one time.

    Two are equal if nothing has changed in between, or has been changed back. Finding
    out takes a walk over all parts; whether it `holds` is known without one: most
    changes move a mark, and what may change without that is compared.

    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> seen = Seen(model)
    >>> model.trainable = False
    >>> seen.holds(), seen == Seen(model)
    (False, False)
    >>> model.trainable = True
    >>> seen.holds(), seen == Seen(model)
    (False, True)
    """

    __slots__ = ("_flags", "_hash", "_loose", "_mark", "_state", "parts", "versions")

    def __init__(self, model: Model) -> None:
        """Look at all of a model."""
        # What changes while it is looked at counts as changed since.
        self._mark, self._flags = MARK.now, gg.Variable._flags.now
        self.parts: list[Any] = model.flattened()
        # Versions only grow: these never come again; flags and settings may.
        self.versions = tuple((part, part._version) for part in self.parts)
        found = [(look, each, look(each)) for look, each in model.looks(self.parts)]
        self._state = (
            self.versions,
            *[part._trainable for part in self.parts],
            *[(v.name, v.trainable) for part in self.parts for v in part._variables],
            *[value for _, _, value in found],
        )
        self._hash = hash(self._state)
        self._loose = [each for each in found if not _is_sealed(each[1])]
        for part in self.parts:
            self._loose += [(*look, look[0](look[1])) for look in part.unmarked()]

    def holds(self) -> bool:
        """Return whether nothing has changed since."""
        if self._mark is not MARK.now or self._flags is not gg.Variable._flags.now:
            return False
        for look, thing, value in self._loose:  # noqa: SIM110 -- without a generator
            if look(thing) != value:
                return False
        return True

    def __eq__(self, other: object) -> bool:
        """Return whether nothing has changed in between."""
        return self is other or (
            isinstance(other, Seen) and self._state == other._state
        )

    def __hash__(self) -> int:
        """Return what was computed once."""
        return self._hash


# A function may have attributes, which are set without a mark.
def _is_sealed(thing: Any) -> bool:
    return is_sealed(thing) and not isinstance(thing, FunctionType)
