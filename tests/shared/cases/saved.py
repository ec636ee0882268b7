"""Models of a user's, saved and loaded, and what comes of them."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.saving import register_keras_serializable


@register_keras_serializable("cases")
class Scaled(gg.Layer):
    """A layer of the user's, with a weight and what is no weight."""

    def __init__(self, start: Any = "ones", **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Any) -> None:
        """Make two weights of one name."""
        self.factor = self.add_weight("w", (input_shape[-1],), self.start)
        self.kept = self.add_weight("w", (), "zeros", trainable=False)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply, and count the steps of training."""
        if training:
            gg.assign(self.kept, self.kept + 1)
        return x * self.factor


@register_keras_serializable("cases")
class Net(gg.Sequential):
    """A model of the user's."""

    def answer(self) -> int:
        """Return what other models lack."""
        return 42


def data(rows: int = 10, width: int = 3) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, width)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def made(seed: int = 0, **options: Any) -> gg.Sequential:
    """Return a compiled model with state of all kinds."""
    gg.set_random_seed(seed)
    inner = gg.Sequential([gg.Dense(4, "tanh"), gg.Dropout(0.25)], name="inner")
    model = Net(
        [gg.Input((3,)), Scaled(), inner, gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    )
    arguments = {
        "optimizer": gg.optimizers.Adam(0.05),
        "loss": gg.losses.BinaryCrossentropy(label_smoothing=0.1),
        "metrics": ["accuracy", "mse"],
    }
    model.compile(**{**arguments, **options})
    return model


def go_on(model: gg.Sequential, **options: Any) -> Any:
    """Train, measure and predict; return all that comes out, and all state."""
    x, y = data()
    arguments = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    # What is drawn may diverge; NaN is compared like any number.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "loss is", RuntimeWarning)
        logs = model.fit(x, y, **{**arguments, **options}).history
    found = [logs, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)]
    assert model.optimizer is not None
    state = [*model.variables, *model.optimizer.variables]
    return [*found, *[variable.numpy() for variable in state]]


def assert_same(one: Any, other: Any) -> None:
    """Compare bit by bit, with NaN as a number."""
    for first, second in zip(one, other, strict=True):
        np.testing.assert_equal(first, second)


def through_file(model: gg.Sequential, path: str) -> gg.Sequential:
    """Save and load."""
    model.save(path)
    return gg.load_model(path)
