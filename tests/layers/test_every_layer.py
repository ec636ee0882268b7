"""Laws that all layers keep: shapes, configurations, programs, pictures, memory."""

from __future__ import annotations

import copy
import inspect
import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad.layers._config import deserialize, serialize
from graphgrad.viz import to_dot

Make = Callable[[], gg.Layer]


def adapted() -> gl.Normalization:
    """Return a Normalization that has seen data."""
    layer = gl.Normalization()
    layer.adapt(np.arange(12.0).reshape(3, 4))
    return layer


# For inputs of `sides_of` a sample with values 0 and 1; several per class where
# arguments matter to a law.
LAYERS: dict[str, Make] = {
    "activation": lambda: gg.Activation("tanh"),
    "activity": lambda: gl.ActivityRegularization(0.1, 0.2),
    "alpha_dropout": lambda: gl.AlphaDropout(0.3, seed=1),
    "batch_normalization": gl.BatchNormalization,
    "batch_normalization_bare": lambda: gl.BatchNormalization(
        center=False, scale=False
    ),
    "dense": lambda: gg.Dense(3, "relu"),
    "dense_all": lambda: gg.Dense(
        3, None, True, "he_normal", "ones", "l1", "l2", "l1l2", "max_norm", "non_neg"
    ),
    "dropout": lambda: gg.Dropout(0.5, seed=1),
    "dropout_noise_shape": lambda: gg.Dropout(0.5, (None, 1), 1),
    "elu": lambda: gl.ELU(0.5),
    "embedding": lambda: gl.Embedding(2, 3, embeddings_regularizer="l2"),
    "flatten": gg.Flatten,
    "gaussian_dropout": lambda: gl.GaussianDropout(0.3, seed=1),
    "gaussian_noise": lambda: gl.GaussianNoise(0.3, seed=1),
    "global_average_pooling": gl.GlobalAveragePooling1D,
    "global_average_pooling_images": gl.GlobalAveragePooling2D,
    "global_max_pooling": lambda: gl.GlobalMaxPooling1D(keepdims=True),
    "global_max_pooling_images": gl.GlobalMaxPooling2D,
    "group_normalization": lambda: gl.GroupNormalization(2),
    "group_normalization_bare": lambda: gl.GroupNormalization(
        -1, center=False, scale=False
    ),
    "identity": lambda: gl.Identity(activity_regularizer="l2"),
    "lambda": lambda: gl.Lambda(gg.square),
    "layer_normalization": gl.LayerNormalization,
    "layer_normalization_axes": lambda: gl.LayerNormalization((-1,), center=False),
    "leaky_relu": gl.LeakyReLU,
    "normalization": adapted,
    "normalization_given": lambda: gl.Normalization(None, 1.5, 2.0, invert=True),
    "permute": lambda: gl.Permute((1,)),
    "prelu": lambda: gl.PReLU("ones", "l2", "unit_norm", [1]),
    "relu": lambda: gl.ReLU(0.5, 0.1, 0.2),
    "repeat_vector": lambda: gl.RepeatVector(2),
    "rescaling": lambda: gl.Rescaling([1.0, 2.0, 3.0, 4.0], -1.0),
    "reshape": lambda: gl.Reshape((2, -1)),
    "rms_normalization": gl.RMSNormalization,
    "softmax": gl.Softmax,
    "spatial_dropout": lambda: gl.SpatialDropout1D(0.5, seed=1),
    "unit_normalization": gl.UnitNormalization,
}

# The shape of a sample, where a layer does not take (4,).
SIDES: dict[type, tuple[int, ...]] = {
    gl.GlobalAveragePooling1D: (3, 4),
    gl.GlobalAveragePooling2D: (2, 3, 4),
    gl.GlobalMaxPooling1D: (3, 4),
    gl.GlobalMaxPooling2D: (2, 3, 4),
    gl.SpatialDropout1D: (3, 4),
}
RANDOM = [name for name in LAYERS if "dropout" in name or "noise" in name]

each_layer = pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)


def sides_of(layer: gg.Layer) -> tuple[int, ...]:
    """Return the shape of a sample for a layer."""
    return SIDES.get(type(layer), (4,))


def samples(layer: gg.Layer) -> np.ndarray:
    """Return samples of zeros and ones, which every layer can take."""
    rng = np.random.default_rng(0)
    return rng.integers(0, 2, (6, *sides_of(layer))).astype("float32")


def compiled(*layers: Any, width: int | None = None) -> gg.Sequential:
    """Return a compiled model of these layers, flattened, and one unit."""
    sides = sides_of(layers[0]) if width is None else (width,)
    model = gg.Sequential([gg.Input(sides), *layers, gg.Flatten(), gg.Dense(1)])
    model.compile("adam", "mse")
    return model


def test_all_layers_are_in_the_table() -> None:
    """No class is exported without being tested here."""
    exported = {
        thing
        for name in gl.__all__
        if inspect.isclass(thing := getattr(gl, name)) and issubclass(thing, gg.Layer)
    }
    assert exported - {gg.Layer, gg.Sequential} == {
        type(make()) for make in LAYERS.values()
    }


# ---- one layer -----------------------------------------------------------------------


@each_layer
def test_the_declared_shape_is_the_output_s(make: Make) -> None:
    """Before and after it is built, a layer knows what shape it returns."""
    layer = make()
    shape = (None, *sides_of(layer))
    before = layer.compute_output_shape(shape)
    found = layer(samples(layer))
    assert before == layer.compute_output_shape(shape) == (None, *found.shape[1:])
    assert np.dtype("float32") == found.dtype


@each_layer
def test_a_description_makes_the_layer_again(make: Make) -> None:
    """All arguments are in the configuration, also that of a built layer."""
    layer = make()
    layer(samples(layer))
    config = json.loads(json.dumps(layer.get_config()))
    assert config == layer.get_config()
    assert config == type(layer).from_config(config).get_config()
    again = deserialize(json.loads(json.dumps(serialize(layer))))
    assert config == again.get_config()
    assert layer.title() == again.title()


@each_layer
def test_arguments_are_where_they_were_put(make: Make) -> None:
    """A layer takes no unknown argument, and says what it takes."""
    with pytest.raises(TypeError, match=f"{type(make()).__name__} takes no argument"):
        type(make())(**{**make_arguments(make()), "nonsense": 1})


def make_arguments(layer: gg.Layer) -> dict[str, Any]:
    """Return the arguments of a layer that have no default."""
    config = type(layer).from_config(layer.get_config())
    parameters = inspect.signature(type(layer).__init__).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind == 1]
    return {name: getattr(config, name) for name in needed if name != "self"}


@each_layer
def test_outside_training_nothing_is_random_and_nothing_changes(make: Make) -> None:
    """Two calls agree, and the state is what it was."""
    layer = make()
    first = layer(samples(layer)).numpy()
    before = [v.numpy() for v in layer.variables]
    assert np.array_equal(first, layer(samples(layer), training=False).numpy())
    for old, new in zip(before, layer.variables, strict=True):
        assert np.array_equal(old, new.numpy())


@each_layer
def test_a_copy_computes_the_same_in_training(make: Make) -> None:
    """Weights, statistics and random state are copied, and go on apart."""
    layer = make()
    layer(samples(layer))
    other = copy.deepcopy(layer)
    first = layer(samples(layer), training=True).numpy()
    assert np.array_equal(first, other(samples(layer), training=True).numpy())
    assert set(layer.variables).isdisjoint(other.variables)


@each_layer
def test_gradients_are_finite_at_zeros(make: Make) -> None:
    """Where lengths and deviations vanish no NaN comes of it."""
    layer = make()
    layer(samples(layer))
    x = np.zeros((3, *sides_of(layer)), np.float32)
    gradient = gg.grad(lambda t: gg.sum(layer(t, training=True)))(x)
    assert np.all(np.isfinite(gradient.numpy()))


# ---- in a model ----------------------------------------------------------------------


@each_layer
def test_programs_compute_what_eager_layers_do(make: Make) -> None:
    """Predictions agree, and so do loss and state after a step of training."""
    model = compiled(make())
    x, y = samples(model.layers[0]), np.ones((6, 1), np.float32)
    eager = model(x).numpy()
    np.testing.assert_allclose(model.predict(x, verbose=0), eager, rtol=1e-5, atol=1e-6)
    twin = copy.deepcopy(model.layers[0])
    twin(x, training=True)
    model.train_on_batch(x, y)
    for mine, other in zip(model.layers[0].variables, twin.variables, strict=True):
        if not mine.trainable:
            np.testing.assert_allclose(mine.numpy(), other.numpy(), rtol=1e-6)


@each_layer
def test_what_fit_ran_is_the_graph_of_fit_and_its_picture(make: Make) -> None:
    """I1, for a model with every kind of layer."""
    model = compiled(make())
    with gg.record_execution() as record:
        model.fit(samples(model.layers[0]), np.ones((6, 1)), batch_size=6, verbose=0)
    graph = model.graph("fit")
    assert record == [node.name for node in graph.nodes]
    source = to_dot(model, "fit").source
    assert all(f'"{name}"' in source or f"{name} [" in source for name in record)


def test_layers_appear_in_pictures_by_their_titles() -> None:
    """What a layer was made with is written on its box."""
    model = compiled(gl.BatchNormalization(), gl.LeakyReLU(0.1), gl.GaussianNoise(0.2))
    text = to_dot(model, "build").source
    for title in ("BatchNormalization()", "LeakyReLU(0.1)"):
        assert title in text
    assert "GaussianNoise(0.2)" in to_dot(model, "compile").source


@pytest.mark.parametrize("name", RANDOM)
def test_a_seed_gives_the_same_bits_in_programs(name: str) -> None:
    """Training twice with the same seed gives the same weights; another, others."""

    def weights(seed: int) -> list[np.ndarray]:
        gg.set_random_seed(5)
        layer = LAYERS[name]()
        config = {**layer.get_config(), "seed": seed}
        model = compiled(type(layer).from_config(config))
        x = samples(layer)
        model.fit(x, x.reshape(6, -1)[:, :1], epochs=3, verbose=0)
        return model.get_weights()

    assert all(map(np.array_equal, weights(1), weights(1)))
    assert not all(map(np.array_equal, weights(1), weights(2)))


def test_a_step_allocates_no_array() -> None:
    """I6: statistics, noise, embeddings and constraints live in planned buffers.

    Each array of this step has 64 KB or more; NumPy's own iterators take up to 33 KB.
    """
    model = compiled(
        gl.Embedding(512, 64),
        gg.Flatten(),
        gl.BatchNormalization(),
        gg.Dense(256, kernel_regularizer="l1l2", kernel_constraint="max_norm"),
        gl.LayerNormalization(),
        gl.PReLU(),
        gg.Dropout(0.5),
        gl.AlphaDropout(0.1),
        gl.GaussianNoise(0.1),
        gl.UnitNormalization(),
        width=2,
    )
    x = np.random.default_rng(0).integers(0, 512, (128, 2)).astype("float32")
    model.fit(x, x[:, :1], batch_size=128, verbose=0)
    program = model.program("fit")
    program.run()
    tracemalloc.start()
    try:
        program.run()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(5):
            program.run()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - before < 48_000
    assert peak - before < 48_000


def test_a_fit_with_regularizers_constraints_and_statistics_is_keras_s() -> None:
    """Losses, weights and predictions after three epochs, from Keras 3.15.1."""
    dense = gg.Dense(
        2,
        kernel_regularizer=gg.regularizers.L2(0.1),
        activity_regularizer=gg.regularizers.L1(0.05),
        kernel_constraint=gg.constraints.MaxNorm(0.8),
    )
    model = gg.Sequential(
        [gg.Input((3,)), dense, gl.BatchNormalization(momentum=0.5), gg.Dense(1)]
    )
    model.layers[0].set_weights([[[0.5, -0.25], [0.1, 0.4], [-0.3, 0.2]], [0.1, -0.1]])
    model.layers[2].set_weights([[[1.0], [-0.5]], [0.2]])
    model.compile(gg.optimizers.SGD(0.1), "mse")
    x = np.array([[1, 2, -1], [3, -2, 0.5], [-1, 0, 2], [0, 1, 4]], np.float32)
    y = np.array([[1.0], [0.0], [2.0], [-1.0]])
    history = model.fit(x, y, batch_size=2, epochs=3, shuffle=False, verbose=0)
    close: dict[str, Any] = {"rtol": 2e-5, "atol": 2e-6}
    np.testing.assert_allclose(
        history.history["loss"], [2.5898046, 0.4325173, 0.2472255], **close
    )
    expected: list[Any] = [
        [[-0.1541835, -0.1975715], [0.5543305, 0.3206871], [-0.4118885, 0.149322]],
        [0.11, -0.115],
        [0.9661011, 0.885143],
        [0.1282421, -0.050063],
        [-0.5609066, 0.2498076],
        [0.9381941, 0.2609915],
        [[0.9725624], [-0.4323053]],
        [0.3524424],
    ]
    for found, due in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(found, due, **close)
    assert pytest.approx(1.57338989, rel=1e-5) == model.evaluate(x, y, verbose=0)
    np.testing.assert_allclose(
        model.predict(x, verbose=0),
        [[2.5265861], [0.5657589], [0.4018429], [-0.324181]],
        **close,
    )
