"""Files that would hang, grow, or end in an error that is not graphgrad's own."""

from __future__ import annotations

import gc
import json
import os
import pickle
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.lies import edit, made, peak, write

import graphgrad as gg
from graphgrad.layers import _safetensors_file
from graphgrad.layers._ranges import Ranges
from graphgrad.layers._registry import ConfigError, SavingError
from graphgrad.layers._saving import restore_training, save_model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a saved model, alone in its folder."""
    file = tmp_path / "model.safetensors"
    made().save(file)
    return file


# ---- what is no file, or a long one --------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """A pipe does not make the reader wait, a device is not read without end."""
    os.mkfifo(tmp_path / "pipe")
    for each in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        for load in (gg.load_model, made().load_weights):
            with pytest.raises(SavingError, match="expected a regular file"):
                load(each)


LENGTH = 2**40


def sparse(path: Path, begin: bytes, length: int = LENGTH) -> None:
    """Write a file that is long, and takes no room on the disk."""
    path.write_bytes(begin)
    os.truncate(path, length)


def header(described: dict[str, Any]) -> bytes:
    """Return the begin of a file that describes itself so."""
    written = json.dumps(described).encode()
    return len(written).to_bytes(8, "little") + written


WHOLE = {"dtype": "F32", "shape": [2**38], "data_offsets": [0, 2**40]}


@pytest.mark.parametrize(
    "begin",
    [
        bytes(8),
        pickle.dumps({"a": list(range(99))}),
        b"\xff" * 8,
        header({}),
        header({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}),
        header({"a": {"dtype": "F32", "shape": [1]}}),
        header({"a": WHOLE}),
    ],
)
def test_a_long_file_is_judged_before_it_is_read(begin: bytes, tmp_path: Path) -> None:
    """By its first bytes, by what its header says, and by the memory that there is."""
    length = len(begin) + LENGTH if b"2, 1" not in begin else LENGTH
    sparse(tmp_path / "long", begin, length)
    assert peak(lambda: gg.load_model(tmp_path / "long")) < 2**20


@pytest.mark.parametrize("name", ["a\0b.safetensors", "\ud800.safetensors"])
def test_a_path_that_no_file_has(name: str) -> None:
    """It is said before the system is asked."""
    model = made()
    for call in (gg.load_model, model.save, model.save_weights, model.load_weights):
        with pytest.raises(SavingError, match="no file can have the path"):
            call(name)


# ---- training ------------------------------------------------------------------------


@pytest.mark.parametrize("width", [3, 10_000, 10**7, 10**12])
def test_a_refused_file_leaves_a_model_unbuilt(width: int, path: Path) -> None:
    """Also what a shape in it asks for gets no memory; a good file fits afterwards."""
    good = path.with_name("good.safetensors")
    good.write_bytes(path.read_bytes())
    edit(path, lambda t: t["model"]["config"].update(build_input_shape=[None, width]))
    model = made(first=False)
    assert peak(lambda: restore_training(model, path)) < 2**22
    assert not model.built
    assert not model.layers[0].built
    assert {} == restore_training(model, good)
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    other = gg.load_model(good)
    for each in (model, other):
        each.fit(x, y, epochs=2, verbose=0)
    for mine, its in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)


def test_a_refused_file_does_not_disturb_a_training(path: Path) -> None:
    """One that asked for other labels, and has other weights."""
    x, y = np.ones((4, 2), "float32"), np.ones((4, 1), "float32")
    lie = path.with_name("lie.safetensors")
    wide = gg.Sequential([gg.Input((3,)), gg.Dense(1, name="only")])
    wide.compile("adam", "mse")
    wide.save(lie)
    edit(lie, lambda texts: texts.update(labels=[[7], "float32"], prepared=True))
    models = gg.load_model(path), gg.load_model(path)
    for each in models:
        each.fit(x, y, verbose=0)
        if each is models[0]:
            with pytest.raises(SavingError, match="cannot be loaded"):
                restore_training(each, lie)
        each.fit(x, y, epochs=2, verbose=0)
    for mine, its in zip(*(each.get_weights() for each in models), strict=True):
        np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize("extra", [[1], 0, (), "epoch"])
def test_what_cannot_be_restored_is_not_saved(extra: Any, path: Path) -> None:
    """The file that is there stays."""
    before = path.read_bytes()
    with pytest.raises(SavingError, match="extra is a dict"):
        save_model(made(), path, extra=extra)
    assert before == path.read_bytes()


def test_what_is_written_can_be_read(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of the header counts what stands in the file, names of arrays too."""
    before = path.read_bytes()
    length = int.from_bytes(before[:8], "little")
    monkeypatch.setattr(_safetensors_file, "_MAX_HEADER", length - 1)
    with pytest.raises(SavingError, match="a file takes no description"):
        made().save(path)
    assert before == path.read_bytes()


def test_metrics_by_the_thousand_take_names_once() -> None:
    """Each gets the next number; the names before are not gone through again."""
    model = made()
    model.compile("sgd", "mse", metrics=["mse"] * 300)
    assert ["mse", "mse_1", "mse_299"] == [model.metrics[i].name for i in (0, 1, 299)]


# ---- texts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labels",
    [[[float("1e999")], "float64"], [[1], ","], [[1], "(2,f4"], [[1], "O"], [[1], 3]],
)
def test_labels_that_are_none(labels: list[Any], path: Path) -> None:
    """Numbers without end, and texts that NumPy would read as Python."""
    text = json.dumps(labels).replace("Infinity", "1e999")
    edit(path, lambda texts: texts.update(labels=text))
    for load in (gg.load_model, made().load_weights):
        with pytest.raises(SavingError, match="what it says of labels is damaged"):
            load(path)


@pytest.mark.parametrize("dtype", [",", "(2,f4", "O", "f4,f4", "", None, 4, "M8[s]"])
def test_dtypes_that_are_none(dtype: Any) -> None:
    """A name of numbers is one of a list."""
    array = {"class_name": "__numpy__", "config": {"dtype": dtype, "value": 1}}
    with pytest.raises(ConfigError, match=r"is no dtype of numbers"):
        gg.models.model_from_json(json.dumps(array))


def test_a_configuration_nested_without_end() -> None:
    """Not even the error's text goes to its end."""
    nested: list[Any] = []
    for _ in range(3000):
        nested = [nested]
    with pytest.raises(ConfigError, match="must be a dict"):
        gg.Dense.from_config(nested)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [5, None, [], {}])
def test_names_that_are_none(wrong: Any) -> None:
    """Of what is registered."""
    with pytest.raises(ConfigError, match="must be text"):
        gg.saving.get_registered_object(wrong)
    with pytest.raises(ConfigError, match="has a name"):
        gg.saving.get_registered_name(wrong)


def test_what_gives_way_is_gone() -> None:
    """A cell of a notebook that runs a thousand times leaves one class."""

    def again() -> weakref.ref[type]:
        @gg.saving.register_keras_serializable("hostile")
        class Again(gg.saving.Configurable):
            """A class of the user's."""

        return weakref.ref(Again)

    first, second = again(), again()
    gc.collect()
    assert first() is None
    assert second() is gg.saving.get_registered_object("hostile>Again")


def test_messages_are_no_longer_than_a_page(path: Path) -> None:
    """Nor have they what a terminal would obey."""
    edit(path, lambda texts: texts["model"].update(class_name="x" * 10**6))
    with pytest.raises(SavingError, match="characters") as caught:
        gg.load_model(path)
    assert len(str(caught.value)) < 5000
    edit(path, lambda texts: texts["state"]["model"].update({"\x1b[2J": ["a", True]}))
    with pytest.raises(SavingError, match=r"lacks the arrays '\\x1b\[2J'"):
        gg.load_model(path)
    arrays = {
        f"a{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
        for i in range(9999)
    }
    write(path, arrays, b"")
    with pytest.warns(UserWarning, match="were skipped") as warned:
        made().load_weights(path, skip_mismatch=True)
    assert len(str(warned[0].message)) < 5000


GOOD = {"count": 2, "low": [0], "high": [1.0], "mean": [0.5], "std": [0.5]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": True},
        {"count": 10**400},
        {"std": [-1.0]},
        {"low": ["1"]},
        {"low": "1"},
        {"mean": [True]},
        {"mean": [10**400]},
    ],
)
def test_ranges_that_are_none(wrong: dict[str, Any]) -> None:
    """Numbers are numbers, counts are counted, deviations are not negative."""
    assert 2 == Ranges.from_dict(GOOD).count
    with pytest.raises(SavingError, match="inputs is damaged"):
        Ranges.from_dict({**GOOD, **wrong})
