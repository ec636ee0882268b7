"""Files that ask for memory by a number, which their size does not bear out."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.lies import edit, made, peak

import graphgrad as gg
from graphgrad import _room
from graphgrad.layers import _safetensors_file
from graphgrad.layers._registry import SavingError
from graphgrad.layers._room import check_memory, room_for
from graphgrad.layers._safetensors_file import Content, write_content


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a saved model, alone in its folder."""
    file = tmp_path / "model.safetensors"
    made().save(file)
    return file


# ---- numbers without a weight --------------------------------------------------------


def lied(path: Path, metrics: list[Any], loss: str, label: list[Any], n: int) -> None:
    """Write the file of a model whose outputs need no weight, and say there are n."""
    model = gg.Sequential([gg.Input((2,)), gg.layers.RepeatVector(3), gg.Flatten()])
    model.compile("sgd", loss, metrics=metrics)
    model.save(path)

    def lie(texts: dict[str, Any]) -> None:
        texts.update(prepared=True, labels=label)
        texts["model"] = json.loads(
            json.dumps(texts["model"]).replace('"n": 3', f'"n": {n}')
        )

    edit(path, lie)


@pytest.mark.parametrize("metrics", [[], ["accuracy"]])
def test_classes_without_weights_get_no_memory(
    metrics: list[Any], tmp_path: Path
) -> None:
    """What is made for each class is not more than a small file may ask for."""
    file = tmp_path / "m.safetensors"
    lied(file, metrics, "sparse_categorical_crossentropy", [[], "int64"], 10**8)
    assert peak(lambda: gg.load_model(file)) < 2**22


def test_rounds_without_weights_get_no_nodes(tmp_path: Path) -> None:
    """The graph of ``top_k`` grows with the number, which a small file may not ask."""
    file = tmp_path / "m.safetensors"
    metric = gg.metrics.Recall(top_k=2)
    lied(file, [metric], "categorical_crossentropy", [[20_000], "float32"], 10_000)
    edit(file, lambda texts: texts["compiled"].update(_rounds(texts["compiled"])))
    with pytest.raises(SavingError, match=r"too small to need the array '.*top_k'"):
        gg.load_model(file)


def _rounds(compiled: dict[str, Any]) -> Any:
    text = re.sub(r'"top_k": 2', '"top_k": 100000', json.dumps(compiled))
    return json.loads(text)


TABLES: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "one_hot": (gg.one_hot, {"depth": 10**7}),
    "repeat": (gg.repeat, {"repeats": [5 * 10**6, 1], "axis": 1}),
    "pad": (gg.pad, {"pad_width": [[0, 0], [0, 10**7]], "mode": "edge"}),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_a_function_get_no_memory(name: str, tmp_path: Path) -> None:
    """What a `Lambda` says of sizes is asked for before a table is made of it."""
    function, sizes = TABLES[name]
    file, small = tmp_path / "m.safetensors", json.dumps(sizes)
    small = re.sub(r"\d{7,}", "2", small)
    kept = gg.layers.Lambda(function, arguments=json.loads(small))
    gg.Sequential([gg.Input((2,)), kept]).save(file)

    def lie(texts: dict[str, Any]) -> None:
        (*_, described) = texts["model"]["config"]["layers"]
        described["config"]["arguments"] = sizes

    edit(file, lie)
    assert peak(lambda: gg.load_model(file)) < 2**22


@pytest.mark.parametrize("function", [gg.zeros_like, gg.ones_like])
def test_constants_of_a_function_get_no_memory(function: Any, tmp_path: Path) -> None:
    """They are as large as what a layer before them would give."""
    file = tmp_path / "m.safetensors"
    repeated = gg.layers.RepeatVector(3)
    made = gg.Sequential([gg.Input((2,)), repeated, gg.layers.Lambda(function)])
    made.save(file)

    def lie(texts: dict[str, Any]) -> None:
        model = json.dumps(texts["model"])
        texts["model"] = json.loads(model.replace('"n": 3', f'"n": {10**7}'))

    edit(file, lie)
    assert peak(lambda: gg.load_model(file)) < 2**22


def test_metrics_without_numbers_get_little_memory(path: Path) -> None:
    """Thousands of them cost more than what they keep."""

    def lie(texts: dict[str, Any]) -> None:
        texts["compiled"]["metrics"] = ["mse"] * 5_000

    edit(path, lie)
    assert peak(lambda: gg.load_model(path)) < 2**27


def test_thousands_of_layers_take_memory_in_proportion(tmp_path: Path) -> None:
    """Each is described, so that a small file has not many; the last lies."""
    file = tmp_path / "m.safetensors"
    gg.Sequential([gg.Input((2,)), gg.Flatten()]).save(file)

    def lie(texts: dict[str, Any]) -> None:
        config = texts["model"]["config"]
        (*_, flat) = config["layers"]
        config["layers"] = [
            {**flat, "config": {**flat["config"], "name": f"flat_{i}"}}
            for i in range(2_000)
        ]
        config["layers"].append({**flat, "class_name": "Nothing"})

    edit(file, lie)
    assert peak(lambda: gg.load_model(file)) < 32 * file.stat().st_size


@pytest.mark.parametrize("entry", ["[],", "{},", '{"":' * 400 + "0" + "}" * 400 + ","])
def test_a_header_that_would_take_much_memory_is_not_read(
    entry: str, tmp_path: Path
) -> None:
    """A text of a few million brackets makes a hundred times as many bytes."""
    file, header = tmp_path / "m.safetensors", f"[{entry * (2**23 // len(entry))}0]"
    file.write_bytes(len(header).to_bytes(8, "little") + header.encode())
    assert peak(lambda: gg.load_model(file)) < 2**25


@pytest.mark.parametrize(("wide", "refused"), [("😀", True), ("é", False)])
def test_a_wide_character_makes_its_whole_text_wide(
    wide: str, refused: bool, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there three times: in the header, in its text, and in what that holds."""
    edit(path, lambda texts: texts["model"].update(more="x" * 800_000 + wide))
    monkeypatch.setattr(_safetensors_file, "_LEAST_TO_READ", 2**23)
    if refused:
        assert peak(lambda: gg.load_model(path)) < 2**23
    else:
        gg.load_model(path)


def test_what_could_not_be_read_is_not_written(tmp_path: Path) -> None:
    """Whoever saves is told what to do: nothing is damaged yet."""
    file, content = tmp_path / "m.safetensors", Content({}, {"model": "[]," * 2**21})
    with pytest.raises(SavingError, match="keep large arrays in weights"):
        write_content(str(file), content)
    assert not file.exists()


# ---- what may be asked for -----------------------------------------------------------


ROW = gg.tensor(np.ones((1, 200)))
ASKED: dict[str, Callable[[], object]] = {
    "take_along_axis": lambda: gg.take_along_axis(ROW, [[0]], 1),
    "einsum": lambda: gg.einsum("ii->i", gg.tensor(np.ones((200, 200)))),
    "angles": lambda: gg.regularizers.OrthogonalRegularizer()(
        gg.tensor(np.ones((200, 2)))
    ),
    "full_like": lambda: gg.full_like(ROW, 3),
    "one_hot": lambda: gg.one_hot([0], 200),
}


@pytest.mark.parametrize("name", ASKED)
def test_tables_and_constants_are_asked_for(name: str) -> None:
    """Each that is as large as an argument, before it is made."""
    ASKED[name]()
    with gg.backend.allowance(700), pytest.raises(MemoryError, match="were allowed"):
        ASKED[name]()
    ASKED[name]()


def test_a_file_is_not_called_damaged_where_memory_is_short(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may be as large as it has to be, and the machine too small for it."""
    monkeypatch.setattr(_room, "available_memory", lambda: 10**6)
    large = np.broadcast_to(np.zeros(()), (10**8,))
    short = r"the array 'adam/m' of shape \(100000000,\) needs .* are available"
    with room_for([large]), pytest.raises(gg.OutOfMemoryError, match=short):
        check_memory("adam/m", (10**8,), "float32")


TAKES_BACK: dict[str, Callable[[], object]] = {
    "one_hot": lambda: gg.one_hot([0], -(10**9)),
    "pad": lambda: gg.pad(ROW, ((0, 0), (-(10**9), 0)), "edge"),
    "repeat": lambda: gg.repeat(ROW, [-(10**9)] * 200, 1),
}


@pytest.mark.parametrize("name", TAKES_BACK)
def test_sizes_below_zero_give_nothing_back(name: str) -> None:
    """Else a file could ask for as much as it likes, after less than nothing."""
    with gg.backend.allowance(1000):
        with contextlib.suppress(ValueError):
            TAKES_BACK[name]()
        with pytest.raises(MemoryError, match="were allowed"):
            gg.backend.require_memory(1001, "a table")


def test_repeats_beyond_all_whole_numbers_are_refused() -> None:
    """NumPy adds them up to 0, and writes where it has no memory."""
    with pytest.raises(MemoryError, match="the table of repeat"):
        gg.repeat(np.ones(4), [2**62] * 4)
    with gg.backend.allowance(1000), pytest.raises(MemoryError, match="were allowed"):
        gg.repeat(np.ones(4), [2**62] * 4)


def test_a_block_within_takes_from_the_one_around_it() -> None:
    """It may not have more, and what it has asked for is gone."""
    with gg.backend.allowance(1000):
        with gg.backend.allowance(5000), pytest.raises(MemoryError, match="1,000 are"):
            gg.backend.require_memory(2000, "a table")
        with gg.backend.allowance(600):
            gg.backend.require_memory(500, "a table")
        with pytest.raises(MemoryError, match="500 are left"):
            gg.backend.require_memory(501, "a table")
    gg.backend.require_memory(2000, "a table")


def test_an_allowance_below_0_is_refused() -> None:
    """It would say of every array that less than nothing is left."""
    with pytest.raises(ValueError, match="at least 0 bytes, got -1"):
        gg.backend.allowance(-1).__enter__()
    gg.backend.require_memory(10, "a table")
