"""A model as a sequence of layers, and layers made again from descriptions."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest
from cases.stacks import Residual, Scale, compiled, data

import graphgrad as gg
from graphgrad.layers._config import deserialize, serialize

# ---- the list of layers --------------------------------------------------------------


def test_a_model_is_a_sequence_of_its_layers() -> None:
    """len, indexing, slices and iteration, which Keras lacks."""
    layers = [gg.Dense(3), gg.Dense(2), gg.Dense(1)]
    model = gg.Sequential(layers)
    assert 3 == len(model)
    assert layers == list(model) == model[:] == model.layers
    assert layers[-1] is model[-1] is model.get_layer(index=2)
    assert layers[1] is model.get_layer("dense_1")
    with pytest.raises(IndexError, match="has 3 layers, got the index 3"):
        model[3]
    with pytest.raises(ValueError, match="did you mean 'dense"):
        model.get_layer("dens")


def test_the_list_of_layers_is_a_copy() -> None:
    """Changing it does not change the model behind its back."""
    model = gg.Sequential([gg.Dense(3), gg.Dense(1)])
    model.layers.pop()
    assert 2 == len(model)
    model.pop()
    assert 1 == len(model)


@pytest.mark.parametrize(
    "options", [{"input_dim": 3}, {"input_shape": (3,)}, {"input_shape": [3]}]
)
def test_older_scripts_state_the_input_on_the_first_layer(
    options: dict[str, Any],
) -> None:
    """input_dim and input_shape say what Input says, without a warning."""
    model = gg.Sequential([gg.Dense(2, **options), gg.Dense(1)])
    assert model.built
    assert (None, 3) == model.input_shape
    with pytest.raises(gg.ShapeError, match="would get \\(batch, 1\\)"):
        model.add(gg.Dense(1, **options))


# ---- descriptions and copies ---------------------------------------------------------


def test_a_layer_is_made_again_from_its_description() -> None:
    """Arguments kept in attributes are all that is needed."""
    layer = Residual(4, 0.25, name="block")
    config = json.loads(json.dumps(layer.get_config()))
    assert Residual.from_config(config).get_config() == layer.get_config()
    assert {"units": 4, "rate": 0.25} == {k: config[k] for k in ("units", "rate")}


def test_a_model_is_made_again_from_its_description() -> None:
    """Names, order and shared layers come back; weights are new."""
    twice = gg.Dense(3, "relu", name="twice")
    inner = gg.Sequential([twice, twice], name="inner")
    model = gg.Sequential([gg.Input((3,)), inner, gg.Dense(1)], name="outer")
    model.layers[1].trainable = False
    again = deserialize(json.loads(json.dumps(serialize(model))))
    assert again.get_config() == model.get_config()
    assert [w.name for w in again.weights] == [w.name for w in model.weights]
    assert [w.name for w in again.trainable_weights] == [
        w.name for w in model.trainable_weights
    ]


def test_an_attribute_that_is_missing_is_named() -> None:
    """A description that would be incomplete is refused."""

    class Forgetful(gg.Layer):
        def __init__(self, units: int) -> None:
            super().__init__()

    with pytest.raises(ValueError, match=r"write self\.units = units"):
        Forgetful(3).get_config()


@pytest.mark.parametrize(
    "way", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))]
)
def test_copies_share_no_weight(way: Any) -> None:
    """A copied model trains alone, and goes on as the first one would."""
    model = compiled(Scale(), gg.Sequential([gg.Dense(2)]), gg.Dropout(0.5, seed=1))
    x, y = data()
    model.fit(x, y, verbose=0)
    other = way(model)
    assert set(model.variables).isdisjoint(other.variables)
    before = model.get_weights()
    other.fit(x, y, shuffle=False, verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))
    model.fit(x, y, shuffle=False, verbose=0)
    assert all(map(np.array_equal, other.get_weights(), model.get_weights()))
