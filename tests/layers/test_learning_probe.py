"""What `LearningMonitor` measures within the program is what NumPy computes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from cases.learning import RATE, net, program, run

import graphgrad as gg
from graphgrad.callbacks import (
    LayerView,
    StepView,
)
from graphgrad.layers._learning_probe import LearningProbe, measures


def length(arrays: list[Any]) -> float:
    """Return the length of all arrays taken as one vector."""
    return float(np.sqrt(sum((each.astype(float) ** 2).sum() for each in arrays)))


def test_gradients_and_steps_are_those_that_changed_the_weights() -> None:
    """The means over the steps of an epoch, from the weights before and after each."""
    probe = LearningProbe()
    model = net(gg.Dense(4, "tanh"), gg.Dense(1))
    step, rng = program(model, probe, 8), np.random.default_rng(0)
    for _ in range(2):  # the second epoch forgets the first
        probe.reset_state()
        norms: dict[str, list[float]] = {"dense": [], "dense_1": []}
        ratios: dict[str, list[float]] = {"dense": [], "dense_1": []}
        for _ in range(3):
            before = {layer.name: layer.get_weights() for layer in model.layers}
            run(step, rng.normal(size=(8, 3)), rng.normal(size=(8, 1)))
            for layer in model.layers:
                old, new = before[layer.name], layer.get_weights()
                change = [b - a for a, b in zip(old, new, strict=True)]
                norms[layer.name].append(length(change) / RATE)
                ratios[layer.name].append(length(change) / length(old))
        found = probe.values()
        for name in ("dense", "dense_1"):
            assert np.mean(norms[name]) == pytest.approx(
                found[f"gradient_norm/{name}"], rel=1e-4
            )
            assert np.mean(ratios[name]) == pytest.approx(
                found[f"update_ratio/{name}"], rel=1e-4
            )


def test_a_unit_is_dead_if_it_was_0_for_every_sample_of_the_epoch() -> None:
    """One sample in one batch is enough to live."""
    probe = LearningProbe()
    model = net(gg.Dense(3, "relu", kernel_initializer="zeros"), gg.Dense(1), width=1)
    # Units: above 0 for positive x, for negative x, never; their inputs do not change.
    model.layers[0].set_weights([[[1.0, -1.0, 0.0]], [0.0, 0.0, -1.0]])
    model.layers[0].trainable = False
    two, one = program(model, probe, 2), program(model, probe, 1)
    run(two, [[1.0], [2.0]])
    assert 2 / 3 == pytest.approx(probe.values()["dead_units/dense"])
    run(one, [[-1.0]])
    assert 1 / 3 == pytest.approx(probe.values()["dead_units/dense"])
    probe.reset_state()
    run(one, [[0.0]])
    assert 1.0 == probe.values()["dead_units/dense"]
    assert "gradient_norm/dense" not in probe.values()


@pytest.mark.parametrize(
    ("activation", "inputs", "share"),
    [
        ("sigmoid", [0.0, 4.0, 5.0, -5.0], 0.5),  # 4: 0.982; 5: 0.9933
        ("tanh", [0.0, 2.0, 3.0, -3.0], 0.5),  # 2: 0.964; 3: 0.9951
        ("hard_sigmoid", [0.0, 2.9, 3.0, -9.0], 0.5),  # 2.9: 0.983
        ("softsign", [0.0, 9.0, 98.0, 101.0], 0.25),  # 98: 0.9899; 101: 0.9902
    ],
)
def test_saturation_is_the_share_of_outputs_at_their_limits(
    activation: str, inputs: list[float], share: float
) -> None:
    """Within 0.01 of them, over all samples of the epoch."""
    probe = LearningProbe()
    model = net(gg.Activation(activation), gg.Dense(1), width=1)
    run(program(model, probe, 4), np.reshape(inputs, (4, 1)))
    assert share == probe.values()["saturation/activation"]
    run(program(model, probe, 2), np.zeros((2, 1)))
    found = probe.values()["saturation/activation"]
    assert share * 4 / 6 == pytest.approx(found)


def test_weights_that_are_all_0_have_no_ratio() -> None:
    """There is nothing to compare the step with."""
    probe = LearningProbe()
    model = net(gg.Dense(1, kernel_initializer="zeros"))
    run(program(model, probe, 1), np.ones((1, 3)), 1.0)
    assert 0 == probe.values()["update_ratio/dense"]
    assert 0 < probe.values()["gradient_norm/dense"]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (gg.Dense(1, "relu"), ["dead_units"]),
        (gg.Dense(1, "sigmoid"), ["saturation"]),
        (gg.Dense(1, "softmax"), []),
        (gg.Dense(1), []),
        (gg.Activation("relu6"), ["dead_units"]),
        (gg.Dropout(0.5), []),
    ],
)
def test_layers_are_measured_by_their_activation(
    layer: gg.Layer, expected: list[str]
) -> None:
    """A softmax is meant to be at its limits."""
    assert expected == measures(layer, [])
    weight = gg.Variable(1.0)
    assert ["gradient_norm", "update_ratio", *expected] == measures(layer, [weight])


def test_a_layer_that_is_used_twice_is_measured_once() -> None:
    """Its units live if they do in either place."""
    probe, layer = LearningProbe(), gg.Activation("relu", name="twice")
    views = [
        LayerView("twice", layer, gg.tensor([[1.0, 0.0, 0.0]])),
        LayerView("twice", layer, gg.tensor([[0.0, 1.0, 0.0]])),
    ]
    probe.record(StepView(1, views, {}, {}, {}))
    assert {"dead_units/twice": pytest.approx(1 / 3)} == probe.values()


def test_what_is_measured_takes_no_memory_in_a_step() -> None:
    """I6: arrays of this step have 256 KB or more, NumPy's own buffers 64."""
    probe = LearningProbe()
    model = net(gg.Dense(1024, "relu"), gg.Dense(256, "tanh"), width=64)
    made = program(model, probe, 1024)
    run(made, 0.5)
    made.run()
    tracemalloc.start()
    try:
        made.run()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(5):
            made.run()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 100_000


def test_measuring_changes_no_bit_of_the_training() -> None:
    """The weights are the same with the probe and without."""

    class Nothing(LearningProbe):
        def record(self, step: StepView) -> None:
            """Record nothing."""

    results = []
    for probe in (LearningProbe(), Nothing()):
        model = net(gg.Dense(4, "relu"), gg.Dense(1))
        made = program(model, probe, 8)
        for seed in range(3):
            run(made, np.random.default_rng(seed).normal(size=(8, 3)), 1.0)
        results.append(model.get_weights())
    for one, other in zip(*results, strict=True):
        assert np.array_equal(one, other)
