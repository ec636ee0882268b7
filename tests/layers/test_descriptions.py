"""serialize and deserialize of each module, and get of what they write."""

from __future__ import annotations

import json
from typing import Any

import pytest

import graphgrad as gg
from graphgrad.layers._names import IdentifierError
from graphgrad.layers._registry import ConfigError

THINGS: dict[str, Any] = {
    "activations": gg.activations.gelu,
    "constraints": gg.constraints.MaxNorm(3.0, axis=1),
    "initializers": gg.initializers.RandomNormal(0.5, 2.0, seed=3),
    "layers": gg.Dense(3, "relu", name="own"),
    "losses": gg.losses.Huber(delta=0.3),
    "metrics": gg.metrics.BinaryAccuracy(threshold=0.3),
    "optimizers": gg.optimizers.SGD(0.3, momentum=0.5),
    "optimizers.schedules": gg.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9),
    "regularizers": gg.regularizers.L1L2(0.1, 0.2),
}
WITH_GET = sorted(THINGS.keys() - {"layers", "optimizers.schedules"})
NAMES = {
    "activations": "relu",
    "constraints": "non_neg",
    "initializers": "zeros",
    "losses": "mse",
    "metrics": "mse",
    "optimizers": "adam",
    "regularizers": "l2",
}


def door(name: str) -> Any:
    """Return a public module."""
    found: Any = gg
    for part in name.split("."):
        found = getattr(found, part)
    return found


def written(name: str, thing: Any) -> Any:
    """Return a thing's description, as a file would keep it."""
    return json.loads(json.dumps(door(name).serialize(thing)))


@pytest.mark.parametrize("name", THINGS)
def test_what_is_described_is_made_again(name: str) -> None:
    """Of the same class, with the same arguments."""
    thing = THINGS[name]
    again = door(name).deserialize(written(name, thing))
    assert type(thing) is type(again)
    assert written(name, thing) == written(name, again)


@pytest.mark.parametrize("name", WITH_GET)
def test_get_takes_a_description_and_deserialize_a_name(name: str) -> None:
    """So that a layer of one's own may pass on whichever it was given."""
    again = door(name).get(written(name, THINGS[name]))
    assert written(name, THINGS[name]) == written(name, again)
    named = door(name).deserialize(NAMES[name])
    assert written(name, door(name).get(NAMES[name])) == written(name, named)


@pytest.mark.parametrize("name", THINGS)
@pytest.mark.parametrize("wrong", [[1], {"a": 1}, 3])
def test_what_describes_nothing_is_refused(name: str, wrong: Any) -> None:
    """The error says what was expected."""
    with pytest.raises(IdentifierError, match=r"must be .*, got"):
        door(name).deserialize(wrong)


@pytest.mark.parametrize("name", ["layers", "optimizers", "optimizers.schedules"])
def test_descriptions_of_other_things_are_refused(name: str) -> None:
    """A loss is no layer, no optimizer and no schedule."""
    with pytest.raises(IdentifierError, match="must be"):
        door(name).deserialize(gg.losses.serialize(gg.losses.Hinge()))


def test_a_built_in_activation_is_its_name() -> None:
    """As in Keras; a function of one's own has a description, or a known name."""

    def double(x: Any) -> Any:
        return x * 2

    assert "relu" == gg.activations.serialize(gg.activations.get("relu"))
    described = gg.activations.serialize(double)
    assert "function" == described["class_name"]
    custom = {"double": double}
    for each in (described, "double"):
        assert double is gg.activations.deserialize(each, custom_objects=custom)


def test_a_mean_is_described_too() -> None:
    """No model can measure it, but code of one's own may."""
    described = gg.metrics.serialize(gg.metrics.Mean(name="speed"))
    assert "speed" == gg.metrics.deserialize(described).name


class Scaled(gg.layers.Layer):
    """A layer of a user's, whose configuration is written by hand."""

    def __init__(
        self, activation: Any = None, start: Any = "ones", **options: Any
    ) -> None:
        super().__init__(**options)
        self.activation = gg.activations.get(activation)
        self.start = gg.initializers.get(start)

    def build(self, input_shape: Any) -> None:
        """Make a weight for each feature."""
        self.factor = self.add_weight((input_shape[-1],), self.start)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Scale."""
        return self.activation(x * self.factor)

    def get_config(self) -> dict[str, Any]:
        """Describe the layer as scripts for Keras do."""
        return {
            **gg.layers.Layer.get_config(self),
            "activation": gg.activations.serialize(self.activation),
            "start": gg.initializers.serialize(self.start),
        }


def test_a_model_takes_custom_objects() -> None:
    """A layer that nobody registered is found by its name."""
    model = gg.Sequential(
        [gg.Input((2,)), Scaled("tanh", gg.initializers.Constant(2.0))]
    )
    config = json.loads(json.dumps(model.get_config()))
    again = gg.Sequential.from_config(config, custom_objects={"Scaled": Scaled})
    assert [[2.0, 2.0]] == [weight.tolist() for weight in again.weights]
    assert config == again.get_config()
    with pytest.raises(ValueError, match="custom_objects"):
        gg.Sequential.from_config(config)


@pytest.mark.parametrize("kind", [gg.Sequential, gg.Dense, gg.optimizers.SGD])
@pytest.mark.parametrize("wrong", [{"layers": 3}, {"units": []}, "relu", None])
def test_a_description_that_fits_nothing_is_told(kind: Any, wrong: Any) -> None:
    """Whatever is missing or wrong in it, the error is that of descriptions."""
    with pytest.raises(ConfigError, match=kind.__name__):
        kind.from_config(wrong)


@pytest.mark.parametrize("name", ["a/b", "", "\ud800", 3])
def test_a_name_can_be_written(name: Any) -> None:
    """Layers and models have names that files and pages can hold."""
    for make in (lambda: gg.Dense(1, name=name), lambda: gg.Sequential(name=name)):
        with pytest.raises(ValueError, match="a layer's name is text"):
            make()
