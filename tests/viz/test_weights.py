"""Weights in pictures: whose they are, where they lie, what updates them, gradients."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.viz import to_dot

Read = Callable[[str], Any]


@pytest.mark.parametrize(
    ("stage", "lanes"),
    [
        ("compile", {"forward", "loss", "backward", "update kernel", "update bias"}),
        ("fit", {"forward", "loss", "backward", "update"}),
    ],
)
def test_layers_are_titled_clusters(
    read: Read, model: gg.Sequential, stage: str, lanes: set[str]
) -> None:
    """A layer's cluster says what it is and how many parameters it has."""
    titles = plain_titles(read(to_dot(model, stage).source))
    assert "dense · Dense(3, sigmoid) · 21 parameters" in titles
    assert "dense_1 · Dense(1, sigmoid) · 4 parameters" in titles
    assert lanes <= titles
    assert not any(each.startswith("update ") for each in titles - lanes)


def plain_titles(dot: Any) -> set[str]:
    """Return the titles of all clusters."""
    return {re.sub("<[^>]*>", "", title) for title in dot.titles.values()}


def cluster_of(dot: Any, words: str) -> set[str]:
    """Return the nodes of the one cluster with these words in its title."""
    (cluster,) = (key for key, title in dot.titles.items() if words in title)
    return set(dot.clusters[cluster])


def test_update_of_a_parameter_stands_with_its_layer(
    read: Read, model: gg.Sequential
) -> None:
    """The layer's cluster has the assignment to its kernel, and Adam's slots."""
    graph, dot = model.graph("compile"), read(to_dot(model, "compile").source)
    (assign,) = (
        node.name
        for node in graph.operations
        if node.op.has_effect and node.inputs[0].name == "dense/kernel"
    )
    wanted = {assign, "dense/kernel", "adam/momentum/dense/kernel"}
    assert wanted <= cluster_of(dot, "21 parameters")


def test_update_of_all_weights_stands_with_the_optimizer(
    read: Read, model: gg.Sequential
) -> None:
    """Where they are updated as one: their array, the slots, the whole phase."""
    graph, dot = model.graph("fit"), read(to_dot(model, "fit").source)
    adam = cluster_of(dot, "update of 4 weights as one")
    update = {node.name for node in graph.operations if node.phase == "update"}
    assert update | {"weights", "adam/momentum", "adam/velocity"} <= adam
    assert not adam & cluster_of(dot, "21 parameters")


def test_weights_that_lie_in_an_array_are_parameters(
    read: Read, model: gg.Sequential
) -> None:
    """Cylinders in their layers, by their own names, with their places in the array."""
    graph, dot = model.graph("fit"), read(to_dot(model, "fit").source)
    start = 0
    for layer in model.layers:
        names = {f"{layer.name}/kernel": "kernel", f"{layer.name}/bias": "bias"}
        assert set(names) <= cluster_of(dot, f"{layer.count_params()} parameters")
        for variable in layer.weights:
            look, stop = dot.nodes[variable.name], start + variable.numpy().size
            tag = graph.tags()[variable.name]
            label = re.sub("<[^>]*>", " ", look["label"])
            assert "cylinder" == look["shape"]
            assert label.split()[:3] == [
                tag,
                names[variable.name],
                f"weights[{start}:{stop}]",
            ]
            start = stop
    matmul = next(node for node in graph.operations if node.op.name == "matmul")
    assert "x @ kernel" in dot.nodes[matmul.name]["label"]


@pytest.mark.parametrize("stage", ["compile", "fit"])
def test_gradient_of_a_parameter_is_named(
    read: Read, model: gg.Sequential, stage: str
) -> None:
    """The node that gives the gradient of a parameter says so: one per parameter."""
    dot = read(to_dot(model, stage).source)
    named = {
        name: re.findall(r"∂L/∂(\w+) =", each["label"])
        for name, each in dot.nodes.items()
        if "∂L/∂" in each["label"]
    }
    assert [["bias"], ["bias"], ["kernel"], ["kernel"]] == sorted(named.values())
    for layer, size in (("dense", "21"), ("dense_1", "4")):
        inside = cluster_of(dot, f"· {size} parameters") & set(named)
        shapes = {model.graph(stage)[name].shape for name in inside}
        assert {each.shape for each in model.get_layer(layer).weights} == shapes


@pytest.mark.parametrize(
    "optimizer",
    [
        gg.optimizers.SGD(0.1, clipnorm=1.0),
        gg.optimizers.AdamW(0.1, global_clipnorm=1.0, use_ema=True),
        gg.optimizers.RMSprop(0.1, clipvalue=0.5, momentum=0.9, centered=True),
        gg.optimizers.Nadam(0.1, gradient_accumulation_steps=2),
    ],
)
def test_gradients_are_named_whatever_the_optimizer_does(
    read: Read, optimizer: Any
) -> None:
    """They are what the backward pass gives, before they are clipped or added up."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(3, "tanh"), gg.Dense(2)])
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)
    dot = read(to_dot(model, "fit").source)
    named = [each for each in dot.nodes.values() if "∂L/∂" in each["label"]]
    assert {"operation backward"} == {each["class"] for each in named}
    assert 4 == len(named)


def test_gradients_are_named_where_weights_are_updated_one_by_one(read: Read) -> None:
    """A constraint takes each weight out of what is packed, and assigns it alone."""
    optimizer = gg.optimizers.AdamW(0.1, use_ema=True)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model = gg.Sequential(
        [gg.Input((2,)), gg.Dense(3, kernel_constraint="max_norm"), gg.Dense(2)]
    )
    model.compile(optimizer, "mse")
    model.fit(np.ones((4, 2)), np.ones((4, 2)), verbose=0)
    dot, graph = read(to_dot(model, "fit").source), model.graph("fit")
    assert "pack" in {node.op.name for node in graph.operations}
    assert "dense/kernel" in {node.name for node in graph.states}
    found = {
        (graph[name].shape, re.sub("<[^>]*>", " ", each["label"]).split()[2])
        for name, each in dot.nodes.items()
        if "∂L/∂" in each["label"]
    }
    assert found == {(w.shape, f"∂L/∂{w.name.split('/')[1]}") for w in model.weights}


def test_a_part_that_was_trained_before_keeps_its_array(read: Read) -> None:
    """Each array has its chain, and the weights say in which of the two they lie."""
    base = gg.Sequential([gg.Input((2,)), gg.Dense(3)], name="base")
    model = gg.Sequential([base, gg.Dense(2)])
    for each, width in ((base, 3), (model, 2)):
        each.compile("sgd", "mse")
        each.fit(np.ones((4, 2)), np.ones((4, width)), verbose=0)
    dot = read(to_dot(model, "fit").source)
    assert {"weights", "weights_1"} <= cluster_of(dot, "4 weights in 2 arrays")
    for name, line in {
        "base/dense/kernel": "weights[0:6]",
        "dense/kernel": "weights_1[0:6]",
    }.items():
        label = re.sub("<[^>]*>", " ", dot.nodes[name]["label"])
        assert label.split()[1:3] == ["kernel", line]


def test_one_value_may_be_the_gradient_of_two_weights(read: Read) -> None:
    """The box then says both, also where the weights are updated as one."""
    for packed in (False, True):
        a, b = (gg.Variable([1.0, 2.0], name=f"layer/{name}") for name in "ab")
        if packed:
            gg.passes.pack_variables([a, b], "weights")

        def step(x: gg.Tensor, a: gg.Variable = a, b: gg.Variable = b) -> gg.Tensor:
            with gg.scope("layer"), gg.phase("forward"):
                y = a * x * b
            with gg.scope("layer"), gg.phase("backward"):
                slope = gg.exp(x)
            with gg.scope("sgd"), gg.phase("update"):
                for each in (a, b):
                    gg.assign(each, each - slope)
            return y

        graph = gg.passes.optimize(gg.trace(step, gg.Spec((2,), gg.float64)))
        assert packed == ("weights" in {node.name for node in graph.nodes})
        assert (
            "∂L/∂a = ∂L/∂b = exp(x)" in read(to_dot(graph).source).nodes["exp"]["label"]
        )
