"""What recording depends on, per thread: whether it is on, and where we are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphgrad._node import Cell, Node, Place, State

if TYPE_CHECKING:
    from threading import local
else:
    # The same class, without the module, which is slow to import and not needed here.
    from _thread import _local as local

__all__ = ["CONTEXT", "PHASES", "Tape", "no_grad", "phase", "scope"]

PHASES = ("forward", "loss", "backward", "update")


class Tape:
    """What a trace keeps beside its nodes: the state read and written so far.

    State is written when the step ends: until then its leaf has the old value, and
    later reads see the new value itself.
    """

    def __init__(self) -> None:
        """Start with no state touched."""
        self.leaves: dict[Cell, Node] = {}
        self.written: dict[Cell, tuple[Node, Place]] = {}

    def leaf(self, cell: Cell) -> Node:
        """Return the leaf that has the value of ``cell`` when the step starts."""
        if cell not in self.leaves:
            array = cell.array
            self.leaves[cell] = Node(State(cell), (), array.shape, array.dtype, Place())
        return self.leaves[cell]

    def read(self, cell: Cell) -> Node:
        """Return the node that has the value of ``cell`` at this point."""
        return self.written[cell][0] if cell in self.written else self.leaf(cell)

    def write(self, cell: Cell, value: Node, place: Place) -> None:
        """Let later reads of ``cell`` see ``value``, and the step end with it."""
        self.written[cell] = (value, place)


class _Context(local):
    recording: bool = True
    place: Place = Place()
    tape: Tape | None = None


CONTEXT = _Context()


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing for differentiation inside the block (in this thread only).

    >>> import graphgrad as gg
    >>> x = gg.tensor(2.0, requires_grad=True)
    >>> with gg.no_grad():
    ...     y = x * 3
    >>> y.requires_grad
    False
    """
    before, CONTEXT.recording = CONTEXT.recording, False
    try:
        yield
    finally:
        CONTEXT.recording = before


@contextmanager
def recording_if(flag: bool) -> Iterator[None]:
    """Switch recording on or off inside the block."""
    before, CONTEXT.recording = CONTEXT.recording, flag
    try:
        yield
    finally:
        CONTEXT.recording = before


@contextmanager
def scope(name: str) -> Iterator[None]:
    """Name the layer, loss or optimizer that the nodes of the block belong to.

    >>> import graphgrad as gg
    >>> with gg.scope("head"):
    ...     y = gg.tensor(1.0, requires_grad=True) * 2
    >>> y.node.place.scope
    'head'
    """
    with placed(CONTEXT.place._replace(scope=name)):
        yield


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Name the phase of the block: forward, loss, backward or update.

    >>> import graphgrad as gg
    >>> with gg.phase("update"):
    ...     y = gg.tensor(1.0, requires_grad=True) * 2
    >>> y.node.place.phase
    'update'
    """
    if name not in PHASES:
        raise ValueError(f"a phase is one of {', '.join(PHASES)}, got {name!r}")
    with placed(CONTEXT.place._replace(phase=name)):
        yield


@contextmanager
def placed(place: Place) -> Iterator[None]:
    """Record the nodes of the block at ``place``."""
    before, CONTEXT.place = CONTEXT.place, place
    try:
        yield
    finally:
        CONTEXT.place = before
