"""What all optimizers have in common: decay, clipping, averages, accumulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.optimizing import KINDS, Array, after, any_of, weight
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad.optimizers import (
    SGD,
    Adam,
    AdamW,
    Optimizer,
    OptimizerError,
)
from graphgrad.optimizers.schedules import PiecewiseConstantDecay

gradients = hnp.arrays(np.float64, (6, 3), elements=st.floats(-3, 3, width=32))


def assert_close(found: Array, expected: Array) -> None:
    """Compare in float64."""
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


# ---- weight decay --------------------------------------------------------------------


@given(grads=gradients, decay=st.floats(0, 1))
def test_decay_adds_the_weights_to_the_gradients_of_descent(
    grads: Array, decay: float
) -> None:
    """For SGD it is the gradient of ``λ w² / 2``, at the same place."""
    decayed = after(SGD(0.1, weight_decay=decay), grads)
    expected = np.array([1.0, -2.0, 0.5])
    for each in grads:
        expected = expected - 0.1 * (each + decay * expected)
    np.testing.assert_allclose(decayed, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", KINDS)
def test_decay_comes_before_the_step(name: str) -> None:
    """One step with decay is one without, from a weight that has decayed."""
    kind = getattr(gg.optimizers, name)
    grads = [np.array([0.5, 0.1, -0.2])]
    found = after(kind(0.1, weight_decay=0.5), grads)
    start = np.array([1.0, -2.0, 0.5]) * (1 - 0.1 * 0.5)
    np.testing.assert_allclose(found, after(kind(0.1, weight_decay=0), grads, start))


def test_biases_decay_unless_they_are_excluded() -> None:
    """By a part of the name, or as the variable itself."""
    names = ["dense/kernel", "dense/bias", "norm/scale"]
    weights = [weight((1.0,), name) for name in names]
    both = SGD(0.5, weight_decay=0.5)
    both.apply([(np.zeros(1), each) for each in weights])
    assert [0.75] * 3 == [float(each) for each in weights]
    some = SGD(0.5, weight_decay=0.5)
    some.exclude_from_weight_decay(var_list=[weights[2]], var_names=["bias"])
    some.apply([(np.zeros(1), each) for each in weights])
    assert [0.5625, 0.75, 0.75] == [float(each) for each in weights]


def test_exclusions_are_checked() -> None:
    """They come before build, as a list of names that there are."""
    optimizer = AdamW(0.1)
    with pytest.raises(OptimizerError, match="var_names is a list of names, got 'b'"):
        optimizer.exclude_from_weight_decay(var_names=any_of("b"))
    for alone in (weight(), [np.zeros(3)], ["a/bias"]):
        with pytest.raises(
            OptimizerError, match=r"var_list is a list of weights, .*got"
        ):
            optimizer.exclude_from_weight_decay(var_list=any_of(alone))
    optimizer.exclude_from_weight_decay(var_list=[weight(name="a/bias")])
    with pytest.raises(OptimizerError, match=r"none of which it trains: .* are a/bias"):
        optimizer.build([weight(name="a/bias")])
    optimizer.exclude_from_weight_decay(var_names=["biass"])
    with pytest.raises(
        OptimizerError, match=r"called 'biass' .* the weights are a/bias"
    ):
        optimizer.build([weight(name="a/bias")])
    assert not optimizer.built
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    optimizer.build([weight(name="a/bias")])
    with pytest.raises(OptimizerError, match="call exclude_from_weight_decay before"):
        optimizer.exclude_from_weight_decay()


# ---- clipping ------------------------------------------------------------------------


def clipped(optimizer: Optimizer, *grads: Any) -> list[Array]:
    """Return the gradients that reach the rule: descent with a rate of 1 shows them."""
    weights = [weight(np.zeros(len(g)), f"w{i}") for i, g in enumerate(grads)]
    optimizer.apply(list(zip(map(np.array, grads), weights, strict=True)))
    return [-each.numpy() for each in weights]


@given(grads=gradients, limit=st.floats(0.01, 10))
def test_clips_bound_what_they_say(grads: Array, limit: float) -> None:
    """Norms or elements are at most the limit; what is within it stays as it is."""
    for found, g in zip(clipped(SGD(1.0, clipnorm=limit), *grads), grads, strict=True):
        assert_close(found, g * min(1.0, limit / max(float(np.linalg.norm(g)), 1e-9)))
    whole = max(float(np.linalg.norm(grads)), 1e-9)
    found = np.array(clipped(SGD(1.0, global_clipnorm=limit), *grads))
    assert_close(found, grads * min(1.0, limit / whole))
    found = np.array(clipped(SGD(1.0, clipvalue=limit), *grads))
    assert_close(found, np.clip(grads, -limit, limit))


def test_a_global_clip_keeps_the_direction_of_all_gradients() -> None:
    """3 and 4 make a norm of 5; clipped one by one they would be alike."""
    assert [0.6, 0.8] == pytest.approx(
        [float(g[0]) for g in clipped(SGD(1.0, global_clipnorm=1), [3.0], [4.0])]
    )
    assert [1.0, 1.0] == [
        float(g[0]) for g in clipped(SGD(1.0, clipnorm=1), [3.0], [4.0])
    ]


@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipping_gradients_of_zero_is_no_division_by_zero(name: str) -> None:
    """They stay 0."""
    (found,) = clipped(any_of(SGD)(1.0, **{name: 0.5}), [0.0, 0.0])
    assert [0.0, 0.0] == found.tolist()


def test_a_global_clip_spans_dtypes() -> None:
    """Each gradient keeps its own."""
    one = gg.Variable(np.zeros(1, np.float32), name="one")
    two = gg.Variable(np.zeros(1, np.float64), name="two")
    SGD(1.0, global_clipnorm=1).apply([(np.array([3.0]), one), (np.array([4.0]), two)])
    assert -0.6 == pytest.approx(float(one), rel=1e-6)
    assert -0.8 == pytest.approx(float(two))


# ---- averages ------------------------------------------------------------------------


@given(grads=gradients, momentum=st.floats(0, 1))
def test_averages_follow_the_weights(grads: Array, momentum: float) -> None:
    """The first weight after a step is the average; then each moves it by its share."""
    optimizer = SGD(0.1, use_ema=True, ema_momentum=momentum)
    variable = weight()
    expected: Any = None
    for each in grads:
        optimizer.apply([(each, variable)])
        w = variable.numpy()
        expected = w if expected is None else momentum * expected + (1 - momentum) * w
    trained = variable.numpy()
    np.testing.assert_array_equal(trained, after(SGD(0.1), grads))
    optimizer.finalize_variable_values([variable])
    np.testing.assert_allclose(variable.numpy(), expected, rtol=1e-9, atol=1e-12)


def test_weights_take_on_their_averages_every_few_steps() -> None:
    """With a gradient of 1 and a share of one half: -1; -2, average -1.5."""
    optimizer = SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    variable = weight((0.0,))
    seen = []
    for _ in range(4):
        optimizer.apply([(np.ones(1), variable)])
        seen.append(float(variable))
    # -2.5 gives the average -2; then -3.5 gives -2.75.
    assert [-1.0, -1.5, -2.5, -2.75] == seen


def test_finalizing_needs_averages() -> None:
    """Without them, before a step, and for other weights nothing happens."""
    plain, variable, other = SGD(0.1), weight(), weight(name="other")
    plain.apply([(np.ones(3), variable)])
    averaging = SGD(0.1, use_ema=True)
    averaging.build([variable])
    before = variable.numpy()
    for optimizer in (plain, averaging):
        optimizer.finalize_variable_values([variable, other])
    np.testing.assert_array_equal(before, variable.numpy())
    np.testing.assert_array_equal([1.0, -2.0, 0.5], other.numpy())


def test_an_average_starts_when_its_weight_comes() -> None:
    """A weight that was frozen, and has changed since, has no old average."""
    optimizer = SGD(0.1, use_ema=True, ema_momentum=0.5)
    one, late = weight(name="one"), weight(name="late")
    optimizer.build([one, late])
    optimizer.apply([(np.ones(3), one)])
    late.assign(np.full(3, 7.0))
    optimizer.apply([(np.ones(3), one), (np.zeros(3), late)])
    optimizer.finalize_variable_values([one, late])
    np.testing.assert_array_equal([7.0, 7.0, 7.0], late.numpy())


# ---- accumulation --------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
@given(grads=gradients, count=st.sampled_from([2, 3]))
def test_accumulation_is_one_step_with_the_mean(
    name: str, grads: Array, count: int
) -> None:
    """Some calls are one with the mean, with all that belongs to a step."""
    kind = getattr(gg.optimizers, name)
    common = {
        "weight_decay": 0.1,
        "clipnorm": 1.0,
        "use_ema": True,
        "ema_momentum": 0.5,
        "ema_overwrite_frequency": 2,
    }
    means = grads.reshape(-1, count, 3).mean(axis=1)
    several = kind(0.1, gradient_accumulation_steps=count, **common)
    single = kind(0.1, **common)
    one, other = weight(), weight()
    for each in grads:
        several.apply([(each, one)])
    for each in means:
        single.apply([(each, other)])
    np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-5, atol=1e-7)
    assert len(means) == int(several.iterations) == int(single.iterations)


@pytest.mark.parametrize("name", KINDS)
def test_calls_that_make_no_step_change_only_the_sum(name: str) -> None:
    """Weights, slots and averages stay as they were, to the bit."""
    kind = getattr(gg.optimizers, name)
    optimizer = kind(0.1, gradient_accumulation_steps=3, weight_decay=0.1, use_ema=True)
    variable = weight()
    for _ in range(3):
        optimizer.apply([(np.ones(3), variable)])
    moving = ("iterations", "gradient_accumulator")
    kept = [v for v in optimizer.variables if not any(m in v.name for m in moving)]
    before = [each.numpy() for each in (variable, *kept)]
    for _ in range(2):
        optimizer.apply([(np.full(3, 5.0), variable)])
    for old, new in zip(before, (variable, *kept), strict=True):
        np.testing.assert_array_equal(old, new.numpy())
    assert 1 == int(optimizer.iterations)
    optimizer.apply([(np.full(3, 5.0), variable)])
    assert 2 == int(optimizer.iterations)
    assert (before[0] != variable.numpy()).all()


def test_schedules_count_calls_and_iterations_count_steps() -> None:
    """As in Keras: the third call, number 2, is the first step."""
    schedule = PiecewiseConstantDecay([1, 4], [100.0, 1.0, 0.5])
    optimizer = SGD(schedule, gradient_accumulation_steps=3)
    variable = weight((0.0,))
    seen = []
    for _ in range(6):
        optimizer.apply([(np.ones(1), variable)])
        seen.append((float(variable), int(optimizer.iterations)))
    assert [(0, 0), (0, 0), (-1, 1), (-1, 1), (-1, 1), (-1.5, 2)] == seen


def test_one_call_a_step_is_plain_training() -> None:
    """Keras refuses 1, which a loop over settings may well reach."""
    grads = [np.ones(3)] * 3
    found = after(Adam(0.1, gradient_accumulation_steps=1), grads)
    np.testing.assert_array_equal(found, after(Adam(0.1), grads))


# ---- constraints ---------------------------------------------------------------------


def test_constraints_come_last() -> None:
    """After the step and the averages; other weights have none."""
    one, other = weight((0.25,), "one"), weight((0.25,), "other")
    optimizer = SGD(1.0, use_ema=True)
    pairs = [(np.ones(1), one), (np.ones(1), other)]
    optimizer.apply(pairs, {one: gg.relu})
    assert [0.0, -0.75] == [float(one), float(other)]


def test_averages_are_of_weights_before_their_constraints() -> None:
    """As in Keras: what the constraint cuts off comes back with the average."""
    variable = weight((0.0,))
    optimizer = SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    seen = []
    for gradient in (1.0, 0.0):
        optimizer.apply([(np.full(1, gradient), variable)], {variable: gg.abs})
        seen.append(float(variable))
    # First -1, of which 1 is left; then the average of -1 and 1.
    assert [1.0, 0.0] == seen


def test_constraints_wait_for_a_step() -> None:
    """A call that only adds up gradients changes no weight."""
    variable = weight((-1.0,))
    optimizer = SGD(0.25, gradient_accumulation_steps=2)
    seen = []
    for _ in range(2):
        optimizer.apply([(np.ones(1), variable)], {variable: gg.abs})
        seen.append(float(variable))
    assert [-1.0, 1.25] == seen
