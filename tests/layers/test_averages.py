"""SwapEMAWeights shows the averages of the weights where it should, and only there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import CallbackList, SwapEMAWeights


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
        made.fit([[0.0]], [0.0], verbose=0, callbacks=SwapEMAWeights())
    with pytest.raises(ValueError, match="give it use_ema=True"):
        made.evaluate([[0.0]], [0.0], verbose=0, callbacks=SwapEMAWeights())
    with pytest.raises(ValueError, match="swap_on_epoch must be True or False"):
        SwapEMAWeights("yes")  # type: ignore[arg-type]
