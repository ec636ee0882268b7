"""What a layer of the user's own is made of: layers and variables, however kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg

Shape = tuple[int | None, ...]


class Blocks(gg.Layer):
    """Goes through blocks of layers, which are kept in lists, tuples and dicts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.blocks: Any = [[gg.Dense(3), gg.Dense(2)], ({"last": gg.Dense(4)},)]

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Compute one after the other."""
        (one, two), (named,) = self.blocks
        last: gg.Layer = named["last"]
        return last(two(one(x)))


class Scales(gg.Layer):
    """Multiplies by variables that stand in a list, one of them twice."""

    def build(self, input_shape: Shape) -> None:
        """Make variables without add_weight."""
        own = [gg.Variable(np.ones(2, np.float32)) for _ in range(2)]
        self.scales: Any = [own[0], {"other": own[1]}]
        self.first = own[0]

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Multiply by both."""
        first: gg.Variable = self.scales[0]
        other: gg.Variable = self.scales[1]["other"]
        return x * first * other


class Owned(gg.Layer):
    """Keeps what it was told."""

    owner: Any = None

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Do nothing."""
        return x


class Tied(gg.Layer):
    """Multiplies by a weight of an inner layer, which it keeps as well."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.dense = gg.Dense(2)

    def build(self, input_shape: Shape) -> None:
        """Build the inner layer, and remember its weights."""
        self.dense.ensure_built(input_shape)
        self.used = list(self.dense.weights)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Use the kernel twice."""
        return self.dense(x) @ self.used[0]


def fitted(layer: gg.Layer) -> tuple[list[Any], list[Any]]:
    """Return the weights of a model with ``layer`` before and after training."""
    model = gg.Sequential([gg.Input((2,)), layer])
    model.compile("sgd", "mse")
    before = model.get_weights()
    model.fit(np.ones((4, 2)), np.zeros((4, model.output_shape[-1] or 0)), verbose=0)
    return before, model.get_weights()


def test_layers_in_lists_of_lists_are_trained() -> None:
    """A weight that training did not reach would be the worst kind of silence."""
    layer = Blocks(name="blocks")
    before, after = fitted(layer)
    assert len(before) == 6
    assert not any(map(np.array_equal, before, after))
    assert [v.name for v in layer.weights][::2] == [
        "blocks/dense/kernel",
        "blocks/dense_1/kernel",
        "blocks/dense_2/kernel",
    ]


def test_variables_in_lists_and_dicts_are_trained_each_once() -> None:
    """A variable in two attributes is one weight."""
    layer = Scales(name="scales")
    before, after = fitted(layer)
    assert len(before) == 2
    assert not any(map(np.array_equal, before, after))
    names = [v.name for v in layer.weights]
    assert len(set(names)) == 2
    assert all(name.startswith("scales/") for name in names)


def test_the_weight_of_an_inner_layer_stays_its_own() -> None:
    """Who keeps it besides gives it no other name."""
    layer = Tied(name="tied")
    fitted(layer)
    assert [v.name for v in layer.weights] == ["tied/dense/kernel", "tied/dense/bias"]


def test_a_layer_that_keeps_the_model_around_it_is_refused() -> None:
    """Nobody is part of itself; the message names both and the way out."""
    layer = Owned(name="owned")
    model = gg.Sequential([gg.Input((2,)), layer, gg.Dense(1)], name="net")
    layer.owner = model
    with pytest.raises(gg.GraphgradError, match=r"'owned'.*'net'.*weakref"):
        model.compile("sgd", "mse")
    layer.owner = None
    model.compile("sgd", "mse")


class Taxed(gg.Layer):
    """Adds to the loss by itself and by its inner layer, and remembers an output."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.dense = gg.Dense(2, activity_regularizer=gg.sum)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Compute, and add 3 to the loss."""
        self.add_loss(3.0)
        self.last = self.dense(x)
        return self.last


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_what_an_inner_layer_adds_to_the_loss_counts_once(depth: int) -> None:
    """However deep it stands: finding shapes adds nothing."""
    layer: gg.Layer = Taxed()
    for _ in range(depth):
        layer = gg.Sequential([layer])
    model = gg.Sequential([gg.Input((2,)), layer])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)
    y = model.predict(x, verbose=0)
    found = model.evaluate(x, y, verbose=0)
    assert np.isclose(found, 3.0 + y.sum() / 4)


def test_a_layer_may_remember_what_it_computed() -> None:
    """What `call` keeps in attributes makes no other program."""
    model = gg.Sequential([gg.Input((2,)), Taxed()])
    model.compile("sgd", "mse")
    for _ in range(3):
        model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)
    assert model.program("fit").runs == 3
