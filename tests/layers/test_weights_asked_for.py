"""add_weight, initializers of one's own, and variables, as scripts for Keras write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import initializers
from graphgrad.layers import Layer

Add = Callable[[Layer], gg.Variable]


class Twos(initializers.Initializer):
    """An initializer in Keras' idiom."""

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return twos, as a tensor."""
        return gg.ops.ones(shape, dtype) * 2


# ---- the order of arguments ----------------------------------------------------------


@pytest.mark.parametrize(
    "add",
    [
        lambda layer: layer.add_weight("w", (2, 3), "ones"),
        lambda layer: layer.add_weight("w", [2, 3], initializer="ones"),
        lambda layer: layer.add_weight((2, 3), "ones", name="w"),
        lambda layer: layer.add_weight((2, 3), "ones", "float32", name="w"),
        lambda layer: layer.add_weight((2, 3), initializer="ones", name="w"),
        lambda layer: layer.add_weight(name="w", shape=(2, 3), initializer="ones"),
        lambda layer: layer.add_weight("w", np.shape(np.ones((2, 3))), np.ones),
        lambda layer: layer.add_weight("w", (np.int64(2), 3), initializers.Ones()),
    ],
)
def test_the_name_or_the_shape_comes_first(add: Add) -> None:
    """Keras 3 has the shape first, earlier versions the name."""
    layer = Layer(name="own")
    weight = add(layer)
    assert np.array_equal(np.ones((2, 3)), weight)
    assert ("own/w", "float32") == (weight.name, str(weight.dtype))
    assert [weight] == layer.weights


def test_what_is_left_out_has_keras_defaults() -> None:
    """A number, of Glorot's distribution, called weight."""
    layer = Layer()
    assert () == layer.add_weight().shape
    matrix = layer.add_weight((40, 60))
    assert "layer/weight" == matrix.name
    assert 0 < np.abs(matrix.numpy()).max() <= np.sqrt(6 / (40 + 60))


@pytest.mark.parametrize(
    ("add", "said"),
    [
        (lambda layer: layer.add_weight(3), r"layer 'own'.*write \(3,\)"),
        (lambda layer: layer.add_weight((None, 3)), "whole numbers"),
        (lambda layer: layer.add_weight((2.5,)), "whole numbers"),
        (lambda layer: layer.add_weight((-1,)), "at least 0"),
        (lambda layer: layer.add_weight((True,)), "whole numbers"),
        (lambda layer: layer.add_weight("w", "zeros"), "whole numbers"),
        (lambda layer: layer.add_weight((2,), shape=(2,)), "two values for shape"),
        (lambda layer: layer.add_weight("w", name="v"), "two values for name"),
        (lambda layer: layer.add_weight((2,), name=3), "name must be text"),
        (lambda layer: layer.add_weight((2,), "ones", None, True), "all else by name"),
    ],
)
def test_what_makes_no_sense_is_said(add: Add, said: str) -> None:
    """The error names the layer and the argument, and no weight is made."""
    layer = Layer(name="own")
    with pytest.raises(ValueError, match=said):
        add(layer)
    assert [] == layer.weights


# ---- initializers --------------------------------------------------------------------


def test_an_initializer_may_define_its_call() -> None:
    """Also in a layer within a layer, whose weights are made while it is traced."""

    class Outer(Layer):
        """A layer whose inner one is built by its call."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = gg.Dense(3, kernel_initializer=Twos())

        def call(self, x: gg.Tensor) -> gg.Tensor:
            """Compute the inner layer."""
            return self.inner(x)

    model = gg.Sequential([gg.Input((2,)), Outer()])
    assert [[2.0] * 3] * 2 == model.weights[0].tolist()
    assert "float32" == model.weights[0].dtype
    config = gg.Dense(3, kernel_initializer=Twos()).get_config()
    with gg.utils.custom_object_scope({"Twos": Twos}):
        assert isinstance(gg.Dense.from_config(config).kernel_initializer, Twos)


def test_an_initializer_that_gives_nothing_says_what_to_define() -> None:
    """It can be made, and is refused when it is asked for values."""

    class Nothing(initializers.Initializer):
        """It defines neither."""

    with pytest.raises(NotImplementedError, match=r"values.*__call__"):
        Nothing()((2,))


def test_values_of_another_shape_are_refused() -> None:
    """Also where the initializer is an object with a call of its own."""

    class Short(initializers.Initializer):
        """It forgets the shape."""

        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            """Return one number."""
            return np.ones(1)

    with pytest.raises(gg.ShapeError, match=r"Short.*\(2,\) of 'layer/w'.*\(1,\)"):
        Layer().add_weight("w", (2,), Short())


# ---- variables -----------------------------------------------------------------------


def test_the_value_of_a_variable_stays() -> None:
    """It is what the variable was, has its gradient, and path is its name."""
    w = gg.Variable([1.0, 2.0], name="layer/w")
    before = w.value
    w.assign([5.0, 6.0])
    assert [1.0, 2.0] == before.tolist()
    assert not isinstance(before, gg.Variable)
    gg.sum(before * before).backward()
    assert w.grad is not None
    assert [2.0, 4.0] == w.grad.tolist()
    assert "layer/w" == w.path == w.name


@pytest.mark.parametrize("name", ["assign", "assign_add", "assign_sub"])
def test_assignments_return_the_new_value(name: str) -> None:
    """At once and in a program, where reads before it keep the old one."""
    expected = {"assign": 3.0, "assign_add": 5.0, "assign_sub": -1.0}[name]
    eager, traced = gg.Variable(2.0), gg.Variable(2.0)
    assert expected == float(getattr(eager, name)(3.0))

    def step() -> tuple[gg.Tensor, gg.Tensor, gg.Tensor]:
        before = traced.value
        return before, getattr(traced, name)(3.0), traced.value

    assert [2.0, expected, expected] == [float(each) for each in gg.jit(step)()]
    assert expected == float(traced)
