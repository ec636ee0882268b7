"""What a layer is told of a weight is done to that weight."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers as gl

REQUIRED: dict[str, tuple[int, ...]] = {
    "Dense": (3,),
    "Embedding": (2, 3),
    "GroupNormalization": (2,),
}


def arguments(ending: str) -> list[tuple[type[gg.Layer], str]]:
    """Return all layers that take an argument of that ending, with its first part."""
    classes = [c for c in vars(gl).values() if inspect.isclass(c)]
    return [
        (kind, name.removesuffix(ending))
        for kind in classes
        if issubclass(kind, gg.Layer)
        for name in inspect.signature(kind).parameters
        if name.endswith(ending) and not name.startswith("activity")
    ]


def built(kind: Any, **options: Any) -> tuple[gg.Sequential, dict[str, gg.Variable]]:
    """Return a model of one layer, and its weights by name."""
    layer = kind(*REQUIRED.get(kind.__name__, ()), **options)
    model = gg.Sequential([gg.Input((4,)), layer])
    return model, {w.name.rpartition("/")[2]: w for w in model.weights}


@pytest.mark.parametrize(("kind", "name"), arguments("_initializer"))
def test_an_initializer_gives_its_weight_the_first_values(kind: Any, name: str) -> None:
    """And no other weight."""
    initializer = gg.initializers.Constant(7.0)
    _, weights = built(kind, **{f"{name}_initializer": initializer})
    sevens = {key for key, each in weights.items() if np.all(each.numpy() == 7)}
    assert {name} == sevens


@pytest.mark.parametrize(("kind", "name"), arguments("_regularizer"))
def test_a_regularizer_adds_the_size_of_its_weight(kind: Any, name: str) -> None:
    """And of no other."""
    options = {f"{name}_initializer": "ones", f"{name}_regularizer": "l2"}
    model, weights = built(kind, **options)
    (penalty,) = model.losses
    assert float(penalty) == pytest.approx(0.01 * weights[name].size)


@pytest.mark.parametrize(("kind", "name"), arguments("_constraint"))
def test_a_constraint_is_that_of_its_weight(kind: Any, name: str) -> None:
    """It is the only one."""
    model, weights = built(kind, **{f"{name}_constraint": "non_neg"})
    assert [weights[name]] == list(model.constraints)


def test_the_layers_with_weights_are_among_them() -> None:
    """The arguments above are found by their names."""
    for ending, count in (("_initializer", 10), ("_regularizer", 8)):
        assert len(arguments(ending)) >= count
    assert (gg.Dense, "bias") in arguments("_constraint")
