"""Layers, activations, regularizers and constraints: outputs and gradients of Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

LAYERS = [
    "layers.Dense(3)",
    "layers.Dense(3, 'tanh', use_bias=False)",
    "layers.Dense(3, kernel_regularizer='l2', bias_regularizer=regularizers.L1(0.1))",
    "layers.Dense(3, activity_regularizer=regularizers.L2(0.1))",
    "layers.Dense(3, kernel_constraint=constraints.MaxNorm(0.5))",
    "layers.Dense(3, kernel_constraint='non_neg', bias_constraint='non_neg')",
    "layers.Dense(3, kernel_constraint=constraints.UnitNorm(axis=0))",
    "layers.Dense(3, kernel_constraint=constraints.MinMaxNorm(0.2, 0.4, rate=0.5))",
    "layers.BatchNormalization()",
    "layers.BatchNormalization(momentum=0.5, epsilon=0.1)",
    "layers.BatchNormalization(center=False)",
    "layers.BatchNormalization(scale=False)",
    "layers.LayerNormalization()",
    "layers.LayerNormalization(epsilon=0.1, center=False, scale=False)",
    "layers.UnitNormalization()",
    "layers.Activation('softsign')",
    "layers.ReLU()",
    "layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)",
    "layers.LeakyReLU()",
    "layers.LeakyReLU(negative_slope=0.1)",
    "layers.PReLU()",
    "layers.ELU(alpha=0.5)",
    "layers.Softmax()",
    "layers.Rescaling(0.5, offset=1.0)",
    "layers.Reshape((2, 2)), layers.Flatten()",
    "layers.Reshape((-1, 2)), layers.Permute((2, 1)), layers.Flatten()",
    "layers.RepeatVector(3), layers.Flatten()",
    "layers.Identity()",
    "layers.ActivityRegularization(l1=0.1, l2=0.2)",
    "layers.Dropout(0.0)",
    "layers.Activation('tanh', activity_regularizer='l2')",
    "layers.GroupNormalization(2, epsilon=0.1)",
    "layers.GroupNormalization(-1, epsilon=0.1, center=False)",
    "layers.RMSNormalization()",
    "layers.GroupNormalization(1)",
    "layers.Reshape((2, 2)), layers.GlobalAveragePooling1D()",
    "layers.Reshape((2, 2)), layers.GlobalMaxPooling1D()",
    "layers.Reshape((2, 1, 2)), layers.GlobalMaxPooling2D()",
]
# Noise is none when a layer is only used.
NOISE = [
    "layers.Dropout(0.5)",
    "layers.GaussianNoise(0.3)",
    "layers.GaussianDropout(0.3)",
    "layers.AlphaDropout(0.3)",
]
# Not here: sparsemax, whose rows do not add up to 1 in Keras on JAX; glu, whose layer
# has the wrong output shape there; threshold, which has no defaults.
ACTIVATIONS = [
    "relu",
    "leaky_relu",
    "relu6",
    "elu",
    "selu",
    "celu",
    "gelu",
    "silu",
    "swish",
    "mish",
    "softplus",
    "softsign",
    "tanh",
    "sigmoid",
    "hard_sigmoid",
    "hard_tanh",
    "hard_silu",
    "hard_swish",
    "log_sigmoid",
    "softmax",
    "log_softmax",
    "exponential",
    "linear",
    "squareplus",
    "soft_shrink",
    "hard_shrink",
    "tanh_shrink",
    "sparse_plus",
    "sparse_sigmoid",
]
REGULARIZERS = [
    "regularizers.L1(0.1)",
    "regularizers.L2(0.1)",
    "regularizers.L1L2(0.1, 0.2)",
    "regularizers.OrthogonalRegularizer(0.1)",
    "regularizers.get('l1')",
    "regularizers.get('l2')",
]
CONSTRAINTS = [
    "constraints.MaxNorm(0.5)",
    "constraints.MaxNorm(0.5, axis=1)",
    "constraints.MaxNorm(1.0, axis=[0, 1])",
    "constraints.UnitNorm()",
    "constraints.UnitNorm(axis=1)",
    "constraints.NonNeg()",
    "constraints.MinMaxNorm(0.5, 1.0)",
    "constraints.MinMaxNorm(0.5, 1.0, rate=0.3, axis=1)",
    "constraints.get('max_norm')",
    "constraints.get('unit_norm')",
]


@pytest.mark.parametrize("text", LAYERS)
@given(seed=st.integers(0, 999), rows=st.sampled_from([16, 20]))
def test_layers_train_as_in_keras(twins: Any, text: str, seed: int, rows: int) -> None:
    """Losses with penalties, evaluation, outputs and weights agree, state too."""
    both = twins.models(
        f"layers.Dense(4, 'tanh'), {text}, layers.Dense(1)",
        seed=seed,
        optimizer="optimizers.SGD(0.05)",
        loss="'mse'",
        metrics="['mse']",
    )
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(rows, 4)), rng.normal(size=(rows, 1))
    twins.trained_alike(both, x, y, epochs=2, batch_size=8, validation_split=0.2)
    twins.agree(*[model.evaluate(x, y, verbose=0) for model in both])
    twins.agree(*[model.predict(x, verbose=0) for model in both])


@pytest.mark.parametrize(
    "layers",
    [
        "layers.Dense(3, 'tanh'), layers.Flatten(), layers.Dense(1)",
        "layers.LayerNormalization(), layers.Flatten(), layers.Dense(1)",
        "layers.LayerNormalization(axis=[1, 2]), layers.Flatten(), layers.Dense(1)",
        "layers.BatchNormalization(), layers.Flatten(), layers.Dense(1)",
        "layers.BatchNormalization(axis=1), layers.Flatten(), layers.Dense(1)",
        "layers.PReLU(shared_axes=[1]), layers.Flatten(), layers.Dense(1)",
        "layers.Softmax(axis=1), layers.Flatten(), layers.Dense(1)",
        "layers.Permute((2, 1)), layers.Dense(2), layers.Flatten(), layers.Dense(1)",
    ],
)
def test_samples_may_have_two_axes(twins: Any, layers: str) -> None:
    """Weights lie along the same axes, and statistics are taken over the same."""
    both = twins.models(
        layers, shape="(2, 4)", optimizer="optimizers.SGD(0.05)", loss="'mse'"
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 2, 4)), rng.normal(size=(20, 1))
    twins.trained_alike(both, x, y, epochs=2, batch_size=8)
    twins.agree(*[model.predict(x, verbose=0) for model in both])


def test_embeddings_train_as_in_keras(twins: Any) -> None:
    """Whole numbers become vectors; a vector learns from each of its uses."""
    both = twins.models(
        "layers.Embedding(6, 3, embeddings_regularizer='l2'), layers.Flatten(), "
        "layers.Dense(1)",
        shape="(4,), dtype='int32'",
        optimizer="optimizers.Adam(0.05)",
        loss="'mse'",
    )
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, (20, 4)), rng.normal(size=(20, 1))
    twins.trained_alike(both, x, y, epochs=2, batch_size=8)


@pytest.mark.parametrize("text", NOISE)
def test_noise_is_for_training_only(twins: Any, text: str) -> None:
    """Evaluation and prediction pass through what disturbs training."""
    both = twins.models(
        f"layers.Dense(4, 'tanh'), {text}, layers.Dense(1)", loss="'mse'"
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 4)), rng.normal(size=(9, 1))
    twins.agree(*[model.evaluate(x, y, verbose=0) for model in both])
    twins.agree(*[model.predict(x, verbose=0) for model in both])


@pytest.mark.parametrize("text", NOISE)
def test_noise_has_the_spread_of_keras(twins: Any, text: str) -> None:
    """Mean and deviation of 40,000 disturbed numbers differ by chance only."""
    x = np.random.default_rng(0).normal(1, 1, (200, 200)).astype("float32")
    theirs, ours = [
        twins.numbers(layer(x, training=True)).astype(float)
        for layer in twins.make(text)
    ]
    assert ours.mean() == pytest.approx(theirs.mean(), abs=0.03)
    assert ours.std() == pytest.approx(theirs.std(), rel=0.03)
    assert np.mean(ours == 0) == pytest.approx(np.mean(theirs == 0), abs=0.02)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(seed=st.integers(0, 999))
def test_activations_are_those_of_keras(twins: Any, name: str, seed: int) -> None:
    """The functions agree, and by what training makes of them their gradients."""
    x = np.random.default_rng(seed).normal(0, 3, (6, 4)).astype("float32")
    theirs, ours = twins.make(f"activations.get({name!r})")
    twins.agree(theirs(x), ours(x), rtol=2e-5, atol=2e-6)
    both = twins.models(
        f"layers.Dense(4), layers.Activation({name!r}), layers.Dense(1)",
        seed=seed,
        optimizer="optimizers.SGD(0.01)",
        loss="'mse'",
    )
    y = np.random.default_rng(seed + 1).normal(size=(6, 1))
    twins.trained_alike(both, x / 4, y, epochs=2, batch_size=6)


@pytest.mark.parametrize("text", REGULARIZERS)
@given(seed=st.integers(0, 999))
def test_regularizers_are_those_of_keras(twins: Any, text: str, seed: int) -> None:
    """The same weights have the same penalty."""
    w = np.random.default_rng(seed).normal(size=(4, 3)).astype("float32")
    theirs, ours = twins.make(text)
    twins.agree(theirs(w), ours(w), rtol=2e-5)


@pytest.mark.parametrize("text", CONSTRAINTS)
@given(seed=st.integers(0, 999))
def test_constraints_are_those_of_keras(twins: Any, text: str, seed: int) -> None:
    """The same weights become the same weights."""
    w = np.random.default_rng(seed).normal(size=(4, 3)).astype("float32")
    theirs, ours = twins.make(text)
    twins.agree(theirs(w), ours(w), rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("activations.glu", [[1.0, 2.0, 3.0, 4.0]]),
        ("lambda x: activations.threshold(x, 0.5, -1.0)", [[0.0, 0.5, 0.7]]),
        ("lambda x: activations.leaky_relu(x, negative_slope=0.3)", [[-1.0, 2.0]]),
        ("lambda x: activations.relu(x, 0.1, 2.0, 0.5)", [[-1.0, 0.7, 3.0]]),
        ("lambda x: activations.softmax(x, axis=0)", [[-1.0, 0.7], [0.0, 3.0]]),
        ("lambda x: activations.gelu(x, approximate=True)", [[-1.0, 0.7, 3.0]]),
    ],
)
def test_activations_take_the_arguments_of_keras(
    twins: Any, text: str, x: list[list[float]]
) -> None:
    """Functions of more than a tensor."""
    data = np.array(x, np.float32)
    twins.agree(*[function(data) for function in twins.make(text)], rtol=2e-5)


def test_normalization_adapts_as_in_keras(twins: Any) -> None:
    """Means and variances of the data, and the outputs that follow from them."""
    x = np.random.default_rng(0).normal(3, 2, (50, 4)).astype("float32")
    both = twins.make("layers.Normalization()")
    for layer in both:
        layer.adapt(x)
    twins.agree(*[layer(x) for layer in both])
    twins.agree(*[twins.numbers(layer.mean).ravel() for layer in both])
    twins.agree(*[twins.numbers(layer.variance).ravel() for layer in both])


@pytest.mark.parametrize("text", ["axis=None", "mean=3.0, variance=2.0", "invert=True"])
def test_normalization_has_the_options_of_keras(twins: Any, text: str) -> None:
    """One mean for all columns, given ones, and the way back."""
    x = np.random.default_rng(0).normal(3, 2, (50, 4)).astype("float32")
    both = twins.make(f"layers.Normalization({text})")
    for layer in both:
        if "mean" not in text:
            layer.adapt(x)
    twins.agree(*[layer(x) for layer in both])
