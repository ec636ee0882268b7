"""Training: fit, evaluate and predict, which run the programs of the stages."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any, ParamSpec, TypeVar

import numpy as np

from graphgrad import GraphgradError
from graphgrad.layers._callbacks import Callback, CallbackList, History
from graphgrad.layers._compiled import Compiled, Labelled
from graphgrad.layers._data import Array, as_data, check_batch_size, split_tail
from graphgrad.layers._progress import Progress, check_verbose
from graphgrad.layers._random_state import generator
from graphgrad.layers._runner import Runner

__all__ = ["Trainer"]

P = ParamSpec("P")
R = TypeVar("R")

# Rows per run of predict and evaluate where the user names no batch size.
BLOCK = 1024


# Programs compute in memory of their own: a model serves one thread at a time.
def _one_at_a_time(method: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(method)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        model: Any = args[0]
        with model.lock:
            return method(*args, **kwargs)

    return call


class Trainer(Compiled):
    """A compiled model that can be trained, evaluated and used."""

    history: History | None = None
    stop_training: bool = False

    # ---- fit -------------------------------------------------------------------------

    @_one_at_a_time
    def fit(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, Any] | None = None,
        shuffle: bool = True,
    ) -> History:
        """Run the training program over the data, ``epochs`` times; return the history.

        ``x`` has one row a sample, ``y`` one label. ``batch_size`` is 32 unless given;
        a last, smaller batch counts by its size. ``validation_split`` takes the last
        share of the samples, before shuffling; ``validation_data`` is a pair (x, y).
        All arguments and data are checked before anything changes.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(1)])
        >>> model.compile(optimizer="sgd", loss="mse")
        >>> history = model.fit([[1.0], [2.0]], [2.0, 4.0], epochs=2, verbose=0)
        >>> list(history.history)
        ['loss']
        """
        self._compiled("fit")
        batch = check_batch_size(batch_size, 32)
        _check_count("epochs", epochs)
        mode = check_verbose(verbose)
        train, held_out = self._split(x, y, validation_split, validation_data)
        listeners = CallbackList(callbacks or [], self, epochs=epochs)
        self._ensure_ready(train[0])
        self._require_trainable()
        runner = Runner(lambda size: self._stages.program("fit", size), train, batch)
        testing = held_out and self._tester(held_out, batch)
        listeners.params = {"verbose": mode, "epochs": epochs, "steps": runner.steps}
        return self._train(runner, testing, epochs, mode, listeners, shuffle=shuffle)

    def _require_trainable(self) -> None:
        if not self.trainable_weights:
            raise GraphgradError(
                f"{self!r} has no weight to train: all its layers are frozen, or none "
                "has weights; set layer.trainable = True"
            )

    def _train(
        self,
        runner: Runner,
        testing: Runner | None,
        epochs: int,
        mode: int,
        listeners: CallbackList,
        *,
        shuffle: bool,
    ) -> History:
        self.stop_training = False
        listeners.on_train_begin({})
        logs: dict[str, float] = {}
        for epoch in range(epochs):
            self._reset_metrics()
            listeners.on_epoch_begin(epoch, {})
            order = generator().permutation(runner.count) if shuffle else None
            with closing(Progress(epoch, epochs, runner.steps, mode)) as progress:
                self._run_epoch(runner, order, listeners, progress)
                logs = self._logs()
                if testing is not None:
                    held_out = self._test(testing, listeners)
                    logs |= {f"val_{name}": value for name, value in held_out.items()}
                progress.finish(logs)
            _warn_of_nan(logs, epoch)
            listeners.on_epoch_end(epoch, logs)
            if self.stop_training:
                break
        listeners.on_train_end(logs)
        self.history = listeners.history
        return listeners.history

    def _run_epoch(
        self,
        runner: Runner,
        order: Array | None,
        listeners: CallbackList,
        progress: Progress,
    ) -> None:
        def after(step: int, _: int) -> None:
            if listeners.watches_batches:
                listeners.on_train_batch_end(step, self._logs())
            progress.update(step + 1, self._logs)

        before = listeners.on_train_batch_begin if listeners.watches_batches else None
        runner.run(order, after, before, go_on=lambda: not self.stop_training)

    # ---- evaluate and predict --------------------------------------------------------

    @_one_at_a_time
    def evaluate(
        self,
        x: Any,
        y: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        *,
        callbacks: Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Return the loss and metrics over the data, without training.

        A single number if there is only the loss; else a list, the loss first, then the
        metrics in the order of `compile`; with ``return_dict`` a dict.
        """
        self._compiled("evaluate")
        batch = check_batch_size(batch_size, BLOCK)
        mode = check_verbose(verbose)
        data = self._labelled(x, y)
        self._ensure_ready(data[0])
        listeners = CallbackList(callbacks or [], self)
        runner = self._tester(data, batch)
        with closing(Progress(0, 1, runner.steps, mode)) as progress:
            logs = self._test(runner, listeners, progress)
            progress.finish(logs)
        return self._result(logs, return_dict=return_dict)

    def _tester(self, data: Labelled, batch: int) -> Runner:
        return Runner(lambda size: self._stages.program("evaluate", size), data, batch)

    def _test(
        self,
        runner: Runner,
        listeners: CallbackList,
        progress: Progress | None = None,
    ) -> dict[str, float]:
        self._reset_metrics()
        listeners.on_test_begin({})

        def after(step: int, _: int) -> None:
            if listeners.watches_batches:
                listeners.on_test_batch_end(step, self._logs())
            if progress is not None:
                progress.update(step + 1, self._logs)

        before = listeners.on_test_batch_begin if listeners.watches_batches else None
        runner.run(None, after, before)
        logs = self._logs()
        listeners.on_test_end(logs)
        return logs

    @_one_at_a_time
    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        *,
        callbacks: Sequence[Callback] | None = None,
    ) -> Array:
        """Return the model's outputs for ``x``, one row a sample, as a float32 array.

        >>> import graphgrad as gg
        >>> model = gg.Sequential([gg.Dense(1, kernel_initializer="ones")])
        >>> model.predict([[1.0, 2.0]], verbose=0)
        array([[3.]], dtype=float32)
        """
        batch = check_batch_size(batch_size, BLOCK)
        mode = check_verbose(verbose)
        data = self._inputs(x)
        self._build_for(data)
        listeners = CallbackList(callbacks or [], self)
        runner = Runner(
            lambda size: self._stages.program("predict", size), [data], batch
        )
        shape = (len(data), *[side or 0 for side in self.output_shape[1:]])
        result = np.empty(shape, np.float32)
        progress = Progress(0, 1, runner.steps, mode)
        listeners.on_predict_begin({})

        def after(step: int, size: int) -> None:
            start = step * runner.batch
            (output,) = runner.outputs(size)
            result[start : start + size] = output
            if listeners.watches_batches:
                listeners.on_predict_batch_end(step, {"outputs": output.copy()})
            progress.update(step + 1, dict)

        before = listeners.on_predict_batch_begin if listeners.watches_batches else None
        runner.run(None, after, before)
        listeners.on_predict_end({})
        progress.finish({})
        return result

    # ---- single batches --------------------------------------------------------------

    @_one_at_a_time
    def train_on_batch(self, x: Any, y: Any, *, return_dict: bool = False) -> Any:
        """Take one training step on all of ``x``; return its loss and metrics."""
        self._compiled("train_on_batch")
        data = self._labelled(x, y)
        self._ensure_ready(data[0])
        self._require_trainable()
        self._reset_metrics()
        size = len(data[0])
        Runner(lambda rows: self._stages.program("fit", rows), data, size).run()
        return self._result(self._logs(), return_dict=return_dict)

    @_one_at_a_time
    def test_on_batch(self, x: Any, y: Any, *, return_dict: bool = False) -> Any:
        """Return loss and metrics of one batch, without training."""
        self._compiled("test_on_batch")
        data = self._labelled(x, y)
        self._ensure_ready(data[0])
        self._reset_metrics()
        self._tester(data, len(data[0])).run()
        return self._result(self._logs(), return_dict=return_dict)

    def predict_on_batch(self, x: Any) -> Array:
        """Return the model's outputs for one batch."""
        return self.predict(x, batch_size=len(as_data(x, "x")), verbose=0)

    def _split(
        self, x: Any, y: Any, fraction: float, held_out: tuple[Any, Any] | None
    ) -> tuple[Labelled, Labelled | None]:
        data = self._labelled(x, y)
        if held_out is not None:
            if not isinstance(held_out, tuple | list) or len(held_out) != 2:
                raise TypeError(
                    f"validation_data is a pair (x, y), got {type(held_out).__name__}"
                )
            return data, self._labelled(*held_out, "validation_data[{}]")
        if fraction == 0:
            return data, None
        x_train, y_train, x_test, y_test = split_tail(*data, fraction)
        return (x_train, y_train), (x_test, y_test)


def _check_count(name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 0:
        raise ValueError(f"{name} is a whole number of at least 0, got {value!r}")


def _warn_of_nan(logs: dict[str, float], epoch: int) -> None:
    bad = [name for name, value in logs.items() if not np.isfinite(value)]
    if bad:
        warnings.warn(
            f"{bad[0]} is {logs[bad[0]]} in epoch {epoch + 1}: the step was too large, "
            "or the numbers are; try a smaller learning_rate, and scale x to -1 to 1",
            RuntimeWarning,
            stacklevel=4,
        )
