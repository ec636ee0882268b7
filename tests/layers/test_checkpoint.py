"""ModelCheckpoint saves when it should, where it should; so does BackupAndRestore."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cases.backups import Model

from graphgrad.callbacks import (
    BackupAndRestore,
    CallbackList,
    ModelCheckpoint,
)


def drive(saver: Any, epochs: list[dict[str, Any]], batches: int = 0) -> Model:
    """Run epochs with these logs, and return the model."""
    model = Model()
    names = list(epochs[0])
    listeners = CallbackList(saver, model, metrics=names, epochs=len(epochs))
    listeners.on_train_begin()
    for epoch, logs in enumerate(epochs):
        listeners.on_epoch_begin(epoch)
        for batch in range(batches):
            listeners.on_train_batch_end(batch, {"loss": float(batch)})
        listeners.on_epoch_end(epoch, dict(logs))
    listeners.on_train_end()
    return model


def losses(*values: float) -> list[dict[str, float]]:
    """Return the logs of epochs with these losses in validation."""
    return [{"loss": 1.0, "val_loss": value} for value in values]


# ---- when ----------------------------------------------------------------------------


def test_each_epoch_is_saved_under_its_name(tmp_path: Path) -> None:
    """Epochs are counted from 1 in names, and folders are made."""
    saver = ModelCheckpoint(tmp_path / "a" / "{epoch:02d}-{val_loss:.2f}.safetensors")
    model = drive(saver, losses(0.5, 0.25))
    assert ["01-0.50", "02-0.25"] == model.saved
    assert "model" == (tmp_path / "a" / "01-0.50.safetensors").read_text(
        encoding="utf-8"
    )


def test_the_weights_alone_can_be_saved(tmp_path: Path) -> None:
    """The file is written by save_weights."""
    path = tmp_path / "w.safetensors"
    drive(ModelCheckpoint(path, save_weights_only=True), losses(0.5))
    assert "weights" == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "key", "values", "saved"),
    [
        ({}, "val_loss", [3.0, 2.0, 2.0, 2.5, 1.0], [1, 2, 5]),
        ({"initial_value_threshold": 2.0}, "val_loss", [3.0, 2.0, 1.0], [3]),
        ({"monitor": "accuracy"}, "accuracy", [0.5, 0.25, 0.75], [1, 3]),
        ({"mode": "max"}, "val_loss", [1.0, 2.0], [1, 2]),
        ({}, "val_loss", [float("nan"), 2.0, float("nan"), 1.0], [2, 4]),
    ],
)
def test_the_best_is_saved_if_only_that_is_wanted(
    options: Any, key: str, values: list[float], saved: list[int], tmp_path: Path
) -> None:
    """Strictly better than ever before, by the direction of the metric."""
    saver = ModelCheckpoint(
        tmp_path / "{epoch}.x.safetensors", save_best_only=True, **options
    )
    model = drive(saver, [{"loss": 1.0, key: value} for value in values])
    assert [f"{epoch}.x" for epoch in saved] == model.saved


@pytest.mark.parametrize(
    ("every", "expected"),
    [
        (1, ["1-1", "1-2", "1-3", "2-1", "2-2", "2-3"]),
        (2, ["1-2", "2-1", "2-3"]),
        (4, ["2-1"]),
        (7, []),
    ],
)
def test_batches_are_counted_across_epochs(
    every: int, expected: list[str], tmp_path: Path
) -> None:
    """Their numbers in names count from 1 in each epoch."""
    saver = ModelCheckpoint(tmp_path / "{epoch}-{batch}.safetensors", save_freq=every)
    assert expected == drive(saver, losses(1.0, 1.0), batches=3).saved
    assert saver.watches_batches


def test_several_steps_at_once_count_as_many(tmp_path: Path) -> None:
    """With steps_per_execution only every so many batches are told."""
    saver = ModelCheckpoint(tmp_path / "{epoch}-{batch}.safetensors", save_freq=4)
    model = Model()
    saver.set_model(model)
    for batch in (2, 5, 8, 2, 5):
        saver.on_train_batch_end(batch, {})
    assert ["1-6", "1-3"] == model.saved


def test_another_model_is_compared_with_itself_alone(tmp_path: Path) -> None:
    """The best of one model says nothing of another; the same one goes on."""
    saver = ModelCheckpoint(
        tmp_path / "{epoch}.safetensors", save_best_only=True, monitor="loss"
    )
    one, other = Model(), Model()
    for model, value in ((one, 1.0), (other, 2.0), (other, 1.5), (other, 1.75)):
        saver.set_model(model)
        saver.on_epoch_end(0, {"loss": value})
    assert [["1"], ["1", "1"]] == [one.saved, other.saved]


def test_epochs_alone_need_no_batches(tmp_path: Path) -> None:
    """So that a step need not make logs."""
    assert not CallbackList(ModelCheckpoint(tmp_path / "x.safetensors")).watches_batches
    assert not CallbackList(BackupAndRestore(tmp_path / "x")).watches_batches


# ---- what it says --------------------------------------------------------------------


def test_messages_of_the_best_are_those_of_keras(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keras 3.15.1, but for the empty lines before each."""
    path = tmp_path / "best_01.safetensors"
    saver = ModelCheckpoint(path, verbose=1, save_best_only=True)
    drive(saver, losses(0.5, 0.5))
    assert [
        f"Epoch 1: val_loss improved from None to 0.50000, saving model to {path}",
        f"Epoch 1: finished saving model to {path}",
        "Epoch 2: val_loss did not improve from 0.50000",
    ] == capsys.readouterr().out.splitlines()


def test_messages_of_each_epoch_are_those_of_keras(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before and after saving."""
    path = tmp_path / "all.safetensors"
    drive(ModelCheckpoint(path, verbose=1), losses(0.5))
    assert [
        f"Epoch 1: saving model to {path}",
        f"Epoch 1: finished saving model to {path}",
    ] == capsys.readouterr().out.splitlines()


# ---- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        ("{val_los:.2f}", {}, "names 'val_los', which.* did you mean 'val_loss'"),
        ("{batch}", {}, "names 'batch', which is not known when it saves"),
        ("{val_loss}", {"save_freq": 3}, "names 'val_loss', which is not known"),
        ("folder", {}, "is a folder, expected a file"),
        ("x", {"monitor": "val_acc", "save_best_only": True}, "not among the logs"),
        ("x", {"save_best_only": True, "save_freq": 2}, "only at the end of an epoch"),
    ],
)
def test_what_cannot_be_saved_is_told_before_training(
    path: str, options: Any, said: str, tmp_path: Path
) -> None:
    """Keras finds out after the first epoch, or saves every epoch as the best."""
    (tmp_path / "folder.safetensors").mkdir()
    saver = ModelCheckpoint(tmp_path / f"{path}.safetensors", **options)
    with pytest.raises(ValueError, match=said):
        drive(saver, losses(1.0))
    assert ["folder.safetensors"] == [each.name for each in tmp_path.iterdir()]


def test_a_log_that_is_not_watched_need_not_exist(tmp_path: Path) -> None:
    """If every epoch is saved, it does not matter which is better."""
    assert ["x"] == drive(
        ModelCheckpoint(tmp_path / "x.safetensors"), [{"loss": 1.0}]
    ).saved


def test_a_path_that_names_no_log_is_told_when_it_is_made(tmp_path: Path) -> None:
    """Where nobody could know the logs before."""
    saver = ModelCheckpoint(tmp_path / "{acc}.safetensors")
    saver.set_model(Model())
    with pytest.raises(ValueError, match="did you mean 'accuracy'"):
        saver.on_epoch_end(0, {"accuracy": 1.0})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"filepath": ""}, "filepath is the name of a file"),
        ({"filepath": "best.keras"}, r"write ModelCheckpoint\('best.safetensors'\)"),
        ({"filepath": "a{"}, "is no pattern.*written twice"),
        ({"save_freq": "batch"}, "save_freq must be 'epoch' or a number of batches"),
        ({"save_freq": 0}, "save_freq must be"),
        ({"save_best_only": None}, "save_best_only must be True or False"),
        ({"initial_value_threshold": "1"}, "must be a number"),
    ],
)
def test_arguments_are_checked(arguments: dict[str, Any], said: str) -> None:
    """When the callback is made."""
    with pytest.raises(ValueError, match=said):
        ModelCheckpoint(**{"filepath": "x.safetensors", **arguments})
