"""Metrics that are objects or functions come back with the model they measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import graphgrad as gg


def half(y_true: Any, y_pred: Any) -> Any:
    """Be a metric of the user's."""
    return gg.mean(gg.abs(y_true - y_pred), axis=-1) / 2


METRICS: list[Any] = [
    gg.metrics.AUC(num_thresholds=7),
    gg.metrics.Precision(thresholds=0.25, name="early"),
    gg.metrics.Recall,
    gg.metrics.F1Score(threshold=0.5),
    gg.metrics.BinaryAccuracy(threshold=0.75),
    "accuracy",
    half,
]


@pytest.mark.parametrize("metric", METRICS, ids=str)
def test_a_metric_comes_back_with_its_state(metric: Any, tmp_path: Path) -> None:
    """As it was given: an object, a class, a name or a function."""
    path = tmp_path / "model.safetensors"
    rng = np.random.default_rng(0)
    x = rng.normal(size=(20, 3)).astype("float32")
    y = (x.sum(axis=1, keepdims=True) > 0).astype("float32")
    model = gg.Sequential([gg.Input((3,)), gg.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=[metric])
    model.fit(x, y, verbose=0)
    with gg.saving.custom_object_scope({"half": half}):
        model.save(path)
        other = gg.load_model(path)
    assert model.get_compile_config() == other.get_compile_config()
    for one, two in zip(model.metrics, other.metrics, strict=True):
        assert type(one) is type(two)
        assert one.name == two.name
        for mine, its in zip(one.variables, two.variables, strict=True):
            np.testing.assert_array_equal(mine.numpy(), its.numpy())
    assert model.evaluate(x, y, verbose=0) == other.evaluate(x, y, verbose=0)
