"""Console: a stream of text, and what can be done with it."""

from __future__ import annotations

import os
import sys
from typing import TextIO

__all__ = ["Console"]

_WINDOWS = os.name == "nt"

# One of these is set where Windows understands colours; its old console does not.
_COLOURFUL = ("WT_SESSION", "ANSICON", "ConEmuANSI", "TERM", "TERM_PROGRAM")


class Console:
    """A stream, which may be a terminal, a notebook's cell, or neither.

    >>> import io
    >>> console = Console(io.StringIO())
    >>> console.redraws, console.choose("━", "=")
    (False, '━')
    """

    def __init__(self, stream: TextIO | None) -> None:
        """Find out what the stream is."""
        self._stream = stream
        notebook = stream is not None and _is_notebook(stream)
        terminal = stream is not None and not notebook and _is_terminal(stream)
        # Whether there is a stream at all.
        self.exists = stream is not None
        # Whether a carriage return goes back to the start of a line.
        self.redraws = notebook or terminal
        # Whether a long line goes on in the next one, where no return can reach it.
        self.wraps = terminal
        self.colours = self.redraws and "NO_COLOR" not in os.environ
        if terminal and _WINDOWS:
            self.colours &= any(name in os.environ for name in _COLOURFUL)

    def write(self, text: str) -> None:
        """Write ``text`` at once, with a ? for what the stream has no code for."""
        assert self._stream is not None, "there is a stream to write to"
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            code = self._stream.encoding
            self._stream.write(text.encode(code, "replace").decode(code))
        self._stream.flush()

    def choose(self, text: str, instead: str) -> str:
        """Return ``text``, or ``instead`` if the stream cannot write it."""
        try:
            text.encode(getattr(self._stream, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            return instead
        return text


def _is_terminal(stream: TextIO) -> bool:
    return stream.isatty() and os.environ.get("TERM") != "dumb"


# Jupyter, Colab and VS Code replace standard output by a stream of ipykernel, which is
# no terminal, but goes back on a carriage return.
def _is_notebook(stream: TextIO) -> bool:
    if "ipykernel" not in sys.modules:
        return False
    return type(stream).__module__.partition(".")[0] == "ipykernel"
