"""BackupAndRestore: a training that was broken off goes on where it was."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
from cases.backups import Model

import graphgrad as gg
from graphgrad.callbacks import (
    BackupAndRestore,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    ModelCheckpoint,
    ReduceLROnPlateau,
)


@pytest.fixture
def saving(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Put something small in the place of saving: two numbers are the whole state."""
    module = ModuleType("graphgrad.layers._saving")

    def save_model(model: Any, path: str, extra: Any = None) -> None:
        whole = {"state": model.state, "extra": extra}
        whole["rate"] = getattr(model.optimizer, "learning_rate", None)
        text = json.dumps(whole, default=lambda array: array.tolist())
        Path(path).write_text(text, encoding="utf-8")

    def restore_training(model: Any, path: str) -> Any:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        model.state = found["state"]
        if model.optimizer is not None:
            model.optimizer.learning_rate = found["rate"]
        return found["extra"]

    vars(module).update(save_model=save_model, restore_training=restore_training)
    monkeypatch.setitem(sys.modules, "graphgrad.layers._saving", module)
    return module


class Interruption(Exception):  # noqa: N818 - it is no error
    """Ends a training before its time."""


def train(backup: BackupAndRestore, model: Model, stop_at: Any = None) -> list[Any]:
    """Train 3 epochs of 4 batches as fit does, and return the batches that ran."""
    ran = []
    listeners = CallbackList(backup, model, epochs=3)
    listeners.on_train_begin()
    first, skipped = model.resume_at or (0, 0)
    model.resume_at = None
    for epoch in range(first, 3):
        listeners.on_epoch_begin(epoch)
        for batch in range(skipped if epoch == first else 0, 4):
            if (epoch, batch) == stop_at:
                raise Interruption
            model.state += 1
            ran.append((epoch, batch))
            listeners.on_train_batch_end(batch)
        listeners.on_epoch_end(epoch)
    listeners.on_train_end()
    return ran


@pytest.mark.parametrize(
    ("freq", "stop_at", "first"),
    [
        ("epoch", (1, 2), (1, 0)),
        ("epoch", (0, 2), (0, 0)),
        (3, (1, 3), (1, 2)),
        (3, (0, 3), (0, 3)),
        (1, (2, 0), (1, 4)),
        (5, (0, 3), (0, 0)),
    ],
)
@pytest.mark.usefixtures("saving")
def test_a_training_goes_on_where_it_was_saved(
    freq: Any, stop_at: Any, first: Any, tmp_path: Path
) -> None:
    """In the end as many steps were taken as without the interruption."""
    with pytest.raises(Interruption):
        train(BackupAndRestore(tmp_path / "b", save_freq=freq), Model(), stop_at)
    again = Model()
    ran = train(BackupAndRestore(tmp_path / "b", save_freq=freq), again)
    every = [(epoch, batch) for epoch in range(3) for batch in range(4)]
    assert [each for each in every if each >= first] == ran
    assert 12 == again.state
    assert not (tmp_path / "b").exists()


LOSSES = [1.0, 0.5, 0.75, 0.75, 0.25, 0.5, 0.5, 0.5, 0.5]


def whole_training(folder: Path, stop_in: int = -1) -> Any:
    """Train until it stops early, and return all that the callbacks made of it."""
    model = Model()
    model.optimizer = SimpleNamespace(learning_rate=1.0)
    model.get_weights = lambda: [np.full(2, float(model.state))]
    model.set_weights = lambda values: vars(model).update(
        weights=np.asarray(values).tolist()
    )
    stop = EarlyStopping("loss", patience=4, restore_best_weights=True)
    slow = ReduceLROnPlateau("loss", factor=0.5, patience=2)
    log = CSVLogger(folder / "log.csv")
    best = ModelCheckpoint(
        folder / "{epoch}.best.safetensors", "loss", save_best_only=True
    )
    listeners = CallbackList(
        [BackupAndRestore(folder / "b"), stop, slow, log, best], model, epochs=9
    )
    listeners.on_train_begin()
    first, _ = model.resume_at or (0, 0)
    for epoch in range(first, 9):
        listeners.on_epoch_begin(epoch)
        if epoch == stop_in:
            raise Interruption
        model.state = epoch + 1
        listeners.on_epoch_end(epoch, {"loss": LOSSES[epoch]})
        if model.stop_training:
            break
    listeners.on_train_end()
    lines = Path(log.filename).read_bytes()
    return vars(model)["weights"], listeners.history.history, lines, stop.get_state()


@pytest.mark.parametrize("stop_in", range(9))
@pytest.mark.usefixtures("saving")
def test_callbacks_go_on_where_they_were(stop_in: int, tmp_path: Path) -> None:
    """With a break they make the same of it as without; Keras' begin anew."""
    whole = whole_training(tmp_path / "whole")
    assert [[5.0, 5.0]] == whole[0]
    assert [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25] == whole[1]["learning_rate"]
    with pytest.raises(Interruption):
        whole_training(tmp_path / "broken", stop_in)
    again = whole_training(tmp_path / "broken")
    assert whole[:3] == again[:3]
    for name, value in whole[3].items():
        assert np.array_equal(value, again[3][name])
    assert [f"{epoch}.best.safetensors" for epoch in (1, 2, 5)] == sorted(
        each.name for each in (tmp_path / "broken").glob("*.best.safetensors")
    )


@pytest.mark.usefixtures("saving")
def test_a_line_of_an_epoch_that_is_run_again_is_taken_off(tmp_path: Path) -> None:
    """It was written, but the state after it was not saved any more."""
    with pytest.raises(Interruption):
        whole_training(tmp_path, 3)
    log = tmp_path / "log.csv"
    with log.open("a", encoding="utf-8") as file:
        file.write("3,1,0.75,NA\r\n")
    whole_training(tmp_path)
    epochs = [line.split(",")[0] for line in log.read_text("utf-8").splitlines()]
    assert ["epoch", *map(str, range(9))] == epochs


def test_a_backup_is_told_last() -> None:
    """It saves what the others have made of an epoch, wherever it stands."""
    backup, stop, log = BackupAndRestore("x"), EarlyStopping("loss"), CSVLogger("y")
    listeners = CallbackList([backup, stop, log])
    assert [stop, log, listeners.history, backup] == listeners.callbacks
    assert [stop, log, listeners.history] == backup.others


@pytest.mark.usefixtures("saving")
def test_only_its_own_files_are_deleted(tmp_path: Path) -> None:
    """Keras deletes the folder with all that is in it."""
    (tmp_path / "notes.txt").touch()
    train(BackupAndRestore(tmp_path), Model())
    assert ["notes.txt"] == [each.name for each in tmp_path.iterdir()]


@pytest.mark.usefixtures("saving")
def test_the_files_can_be_kept(tmp_path: Path) -> None:
    """Then a training that has ended does not begin again."""
    train(BackupAndRestore(tmp_path, delete_checkpoint=False), Model())
    assert [] == train(BackupAndRestore(tmp_path, delete_checkpoint=False), Model())


@pytest.mark.usefixtures("saving")
def test_files_are_kept_if_training_did_not_end(tmp_path: Path) -> None:
    """Also if whoever interrupts it tells its end."""
    backup, model = BackupAndRestore(tmp_path), Model()
    with pytest.raises(Interruption):
        train(backup, model, (1, 2))
    backup.on_train_end({})
    assert backup.path.exists()
    model.stop_training = True
    backup.on_train_end({})
    assert not backup.path.exists()


@pytest.mark.usefixtures("saving")
def test_the_state_before_serves_where_the_last_is_broken(tmp_path: Path) -> None:
    """It says so."""
    backup = BackupAndRestore(tmp_path, double_checkpoint=True)
    with pytest.raises(Interruption):
        train(backup, Model(), (2, 2))
    backup.path.write_text("{", encoding="utf-8")
    again = Model()
    with pytest.warns(RuntimeWarning, match="the one before is"):
        train(BackupAndRestore(tmp_path, double_checkpoint=True), again)
    assert 12 == again.state
    assert not tmp_path.exists()


@pytest.mark.usefixtures("saving")
def test_a_break_between_two_files_loses_nothing(tmp_path: Path) -> None:
    """When the new one has not yet taken the place of the old."""
    backup = BackupAndRestore(tmp_path, double_checkpoint=True)
    with pytest.raises(Interruption):
        train(backup, Model(), (2, 2))
    backup.path.unlink()
    again = Model()
    assert (1, 0) == train(BackupAndRestore(tmp_path), again)[0]
    assert 12 == again.state


@pytest.mark.usefixtures("saving")
def test_a_broken_file_without_another_is_an_error(tmp_path: Path) -> None:
    """Rather than a training that begins anew without a word."""
    backup = BackupAndRestore(tmp_path)
    backup.path.write_text("{", encoding="utf-8")
    with pytest.raises(ValueError, match="Expecting"):
        train(backup, Model())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"backup_dir": ""}, "backup_dir is a folder"),
        ({"save_freq": False}, "save_freq must be 'epoch' or a number of batches"),
        ({"double_checkpoint": 1}, "double_checkpoint must be True or False"),
        ({"delete_checkpoint": 1}, "delete_checkpoint must be True or False"),
    ],
)
def test_arguments_of_a_backup_are_checked(
    arguments: dict[str, Any], said: str
) -> None:
    """When the callback is made."""
    with pytest.raises(ValueError, match=said):
        BackupAndRestore(**{"backup_dir": "x", **arguments})


def test_a_real_training_calls_save(tmp_path: Path) -> None:
    """With paths made from its own logs."""
    paths: list[str] = []

    class Net(gg.Sequential):
        def save(self, filepath: Any, overwrite: bool = True) -> None:
            paths.append(Path(filepath).name)

    model = Net([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    saver = ModelCheckpoint(tmp_path / "{epoch}-{loss:.0f}.safetensors", "loss")
    model.fit([[0.0]], [0.0], epochs=2, verbose=0, callbacks=[saver])
    assert ["1-0.safetensors", "2-0.safetensors"] == paths


@pytest.mark.parametrize(("twice", "count"), [(False, 1), (True, 2)])
def test_the_state_before_is_kept_if_that_is_wanted(
    twice: bool, count: int, tmp_path: Path
) -> None:
    """Otherwise there is one file, however many epochs there were."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    backup = BackupAndRestore(
        tmp_path / "backup", double_checkpoint=twice, delete_checkpoint=False
    )
    model.fit([[1.0]], [1.0], epochs=3, verbose=0, callbacks=[backup])
    assert count == len([*(tmp_path / "backup").iterdir()])
