"""What once went wrong in training, and does no more."""

from __future__ import annotations

import copy
import pickle
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from cases.trainings import data, network

import graphgrad as gg

X, Y = data(8)


def test_stop_training_runs_no_other_batch() -> None:
    """Training stops after the batch that asked for it."""
    batches: list[int] = []

    class Stop(gg.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            batches.append(batch)
            self.model.stop_training = True

    network(2).fit(*data(70), batch_size=7, epochs=3, verbose=0, callbacks=[Stop()])
    assert batches == [0]


def test_a_layer_of_another_shape_than_declared_is_refused() -> None:
    """Nothing is broadcast: the message says what to define."""

    class Narrow(gg.Layer):
        def build(self, input_shape: tuple[int | None, ...]) -> None:
            self.w = self.add_weight("w", (input_shape[-1] or 0, 1))

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x @ self.w

        def compute_output_shape(
            self, input_shape: tuple[int | None, ...]
        ) -> tuple[int | None, ...]:
            return input_shape

    with pytest.raises(gg.ShapeError, match=r"'narrow'.*compute_output_shape"):
        gg.Sequential([Narrow()]).predict(X, verbose=0)


def test_threads_that_predict_with_one_model_get_serial_results() -> None:
    """Programs' memory is used by one thread at a time."""
    model = network(8, width=64)
    inputs = [np.full((3000, 64), i, "float32") for i in range(4)]
    expected = [model.predict(x, verbose=0) for x in inputs]
    wrong: list[int] = []

    def work(i: int) -> None:
        found = [model.predict(inputs[i], verbose=0) for _ in range(5)]
        wrong.extend(i for each in found if not np.array_equal(each, expected[i]))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []


def test_a_frozen_weight_is_not_trained_after_fit() -> None:
    """A flag on one weight counts from the next fit on, as one on its layer does."""
    model = network(3)
    model.fit(X, Y, verbose=0)
    model.weights[0].trainable = False
    before = model.get_weights()
    model.fit(X, Y, verbose=0)
    changed = [
        not np.array_equal(*p) for p in zip(before, model.get_weights(), strict=True)
    ]
    assert changed == [False, True, True, True]
    assert model.program("fit").runs == 1


def test_a_layer_that_cannot_be_built_is_not_added() -> None:
    """A failed add leaves a compiled model as it was."""

    class Broken(gg.Layer):
        def build(self, input_shape: tuple[int | None, ...]) -> None:
            raise RuntimeError("no")

    model = network(3)
    model.fit(X, Y, verbose=0)
    with pytest.raises(RuntimeError, match="no"):
        model.add(Broken())
    assert len(model) == 2
    model.fit(X, Y, verbose=0)
    assert model.program("fit").runs == 2


def test_a_failed_compile_keeps_the_programs() -> None:
    """What was compiled before goes on."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match=r"from_logits|sigmoid|linear"):
        model.compile("sgd", "binary_crossentropy")
    model.fit(X, Y, verbose=0)
    assert model.program("fit").runs == 2


def test_labels_are_not_reshaped_into_what_fits() -> None:
    """Only an axis of length one at the end is added or dropped, for functions too."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(4)])
    model.compile("sgd", lambda y, p: gg.mean((y - p) ** 2, axis=-1))
    with pytest.raises(ValueError, match=r"\(8, 2, 2\)"):
        model.fit(X, np.zeros((8, 2, 2)), verbose=0)


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_a_copied_model_goes_on_by_itself(again: Callable[[Any], Any]) -> None:
    """Weights, slots and random state are copied; training them gives the same bits."""
    gg.set_random_seed(0)
    model = gg.Sequential(
        [gg.Dense(5, "tanh"), gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    )
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    model.fit(X, Y, verbose=0)
    other = again(model)
    assert np.array_equal(model.predict(X, verbose=0), other.predict(X, verbose=0))
    histories = [
        m.fit(X, Y, epochs=3, verbose=0, shuffle=False) for m in (model, other)
    ]
    assert histories[0].history == histories[1].history
    assert all(map(np.array_equal, model.get_weights(), other.get_weights()))


def test_a_model_with_nothing_to_train_is_evaluated_and_refuses_fit() -> None:
    """All layers frozen: compile and evaluate work, fit says what is wrong."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1, trainable=False)])
    model.compile("sgd", "mse")
    assert model.evaluate(X, Y, verbose=0) >= 0
    with pytest.raises(gg.GraphgradError, match="no weight"):
        model.fit(X, Y, verbose=0)
