"""Files of weights: loaded by name, and read and written by others."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import graphgrad as gg
from graphgrad.saving import SavingError, register_keras_serializable


@register_keras_serializable("saved_weights")
class Scaled(gg.Layer):
    """A layer of the user's, with a weight and what is no weight."""

    def __init__(self, start: Any = "ones", **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Any) -> None:
        """Make two weights of one name."""
        self.factor = self.add_weight("w", (input_shape[-1],), self.start)
        self.kept = self.add_weight("w", (), "zeros", trainable=False)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply, and count the steps of training."""
        if training:
            gg.assign(self.kept, self.kept + 1)
        return x * self.factor


@register_keras_serializable("saved_weights")
class Net(gg.Sequential):
    """A model of the user's."""

    def answer(self) -> int:
        """Return what other models lack."""
        return 42


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where to save."""
    return str(tmp_path / "model.safetensors")


def data(rows: int = 10, width: int = 3) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, width)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def made(seed: int = 0, **options: Any) -> gg.Sequential:
    """Return a compiled model with state of all kinds."""
    gg.set_random_seed(seed)
    inner = gg.Sequential([gg.Dense(4, "tanh"), gg.Dropout(0.25)], name="inner")
    model = Net(
        [gg.Input((3,)), Scaled(), inner, gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    )
    arguments = {
        "optimizer": gg.optimizers.Adam(0.05),
        "loss": gg.losses.BinaryCrossentropy(label_smoothing=0.1),
        "metrics": ["accuracy", "mse"],
    }
    model.compile(**{**arguments, **options})
    return model


def go_on(model: gg.Sequential, **options: Any) -> Any:
    """Train, measure and predict; return all that comes out, and all state."""
    x, y = data()
    arguments = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    # What is drawn may diverge; NaN is compared like any number.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "loss is", RuntimeWarning)
        logs = model.fit(x, y, **{**arguments, **options}).history
    found = [logs, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)]
    assert model.optimizer is not None
    state = [*model.variables, *model.optimizer.variables]
    return [*found, *[variable.numpy() for variable in state]]


def assert_same(one: Any, other: Any) -> None:
    """Compare bit by bit, with NaN as a number."""
    for first, second in zip(one, other, strict=True):
        np.testing.assert_equal(first, second)


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
