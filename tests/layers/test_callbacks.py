"""Callbacks are told everything, in order, and the history hears it last."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import (
    EarlyStopping,
    LambdaCallback,
    LearningMonitor,
    LearningRateScheduler,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TensorBoard,
)
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


# ---- the order of hooks --------------------------------------------------------------


class Diary(Callback):
    """Writes down all hooks in short: the last words of their names, and a number."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.told: list[str] = []
        self.logs: dict[str, list[str]] = {}
        for hook in HOOKS:
            if not hook.startswith("on_batch"):
                setattr(self, hook, self._hook(hook))

    def _hook(self, hook: str) -> Any:
        def write(*args: Any) -> None:
            *number, logs = args
            self.told.append(" ".join([hook.removeprefix("on_"), *map(str, number)]))
            self.logs[hook] = list(logs)

        return write


def model() -> gg.Sequential:
    """Return a compiled model of one weight and one bias."""
    made = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    made.compile("sgd", "mse", metrics=["mse"])
    return made


X, Y = [[0.0], [1.0], [2.0]], [1.0, 2.0, 3.0]
VALUES = ["loss", "mse"]


def around(kind: str, count: int) -> list[str]:
    """Return the hooks of ``count`` batches."""
    return [f"{kind}_batch_{e} {i}" for i in range(count) for e in ("begin", "end")]


def test_the_order_of_hooks_in_fit() -> None:
    """As Keras 3.15.1 calls them, with the same logs."""
    diary = Diary()
    model().fit(X, Y, batch_size=2, epochs=2, verbose=0, callbacks=[diary])
    epoch = around("train", 2)
    assert [
        "train_begin",
        *["epoch_begin 0", *epoch, "epoch_end 0"],
        *["epoch_begin 1", *epoch, "epoch_end 1"],
        "train_end",
    ] == diary.told
    assert VALUES == diary.logs["on_train_batch_end"]
    assert VALUES == diary.logs["on_epoch_end"] == diary.logs["on_train_end"]
    assert [] == diary.logs["on_epoch_begin"] == diary.logs["on_train_batch_begin"]


def test_the_order_of_hooks_with_validation() -> None:
    """Testing is within the epoch, whose logs have what came of it, too."""
    diary = Diary()
    model().fit(
        X, Y, batch_size=2, verbose=0, validation_data=(X, Y), callbacks=[diary]
    )
    assert [
        *["train_begin", "epoch_begin 0", *around("train", 2)],
        *["test_begin", *around("test", 2), "test_end"],
        *["epoch_end 0", "train_end"],
    ] == diary.told
    assert VALUES == diary.logs["on_test_end"] == diary.logs["on_test_batch_end"]
    assert [*VALUES, "val_loss", "val_mse"] == diary.logs["on_epoch_end"]


def test_the_order_of_hooks_in_evaluate_and_predict() -> None:
    """Those of testing and of predicting, and no others."""
    diary, made = Diary(), model()
    made.evaluate(X, Y, batch_size=2, verbose=0, callbacks=[diary])
    made.predict(X, batch_size=2, verbose=0, callbacks=[diary])
    assert [
        *["test_begin", *around("test", 2), "test_end"],
        *["predict_begin", *around("predict", 2), "predict_end"],
    ] == diary.told
    assert ["outputs"] == diary.logs["on_predict_batch_end"]


def test_training_stops_after_the_batch_that_asked_for_it() -> None:
    """Validation and the end of the epoch are still told."""
    diary, made = Diary(), model()

    def stop(_batch: int, _logs: Any) -> None:
        made.stop_training = True

    stopper = LambdaCallback(on_train_batch_end=stop)
    made.fit(
        *(X, Y, 1),
        epochs=9,
        verbose=0,
        validation_data=(X, Y),
        callbacks=[stopper, diary],
    )
    assert [
        *["train_begin", "epoch_begin 0", *around("train", 1)],
        *["test_begin", *around("test", 3), "test_end"],
        *["epoch_end 0", "train_end"],
    ] == diary.told


# ---- a history of one's own, and checks before training ------------------------------


def test_a_history_that_was_given_is_the_history() -> None:
    """It is told last, so that it has what the others add."""
    own = History()
    listeners = CallbackList([own, LambdaCallback(on_epoch_end=_add)])
    assert own is listeners.history
    listeners.on_epoch_end(0, {"loss": 1.0})
    assert {"loss": [1.0], "added": [2.0]} == own.history


def _add(_epoch: int, logs: Any) -> None:
    logs["added"] = 2.0


class Checks(Callback):
    """Remembers what it could know before training."""

    names: Any = "not asked"

    def check_fit(self, names: Any) -> None:
        """Remember."""
        self.names = names


class Adds(Callback):
    """Adds a log."""

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Add it."""
        logs["own"] = 1.0


class Declares(Adds):
    """Adds a log, and says so."""

    adds = ("own",)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], ["loss"]),
        ([History(), EarlyStopping("loss")], ["loss"]),
        ([LearningRateScheduler(lambda _: 0.5)], ["loss", "learning_rate"]),
        ([Declares()], ["loss", "own"]),
        ([Adds()], None),
        ([LambdaCallback(on_epoch_end=_add)], None),
        ([LambdaCallback(on_epoch_end=_add), Declares()], None),
    ],
)
def test_a_callback_knows_which_logs_there_will_be(others: Any, expected: Any) -> None:
    """Those of the model and of the callbacks before it; unless one may add any."""
    checks = Checks()
    CallbackList([*others, checks], model(), metrics=["loss"]).on_train_begin()
    assert expected == checks.names


def test_without_the_names_of_the_model_nothing_is_known() -> None:
    """Who drives the hooks by hand need not give them."""
    checks = Checks()
    CallbackList([Declares(), checks]).on_train_begin()
    assert checks.names is None


def test_a_check_comes_before_anybody_is_told() -> None:
    """What cannot work changes nothing: not even a file is made."""
    told: list[Any] = []
    first = LambdaCallback(on_train_begin=told.append)
    stop = EarlyStopping("val_loss")
    listeners = CallbackList([first, stop], model(), metrics=["loss"])
    with pytest.raises(ValueError, match="no validation data"):
        listeners.on_train_begin()
    assert [] == told


def test_probes_are_those_of_all_callbacks() -> None:
    """In their order."""

    class Probing(Callback):
        def __init__(self, *probes: Any) -> None:
            self.own = probes

        def probes(self) -> Any:
            return self.own

    found: list[Any] = CallbackList([Probing(1, 2), Checks(), Probing(3)]).probes
    assert [1, 2, 3] == found


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (Callback, {}),
        (lambda: EarlyStopping("loss"), {"wait": 3, "best": 0.5, "best_epoch": 2}),
        (lambda: ReduceLROnPlateau("loss"), {"wait": 3, "cooldown_counter": 1}),
        (lambda: ModelCheckpoint("x.safetensors", save_freq=3), {"best": 0.5}),
        (lambda: TensorBoard("x"), {"_batches": 7}),
        (LearningMonitor, {"_warned": {("dead", "one"), ("dead", "two")}}),
        (History, {"epoch": [1], "history": {"loss": [0.5]}, "_places": {"loss": [0]}}),
    ],
)
def test_what_a_callback_remembers_can_be_written(make: Any, changes: Any) -> None:
    """And another of its kind goes on from it."""
    one, other = make(), make()
    vars(one).update(changes)
    other.set_state(json.loads(json.dumps(one.get_state())))
    assert one.get_state() == other.get_state()
    assert changes == {name: getattr(other, name) for name in changes}
