"""Fitting: the epochs of one call of fit, and what is told to callbacks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

import graphgrad as gg
from graphgrad.layers._callbacks import CallbackList, History, LossError
from graphgrad.layers._data import Array
from graphgrad.layers._evaluation import Test
from graphgrad.layers._interrupts import WholeSteps
from graphgrad.layers._nonfinite import Search, restored, sited, told
from graphgrad.layers._progress import Progress
from graphgrad.layers._runner import Run, Runner
from graphgrad.layers._sources import Source
from graphgrad.layers._training_arguments import FitPlan
from graphgrad.layers._warning import warn

__all__ = ["Fitting"]

Logs = dict[str, Any]

# One pass more.
_NEXT = np.array([0, 1], np.uint64)


class Model(Protocol):
    """What a training needs to know of a model."""

    history: History | None
    stop_training: bool
    resume_at: tuple[int, int] | None
    _order: gg.Variable | None
    _steps_per_execution: int
    _training: bool

    @property
    def metrics_names(self) -> list[str]:
        """The names of loss and metrics."""
        ...

    @property
    def trainable_weights(self) -> list[gg.Variable]:
        """The weights that training changes."""
        ...

    @property
    def optimizer(self) -> Any:
        """The optimizer."""
        ...

    def reset_metrics(self) -> None:
        """Let loss and metrics begin anew."""
        ...

    def _logs(self) -> Logs: ...

    def _test(self, test: Test, listeners: CallbackList) -> Logs: ...


class Dice:
    """A generator of random numbers that begins anew with a key, again and again.

    >>> key = np.array([7, 2], np.uint64)
    >>> again = np.random.Generator(np.random.Philox(key=key))
    >>> Dice().thrown(key).random() == again.random()
    True
    """

    def __init__(self) -> None:
        """Take a generator, and note how it is when it is fresh."""
        self._bits = np.random.Philox(key=0)
        self._fresh: Any = self._bits.state
        self._generator = np.random.Generator(self._bits)

    def thrown(self, key: Array) -> np.random.Generator:
        """Return the generator, as one that is made with this key."""
        self._fresh["state"]["key"] = key
        self._bits.state = self._fresh
        return self._generator


class Fitting:
    """One training of a model over a source, with validation in between."""

    def __init__(
        self,
        model: Model,
        plan: FitPlan,
        source: Source,
        testing: Test | None,
        listeners: CallbackList,
    ) -> None:
        """Tell the callbacks what is going to happen."""
        self.model = model
        self.plan = plan
        self.source = source
        self.testing = testing
        self.listeners = listeners
        known = [each for each in (plan.steps_per_epoch, source.steps) if each]
        # The batches of an epoch, if their number is known.
        self.steps = min(known, default=None)
        self.watched = listeners.watches_batches
        self._dice = Dice() if plan.shuffle else None
        # What is written about an epoch; nothing, until one begins that is not silent.
        self._line = Progress(0, plan.epochs, self.steps, 0)
        # Batches taken of the pass that is under way, and whether one is.
        self._at = 0
        self._order_now: Array | None = None
        self._warned = False
        self._saw_nan = plan.on_nonfinite == "ignore"
        self._search = Search(
            model,
            source,
            plan.on_nonfinite,
            probes=listeners.probes,
            alone=len(listeners.callbacks) == 1,
            watched=self.watched,
        )
        listeners.params = {
            "verbose": plan.verbose,
            "epochs": plan.epochs,
            "steps": self.steps,
            "metrics": self._names(),
            "samples": source.samples,
            "validation_samples": testing and testing.source.samples,
        }

    # The logs of an epoch, in their order.
    def _names(self) -> list[str]:
        names = sorted(self.model.metrics_names)
        validates = self.testing is not None
        return names + [f"val_{name}" for name in names if validates]

    def run(self) -> History:
        """Train for all epochs; what stops it leaves a history of those before."""
        model, listeners = self.model, self.listeners
        model.stop_training = False
        model.resume_at = None
        logs: Logs = {}
        with WholeSteps() as steps, self._under_way():
            runner = self._runner(self._search.watching(steps.run))
            listeners.on_train_begin({})
            model.history = listeners.history
            start, batch = self._resume()
            for epoch in range(start, self.plan.epochs):
                found = self._epoch(epoch, batch, runner)
                if found is None:
                    break
                logs, batch = found, 0
                if model.stop_training:
                    break
            if model.optimizer is not None and model.optimizer.use_ema:
                model.optimizer.finalize_variable_values(model.trainable_weights)
            listeners.on_train_end(logs)
        return listeners.history

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        # Straight into the attributes: at a call, Ctrl-C could come again.
        kept = vars(self.model)
        before = kept["_training"]
        try:
            kept["_training"] = True
            yield
        finally:
            kept["_training"] = before

    # ---- an epoch --------------------------------------------------------------------

    def _runner(self, run: Run) -> Runner:
        model, listeners, watched = self.model, self.listeners, self.watched

        def after(step: int) -> None:
            if watched:
                try:
                    listeners.on_train_batch_end(step, model._logs())
                except LossError as error:
                    self._search.blame(error, step + 1)
                    raise
            self._line.update(step + 1, model._logs)

        return Runner(
            listeners.on_train_batch_begin if watched else None,
            after if watched or self.plan.verbose else None,
            lambda: not model.stop_training,
            model._steps_per_execution,
            run=run,
        )

    def _epoch(self, epoch: int, first: int, runner: Runner) -> Logs | None:
        model, plan, listeners = self.model, self.plan, self.listeners
        if not first and not self._begin():
            self._warn_of_end(0)
            return None
        if not first:
            model.reset_metrics()
        listeners.on_epoch_begin(epoch, {})
        if plan.verbose:
            self._line = Progress(epoch, plan.epochs, self.steps, plan.verbose)
        try:
            self._steps(epoch, first, runner)
            logs = model._logs()
            last = model.stop_training or epoch + 1 == plan.epochs
            if self._search.suspects(logs, weights=last or self._search.asked):
                logs = self._say(epoch, logs)
                if not logs:
                    return None
            if self.testing is not None and plan.validates(epoch):
                self.testing.source.renew()
                held_out = model._test(self.testing, listeners)
                logs |= {f"val_{name}": value for name, value in held_out.items()}
            self.source.end()
            own = dict(logs)
            # The line has what callbacks add to the logs, and is under what they say.
            listeners.on_epoch_end(epoch, logs)
            self._line.finish(logs)
        finally:
            self._line.close()
        self._warn_of_nan(own, epoch)
        return logs

    def _steps(self, epoch: int, first: int, runner: Runner) -> None:
        model = self.model
        # Callbacks may have frozen a layer, or changed a rate.
        self.source.renew()
        self._search.begin(epoch, self._order_now, self._at, first)
        limit = self.plan.steps_per_epoch
        last = runner.through(self.source, limit, first)
        self._search.ran(last - first)
        self._at += last - first
        if limit is not None and last < limit and not model.stop_training:
            self._warn_of_end(last)
        if self._ended(limit):
            self._at = 0

    # ---- passes over the data --------------------------------------------------------

    # Go on with the pass that is under way, or begin one; False if there is no batch.
    def _begin(self) -> bool:
        if not self._at or not self.source.more():
            self._at = 0
            self._order_now = self._order(new=True)
            self.source.begin(self._order_now)
        return self.source.more()

    # The order of a new pass, or of the one that had begun when the state was saved.
    def _order(self, *, new: bool) -> Array | None:
        state = self.model._order
        assert state is not None, "the state is made before training"
        # The seed, and the number of passes that have begun.
        key = state.numpy()
        if new:
            state.assign(key + _NEXT)
        else:
            key -= _NEXT
        if self._dice is None:
            return None
        within = self.plan.shuffle == "batch"
        return self.source.order(self._dice.thrown(key), within=within)

    def _ended(self, limit: int | None) -> bool:
        known = self.source.steps
        return limit is None or (known is not None and self._at >= known)

    def _resume(self) -> tuple[int, int]:
        """Return the first epoch and its first batch; be ready for it."""
        where, self.model.resume_at = self.model.resume_at, None
        if where is None:
            return self.plan.initial_epoch, 0
        epoch, batch = where
        at = self._position(max(epoch - self.plan.initial_epoch, 0), batch)
        if at:
            self._order_now = self._order(new=False)
            self.source.begin(self._order_now, at)
            self._at = at
        return epoch, batch

    # How many batches of a pass so many epochs, and batches of another, have taken.
    def _position(self, epochs: int, batch: int) -> int:
        each, known = self.plan.steps_per_epoch, self.source.steps
        if each is None:
            return batch
        if known is None:
            return epochs * each + batch
        at = 0
        for _ in range(epochs):
            at = min(at + each, known) % known
        return at + batch

    def _warn_of_end(self, steps: int) -> None:
        if self._warned:
            return
        self._warned = True
        wanted = self.plan.steps_per_epoch
        if self.source.once:
            self.model.stop_training = True
            way_out = "training ends here; let it give more, or take fewer steps"
        else:
            way_out = (
                "the rest of a pass makes a shorter epoch, as in Keras; leave "
                "steps_per_epoch out to take every sample once an epoch"
            )
        warn(
            f"the data ran out after {steps} batches of an epoch that should have "
            f"{wanted or 'some'}: {way_out}",
            UserWarning,
        )

    # Say what the search found; return the logs, which are empty where the epoch had no
    # step before the one that went wrong.
    def _say(self, epoch: int, logs: Logs) -> Logs:
        how, found = self.plan.on_nonfinite, None
        if not self._saw_nan:
            self._saw_nan = True
            found = self._search.find()
            text = told(found, logs["loss"], epoch)
            if how == "restore":
                text += restored(found, self.model.trainable_weights)
            if how == "raise":
                raise sited(gg.NonFiniteError(text), found)
            warn(sited(gg.NonFiniteWarning(text), found))
        if how != "restore":
            return logs
        self.model.stop_training = True
        if found is None or not found.step:
            return logs
        return self.model._logs() if found.step > 1 else {}

    # The first of them says all.
    def _warn_of_nan(self, logs: Logs, epoch: int) -> None:
        bad = [name for name, value in logs.items() if not _is_finite(value)]
        if bad and not self._saw_nan:
            self._saw_nan = True
            warn(
                f"{bad[0]} is {logs[bad[0]]} in epoch {epoch + 1}: the step was too "
                "large, or the numbers are; try a smaller learning_rate, and scale x "
                "to -1 to 1",
                RuntimeWarning,
            )


def _is_finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return bool(np.isfinite(value).all())
