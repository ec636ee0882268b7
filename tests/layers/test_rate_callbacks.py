"""The learning rate changes between epochs, and is logged."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import CallbackList, LearningRateScheduler, ReduceLROnPlateau


class Optimizer:
    """Has a learning rate that can be set, unless there is a schedule."""

    def __init__(self, rate: float = 1.0, *, scheduled: bool = False) -> None:
        """Start with a rate."""
        self._rate, self.scheduled = rate, scheduled

    @property
    def learning_rate(self) -> Any:
        """The rate, as something that float understands."""
        return np.float64(self._rate)

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        if self.scheduled:
            raise TypeError("a schedule is a part of the program")
        self._rate = value


class Model:
    """Has an optimizer."""

    stop_training = False

    def __init__(self, **options: Any) -> None:
        """Make it."""
        self.optimizer = Optimizer(**options)


def rates(callback: Any, values: list[float]) -> list[float]:
    """Return what the epochs with these values of the loss log."""
    callback.set_model(Model())
    callback.on_train_begin({})
    found = []
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch, {})
        logs = {"loss": value}
        callback.on_epoch_end(epoch, logs)
        found.append(logs["learning_rate"])
    return [*found, float(callback.model.optimizer.learning_rate)]


# ---- ReduceLROnPlateau ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"patience": 1}, [1, 1, 0.5, 0.25, 0.125, 0.0625]),
        ({"patience": 0}, [1, 1, 0.5, 0.25, 0.125, 0.0625]),
        ({"patience": 2}, [1, 1, 1, 0.5, 0.5, 0.25]),
        ({"patience": 1, "cooldown": 1}, [1, 1, 0.5, 0.25, 0.125, 0.0625]),
        ({"patience": 1, "cooldown": 2}, [1, 1, 0.5, 0.5, 0.25, 0.25]),
        ({"patience": 1, "min_lr": 0.375}, [1, 1, 0.5, 0.375, 0.375, 0.375]),
    ],
)
def test_a_plateau_reduces_the_rate(
    options: dict[str, Any], expected: list[float]
) -> None:
    """By the rules of Keras 3.15.1; each epoch logs the rate that it had."""
    slow = ReduceLROnPlateau("loss", factor=0.5, **options)
    assert expected == rates(slow, [1.0] * 5)


def test_an_improvement_of_more_than_min_delta_reduces_nothing() -> None:
    """Waiting begins anew with it."""
    slow = ReduceLROnPlateau("loss", factor=0.5, patience=2, min_delta=0.5)
    assert [1, 1, 1, 1, 0.5] == rates(slow, [4.0, 3.9, 3.0, 2.9])[:4] + rates(
        slow, [4.0, 3.9, 3.8]
    )[3:]


def test_nan_is_no_improvement_for_the_rate() -> None:
    """In Keras a first NaN stays the best for ever."""
    slow = ReduceLROnPlateau("loss", factor=0.5, patience=2)
    assert [1, 1, 1, 1] == rates(slow, [np.nan, 2.0, 1.0])
    assert [1, 1, 1, 0.5] == rates(slow, [2.0, np.nan, np.nan])


def test_the_message_of_a_reduction_is_that_of_keras(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With all digits of the rate."""
    rates(ReduceLROnPlateau("loss", 0.1, 1, verbose=1), [1.0] * 2)
    said = "Epoch 2: ReduceLROnPlateau reducing learning rate to 0.1.\n"
    assert said == capsys.readouterr().out


def test_a_missing_log_leaves_the_rate_and_is_a_warning() -> None:
    """The rate is logged all the same."""
    slow = ReduceLROnPlateau("val_loss", patience=1)
    with pytest.warns(UserWarning, match="monitors 'val_loss', which is not among"):
        assert [1, 1] == rates(slow, [1.0])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"factor": 1.0}, "factor must be above 0 and below 1, got 1.0"),
        ({"factor": 0}, "factor must be above 0 and below 1"),
        ({"min_lr": -1}, "min_lr must be at least 0"),
        ({"cooldown": -1}, "cooldown must be a whole number"),
        ({"patience": "3"}, "patience must be a whole number"),
    ],
)
def test_arguments_of_the_plateau_are_checked(
    arguments: dict[str, Any], said: str
) -> None:
    """A factor of at least 1 would not reduce."""
    with pytest.raises(ValueError, match=said):
        ReduceLROnPlateau(**arguments)


def test_an_unknown_argument_of_the_plateau_is_refused() -> None:
    """Its name in Keras 1 leads to the present one."""
    with pytest.raises(TypeError, match="did you mean 'min_delta'"):
        ReduceLROnPlateau(epsilon=1e-3)
    with pytest.raises(TypeError, match="did you mean 'patience'"):
        ReduceLROnPlateau(patiense=3)


# ---- LearningRateScheduler -----------------------------------------------------------


@pytest.mark.parametrize(
    "schedule",
    [
        lambda epoch: 0.5**epoch,
        lambda epoch, rate: rate if epoch == 0 else rate * 0.5,
        lambda epoch, _=None: 0.5**epoch,
        lambda *given: given[1] * 0.5 if given[0] else 1,
        lambda epoch: np.float32(0.5**epoch),
        lambda epoch: gg.tensor(0.5**epoch),
        lambda epoch: np.array(0.5**epoch),
    ],
)
def test_a_schedule_sets_the_rate_of_each_epoch(schedule: Any) -> None:
    """It may take the epoch alone; numbers of any kind will do."""
    found = rates(LearningRateScheduler(schedule), [1.0] * 3)
    assert [1.0, 0.5, 0.25, 0.25] == found
    assert {float} == {type(each) for each in found}


def test_the_message_of_a_schedule_is_that_of_keras(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Epochs are counted from 1 in it."""
    rates(LearningRateScheduler(lambda _: 0.25, verbose=1), [1.0])
    said = "Epoch 1: LearningRateScheduler setting learning rate to 0.25.\n"
    assert said == capsys.readouterr().out


def test_an_error_within_a_schedule_is_told() -> None:
    """Keras takes a TypeError for a schedule of one argument, and calls it again."""

    def schedule(_epoch: int, _rate: float) -> float:
        raise TypeError("on purpose")

    with pytest.raises(TypeError, match="on purpose"):
        rates(LearningRateScheduler(schedule), [1.0])


@pytest.mark.parametrize("wrong", [None, "0.1", -1.0, float("nan"), [0.1]])
def test_a_rate_that_is_none_is_refused(wrong: Any) -> None:
    """The error names the epoch."""
    with pytest.raises(ValueError, match="returned for epoch 0 must be"):
        rates(LearningRateScheduler(lambda _: wrong), [1.0])


def test_a_schedule_is_a_function() -> None:
    """A number is none."""
    with pytest.raises(TypeError, match="must be a function of the epoch"):
        LearningRateScheduler(0.1)  # type: ignore[arg-type]


# ---- both ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "callback",
    [LearningRateScheduler(lambda _: 0.5), ReduceLROnPlateau("loss")],
    ids=lambda callback: type(callback).__name__,
)
def test_a_rate_that_cannot_be_set_is_told_before_training(callback: Any) -> None:
    """The optimizer's own schedule is a part of the program."""
    for names in (["loss"], None):
        listeners = CallbackList(callback, Model(scheduled=True), metrics=names)
        with pytest.raises(ValueError, match=r"does not let it: a schedule.*number as"):
            listeners.on_train_begin()
    model = Model(rate=0.75)
    CallbackList(callback, model, metrics=["loss"]).on_train_begin()
    assert 0.75 == float(model.optimizer.learning_rate)


def test_a_real_training_follows_the_rate() -> None:
    """With a rate of 0 the weights stay; the history has the rates."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    history = model.fit(
        [[1.0]],
        [5.0],
        epochs=2,
        verbose=0,
        callbacks=[LearningRateScheduler(lambda _: 0.0)],
    )
    assert [0.0, 0.0] == history.history["learning_rate"]
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)


@pytest.mark.parametrize(
    "callback",
    [LearningRateScheduler(lambda _: 0.5), ReduceLROnPlateau("loss")],
    ids=lambda callback: type(callback).__name__,
)
def test_the_schedule_of_a_real_optimizer_is_left_alone(callback: Any) -> None:
    """Keras fails with the first epoch, when the model may be half trained."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    decay = gg.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    model.compile(gg.optimizers.SGD(decay), "mse")
    before = model.get_weights()
    with pytest.raises(ValueError, match="sets the learning rate, which <SGD"):
        model.fit([[1.0]], [5.0], verbose=0, callbacks=[callback])
    assert all(map(np.array_equal, before, model.get_weights()))
