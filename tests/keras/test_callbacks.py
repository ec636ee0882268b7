"""Callbacks: the same traces, epochs and files as in Keras."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

Array = np.ndarray[Any, Any]

STOPPING = [
    "patience={n}",
    "patience={n}, restore_best_weights=True",
    "monitor='loss', min_delta=0.02, patience={n}",
    "monitor='mae', mode='max', patience={n}, restore_best_weights=True",
    "monitor='val_mae', baseline=0.5, patience={n}",
    "monitor='val_loss', start_from_epoch=2, patience={n}",
]
PLATEAUS = [
    "patience={n}",
    "monitor='loss', factor=0.5, patience={n}, min_delta=0.05",
    "monitor='val_mae', factor=0.5, patience={n}, cooldown=1, min_lr=0.02",
    "monitor='mae', mode='max', factor=0.2, patience={n}",
]


def compiled(twins: Any, seed: int) -> tuple[tuple[Any, Any], tuple[Array, Array]]:
    """Return two models that overfit soon, and data for them."""
    both = twins.models(
        "layers.Dense(8, 'tanh'), layers.Dense(1)",
        seed=seed,
        optimizer="optimizers.SGD(0.3)",
        loss="'mse'",
        metrics="['mae']",
    )
    rng = np.random.default_rng(seed)
    return both, (rng.normal(size=(16, 4)), rng.normal(size=(16, 1)))


def run(twins: Any, text: str, seed: int, **options: Any) -> list[Any]:
    """Train both with a callback; compare all, and return the two callbacks."""
    both, (x, y) = compiled(twins, seed)
    callbacks = twins.make(text)
    histories = [
        model.fit(
            x,
            y,
            epochs=8,
            verbose=0,
            shuffle=False,
            validation_split=0.25,
            callbacks=[callback],
            **options,
        )
        for model, callback in zip(both, callbacks, strict=True)
    ]
    assert histories[0].epoch == histories[1].epoch
    twins.agree(*[history.history for history in histories], rtol=2e-3, atol=1e-4)
    twins.agree(*[model.get_weights() for model in both], rtol=2e-3, atol=1e-3)
    return list(callbacks)


@pytest.mark.parametrize("text", STOPPING)
@given(n=st.integers(0, 3), seed=st.integers(0, 99))
def test_early_stopping_stops_where_keras_stops(
    twins: Any, text: str, n: int, seed: int
) -> None:
    """The same epochs are run, and the same weights are left."""
    theirs, ours = run(twins, f"callbacks.EarlyStopping({text.format(n=n)})", seed)
    assert theirs.stopped_epoch == ours.stopped_epoch
    assert theirs.best_epoch == ours.best_epoch


@pytest.mark.parametrize("text", PLATEAUS)
@given(n=st.integers(1, 3), seed=st.integers(0, 99))
def test_the_rate_is_reduced_where_keras_reduces_it(
    twins: Any, text: str, n: int, seed: int
) -> None:
    """The history has the rates, and they fall in the same epochs."""
    run(twins, f"callbacks.ReduceLROnPlateau({text.format(n=n)})", seed)


@pytest.mark.parametrize(
    "schedule",
    ["lambda epoch: 0.2 / (1 + epoch)", "lambda epoch, lr: lr * 0.7"],
)
def test_rates_are_scheduled_as_in_keras(twins: Any, schedule: str) -> None:
    """A schedule of the epoch, and one of epoch and rate."""
    run(twins, f"callbacks.LearningRateScheduler({schedule})", seed=0)


@pytest.mark.parametrize("options", ["", ", separator=';'"])
def test_csv_files_are_those_of_keras(twins: Any, options: str, tmp_path: Path) -> None:
    """The same columns in the same order, the same rows, the same numbers."""
    both, (x, y) = compiled(twins, 0)
    tables = []
    for model, library in zip(both, ("theirs", "ours"), strict=True):
        path = str(tmp_path / f"{library}.csv")
        theirs, ours = twins.make(f"callbacks.CSVLogger(path{options})", path=path)
        logger = theirs if library == "theirs" else ours
        for epochs in ({}, {"validation_split": 0.25}):
            model.fit(
                x,
                y,
                epochs=2,
                verbose=0,
                shuffle=False,
                callbacks=[logger],
                **epochs,
            )
        text = Path(path).read_text("utf-8")
        tables.append(
            list(csv.reader(text.splitlines(), delimiter=options[-2:-1] or ","))
        )
    theirs_table, ours_table = tables
    assert theirs_table[0] == ours_table[0]
    twins.agree(
        [[float(cell) for cell in row] for row in theirs_table[1:]],
        [[float(cell) for cell in row] for row in ours_table[1:]],
        rtol=1e-3,
    )


def test_hooks_are_called_in_the_order_of_keras(twins: Any) -> None:
    """Every hook, its number and the names of its logs, in fit with validation."""
    orders = []
    both, (x, y) = compiled(twins, 0)
    for model, library in zip(both, (twins.keras, twins.ours), strict=True):
        told: list[tuple[Any, ...]] = []
        hooks = [name for name in dir(library.callbacks.Callback) if name[:3] == "on_"]

        def hook(name: str, told: list[Any] = told) -> Any:
            def call(_: Any, *args: Any, logs: Any = None) -> None:
                *place, last = args if isinstance(args[-1], dict) else (*args, logs)
                told.append((name, *place, sorted(last or {})))

            return call

        listed = {name: hook(name) for name in hooks if "batch_" not in name[:9]}
        recorder = type("Recorder", (library.callbacks.Callback,), listed)
        model.fit(
            x,
            y,
            epochs=2,
            batch_size=5,
            verbose=0,
            validation_split=0.25,
            callbacks=[recorder()],
        )
        orders.append(told)
    assert orders[0] == orders[1]


def test_lambdas_are_called_as_in_keras(twins: Any) -> None:
    """A function of epoch and logs hears the same losses."""
    both, (x, y) = compiled(twins, 0)
    heard: tuple[list[float], list[float]] = ([], [])
    for model, losses, i in zip(both, heard, (0, 1), strict=True):
        callback = twins.make(
            "callbacks.LambdaCallback(on_epoch_end=f)",
            f=lambda epoch, logs, losses=losses: losses.append(logs["loss"] + epoch),
        )[i]
        model.fit(x, y, epochs=3, verbose=0, shuffle=False, callbacks=[callback])
    twins.agree(*heard)


@pytest.mark.filterwarnings("ignore:loss is:RuntimeWarning")
def test_a_nan_ends_training_as_in_keras(twins: Any) -> None:
    """TerminateOnNaN stops within the epoch."""
    both = twins.models(
        "layers.Dense(1)", optimizer="optimizers.SGD(1e30)", loss="'mse'"
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(16, 4)), rng.normal(size=(16, 1))
    epochs = []
    for model, callback in zip(
        both, twins.make("callbacks.TerminateOnNaN()"), strict=True
    ):
        with np.errstate(all="ignore"):
            history = model.fit(x, y, epochs=9, verbose=0, callbacks=[callback])
        epochs.append(history.epoch)
    assert epochs[0] == epochs[1]
