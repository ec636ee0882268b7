"""Profiling: what each operation, layer and phase of a model's step takes."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_choice
from graphgrad.layers._evaluation import warn_of_end
from graphgrad.layers._fed import batch_size_of
from graphgrad.layers._recording import STAGES, Recorded
from graphgrad.layers._runner import Runner
from graphgrad.layers._sources import Source
from graphgrad.layers._threads import one_at_a_time
from graphgrad.layers._training_arguments import (
    check_batch_size,
    check_steps,
    refuse_others,
)
from graphgrad.layers._warning import warn

if TYPE_CHECKING:
    from graphgrad.profiling import Profile, Profiler

__all__ = ["Profiled"]

PROFILE = ("x", "y", "batch_size", "sample_weight", "steps", "stage")


class Profiled(Recorded):
    """A trainable model that can say what its steps take."""

    @one_at_a_time
    def profile(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | str | None = None,
        *,
        sample_weight: Any = None,
        steps: int | None = None,
        stage: str = "fit",
        **unknown: Any,
    ) -> Profile:
        """Run real steps over the data, and return what each of their operations takes.

        What runs is the program of ``stage``: fit, evaluate or predict, which takes no
        ``y``. Each of ``steps`` batches is computed once with a clock after every
        instruction and once without; if not given, for about a second, and 10 times at
        least. Data and ``batch_size`` are those of that method, and checked as there;
        only batches with as many rows as the first are measured, for others have
        another program: a last, smaller one is left out, and others with a warning.

        The model stays as it is: weights, the optimizer's slots, metrics, the random
        state and what counts runs are put back, also after an error. If need be it is
        built first, as by `fit`. Of a generator, the batches are gone.

        `print` shows the result as tables, ``gg.viz.render(profile, "step.svg")`` on
        the graph; see `graphgrad.profiling.Profile`.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
        >>> model.compile("sgd", "binary_crossentropy")
        >>> profile = model.profile([[0.0, 1.0], [1.0, 0.0]], [0, 1], steps=5)
        >>> [each.name for each in profile.phases]
        ['forward', 'loss', 'backward', 'update']
        >>> profile["matmul"].flops
        8
        """
        refuse_others("profile", unknown, PROFILE)
        check_choice("stage", stage, STAGES)
        count, rows = check_steps("steps", steps), check_batch_size(batch_size)
        data, convert, usual = self._for_stage("profile", stage, x, y, sample_weight)
        batch = batch_size_of(data, rows, usual=usual)
        source = self._source(stage, data, convert, batch, shuffled=stage == "fit")
        clock = _Clock(count)
        with clock:
            clock.go_through(source, shuffled=stage == "fit")
        profiler = clock.profiler
        assert profiler is not None, "data that were checked have a batch"
        clock.warn()
        return profiler.profile(
            loading=clock.loading,
            **self._called(stage, clock.rows, profiler.program),
        )


class _Clock:
    """Goes through batches and measures those that are like the first."""

    def __init__(self, steps: int | None) -> None:
        self.steps = steps
        self.profiler: Profiler | None = None
        self.loading: list[int] = []
        self.rows = 0
        # Batches of a pass that are unlike the first; a last one may be smaller.
        self.batches = self.left_out = self.last_ones = 0
        self._stack = ExitStack()
        self._began = 0
        self._alike = True

    def __enter__(self) -> None:
        """Wait for the first batch, which tells the program."""

    def __exit__(self, *_: object) -> None:
        """Put the state back that the program has written."""
        self._stack.close()

    def go_through(self, source: Source, *, shuffled: bool) -> None:
        """Take batches, and begin anew where they end, until there were enough."""
        generator = np.random.default_rng(0)
        runner = Runner(before=self._begin, go_on=self._goes_on, run=self._run)
        taken = 1
        while taken and self._goes_on():
            order = source.order(generator, within=False) if shuffled else None
            source.begin(order)
            measured = len(self.loading)
            taken = runner.through(source)
            self.batches += taken
            self.left_out += taken - (len(self.loading) - measured)
            if not self._alike and source.size < self.rows:
                self.last_ones += 1
            if shuffled:
                source.end()
            if source.once:
                break

    def warn(self) -> None:
        """Warn if there was less to measure than one would think."""
        assert self.profiler is not None, "data that were checked have a batch"
        short = self.steps is not None and self.profiler.runs < self.steps
        count = self.batches - self.left_out
        found = (
            f"{count} of {self.batches} batches have {self.rows} rows like the first"
        )
        if short and not self.left_out:
            warn_of_end(f"steps={self.steps}", count)
        elif short:
            warn(
                f"the data ran out: steps={self.steps} were asked for, and {found}, "
                "the others have other programs; give batches of one size",
                UserWarning,
            )
        elif self.steps is None and self.left_out > self.last_ones:
            warn(
                f"only a part of the data was measured: {found}, the others have other "
                "programs; give batches of one size",
                UserWarning,
            )

    def _begin(self, step: int) -> None:
        self._began = time.perf_counter_ns()

    def _goes_on(self) -> bool:
        return self.profiler is None or self.profiler.goes_on()

    def _run(self, program: gg.Program) -> None:
        loading = time.perf_counter_ns() - self._began
        if self.profiler is None:
            from graphgrad.profiling import Profiler

            profiler = Profiler(program, self.steps)
            self.profiler = self._stack.enter_context(profiler)
            self.rows = int(program.inputs[0].shape[0])
        self._alike = program is self.profiler.program
        if self._alike:
            self.loading.append(loading)
            self.profiler.run()
