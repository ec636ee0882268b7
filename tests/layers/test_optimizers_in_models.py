"""Optimizers in models: what they do is in the graph, and runs as it stands there."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.optimizers import SGD, Adam, AdamW, Nadam, Optimizer, OptimizerError
from graphgrad.optimizers.schedules import CosineDecay, PiecewiseConstantDecay

Array = np.ndarray[Any, Any]


def everything() -> Optimizer:
    """Return an optimizer that uses all there is."""
    return AdamW(
        CosineDecay(0.01, 30, warmup_target=0.1, warmup_steps=3),
        global_clipnorm=1.0,
        use_ema=True,
        ema_overwrite_frequency=3,
        gradient_accumulation_steps=2,
    )


def data(rows: int = 32) -> tuple[Array, Array]:
    """Return random samples with labels 0 and 1."""
    x = np.random.default_rng(0).normal(size=(rows, 3)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def network(optimizer: Any, units: int = 4) -> gg.Sequential:
    """Return a compiled network with fixed weights."""
    model = gg.Sequential(
        [gg.Input((3,)), gg.Dense(units, "tanh"), gg.Dense(1, "sigmoid")]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.weights])
    model.compile(optimizer, "binary_crossentropy")
    return model


def test_a_schedule_is_a_part_of_the_graph() -> None:
    """Its nodes are in the update, in the place of the optimizer."""
    model = network(SGD(CosineDecay(0.5, 10)))
    graph = model.graph("compile")
    (cosine,) = (node for node in graph.operations if node.op.name == "cos")
    assert ("update", "SGD") == (cosine.phase, cosine.scope)
    assert "SGD/learning_rate" not in {node.name for node in graph.states}


def test_fit_follows_the_schedule() -> None:
    """A rate of 0 after the second step leaves the weights from there on."""
    x, y = data(8)
    rates = PiecewiseConstantDecay([1], [0.5, 0.0])
    scheduled, plain = network(SGD(rates)), network(SGD(0.5))
    scheduled.fit(x, y, epochs=5, verbose=0, shuffle=False)
    plain.fit(x, y, epochs=2, verbose=0, shuffle=False)
    for one, other in zip(scheduled.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    optimizer = scheduled.optimizer
    assert optimizer is not None
    assert 0.0 == float(optimizer.learning_rate)
    assert 5 == int(optimizer.iterations)


@pytest.mark.parametrize("make", [everything, lambda: Nadam(0.1, clipvalue=0.01)])
def test_fit_equals_eager_steps(make: Any) -> None:
    """The program of fit leaves what tensors leave, in weights and in state."""
    x, y = data(8)
    compiled, eager = network(make()), network(make())
    compiled.fit(x, y, epochs=7, verbose=0, shuffle=False)
    loss_of, optimizer = eager.loss, eager.optimizer
    assert loss_of is not None
    assert optimizer is not None
    for _ in range(7):
        loss = loss_of(gg.tensor(y[:, None]), eager(x, training=True))
        grads = gg.gradients(loss, eager.trainable_weights)
        optimizer.apply(list(zip(grads, eager.trainable_weights, strict=True)))
    optimizer.finalize_variable_values(eager.trainable_weights)
    trained = compiled.optimizer
    assert trained is not None
    trained.finalize_variable_values(compiled.trainable_weights)
    state = zip(trained.variables, optimizer.variables, strict=True)
    weights = zip(compiled.weights, eager.weights, strict=True)
    for one, other in [*state, *weights]:
        assert one.name == other.name
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=1e-5)


def test_fit_ends_with_averages() -> None:
    """Once more than every ``ema_overwrite_frequency`` steps, as in Keras."""
    x, y = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    model = gg.Sequential(
        [gg.Input((1,)), gg.Dense(1, kernel_initializer="ones", use_bias=False)]
    )
    optimizer = gg.optimizers.SGD(0.25, use_ema=True, ema_momentum=0.75)
    model.compile(optimizer, "mse")
    # Each step halves the weight: 0.5, then 0.25, whose average is 0.4375.
    model.fit(x, y, epochs=2, verbose=0)
    assert 0.4375 == model.get_weights()[0].item()


def test_larger_batches_are_accumulated_small_ones() -> None:
    """Four batches of 8 with accumulation make the step of one batch of 32."""
    x, y = data(32)
    small = network(Adam(0.1, gradient_accumulation_steps=4))
    large = network(Adam(0.1))
    small.fit(x, y, batch_size=8, epochs=3, verbose=0, shuffle=False)
    large.fit(x, y, batch_size=32, epochs=3, verbose=0, shuffle=False)
    for one, other in zip(small.get_weights(), large.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_frozen_weights_are_untouched() -> None:
    """Neither decay nor averages reach them."""
    model = network("sgd")
    model.layers[0].trainable = False
    model.compile(everything(), "binary_crossentropy")
    before = model.layers[0].get_weights()
    x, y = data(8)
    model.fit(x, y, epochs=6, verbose=0)
    for one, other in zip(before, model.layers[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_one_optimizer_serves_one_model() -> None:
    """The second model is told so when it is compiled, and keeps what it had."""
    optimizer = everything()
    network(optimizer)
    with pytest.raises(OptimizerError, match="make one optimizer per model"):
        network(optimizer)


@pytest.mark.parametrize(
    "twin", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))]
)
def test_copies_train_on_alike(twin: Any) -> None:
    """With all state: counters, averages, sums of gradients."""
    x, y = data(8)
    model = network(everything())
    model.fit(x, y, epochs=3, verbose=0)
    other = twin(model)
    one, two = (
        each.fit(x, y, epochs=4, verbose=0, shuffle=False).history
        for each in (model, other)
    )
    assert one == two


def test_a_step_with_everything_allocates_no_array() -> None:
    """I6: each array of the large weight has 96 KB."""
    x, y = data(8)
    model = network(everything(), units=8192)
    model.fit(x, y, epochs=3, verbose=0)
    program = model._stages.program("fit", 8)
    tracemalloc.start()
    try:
        with np.errstate(all="ignore"):
            program.run()
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            for _ in range(4):
                program.run()
            now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - before < 48_000
    assert peak - before < 48_000
