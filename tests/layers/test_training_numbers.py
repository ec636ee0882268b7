"""Training: the numbers of Keras 3.15.1 (JAX) for weights, splits and steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg

RNG = np.random.default_rng(0)
X = RNG.normal(size=(23, 4)).astype("float32")
Y = RNG.integers(0, 3, 23)
W = RNG.uniform(size=23).astype("float32")
WEIGHTS = [
    RNG.normal(size=(4, 3)).astype("float32") * 0.5,
    RNG.normal(size=3).astype("float32") * 0.1,
]

HELD_OUT = {"validation_data": (X, Y), "batch_size": 5}

# Arguments of fit, epochs, what the history has of these keys, the sum of |kernel|.
CASES: dict[str, tuple[dict[str, Any], int, dict[str, list[float]], float]] = {
    "plain": (
        {"batch_size": 5},
        2,
        {"loss": [1.33074, 1.1943], "accuracy": [0.17391, 0.21739]},
        3.96885,
    ),
    "sample_weight": (
        {"batch_size": 5, "sample_weight": W},
        2,
        {"loss": [0.6087, 0.57904], "weighted_accuracy": [0.14935, 0.14935]},
        4.01387,
    ),
    "class_weight": (
        {"batch_size": 5, "class_weight": {0: 1.0, 1: 3.0}},
        2,
        {"loss": [1.93034, 1.62327], "weighted_accuracy": [0.17143, 0.42857]},
        3.86964,
    ),
    "validation_split": (
        {"batch_size": 5, "sample_weight": W, "validation_split": 0.3},
        2,
        {
            "loss": [0.53073, 0.51186],
            "val_loss": [0.77263, 0.75774],
            "val_accuracy": [0.14286, 0.14286],
            "val_weighted_accuracy": [0.07397, 0.07397],
        },
        4.29549,
    ),
    "steps_per_epoch": (
        {"batch_size": 5, "steps_per_epoch": 3},
        4,
        {
            "loss": [1.21594, 1.54599, 1.12197, 1.3299],
            "accuracy": [0.2, 0.125, 0.26667, 0.125],
        },
        3.96885,
    ),
    "steps alone": (
        {"steps_per_epoch": 3},
        2,
        {"loss": [1.33559, 1.24249], "accuracy": [0.17391, 0.17391]},
        4.01683,
    ),
    "validation_steps": (
        {**HELD_OUT, "validation_steps": 2},
        2,
        {"val_loss": [1.04188, 1.00464], "val_accuracy": [0.4, 0.4]},
        3.96885,
    ),
    "validation_freq": (
        {**HELD_OUT, "validation_freq": [1, 3]},
        3,
        {"val_loss": [1.20921, 1.02513], "loss": [1.33074, 1.1943, 1.09525]},
        3.95989,
    ),
}


def network() -> gg.Sequential:
    """Return the model that Keras trained, with its weights."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(3, "softmax")])
    model.compile(
        gg.optimizers.SGD(0.1),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        weighted_metrics=["accuracy"],
    )
    model.set_weights(WEIGHTS)
    return model


@pytest.mark.filterwarnings("ignore:the data ran out")
@pytest.mark.parametrize("kind", CASES)
def test_fit_gives_the_numbers_of_keras(kind: str) -> None:
    """History and weights after some epochs, without a shuffle."""
    options, epochs, expected, kernel = CASES[kind]
    model = network()
    history = model.fit(X, Y, epochs=epochs, shuffle=False, verbose=0, **options)
    for name, values in expected.items():
        assert values == pytest.approx(history.history[name], abs=1e-5)
    assert kernel == pytest.approx(np.abs(model.get_weights()[0]).sum(), abs=2e-5)


def test_evaluate_and_batches_give_the_numbers_of_keras() -> None:
    """With weights of samples and classes, and with a number of steps."""
    model = network()
    weighted = [0.6083624, 0.1739130, 0.1493508]
    assert weighted == pytest.approx(
        model.evaluate(X, Y, sample_weight=W, verbose=0), rel=1e-5
    )
    found = model.evaluate(X, Y, steps=2, batch_size=5, verbose=0)
    assert [1.0934322, 0.3, 0.3] == pytest.approx(found, rel=1e-5)
    found = model.train_on_batch(X, Y, sample_weight=W)
    assert weighted == pytest.approx(found, rel=1e-5)
    found = model.train_on_batch(X, Y, class_weight={0: 1.0, 1: 3.0})
    assert [1.9830010, 0.1739130, 0.1714286] == pytest.approx(found, rel=1e-5)
    found = model.train_on_batch(X, Y)
    assert [1.3038458, 0.1739130, 0.1739130] == pytest.approx(found, rel=1e-5)
