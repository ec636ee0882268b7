"""Every printed equation is true of what ran, whatever options a model is made with."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers as gl

Check = Callable[..., None]
ROWS = 6
STAGES = ("build", "compile", "fit", "evaluate", "predict")

Make = Callable[[], gg.Layer]
LAYERS: dict[str, list[Make]] = {
    "batch_normalization": [
        lambda: gl.BatchNormalization(center=False, momentum=0.5),
        lambda: gl.BatchNormalization(scale=False, epsilon=0.1, gamma_regularizer="l2"),
        lambda: gl.BatchNormalization(trainable=False),
    ],
    "dropout": [lambda: gg.Dropout(0.5, noise_shape=(None, 1), seed=1)],
    "embedding": [
        lambda: gl.Embedding(2, 3, embeddings_constraint="unit_norm"),
    ],
    "gaussian_dropout": [lambda: gl.GaussianDropout(0.3, seed=1)],
    "group_normalization": [lambda: gl.GroupNormalization(1, center=False)],
    "identity": [gl.Identity],
    "lambda": [lambda: gl.Lambda(lambda x: gg.tanh(x) * 2.0 - x)],
    "layer_normalization": [
        lambda: gl.LayerNormalization(center=False),
        lambda: gl.LayerNormalization(scale=False, epsilon=0.1),
        lambda: gl.LayerNormalization(axis=[-1]),
    ],
    "normalization": [
        lambda: gl.Normalization(mean=[0.0, 1.0, 2.0, 3.0], variance=[1.0] * 4),
        lambda: gl.Normalization(mean=0.5, variance=4.0, invert=True),
        lambda: gl.Normalization(axis=None, mean=0.5, variance=4.0),
    ],
    "permute": [lambda: gg.Sequential([gl.Reshape((2, 2)), gl.Permute((2, 1))])],
    "pooling": [
        lambda: gg.Sequential([gl.Reshape((2, 2)), gl.GlobalAveragePooling1D()]),
        lambda: gg.Sequential([gl.Reshape((2, 2)), gl.GlobalMaxPooling1D()]),
        lambda: gg.Sequential(
            [gl.Reshape((2, 1, 2)), gl.GlobalAveragePooling2D(keepdims=True)]
        ),
        lambda: gg.Sequential([gl.Reshape((2, 2, 1)), gl.GlobalMaxPooling2D()]),
    ],
    "spatial_dropout": [
        lambda: gg.Sequential([gl.Reshape((2, 2)), gl.SpatialDropout1D(0.5, seed=1)])
    ],
    "softmax": [lambda: gg.Sequential([gl.Reshape((2, 2)), gl.Softmax(1)])],
}
EACH = [
    (f"{name}-{i}", make)
    for name, all_ in LAYERS.items()
    for i, make in enumerate(all_)
]


def classes(door: Any, base: type) -> list[str]:
    """Return the names of the classes of a door."""
    found = {name: getattr(door, name) for name in door.__all__}
    return [
        name
        for name, each in found.items()
        if inspect.isclass(each) and issubclass(each, base) and each is not base
    ]


ACTIVATIONS = [
    name
    for name in gg.activations.__all__
    if name not in {"get", "serialize", "deserialize", "glu", "threshold"}
]


def data(outputs: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of numbers, and labels of 0 and 1 or classes of so many."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (ROWS, 4)).astype("float32")
    labels = rng.integers(0, max(outputs, 2), ROWS)
    y = np.eye(outputs)[labels] if outputs > 1 else labels[:, None]
    return x, y.astype("float32")


def check_stages(
    model: gg.Sequential, given: tuple[Any, ...], check: Check, *stages: str
) -> None:
    """Train for three steps, so that there is a history, and check the equations."""
    x, y, *weight = given
    model.fit(x, y, ROWS, 3, verbose=0, sample_weight=weight[0] if weight else None)
    for stage in stages or ("compile", "fit"):
        reads = (x,) if stage in ("build", "predict") else given
        if stage == "evaluate":
            model.evaluate(x, y, ROWS, verbose=0, sample_weight=(weight or [None])[0])
        if stage == "predict":
            model.predict(x, ROWS, verbose=0)
        check(gg.explain(model, stage, example=reads), *reads)


def net(*inner: gg.Layer) -> gg.Sequential:
    """Return a model of these layers between an input and an output."""
    gg.set_random_seed(1)
    return gg.Sequential([gg.Input((4,)), *inner, gg.Flatten(), gg.Dense(1)])


@pytest.mark.parametrize("make", [m for _, m in EACH], ids=[n for n, _ in EACH])
def test_layers(make: Make, check_equations: Check) -> None:
    """At every stage, as recorded and as it ran."""
    model = net(make(), gg.Dense(2))
    model.compile("adam", "mse")
    check_stages(model, data(), check_equations, *STAGES)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name: str, check_equations: Check) -> None:
    """Within a layer, and at its end; with what a first step left."""
    model = net(gg.Dense(4, name), gl.Activation(name))
    model.compile("sgd", "mse")
    check_stages(model, data(), check_equations)


MIXED: list[dict[str, Any]] = [
    {},
    {"clipnorm": 0.01},
    {"global_clipnorm": 0.01},
    {"clipvalue": 0.001},
    {"weight_decay": 0.1},
    {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    {"gradient_accumulation_steps": 2},
    {"learning_rate": gg.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)},
    {
        "clipnorm": 0.01,
        "weight_decay": 0.1,
        "use_ema": True,
        "gradient_accumulation_steps": 3,
    },
]
OWN: dict[str, list[dict[str, Any]]] = {
    "Adam": [{"amsgrad": True}, {"beta_1": 0.5, "epsilon": 0.1}],
    "AdamW": [{"amsgrad": True, "weight_decay": 0.5}],
    "Adadelta": [{"rho": 0.5}],
    "Adagrad": [{"initial_accumulator_value": 0.5}],
    "Ftrl": [
        {"l1_regularization_strength": 0.01, "l2_regularization_strength": 0.02},
        {"l2_shrinkage_regularization_strength": 0.1, "beta": 0.5},
        {"learning_rate_power": -0.25},
    ],
    "Lion": [{"beta_1": 0.5, "weight_decay": 0.1}],
    "RMSprop": [
        {"centered": True},
        {"momentum": 0.5},
        {"centered": True, "momentum": 0.5},
    ],
    "SGD": [{"momentum": 0.5, "nesterov": True, "clipnorm": 0.01, "weight_decay": 0.1}],
}
OPTIMIZERS = classes(gg.optimizers, gg.optimizers.Optimizer)
SETTINGS = [
    *itertools.product(OPTIMIZERS, MIXED),
    *((name, each) for name, all_ in OWN.items() for each in all_),
]


@pytest.mark.parametrize(
    ("name", "options"), SETTINGS, ids=[f"{n}-{'-'.join(o)}" for n, o in SETTINGS]
)
def test_optimizers(name: str, options: Any, check_equations: Check) -> None:
    """Each with its own options, and with those that all have."""
    model = net(gg.Dense(3, "tanh"))
    model.compile(getattr(gg.optimizers, name)(**options), "mse")
    check_stages(model, data(), check_equations)


SCHEDULES: dict[str, tuple[Any, ...]] = {
    "CosineDecay": (0.1, 4, 0.1, None, 0.3, 2),
    "CosineDecayRestarts": (0.1, 2, 1.5, 0.5, 0.1),
    "ExponentialDecay": (0.1, 2, 0.5, True),
    "InverseTimeDecay": (0.1, 2, 0.5, True),
    "PiecewiseConstantDecay": ([1, 2], [0.1, 0.2, 0.3]),
    "PolynomialDecay": (0.1, 2, 0.01, 2.0, True),
}


def test_schedules_are_all_here() -> None:
    """Those that the door has."""
    base = gg.optimizers.schedules.LearningRateSchedule
    assert set(SCHEDULES) == set(classes(gg.optimizers.schedules, base))


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules(name: str, check_equations: Check) -> None:
    """The rate of a step is computed in it."""
    rate = getattr(gg.optimizers.schedules, name)(*SCHEDULES[name])
    model = net(gg.Dense(3, "tanh"))
    model.compile(gg.optimizers.SGD(rate), "mse")
    check_stages(model, data(), check_equations)


LOSSES: list[tuple[str, dict[str, Any]]] = [
    ("BinaryCrossentropy", {"from_logits": True}),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}),
    ("BinaryFocalCrossentropy", {"from_logits": True, "apply_class_balancing": True}),
    ("BinaryFocalCrossentropy", {"gamma": 3.0, "alpha": 0.3, "label_smoothing": 0.1}),
    ("CategoricalCrossentropy", {"from_logits": True}),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}),
    ("CategoricalFocalCrossentropy", {"from_logits": True, "gamma": 1.5}),
    ("CategoricalFocalCrossentropy", {"alpha": 0.5, "label_smoothing": 0.1}),
    ("SparseCategoricalCrossentropy", {"from_logits": True}),
    ("SparseCategoricalCrossentropy", {"from_logits": True, "ignore_class": 1}),
    ("CosineSimilarity", {"axis": -1}),
    ("Huber", {"delta": 0.1}),
    ("Tversky", {"alpha": 0.3, "beta": 0.7, "axis": -1}),
    ("MeanSquaredError", {"reduction": "sum"}),
    ("MeanSquaredError", {"reduction": "mean_with_sample_weight"}),
    ("MeanAbsoluteError", {"reduction": "sum"}),
]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    ("name", "options"), LOSSES, ids=[f"{n}-{'-'.join(o)}" for n, o in LOSSES]
)
def test_losses(
    name: str, options: Any, *, weighted: bool, check_equations: Check
) -> None:
    """With and without weights of samples."""
    gg.set_random_seed(1)
    logits = options.get("from_logits")
    x, y = data(3)
    if name.startswith("Sparse"):
        y = y.argmax(-1).astype("float32")
    last = gg.Dense(3, None if logits else "softmax")
    model = gg.Sequential([gg.Input((4,)), gg.Dense(4, "tanh"), last])
    model.compile("sgd", getattr(gg.losses, name)(**options))
    weight = np.linspace(0.5, 1.5, ROWS).astype("float32")
    given = (x, y, weight) if weighted else (x, y)
    check_stages(model, given, check_equations, "compile", "fit", "evaluate")


REGULARIZERS = [
    gg.regularizers.L1(0.1),
    gg.regularizers.L2(0.1),
    gg.regularizers.L1L2(0.1, 0.2),
    gg.regularizers.OrthogonalRegularizer(0.1),
    gg.regularizers.OrthogonalRegularizer(0.1, mode="columns"),
]
CONSTRAINTS = [
    gg.constraints.MaxNorm(0.5),
    gg.constraints.MaxNorm(0.5, axis=1),
    gg.constraints.MinMaxNorm(0.5, 0.6, 0.5),
    gg.constraints.NonNeg(),
    gg.constraints.UnitNorm(),
]


@pytest.mark.parametrize("regularizer", REGULARIZERS, ids=str)
def test_regularizers(regularizer: Any, check_equations: Check) -> None:
    """Of weights and of outputs."""
    dense = gg.Dense(3, "tanh", kernel_regularizer=regularizer)
    also = gg.Dense(2, activity_regularizer=regularizer)
    model = net(dense, also)
    model.compile("adam", "mse")
    check_stages(model, data(), check_equations, "compile", "fit", "evaluate")


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("constraint", CONSTRAINTS, ids=str)
def test_constraints(constraint: Any, optimizer: str, check_equations: Check) -> None:
    """Of kernels and biases, after each update."""
    bias = None if getattr(constraint, "axis", 0) else constraint
    dense = gg.Dense(3, "tanh", kernel_constraint=constraint, bias_constraint=bias)
    model = net(dense, gg.Dense(2))
    model.compile(optimizer, "mse")
    check_stages(model, data(), check_equations)


# What each needs to be made, and those that take the number of the class.
NEEDED: dict[str, tuple[Any, ...]] = {
    "IoU": (3, [0, 1], None, None, None, True, False),
    "MeanIoU": (3, None, None, None, True, False),
    "OneHotIoU": (3, [0, 1]),
    "OneHotMeanIoU": (3,),
    "ConfusionMatrix": (3,),
    "PrecisionAtRecall": (0.5,),
    "RecallAtPrecision": (0.5,),
    "SensitivityAtSpecificity": (0.5,),
    "SpecificityAtSensitivity": (0.5,),
    "SparseTopKCategoricalAccuracy": (2,),
    "TopKCategoricalAccuracy": (2,),
}
OF_NUMBERS = ("Sparse", "IoU", "MeanIoU")
OF_ONE_OUTPUT = ("BinaryAccuracy", "BinaryIoU", "ConfusionTable", "Decision")
BASES = {"Mean", "Sum", "MeanMetricWrapper"}
METRICS = [n for n in classes(gg.metrics, gg.metrics.Metric) if n not in BASES]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("name", METRICS)
def test_metrics(name: str, *, weighted: bool, check_equations: Check) -> None:
    """Every metric that can be compiled, as it counts in training and evaluation."""
    gg.set_random_seed(1)
    outputs = 1 if name.startswith(OF_ONE_OUTPUT) else 3
    x, y = data(outputs)
    loss = "categorical_crossentropy" if outputs > 1 else "bce"
    if name.startswith(OF_NUMBERS):
        y, loss = y.argmax(-1).astype("float32"), "sparse_categorical_crossentropy"
    last = gg.Dense(outputs, "softmax" if outputs > 1 else "sigmoid")
    model = gg.Sequential([gg.Input((4,)), last])
    metric = getattr(gg.metrics, name)(*NEEDED.get(name, ()))
    plain, weighed = ([], [metric]) if weighted else ([metric], [])
    model.compile("sgd", loss, metrics=plain, weighted_metrics=weighed)
    weight = np.linspace(0.5, 1.5, ROWS).astype("float32")
    given = (x, y, weight) if weighted else (x, y)
    check_stages(model, given, check_equations, "compile", "fit", "evaluate")


def test_weights_of_classes(check_equations: Check) -> None:
    """They are weights of samples, by the labels."""
    x, y = data()
    model = net(gg.Dense(2, "tanh"))
    model.compile("adam", "mse")
    model.fit(x, y, ROWS, 2, verbose=0, class_weight={0: 0.5, 1: 2.0})
    weight = np.where(y[:, 0] == 1, 2.0, 0.5).astype("float32")
    explained = gg.explain(model, "fit")
    assert "sample_weight" in str(explained)
    check_equations(explained, x, y, weight)


def test_a_layer_used_twice_and_a_frozen_one(check_equations: Check) -> None:
    """The gradients of both uses are added up; a frozen layer has none."""
    shared, frozen = gg.Dense(4, "tanh", kernel_regularizer="l2"), gg.Dense(4, "relu")
    frozen.trainable = False
    model = net(shared, frozen, shared)
    model.compile(gg.optimizers.Adam(clipnorm=0.1), "mse")
    check_stages(model, data(), check_equations, *STAGES)
