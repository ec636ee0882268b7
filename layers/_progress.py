"""Progress: Keras' line about an epoch; a bar where it can be drawn, else text."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TextIO

import numpy as np

from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._console import Console

__all__ = ["Progress", "announce", "check_verbose"]

Logs = Mapping[str, Any]

_WIDTH = 20
# Seconds between two drawings: terminals are slow, and eyes too.
_INTERVAL = 0.1

_BOLD, _GREEN, _GREY, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


def check_verbose(verbose: int | str) -> int:
    """Return 0 (silent), 1 (a bar; so also ``auto``) or 2 (one line per epoch).

    >>> check_verbose("auto"), check_verbose(2), check_verbose(False)
    (1, 2, 0)
    """
    if isinstance(verbose, str) and verbose == "auto":
        return 1
    if isinstance(verbose, int | np.integer | np.bool_) and int(verbose) in (0, 1, 2):
        return int(verbose)
    raise ArgumentError(
        "verbose must be 0 (silent), 1 (a bar), 2 (one line per epoch) or 'auto', "
        f"got {verbose!r}"
    )


class _Line(NamedTuple):
    """The parts of a line: count, full and empty part of the bar, time, the rest."""

    head: str
    full: str
    empty: str
    when: str
    info: str

    @property
    def length(self) -> int:
        return sum(map(len, self))

    def coloured(self) -> str:
        return (
            f"{_BOLD}{self.head}{_PLAIN}{_GREEN}{self.full}{_PLAIN}"
            f"{_GREY}{self.empty}{_PLAIN}{_BOLD}{self.when}{_PLAIN}{self.info}"
        )


class Progress:
    """The line about one epoch, written to ``stream`` (standard output unless given).

    With ``verbose`` 1 a bar, drawn over itself in a terminal or notebook at most ten
    times a second; anywhere else only the last line is written, without control codes.
    With 2 one line without a bar. ``steps`` is None as long as their number is not
    known: then only the last line has a bar. Logs with a / in their name are not shown:
    there is one for every layer. `clock` gives seconds.

    >>> progress = Progress(0, 1, 4, 1)
    >>> for done in range(1, 5):
    ...     progress.update(done, lambda: {"loss": 0.5})
    >>> progress.finish({"loss": 0.5})  # doctest: +ELLIPSIS
    4/4 ━━━━━━━━━━━━━━━━━━━━ 0s .../step - loss: 0.5000
    """

    def __init__(
        self,
        epoch: int,
        epochs: int,
        steps: int | None,
        verbose: int | str = "auto",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start the clock; write the number of the epoch if there are several."""
        self._verbose = check_verbose(verbose)
        self._steps = steps
        self._done = 0
        self._columns = 0
        if not self._verbose:
            return
        self._console = Console(sys.stdout if stream is None else stream)
        # A program without a console has no standard output.
        self._verbose = self._verbose if self._console.exists else 0
        self._clock = clock
        self._start = clock()
        # When the first step had ended: it also pays for what is made once.
        self._first: float | None = None
        self._last: float | None = None
        self._drawn = self._start - _INTERVAL
        self._redraws = self._verbose == 1 and self._console.redraws
        if self._verbose and epochs > 1:
            self._console.write(f"Epoch {epoch + 1}/{epochs}\n")

    def update(self, done: int, logs: Callable[[], Logs]) -> None:
        """Take note of ``done`` steps; ``logs`` is called only to draw them."""
        self._done = done
        if not self._verbose:
            return
        last = self._steps is None or done == self._steps
        if not self._redraws and not last and done > 1:
            return
        now = self._clock()
        if done == 1:
            self._first = now
        if last:
            self._last = now
        if self._redraws and now - self._drawn >= _INTERVAL:
            self._drawn = now
            self._redraw(self._line(now, logs(), final=False), final=False)

    def finish(self, logs: Logs) -> None:
        """Write the last line of the epoch."""
        if not self._verbose:
            return
        if self._steps is None:
            self._steps = self._done
        self._done = self._done or self._steps
        line = self._line(self._clock(), logs, final=True)
        if self._redraws:
            self._redraw(line, final=True)
        else:
            self._console.write("".join(line) + "\n")

    def close(self) -> None:
        """Leave the line of a bar that was not finished."""
        if self._columns:
            self._columns = 0
            self._console.write("\n")
        _Drawn.forget(self)

    def clear(self) -> None:
        """Take the bar off its line; the next drawing brings it back."""
        if self._columns:
            self._console.write("\r" + " " * self._columns + "\r")
            self._columns = 0

    # ---- the line --------------------------------------------------------------------

    def _line(self, now: float, logs: Logs, *, final: bool) -> _Line:
        pace = self._pace(now)
        named = [(name, value) for name, value in logs.items() if "/" not in name]
        shown = "".join(f" - {name}: {_number(value)}" for name, value in named)
        elapsed = f"{now - self._start:.0f}s"
        if self._steps is None:
            info = f" {_per_step(pace)}{shown}"
            return _Line(f"{self._done}/Unknown", "", "", f" {elapsed}", info)
        count = f"{self._done:>{len(str(self._steps))}}/{self._steps}"
        if self._verbose == 2:
            return _Line(f"{count} - {elapsed} - {_per_step(pace)}", "", "", "", shown)
        left = pace * (self._steps - self._done)
        when = f" {elapsed if final else _duration(left)}"
        width = self._bar_width(len(count) + len(when) + 2, final=final)
        full = width * self._done // max(self._steps, 1)
        cell = self._console.choose("━", "=")
        info = f" {_per_step(pace)}{shown}"
        return _Line(f"{count} ", cell * full, cell * (width - full), when, info)

    # A terminal may be too narrow even for the bar.
    def _bar_width(self, rest: int, *, final: bool) -> int:
        if final or not self._console.wraps:
            return _WIDTH
        return min(_WIDTH, max(_columns() - rest, 0))

    def _pace(self, now: float) -> float:
        end = now if self._last is None else self._last
        if self._first is not None and self._done > 1:
            return (end - self._first) / (self._done - 1)
        return (end - self._start) / self._done if self._done else 0.0

    # ---- drawing ---------------------------------------------------------------------

    def _redraw(self, line: _Line, *, final: bool) -> None:
        if not final and self._console.wraps:
            # A line that wraps could not be drawn over.
            room = _columns() - 1
            over = max(line.length - room, 0)
            line = line._replace(info=line.info[: max(len(line.info) - over, 0)])
        rest = " " * max(self._columns - line.length, 0)
        self._columns = 0 if final else line.length
        text = line.coloured() if self._console.colours else "".join(line)
        self._console.write("\r" + text + rest + ("\n" if final else ""))
        if final:
            _Drawn.forget(self)
        else:
            _Drawn.bar = self


class _Drawn:
    """The bar that stands on the last line now, if there is one."""

    bar: Progress | None = None

    @classmethod
    def forget(cls, bar: Progress) -> None:
        if cls.bar is bar:
            cls.bar = None


def announce(message: str) -> None:
    """Write a line to standard output, in the place of a bar that is being drawn.

    >>> announce("Epoch 8: early stopping")
    Epoch 8: early stopping
    """
    if _Drawn.bar is not None:
        _Drawn.bar.clear()
    console = Console(sys.stdout)
    if console.exists:
        console.write(f"{message}\n")


def _number(value: Any) -> str:
    if np.ndim(value):
        numbers = np.ravel(value).tolist()
        return f"[{', '.join(_number(each) for each in numbers)}]"
    return f"{value:.4f}" if abs(value) > 1e-3 else f"{value:.4e}"


def _per_step(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/step"
    return f"{seconds * 1e6:.0f}us/step"


def _duration(seconds: float) -> str:
    whole = int(seconds)
    minutes, left = divmod(whole, 60)
    if whole > 3600:
        return f"{minutes // 60}:{minutes % 60:02}:{left:02}"
    return f"{minutes}:{left:02}" if whole > 60 else f"{whole}s"


def _columns() -> int:
    from shutil import get_terminal_size

    return get_terminal_size().columns
