"""Normalization of data: it sees them first, in whatever form they come."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers import Normalization
from graphgrad.layers import _statistics as statistics

# What the golden values of Keras 3.15.1 below were computed from.
X = np.array([[1, 2, -1], [3, -2, 0.5], [-1, 0, 2], [0, 1, 4]], np.float32)
X3 = np.arange(12, dtype=np.float32).reshape(2, 2, 3) ** 2 / 10
CLOSE: dict[str, Any] = {"rtol": 2e-5, "atol": 2e-6}


def test_adapted_layers_normalize_as_in_keras() -> None:
    """Population variance, one per feature; values from Keras 3.15.1."""
    layer: Any = Normalization()
    layer.adapt(X)
    mean, variance, count = layer.get_weights()
    assert [0.75, 0.25, 1.375] == mean.tolist() == layer.mean.tolist()
    assert [2.1875, 2.1875, 3.421875] == variance.tolist() == layer.variance.tolist()
    assert 4 == count
    expected = [
        [0.1690308, 1.1832159, -1.283901],
        [1.5212777, -1.5212777, -0.4730161],
        [-1.1832159, -0.1690308, 0.3378687],
        [-0.5070925, 0.5070925, 1.4190484],
    ]
    np.testing.assert_allclose(layer(X).numpy(), expected, **CLOSE)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            {"mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 0.25]},
            [[0, 0, -8], [1, -4, -5], [-1, -2, -2], [-0.5, -1, 2]],
        ),
        (
            {"mean": 3.0, "variance": 2.0, "invert": True},
            [
                [4.4142137, 5.8284273, 1.5857865],
                [7.2426405, 0.1715729, 3.7071068],
                [1.5857865, 3.0, 5.8284273],
                [3.0, 4.4142137, 8.6568546],
            ],
        ),
    ],
)
def test_given_statistics_are_used_as_in_keras(
    arguments: dict[str, Any], expected: Any
) -> None:
    """No weights are made; values from Keras 3.15.1."""
    layer = Normalization(**arguments)
    np.testing.assert_allclose(layer(X).numpy(), expected, **CLOSE)
    assert [] == layer.weights
    with pytest.raises(ValueError, match="nothing to adapt"):
        layer.adapt(X)


@pytest.mark.parametrize("axis", [None, -1, 1, 2, (1, 2)])
def test_statistics_lie_along_the_axes(axis: Any) -> None:
    """Over all other axes mean and variance become 0 and 1, and invert undoes that."""
    layer = Normalization(axis)
    layer.adapt(X3)
    found = layer(X3).numpy()
    kept = {None: (), -1: (2,), 1: (1,), 2: (2,), (1, 2): (1, 2)}[axis]
    others = tuple(each for each in range(3) if each not in kept)
    np.testing.assert_allclose(found.mean(others), 0, atol=1e-6)
    np.testing.assert_allclose(found.var(others), 1, rtol=1e-5)
    assert layer.mean is not None
    assert tuple(X3.shape[each] for each in kept) == layer.mean.shape
    back = Normalization(axis, layer.mean, layer.variance, invert=True)
    np.testing.assert_allclose(back(found).numpy(), X3, rtol=1e-5, atol=1e-5)


@settings(max_examples=20)
@given(st.integers(1, 50), st.integers(1, 7), st.integers(0, 99))
def test_statistics_do_not_depend_on_the_parts(rows: int, part: int, seed: int) -> None:
    """However the rows are cut, mean and variance are NumPy's of all."""
    x = np.random.default_rng(seed).normal(1e3, 2, (rows, 3))
    before, statistics._PART = statistics._PART, 3 * part
    try:
        found = statistics.moments_of(x, "layer", lambda _: (1,))
    finally:
        statistics._PART = before
    np.testing.assert_allclose(found.mean, x.mean(0), rtol=1e-12)
    np.testing.assert_allclose(found.variance, x.var(0), rtol=1e-8, atol=1e-12)
    assert rows == found.rows


class Frame:
    """Like a data frame: it has an array, and is iterated by its columns' names."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        """Return the values."""
        return X

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter("abc")


@pytest.mark.parametrize(
    "data",
    [X.tolist(), gg.tensor(X), [X[:1], X[1:]], (X[i : i + 2] for i in (0, 2)), Frame()],
    ids=["lists", "tensor", "batches", "generator", "frame"],
)
def test_data_come_in_many_forms(data: Any) -> None:
    """Whatever holds the rows, the statistics are theirs."""
    layer: Any = Normalization()
    layer.adapt(data)
    assert [0.75, 0.25, 1.375] == layer.adapt_mean.numpy().tolist()


def test_data_may_lie_in_a_file(tmp_path: Path) -> None:
    """A memory-mapped array is read part by part."""
    np.save(tmp_path / "x.npy", X)
    layer: Any = Normalization()
    layer.adapt(np.load(tmp_path / "x.npy", mmap_mode="r"))
    assert [0.75, 0.25, 1.375] == layer.adapt_mean.numpy().tolist()


def test_one_number_per_sample_is_one_feature() -> None:
    """In Keras a vector is taken for one sample, and has no variance."""
    layer: Any = Normalization()
    layer.adapt(X[:, 0])
    assert (1,) == layer.adapt_mean.shape
    assert 2.1875 == layer.adapt_variance.numpy().item()


def test_what_has_not_adapted_does_not_compute() -> None:
    """In Keras it passes data through unchanged, in silence."""
    model = gg.Sequential([gg.Input((3,)), Normalization(), gg.Dense(1)])
    model.compile("sgd", "mse")
    for use in (
        lambda: model(X),
        lambda: model.predict(X, verbose=0),
        lambda: model.fit(X, X[:, 0], verbose=0),
        lambda: model.evaluate(X, X[:, 0], verbose=0),
    ):
        with pytest.raises(
            gg.GraphgradError, match=r"has not seen any data: call adapt"
        ):
            use()
    assert "normalization" in str(gg.viz.to_dot(model, "compile"))


def test_adapting_after_compile_and_after_fit_takes_effect() -> None:
    """The statistics are state, which programs read at every step."""
    model = gg.Sequential([gg.Input((3,)), Normalization()])
    model.compile("sgd", "mse")
    layer: Any = model.layers[0]
    layer.adapt(X)
    first = model.predict(X, verbose=0)
    layer.adapt(X * 2)
    np.testing.assert_allclose(model.predict(X * 2, verbose=0), first, rtol=1e-6)


def test_statistics_that_were_set_count_as_seen() -> None:
    """Weights of a model that was saved make the layer ready."""
    layer, other = Normalization(), Normalization()
    layer.adapt(X)
    other.ensure_built((None, 3))
    assert not other.is_adapted
    assert other.mean is None
    other.set_weights(layer.get_weights())
    assert np.array_equal(layer(X).numpy(), other(X).numpy())
    assert np.array_equal(layer(X).numpy(), copy.deepcopy(layer)(X).numpy())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (np.array([[1.0, 2], [3, np.nan]]), r"there is nan at \[1, 1\]"),
        (np.array([["a"]]), "adapts to numbers, got data of dtype"),
        (np.zeros((0, 2)), "data without samples"),
        (iter(()), "data without samples"),
        (np.float64(3), "got one number"),
        ([X, X3], r"samples of one shape, got \(3,\) and then \(2, 3\)"),
    ],
)
def test_data_without_statistics_are_refused(data: Any, said: str) -> None:
    """The layer stays as it was."""
    layer: Any = Normalization()
    with pytest.raises(ValueError, match=said):
        layer.adapt(data)
    assert not layer.built


def test_other_data_than_it_was_built_for_are_refused() -> None:
    """The statistics have the shape of the first data."""
    layer: Any = Normalization()
    layer.adapt(X)
    with pytest.raises(gg.ShapeError, match=r"the lengths \(3,\) along axis -1"):
        layer.adapt(X[:, :2])
    with pytest.raises(gg.ShapeError, match=r"the lengths \(3,\) along axis -1"):
        layer(X[:, :2])
    assert [0.75, 0.25, 1.375] == layer.adapt_mean.numpy().tolist()


def test_a_feature_that_never_varies_warns() -> None:
    """Any other value of it would be blown up ten million times."""
    with pytest.warns(UserWarning, match=r"1 of 3 features never vary.*at place 1"):
        Normalization().adapt([[1.0, 5.0, 2.0], [2.0, 5.0, 3.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Normalization().adapt(X)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"mean": 1.0}, "together.*variance is missing"),
        ({"variance": 1.0}, "together.*mean is missing"),
        ({"mean": 0.0, "variance": -1.0}, "variance must be at least 0"),
        ({"mean": np.nan, "variance": 1.0}, "mean must be finite numbers"),
        ({"axis": "x"}, "axis must be a whole number"),
    ],
)
def test_statistics_make_sense(arguments: dict[str, Any], said: str) -> None:
    """Arguments are checked where the layer is made."""
    with pytest.raises(ValueError, match=said):
        Normalization(**arguments)
