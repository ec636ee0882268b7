"""EarlyStopping ends training when it should; what it watches is checked before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import Callback, CallbackList, EarlyStopping, Monitor

NAMES = ["accuracy", "loss", "val_accuracy", "val_loss"]


class Model:
    """Has weights that count the epochs, and metrics that know their direction."""

    def __init__(self) -> None:
        """Start at 0."""
        self.stop_training = False
        self.weights = 0
        self.metrics = [
            SimpleNamespace(name="accuracy", direction="up"),
            SimpleNamespace(name="mse", direction="down"),
            SimpleNamespace(name="odd", direction=None),
            SimpleNamespace(name="old"),
        ]

    def get_weights(self) -> list[int]:
        """Return them."""
        return [self.weights]

    def set_weights(self, weights: list[int]) -> None:
        """Take them over."""
        (self.weights,) = weights


def drive(stop: EarlyStopping, values: list[float], first: int = 0) -> Model:
    """Run epochs with these values, until it stops; the weights are their numbers."""
    model = Model()
    stop.set_model(model)
    stop.on_train_begin({})
    for epoch, value in enumerate(values, first):
        model.weights = epoch
        stop.on_epoch_end(epoch, {stop.monitor: value})
        if model.stop_training:
            break
    stop.on_train_end({})
    return model


# ---- when it stops -------------------------------------------------------------------


@pytest.mark.parametrize(("patience", "epochs"), [(0, 2), (1, 2), (2, 3), (5, 6)])
def test_a_constant_loss_stops_after_patience(patience: int, epochs: int) -> None:
    """0 and 1 mean the same, since the first epoch is never the last (Keras 3.15.1)."""
    stop = EarlyStopping("loss", patience=patience)
    drive(stop, [1.0] * 20)
    assert epochs - 1 == stop.stopped_epoch
    assert 0 == stop.best_epoch
    assert 1.0 == stop.best


@pytest.mark.parametrize(
    ("values", "patience", "stopped"),
    [
        ([3.0, 2.0, 1.0], 1, 0),
        ([3.0, 2.0, 2.5, 1.0, 2.0], 1, 2),
        ([3.0, 2.0, 2.5, 1.0, 2.0, 2.0], 2, 5),
        ([1.0, 2.0], 0, 1),
    ],
)
def test_waiting_begins_anew_with_each_improvement(
    values: list[float], patience: int, stopped: int
) -> None:
    """Only epochs in a row count; 0 means that it did not stop."""
    stop = EarlyStopping("loss", patience=patience)
    model = drive(stop, values)
    assert stopped == stop.stopped_epoch
    assert (stopped > 0) == model.stop_training


@pytest.mark.parametrize(
    ("mode", "sign"), [("min", -1), ("max", 1), ("min", -1.0), ("max", 1.0)]
)
def test_better_is_strictly_by_more_than_min_delta(mode: str, sign: float) -> None:
    """A change of exactly min_delta is none; its sign does not matter."""
    for delta in (0.5, -0.5):
        stop = EarlyStopping("loss", min_delta=delta, mode=mode)
        assert not stop.is_better(1.0 + sign * 0.5, 1.0)
        assert stop.is_better(1.0 + sign * 0.75, 1.0)
        assert not stop.is_better(1.0 - sign * 0.75, 1.0)


def test_a_baseline_must_be_beaten_too() -> None:
    """As in Keras, better epochs that do not beat it neither stop nor wait anew."""
    stop = EarlyStopping("loss", patience=2, baseline=0.5)
    drive(stop, [5.0, 4.0, 3.0, 3.5])
    assert (3, 4, 2) == (stop.stopped_epoch, stop.wait, stop.best_epoch)
    stop = EarlyStopping("loss", patience=2, baseline=0.5)
    drive(stop, [5.0, 0.25, 3.0, 3.5])
    assert (3, 2, 1) == (stop.stopped_epoch, stop.wait, stop.best_epoch)


def test_early_epochs_do_not_count() -> None:
    """Neither as best, nor as without improvement."""
    stop = EarlyStopping("loss", patience=1, start_from_epoch=3)
    drive(stop, [0.0, 0.0, 0.0, 9.0, 8.0, 8.0])
    assert (5, 4, 8.0) == (stop.stopped_epoch, stop.best_epoch, stop.best)


def test_each_training_begins_anew() -> None:
    """What an earlier one left does not stop the next."""
    stop = EarlyStopping("loss", patience=2)
    for _ in range(2):
        drive(stop, [1.0] * 9)
        assert 2 == stop.stopped_epoch


# ---- the best weights ----------------------------------------------------------------


@pytest.mark.parametrize("values", [[3.0, 1.0, 2.0, 2.0], [3.0, 1.0, 2.0]])
def test_the_best_weights_are_restored_in_any_case(values: list[float]) -> None:
    """Also if training went on to its planned end; only if that is wanted."""
    model = drive(EarlyStopping("loss", patience=2, restore_best_weights=True), values)
    assert 1 == model.weights
    model = drive(EarlyStopping("loss", patience=2), values)
    assert len(values) - 1 == model.weights


def test_the_messages_are_those_of_keras(capsys: pytest.CaptureFixture[str]) -> None:
    """Keras 3.15.1 counts epochs from 1 in them."""
    values = [1.0, 0.5, 0.5, 0.5, 0.5]
    drive(EarlyStopping("loss", 0, 2, 1, restore_best_weights=True), values)
    assert capsys.readouterr().out == (
        "Epoch 4: early stopping\n"
        "Restoring model weights from the end of the best epoch: 2.\n"
    )
    drive(EarlyStopping("loss", 0, 2, restore_best_weights=True), values)
    assert not capsys.readouterr().out


def test_nan_is_no_improvement_and_is_told() -> None:
    """In Keras a first NaN would be the best for ever, and its weights restored."""
    stop = EarlyStopping("loss", patience=2, restore_best_weights=True)
    with pytest.warns(RuntimeWarning, match="NaN in epoch 1, which EarlyStopping") as w:
        model = drive(stop, [np.nan, 1.0, np.nan, np.nan])
    assert 1 == len(w)
    assert (3, 1, 1) == (stop.stopped_epoch, stop.best_epoch, model.weights)


def test_the_first_epoch_is_never_the_last() -> None:
    """Not even if it is NaN and nothing is waited for."""
    stop = EarlyStopping("loss", patience=0)
    with pytest.warns(RuntimeWarning, match="NaN in epoch 1"):
        drive(stop, [np.nan, np.nan, np.nan])
    assert 1 == stop.stopped_epoch


# ---- what is watched -----------------------------------------------------------------


def begin(stop: Callback, names: list[str] | None = NAMES) -> None:
    """Let training begin with these logs to come."""
    params = {} if names is None else {"metrics": names}
    CallbackList([stop], Model(), **params).on_train_begin()


@pytest.mark.parametrize(
    ("monitor", "names", "said"),
    [
        ("val_loss", ["loss"], "no validation data: pass validation_data.*or monitor="),
        ("val_auc", ["loss"], r"no validation data.*validation_split=0.2$"),
        ("acc", NAMES, "'acc', which is not among the logs: did you mean 'accuracy'"),
        ("val_acc", NAMES, "did you mean 'val_accuracy'"),
        ("zzz", NAMES, "They are: accuracy, loss, val_accuracy, val_loss"),
    ],
)
def test_a_log_that_will_not_exist_is_refused_before_training(
    monitor: str, names: list[str], said: str
) -> None:
    """Keras warns after every epoch, and never stops."""
    with pytest.raises(ValueError, match=said):
        begin(EarlyStopping(monitor), names)


@pytest.mark.parametrize("names", [NAMES, None])
@pytest.mark.parametrize("monitor", ["loss", "val_loss", "val_accuracy"])
def test_a_log_that_will_exist_is_fine(monitor: str, names: list[str] | None) -> None:
    """So is one that nobody can know yet."""
    begin(EarlyStopping(monitor), names)


@pytest.mark.parametrize(
    ("monitor", "sign"),
    [("loss", -1), ("val_loss", -1), ("accuracy", 1), ("val_accuracy", 1), ("mse", -1)],
)
def test_the_direction_is_that_of_the_metric(monitor: str, sign: int) -> None:
    """The loss is to fall."""
    stop = Monitor(monitor)
    stop.set_model(Model())
    assert stop.is_better(1.0 + sign, 1.0)
    assert not stop.is_better(1.0 - sign, 1.0)


@pytest.mark.parametrize("monitor", ["odd", "val_odd", "old", "own"])
def test_a_direction_that_nobody_knows_must_be_given(monitor: str) -> None:
    """Before training where the logs are known, else with the first value."""
    said = "more or less: pass mode='max' if more is better"
    with pytest.raises(ValueError, match=said):
        begin(EarlyStopping(monitor), [*NAMES, monitor])
    with pytest.raises(ValueError, match=said):
        drive(EarlyStopping(monitor), [1.0])
    assert 1 == drive(EarlyStopping(monitor, mode="max"), [1.0, 1.0]).weights


def test_a_missing_log_that_was_not_known_is_a_warning() -> None:
    """As in Keras, but it says which ones are near."""
    stop = EarlyStopping("val_acc", mode="max")
    stop.set_model(Model())
    with pytest.warns(UserWarning, match=r"'val_acc', which.* mean 'val_accuracy'\?"):
        stop.on_epoch_end(0, {"loss": 1.0, "val_accuracy": 0.5})
    with pytest.warns(UserWarning, match="They are: none"):
        stop.on_epoch_end(0)


def test_an_epoch_without_validation_says_nothing() -> None:
    """With validation_freq=2 every other epoch has no val_loss."""
    stop = EarlyStopping("val_loss", patience=2)
    begin(stop)
    for epoch in range(3):
        stop.on_epoch_end(epoch, {"loss": 1.0})
    assert (0, None) == (stop.wait, stop.best)


def test_several_numbers_cannot_be_compared() -> None:
    """The error says how to make one of them."""
    stop = EarlyStopping("f1", mode="max")
    with pytest.raises(ValueError, match=r"which is 2 numbers.*average='macro'"):
        stop.on_epoch_end(0, {"f1": np.array([0.5, 0.25])})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"monitor": 3}, "monitor is the name of a log"),
        ({"monitor": ""}, "monitor is the name of a log"),
        ({"mode": "maximum"}, "mode must be one of 'auto', 'min', 'max'"),
        ({"patience": -1}, "patience must be a whole number of at least 0"),
        ({"patience": 1.5}, "patience must be a whole number"),
        ({"min_delta": "0.1"}, "min_delta must be a number"),
        ({"baseline": float("nan")}, "baseline must be finite"),
        ({"restore_best_weights": 1}, "restore_best_weights must be True or False"),
        ({"start_from_epoch": None}, "start_from_epoch must be a whole number"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(
    arguments: dict[str, Any], said: str
) -> None:
    """Keras takes an unknown mode as auto."""
    with pytest.raises(ValueError, match=said):
        EarlyStopping(**arguments)


# ---- a real training -----------------------------------------------------------------


def test_a_real_training_keeps_its_best_epoch() -> None:
    """The model then has the weights with the least validation loss."""
    gg.set_random_seed(1)
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1, kernel_initializer="zeros")])
    model.compile(gg.optimizers.SGD(0.1), "mse")
    stop = EarlyStopping(patience=3, restore_best_weights=True)
    x, held_out = [[1.0]], ([[1.0]], [0.25])
    history = model.fit(
        x, [1.0], epochs=50, verbose=0, validation_data=held_out, callbacks=[stop]
    )
    losses = history.history["val_loss"]
    assert len(losses) == stop.best_epoch + 1 + 3 < 50
    assert min(losses) == losses[stop.best_epoch]
    assert min(losses) == pytest.approx(model.evaluate(*held_out, verbose=0))


def test_weights_that_are_nan_are_never_the_best() -> None:
    """The loss of an epoch is finite, and its last step too large."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1, kernel_initializer="ones")])
    model.compile(gg.optimizers.SGD(1e36), "mse")
    stop = EarlyStopping("loss", patience=5, restore_best_weights=True)
    x, y = [[1e3], [1e3]], [0.0, 0.0]
    with pytest.warns(RuntimeWarning):
        history = model.fit(x, y, epochs=2, verbose=0, callbacks=[stop])
    assert np.isfinite(history.history["loss"][0])
    assert (None, None) == (stop.best, stop.best_weights)
