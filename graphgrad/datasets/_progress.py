"""Telling how far a download is: a bar in a terminal, one line per file elsewhere."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

__all__ = ["DownloadProgress"]

_WIDTH = 16  # then names of MNIST leave room for the rate in 80 columns
_INTERVAL = 0.1


class DownloadProgress:
    """The progress of a file of ``total`` bytes, told to ``stream`` if there is one."""

    def __init__(self, stream: TextIO | None, name: str, total: int) -> None:
        """Say nothing yet: a file that is there already needs no words."""
        self._stream, self._name, self._total = stream, name, total
        self._is_terminal = stream is not None and stream.isatty()
        self._started = self._drawn = time.monotonic()
        self._first = 0
        self._is_open = False

    def note(self, text: str) -> None:
        """Write one line."""
        if self._stream is not None:
            self._stream.write(f"{text}\n")
            self._stream.flush()

    def start(self, folder: str, done: int) -> None:
        """Announce the file, of which ``done`` bytes are here already."""
        self._started, self._first = time.monotonic(), done
        if self._is_terminal:
            self._draw(done)
            return
        kept = f", {_megabytes(done)} of it here already" if done else ""
        size = _megabytes(self._total)
        self.note(f"downloading {self._name} ({size} MB{kept}) into {folder}")

    def update(self, done: int) -> None:
        """Redraw the bar, ten times a second at most: terminals are slow."""
        now = time.monotonic()
        is_due = now - self._drawn >= _INTERVAL or done == self._total
        if self._is_terminal and is_due:
            self._drawn = now
            self._draw(done)

    def close(self) -> None:
        """Leave the bar's line, so that what is written next starts on its own."""
        if self._is_open and self._stream is not None:
            self._stream.write("\n")
            self._stream.flush()
            self._is_open = False

    def _draw(self, done: int) -> None:
        if self._stream is None:
            return
        share = done / self._total if self._total else 1.0
        bar = "#" * int(share * _WIDTH)
        seconds = max(time.monotonic() - self._started, 1e-3)
        rate = _megabytes(int((done - self._first) / seconds))
        text = (
            f"{self._name} [{bar:.<{_WIDTH}}] {share:4.0%}  "
            f"{_megabytes(done)} of {_megabytes(self._total)} MB  {rate} MB/s"
        )
        # A line that wraps could not be drawn over.
        columns = shutil.get_terminal_size().columns - 1
        self._stream.write("\r" + text[:columns].ljust(min(columns, 79)))
        self._stream.flush()
        self._is_open = True


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f}" if count >= 1e5 else f"{count / 1e6:.3f}"
