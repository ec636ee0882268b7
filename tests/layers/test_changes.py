"""Changes of a model while it is trained: they count, or they are refused."""

from __future__ import annotations

import copy
import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Array = np.ndarray[Any, Any]

X = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
Y = X.sum(axis=1)


def batches() -> Iterator[tuple[Array, Array]]:
    """Give batches without end."""
    while True:
        yield X[:12], Y[:12]


def watched(change: Callable[[gg.Sequential, int], Any], hook: str, **data: Any) -> Any:
    """Return the first kernel after each of four epochs, with ``change`` in a hook."""
    gg.set_random_seed(0)
    model = gg.Sequential([gg.Input((3,)), gg.Dense(4, name="base"), gg.Dense(1)])
    model.compile("sgd", "mse")
    kernels: list[Array] = []

    def keep(*_: Any) -> None:
        kernels.append(model.get_weights()[0])

    callbacks = [
        gg.callbacks.LambdaCallback(on_epoch_end=keep),
        gg.callbacks.LambdaCallback(**{hook: lambda epoch, _: change(model, epoch)}),
    ]
    model.fit(**data, epochs=4, verbose=0, callbacks=callbacks)
    return kernels


ARRAYS: dict[str, Any] = {"x": X, "y": Y, "validation_split": 0.25}
STREAM: dict[str, Any] = {"x": batches(), "steps_per_epoch": 2}


@pytest.mark.parametrize("data", [ARRAYS, STREAM])
def test_what_a_callback_freezes_is_frozen_from_the_next_epoch_on(data: Any) -> None:
    """Keras goes on with the step that it traced first."""

    def freeze(model: gg.Sequential, epoch: int) -> None:
        model.get_layer("base").trainable = epoch == 0

    kernels = watched(freeze, "on_epoch_end", **data)
    assert not np.array_equal(kernels[0], kernels[1])
    assert np.array_equal(kernels[1], kernels[2])
    assert np.array_equal(kernels[1], kernels[3])


def test_what_a_callback_thaws_when_an_epoch_begins_learns_in_it() -> None:
    """As when a base is frozen for the first epochs."""

    def thaw(model: gg.Sequential, epoch: int) -> None:
        model.get_layer("base").trainable = epoch >= 2

    kernels = watched(thaw, "on_epoch_begin", **ARRAYS)
    assert np.array_equal(kernels[0], kernels[1])
    assert not np.array_equal(kernels[1], kernels[2])
    assert not np.array_equal(kernels[2], kernels[3])


def test_a_layer_added_by_a_callback_stops_the_training() -> None:
    """The model must be compiled anew, and says so."""

    def grow(model: gg.Sequential, _: int) -> None:
        model.add(gg.Dense(1))

    with pytest.raises(gg.GraphgradError, match="other layers than when it was comp"):
        watched(grow, "on_epoch_end", **ARRAYS)


def test_a_layer_that_is_frozen_and_thawed_in_turn_makes_no_new_programs() -> None:
    """As the judge of an adversarial pair is, batch after batch."""
    judge = gg.Sequential([gg.Input((3,)), gg.Dense(1)])
    both = gg.Sequential([gg.Input((3,)), gg.Dense(3), judge])
    judge.compile("sgd", "mse")
    both.compile("sgd", "mse")
    for _ in range(5):
        judge.trainable = True
        judge.train_on_batch(X, Y)
        judge.trainable = False
        kept = judge.get_weights()
        both.train_on_batch(X, Y)
        assert all(map(np.array_equal, kept, judge.get_weights()))
    assert both.program("fit").runs == 5
    judge.trainable = True
    assert judge.program("fit").runs == 5


def test_a_model_that_is_made_frozen_keeps_all_its_state() -> None:
    """Keras trains it none the less; moving averages are state as weights are."""
    layers: list[Any] = [gg.Input((3,)), gg.Dense(3), gg.layers.BatchNormalization()]
    frozen = gg.Sequential(layers, trainable=False)
    before = frozen.get_weights()
    model = gg.Sequential([frozen, gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    assert all(map(np.array_equal, before, frozen.get_weights()))


def test_programs_that_a_change_has_outdated_are_freed() -> None:
    """Nothing brings them back, and each has memory of its own."""
    model = gg.Sequential([gg.Input((3,)), gg.Dropout(0.5), gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    model.predict(X, verbose=0)
    old = [weakref.ref(model.program(stage)) for stage in ("fit", "predict")]
    model.layers[0].rate = 0.25
    model.fit(X, Y, verbose=0)
    gc.collect()
    assert [each() for each in old] == [None, None]


class Scaled(gg.Layer):
    """Multiplies by a number that it keeps to itself."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._factor = 1.0

    def scale(self, factor: float) -> None:
        """Take another number."""
        self._factor = factor

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Multiply."""
        return x * self._factor


def test_an_attribute_that_users_call_private_counts_like_others() -> None:
    """A step depends on it as well."""
    layer = Scaled()
    model = gg.Sequential([gg.Input((3,)), layer])
    before = model.predict(X, verbose=0)
    layer.scale(2.0)
    assert np.array_equal(2 * before, model.predict(X, verbose=0))


# ---- what does not fit ---------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("stream", [False, True])
def test_a_validation_on_other_inputs_is_refused_before_training(
    width: int, stream: bool
) -> None:
    """Also of a model that learns from this call what its inputs are like."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    other = np.ones((24, width), np.float32)
    data: Any = iter([(other, Y)]) if stream else (other, Y)
    with pytest.raises(gg.ShapeError, match=r"\(batch, 3\), got .*validation_data"):
        model.fit(X, Y, validation_data=data, verbose=0)
    assert not model.built
    assert model.history is None
    model.fit(X, Y, validation_data=(X, Y), verbose=0)


def test_a_model_built_for_another_shape_computes_with_it() -> None:
    """No program of the old shape is taken, not even where numbers would spread."""
    model = gg.Sequential([gg.Dense(1)])
    model.build((None, 3, 3))
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(np.ones((3, 3, 3)), np.ones((3, 3, 1)), verbose=0)
    model.predict(np.ones((3, 3, 3)), verbose=0)
    model.build((None, 3))
    assert np.array_equal(model.predict(X[:3], verbose=0), model(X[:3]).numpy())
    loss, mae = model.evaluate(X[:3], Y[:3], verbose=0)
    error = model(X[:3]).numpy()[:, 0] - Y[:3]
    assert np.allclose([loss, mae], [np.mean(error**2), np.mean(abs(error))])
    assert model.fit(X[:3], Y[:3], verbose=0).epoch == [0]


@pytest.mark.parametrize("value", ["False", 0, None])
def test_trainable_is_true_or_false(value: Any) -> None:
    """The text "False" would be true."""
    layer = gg.Dense(1)
    with pytest.raises(gg.GraphgradError, match="trainable must be True or False"):
        layer.trainable = value
    with pytest.raises(gg.GraphgradError, match="trainable must be True or False"):
        gg.Dense(1, trainable=value)
    assert layer.trainable


def test_a_copy_made_while_a_model_trains_is_not_training() -> None:
    """So that its metrics are its own."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    copies: list[gg.Sequential] = []
    keep = gg.callbacks.LambdaCallback(
        on_epoch_end=lambda *_: copies.append(copy.deepcopy(model))
    )
    model.fit(X, Y, verbose=0, callbacks=[keep])
    loss = copies[0].evaluate(X, Y, verbose=0)
    assert copies[0].loss_tracker.value() == loss
