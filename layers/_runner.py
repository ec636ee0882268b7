"""Runner: goes through a data set in batches, a program's run for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._data import Array, Feed

__all__ = ["Runner"]


class Runner:
    """Runs a stage's program over arrays, batch by batch.

    A last, smaller batch has a program of its own. Nothing else happens between the
    batches than what `run` is given to call.
    """

    def __init__(
        self,
        program_for: Callable[[int], gg.Program],
        arrays: Sequence[Array],
        batch: int,
    ) -> None:
        """Get the one or two programs that the number of rows needs."""
        self.count = len(arrays[0])
        self.batch = min(batch, self.count)
        self.steps = -(-self.count // self.batch)
        sizes = {self.batch, self.count % self.batch or self.batch}
        self.programs = {size: program_for(size) for size in sizes}
        self.feeds = {
            size: [
                Feed(array, size, target)
                for array, target in zip(arrays, program.inputs, strict=True)
            ]
            for size, program in self.programs.items()
        }

    def run(
        self,
        order: Array | None = None,
        after: Callable[[int, int], Any] | None = None,
        before: Callable[[int], Any] | None = None,
        go_on: Callable[[], bool] | None = None,
    ) -> None:
        """Run once over all rows, in ``order``; call ``after(step, size)`` each time.

        ``before(step)`` is called before a step, and after it ``go_on()`` may say stop.
        """
        with np.errstate(all="ignore"):
            for step in range(self.steps):
                start = step * self.batch
                stop = min(start + self.batch, self.count)
                if before is not None:
                    before(step)
                self._step(start, stop, order)
                if after is not None:
                    after(step, stop - start)
                if go_on is not None and not go_on():
                    break

    def _step(self, start: int, stop: int, order: Array | None) -> None:
        size = stop - start
        if order is None:
            for feed in self.feeds[size]:
                feed.slice(start, stop)
        else:
            index = order[start:stop]
            for feed in self.feeds[size]:
                feed.rows(index)
        self.programs[size].run()

    def outputs(self, size: int) -> tuple[Array, ...]:
        """Return the arrays in which a run over ``size`` rows left its results."""
        return self.programs[size].outputs
