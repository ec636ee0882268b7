"""Every layer of ours comes back with its weights, and goes on as it would have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg


@gg.saving.register_keras_serializable("tests")
def shifted(x: gg.Tensor) -> gg.Tensor:
    """Be a function of the user's."""
    return x + 1


def adapted() -> gg.Layer:
    """Return a layer that has seen data."""
    layer = gg.layers.Normalization()
    layer.adapt(np.arange(24, dtype="float32").reshape(4, 6))
    return layer


L: Any = gg.layers
LAYERS: dict[str, Any] = {
    "Activation": [L.Activation(shifted)],
    "ActivityRegularization": [L.ActivityRegularization(l2=0.01)],
    "AlphaDropout": [L.AlphaDropout(0.3)],
    "BatchNormalization": [L.BatchNormalization()],
    "Dense": [
        L.Dense(
            3,
            "relu",
            kernel_regularizer=gg.regularizers.L1L2(0.01, 0.02),
            bias_regularizer="l2",
            kernel_constraint=gg.constraints.MaxNorm(0.5),
            kernel_initializer=gg.initializers.Orthogonal(2.0),
        )
    ],
    "Dropout": [L.Dropout(0.3)],
    "ELU": [L.ELU(0.5)],
    "Embedding": [L.Embedding(24, 2), L.Flatten()],
    "Flatten": [L.Reshape((2, 3)), L.Flatten()],
    "GaussianDropout": [L.GaussianDropout(0.3)],
    "GaussianNoise": [L.GaussianNoise(0.3)],
    "GlobalAveragePooling1D": [L.Reshape((2, 3)), L.GlobalAveragePooling1D()],
    "GlobalAveragePooling2D": [L.Reshape((2, 1, 3)), L.GlobalAvgPool2D()],
    "GlobalMaxPooling1D": [
        L.Reshape((2, 3)),
        L.GlobalMaxPool1D(keepdims=True),
        L.Flatten(),
    ],
    "GlobalMaxPooling2D": [L.Reshape((2, 1, 3)), L.GlobalMaxPooling2D()],
    "GroupNormalization": [L.GroupNormalization(3, gamma_regularizer="l2")],
    "Lambda": [L.Lambda(shifted), L.Lambda(gg.activations.relu), L.Lambda(gg.tanh)],
    "Identity": [L.Identity(activity_regularizer=gg.regularizers.L1(0.02))],
    "LayerNormalization": [L.LayerNormalization()],
    "LeakyReLU": [L.LeakyReLU()],
    "Normalization": [adapted()],
    "PReLU": [L.PReLU()],
    "Permute": [L.Reshape((2, 3)), L.Permute((2, 1)), L.Flatten()],
    "RMSNormalization": [L.RMSNormalization()],
    "ReLU": [L.ReLU(1.5, negative_slope=0.25, threshold=0.125)],
    "RepeatVector": [L.RepeatVector(2), L.Flatten()],
    "Rescaling": [L.Rescaling(0.5, offset=1.0)],
    "Reshape": [L.Reshape((2, 3)), L.Flatten()],
    "Sequential": [gg.Sequential([L.Dense(2, "tanh"), L.Dropout(0.5)])],
    "Softmax": [L.Softmax()],
    "SpatialDropout1D": [L.Reshape((2, 3)), L.SpatialDropout1D(0.4), L.Flatten()],
    "UnitNormalization": [L.UnitNormalization()],
}


def test_no_layer_is_forgotten() -> None:
    """A new layer needs a line above."""
    found = {
        getattr(gg.layers, name).__name__
        for name in gg.layers.__all__
        if isinstance(getattr(gg.layers, name), type)
        and issubclass(getattr(gg.layers, name), gg.Layer)
    }
    assert found - {"Layer"} <= set(LAYERS)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_comes_back_and_goes_on(name: str, tmp_path: Path) -> None:
    """Configuration, weights, random state, and the bits of further training."""
    path = tmp_path / "model.safetensors"
    rng = np.random.default_rng(0)
    x = rng.integers(0, 24, (8, 6)).astype("float32")
    y = rng.normal(size=(8, 1)).astype("float32")
    model = gg.Sequential([gg.Input((6,)), *LAYERS[name], gg.Dense(1)])
    model.compile(gg.optimizers.SGD(0.001, momentum=0.9), "mse")
    options: Any = {"batch_size": 3, "shuffle": False, "verbose": 0}
    model.fit(x, y, **options)
    model.save(path)
    other = gg.load_model(path)
    assert model.get_config() == other.get_config()
    assert [type(layer) for layer in model] == [type(layer) for layer in other]
    for each in (model, other):
        each.fit(x, y, **options)
    for one, two in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(one.numpy(), two.numpy())
    assert np.array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))
    clone = gg.models.clone_model(model)
    clone.set_weights(model.get_weights())
    assert np.array_equal(model.predict(x, verbose=0), clone.predict(x, verbose=0))
