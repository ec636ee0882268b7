"""What recording depends on, per thread: whether it is on, and where we are."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphgrad._node import Cell, Line, Node, Place, State

if TYPE_CHECKING:
    from threading import local
    from types import CodeType, FrameType
else:
    # The same class, without the module, which is slow to import and not needed here.
    from _thread import _local as local

__all__ = [
    "CONTEXT",
    "PHASES",
    "Tape",
    "current_place",
    "end_search",
    "line_of",
    "lines_kept",
    "local",
    "no_grad",
    "phase",
    "scope",
]

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
        # Whether operations are to know the lines of the user's code.
        self.lines = False

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
def lines_kept() -> Iterator[None]:
    """Give the nodes of the block the line of their place, whoever records them."""
    tape = CONTEXT.tape
    if tape is None or not tape.lines:
        yield
        return
    tape.lines = False
    try:
        yield
    finally:
        tape.lines = True


@contextmanager
def scope(name: str, line: Line | None = None) -> Iterator[None]:
    """Name the layer, loss or optimizer that the nodes of the block belong to.

    ``line`` is where that was made. Of the nodes of a trace, those have it which no
    code outside of this library asks for, between this block and the node.

    >>> import graphgrad as gg
    >>> with gg.scope("head"):
    ...     y = gg.tensor(1.0, requires_grad=True) * 2
    >>> y.node.place.scope
    'head'
    """
    if line is None:
        place = CONTEXT.place._replace(scope=name)
    else:
        place = CONTEXT.place._replace(scope=name, line=line)
        if CONTEXT.tape is not None and CONTEXT.tape.lines:
            end_search(3)
    with placed(place):
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
    ended = True
    try:
        yield
    except GeneratorExit:
        # Ctrl-C came between here and the block, or at its end: this ends when the
        # exception is forgotten, and others may be under way.
        ended = CONTEXT.place is place
        raise
    finally:
        if ended:
            CONTEXT.place = before


# ---- lines ---------------------------------------------------------------------------

# What calls on behalf of others: the lines of these say nothing.
_BETWEEN = frozenset({"graphgrad", "numpy", "contextlib", "functools", "copy"})

# Of each file known: whether it is a user's, one of these, or one of these in which a
# search may end, at calls of the functions below.
_USERS, _PASSED, _ENDING = range(3)
_KINDS: dict[str, int] = {}
_ENDS: dict[int, CodeType] = {}


def end_search(depth: int = 1) -> None:
    """Let no search for a line go beyond calls of this function, if it is not a user's.

    It is the function ``depth`` calls out from here.
    """
    frame = sys._getframe(depth)
    code = frame.f_code
    if id(code) not in _ENDS and _kind_of(frame) != _USERS:
        _ENDS[id(code)] = code
        _KINDS[code.co_filename] = _ENDING


def current_place(depth: int) -> Place:
    """Return where what is traced now belongs, with the line of the user's code.

    The search begins ``depth`` calls out from here.
    """
    place = CONTEXT.place
    tape = CONTEXT.tape
    if tape is not None and tape.lines:
        line = line_of(sys._getframe(depth))
        if line is not None:
            return Place(place.scope, place.phase, place.constant, place.of, line)
    return place


def line_of(frame: FrameType | None) -> Line | None:
    """Return the innermost line outside of this library, from ``frame`` outwards.

    A search ends without one at `trace`, and where a `scope` with a line was opened.

    >>> import sys
    >>> line_of(sys._getframe()).number
    1
    """
    while frame is not None:
        code = frame.f_code
        try:
            kind = _KINDS[code.co_filename]
        except KeyError:
            kind = _kind_of(frame)
        if kind == _USERS:
            return Line(code.co_filename, frame.f_lineno)
        if kind == _ENDING and id(code) in _ENDS:
            return None
        frame = frame.f_back
    return None


# Examples in docstrings run as a part of their module, and are code of users.
def _kind_of(frame: FrameType) -> int:
    file = frame.f_code.co_filename
    if file not in _KINDS:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        passed = package in _BETWEEN and not file.startswith("<")
        passed = passed or file.startswith("<frozen")
        _KINDS[file] = _PASSED if passed else _USERS
    return _KINDS[file]
