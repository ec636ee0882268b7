"""Normalization of batches and samples: Keras' numbers, without its traps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers import (
    BatchNormalization,
    LayerNormalization,
    Normalization,
    UnitNormalization,
)

# What the golden values of Keras 3.15.1 below were computed from: inputs, and the
# cotangents of the outputs.
X = np.array([[1, 2, -1], [3, -2, 0.5], [-1, 0, 2], [0, 1, 4]], np.float32)
G = np.array([[1, -2, 0.5], [0.25, 3, -1], [2, 1, -0.5], [-1, 0.5, 1.5]], np.float32)
X3 = np.arange(12, dtype=np.float32).reshape(2, 2, 3) ** 2 / 10
CLOSE: dict[str, Any] = {"rtol": 2e-5, "atol": 2e-6}

# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gg.layers
Constant = gg.initializers.Constant


def gradients(layer: gg.Layer, training: bool) -> tuple[Any, list[Any]]:
    """Return the gradient of the weighted output by the input and by the weights."""

    def weighted(x: Any) -> Any:
        return gg.sum(layer(x, training=training) * G)

    layer.ensure_built((None, 3))
    by_input = gg.grad(weighted)(X).numpy()
    found = gg.gradients(weighted(X), layer.trainable_weights)
    return by_input, [each.numpy() for each in found]


# ---- batches -------------------------------------------------------------------------

# Arguments, then what Keras 3.15.1 gives: outputs, gradients by input, gamma and beta,
# moving mean and variance, and the outputs of inference after it.
BATCHES: list[tuple[dict[str, Any], list[Any]]] = [
    (
        {"gamma_initializer": Constant(1.5), "beta_initializer": Constant(0.25)},
        [
            [
                [0.5034884, 2.0244186, -1.6755704],
                [2.5313952, -2.0313952, -0.4594207],
                [-1.5244186, -0.0034884, 0.756729],
                [-0.5104651, 1.0104651, 2.378262],
            ],
            [
                [0.4997086, -0.6093104, 0.7699069],
                [0.1880748, -0.2305546, -0.7404761],
                [1.0648308, 0.0870444, -0.6293262],
                [-1.752614, 0.7528205, 0.5998956],
            ],
            [[-1.3096899, -6.8441854, 1.7904426], [2.25, 2.5, 0.5]],
            [0.0075, 0.0025, 0.01375],
            [1.011875, 1.011875, 1.0242188],
            [
                [1.7292577, 3.2271459, -1.251806],
                [4.7101293, -2.7345979, 0.9703484],
                [-1.2516142, 0.2462739, 3.1925027],
                [0.2388217, 1.7367098, 6.1553755],
            ],
        ],
    ),
    (
        {
            "momentum": 0.9,
            "epsilon": 0.01,
            "gamma_initializer": Constant(1.5),
            "beta_initializer": Constant(0.25),
        },
        [
            [
                [0.5029687, 2.020781, -1.6730437],
                [2.5267186, -2.0267186, -0.4584898],
                [-1.520781, -0.0029687, 0.7560641],
                [-0.5089062, 1.0089061, 2.3754692],
            ],
            [
                [0.4984548, -0.6164495, 0.7676765],
                [0.1856255, -0.2192973, -0.739954],
                [1.064253, 0.0880642, -0.6281794],
                [-1.7483333, 0.7476823, 0.6004569],
            ],
            [[-1.307005, -6.8301554, 1.7880932], [2.25, 2.5, 0.5]],
            [0.075, 0.025, 0.1375],
            [1.11875, 1.11875, 1.2421875],
            [
                [1.5559727, 3.0384283, -1.2747828],
                [4.3796973, -2.6090212, 0.7359198],
                [-1.2677521, 0.2147034, 2.7466223],
                [0.1441103, 1.6265658, 5.4275594],
            ],
        ],
    ),
    (
        {"scale": False, "beta_initializer": Constant(0.25)},
        [
            [
                [0.4189922, 1.4329456, -1.0337136],
                [1.7709302, -1.2709302, -0.2229471],
                [-0.9329457, 0.0810078, 0.5878193],
                [-0.2569767, 0.7569767, 1.6688412],
            ],
            [
                [0.333139, -0.4062068, 0.5132712],
                [0.1253832, -0.1537029, -0.4936507],
                [0.709887, 0.0580296, -0.4195508],
                [-1.1684093, 0.5018803, 0.3999304],
            ],
            [[2.25, 2.5, 0.5]],
            [0.0075, 0.0025, 0.01375],
            [1.011875, 1.011875, 1.0242188],
            [
                [1.2361718, 2.2347639, -0.751204],
                [3.2234197, -1.739732, 0.7302322],
                [-0.7510762, 0.2475159, 2.2116685],
                [0.2425478, 1.2411399, 4.1869168],
            ],
        ],
    ),
]


@pytest.mark.parametrize(("arguments", "expected"), BATCHES)
def test_batches_are_normalized_as_in_keras(
    arguments: dict[str, Any], expected: list[Any]
) -> None:
    """Values, gradients, moving statistics, and inference with these."""
    y, by_input, by_weights, mean, variance, inference = expected
    layer = BatchNormalization(**arguments)
    np.testing.assert_allclose(layer(X, training=True).numpy(), y, **CLOSE)
    np.testing.assert_allclose(layer.moving_mean.numpy(), mean, **CLOSE)
    np.testing.assert_allclose(layer.moving_variance.numpy(), variance, **CLOSE)
    np.testing.assert_allclose(layer(X).numpy(), inference, **CLOSE)
    found = gradients(BatchNormalization(**arguments), training=True)
    np.testing.assert_allclose(found[0], by_input, rtol=1e-4, atol=1e-5)
    for one, other in zip(found[1], by_weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_any_axis_may_be_that_of_the_features() -> None:
    """The statistics are over all others; values from Keras 3.15.1."""
    layer = BatchNormalization(axis=1)
    found = layer(X3, training=True).numpy()
    expected = [
        [[-1.0122033, -0.9727668, -0.8544574], [-1.13378, -0.9739855, -0.7685354]],
        [[0.4075104, 0.9201849, 1.5117322], [0.5098206, 0.9435484, 1.4229319]],
    ]
    np.testing.assert_allclose(found, expected, **CLOSE)
    np.testing.assert_allclose(
        layer.moving_mean.numpy(), [0.0256667, 0.0586667], rtol=1e-4
    )
    last = BatchNormalization()(X3, training=True).numpy()
    np.testing.assert_allclose(
        last[0],
        [[-0.9999496, -1.066399, -1.1117702], [-0.7142497, -0.6714364, -0.6401101]],
        **CLOSE,
    )


@given(st.integers(2, 6), st.integers(1, 4), st.integers(0, 9))
def test_each_feature_gets_mean_0_and_variance_1(
    rows: int, width: int, seed: int
) -> None:
    """Up to epsilon, which only lessens the variance."""
    x = np.random.default_rng(seed).normal(3, 5, (rows, width)).astype("float32")
    found = BatchNormalization(epsilon=1e-6)(x, training=True).numpy()
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(found.var(0), 1, atol=1e-2)


def test_frozen_batches_are_normalized_by_the_moving_statistics() -> None:
    """As in Keras, trainable = False is inference, also in training; both ways."""
    layer = BatchNormalization()
    layer(X, training=True)
    layer.trainable = False
    before = [w.numpy() for w in layer.weights]
    frozen = layer(X, training=True).numpy()
    assert np.array_equal(layer(X).numpy(), frozen)
    assert all(map(np.array_equal, before, layer.get_weights()))
    assert [] == layer.trainable_weights
    layer.trainable = True
    assert not np.array_equal(layer(X, training=True).numpy(), frozen)


def test_freezing_after_fit_takes_effect_in_the_program() -> None:
    """In Keras the step that was traced first goes on moving the statistics."""
    model = gg.Sequential([gg.Input((3,)), BatchNormalization(), gg.Dense(1)])
    model.compile("sgd", "mse")
    y = np.ones((4, 1))
    model.fit(X, y, verbose=0)
    layer: Any = model.layers[0]
    moved = layer.moving_mean.numpy()
    assert np.all(moved != 0)
    layer.trainable = False
    model.fit(X, y, verbose=0)
    assert np.array_equal(moved, layer.moving_mean.numpy())
    layer.trainable = True
    model.fit(X, y, verbose=0)
    assert not np.array_equal(moved, layer.moving_mean.numpy())


def test_evaluate_and_predict_leave_the_statistics() -> None:
    """Only training moves them, once per step."""
    model = gg.Sequential([gg.Input((3,)), BatchNormalization(momentum=0.5)])
    model.compile("sgd", "mse")
    layer: Any = model.layers[0]
    model.evaluate(X, X, verbose=0)
    model.predict(X, verbose=0)
    assert not np.any(layer.moving_mean.numpy())
    model.fit(X, X, batch_size=2, shuffle=False, verbose=0)
    expected = X[:2].mean(0) / 4 + X[2:].mean(0) / 2
    np.testing.assert_allclose(layer.moving_mean.numpy(), expected, **CLOSE)


def test_moving_statistics_are_weights_that_are_not_trained() -> None:
    """In Keras' order: gamma, beta, moving mean, moving variance."""
    layer = BatchNormalization()
    layer(X)
    names = [weight.name.rpartition("/")[2] for weight in layer.weights]
    assert ["gamma", "beta", "moving_mean", "moving_variance"] == names
    assert 2 == len(layer.trainable_weights) == len(layer.non_trainable_weights)
    assert 12 == layer.count_params()


def test_a_batch_of_one_sample_warns() -> None:
    """Whatever it is, the output is beta: nothing can be learned from it."""
    layer = BatchNormalization()
    with pytest.warns(UserWarning, match="a batch of one sample has no variance"):
        found = layer(X[:1], training=True)
    assert not np.any(found.numpy())
    layer(X[:1])
    BatchNormalization(axis=1)(X3[:1], training=True)


# ---- samples -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        (
            -1,
            [
                [
                    [-0.9640374, -0.3856149, 1.3496523],
                    [-1.169307, -0.1016791, 1.2709854],
                ],
                [
                    [-1.1941133, -0.0582495, 1.2523623],
                    [-1.2036057, -0.0408006, 1.2444053],
                ],
            ],
        ),
        (
            [1, 2],
            [
                [
                    [-1.0297748, -0.9174357, -0.5804185],
                    [-0.0187232, 0.7676504, 1.7787019],
                ],
                [
                    [-1.3440073, -0.8979112, -0.3831849],
                    [0.2001715, 0.8521581, 1.5727746],
                ],
            ],
        ),
        (
            1,
            [
                [[-0.99754, -0.9991124, -0.9995469], [0.99754, 0.9991124, 0.9995466]],
                [
                    [-0.9999013, -0.999923, -0.9999385],
                    [0.9999013, 0.9999235, 0.9999385],
                ],
            ],
        ),
    ],
)
def test_samples_are_normalized_as_in_keras(axis: Any, expected: Any) -> None:
    """Along one axis or several; values from Keras 3.15.1."""
    found = LayerNormalization(axis)(X3).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_gradients_of_layer_normalization_are_keras_s() -> None:
    """By the input, gamma and beta; from Keras 3.15.1."""
    layer = LayerNormalization(
        gamma_initializer=Constant(1.5), beta_initializer=Constant(0.25)
    )
    by_input, by_weights = gradients(layer, training=True)
    expected = [
        [1.6744425, -1.1171103, -0.5573322],
        [0.6426717, 0.6431561, -1.2858278],
        [0.0867236, -0.1286054, 0.0418813],
        [-0.3566255, 0.4750087, -0.1183833],
    ]
    np.testing.assert_allclose(by_input, expected, rtol=1e-4, atol=1e-5)
    gamma, beta = by_weights
    np.testing.assert_allclose(gamma, [-0.5836672, -6.2744536, 0.7229862], rtol=1e-4)
    np.testing.assert_allclose(beta, [2.25, 2.5, 0.5], rtol=1e-6)


def test_unit_normalization_is_keras_s_and_leaves_zeros() -> None:
    """Values from Keras 3.15.1, whose gradient at zeros is NaN."""
    expected = [
        [0.4082483, 0.8164966, -0.4082483],
        [0.8241633, -0.5494422, 0.1373606],
        [-0.4472136, 0.0, 0.8944272],
        [0.0, 0.2425356, 0.9701425],
    ]
    layer = UnitNormalization()
    np.testing.assert_allclose(layer(X).numpy(), expected, **CLOSE)
    assert not np.any(layer(np.zeros((2, 3))).numpy())


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: BatchNormalization(axis=0), r"an input with axis 0 after the batch's"),
        (lambda: BatchNormalization(axis=2), r"axis 2 after.*\(batch, 3\)"),
        (lambda: LayerNormalization((1, 1)), r"axis 1, 1 after the batch's"),
        (lambda: UnitNormalization(axis=-2), r"axis -2 after the batch's"),
        (lambda: Normalization(axis=0), r"axis 0 after the batch's"),
    ],
)
def test_axes_are_those_of_samples(make: Any, said: str) -> None:
    """The error names the layer and the shape."""
    with pytest.raises(gg.ShapeError, match=said):
        make()(X)


@pytest.mark.parametrize("make", [BatchNormalization, LayerNormalization])
def test_another_width_is_refused(make: Any) -> None:
    """Once it is built, a layer has weights for one width."""
    layer = make()
    layer(X)
    with pytest.raises(
        gg.ShapeError, match=r"the length 3 on axis 1, got.*\(batch, 2\)"
    ):
        layer(X[:, :2])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: BatchNormalization(momentum=1.5),
            "momentum must be at least 0 and at",
        ),
        (lambda: BatchNormalization(epsilon=0), "epsilon must be above 0"),
        (
            lambda: LOOSE.BatchNormalization(axis=[1]),
            "axis must be a whole number, got",
        ),
        (lambda: LOOSE.BatchNormalization(center=1), "center must be True or False"),
        (lambda: BatchNormalization(renorm=True), "takes no renorm: batches are"),
        (lambda: BatchNormalization(synchronized=True), "takes no synchronized: one"),
        (
            lambda: LOOSE.LayerNormalization(axis=0.5),
            "axis must be a whole number or several",
        ),
        (
            lambda: LayerNormalization(rms_scaling=True),
            "takes no rms_scaling: in Keras",
        ),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """Where the layer is made; what is absent has a reason."""
    with pytest.raises((ValueError, TypeError), match=said):
        make()


def test_a_batch_of_as_many_samples_as_features_has_the_same_graph() -> None:
    """What is one of the batch and what is one of the features are not mixed up."""
    names = []
    for samples in (3, 4):
        model = gg.Sequential([gg.layers.LayerNormalization(), gg.layers.Dense(1)])
        model.compile("sgd", "mse")
        x = np.random.default_rng(0).normal(size=(samples, 3))
        model.fit(x, np.ones(samples), verbose=0)
        known = {node.name for node in model.graph("compile").nodes}
        assert all(known.issuperset(n.origins) for n in model.graph("fit").operations)
        names.append([(n.op.name, n.scope) for n in model.graph("fit").operations])
    assert names[0] == names[1]
