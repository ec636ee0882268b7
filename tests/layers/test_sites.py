"""What errors of layers, losses and data know of the graph of the model."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.sites import Site

X, Y = np.ones((3, 4), np.float32), np.ones((3, 1), np.float32)


class Product(gg.Layer):
    """A layer whose weight fits inputs of width 3 alone."""

    def build(self, input_shape: Any) -> None:
        """Do it."""
        self.w = self.add_weight("w", (3, 2))

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Do it."""
        return gg.relu(x) @ self.w


def compiled(*layers: Any, loss: Any = "mse") -> gg.Sequential:
    """Return a compiled model."""
    model = gg.Sequential([gg.Input((4,)), *layers])
    model.compile("sgd", loss)
    return model


def site_of(f: Callable[[], Any]) -> Site:
    """Return the site of the error that a call raises; it pickles."""
    with pytest.raises(gg.GraphgradError) as caught:
        f()
    site = pickle.loads(pickle.dumps(caught.value)).site
    assert isinstance(site, Site)
    assert site.actual
    assert site.fix or site.kind == "value"
    return site


def names(site: Site) -> list[str]:
    """Return the names of the nodes of a site's graph."""
    return [node.name for node in site.graph.nodes]


def test_an_operation_in_a_layer_has_the_layers_before_it() -> None:
    """An operation in a layer has the layers before it."""
    site = site_of(lambda: gg.Sequential([gg.Input((4,)), gg.Dense(5), Product()]))
    assert (site.kind, site.layer, site.phase) == ("shape", "product", "forward")
    assert site.equation == "relu @ product/w"
    assert site.inputs == {"relu": "f32 (batch, 5)", "product/w": "f32 (3, 2)"}
    assert names(site) == ["x", "Dense(5)", "relu", "product/w", "matmul"]
    assert "5 and 3 must be equal" in site.fix


def test_what_returns_no_tensor_is_no_matter_of_dtypes() -> None:
    """A layer or a loss of the user's own that forgot its return."""
    silent: Any = lambda *_: None  # noqa: E731
    site = site_of(lambda: gg.Sequential([gg.Input((4,)), gg.layers.Lambda(silent)]))
    assert (site.kind, site.layer, site.expected) == ("value", "lambda", "a tensor")
    model = compiled(gg.Dense(1), loss=silent)
    site = site_of(lambda: model.graph("compile"))
    assert (site.kind, site.phase, site.expected) == ("value", "loss", "a tensor")


def test_a_layer_that_refuses_its_input_is_the_failing_node() -> None:
    """A layer that refuses its input is the failing node."""
    pool = gg.layers.GlobalAveragePooling1D()
    site = site_of(lambda: gg.Sequential([gg.Input((4,)), gg.Dense(5), pool]))
    assert site.node == site.operation == "GlobalAveragePooling1D()"
    assert site.layer == "global_average_pooling1d"
    assert site.expected == "the axes (batch, steps, features)"
    assert site.actual == "an input of shape (batch, 5)"
    assert names(site) == ["x", "Dense(5)", site.node]


def test_layers_in_a_model_in_a_model_stand_in_their_order() -> None:
    """Layers in a model in a model stand in their order."""
    inner = gg.Sequential([gg.layers.Flatten(), Product()])
    site = site_of(lambda: gg.Sequential([gg.Input((4,)), gg.Dense(5), inner]))
    kinds = [node.op.name for node in site.graph.operations]
    assert kinds == ["Dense(5)", "Flatten()", "relu", "matmul"]


@pytest.mark.parametrize("how", ["fit", "evaluate", "predict", "call"])
def test_data_of_another_width_fail_at_the_first_layer(how: str) -> None:
    """Data of another width fail at the first layer."""
    model, x = compiled(gg.Dense(1)), np.ones((3, 5))
    calls: dict[str, Callable[[], Any]] = {
        "fit": lambda: model.fit(x, Y, verbose=0),
        "evaluate": lambda: model.evaluate(x, Y, verbose=0),
        "predict": lambda: model.predict(x, verbose=0),
        "call": lambda: model(x),
    }
    site = site_of(calls[how])
    assert (site.kind, site.layer) == ("shape", "dense")
    assert site.expected == "an input of shape (batch, 4)"
    assert site.inputs == {"x": "f32 (batch, 5)"}


def test_labels_of_another_shape_fail_at_the_loss_behind_the_whole_model() -> None:
    """Labels of another shape fail at the loss behind the whole model."""
    model = compiled(gg.Dense(5))
    site = site_of(lambda: model.fit(X, np.ones((3, 2)), verbose=0))
    assert (site.kind, site.phase) == ("label", "loss")
    assert site.expected == "labels of shape (batch, 5)"
    assert site.actual == "labels of shape (batch, 2)"
    build = model.graph("build")
    assert {node.name for node in build.nodes} <= set(names(site))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_data_that_are_not_finite_are_the_failing_node(value: float) -> None:
    """Data that are not finite are the failing node."""
    model, x, y = compiled(gg.Dense(1)), X.copy(), Y.copy()
    x[1, 2] = y[2, 0] = value
    kind = "NaN" if np.isnan(value) else "Inf"
    site = site_of(lambda: model.fit(x, Y, verbose=0))
    assert (site.kind, site.node) == (kind, "x")
    assert "x[1, 2]" in site.actual
    site = site_of(lambda: model.fit(X, y, verbose=0))
    assert (site.kind, site.node) == (kind, "y")
    assert "y[2, 0]" in site.actual


def test_labels_whose_values_mean_nothing_are_the_failing_node() -> None:
    """Labels whose values mean nothing are the failing node."""
    model = compiled(gg.Dense(1, "sigmoid"), loss="binary_crossentropy")
    site = site_of(lambda: model.fit(X, 3 * Y, verbose=0))
    assert (site.kind, site.node) == ("value", "y")
    assert site.actual == "3.0 at y[0, 0] (3 of class 3)"


def test_batches_of_a_generator_have_sites_too() -> None:
    """Batches of a generator have sites too."""

    def batches() -> Any:
        yield X, Y
        yield np.ones((3, 5)), Y

    model = compiled(gg.Dense(1))
    site = site_of(lambda: model.fit(batches(), verbose=0))
    assert site.layer == "dense"


def test_a_loss_and_a_metric_of_ones_own_fail_in_their_scopes() -> None:
    """A loss and a metric of ones own fail in their scopes."""

    def wrong(y: gg.Tensor, p: gg.Tensor) -> gg.Tensor:
        return gg.mean(y @ p)

    model = compiled(gg.Dense(3), loss=wrong)
    site = site_of(lambda: model.fit(X, np.ones((3, 3)), verbose=0))
    assert (site.layer, site.phase) == ("wrong", "loss")
    assert site.equation == "y @ add"
    site = site_of(
        lambda: gg.Sequential([gg.Input((4,)), gg.Dense(3)]).compile(
            "sgd", "mse", metrics=[wrong]
        )
    )
    assert (site.layer, site.phase) == ("wrong", "loss")


def test_an_output_that_the_loss_does_not_expect_has_a_site() -> None:
    """An output that the loss does not expect has a site."""
    with pytest.raises(gg.GraphgradError) as caught:
        compiled(gg.Dense(1), loss="binary_crossentropy")
    assert caught.value.site is not None
    assert caught.value.site.operation == "BinaryCrossentropy"


def test_a_layer_that_does_not_learn_is_shown() -> None:
    """A warning of LearningMonitor has the way to the layer's output."""
    gate = gg.Dense(
        3, "relu", bias_initializer=gg.initializers.Constant(-9.0), name="gate"
    )
    model = compiled(gate, gg.Dense(1))
    monitor = gg.callbacks.LearningMonitor(large_step=None, vanishing=None)
    with pytest.warns(gg.callbacks.LearningWarning, match="dead units") as caught:
        model.fit(X, Y, verbose=0, callbacks=[monitor])
    site: Any = caught[0].message.site  # type: ignore[union-attr]
    assert (site.kind, site.layer, site.operation) == ("dead", "gate", "relu")
    assert "leaky_relu" in site.fix
    assert "dead units" in site.actual
    assert names(site)[-1] == site.node


def test_before_many_layers_the_past_is_an_input() -> None:
    """Of a long stack its end is kept, and an input is what came before."""
    stack: list[Any] = [gg.Input((4,)), *(gg.Activation("tanh") for _ in range(600))]
    pool = gg.layers.GlobalAveragePooling1D()
    site = site_of(lambda: gg.Sequential([*stack, pool]))
    assert len(site.graph) < 600
    assert [node.op.name for node in site.graph.inputs] == ["earlier"]
    assert site.graph.inputs[0] is site.graph.nodes[0]


@pytest.mark.parametrize(
    ("options", "fix"),
    [
        ({"exploding": 1e-9}, "scale the data to about -1 to 1, "),
        ({"large_step": 1e-9}, "take a smaller learning_rate"),
        ({"saturated": 0.0}, "scale its inputs, "),
        ({"vanishing": 1.0}, "take relu instead of sigmoid or tanh, "),
    ],
)
def test_what_the_monitor_says_is_taken_apart(options: Any, fix: str) -> None:
    """What it has seen, and then the way out, whole."""
    off = dict.fromkeys(("vanishing", "exploding", "large_step", "dead", "saturated"))
    gg.set_random_seed(0)
    start = gg.initializers.Constant(3.0)
    model = compiled(gg.Dense(3, "tanh", bias_initializer=start), gg.Dense(1))
    monitor = gg.callbacks.LearningMonitor(**(off | options))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model.fit(X, Y, verbose=0, callbacks=[monitor])
    said: list[Any] = [each.message for each in told]
    warning = next(each for each in said if "layer 'dense' " in str(each))
    site = warning.site
    assert site.actual.startswith("layer 'dense' ")
    assert site.fix.startswith(fix)
    assert str(warning) == f"epoch 1: {site.actual}; {site.fix}"
