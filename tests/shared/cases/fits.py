"""Models and data for fit."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg

Array = np.ndarray[Any, Any]


RNG = np.random.default_rng(0)


X = RNG.normal(size=(20, 4)).astype(np.float32)


Y = (X.sum(axis=1) > 0).astype(np.float32)


def network(*, steps: int = 1, metrics: Any = ("accuracy",)) -> gg.Sequential:
    """Return a small compiled model, the same each time."""
    gg.set_random_seed(5)
    model = gg.Sequential(
        [gg.Input((4,)), gg.Dense(3, "tanh"), gg.Dropout(0.2), gg.Dense(1, "sigmoid")]
    )
    model.compile(
        "adam", "binary_crossentropy", metrics=list(metrics), steps_per_execution=steps
    )
    return model


def state(model: gg.Sequential) -> list[Array]:
    """Return copies of all state of a training: weights, slots, random state."""
    assert model.optimizer is not None
    metrics = [model.loss_tracker, *model.metrics]
    measured = [v for metric in metrics for v in metric.variables]
    variables = [*model.variables, *model.optimizer.variables, *measured]
    return [variable.numpy() for variable in variables]


def same(first: list[Array], second: list[Array]) -> bool:
    """Return whether all arrays are the same bits."""
    return all(map(np.array_equal, first, second))


class Stop(gg.callbacks.Callback):
    """Raises in the second epoch, at a batch."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Raise."""
        if (self.epoch, batch) == (1, 1):
            raise self.error
