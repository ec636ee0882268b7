"""Messages that name the way out, and say of one cause one thing."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import graphgrad as gg

X = np.random.default_rng(0).random((100, 4)).astype(np.float32)
Y = X.sum(axis=1)


def regression(*hidden: gg.Layer, rate: float = 0.01) -> gg.Sequential:
    """Return a compiled model of one output."""
    gg.set_random_seed(0)
    model = gg.Sequential([gg.Input((4,)), *hidden, gg.Dense(1)])
    model.compile(gg.optimizers.SGD(rate), "mse")
    return model


def test_the_nearest_choice_is_suggested() -> None:
    """The nearest choice is suggested."""
    with pytest.raises(ValueError, match=r"got 'rais'; did you mean 'raise'\?"):
        regression().fit(X, Y, verbose=0, on_nonfinite="rais")


def test_counts_that_differ_are_set_out() -> None:
    """What was due, what came and the way out are three things."""
    with pytest.raises(gg.GraphgradError, match="each sample needs one") as caught:
        regression().fit(X, Y[:90], verbose=0)
    site = caught.value.site
    assert site is not None
    assert site.expected == "100 labels: one for each sample of x"
    assert site.actual == "90 labels"
    assert site.fix.startswith("give x and y as many rows")
    assert (site.kind, site.node) == ("label", "y")


def test_a_recording_without_labels_says_how() -> None:
    """A recording without labels says how."""
    with pytest.raises(gg.GraphgradError, match=r"give \(x, y\), or take stage='pre"):
        gg.viz.to_html(regression(), record=(X,))


def test_a_reshape_that_does_not_fit_has_a_way_out() -> None:
    """A reshape that does not fit has a way out."""
    layers: list[gg.Layer | gg.Input] = [gg.Input((4,)), gg.Dense(5)]
    with pytest.raises(gg.ShapeError, match="or let the layer before give 6"):
        gg.Sequential([*layers, gg.layers.Reshape((2, 3))])


def test_text_is_called_text() -> None:
    """Text is called text."""
    with pytest.raises(gg.GraphgradError, match="x holds text, expected numbers"):
        regression().fit([["a"] * 4] * 10, Y[:10], verbose=0)


def test_a_function_is_told_how_to_get_a_graph() -> None:
    """A function is told how to get a graph."""
    with pytest.raises(
        TypeError, match=r"gg\.trace\(f, gg\.Spec\(shape\)\) or gg\.jit"
    ):
        gg.viz.to_html(lambda a: a)


def test_restored_weights_that_had_grown_are_called_so() -> None:
    """Finite is not yet of use."""
    model = regression(gg.Dense(8), rate=30.0)
    with pytest.warns(gg.NonFiniteWarning, match="the largest weight is .* had grown"):
        model.fit(X, Y, verbose=0, on_nonfinite="restore")


def test_the_layers_of_a_failure_are_what_they_are() -> None:
    """What lies in one array is not said to be an update, and no weight is left out."""
    model = regression(gg.Dense(8), rate=30.0)
    with pytest.warns(gg.NonFiniteWarning) as caught:
        model.fit(X, Y, verbose=0)
    warning = caught[0].message
    assert isinstance(warning, gg.NonFiniteWarning)
    assert warning.site is not None
    assert warning.site.titles["dense"] == "Dense(8) · 40 parameters"
    assert warning.site.titles["dense_1"] == "Dense(1) · 9 parameters"
    page = gg.viz.failure(warning)
    assert "update of" not in page.html
    assert "NaN · matmul_1" in page.html


def test_a_dead_layer_is_told_of_once() -> None:
    """Its gradient is short because it is dead."""
    dead = gg.Dense(8, "relu", bias_initializer=gg.initializers.Constant(-9.0))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        monitor = gg.callbacks.LearningMonitor()
        regression(dead).fit(X, Y, verbose=0, callbacks=[monitor])
    told = [str(each.message) for each in caught]
    assert [text for text in told if "dead units" in text]
    assert not [text for text in told if "hardly learns" in text]
