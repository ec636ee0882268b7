"""Interrupts: Ctrl-C waits until a step has ended, so that none is cut in half."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

import graphgrad as gg

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["WholeSteps"]


class WholeSteps:
    """A block in which programs run whole, whatever signal comes meanwhile.

    Only the main thread gets signals; in others it changes nothing.

    >>> program = gg.Program(gg.trace(lambda x: x + 1, gg.Spec((1,))))
    >>> with WholeSteps() as steps:
    ...     steps.run(program)
    >>> program.runs
    1
    """

    def __init__(self) -> None:
        """Wait for nothing yet."""
        self._running = False
        self._came: tuple[int, FrameType | None] | None = None
        self._before: Any = None
        self._given_back = False

    def __enter__(self) -> Self:
        """Take over Ctrl-C, where it is handled by Python."""
        if threading.current_thread() is threading.main_thread():
            before = signal.getsignal(signal.SIGINT)
            if callable(before):
                self._before = before
                self._take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give it back, unless somebody else has taken it over."""
        if self._before is not None:
            if signal.getsignal(signal.SIGINT) == self._handle:
                signal.signal(signal.SIGINT, self._before)
            self._deliver()

    def run(self, program: gg.Program) -> None:
        """Run a program; a signal that comes meanwhile is handled when it has ended."""
        if self._given_back:
            self._take()
        self._running = True
        try:
            program.run()
        finally:
            self._running = False
        if self._came is not None:
            self._deliver()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._running:
            self._came = (number, frame)
            return
        # What it does may end the block, even where Python does not come to the end of
        # `__enter__` or to the beginning of `__exit__`; if not, the block goes on.
        self._given_back = True
        signal.signal(signal.SIGINT, self._before)
        self._before(number, frame)
        self._take()

    def _take(self) -> None:
        signal.signal(signal.SIGINT, self._handle)
        self._given_back = False

    def _deliver(self) -> None:
        came, self._came = self._came, None
        if came is not None:
            self._before(*came)
