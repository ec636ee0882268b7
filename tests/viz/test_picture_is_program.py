"""The picture is the program: for random models, what is drawn is what was executed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.viz import to_dot

Read = Callable[[str], Any]

TASKS = {
    "mse": ("linear", 2, np.zeros((5, 2))),
    "binary_crossentropy": ("sigmoid", 1, np.array([0, 1, 1, 0, 1])),
    "categorical_crossentropy": ("softmax", 3, np.eye(3)[[0, 1, 2, 0, 1]]),
    "sparse_categorical_crossentropy": ("softmax", 3, np.array([0, 1, 2, 0, 1])),
}
HIDDEN: list[Callable[[], gg.Layer]] = [
    lambda: gg.Dense(3, "tanh"),
    lambda: gg.Dense(2, "relu", use_bias=False),
    lambda: gg.Dropout(0.2),
    lambda: gg.Activation("gelu"),
    gg.Flatten,
    gg.layers.BatchNormalization,
    lambda: gg.Dense(3, kernel_regularizer="l2", bias_constraint="max_norm"),
    lambda: gg.Sequential([gg.Dense(2, "selu"), gg.layers.GaussianNoise(0.1)]),
]
OPTIMIZERS: list[Callable[[], Any]] = [
    lambda: "sgd",
    lambda: "rmsprop",
    lambda: gg.optimizers.Adam(clipnorm=0.5, use_ema=True, weight_decay=0.01),
    lambda: gg.optimizers.Nadam(
        gg.optimizers.schedules.CosineDecay(0.1, 10), gradient_accumulation_steps=2
    ),
]


@st.composite
def trained(draw: st.DrawFn) -> tuple[gg.Sequential, list[str]]:
    """Draw a model, train it for a step, and return it with what was executed."""
    loss = draw(st.sampled_from(sorted(TASKS)))
    activation, units, y = TASKS[loss]
    layers = [make() for make in draw(st.lists(st.sampled_from(HIDDEN), max_size=4))]
    model = gg.Sequential([gg.Input((4,)), *layers, gg.Dense(units, activation)])
    metrics = None if loss == "mse" else ["accuracy"]
    model.compile(
        draw(st.sampled_from(OPTIMIZERS))(),
        loss,
        metrics=metrics,
        weighted_metrics=draw(st.sampled_from([None, metrics])),
    )
    weight = draw(st.sampled_from([None, np.arange(1.0, 6.0)]))
    watching = draw(st.sampled_from([[], [gg.callbacks.LearningMonitor()]]))
    with gg.record_execution() as record:
        model.fit(
            np.ones((5, 4)), y, verbose=0, sample_weight=weight, callbacks=watching
        )
    return model, record


@pytest.mark.filterwarnings("ignore::graphgrad.callbacks.LearningWarning")
@given(trained())
def test_drawn_nodes_and_edges_are_those_that_ran(
    read: Read, drawn: tuple[gg.Sequential, list[str]]
) -> None:
    """I1: the ids in the DOT text are the record's; the edges are its data flow."""
    model, record = drawn
    dot = read(to_dot(model, "fit").source)
    assert sorted(dot.nodes) == sorted(record)
    position = {name: i for i, name in enumerate(record)}
    assert all(position[source] < position[target] for source, target in dot.pairs)
    assert dot.pairs == sorted(model.graph("fit").edges)


@pytest.mark.filterwarnings("ignore::graphgrad.callbacks.LearningWarning")
@given(trained())
def test_used_models_are_drawn_as_they_ran(
    read: Read, drawn: tuple[gg.Sequential, list[str]]
) -> None:
    """The same for predict, whose program is another one."""
    model, _ = drawn
    with gg.record_execution() as record:
        model.predict(np.ones((3, 4)), verbose=0)
    assert sorted(read(to_dot(model, "predict").source).nodes) == sorted(record)
