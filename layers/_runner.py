"""Runner: goes through a source batch by batch, a program's run for each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._sources import Source

__all__ = ["Runner"]

Run = Callable[[gg.Program], None]
Done = Callable[[int, gg.Program], Any]


class Runner:
    """Runs programs over batches; what is called around the steps costs if it is there.

    ``before(step)`` and ``after(step)`` are called once for ``every`` so many steps,
    the latter with the last of them. Then ``go_on()`` may say stop. ``done(step,
    program)`` is called after every step, before a program runs again.
    """

    def __init__(
        self,
        before: Callable[[int], Any] | None = None,
        after: Callable[[int], Any] | None = None,
        go_on: Callable[[], bool] | None = None,
        every: int = 1,
        *,
        run: Run = gg.Program.run,
        done: Done | None = None,
    ) -> None:
        """Keep what is to be called."""
        self.before = before
        self.after = after
        self.go_on = go_on
        self.every = every
        self.run = run
        self.done = done
        # One for each runner, which is in no two passes at once: up to NumPy 1 it
        # remembers the state that it found.
        watched = any(each is not None for each in (before, after, done))
        self._through = np.errstate(all="ignore")(_watched if watched else _unwatched)

    def through(self, source: Source, limit: int | None = None, first: int = 0) -> int:
        """Run until the pass ends, or the step ``limit``; return the number of steps.

        The first step has the number ``first``.
        """
        end = sys.maxsize if limit is None else limit
        try:
            return self._through(self, source, first, end)
        finally:
            source.let_go()


def _unwatched(runner: Runner, source: Source, first: int, end: int) -> int:
    run, go_on, steps = runner.run, runner.go_on, first
    for program in islice(source.rest(), max(0, end - first)):
        run(program)
        steps += 1
        if go_on is not None and not go_on():
            break
    return steps


def _watched(runner: Runner, source: Source, first: int, end: int) -> int:
    before, after, every = runner.before, runner.after, runner.every
    run, go_on, done = runner.run, runner.go_on, runner.done
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
