"""Tests of models in models: saved from inside and outside, and loaded again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers

Array = np.ndarray[Any, Any]

X = np.random.default_rng(0).normal(size=(24, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.float32)


def encoder() -> gg.Sequential:
    """Return a model to stand in others."""
    return gg.Sequential(
        [gg.Input((3,)), gg.Dense(4, "relu"), layers.BatchNormalization()], name="enc"
    )


def trained(model: gg.Sequential, labels: Array) -> gg.Sequential:
    """Return the model, compiled and trained for an epoch."""
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, labels, verbose=0)
    return model


def goes_on_alike(model: gg.Sequential, labels: Array, path: Path) -> None:
    """Save and load a model, and compare: the loaded one trains as the saved one."""
    model.save(path)
    loaded = gg.load_model(path)
    one, other = (each.fit(X, labels, verbose=0).history for each in (model, loaded))
    assert one == other
    assert np.array_equal(model.predict(X, verbose=0), loaded.predict(X, verbose=0))


def test_a_model_around_a_trained_one_is_saved_and_loaded(tmp_path: Path) -> None:
    """The order of the inner model's own training is no state of the outer one."""
    inner = trained(encoder(), np.zeros((24, 4)))
    outer = trained(gg.Sequential([inner, gg.Dense(1)]), Y)
    assert [v.name for v in outer.variables if v.cell.kind == "random"] == ["order"]
    goes_on_alike(outer, Y, tmp_path / "outer.safetensors")


def test_an_inner_model_is_compiled_only_for_itself(tmp_path: Path) -> None:
    """Compiling the inner model after the outer one leaves the outer as it was."""
    inner = encoder()
    outer = trained(gg.Sequential([inner, gg.Dense(1)]), Y)
    trained(inner, np.zeros((24, 4)))
    goes_on_alike(outer, Y, tmp_path / "outer.safetensors")


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_inner_model_is_saved_by_the_names_that_it_has_alone(
    tmp_path: Path, when: str
) -> None:
    """A file of an inner model does not speak of the model around it."""
    inner = encoder()
    if when == "before":
        trained(inner, np.zeros((24, 4)))
    gg.Sequential([inner, gg.Dense(1)])
    if when == "after":
        trained(inner, np.zeros((24, 4)))
    goes_on_alike(inner, np.zeros((24, 4)), tmp_path / "inner.safetensors")


def test_weights_saved_alone_are_loaded_into_an_inner_model(tmp_path: Path) -> None:
    """Pretrained weights reach a base that already stands in another model."""
    path = tmp_path / "base.safetensors"
    alone, base = encoder(), encoder()
    alone.save_weights(path)
    outer = gg.Sequential([base, gg.Dense(1)])
    base.load_weights(path)
    for one, other in zip(alone.get_weights(), base.get_weights(), strict=True):
        assert np.array_equal(one, other)
    base.save_weights(path)
    alone.load_weights(path)
    assert outer.weights[0].name == "enc/dense/kernel"


def test_a_model_in_two_others_is_saved_with_each(tmp_path: Path) -> None:
    """Names in a file follow from the model that is saved, not from who came last."""
    inner = encoder()
    one = trained(gg.Sequential([inner, gg.Dense(1)], name="one"), Y)
    other = gg.Sequential([inner, gg.Dense(2)], name="other")
    gg.Sequential([other, gg.Dense(1)])
    goes_on_alike(one, Y, tmp_path / "one.safetensors")
