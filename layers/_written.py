"""Written: what knows the line at which the user made it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from graphgrad.nodes import NOWHERE, Line, line_of

__all__ = ["Written"]


class Written:
    """What knows the line of the user's code that made it, for those who look for it.

    >>> class Thing(Written): ...
    >>> thing = Thing()
    >>> thing._line.number
    1
    """

    # In a slot: it is no attribute on which anything depends.
    __slots__ = ("_line",)
    _line: Line

    if not TYPE_CHECKING:

        def __new__(cls, *_: Any, **__: Any) -> Any:
            """Note who asks for it."""
            made = super().__new__(cls)
            object.__setattr__(made, "_line", line_of(sys._getframe(1)) or NOWHERE)
            return made
