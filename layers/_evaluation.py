"""Evaluation: evaluate and predict, which run the programs of these stages."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._batches import Stream, is_stream, parts_of
from graphgrad.layers._callbacks import Callback, CallbackList
from graphgrad.layers._data import Array, check_values
from graphgrad.layers._direct import direct
from graphgrad.layers._fed import (
    BLOCK,
    USUAL,
    Fed,
    batch_size_of,
    check_endless,
)
from graphgrad.layers._progress import Progress, check_verbose
from graphgrad.layers._runner import Runner
from graphgrad.layers._samples import Samples
from graphgrad.layers._separable import layers_separate, losses_separate
from graphgrad.layers._sources import ArraySource, Source
from graphgrad.layers._threads import one_at_a_time
from graphgrad.layers._training_arguments import (
    check_batch_size,
    check_steps,
    refuse_others,
)
from graphgrad.layers._values import warn_of_weights
from graphgrad.layers._warning import warn

__all__ = ["Evaluator", "Test"]

EVALUATE = (
    *("x", "y", "batch_size", "verbose", "sample_weight", "steps", "callbacks"),
    "return_dict",
)
PREDICT = ("x", "batch_size", "verbose", "steps", "callbacks")


class Test:
    """An evaluation that can be run, also again and again: a source and its limit."""

    def __init__(self, source: Source, limit: int | None) -> None:
        """Remember how many steps there are, if that is known."""
        self.source = source
        self.limit = limit
        known = [each for each in (limit, source.steps) if each is not None]
        self.steps = min(known, default=None)


class Evaluator(Fed):
    """A compiled model that can be evaluated and used."""

    # ---- evaluate --------------------------------------------------------------------

    @one_at_a_time
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | str | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        return_dict: bool = False,
        **unknown: Any,
    ) -> Any:
        """Return the loss and metrics over the data, without training.

        A single number if there is only the loss; else a list, the loss first, then the
        metrics in the order of `compile`; with ``return_dict`` a dict. ``x`` may also
        be a generator or another stream of batches, as in `fit`; ``steps`` is how many
        batches to take, all unless given. ``batch_size`` is 32, or more where no result
        can depend on it, and nobody watches batches.

        The loss differs from the one that `fit` reports for the same data: that is a
        mean over an epoch in which the weights change, and dropout is at work.

        A `NonFiniteWarning` names the weight that is not finite, if the loss is not.
        """
        refuse_others("evaluate", unknown, EVALUATE)
        self._compiled("evaluate")
        mode, limit = check_verbose(verbose), check_steps("steps", steps)
        rows = check_batch_size(batch_size)
        check_flag("return_dict", return_dict)
        data = self._given(x, y, sample_weight)
        check_endless(data, limit, "steps")
        convert = self._converter()
        self._ensure_ready(self._first(data, convert))
        listeners = CallbackList(callbacks or [], self)
        alike = losses_separate(self._compiled("evaluate")[1], self._measured)
        usual = self._usual_rows(listeners, alike=alike)
        batch = batch_size_of(data, rows, steps=limit, usual=usual)
        taken = data if limit is None else _first_of(data, limit * batch)
        convert = self._shown("evaluate", taken, convert, listeners)
        test = Test(self._source("evaluate", data, convert, batch), limit)
        listeners.params = {"verbose": mode, "epochs": 1, "steps": test.steps}
        with closing(Progress(0, 1, test.steps, mode)) as progress, self._measuring():
            logs = self._test(test, listeners, progress if mode else None)
            progress.finish(logs)
        warn_of_weights(self.weights, logs["loss"])
        return self._result(logs, return_dict=return_dict)

    # As in Keras where it can be seen, else what is fast.
    def _usual_rows(self, listeners: CallbackList, *, alike: bool = True) -> int:
        alike = alike and layers_separate(self.seen().parts[1:])
        return BLOCK if alike and not listeners.watches_batches else USUAL

    def _test(
        self,
        test: Test,
        listeners: CallbackList,
        progress: Progress | None = None,
    ) -> dict[str, Any]:
        self.reset_metrics()
        listeners.on_test_begin({})
        watched = listeners.watches_batches

        def after(step: int) -> None:
            if watched:
                listeners.on_test_batch_end(step, self._logs())
            if progress is not None:
                progress.update(step + 1, self._logs)

        runner = Runner(
            listeners.on_test_batch_begin if watched else None,
            after if watched or progress is not None else None,
            every=self._steps_per_execution,
        )
        test.source.begin()
        ran_out(runner.through(test.source, test.limit), test)
        logs = self._logs()
        listeners.on_test_end(logs)
        return logs

    # ---- predict ---------------------------------------------------------------------

    def predict(
        self,
        x: Any,
        batch_size: int | str | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Sequence[Callback] | None = None,
        **unknown: Any,
    ) -> Array:
        """Return the model's outputs for ``x``, one row a sample, as a float32 array.

        ``x`` may also be a stream of batches, whose labels are not looked at; of one
        that does not end, ``steps`` says how many batches to take. ``batch_size`` is as
        in `evaluate`: no output depends on it, but for the last bits, since a product
        of larger matrices may add in another order.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(1, kernel_initializer="ones")])
        >>> model.predict([[1.0, 2.0]], verbose=0)
        array([[3.]], dtype=float32)
        """
        if (
            (type(x) is np.ndarray or type(x) is list)
            and (batch_size is None and steps is None and callbacks is None)
            and isinstance(verbose, int)
            and not (verbose or unknown)
        ):
            with self.lock:
                found = self._at_once(x)
            if found is not None:
                return found
        return self._predict(x, batch_size, verbose, steps, callbacks, unknown)

    @one_at_a_time
    def _predict(
        self,
        x: Any,
        batch_size: int | str | None,
        verbose: int | str,
        steps: int | None,
        callbacks: Sequence[Callback] | None,
        unknown: dict[str, Any],
    ) -> Array:
        refuse_others("predict", unknown, PREDICT)
        mode, limit = check_verbose(verbose), check_steps("steps", steps)
        rows = check_batch_size(batch_size)
        data = Stream(x) if is_stream(x) else Samples(self._inputs(x))
        check_endless(data, limit, "steps")
        first = self._first(data, self._convert_inputs)
        self._build_for(first.x)
        listeners = CallbackList(callbacks or [], self)
        usual = self._usual_rows(listeners)
        batch = batch_size_of(data, rows, steps=limit, usual=usual)
        taken = data if limit is None else _first_of(data, limit * batch)
        convert = self._shown("predict", taken, self._convert_inputs, listeners)
        test = Test(self._source("predict", data, convert, batch), limit)
        listeners.params = {"verbose": mode, "epochs": 1, "steps": test.steps}
        with closing(Progress(0, 1, test.steps, mode)) as progress:
            return self._outputs(test, listeners, progress)

    # A few samples for which there is a program go straight through it; None is said of
    # all else. What was found for one call is asked again by the next.
    def _at_once(self, x: Any) -> Array | None:
        if type(x) is list:
            if len(x) > USUAL:
                return None
            x = self._inputs(x)
        stages = self._stages
        if stages.direct is not None:
            seen, backend, predict = stages.direct
            same = seen.holds() and backend is gg.backend.in_use()
            found = predict(x) if same else None
            if found is not None:
                return found
        program = None
        if x.ndim and len(x) <= USUAL:
            program = stages.ready("predict", len(x))
        if program is None:
            return None
        first = self._layers[0]
        values = first.input_values()
        check = None if values is None else partial(check_values, values, first, "x")
        predict = direct(program, check)
        stages.direct = self.seen(), program.backend, predict
        return predict(self._inputs(x))

    def _convert_inputs(self, batch: Any, number: int) -> Samples:
        parts = parts_of(batch, f"batch {number} of x")
        return Samples(self._inputs(parts.x, f"x of batch {number}"))

    def _outputs(
        self, test: Test, listeners: CallbackList, progress: Progress
    ) -> Array:
        source = test.source
        listeners.on_predict_begin({})
        watched = listeners.watches_batches
        collected = _Outputs(self.output_shape, test)

        def after(step: int) -> None:
            if watched:
                listeners.on_predict_batch_end(step, {"outputs": collected.last()})
            progress.update(step + 1, dict)

        runner = Runner(
            listeners.on_predict_batch_begin if watched else None,
            after,
            every=self._steps_per_execution,
            done=collected.take,
        )
        source.begin()
        ran_out(runner.through(source, test.limit), test)
        listeners.on_predict_end({})
        progress.finish({})
        return collected.whole()

    # ---- single batches --------------------------------------------------------------

    @one_at_a_time
    def test_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        return_dict: bool = False,
        **unknown: Any,
    ) -> Any:
        """Return loss and metrics of one batch, without training."""
        taken = ("x", "y", "sample_weight", "return_dict")
        refuse_others("test_on_batch", unknown, taken)
        self._compiled("test_on_batch")
        samples = self._labelled(x, y, sample_weight)
        self._ensure_ready(samples)
        source = self._source("evaluate", samples, self._converter(), len(samples))
        source.begin()
        with self._measuring():
            self.reset_metrics()
            Runner().through(source)
            return self._result(self._logs(), return_dict=return_dict)

    @one_at_a_time
    def predict_on_batch(self, x: Any) -> Array:
        """Return the model's outputs for one batch."""
        samples = Samples(self._inputs(x))
        self._build_for(samples.x)
        source = self._source("predict", samples, self._convert_inputs, len(samples))
        source.begin()
        collected = _Outputs(self.output_shape, Test(source, None))
        Runner(done=collected.take).through(source)
        return collected.whole()


def _first_of(data: Samples | Stream, rows: int) -> Samples | Stream:
    return data.part(0, rows) if isinstance(data, Samples) else data


class _Outputs:
    """The outputs of all batches, one after the other."""

    def __init__(self, shape: Sequence[int | None], test: Test) -> None:
        self._sides = [side or 0 for side in shape[1:]]
        self._source = test.source
        self._parts: list[Array] = []
        self._result: Array | None = None
        self._at = self._last = 0
        if isinstance(test.source, ArraySource):
            rows = test.source.count
            if test.limit is not None:
                rows = min(rows, test.limit * test.source.batch)
            self._result = np.empty((rows, *self._sides), np.float32)

    def take(self, step: int, program: gg.Program) -> None:
        """Copy what a program has left."""
        (output,) = program.outputs
        self._last = self._at
        self._at += len(output)
        if self._result is None:
            self._parts.append(output.astype(np.float32))
        else:
            self._result[self._last : self._at] = output

    def last(self) -> Array:
        """Return a copy of the outputs of the last batch."""
        if self._result is None:
            return self._parts[-1].copy()
        return self._result[self._last : self._at].copy()

    def whole(self) -> Array:
        """Return all outputs."""
        if self._result is not None:
            return self._result[: self._at]
        return np.concatenate(self._parts)


def ran_out(steps: int, test: Test) -> None:
    """Warn if fewer batches came than were asked for."""
    if test.limit is not None and steps < test.limit:
        warn_of_end(f"steps={test.limit}", steps)


def warn_of_end(asked: str, steps: int) -> None:
    """Warn that data ended before they were expected to."""
    warn(
        f"the data ran out: {asked} were asked for, and there were {steps} batches; "
        "leave it out to take what there is",
        UserWarning,
    )
