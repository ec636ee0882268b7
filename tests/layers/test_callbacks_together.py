"""Callbacks with the real saving and the real fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import (
    BackupAndRestore,
    Callback,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningMonitor,
    ModelCheckpoint,
    ReduceLROnPlateau,
    SwapEMAWeights,
)

X = np.linspace(-1, 1, 50).reshape(25, 2)
Y = (X[:, :1] ** 2).round(2)


class Interruption(Exception):  # noqa: N818 - it is no error
    """Ends a training before its time."""


def trained(
    folder: Path, freq: Any, stop_at: tuple[int, int] | None = None
) -> tuple[gg.Sequential, History, str]:
    """Train in a way that depends on everything that there is to save."""
    gg.set_random_seed(3)
    model = gg.Sequential(
        [gg.Input((2,)), gg.Dense(8, "tanh"), gg.Dropout(0.25), gg.Dense(1)]
    )
    adam = gg.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.5)
    model.compile(adam, "mse", metrics=["mse"])

    class Break(Callback):
        """Raises where it is told to."""

        epoch = 0

        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            self.epoch = epoch

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
            if (self.epoch, batch) == stop_at:
                raise Interruption

    log = CSVLogger(folder / "log.csv")
    history = model.fit(
        X,
        Y,
        batch_size=4,
        epochs=6,
        verbose=0,
        validation_split=0.2,
        callbacks=[
            BackupAndRestore(folder / "backup", save_freq=freq),
            SwapEMAWeights(swap_on_epoch=True),
            ReduceLROnPlateau("loss", factor=0.5, patience=1, min_delta=0.01),
            EarlyStopping("loss", patience=4, restore_best_weights=True),
            log,
            Break(),
        ],
    )
    return model, history, Path(log.filename).read_text("utf-8")


@pytest.mark.parametrize(
    ("freq", "stop_at"),
    [
        ("epoch", (0, 3)),
        ("epoch", (1, 0)),
        ("epoch", (3, 2)),
        (3, (2, 2)),
        (1, (4, 4)),
        (5, (3, 0)),
    ],
)
def test_a_resumed_training_has_the_bits_of_an_undisturbed_one(
    freq: Any, stop_at: tuple[int, int], tmp_path: Path
) -> None:
    """I8: weights, history and log, whatever it was that the break cut in two."""
    whole, whole_history, whole_log = trained(tmp_path / "whole", freq)
    with pytest.raises(Interruption):
        trained(tmp_path / "broken", freq, stop_at)
    again, history, log = trained(tmp_path / "broken", freq)
    for one, other in zip(whole.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert whole_history.history == history.history
    assert whole_history.epoch == history.epoch
    assert whole_log == log
    assert not (tmp_path / "broken" / "backup").exists()


def small() -> gg.Sequential:
    """Return a compiled classifier."""
    gg.set_random_seed(0)
    model = gg.Sequential([gg.Input((2,)), gg.Dense(3, "relu"), gg.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model


LABELS = (X[:, 0] > 0).astype(float)


def test_checkpoints_can_be_loaded(tmp_path: Path) -> None:
    """The model, or its weights."""
    model = small()
    whole, weights = tmp_path / "m.safetensors", tmp_path / "w.safetensors"
    model.fit(
        X,
        LABELS,
        verbose=0,
        callbacks=[
            ModelCheckpoint(whole),
            ModelCheckpoint(weights, save_weights_only=True),
        ],
    )
    other = small()
    other.load_weights(str(weights))
    expected = model.predict(X, verbose=0)
    assert np.array_equal(expected, other.predict(X, verbose=0))
    loaded = gg.models.load_model(str(whole))
    assert np.array_equal(expected, loaded.predict(X, verbose=0))


@pytest.mark.parametrize(
    ("monitor", "said"),
    [
        ("val_loss", "no validation data"),
        ("acc", "did you mean 'accuracy'"),
    ],
)
def test_fit_tells_which_logs_there_will_be(monitor: str, said: str) -> None:
    """So that what is watched in vain is told before anything changes."""
    model = small()
    before = model.get_weights()
    with pytest.raises(ValueError, match=said):
        model.fit(X, LABELS, verbose=0, callbacks=[EarlyStopping(monitor)])
    assert all(map(np.array_equal, before, model.get_weights()))


def test_the_direction_of_a_real_metric_is_known() -> None:
    """An accuracy is to rise."""
    stop = EarlyStopping("val_accuracy", patience=1)
    small().fit(X, LABELS, verbose=0, validation_split=0.2, callbacks=[stop])
    assert stop.best is not None


def test_what_layers_do_is_measured_in_fit() -> None:
    """By the program that fit runs; the history has it, the progress line has not."""
    monitor = LearningMonitor()
    history = small().fit(X, LABELS, epochs=2, verbose=0, callbacks=[monitor])
    assert set(monitor.adds) == {each for each in history.history if "/" in each}
    assert {2} == {len(values) for values in history.history.values()}


def test_messages_and_logs_of_callbacks_reach_the_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line is written after the callbacks, as in Keras."""

    def add(_epoch: int, logs: dict[str, float]) -> None:
        logs["mine"] = 0.5

    small().fit(X, LABELS, 25, verbose=2, callbacks=[LambdaCallback(on_epoch_end=add)])
    assert capsys.readouterr().out.endswith(" - mine: 0.5000\n")
