"""SwapEMAWeights shows the averages of the weights where it should, and only there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import (
    Callback,
    CallbackList,
    History,
    LambdaCallback,
    SwapEMAWeights,
)
from graphgrad.layers._config import deserialize, serialize


def model(average: float = 0.5) -> Any:
    """Return a model with one weight, 2, whose average is known."""
    weight = gg.Variable([2.0], name="w")
    state = {weight: {"average": gg.Variable([average], name="average")}}
    optimizer = SimpleNamespace(use_ema=True, _state=state)
    return SimpleNamespace(optimizer=optimizer, weight=weight, stop_training=False)


def value(made: Any) -> float:
    """Return the weight."""
    return float(made.weight.numpy()[0])


@pytest.mark.parametrize("kind", ["test", "predict"])
def test_averages_are_looked_at_and_weights_come_back(kind: str) -> None:
    """Keras forgets to give them back after predicting."""
    made = model()
    listeners = CallbackList(SwapEMAWeights(), made)
    getattr(listeners, f"on_{kind}_begin")()
    assert 0.5 == value(made)
    getattr(listeners, f"on_{kind}_end")()
    assert 2.0 == value(made)


def test_the_end_of_an_epoch_has_averages_if_that_is_wanted() -> None:
    """For the callbacks after it; the next epoch trains the weights on."""
    for wanted in (True, False):
        made = model()
        listeners = CallbackList(SwapEMAWeights(wanted), made)
        listeners.on_train_begin()
        listeners.on_epoch_begin(0)
        listeners.on_test_begin()
        listeners.on_test_end()
        assert 2.0 == value(made)
        listeners.on_epoch_end(0)
        assert value(made) == (0.5 if wanted else 2.0)
        listeners.on_epoch_begin(1)
        assert 2.0 == value(made)


def test_a_training_ends_with_averages() -> None:
    """However it ended; the next training goes on from them."""
    made, swap = model(), SwapEMAWeights(swap_on_epoch=True)
    listeners = CallbackList(swap, made)
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    listeners.on_epoch_end(0)
    listeners.on_train_end()
    listeners.on_train_begin()
    listeners.on_epoch_begin(0)
    assert 0.5 == value(made)


@pytest.mark.parametrize(("loaded", "expected"), [(None, 2.0), (7.0, 7.0)])
def test_an_interrupted_look_loses_no_weights(
    loaded: float | None, expected: float
) -> None:
    """The next training goes on from them; not if others were loaded since."""
    made, swap = model(), SwapEMAWeights()
    listeners = CallbackList(swap, made)
    listeners.on_train_begin()
    listeners.on_test_begin()  # and then Ctrl-C
    if loaded is not None:
        made.weight.assign([loaded])
    listeners.on_train_begin()
    assert expected == value(made)
    other = model()
    listeners.on_test_begin()
    CallbackList(swap, other).on_train_begin()
    assert 2.0 == value(other)


def test_averages_that_have_not_begun_are_left_alone() -> None:
    """Before the first step there are none."""
    made = model(np.nan)
    CallbackList(SwapEMAWeights(), made).on_test_begin()
    assert 2.0 == value(made)


def test_an_optimizer_without_averages_is_refused_before_training() -> None:
    """The error says how it would have some."""
    made = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match="give it use_ema=True"):
        made.fit([[0.0]], [0.0], verbose=0, callbacks=[SwapEMAWeights()])
    with pytest.raises(ValueError, match="give it use_ema=True"):
        made.evaluate([[0.0]], [0.0], verbose=0, callbacks=[SwapEMAWeights()])
    fresh = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    with pytest.raises(ValueError, match="which None does not keep"):
        fresh.predict([[0.0]], verbose=0, callbacks=[SwapEMAWeights()])
    with pytest.raises(ValueError, match="swap_on_epoch must be True or False"):
        SwapEMAWeights("yes")  # type: ignore[arg-type]


def trained(*callbacks: Callback) -> tuple[gg.Sequential, History]:
    """Return a model that was trained with averages, and its history."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    made.compile(gg.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    x, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
    return made, made.fit(x, y, 1, 3, 0, callbacks, validation_data=(x, y))


def test_a_real_training_is_not_changed_by_looking_at_averages() -> None:
    """Its losses have the same bits; those in validation are of the averages."""
    seen: list[float] = []

    def look(epoch: int, logs: dict[str, float]) -> None:  # noqa: ARG001
        x, y = [[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]
        seen.append(made_by_swap.model.evaluate(x, y, 1, verbose=0))

    made_by_swap = LambdaCallback(on_epoch_end=look)
    _, plain = trained()
    made, swapped = trained(SwapEMAWeights(swap_on_epoch=True), made_by_swap)
    assert plain.history["loss"] == swapped.history["loss"]
    assert plain.history["val_loss"] != swapped.history["val_loss"] == seen
    assert made.optimizer is not None
    for weight in made.weights:
        average = made.optimizer._state[weight]["average"]
        assert np.array_equal(average.numpy(), weight.numpy())


def test_weights_that_are_kept_survive_a_break() -> None:
    """A backup at the end of an epoch finds averages in the model."""
    made, swap = model(), SwapEMAWeights(swap_on_epoch=True)
    swap.set_model(made)
    swap.on_epoch_end(0)
    again = SwapEMAWeights(swap_on_epoch=True)
    again.set_model(made)
    again.on_train_begin()
    again.set_state(deserialize(serialize(swap.get_state())))
    again.on_epoch_begin(1)
    assert 2.0 == value(made)
    again.set_state(deserialize(serialize(again.get_state())))
    again.on_epoch_begin(2)
    assert 2.0 == value(made)
