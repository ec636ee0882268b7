"""model.record: one real step on a batch, and a model that is as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg


@pytest.fixture
def model() -> gg.Sequential:
    """Return a model with weights, randomness, metrics and slots."""
    gg.set_random_seed(0)
    layers = [gg.Dense(4, "relu"), gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    model = gg.Sequential([gg.Input((3,)), *layers])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


X = np.linspace(-1, 1, 24).reshape(8, 3)
Y = np.arange(8) % 2


def state_of(model: gg.Sequential) -> list[bytes]:
    """Return all state of a model as bytes."""
    states = model.program("fit").graph.states
    return [node.op.cell.array.tobytes() for node in states]  # type: ignore[attr-defined]


def test_the_model_is_as_before(model: gg.Sequential) -> None:
    """Weights, slots, metrics and the seed, also in the middle of a training."""
    model.fit(X, Y, batch_size=8, verbose=0)
    before, runs = state_of(model), model.program("fit").runs
    model.record(X, Y)
    assert state_of(model) == before
    assert model.program("fit").runs == runs


def test_what_is_recorded_is_the_next_step(model: gg.Sequential) -> None:
    """The step that `train_on_batch` takes then: the same loss, the same weights."""
    model.fit(X, Y, batch_size=8, verbose=0)
    recording = model.record(X, Y)
    loss = model.train_on_batch(X, Y, return_dict=True)["loss"]
    np.testing.assert_allclose(recording["loss/multiply"] / 8, loss, rtol=1e-12)
    for layer in (model.layers[0], model.layers[2]):
        for weight in layer.weights:
            np.testing.assert_array_equal(recording.after[weight.name], weight.numpy())


def test_layers_values_are_those_of_numpy(model: gg.Sequential) -> None:
    """A layer's operations by the layer's name."""
    kernel, bias = model.layers[0].get_weights()
    recording = model.record(X, Y, stage="evaluate")
    product = X.astype(np.float32) @ kernel
    np.testing.assert_allclose(recording["dense/matmul"], product, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(recording["dense/bias"], bias)
    assert recording.title == "sequential · evaluate, batch of 8"


@pytest.mark.parametrize("stage", ["fit", "evaluate", "predict"])
def test_order_is_the_stage_that_runs(model: gg.Sequential, stage: str) -> None:
    """All of it is one batch, and what runs is that stage's program."""
    recording = model.record(X, None if stage == "predict" else Y, stage=stage)
    run: dict[str, Callable[[], Any]] = {
        "fit": lambda: model.train_on_batch(X, Y),
        "evaluate": lambda: model.test_on_batch(X, Y),
        "predict": lambda: model.predict_on_batch(X),
    }
    with gg.record_execution() as names:
        run[stage]()
    assert list(recording.order) == names


def test_predict_needs_no_compile() -> None:
    """A model that was only built is recorded as it predicts."""
    model = gg.Sequential([gg.Dense(2, kernel_initializer="ones")])
    recording = model.record([[1.0, 2.0]], stage="predict")
    np.testing.assert_array_equal(recording["dense/add"], [[3.0, 3.0]])


def test_weights_of_samples_count(model: gg.Sequential) -> None:
    """A sample without weight has no part in the loss."""
    weight = np.array([1.0] + [0.0] * 7)
    recording = model.record(X, Y, weight)
    weighted = recording["binary_crossentropy/multiply_2"]
    assert weighted[0] != 0
    assert (weighted[1:] == 0).all()


def test_a_large_batch_is_recorded_where_it_lies() -> None:
    """What the program reads in place is copied into the record like all else."""
    model = gg.Sequential([gg.Input((300,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).random((4_000, 300))
    recording = model.record(x, x[:, 0])
    assert recording.program.lent
    np.testing.assert_array_equal(recording["x"], x)
    kernel = model.layers[0].get_weights()[0]
    product = x.astype(np.float32) @ kernel
    np.testing.assert_allclose(recording["dense/add"], product, rtol=1e-4, atol=1e-5)


def test_of_a_stream_it_is_the_first_batch(model: gg.Sequential) -> None:
    """A loader gives batches; one is recorded."""
    recording = model.record([(X[:3], Y[:3]), (X, Y)][i] for i in range(2))
    assert recording.title.endswith("batch of 3")


def call(model: gg.Sequential, *args: Any, **options: Any) -> Any:
    """Record, with what may be wrong."""
    return model.record(*args, **options)


def test_errors_say_what_is_wrong(model: gg.Sequential) -> None:
    """And nothing has changed then."""
    with pytest.raises(ValueError, match=r"stage .*'fit', 'evaluate'.*'compile'"):
        call(model, X, Y, stage="compile")
    with pytest.raises(gg.GraphgradError, match="stage 'predict' reads no labels"):
        call(model, X, Y, stage="predict")
    with pytest.raises(TypeError, match="batch_size"):
        call(model, X, Y, batch_size=4)
    with pytest.raises(gg.GraphgradError, match=r"8 .*7"):
        call(model, X, Y[:7])
    plain = gg.Sequential([gg.Dense(1)])
    with pytest.raises(gg.GraphgradError, match="record"):
        call(plain, X, Y)
    assert not plain.built
