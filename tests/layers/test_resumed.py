"""Training that was saved and resumed equals training that never stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.layers._saving import restore_training, save_model


def data(rows: int = 22) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, 3)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def made(seed: int, built: bool = True, optimizer: str = "adam") -> gg.Sequential:
    """Return a compiled model with dropout; its seeds are drawn."""
    gg.set_random_seed(seed)
    start = [gg.Input((3,))] if built else []
    model = gg.Sequential(
        [*start, gg.Dense(4, "tanh"), gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    )
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return model


def state(model: gg.Sequential) -> list[Any]:
    """Return all that training changes."""
    assert model.optimizer is not None
    variables = [*model.variables, *model.optimizer.variables]
    return [variable.numpy() for variable in variables]


def fit(model: gg.Sequential, epochs: int, **options: Any) -> Any:
    """Train in shuffled batches, the last one smaller."""
    x, y = data()
    history = model.fit(x, y, epochs=epochs, batch_size=4, verbose=0, **options)
    return history.history


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop", "nadam"])
@pytest.mark.parametrize("way", ["load", "restore"])
@pytest.mark.parametrize("built", [True, False])
def test_shuffled_training_in_pieces_is_training_in_one(
    tmp_path: Path, way: str, built: bool, optimizer: str
) -> None:
    """The order of the samples is state of the model."""
    path = tmp_path / "pieces.safetensors"
    whole = made(0, built, optimizer)
    logs = fit(whole, 4)
    pieces = made(0, built, optimizer)
    found: dict[str, list[float]] = {}
    for epoch in range(4):
        for name, values in fit(pieces, 1).items():
            found.setdefault(name, []).extend(values)
        save_model(pieces, path)
        if way == "load":
            pieces = gg.load_model(path)
        else:
            pieces = made(epoch + 1, built, optimizer)
            restore_training(pieces, path)
    assert logs == found
    for one, other in zip(state(whole), state(pieces), strict=True):
        np.testing.assert_array_equal(one, other)


class Stop(gg.callbacks.Callback):
    """Interrupts a training at a batch."""

    def __init__(self, epoch: int, batch: int) -> None:
        super().__init__()
        self.at = (epoch, batch)
        self.epoch = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Remember the epoch."""
        self.epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Interrupt."""
        if (self.epoch, batch) == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("save_freq", ["epoch", 1, 2, 5])
@pytest.mark.parametrize("at", [(0, 3), (1, 0), (2, 4)])
def test_an_interrupted_training_goes_on_bit_for_bit(
    tmp_path: Path, save_freq: Any, at: tuple[int, int]
) -> None:
    """After a break within an epoch too: weights, metrics and logs are the same."""
    whole = made(0)
    logs = fit(whole, 3)
    folder = tmp_path / "backup"

    def backup() -> Any:
        return gg.callbacks.BackupAndRestore(folder, save_freq=save_freq)

    with pytest.raises(KeyboardInterrupt):
        fit(made(0), 3, callbacks=[backup(), Stop(*at)])
    # Where nothing had been saved yet, the program begins anew with its own seed.
    again = made(7 if any(folder.glob("*")) else 0)
    found = fit(again, 3, callbacks=[backup()])
    assert {name: values[-len(found[name]) :] for name, values in logs.items()} == found
    for one, other in zip(state(whole), state(again), strict=True):
        np.testing.assert_array_equal(one, other)


@gg.saving.register_keras_serializable("tests")
def apart(y_true: Any, y_pred: Any) -> Any:
    """Be a loss that reads labels of any shape."""
    return gg.mean(gg.square(y_pred - gg.reshape(y_true, (-1, 1))), axis=-1)


def test_all_that_compile_was_given_comes_back(tmp_path: Path) -> None:
    """Metrics that are weighted, steps per execution, labels that the data decided."""
    path = tmp_path / "model.safetensors"
    model = gg.Sequential([gg.Input((3,)), gg.Dense(1)])
    model.compile(
        "adam",
        apart,
        metrics=["mse"],
        weighted_metrics=["mae"],
        steps_per_execution=3,
    )
    x, y = data()
    weights = np.linspace(0, 1, len(x))
    model.fit(x, y, sample_weight=weights, batch_size=4, verbose=0)
    model.save(path)
    other = gg.load_model(path)
    assert model.get_compile_config() == other.get_compile_config()
    config = other.get_compile_config()
    assert (["mse"], ["mae"], 3) == (
        config["metrics"],
        config["weighted_metrics"],
        config["steps_per_execution"],
    )
    assert model.labels_seen == other.labels_seen
    assert model.metrics_names == other.metrics_names
    logs = [
        each.fit(x, y, sample_weight=weights, batch_size=4, verbose=0).history
        for each in (model, other)
    ]
    assert logs[0] == logs[1]
    for one, two in zip(state(model), state(other), strict=True):
        np.testing.assert_array_equal(one, two)
