"""One of everything that a file may describe, by the class's name."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers import _config

# What arguments that a class asks for may be, by their names.
REQUIRED: dict[str, Any] = {
    "activation": "relu",
    "boundaries": [5],
    "decay_rate": 0.5,
    "decay_steps": 10,
    "dims": (2, 1),
    "first_decay_steps": 10,
    "fn": gg.losses.mean_squared_error,
    "function": gg.tanh,
    "initial_learning_rate": 0.1,
    "input_dim": 9,
    "n": 2,
    "num_classes": 2,
    "output_dim": 2,
    "precision": 0.5,
    "rate": 0.5,
    "recall": 0.5,
    "scale": 0.5,
    "sensitivity": 0.5,
    "specificity": 0.5,
    "stddev": 0.5,
    "target_class_ids": [0, 1],
    "target_shape": (3, -1),
    "units": 2,
    "values": [0.1, 0.05],
}
# What a class's own defaults do not make for small inputs, or leave out.
OWN: dict[type, dict[str, Any]] = {
    gg.layers.GroupNormalization: {"groups": 3},
    gg.layers.Normalization: {"mean": 0.0, "variance": 1.0},
    gg.layers.PReLU: {"shared_axes": [1]},
    gg.layers.Dropout: {"noise_shape": (None, 1)},
    gg.layers.Sequential: {"layers": [gg.Dense(2)]},
    gg.losses.FunctionLoss: {"function": "log_cosh"},
    gg.metrics.ConfusionMatrix: {"num_classes": 2},
    gg.optimizers.SGD: {"gradient_accumulation_steps": 2},
    gg.optimizers.Adam: {"use_ema": True, "ema_overwrite_frequency": 2},
}
# The same of functions; where nothing is said, it is a number.
NEEDED: dict[str, Any] = {
    "axis": -1,
    "axis1": 1,
    "axis2": 2,
    "axes": [1],
    "depth": 3,
    "destination": 1,
    "dtype": "float32",
    "index": [0],
    "indices": [0, 1],
    "indices_or_sections": 2,
    "newshape": [-1, 3, 2],
    "num_classes": 3,
    "pad_width": [[0, 0], [0, 1], [0, 0]],
    "repeats": 2,
    "reps": 2,
    "shape": [2, 3],
    "shift": 1,
    "source": 1,
}
# What others are derived from, and the metrics that only code of one's own can use.
NOT_DESCRIBED = (
    "Constraint", "Initializer", "Layer", "LearningRateSchedule", "Loss", "Mean",
    "Metric", "Optimizer", "Regularizer", "Sum",
)  # fmt: skip


def classes(door: str) -> dict[str, type]:
    """Return the classes that descriptions may name of a public module."""
    offered = _config._behind(f"graphgrad.{door}").values()
    found = {
        each.__name__: each
        for each in offered
        if inspect.isclass(each) and issubclass(each, _config.Configurable)
    }
    return {n: each for n, each in found.items() if n not in NOT_DESCRIBED}


def thing(kind: type) -> Any:
    """Return one of a class, with what it asks for."""
    parameters = inspect.signature(kind).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind in (1, 3)]
    given = {name: REQUIRED[name] for name in needed}
    return kind(**{**given, **OWN.get(kind, {})})


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Return all functions that descriptions may name, each once."""
    seen = set()
    for module in ("graphgrad", *(f"graphgrad.{d}" for d in _config._FUNCTIONS)):
        names = gg.__all__ if module == "graphgrad" else _config._behind(module)
        for name in names:
            found = _config._offered(module, name, function=True)
            if found is not None and found not in seen:
                seen.add(found)
                yield name, found


# ---- models that use them ------------------------------------------------------------

ROWS = 2
SAMPLES = [(6,), (3, 2), (3, 2, 1)]


def with_layer(kind: type) -> gg.Sequential:
    """Return a model of a layer alone, for the smallest sample that it takes."""
    for sample in SAMPLES:
        with contextlib.suppress(gg.GraphgradError):
            model = gg.Sequential([gg.Input(sample), thing(kind)])
            model.predict(np.ones((ROWS, *sample), "float32"), verbose=0)
            return model
    raise LookupError(f"give {kind.__name__} what suits one of {SAMPLES} in OWN")


# A last layer, a loss that suits it, and labels.
ONE_HOT = np.eye(2, dtype="float32")
CLASSES = np.array([0, 1])
TASKS: list[tuple[Any, str, Any]] = [
    (gg.Activation("softmax"), "categorical_crossentropy", ONE_HOT),
    (gg.Activation("softmax"), "sparse_categorical_crossentropy", CLASSES),
    (gg.layers.Lambda(gg.abs), "mse", ONE_HOT),
    (gg.Dense(1), "mse", CLASSES),
    (gg.Dense(1, "sigmoid"), "mse", CLASSES),
]


def compiled_with(**given: Any) -> gg.Sequential:
    """Return a model that was compiled with a thing, and for labels that suit it."""
    for last, loss, labels in TASKS:
        again = gg.layers.deserialize(gg.layers.serialize(last))
        model = gg.Sequential([gg.Input((6,)), gg.Dense(2), again])
        with contextlib.suppress(gg.GraphgradError):
            model.compile(**{"loss": loss, **given})
            model.evaluate(np.ones((ROWS, 6), "float32"), labels, verbose=0)
            return model
    raise LookupError(f"no task suits {given}: add one to TASKS")
