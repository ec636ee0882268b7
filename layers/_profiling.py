"""Profiling: what each operation, layer and phase of a model's step takes."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_choice
from graphgrad.layers._batches import Stream, is_stream
from graphgrad.layers._callbacks import CallbackList
from graphgrad.layers._evaluation import warn_of_end
from graphgrad.layers._fed import USUAL, Convert, batch_size_of
from graphgrad.layers._runner import Hooks, run_batches
from graphgrad.layers._samples import Samples
from graphgrad.layers._separable import losses_separate
from graphgrad.layers._sources import Source
from graphgrad.layers._threads import one_at_a_time
from graphgrad.layers._training import Trainer
from graphgrad.layers._training_arguments import (
    check_batch_size,
    check_steps,
    refuse_others,
)

if TYPE_CHECKING:
    from graphgrad.profiling import Profile, Profiler

__all__ = ["Profiled"]

STAGES = ("fit", "evaluate", "predict")
PROFILE = ("x", "y", "batch_size", "sample_weight", "steps", "stage")


class Profiled(Trainer):
    """A trainable model that can say what its steps take."""

    @one_at_a_time
    def profile(
        self,
        x: Any = None,
        y: Any = None,
        *,
        batch_size: int | str | None = None,
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
        a last, smaller batch, which has another program, is left out.

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
        if stage == "predict":
            data, convert, usual = self._to_predict(x, y, sample_weight)
        else:
            data, convert, usual = self._to_train(stage, x, y, sample_weight)
        batch = batch_size_of(data, rows, usual=usual)
        source = self._source(stage, data, convert, batch)
        clock = _Clock(count)
        with clock:
            clock.go_through(source, shuffled=stage == "fit")
        profiler = clock.profiler
        assert profiler is not None, "data that were checked have a batch"
        if count is not None and profiler.runs < count:
            warn_of_end(f"steps={count}", profiler.runs)
        return profiler.profile(
            loading=clock.loading,
            title=f"{self.name} · {stage}, batch of {clock.rows}",
            titles={layer.path: layer.title() for layer in self.flattened()},
        )

    def _to_predict(
        self, x: Any, y: Any, weight: Any
    ) -> tuple[Samples | Stream, Convert, int]:
        for name, value in (("y", y), ("sample_weight", weight)):
            if value is not None:
                raise ArgumentError(
                    f"stage 'predict' reads no labels, and {name} is given: leave it "
                    "out, or profile stage 'fit' or 'evaluate'"
                )
        data = Stream(x) if is_stream(x) else Samples(self._inputs(x))
        self._build_for(self._first(data, self._convert_inputs).x)
        return data, self._convert_inputs, self._usual_rows(CallbackList([], self))

    def _to_train(
        self, stage: str, x: Any, y: Any, weight: Any
    ) -> tuple[Samples | Stream, Convert, int]:
        _, loss = self._compiled("profile")
        data, convert = self._given(x, y, weight), self._converter()
        self._ensure_ready(self._first(data, convert))
        if stage == "fit":
            self._require_trainable()
            return data, convert, USUAL
        alike = losses_separate(loss, self._measured)
        return data, convert, self._usual_rows(CallbackList([], self), alike=alike)


class _Clock:
    """Goes through batches and measures those that are like the first."""

    def __init__(self, steps: int | None) -> None:
        self.steps = steps
        self.profiler: Profiler | None = None
        self.loading: list[int] = []
        self.rows = 0
        self._stack = ExitStack()
        self._began = 0

    def __enter__(self) -> None:
        """Wait for the first batch, which tells the program."""

    def __exit__(self, *_: object) -> None:
        """Put the state back that the program has written."""
        self._stack.close()

    def go_through(self, source: Source, *, shuffled: bool) -> None:
        """Take batches, and begin anew where they end, until there were enough."""
        generator = np.random.default_rng(0)
        hooks = Hooks(before=self._begin, go_on=self._goes_on)
        taken = 1
        while taken and self._goes_on():
            order = source.order(generator, within=False) if shuffled else None
            source.begin(order)
            taken = run_batches(source, hooks, run=self._run)
            self.rows = self.rows or source.size
            if shuffled:
                source.end()
            if source.once:
                break

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
        if program is self.profiler.program:
            self.loading.append(loading)
            self.profiler.run()
