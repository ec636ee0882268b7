"""Runner: goes through a source batch by batch, a program's run for each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._sources import Source

__all__ = ["Hooks", "run_batches"]

Run = Callable[[gg.Program], None]
Done = Callable[[int, gg.Program], Any]


class Hooks:
    """What is called around the steps; None costs nothing.

    ``before(step)`` and ``after(step)`` are called once for ``every`` so many steps,
    the latter with the last of them. Then ``go_on()`` may say stop.
    """

    def __init__(
        self,
        before: Callable[[int], Any] | None = None,
        after: Callable[[int], Any] | None = None,
        go_on: Callable[[], bool] | None = None,
        every: int = 1,
    ) -> None:
        """Keep what is to be called."""
        self.before = before
        self.after = after
        self.go_on = go_on
        self.every = every


def run_batches(
    source: Source,
    hooks: Hooks,
    limit: int | None = None,
    *,
    first: int = 0,
    run: Run = gg.Program.run,
    done: Done | None = None,
) -> int:
    """Run until the pass ends, or the step ``limit``; return the number of steps.

    ``done(step, program)`` is called after every step, before a program runs again.
    """
    end = sys.maxsize if limit is None else limit
    try:
        with np.errstate(all="ignore"):
            if hooks.before is None and hooks.after is None and done is None:
                return _run_unwatched(source, hooks.go_on, first, end, run)
            return _run_watched(source, hooks, first, end, run, done)
    finally:
        source.let_go()


def _run_unwatched(
    source: Source, go_on: Callable[[], bool] | None, step: int, end: int, run: Run
) -> int:
    if step >= end:
        return step
    for program in source.rest():
        run(program)
        step += 1
        if step >= end or (go_on is not None and not go_on()):
            break
    return step


def _run_watched(
    source: Source, hooks: Hooks, first: int, end: int, run: Run, done: Done | None
) -> int:
    before, after, go_on, every = hooks.before, hooks.after, hooks.go_on, hooks.every
    step = first
    while step < end and source.more():
        begins = every == 1 or step == first or step % every == 0
        # Hooks may use the model: what is loaded is run at once.
        if begins and before is not None:
            before(step)
        program = source.load()
        run(program)
        if done is not None:
            done(step, program)
        step += 1
        if every > 1 and step % every and step < end and source.more():
            continue
        if after is not None:
            after(step - 1)
        if go_on is not None and not go_on():
            break
    return step
