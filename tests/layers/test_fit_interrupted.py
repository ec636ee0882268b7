"""Trainings that are interrupted, and go on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from cases.fits import Array, Stop, X, Y, network, same, state

import graphgrad as gg


def restore(model: gg.Sequential, values: list[Array]) -> None:
    """Take over the state of another training."""
    assert model.optimizer is not None
    metrics = [model.loss_tracker, *model.metrics]
    measured = [v for metric in metrics for v in metric.variables]
    variables = [*model.variables, *model.optimizer.variables, *measured]
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


# ---- going on after an interruption --------------------------------------------------


class Resume(gg.callbacks.Callback):
    """Restores a state and says where it was taken, as BackupAndRestore does."""

    def __init__(self, values: list[Array], where: tuple[int, int]) -> None:
        self.values = values
        self.where = where

    def on_train_begin(self, logs: Any = None) -> None:
        """Restore."""
        restore(self.model, self.values)
        self.model.resume_at = self.where


class Backup(gg.callbacks.Callback):
    """Takes the state after every batch and every epoch."""

    def __init__(self) -> None:
        self.epoch = 0
        self.taken: dict[tuple[int, int], list[Array]] = {}

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Take the state."""
        self.taken[self.epoch, batch + 1] = state(self.model)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Take the state."""
        self.taken[epoch + 1, 0] = state(self.model)


def batches() -> Iterator[Any]:
    """Yield batches for ever."""
    while True:
        for start in range(0, 20, 5):
            yield X[start : start + 5], Y[start : start + 5]


class Loader:
    """Batches that can be asked for by number."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        return X[index * 5 : index * 5 + 5], Y[index * 5 : index * 5 + 5]


RESUMED: dict[str, Any] = {
    "arrays": lambda: {"x": X, "y": Y, "batch_size": 5},
    "arrays in order": lambda: {"x": X, "y": Y, "batch_size": 5, "shuffle": False},
    "within batches": lambda: {"x": X, "y": Y, "batch_size": 5, "shuffle": "batch"},
    "half a pass": lambda: {"x": X, "y": Y, "batch_size": 5, "steps_per_epoch": 2},
    "by number": lambda: {"x": Loader()},
    "generator": lambda: {"x": batches(), "steps_per_epoch": 3},
}


@pytest.mark.parametrize("kind", RESUMED)
def test_a_resumed_training_is_the_undisturbed_one(kind: str) -> None:
    """From every batch and epoch on: the same order, bits and history."""
    whole, backup = network(), Backup()
    history = whole.fit(epochs=3, verbose=0, callbacks=[backup], **RESUMED[kind]())
    assert len(backup.taken) >= 9
    for (epoch, batch), values in backup.taken.items():
        gg.set_random_seed(99)
        again = network()
        gg.set_random_seed(98)
        found = again.fit(
            epochs=3,
            verbose=0,
            callbacks=[Resume(values, (epoch, batch))],
            **RESUMED[kind](),
        )
        assert same(state(whole), state(again)), (epoch, batch)
        assert again.resume_at is None
        rest = {name: each[epoch:] for name, each in history.history.items()}
        assert rest == found.history or (epoch == 3 and not found.history)


# ---- interruptions -------------------------------------------------------------------


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("mine")])
def test_what_a_callback_raises_leaves_the_history_so_far(error: Any) -> None:
    """Epochs that ended are kept; training can go on."""
    model = network()
    with pytest.raises(type(error)):
        model.fit(X, Y, 5, 3, 0, [Stop(error)])
    assert model.history is not None
    assert [0] == model.history.epoch
    model.fit(X, Y, 5, verbose=0)


@pytest.fixture
def python_handles_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C interrupt, also where the tests were started without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("python_handles_ctrl_c")
def test_ctrl_c_in_a_step_lets_the_step_end() -> None:
    """The weights are those after a whole step, and the history is kept."""
    model, other = network(), network()
    model.fit(X, Y, 5, verbose=0)
    other.fit(X, Y, 5, verbose=0)
    program = model.program("fit")
    inner = program._step
    runs = 0

    def step() -> None:
        nonlocal runs
        runs += 1
        if runs == 6:
            signal.raise_signal(signal.SIGINT)
        inner()

    program._step = step
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, 5, 3, verbose=0)
    assert before == signal.getsignal(signal.SIGINT)
    assert 6 == runs
    assert model.history is not None
    assert [0] == model.history.epoch
    other.fit(X, Y, 5, 1, verbose=0)
    stopper = Stop(KeyboardInterrupt())
    stopper.epoch = 1
    with pytest.raises(KeyboardInterrupt):
        other.fit(X, Y, 5, initial_epoch=1, epochs=3, verbose=0, callbacks=[stopper])
    assert same(model.get_weights(), other.get_weights())


@pytest.mark.usefixtures("python_handles_ctrl_c")
def test_a_signal_from_elsewhere_stops_between_steps() -> None:
    """As many whole steps as the optimizer has counted."""
    model = network()
    started = threading.Event()

    class Begin(gg.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            started.set()

    def interrupt() -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y, 1, epochs=100_000, verbose=0, callbacks=[Begin()])
    thread.join()
    assert model.history is not None
    assert model.history.epoch
    assert model.optimizer is not None
    steps = int(model.optimizer.iterations)
    assert steps == model.program("fit").runs
    assert len(model.history.epoch) == steps // 20 or steps % 20 == 0


def test_training_in_a_thread_leaves_signals_alone() -> None:
    """Only the main thread may ask for them."""
    model = network()
    thread = threading.Thread(target=lambda: model.fit(X, Y, verbose=0))
    before = signal.getsignal(signal.SIGINT)
    thread.start()
    thread.join()
    assert model.history is not None
    assert before == signal.getsignal(signal.SIGINT)
