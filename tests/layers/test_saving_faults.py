"""Files that are damaged, foreign or cannot be written: an error; nothing is lost."""

from __future__ import annotations

import contextlib
import json
import pickle
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.files import made
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import graphgrad as gg
from graphgrad.layers._registry import SavingError
from graphgrad.layers._saving import restore_training, save_model


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the file of a saved model, alone in its folder."""
    file = tmp_path / "model.safetensors"
    made().save(file)
    return file


def whole() -> bytes:
    """Return the bytes of a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.safetensors")
        save_model(made(), file, extra={"epoch": 1})
        return file.read_bytes()


WHOLE = whole()
HEADER = int.from_bytes(WHOLE[:8], "little")


def with_texts(**texts: Any) -> bytes:
    """Return the file with other texts; None takes one away."""
    header = json.loads(WHOLE[8 : 8 + HEADER])
    for name, text in texts.items():
        header["__metadata__"].pop(name, None)
        if text is not None:
            header["__metadata__"][name] = text
    written = json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + WHOLE[8 + HEADER :]


def text(name: str) -> Any:
    """Return what a text of the file says."""
    return json.loads(json.loads(WHOLE[8 : 8 + HEADER])["__metadata__"][name])


def loads_or_says_why(content: bytes) -> bool:
    """Return whether there is a model in it; no error but SavingError comes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "model.safetensors")
        file.write_bytes(content)
        for load in (
            lambda: restore_training(made(), file),
            lambda: made().load_weights(file),
        ):
            with contextlib.suppress(SavingError):
                load()
        with contextlib.suppress(SavingError):
            return isinstance(gg.load_model(file), gg.Sequential)
        return False


# ---- damaged files -------------------------------------------------------------------


def test_the_file_that_is_damaged_below_is_whole() -> None:
    """Else the tests below would show nothing."""
    assert loads_or_says_why(WHOLE)
    assert loads_or_says_why(with_texts())


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_that_was_cut_off_is_refused(length: int) -> None:
    """At whatever byte."""
    assert not loads_or_says_why(WHOLE[:length])


@given(
    st.lists(st.tuples(st.integers(0, HEADER + 8), st.integers(0, 255)), max_size=4),
    st.integers(0, len(WHOLE)),
    st.binary(max_size=8),
)
def test_whatever_bytes_give_a_model_or_the_error(
    changes: list[tuple[int, int]], at: int, more: bytes
) -> None:
    """Bytes that were changed and put in between, most of them in the descriptions."""
    content = bytearray(WHOLE)
    for place, value in changes:
        content[place] = value
    content[at:at] = more
    loads_or_says_why(bytes(content))


@given(st.binary(max_size=200))
def test_whatever_else_is_refused(content: bytes) -> None:
    """Files of any kind."""
    assert not loads_or_says_why(content)


WRONG = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)
    ),
    max_leaves=6,
)
TEXTS = ("state", "model", "compiled", "prepared", "labels", "extra")


@given(st.sampled_from(TEXTS), WRONG)
def test_wrong_descriptions_are_refused(name: str, wrong: Any) -> None:
    """Whatever JSON one of them is."""
    loads_or_says_why(with_texts(**{name: json.dumps(wrong)}))


@given(st.sampled_from(TEXTS), st.data())
def test_descriptions_that_are_wrong_somewhere_are_refused(
    name: str, data: st.DataObject
) -> None:
    """A wrong value, of a wrong type, deep inside."""
    description = text(name)

    def changed(value: Any) -> Any:
        inner = list(value) if isinstance(value, dict) else range(len(value))
        if not isinstance(value, dict | list) or not inner or data.draw(st.booleans()):
            return data.draw(WRONG)
        key = data.draw(st.sampled_from(list(inner)))
        value[key] = changed(value[key]) if _has_parts(value[key]) else data.draw(WRONG)
        return value

    if _has_parts(description):
        loads_or_says_why(with_texts(**{name: json.dumps(changed(description))}))


def _has_parts(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ({"format_version": "2"}, "reads up to 1: install a newer one"),
        ({"format_version": "one"}, "its version is no number"),
        ({"format_version": None}, "its version is no number"),
        ({"model": "{"}, "no JSON text"),
        ({"model": "NaN"}, "JSON has no number NaN"),
        ({"model": "[" * 10_000}, "nested without end|no JSON text"),
        ({"state": None}, "its list of arrays is damaged"),
        ({"state": '{"model": {"dense/kernel": 1}}'}, "list of weights is damaged"),
        ({"state": '{"optimizer": ["a"]}'}, "it lacks the arrays 'a'"),
        ({"state": "{}"}, "holds other arrays than it says"),
        ({"labels": "[[1], 3]"}, "what it says of labels is damaged"),
        ({"state": "{}", "model": None}, "holds other arrays than it says"),
        ({"compiled": "[]"}, "the arguments of compile are a dict"),
        ({"compiled": '{"optimiser": "sgd"}'}, "compile.* argument"),
        ({"compiled": '{"optimizer": "sdg", "loss": "mse"}'}, "did you mean 'sgd'"),
    ],
)
def test_what_is_wrong_is_said(texts: dict[str, Any], message: str, path: Path) -> None:
    """With the name of the file."""
    path.write_bytes(with_texts(**texts))
    with pytest.raises(SavingError, match=message) as caught:
        gg.load_model(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("units", [10**3, 10**6, 10**12, 10**30])
def test_a_file_that_lies_about_sizes_gets_no_memory(units: int, path: Path) -> None:
    """Weights are made for the arrays of the file alone."""
    description = text("model")
    description["config"]["layers"][0]["config"]["units"] = units
    path.write_bytes(with_texts(model=json.dumps(description)))
    with pytest.raises(SavingError, match=r"no values for the weight 'dense/kernel'"):
        gg.load_model(path)


def test_many_layers_get_no_more_memory_than_a_file_has(path: Path) -> None:
    """The same array does not stand for any number of weights."""
    description = text("model")
    layer = description["config"]["layers"][0]
    layer["config"]["units"] = 3
    layers = [
        {**layer, "config": {**layer["config"], "name": f"d{i}"}} for i in range(999)
    ]
    description["config"]["layers"] = layers
    path.write_bytes(with_texts(model=json.dumps(description)))
    with pytest.raises(SavingError, match="no values for the weight"):
        gg.load_model(path)


@pytest.mark.parametrize(
    ("metric", "name", "count"),
    [
        (gg.metrics.AUC(), "num_thresholds", 10**11),
        (gg.metrics.PrecisionAtRecall(0.5), "num_thresholds", 10**11),
        (gg.metrics.MeanIoU(2, sparse_y_pred=False), "num_classes", 10**6),
    ],
)
def test_a_metric_gets_no_more_memory_than_a_file_has(
    metric: Any, name: str, count: int, tmp_path: Path
) -> None:
    """A few bytes do not ask for a terabyte, neither to measure nor as an extra."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[metric])
    file = tmp_path / "metric.safetensors"
    save_model(model, file, extra={"metric": metric})
    with safe_open(file, "np") as whole:
        texts, arrays = whole.metadata(), load_file(file)
    for text in ("compiled", "extra"):
        described = re.sub(rf'"{name}": \d+', f'"{name}": {count}', texts[text])
        save_file(arrays, file, {**texts, text: described})
        with pytest.raises(SavingError, match="the file is too small to need"):
            restore_training(model, file) if text == "extra" else gg.load_model(file)


# ---- foreign files -------------------------------------------------------------------


def test_files_of_other_formats_are_named(tmp_path: Path) -> None:
    """With the way over."""
    keras, h5, pickled, array = (
        tmp_path / name for name in ("m.keras", "m.h5", "m.pkl", "m.npy")
    )
    with zipfile.ZipFile(keras, "w") as file:
        file.writestr("metadata.json", "{}")
    h5.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    pickled.write_bytes(pickle.dumps({"a": 1}))
    np.save(array, np.zeros(3))
    for path, kind in (
        (keras, r"Keras' \.keras"),
        (h5, r"Keras' \.h5"),
        (pickled, "a pickle"),
        (array, r"\.npy"),
    ):
        with pytest.raises(SavingError, match=rf"{kind}.*model\.set_weights"):
            gg.load_model(path)
        with pytest.raises(SavingError, match=kind):
            made().load_weights(path)


@pytest.mark.parametrize("call", ["save", "save_weights"])
@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("m.keras", "m.safetensors"),
        ("m.h5", "m.safetensors"),
        ("m.weights.h5", "m.safetensors"),
        ("m", "m.safetensors"),
        ("m.v2", "m.v2.safetensors"),
    ],
)
def test_no_file_gets_a_name_that_promises_another_format(
    call: str, name: str, instead: str
) -> None:
    """The error has the call that works."""
    with pytest.raises(SavingError, match=rf"write model\.{call}\('{instead}'\)"):
        getattr(made(), call)(name)


@pytest.mark.parametrize("wrong", [3, None, b"m.safetensors"])
def test_a_path_is_text(wrong: Any) -> None:
    """Or an object that stands for a path."""
    for call in (made().save, made().save_weights):
        with pytest.raises(TypeError, match="path"):
            call(wrong)
    if not isinstance(wrong, bytes):
        with pytest.raises(TypeError, match="path"):
            gg.load_model(wrong)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Python's own error, which names it."""
    with pytest.raises(FileNotFoundError, match="nothing"):
        gg.load_model(tmp_path / "nothing.safetensors")
    with pytest.raises(FileNotFoundError, match=r"folder/m\.safetensors"):
        made().save(tmp_path / "folder" / "m.safetensors")
