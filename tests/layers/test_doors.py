"""Keras' submodule names lead to our losses, optimizers and so on."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

DOORS = {
    "activations": {"relu", "sigmoid", "softmax", "get"},
    "backend": {"clear_session", "epsilon", "floatx"},
    "callbacks": {"Callback", "CallbackList", "History"},
    "config": {"epsilon", "floatx", "set_floatx"},
    "constraints": {"MaxNorm", "NonNeg", "UnitNorm", "get"},
    "contracts": {"Contract", "Drift", "DriftWarning", "Values"},
    "initializers": {"GlorotUniform", "Zeros", "get"},
    "losses": {"BinaryCrossentropy", "Loss", "mean_squared_error", "get"},
    "metrics": {"BinaryAccuracy", "Mean", "Metric", "get"},
    "models": {"Sequential", "clone_model", "load_model", "model_from_json"},
    "ops": {"convert_to_tensor", "matmul", "mean", "relu", "shape", "where"},
    "optimizers": {"Adam", "Optimizer", "RMSprop", "SGD", "get", "schedules"},
    "optimizers.schedules": {"CosineDecay", "LearningRateSchedule"},
    "regularizers": {"L1", "L1L2", "L2", "get"},
    "saving": {"load_model", "save_model", "register_keras_serializable"},
    "utils": {"normalize", "plot_model", "set_random_seed", "to_categorical"},
}


@pytest.mark.parametrize("name", DOORS)
def test_a_door_lists_what_is_behind_it(name: str) -> None:
    """Each name of the list is there, public, and documented; the usual ones are."""
    door = import_module(f"graphgrad.{name}")
    assert DOORS[name] <= set(door.__all__)
    assert sorted(door.__all__) == sorted(set(door.__all__))
    for each in door.__all__:
        thing = getattr(door, each)
        assert not each.startswith("_")
        assert (inspect.getdoc(thing) or "").split("\n\n")[0].endswith(".")


@pytest.mark.parametrize("name", DOORS)
def test_a_door_hides_nothing_else(name: str) -> None:
    """What it imports, it lists."""
    door = import_module(f"graphgrad.{name}")
    found = {each for each in vars(door) if not each.startswith("_")}
    assert set(door.__all__) == found - {"annotations"}
