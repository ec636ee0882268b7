"""Pooling, groups, root mean squares and dropout of features: Keras' numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers as gl

# What the golden values of Keras 3.15.1 below were computed from.
X = np.array(
    [
        [[1, 2, -1, 0.5], [3, -2, 0.5, 1]],
        [[-1, 0, 2, 4], [0, 1, 4, -2]],
        [[2, 2, 2, 2], [1, -1, 3, 0.25]],
    ],
    np.float32,
)
CLOSE: dict[str, Any] = {"rtol": 2e-5, "atol": 2e-6}

# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gl


def weighted(layer: gg.Layer) -> gg.Layer:
    """Build a layer; its first weight is 1, 1.5, ..., its second 0.25, 0.75, ..."""
    layer.ensure_built((None, *X.shape[1:]))
    starts = (1.0, 0.25)
    layer.set_weights(
        [
            (np.arange(weight.size) * 0.5 + start).reshape(weight.shape)
            for start, weight in zip(starts, layer.get_weights(), strict=False)
        ]
    )
    return layer


def test_means_and_maxima_by_hand() -> None:
    """Of each feature, over steps, or over rows and columns."""
    mean, greatest = X.mean(axis=1), X.max(axis=1)
    np.testing.assert_allclose(gl.GlobalAveragePooling1D()(X).numpy(), mean)
    np.testing.assert_array_equal(gl.GlobalMaxPooling1D()(X).numpy(), greatest)
    images = X.reshape(3, 2, 2, 2)
    for layer, expected in (
        (gl.GlobalAveragePooling2D(keepdims=True), images.mean((1, 2), keepdims=True)),
        (gl.GlobalMaxPooling2D(keepdims=True), images.max((1, 2), keepdims=True)),
    ):
        np.testing.assert_allclose(layer(images).numpy(), expected)


def test_keras_other_names_are_the_same_layers() -> None:
    """The short names of old scripts."""
    assert gl.GlobalAvgPool1D is gl.GlobalAveragePooling1D
    assert gl.GlobalAvgPool2D is gl.GlobalAveragePooling2D
    assert gl.GlobalMaxPool1D is gl.GlobalMaxPooling1D
    assert gl.GlobalMaxPool2D is gl.GlobalMaxPooling2D


GROUPS: list[tuple[gl.GroupNormalization, Any]] = [
    (
        gl.GroupNormalization(2),
        [
            [
                [0.25, 1.5516691, -2.0803742, 2.5825934],
                [1.3188922, -1.6550076, 1.9160749, 4.247781],
            ],
            [
                [-1.1628015, 0.75, 1.25, 3.7910714],
                [0.25, 2.8692021, 2.882857, -2.3321428],
            ],
            [
                [1.0662246, 1.9743367, 1.6285236, 2.2231545],
                [0.25, -1.6986735, 3.6473162, -2.192955],
            ],
        ],
    ),
    (
        gl.GroupNormalization(-1, epsilon=0.1),
        [
            [
                [-0.70346254, 2.2315946, -0.59288526, 0.19956565],
                [1.2034625, -0.73159444, 3.092885, 3.300434],
            ],
            [
                [-0.5951543, -0.5177314, -0.65692496, 4.2362256],
                [1.0951543, 2.0177314, 3.1569252, -0.7362257],
            ],
            [
                [1.0951543, 2.2177382, -0.44030857, 4.1011653],
                [-0.5951543, -0.7177382, 2.9403086, -0.6011653],
            ],
        ],
    ),
    (
        gl.GroupNormalization(2, axis=1),
        [
            [
                [0.59626245, 1.519629, -1.2504706, 0.13457918],
                [2.7499928, -1.4605181, 0.64473724, 1.0657883],
            ],
            [
                [-0.9215413, -0.40085626, 0.6405138, 1.6818838],
                [0.2304402, 0.9231866, 3.0014257, -1.1550527],
            ],
            [
                [0.25, 0.25, 0.25, 0.25],
                [0.9437827, -1.123233, 3.0107985, 0.16865182],
            ],
        ],
    ),
]


@pytest.mark.parametrize(("layer", "expected"), GROUPS)
def test_groups_are_normalized_as_in_keras(layer: gg.Layer, expected: Any) -> None:
    """Values of Keras 3.15.1, for groups of several features and of one."""
    np.testing.assert_allclose(weighted(layer)(X).numpy(), expected, **CLOSE)


def test_one_group_is_the_normalization_of_the_whole_sample() -> None:
    """As LayerNormalization over all axes."""
    one, whole = gl.GroupNormalization(1), gl.LayerNormalization((1, 2))
    np.testing.assert_allclose(one(X).numpy(), whole(X).numpy(), **CLOSE)


ROOTS: list[tuple[Any, Any]] = [
    (
        -1,
        [
            [
                [0.7999998, 2.3999994, -1.5999995, 0.9999997],
                [1.5894387, -1.5894387, 0.5298129, 1.3245322],
            ],
            [
                [-0.43643573, 0.0, 1.7457429, 4.3643575],
                [0.0, 0.6546536, 3.4914858, -2.1821787],
            ],
            [
                [0.9999999, 1.4999998, 1.9999998, 2.4999998],
                [0.6013167, -0.90197504, 3.6079001, 0.37582293],
            ],
        ],
    ),
    (
        (1, 2),
        [
            [
                [0.62469494, 1.8740848, -1.2493899, 0.78086865],
                [5.6222544, -4.3728647, 1.2493899, 2.8111272],
            ],
            [
                [-0.43643573, 0.0, 1.7457429, 4.3643575],
                [0.0, 1.5275251, 6.9829717, -3.9279215],
            ],
            [
                [1.0874041, 1.6311061, 2.1748083, 2.7185104],
                [1.6311061, -1.9029572, 6.5244246, 0.61166483],
            ],
        ],
    ),
]


@pytest.mark.parametrize(("axis", "expected"), ROOTS)
def test_root_mean_squares_are_keras_s(axis: Any, expected: Any) -> None:
    """Values of Keras 3.15.1."""
    layer = weighted(gl.RMSNormalization(axis))
    np.testing.assert_allclose(layer(X).numpy(), expected, **CLOSE)


def test_root_mean_squares_along_any_axis() -> None:
    """Keras 3.15.1 makes a scale for a middle axis that does not broadcast."""
    layer = weighted(gl.RMSNormalization(1))
    roots = np.sqrt((X**2).mean(axis=1, keepdims=True) + 1e-6)
    expected = X / roots * np.array([1.0, 1.5])[:, None]
    np.testing.assert_allclose(layer(X).numpy(), expected, **CLOSE)


def test_whole_features_are_dropped() -> None:
    """In all steps of a sample or in none; the others are scaled up."""
    found = gl.SpatialDropout1D(0.25, seed=3)(np.ones((50, 6, 8)), training=True)
    values = found.numpy()
    assert np.all(values == values[:, :1])
    np.testing.assert_allclose(np.unique(values), [0, 1 / 0.75], rtol=1e-6)
    assert 0.15 < np.mean(values[:, 0] == 0) < 0.35


def test_a_fit_with_groups_means_and_regularized_outputs_is_keras_s() -> None:
    """Losses and weights after three epochs, from Keras 3.15.1."""
    model = gg.Sequential(
        [
            gg.Input((2, 4)),
            gl.GroupNormalization(2, activity_regularizer=gg.regularizers.L2(0.1)),
            gl.GlobalAveragePooling1D(activity_regularizer=gg.regularizers.L1(0.2)),
            gg.Activation("tanh", activity_regularizer="l2"),
            gg.Dense(1, kernel_initializer="ones"),
        ]
    )
    model.compile(gg.optimizers.SGD(0.1), "mse")
    y = np.array([[1.0], [0.0], [-1.0]])
    history = model.fit(X, y, epochs=3, batch_size=3, shuffle=False, verbose=0)
    np.testing.assert_allclose(
        history.history["loss"], [1.9322284, 1.6560293, 1.4536165], **CLOSE
    )
    expected: list[Any] = [
        [0.8917724, 0.814051, 0.7259716, 0.9812065],
        [-0.03474012, 0.02326744, -0.02168857, 0.05126793],
        [[1.0027142], [0.9970058], [0.8153305], [1.1982116]],
        [0.01431455],
    ]
    for found, due in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, due, **CLOSE)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: LOOSE.GlobalMaxPooling1D("channels_first"), "put Permute before it"),
        (lambda: LOOSE.GlobalMaxPooling1D(keepdims=1), "must be True or False"),
        (lambda: LOOSE.GlobalAveragePooling1D()(X[0]), r"\(batch, steps, features\)"),
        (lambda: LOOSE.GlobalMaxPooling2D()(X), "rows, columns, features"),
        (lambda: LOOSE.SpatialDropout1D(0.5)(X[0]), r"\(batch, steps, features\)"),
        (lambda: LOOSE.SpatialDropout1D(1.5), "rate must be"),
        (lambda: LOOSE.GroupNormalization(0), "-1 makes each feature a group"),
        (lambda: LOOSE.GroupNormalization(2.0), "whole number of at least 1"),
        (lambda: LOOSE.GroupNormalization()(X), "a multiple of 32 features on axis 2"),
        (lambda: LOOSE.GroupNormalization(2, axis=(1, 2)), "must be a whole number"),
        (lambda: LOOSE.GroupNormalization(2, axis=3)(X), "axis 3 after the batch"),
        (lambda: LOOSE.RMSNormalization(0)(X), "axis 0 after the batch"),
        (lambda: LOOSE.RMSNormalization(epsilon=0), "epsilon must be above 0"),
        (lambda: weighted(LOOSE.RMSNormalization())(X[..., :3]), "the length 4 on"),
    ],
)
def test_arguments_and_shapes_are_checked(make: Any, said: str) -> None:
    """Before anything is computed, with the way out."""
    with pytest.raises(gg.GraphgradError, match=said):
        make()
