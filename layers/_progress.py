"""Progress: Keras' line about an epoch; a bar in a terminal, plain text elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from graphgrad.layers._arguments import ArgumentError

__all__ = ["Progress", "check_verbose"]

Logs = Mapping[str, float]

_WIDTH = 20
# Seconds between two drawings: terminals are slow, and eyes too.
_INTERVAL = 0.1

_BOLD, _GREEN, _GREY, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[37m", "\x1b[0m"


def check_verbose(verbose: int | str) -> int:
    """Return 0 (silent), 1 (a bar; so also ``auto``) or 2 (one line per epoch).

    >>> check_verbose("auto"), check_verbose(2)
    (1, 2)
    """
    if verbose == "auto":
        return 1
    if isinstance(verbose, int) and verbose in (0, 1, 2):
        return int(verbose)
    raise ArgumentError(
        "verbose must be 0 (silent), 1 (a bar), 2 (one line per epoch) or 'auto', "
        f"got {verbose!r}"
    )


class Progress:
    """The line about one epoch, written to ``stream`` (standard output unless given).

    With ``verbose`` 1 a bar, drawn over itself in a terminal at most ten times a
    second; anywhere else only the last line is written, without control codes. With 2
    one line without a bar. `clock` gives seconds.

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
        steps: int,
        verbose: int | str = "auto",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Start the clock; write the number of the epoch if there are several."""
        self._stream = sys.stdout if stream is None else stream
        # A program without a console has no standard output.
        silent = self._stream is None
        self._verbose = 0 if silent else check_verbose(verbose)
        self._steps = steps
        self._clock = clock
        self._start = clock()
        # When the first step had ended: it also pays for what is made once.
        self._first: float | None = None
        self._last: float | None = None
        self._done = 0
        self._drawn = self._start - _INTERVAL
        self._columns = 0
        self._redraws = self._verbose == 1 and _is_terminal(self._stream)
        if self._verbose and epochs > 1:
            self._write(f"Epoch {epoch + 1}/{epochs}\n")

    def update(self, done: int, logs: Callable[[], Logs]) -> None:
        """Take note of ``done`` steps; ``logs`` is called only to draw them."""
        self._done = done
        if not self._verbose or (not self._redraws and 1 < done < self._steps):
            return
        now = self._clock()
        if done == 1:
            self._first = now
        if done == self._steps:
            self._last = now
        if self._redraws and now - self._drawn >= _INTERVAL:
            self._drawn = now
            self._redraw(self._line(now, logs(), final=False), final=False)

    def finish(self, logs: Logs) -> None:
        """Write the last line of the epoch."""
        if not self._verbose:
            return
        self._done = self._done or self._steps
        line = self._line(self._clock(), logs, final=True)
        if self._redraws:
            self._redraw(line, final=True)
        else:
            self._write("".join(line) + "\n")

    def close(self) -> None:
        """Leave the line of a bar that was not finished."""
        if self._columns:
            self._columns = 0
            self._write("\n")

    # ---- the line --------------------------------------------------------------------

    # Count, full part of the bar, empty part, and the rest.
    def _line(
        self, now: float, logs: Logs, *, final: bool
    ) -> tuple[str, str, str, str, str]:
        count = f"{self._done:>{len(str(self._steps))}}/{self._steps}"
        pace = self._pace(now)
        shown = "".join(f" - {name}: {_number(value)}" for name, value in logs.items())
        elapsed = f"{now - self._start:.0f}s"
        if self._verbose == 2:
            return f"{count} - {elapsed} - {_per_step(pace)}", "", "", "", shown
        left = pace * (self._steps - self._done)
        when = elapsed if final else _duration(left)
        full = _WIDTH * self._done // max(self._steps, 1)
        cell = _cell(self._stream)
        info = f"{_per_step(pace)}{shown}"
        return f"{count} ", cell * full, cell * (_WIDTH - full), f" {when}", f" {info}"

    def _pace(self, now: float) -> float:
        end = now if self._last is None else self._last
        if self._first is not None and self._done > 1:
            return (end - self._first) / (self._done - 1)
        return (end - self._start) / self._done if self._done else 0.0

    # ---- drawing ---------------------------------------------------------------------

    def _redraw(self, line: tuple[str, str, str, str, str], *, final: bool) -> None:
        count, full, empty, when, info = line
        length = len("".join(line))
        if not final:
            # A line that wraps could not be drawn over.
            over = length - shutil.get_terminal_size().columns + 1
            info = info[: max(len(info) - max(over, 0), 0)]
            length = len(count + full + empty + when + info)
        coloured = (
            f"{_BOLD}{count}{_PLAIN}{_GREEN}{full}{_PLAIN}{_GREY}{empty}{_PLAIN}"
            f"{_BOLD}{when}{_PLAIN}{info}"
        )
        rest = " " * max(self._columns - length, 0)
        self._columns = 0 if final else length
        self._write("\r" + coloured + rest + ("\n" if final else ""))

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


# The bar of Keras, or one that the stream can write.
def _cell(stream: TextIO) -> str:
    try:
        "━".encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return "="
    return "━"


def _number(value: float) -> str:
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
