"""No line passes behind a box that it does not belong to."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import to_dot

Read = Callable[[str], Any]
Random = Callable[[st.DataObject], gg.Graph]


def samples(way: str) -> np.ndarray:
    """Return points along the Bézier curves of an edge's ``pos``."""
    corners = [each for each in way.split() if each[0] not in "se"]
    points = np.array([[float(x) for x in each.split(",")] for each in corners])
    t = np.linspace(0, 1, 65)[:, None]
    s = 1 - t
    weights = (s**3, 3 * s * s * t, 3 * s * t * t, t**3)
    pieces = [points[i : i + 4] for i in range(0, len(points) - 3, 3)]
    return np.concatenate(
        [sum(w * p for w, p in zip(weights, piece, strict=True)) for piece in pieces]
    )


def crossed(dot: Any) -> list[tuple[str, str, str]]:
    """Return source and target of edges, each with a node that it runs behind."""
    names, looks = list(dot.nodes), dot.nodes.values()
    middles = np.array([[float(x) for x in look["pos"].split(",")] for look in looks])
    halves = np.array(
        [[float(look["width"]) * 36, float(look["height"]) * 36] for look in looks]
    )
    found = []
    for source, target, look in dot.edges:
        away = np.abs(samples(look["pos"])[:, None] - middles)
        hit = np.flatnonzero((away < halves).all(axis=2).any(axis=0))
        others = {names[i] for i in hit} - {source, target}
        found += [(source, target, name) for name in sorted(others)]
    return found


def dense(optimizer: str, *, metrics: list[str] | None) -> gg.Sequential:
    """Return two layers for two classes."""
    layers = [gg.Dense(25, "sigmoid"), gg.Dense(15, "relu"), gg.Dense(1, "sigmoid")]
    model = gg.Sequential([gg.Input((64,)), *layers])
    model.compile(optimizer, "binary_crossentropy", metrics=metrics)
    return model


def neuron() -> gg.Sequential:
    """Return the smallest model there is."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def several_classes() -> gg.Sequential:
    """Return a model with dropout and softmax."""
    layers = [gg.Dense(6, "relu"), gg.Dropout(0.3), gg.Dense(3, "softmax")]
    model = gg.Sequential([gg.Input((8,)), *layers])
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


MODELS: dict[str, Callable[[], gg.Sequential]] = {
    "neuron": neuron,
    "sgd": lambda: dense("sgd", metrics=None),
    "adam": lambda: dense("adam", metrics=["accuracy"]),
    "classes": several_classes,
}
VIEWS: list[Any] = [False, True, "auto", "update", "loss", ["forward", "backward"]]


@pytest.mark.parametrize("name", MODELS)
def test_no_line_of_a_model_passes_behind_a_box(read: Read, name: str) -> None:
    """At every stage that needs no data, whole and with boxes."""
    model = MODELS[name]()
    for stage, view in product(("build", "compile"), VIEWS):
        dot = read(to_dot(model, stage, collapse=view).source)
        assert [] == crossed(dot), (stage, view)


@pytest.mark.parametrize("stage", ["fit", "evaluate", "predict"])
def test_no_line_of_a_program_passes_behind_a_box(
    read: Read, model: gg.Sequential, stage: str
) -> None:
    """The same for what runs."""
    assert [] == crossed(read(to_dot(model, stage).source))


@given(st.data())
def test_no_line_of_any_graph_passes_behind_a_box(
    read: Read, random_graph: Random, data: st.DataObject
) -> None:
    """The same for graphs that no model has."""
    assert [] == crossed(read(to_dot(random_graph(data)).source))


def test_saved_values_reach_past_boxes(read: Read) -> None:
    """A saved value on whose way a box stands is named at its reader instead."""

    def f(x: gg.Tensor) -> gg.Tensor:
        return gg.sum(gg.tanh(x * x) * gg.exp(x))

    graph = gg.trace(gg.grad(f), gg.Spec((3,)))
    dot = read(to_dot(graph).source)
    stubs = [
        x for *_, x in dot.edges if x["class"] == "saved backward" and "label" in x
    ]
    assert [] == crossed(dot)
    assert stubs
    assert sorted(graph.edges) == dot.pairs


def test_assignments_keep_their_lines(read: Read, model: gg.Sequential) -> None:
    """What closes the loop is drawn whole, past what stands between."""
    looks = [x for *_, x in read(to_dot(model, "fit").source).edges]
    bold = [x for x in looks if x["class"].startswith("assign")]
    assert bold
    assert not any("label" in each for each in bold)


def test_one_neuron_fits_a_page(read: Read) -> None:
    """A column of text is about 900 pixels wide; the words must stay readable."""
    dot = read(to_dot(neuron(), "compile").source)
    sides = [
        float(look["pos"].split(",")[0]) + sign * float(look["width"]) * 36
        for look in dot.nodes.values()
        for sign in (-1, 1)
    ]
    assert max(sides) - min(sides) <= 950


def nested() -> gg.Sequential:
    """Return a model in a model in a model."""
    inner = gg.Sequential([gg.Dense(4, "tanh"), gg.Dense(3, "tanh")], name="inner")
    model = gg.Sequential([gg.Input((8,)), gg.Sequential([gg.Dense(5), inner])])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_no_line_of_a_comparison_passes_behind_a_box(read: Read, view: Any) -> None:
    """Two graphs in one drawing, and models in models, open and closed."""
    edited = gg.viz.compare(
        dense("sgd", metrics=None), dense("adam", metrics=None), stages="compile"
    )
    assert [] == crossed(read(to_dot(edited, collapse=view).source))
    assert [] == crossed(read(to_dot(nested(), "compile", collapse=view).source))
