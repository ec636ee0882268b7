"""Consoles, and fits that write to them."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from graphgrad.layers._progress import Progress

BAR = "━" * 20


CODES = re.compile(r"\x1b\[\d*m")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """Return the seconds."""
        return self.now


def never() -> dict[str, float]:
    """Fail: nobody should ask for these logs."""
    raise AssertionError("the logs were asked for")


def run(
    progress: Progress,
    clock: Clock,
    times: list[float],
    logs: Callable[[], Any] = never,
) -> None:
    """Report steps that end at ``times``."""
    for done, now in enumerate(times, start=1):
        clock.now = now
        progress.update(done, logs)


def visible(text: str) -> list[str]:
    """Return what stood on the last line of a terminal, one entry per drawing."""
    return [CODES.sub("", part).rstrip() for part in text.split("\r") if part]
