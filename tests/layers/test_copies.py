"""What users wrote themselves in files, clones, and models from JSON."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest
from cases.saved import Net, Scaled, data, go_on, made, through_file

import graphgrad as gg
from graphgrad.saving import SavingError


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where to save."""
    return str(tmp_path / "model.safetensors")


# ---- the user's own ------------------------------------------------------------------


def test_what_is_not_registered_is_named_when_it_is_saved(path: str) -> None:
    """The warning says how to load it, and so it is loaded."""

    class Plain(gg.Layer):
        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x + 1

    def half(x: gg.Tensor) -> gg.Tensor:
        return x / 2

    model = gg.Sequential([gg.Input((3,)), Plain(), gg.Dense(2, half)])
    with pytest.warns(UserWarning, match="is not registered") as caught:
        model.save(path)
    assert ["Plain", "half"] == [str(w.message).split("'")[1] for w in caught]
    assert all(w.filename == __file__ for w in caught)
    with pytest.raises(SavingError, match="nothing is registered as 'Plain'"):
        gg.load_model(path)
    other = gg.load_model(path, custom_objects={"Plain": Plain, "half": half})
    x, _ = data()
    assert np.array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))
    with gg.saving.custom_object_scope({"Plain": Plain, "half": half}):
        model.save(path)
        assert type(gg.load_model(path).layers[0]) is Plain


def test_a_lambda_is_refused_when_it_is_saved(path: str) -> None:
    """Before anything is written."""
    with pytest.raises(SavingError, match="lambda"):
        gg.Sequential([gg.Input((3,)), gg.Activation(lambda x: x)]).save(path)
    assert not Path(path).exists()


def test_a_model_of_a_registered_class_is_loaded_as_one(path: str) -> None:
    """Its methods are there."""
    model = Net([gg.Input((2,)), gg.Dense(1)])
    other = through_file(model, path)
    assert isinstance(other, Net)
    assert 42 == other.answer()


# ---- clones, JSON --------------------------------------------------------------------


def test_a_clone_has_new_weights_and_shares_nothing() -> None:
    """Also of what nobody registered, lambdas too; it is not compiled."""

    class Plain(Scaled):
        pass

    twice = gg.Dense(3, lambda x: x * 2)
    model = Net([gg.Input((3,)), twice, twice, Plain(), gg.Activation(lambda x: x + 1)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone = gg.models.clone_model(model)
    assert [type(a) for a in model] == [type(a) for a in clone]
    assert clone[0] is clone[1]
    assert not set(clone.variables) & set(model.variables)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    x, _ = data()
    assert np.array_equal(model.predict(x, verbose=0), clone.predict(x, verbose=0))
    with pytest.raises(gg.GraphgradError, match="not compiled"):
        clone.fit(x, x)


@pytest.mark.parametrize("recursive", [True, False])
def test_a_clone_function_makes_each_layer(recursive: bool) -> None:
    """Those of inner models too if that is wanted."""
    seen = []

    def wider(layer: gg.Layer) -> gg.Layer:
        seen.append(layer.name)
        config = layer.get_config()
        if isinstance(layer, gg.Dense) and layer.units > 1:
            config["units"] = 9
        return type(layer).from_config(config)

    clone = gg.models.clone_model(made(), clone_function=wider, recursive=recursive)
    inside = ["dense", "dropout"] if recursive else ["inner"]
    assert ["scaled", *inside, "dropout", "dense"] == seen
    assert (9 if recursive else 4) == clone[1].layers[0].units  # type: ignore[attr-defined]
    assert clone.built


def test_what_cannot_be_cloned_is_refused() -> None:
    """No model, the same layer, an input that is not there."""
    with pytest.raises(ValueError, match="needs a model"):
        gg.models.clone_model(gg.Dense(1))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must return a new layer"):
        gg.models.clone_model(made(), clone_function=lambda layer: layer)
    with pytest.raises(ValueError, match="takes no input_tensors"):
        gg.models.clone_model(made(), input_tensors=3)  # type: ignore[arg-type]


def test_json_makes_the_model_with_new_weights() -> None:
    """The arguments of json.dumps are handed on."""
    model = made()
    text = model.to_json(indent=2)
    assert "\n  " in text
    other = gg.models.model_from_json(text)
    assert model.get_config() == other.get_config()
    assert [w.shape for w in model.weights] == [w.shape for w in other.weights]
    for wrong in ("{", '{"class_name": 1}', "NaN", "[" * 100_000, "1" * 9_999):
        with pytest.raises(SavingError):
            gg.models.model_from_json(wrong)
    with pytest.raises(SavingError, match="describes no model, but <Dense"):
        gg.models.model_from_json(
            json.dumps(gg.saving.serialize_keras_object(gg.Dense(1)))
        )
    with pytest.raises(SavingError, match="must be JSON text, got dict"):
        gg.models.model_from_json(model.get_config())  # type: ignore[arg-type]


def test_a_copy_leaves_the_history_behind() -> None:
    """It has not been trained itself."""
    model = made()
    go_on(model)
    assert copy.deepcopy(model).history is None
    assert pickle.loads(pickle.dumps(model)).history is None
