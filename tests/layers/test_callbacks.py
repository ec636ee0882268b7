"""Callbacks are told everything, in order, and the history hears it last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphgrad.layers._callbacks import Callback, CallbackList, History

TRAIN = ["on_train_begin", "on_train_end"]
EPOCH = ["on_epoch_begin", "on_epoch_end"]
HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


class Recorder(Callback):
    """Writes down what it is told."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.heard: list[Any] = []

    def __getattribute__(self, name: str) -> Any:
        """Give a hook that writes down its own name and arguments."""
        if name in HOOKS and not name.startswith("on_batch"):
            return lambda *args: self.heard.append((name, *args))
        return super().__getattribute__(name)


@pytest.mark.parametrize("hook", [h for h in HOOKS if not h.startswith("on_batch")])
def test_the_list_hands_on_every_hook(hook: str) -> None:
    """With its arguments; each callback gets the same logs."""
    first, second = Recorder(), Recorder()
    listeners = CallbackList([first, second])
    counted = "batch" in hook or "epoch" in hook
    args = (3, {"loss": 1.0}) if counted else ({"loss": 1.0},)
    getattr(listeners, hook)(*args)
    assert [(hook, *args)] == first.heard == second.heard
    assert first.heard[0][-1] is second.heard[0][-1]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_does_nothing_by_itself(hook: str) -> None:
    """So that a subclass needs only those that it wants; logs may be left out."""
    counted = "batch" in hook or "epoch" in hook
    assert getattr(Callback(), hook)(*([0] if counted else [])) is None


@pytest.mark.parametrize("end", ["begin", "end"])
def test_on_batch_is_another_name_of_on_train_batch(end: str) -> None:
    """As in Keras, whose older name it is."""
    heard = []

    class Old(Callback):
        def on_batch_begin(self, batch: int, logs: Any = None) -> None:
            heard.append(("begin", batch))

        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            heard.append(("end", batch))

    getattr(CallbackList([Old()]), f"on_train_batch_{end}")(7, {})
    assert [(end, 7)] == heard


def test_logs_that_a_callback_adds_reach_the_history() -> None:
    """The history comes after the user's callbacks."""

    class Adds(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            logs["learning_rate"] = np.float32(0.5)

    listeners = CallbackList([Adds()])
    listeners.on_train_begin()
    listeners.on_epoch_end(0, {"loss": 1.0})
    listeners.on_epoch_end(1, {"loss": np.float64(0.25)})
    found = listeners.history.history
    assert {"loss": [1.0, 0.25], "learning_rate": [0.5, 0.5]} == found
    assert {float} == {type(v) for values in found.values() for v in values}
    assert [0, 1] == listeners.history.epoch


def test_a_history_begins_anew_with_each_training() -> None:
    """Values and numbers of the epochs belong together."""
    history = History()
    for _ in range(2):
        history.on_train_begin()
        history.on_epoch_end(3, {"loss": 1.0})
    assert ([3], {"loss": [1.0]}) == (history.epoch, history.history)
    assert "<History of loss over 1 epochs>" == repr(history)


def test_callbacks_know_model_and_params() -> None:
    """Both are set before anything is told, and params can be set again."""
    model, one = object(), Callback()
    listeners = CallbackList([one], model, epochs=2)
    assert one.model is model
    assert listeners.history.model is model
    assert {"epochs": 2} == one.params
    listeners.params = {"epochs": 3}
    assert {"epochs": 3} == one.params == listeners.history.params


def test_batches_are_watched_only_if_somebody_does() -> None:
    """Otherwise a step need not even make the logs."""

    class Epochs(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            """Watch epochs."""

    class Batches(Callback):
        def on_batch_end(self, batch: int, logs: Any = None) -> None:
            """Watch batches."""

    class Assigned(Callback):
        def __init__(self) -> None:
            setattr(self, "on_test_batch_end", print)  # noqa: B010

    assert not CallbackList().watches_batches
    assert not CallbackList([Epochs()]).watches_batches
    assert CallbackList([Epochs(), Batches()]).watches_batches
    assert CallbackList([Assigned()]).watches_batches


def test_a_single_callback_will_do() -> None:
    """Keras takes it as well."""
    one = Callback()
    listeners = CallbackList(one)
    assert [one, listeners.history] == listeners.callbacks


@pytest.mark.parametrize(
    ("thing", "said"), [(History, "got the class History"), ("x", "got 'x'")]
)
def test_what_is_no_callback_is_refused(thing: Any, said: str) -> None:
    """A class is not a callback yet."""
    with pytest.raises(TypeError, match=said):
        CallbackList([thing])


def test_an_error_in_a_callback_is_not_swallowed() -> None:
    """Whoever trains must know."""

    class Fails(Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        CallbackList([Fails()]).on_epoch_end(0, {})
