"""Logs go to files as they should; training ends at NaN; functions are called."""

from __future__ import annotations

import builtins
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    LambdaCallback,
    TensorBoard,
    TerminateOnNaN,
)


def model() -> gg.Sequential:
    """Return a compiled model of one weight and one bias."""
    made = gg.Sequential([gg.Input((1,)), gg.Dense(1, name="line")])
    made.compile("sgd", "mse")
    return made


# ---- CSVLogger -----------------------------------------------------------------------


def written(logger: CSVLogger, *epochs: dict[str, Any]) -> str:
    """Return the file after epochs with these logs."""
    logger.on_train_begin({})
    for epoch, logs in enumerate(epochs):
        logger.on_epoch_end(epoch, logs)
    logger.on_train_end({})
    return Path(logger.filename).read_bytes().decode()


def test_columns_are_sorted_and_validation_has_some(tmp_path: Path) -> None:
    """The bytes are those of Keras 3.15.1: NA where there is nothing."""
    logger = CSVLogger(tmp_path / "log.csv")
    found = written(
        logger,
        {"loss": 0.5, "accuracy": 0.25},
        {"loss": 0.25, "val_loss": 1.0},
    )
    assert found == (
        "epoch,accuracy,loss,val_accuracy,val_loss\r\n"
        "0,0.25,0.5,NA,NA\r\n"
        "1,NA,0.25,NA,1.0\r\n"
    )


def test_columns_of_a_validation_are_not_doubled(tmp_path: Path) -> None:
    """Nor are there any for what has none."""
    logger = CSVLogger(tmp_path / "log.csv", separator=";")
    assert "epoch;loss;val_loss\r\n0;0.5;0.25\r\n" == written(
        logger, {"val_loss": 0.25, "loss": 0.5}
    )
    assert "epoch;a/dense;loss;val_loss\r\n0;1.0;0.5;NA\r\n" == written(
        logger, {"a/dense": 1.0, "loss": 0.5}
    )


def test_each_line_is_there_as_soon_as_its_epoch_has_ended(tmp_path: Path) -> None:
    """Whatever ends the training, nothing is lost."""
    logger = CSVLogger(tmp_path / "new" / "log.csv")
    logger.on_train_begin({})
    logger.on_epoch_end(0, {"loss": 0.5})
    assert 2 == len(Path(logger.filename).read_text().splitlines())


def test_a_file_is_overwritten_or_continued(tmp_path: Path) -> None:
    """With append its columns stay, and there is one header."""
    path, one, two = tmp_path / "log.csv", {"loss": 0.5}, {"loss": 0.25}
    first = written(CSVLogger(path), one)
    assert first == written(CSVLogger(path), one)
    both = written(CSVLogger(path, append=True), two)
    assert first + "0,0.25,NA\r\n" == both
    path.unlink()
    assert first == written(CSVLogger(path, append=True), one)
    path.write_text("")
    assert first == written(CSVLogger(path, append=True), one)


def test_what_has_no_column_is_told_once(tmp_path: Path) -> None:
    """Keras leaves it out without a word."""
    logger = CSVLogger(tmp_path / "log.csv")
    with pytest.warns(UserWarning, match="no column for rate: its columns") as caught:
        found = written(
            logger, {"loss": 0.5}, {"loss": 0.5, "rate": 1}, {"loss": 0.5, "rate": 1}
        )
    assert 1 == len(caught)
    assert "rate" not in found


def test_several_numbers_stand_in_brackets(tmp_path: Path) -> None:
    """In one cell."""
    found = written(CSVLogger(tmp_path / "log.csv"), {"f1": np.array([0.5, 0.25])})
    assert 'epoch,f1,val_f1\r\n0,"[0.5, 0.25]",NA\r\n' == found


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """It is told before training begins."""
    with pytest.raises(ValueError, match="is a folder, expected a file"):
        CallbackList(CSVLogger(tmp_path)).on_train_begin()


@pytest.mark.parametrize("separator", ["", ", ", None])
def test_a_separator_is_one_character(separator: Any) -> None:
    """The csv module knows no others."""
    with pytest.raises(ValueError, match="separator must be one character"):
        CSVLogger("log.csv", separator=separator)


# ---- TerminateOnNaN ------------------------------------------------------------------


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_nan_ends_the_training(loss: float, capsys: pytest.CaptureFixture[str]) -> None:
    """With the message of Keras 3.15.1."""
    made, stop = model(), TerminateOnNaN()
    listeners = CallbackList(stop, made)
    listeners.on_train_batch_end(0, {"loss": 1.0})
    listeners.on_train_batch_end(1)
    assert not made.stop_training
    listeners.on_train_batch_end(2, {"loss": loss})
    assert made.stop_training
    assert "Batch 2: Invalid loss, terminating training\n" == (capsys.readouterr().out)


def test_nan_can_be_an_error() -> None:
    """With the way out, and without the end of the training."""
    listeners = CallbackList(TerminateOnNaN(raise_error=True), model())
    with pytest.raises(RuntimeError, match=r"nan after batch 7.*smaller learning_rate"):
        listeners.on_train_batch_end(7, {"loss": np.nan})


def test_a_real_training_ends_at_nan(capsys: pytest.CaptureFixture[str]) -> None:
    """After the batch that made it."""
    made = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    made.compile(gg.optimizers.SGD(1e30), "mse")
    with pytest.warns(RuntimeWarning, match="loss is"):
        history = made.fit(
            np.ones((9, 1)), np.ones(9), 1, 5, 0, callbacks=[TerminateOnNaN()]
        )
    assert [0] == history.epoch
    assert "Invalid loss, terminating training" in capsys.readouterr().out


# ---- LambdaCallback ------------------------------------------------------------------


HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


@pytest.mark.parametrize("hook", HOOKS)
def test_a_function_stands_at_any_hook(hook: str) -> None:
    """And at no other."""
    told: list[Any] = []
    callback = LambdaCallback(**{hook: lambda *args: told.append(args)})
    for each in HOOKS:
        counted = "batch" in each or "epoch" in each
        if each == hook or "batch" not in each or not hook.startswith("on_batch"):
            getattr(callback, each)(*([3, {}] if counted else [{}]))
    assert 1 == len(told)


def test_batches_are_watched_only_if_a_function_does() -> None:
    """So that a step need not make logs."""
    assert not LambdaCallback(on_epoch_end=print).watches_batches
    assert LambdaCallback(on_train_batch_end=print).watches_batches
    assert LambdaCallback(on_predict_batch_end=print).watches_batches


def test_a_hook_that_there_is_not_is_refused() -> None:
    """Keras never calls it, and does not say so."""
    with pytest.raises(TypeError, match="did you mean 'on_epoch_end'"):
        LambdaCallback(on_epoc_end=print)
    with pytest.raises(TypeError, match="on_train_end must be a function"):
        LambdaCallback(on_train_end="print")  # type: ignore[arg-type]


# ---- TensorBoard ---------------------------------------------------------------------


def events(folder: Path) -> list[Any]:
    """Return what was written to a folder, event by event."""
    event = import_module("tensorboardX.proto.event_pb2").Event
    (file,) = folder.iterdir()
    data, found = file.read_bytes(), []
    while data:
        length = int.from_bytes(data[:8], "little")
        found.append(event.FromString(data[12 : 12 + length]))
        data = data[16 + length :]
    return found


def scalars(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Return the numbers that were written, by tag."""
    found: dict[str, list[tuple[int, float]]] = {}
    for event in events(folder):
        for value in event.summary.value:
            if value.HasField("simple_value"):
                points = found.setdefault(value.tag, [])
                points.append((event.step, value.simple_value))
    return found


def fit(board: TensorBoard) -> Any:
    """Train two epochs of two batches, with validation."""
    gg.set_random_seed(0)
    x, y = [[0.0], [1.0]], [1.0, 3.0]
    return model().fit(
        x, y, 1, epochs=2, verbose=0, validation_data=(x, y), callbacks=[board]
    )


def test_tensorboard_gets_the_logs_of_each_epoch(tmp_path: Path) -> None:
    """Under the names that Keras gives them, in two folders."""
    found = fit(TensorBoard(tmp_path)).history
    train, test = scalars(tmp_path / "train"), scalars(tmp_path / "validation")
    assert {"epoch_loss", "epoch_learning_rate"} == set(train)
    assert {"epoch_loss", "evaluation_loss_vs_iterations"} == set(test)
    for points, values in [
        (train["epoch_loss"], found["loss"]),
        (test["epoch_loss"], found["val_loss"]),
    ]:
        assert [0, 1] == [step for step, _ in points]
        assert np.allclose(values, [value for _, value in points])
    assert [2, 4] == [step for step, _ in test["evaluation_loss_vs_iterations"]]


@pytest.mark.parametrize(
    ("freq", "steps"), [("batch", [1, 2, 3, 4]), (1, [1, 2, 3, 4]), (3, [3])]
)
def test_tensorboard_gets_the_logs_of_batches(
    freq: Any, steps: list[int], tmp_path: Path
) -> None:
    """Every so many, counted across epochs."""
    fit(TensorBoard(tmp_path, update_freq=freq, write_steps_per_second=True))
    found = scalars(tmp_path / "train")
    assert steps == [step for step, _ in found["batch_loss"]]
    assert steps == [step for step, _ in found["batch_steps_per_second"]]
    assert all(value > 0 for _, value in found["epoch_steps_per_second"])


@pytest.mark.parametrize("images", [True, False])
def test_tensorboard_gets_the_weights(tmp_path: Path, images: bool) -> None:
    """As histograms, and pictures if wanted, every so many epochs."""
    fit(TensorBoard(tmp_path, histogram_freq=2, write_images=images))
    tags = {
        value.tag: event.step
        for event in events(tmp_path / "train")
        for value in event.summary.value
        if value.HasField("histo") or value.HasField("image")
    }
    shown = ("histogram", "image") if images else ("histogram",)
    kinds = [f"line/{w}/{k}" for w in ("kernel", "bias") for k in shown]
    assert dict.fromkeys(kinds, 0) == tags


@pytest.mark.parametrize("wanted", [True, False])
def test_tensorboard_gets_the_graph_of_the_step(wanted: bool, tmp_path: Path) -> None:
    """Each node of the training graph, and the nodes that it reads."""
    made = model()
    board = TensorBoard(tmp_path, write_graph=wanted)
    made.fit([[0.0]], [1.0], verbose=0, callbacks=[board])
    graphs = [e.graph_def for e in events(tmp_path / "train") if e.graph_def]
    assert wanted == bool(graphs)
    for text in graphs:
        graph = import_module("tensorboardX.proto.graph_pb2").GraphDef
        nodes = graph.FromString(text).node
        names = {node.name for node in nodes}
        assert len(made.graph("compile").nodes) == len(nodes) == len(names)
        assert {"x", "y", "line/kernel"} < names
        assert all(set(node.input) <= names for node in nodes)


def test_an_evaluation_alone_is_written(tmp_path: Path) -> None:
    """Over the number of steps so far."""
    model().evaluate([[0.0]], [1.0], verbose=0, callbacks=[TensorBoard(tmp_path)])
    found = scalars(tmp_path / "validation")
    assert [0] == [step for step, _ in found["evaluation_loss_vs_iterations"]]


def test_tensorboard_without_its_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When it is made, not after the first epoch."""
    known = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("tensorboardX"):
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'graphgrad\[tensorboard\]'"):
        TensorBoard()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"update_freq": "epochs"}, "update_freq must be 'epoch' or 'batch' or a num"),
        ({"histogram_freq": -1}, "histogram_freq must be a whole number"),
        ({"profile_batch": 2}, "have nothing to show here"),
        ({"write_graph": 1}, "write_graph must be True or False"),
    ],
)
def test_arguments_of_tensorboard_are_checked(
    arguments: dict[str, Any], said: str
) -> None:
    """When the callback is made."""
    with pytest.raises(ValueError, match=said):
        TensorBoard(**arguments)
