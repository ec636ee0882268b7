"""Optimizers have Keras' numbers, eagerly and in programs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad._node import State
from graphgrad.layers._optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    Optimizer,
    OptimizerError,
    RMSprop,
)
from graphgrad.layers._schedules import CosineDecay, PolynomialDecay

f32 = np.float32
GRADIENTS = [[0.5, -0.5], [0.1, 0.3], [-0.2, 0.4]]

# Optimizer, three gradients, and the weights after them, from [1, 2] with a rate of
# 0.1: measured with Keras; the reference, section 2.
GOLDEN: list[tuple[Any, Any, list[float]]] = [
    (
        lambda: SGD(0.1, momentum=0.9, nesterov=True),
        [[0.5, -0.5]] * 3,
        [0.59755, 2.40245],
    ),
    (lambda: RMSprop(0.1), GRADIENTS, [0.7446532, 1.9572581]),
    (
        lambda: RMSprop(0.1, centered=True, momentum=0.5),
        GRADIENTS,
        [0.440193, 2.1374154],
    ),
    (lambda: Adam(0.1), GRADIENTS, [0.7852635, 2.0951936]),
    (lambda: AdamW(0.1), GRADIENTS, [0.7841761, 2.0927067]),
    (lambda: Adagrad(0.1), GRADIENTS, [0.9304407, 1.9876487]),
    (lambda: Adadelta(0.1), GRADIENTS, [0.9998952, 1.9999062]),
    (lambda: Adamax(0.1), GRADIENTS, [0.8202326, 2.0962088]),
    (lambda: Nadam(0.1), GRADIENTS, [0.8970388, 2.0012150]),
    (lambda: Ftrl(0.1), GRADIENTS, [0.3959183, 0.9186041]),
    (lambda: Lion(0.1), GRADIENTS, [0.9, 1.9]),
    (lambda: Adam(0.1, clipnorm=0.1), GRADIENTS, [0.7791430, 2.0297048]),
    (
        lambda: Adam(0.1, gradient_accumulation_steps=2),
        GRADIENTS,
        [0.9000017, 2.0999961],
    ),
    (
        lambda: SGD(0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2),
        GRADIENTS,
        [0.969, 2.007],
    ),
]
MAKERS: list[Any] = [
    SGD,
    lambda rate: SGD(rate, momentum=0.9),
    lambda rate: SGD(rate, momentum=0.9, nesterov=True),
    RMSprop,
    lambda rate: RMSprop(rate, momentum=0.5),
    lambda rate: RMSprop(rate, centered=True),
    Adam,
    lambda rate: Adam(rate, amsgrad=True),
    AdamW,
    Adagrad,
    Adadelta,
    Adamax,
    Nadam,
    Ftrl,
    Lion,
]
# With what all optimizers have in common.
COMBINED: list[Any] = [
    lambda rate: Adam(rate, clipnorm=0.5, use_ema=True, ema_overwrite_frequency=2),
    lambda rate: Nadam(
        rate, global_clipnorm=0.5, gradient_accumulation_steps=3, weight_decay=0.1
    ),
    lambda rate: RMSprop(
        PolynomialDecay(rate, 3),
        clipvalue=0.5,
        use_ema=True,
        gradient_accumulation_steps=2,
    ),
    lambda rate: Ftrl(CosineDecay(rate, 2), weight_decay=0.5),
]
sizes = st.floats(2.0**-9, 10, width=32)
gradients = hnp.arrays(f32, (4, 3), elements=sizes | sizes.map(lambda size: -size))


def steps(optimizer: Optimizer, weights: Any, grads: Any, dtype: Any = f32) -> Any:
    """Apply gradients one after the other, eagerly, and return the weights."""
    variable = gg.Variable(np.array(weights, dtype), name="w")
    for each in grads:
        optimizer.apply([(gg.tensor(np.array(each, dtype)), variable)])
    return variable.numpy()


def program(optimizer: Optimizer, *variables: gg.Variable) -> gg.Program:
    """Return the program of a step that takes the gradients as inputs."""

    def step(*grads: gg.Tensor) -> gg.Tensor:
        optimizer.apply(list(zip(grads, variables, strict=True)))
        return optimizer.learning_rate * 1

    optimizer.build(variables)
    specs = [gg.Spec(each.shape, each.dtype) for each in variables]
    return gg.Program(gg.passes.optimize(gg.trace(step, *specs)))


# ---- numbers -------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "grads", "expected"), GOLDEN)
def test_weights_after_three_steps_are_keras(
    make: Any, grads: Any, expected: list[float]
) -> None:
    """But for the rounding of float32, which is 2.4e-7 from 2 on."""
    found = steps(make(), [1, 2], grads)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2.5e-7)


@pytest.mark.parametrize(("make", "grads", "expected"), GOLDEN)
def test_programs_have_the_same_numbers(
    make: Any, grads: Any, expected: list[float]
) -> None:
    """A program run three times leaves the weights of three eager steps."""
    weight = gg.Variable(np.array([1, 2], f32), name="w")
    optimizer = make()
    run = program(optimizer, weight)
    for each in grads:
        run(np.array(each, f32))
    np.testing.assert_allclose(weight.numpy(), expected, rtol=0, atol=2.5e-7)
    assert 3 // (optimizer.gradient_accumulation_steps or 1) == optimizer.iterations


@pytest.mark.parametrize("make", [*MAKERS, *COMBINED])
@given(grads=gradients)
def test_eager_and_compiled_agree(make: Any, grads: Any) -> None:
    """Weights and slots are equal, several weights included.

    They are to the last bit, but for what depends on a norm: a sum is a product there.
    """
    eager, compiled = make(0.1), make(0.1)
    pairs = []
    for optimizer in (eager, compiled):
        a = gg.Variable(np.ones(3, f32), name="a")
        b = gg.Variable(np.zeros((1, 3), f32), name="b")
        pairs.append((a, b))
        run = program(compiled, a, b) if optimizer is compiled else None
        for each in grads:
            if run is not None:
                run(each, each[None])
            else:
                eager.apply([(gg.tensor(each), a), (gg.tensor(each[None]), b)])
    states = [
        [*own, *optimizer.variables]
        for own, optimizer in zip(pairs, (eager, compiled), strict=True)
    ]
    for one, other in zip(*states, strict=True):
        assert one.name == other.name
        rtol = 1e-6 if eager.clipnorm or eager.global_clipnorm else 0
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol, atol=rtol)


# ---- laws ----------------------------------------------------------------------------


@given(gradients)
def test_plain_descent_adds_up(grads: Any) -> None:
    """Without momentum the weights lose the rate times the sum of the gradients."""
    found = steps(SGD(0.5), np.zeros(3), grads, np.float64)
    np.testing.assert_allclose(found, -0.5 * grads.astype(float).sum(axis=0))


@given(gradients, st.floats(0, 0.99))
def test_momentum_is_a_geometric_sum(grads: Any, mu: float) -> None:
    """After k steps a gradient has moved the weight by (1 + μ + ... + μ^k) times."""
    count = len(grads)
    ages = [sum(mu**k for k in range(count - i)) for i in range(count)]
    expected = -0.1 * np.array(ages) @ grads.astype(float)
    found = steps(SGD(0.1, momentum=mu), np.zeros(3), grads, np.float64)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@given(gradients)
def test_adam_starts_with_the_rate_whatever_the_gradient(grads: Any) -> None:
    """The first step is the learning rate, against the sign of the gradient."""
    first = grads[:1]
    found = steps(Adam(0.1, epsilon=1e-12), np.zeros(3), first, np.float64)
    np.testing.assert_allclose(found, -0.1 * np.sign(first[0]), rtol=1e-7)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Adam(0.1, epsilon=1e-14),
        lambda: Adam(0.1, epsilon=1e-14, amsgrad=True),
        # Theirs is added before the root.
        lambda: RMSprop(0.1, epsilon=1e-24),
        lambda: RMSprop(0.1, momentum=0.5, epsilon=1e-24),
    ],
)
@given(grads=gradients, scale=st.sampled_from([0.25, 8.0]))
def test_adaptive_steps_do_not_depend_on_the_scale(
    make: Any, grads: Any, scale: float
) -> None:
    """Gradients times a number make the same steps, but for epsilon."""
    one = steps(make(), np.zeros(3), grads, np.float64)
    other = steps(make(), np.zeros(3), grads * scale, np.float64)
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("make", MAKERS)
@given(grads=gradients)
def test_directions_mirror(make: Any, grads: Any) -> None:
    """Opposite gradients lead to opposite weights."""
    found = [steps(make(0.1), np.zeros(3), sign * grads) for sign in (1, -1)]
    np.testing.assert_array_equal(found[0], -found[1])


@pytest.mark.parametrize("make", MAKERS)
@given(grads=gradients)
def test_weights_do_not_influence_each_other(make: Any, grads: Any) -> None:
    """One weight of three numbers is the same as three weights of one."""
    whole = steps(make(0.1), np.zeros(3), grads)
    parts = [gg.Variable(np.zeros(1, f32), name=f"w{i}") for i in range(3)]
    optimizer = make(0.1)
    for each in grads:
        optimizer.apply([(gg.tensor(each[i : i + 1]), parts[i]) for i in range(3)])
    np.testing.assert_array_equal(whole, np.concatenate([p.numpy() for p in parts]))


def test_amsgrad_never_forgets_a_large_gradient() -> None:
    """After one large gradient its steps stay smaller than Adam's."""
    grads = [[100.0], *[[1.0]] * 50]
    plain = steps(Adam(0.1, beta_2=0.5), [0], grads, np.float64)
    kept = steps(Adam(0.1, beta_2=0.5, amsgrad=True), [0], grads, np.float64)
    assert abs(kept[0]) < abs(plain[0])


def test_centered_rmsprop_survives_rounding() -> None:
    """Constant gradients have no variance; rounding below 0 must not give NaN."""
    optimizer = RMSprop(0.1, centered=True, epsilon=1e-12)
    grads = np.full((500, 1), 1234.567)
    assert np.isfinite(steps(optimizer, [1], grads)).all()


@pytest.mark.parametrize("make", MAKERS)
def test_slots_have_the_dtype_of_their_weight(make: Any) -> None:
    """Float32 stays float32, and float64 stays float64, in one model."""
    optimizer = make(0.1)
    weights = [
        gg.Variable(np.ones(2, dtype), name=f"layer/{dtype.__name__}")
        for dtype in (np.float32, np.float64)
    ]
    grads = [gg.tensor(np.ones(2, w.dtype)) for w in weights]
    optimizer.apply(list(zip(grads, weights, strict=True)))
    slots = [v for v in optimizer.variables if v.cell.kind == "slot"]
    assert len(slots) == 2 * len(optimizer.slots)
    for slot in slots:
        owner, name, weight = slot.name.split("/", 2)
        assert optimizer.name == owner
        assert name in optimizer.slots
        assert weight == f"layer/{slot.dtype}"
        assert not slot.trainable


# ---- on the graph --------------------------------------------------------------------


def test_what_weights_have_in_common_is_recorded_once() -> None:
    """Adam's correction is two powers per step, however many weights there are."""
    weights = [gg.Variable(np.ones(2, f32), name=f"w{i}") for i in range(5)]
    graph = program(Adam(0.1), *weights).graph
    names = [node.op.name for node in graph.operations]
    assert 2 == names.count("power")
    # Each weight, the two slots of all weights side by side, and the counter.
    assert 5 + 2 + 1 == names.count("assign")


def test_nodes_stand_in_the_place_of_the_optimizer() -> None:
    """All that an optimizer records is of phase update, in a scope of its name."""
    optimizer = Adam(0.1, name="mine")
    weight = gg.Variable(np.ones(2, f32), name="w")
    optimizer.build([weight])

    def step(g: gg.Tensor) -> None:
        optimizer.apply([(g, weight)])

    graph = gg.trace(step, gg.Spec((2,)))
    places = {(node.phase, node.scope) for node in graph.operations}
    assert {("update", "mine")} == places
    ops = [node.op for node in graph.states]
    cells = {op.name: op.cell.kind for op in ops if isinstance(op, State)}
    assert {
        "w": "parameter",
        "mine/learning_rate": "hyperparameter",
        "mine/iterations": "counter",
        "mine/momentum/w": "slot",
        "mine/velocity/w": "slot",
    } == cells


def test_the_learning_rate_may_change_while_a_program_runs() -> None:
    """The next run of the same program uses it; nothing is compiled again."""
    weight = gg.Variable(np.zeros(1, f32), name="w")
    optimizer = SGD(1.0)
    run = program(optimizer, weight)
    run(np.ones(1, f32))
    optimizer.learning_rate = 0.25
    run(np.ones(1, f32))
    rate = optimizer.learning_rate
    assert isinstance(rate, gg.Variable)
    rate.assign(0.5)
    run(np.ones(1, f32))
    assert [-1.75] == weight.numpy().tolist()
    assert 0.5 == float(optimizer.learning_rate)


def test_a_gradient_none_leaves_the_weight() -> None:
    """The loss does not depend on it; if on none, there is nothing to train."""
    a, b = (gg.Variable(np.ones(1), name=name) for name in "ab")
    optimizer = Adam(0.1)
    optimizer.apply([(None, a), (gg.tensor([1.0]), b)])
    assert 1.0 == a.numpy()[0] != b.numpy()[0]
    with pytest.raises(OptimizerError, match="the loss depends on no weight"):
        optimizer.apply([(None, a), (None, b)])
    assert 1 == int(optimizer.iterations)
