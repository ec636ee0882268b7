"""Files of weights: loaded by name, and read and written by others."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from cases.saved import assert_same, go_on, made
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import graphgrad as gg
from graphgrad.saving import SavingError


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where to save."""
    return str(tmp_path / "model.safetensors")


@pytest.mark.parametrize("call", ["save", "save_weights"])
def test_weights_are_loaded_by_name(path: str, call: str) -> None:
    """From a file of weights or of a model, whatever else the model remembers."""
    model = made()
    go_on(model)
    getattr(model, call)(path)
    other = gg.Sequential([gg.Input((3,)), *made(seed=1).layers])
    random = [v.numpy() for v in other.variables if v.cell.kind == "random"]
    other.load_weights(path)
    assert_same(model.get_weights(), other.get_weights())
    assert_same(random, [v.numpy() for v in other.variables if v.cell.kind == "random"])


def small(*units: int) -> gg.Sequential:
    """Return a model of named layers."""
    layers = [gg.Dense(n, name=f"layer{i}") for i, n in enumerate(units)]
    return gg.Sequential([gg.Input((3,)), *layers])


def test_weights_that_do_not_fit_are_named_together(path: str) -> None:
    """Missing, unknown and of another shape; nothing is changed."""
    small(2, 3, 1).save_weights(path)
    model = small(2, 4)
    before = model.get_weights()
    with pytest.raises(SavingError) as caught:
        model.load_weights(path)
    for part in (
        "'layer1/kernel' has shape (2, 4), the file (2, 3)",
        "'layer1/bias' has shape (4,), the file (3,)",
        "'layer2/kernel' is in the file alone",
        "Nothing was loaded; skip_mismatch=True",
    ):
        assert part in str(caught.value)
    assert_same(before, model.get_weights())
    with pytest.raises(SavingError, match="'layer3/bias' is missing in the file"):
        small(2, 3, 1, 1).load_weights(path)


def test_what_fits_is_loaded_if_that_is_wanted(path: str) -> None:
    """And the rest is named in a warning, with the line of the call."""
    model = small(2, 3)
    model.save_weights(path)
    other = small(2, 4)
    before = other.get_weights()
    with pytest.warns(UserWarning, match="'layer1/kernel' has shape") as caught:
        other.load_weights(path, skip_mismatch=True)
    assert __file__ == caught[0].filename
    assert_same(model.get_weights()[:2], other.get_weights()[:2])
    assert_same(before[2:], other.get_weights()[2:])


def test_a_model_without_weights_cannot_take_any(path: str) -> None:
    """The error says how it gets some."""
    small(1).save_weights(path)
    for call in ("load_weights", "save_weights"):
        with pytest.raises(SavingError, match=r"has no weights yet.*gg\.Input"):
            getattr(gg.Sequential([gg.Dense(1)]), call)(path)


def test_other_programs_read_our_weights(path: str) -> None:
    """By the format's own library, under the names that the model shows."""
    model = made()
    model.save(path)
    found = load_file(path)
    names = ["scaled/w", "scaled/w_1", "inner/dense/kernel", "inner/dense/bias"]
    assert set(names) < set(found)
    for name, value in zip(names[:1] + names[2:], model.weights[:1], strict=False):
        assert np.array_equal(value.numpy(), found[name])
    with safe_open(path, "numpy") as file:
        texts = file.metadata()
    assert "graphgrad" == texts["format"]
    assert gg.__version__ == texts["graphgrad_version"]
    assert "Net" == json.loads(texts["model"])["class_name"]


def test_weights_of_other_programs_are_read(path: str) -> None:
    """If they have our names; wider numbers are rounded, but not to infinity."""
    model = small(2)
    kernel, bias = np.full((3, 2), 0.1), np.ones(2, np.float16)
    save_file({"layer0/kernel": kernel, "layer0/bias": bias}, path)
    model.load_weights(path)
    assert_same([kernel.astype("float32"), [1.0, 1.0]], model.get_weights())
    with pytest.raises(SavingError, match="holds weights, but no model"):
        gg.load_model(path)
    save_file({"layer0/kernel": kernel * 1e300, "layer0/bias": bias}, path)
    with pytest.raises(SavingError, match="beyond float32"):
        model.load_weights(path)
