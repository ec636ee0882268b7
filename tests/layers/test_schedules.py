"""Schedules have Keras' values, as numbers and on the graph."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers._config import deserialize, serialize
from graphgrad.optimizers.schedules import (
    CosineDecay,
    CosineDecayRestarts,
    ExponentialDecay,
    InverseTimeDecay,
    LearningRateSchedule,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

rates = st.floats(0.001, 1.0)
lengths = st.integers(1, 20)
steps = st.integers(0, 70)


def any_of(value: object) -> Any:
    """Return a value of the wrong type, which a type checker would refuse."""
    return value


def restarted(step: int, first: int, t_mul: float, m_mul: float) -> float:
    """Return the height of a cosine with restarts, by going through the decays."""
    start, length, height = 0.0, float(first), 1.0
    while step >= start + length - 1e-9:
        start, length, height = start + length, length * t_mul, height * m_mul
    return height * (1 + math.cos(math.pi * (step - start) / length)) / 2


# ---- values --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "values"),
    [
        (ExponentialDecay(1.0, 2, 0.25), {0: 1, 1: 0.5, 2: 0.25, 4: 0.0625}),
        (ExponentialDecay(1.0, 2, 0.25, staircase=True), {1: 1, 2: 0.25, 3: 0.25}),
        (InverseTimeDecay(1.0, 2, 3.0), {0: 1, 1: 0.4, 2: 0.25}),
        (InverseTimeDecay(1.0, 2, 3.0, staircase=True), {1: 1, 3: 0.25, 4: 1 / 7}),
        (PiecewiseConstantDecay([], [0.5]), {0: 0.5, 9: 0.5}),
        (PiecewiseConstantDecay([1, 2.5], [3, 2, 1]), {0: 3, 1: 3, 2: 2, 3: 1}),
        (PolynomialDecay(1.0, 4, 0.2), {0: 1, 1: 0.8, 4: 0.2, 9: 0.2}),
        (PolynomialDecay(1.0, 4, 0.0, power=2.0), {1: 0.5625, 2: 0.25, 4: 0}),
        (PolynomialDecay(1.0, 4, 0.0, cycle=True), {0: 1, 4: 0, 5: 3 / 8, 8: 0}),
        (CosineDecay(1.0, 4), {0: 1, 2: 0.5, 4: 0, 9: 0}),
        (CosineDecay(1.0, 4, alpha=0.5), {0: 1, 2: 0.75, 4: 0.5, 9: 0.5}),
        (
            CosineDecay(0.2, 4, warmup_target=1.0, warmup_steps=2),
            {0: 0.2, 1: 0.6, 2: 1, 4: 0.5, 6: 0, 9: 0},
        ),
        (CosineDecay(0.2, 4, warmup_target=1.0), {0: 1, 2: 0.5}),
        (CosineDecayRestarts(1.0, 2), {0: 1, 1: 0.5, 2: 1, 4: 0.5, 6: 1, 10: 0.5}),
        (CosineDecayRestarts(1.0, 2, 1.0, 0.5), {1: 0.5, 2: 0.5, 3: 0.25, 4: 0.25}),
        (CosineDecayRestarts(1.0, 2, 1.0, 0.5, 0.5), {0: 1, 1: 0.75, 3: 0.625}),
    ],
)
def test_values_by_hand(
    schedule: LearningRateSchedule, values: dict[int, float]
) -> None:
    """A number gives a number, which is the same on the graph."""
    traced = gg.jit(schedule)
    for step, expected in values.items():
        assert float(schedule(step)) == pytest.approx(expected, abs=1e-12)
        assert float(traced(step)) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("schedule", "step", "expected"),
    [
        (ExponentialDecay(0.3, 7, 0.6), 7.5, 0.17355063557624817),
        (InverseTimeDecay(0.3, 7, 0.6), 6.5, 0.19266055524349213),
        (PolynomialDecay(0.3, 7, 0.01, 2.0), 5, 0.033673468977212906),
        (CosineDecay(0.3, 10, 0.1), 6, 0.12328267842531204),
        (CosineDecayRestarts(0.3, 5, 2.0, 0.8, 0.05), 6, 0.237420454621315),
    ],
)
def test_values_are_keras(
    schedule: LearningRateSchedule, step: float, expected: float
) -> None:
    """Those of Keras 3.15.1, which computes in float32."""
    assert float(schedule(step)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "schedule",
    [
        ExponentialDecay(0.5, 5, 0.5),
        InverseTimeDecay(0.5, 5, 0.5),
        PiecewiseConstantDecay([], [0.5]),
        PiecewiseConstantDecay([1], [0.5, 0.25]),
        PolynomialDecay(0.5, 5, power=0),
        CosineDecay(0.5, 5, alpha=1),
        CosineDecayRestarts(0.5, 5, alpha=1),
    ],
)
def test_steps_of_any_shape_have_as_many_rates(schedule: LearningRateSchedule) -> None:
    """Even where the rate is the same whatever the step."""
    steps = np.arange(12.0).reshape(3, 4)
    rates = schedule(steps)
    assert steps.shape == rates.shape
    each = [[float(schedule(step)) for step in row] for row in steps]
    np.testing.assert_allclose(rates.numpy(), each, rtol=1e-15)


@given(step=steps, rate=rates, length=lengths, decay=rates, stairs=st.booleans())
def test_decays_follow_their_formulas(
    step: int, rate: float, length: int, decay: float, stairs: bool
) -> None:
    """As NumPy computes them."""
    periods = step // length if stairs else step / length
    exponential = ExponentialDecay(rate, length, decay, staircase=stairs)
    assert float(exponential(step)) == pytest.approx(rate * decay**periods)
    inverse = InverseTimeDecay(rate, length, decay, staircase=stairs)
    assert float(inverse(step)) == pytest.approx(rate / (1 + decay * periods))


@given(
    step=steps,
    rate=rates,
    length=lengths,
    end=rates,
    power=st.sampled_from([0.5, 1.0, 2.0]),
    cycle=st.booleans(),
)
def test_polynomials_follow_their_formula(
    step: int, rate: float, length: int, end: float, power: float, cycle: bool
) -> None:
    """As NumPy computes it."""
    schedule = PolynomialDecay(rate, length, end, power, cycle=cycle)
    whole = length * max(1, math.ceil(step / length)) if cycle else length
    left = 1 - min(step, whole) / whole
    assert float(schedule(step)) == pytest.approx((rate - end) * left**power + end)


@given(step=steps, rate=rates, length=lengths, alpha=rates, warm=lengths)
def test_cosines_follow_their_formula(
    step: int, rate: float, length: int, alpha: float, warm: int
) -> None:
    """As NumPy computes it, with and without a warm-up."""

    def wave(position: int, start: float) -> float:
        half = (1 + np.cos(np.pi * min(position, length) / length)) / 2
        return float(start * ((1 - alpha) * half + alpha))

    plain = CosineDecay(rate, length, alpha)
    assert float(plain(step)) == pytest.approx(wave(step, rate))
    target = rate * 2
    warmed = CosineDecay(rate, length, alpha, "", target, warm)
    line = rate + (target - rate) * step / warm
    expected = line if step < warm else wave(step - warm, target)
    assert float(warmed(step)) == pytest.approx(expected)


@given(
    step=steps,
    first=lengths,
    t_mul=st.sampled_from([1.0, 1.5, 2.0, 3.0, 5.0]),
    m_mul=st.sampled_from([0.5, 1.0]),
    alpha=st.floats(0, 1),
)
def test_restarts_come_at_their_very_step(
    step: int, first: int, t_mul: float, m_mul: float, alpha: float
) -> None:
    """The rate is at the top of a decay there, which rounding must not put off."""
    schedule = CosineDecayRestarts(0.5, first, t_mul, m_mul, alpha)
    height = restarted(step, first, t_mul, m_mul)
    expected = 0.5 * ((1 - alpha) * height + alpha)
    assert float(schedule(step)) == pytest.approx(expected, abs=1e-9)


@given(step=st.integers(0, 12), edges=st.sets(st.integers(0, 10), max_size=4))
def test_pieces_hold_up_to_their_boundary(step: int, edges: set[int]) -> None:
    """The value is the one whose number is the count of boundaries passed."""
    values = [float(i) for i in range(len(edges) + 1)]
    schedule = PiecewiseConstantDecay(sorted(edges), values)
    assert sum(step > edge for edge in edges) == float(schedule(step))


# ---- errors, and descriptions --------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ExponentialDecay(0.1, 0, 0.5), "ExponentialDecay's decay_steps must"),
        (lambda: InverseTimeDecay(0.1, -1, 0.5), "decay_steps must be above 0, got -1"),
        (lambda: InverseTimeDecay(0.1, 1, -0.5), "decay_rate must be at least 0"),
        (lambda: PolynomialDecay(0.1, 0), "PolynomialDecay's decay_steps must be"),
        (lambda: CosineDecay(0.1, 0), "CosineDecay's decay_steps must be above 0"),
        (lambda: CosineDecay(-0.1, 10), "initial_learning_rate must be at least 0"),
        (lambda: CosineDecay(any_of("1"), 10), "write it without quotes"),
        (lambda: CosineDecay(0.1, 10, warmup_steps=5), "pass a warmup_target"),
        (lambda: CosineDecayRestarts(0.1, 0), "first_decay_steps must be above 0"),
        (lambda: CosineDecayRestarts(0.1, 5, 0.5), "t_mul must be at least 1, got 0.5"),
        (
            lambda: PiecewiseConstantDecay([1, 2], [0.1, 0.2]),
            "one value more than boundaries, got 2 values for 2 boundaries",
        ),
        (
            lambda: PiecewiseConstantDecay([2, 1], [1, 2, 3]),
            r"boundaries must rise from each to the next, got \[2.0, 1.0\]",
        ),
        (lambda: PiecewiseConstantDecay([1, 1], [1, 2, 3]), "must rise"),
        (lambda: PiecewiseConstantDecay([1], [1, -2]), r"values\[1\] must be at least"),
        (lambda: PiecewiseConstantDecay(any_of(1), [1, 2]), "must be a list of numb"),
        (lambda: ExponentialDecay(0.1, 5, 0.5, any_of(1)), "staircase must be True"),
    ],
)
def test_arguments_are_checked(make: Callable[[], object], said: str) -> None:
    """Where the schedule is made, not when it is used."""
    with pytest.raises(gg.GraphgradError, match=said):
        make()


@pytest.mark.parametrize(
    "schedule",
    [
        ExponentialDecay(0.1, 5, 0.5, staircase=True),
        InverseTimeDecay(0.1, 5, 0.5, name="mine"),
        PiecewiseConstantDecay((1, 2), np.array([3, 2, 1])),
        PolynomialDecay(0.1, 5, power=2.0, cycle=True),
        CosineDecay(0.1, 5, warmup_target=0.5, warmup_steps=3),
        CosineDecayRestarts(0.1, 5, 1.5, 0.5, 0.25),
    ],
    ids=lambda schedule: type(schedule).__name__,
)
def test_a_description_makes_it_again(schedule: LearningRateSchedule) -> None:
    """As JSON, alone and in an optimizer."""
    config = json.loads(json.dumps(schedule.get_config()))
    assert config == type(schedule).from_config(config).get_config()
    twin = deserialize(json.loads(json.dumps(serialize(schedule))))
    assert type(twin) is type(schedule)
    assert float(schedule(4)) == float(twin(4))
    optimizer = gg.optimizers.SGD(schedule, momentum=0.5)
    again = deserialize(json.loads(json.dumps(serialize(optimizer))))
    assert optimizer.get_config() == again.get_config()
    assert float(schedule(0)) == float(again.learning_rate)


def test_keras_names_and_defaults() -> None:
    """What a schedule of Keras is described by, describes ours."""
    assert {
        "initial_learning_rate": 0.5,
        "first_decay_steps": 3,
        "t_mul": 2.0,
        "m_mul": 1.0,
        "alpha": 0.0,
        "name": "SGDRDecay",
    } == CosineDecayRestarts(0.5, 3).get_config()
    assert "PiecewiseConstant" == PiecewiseConstantDecay([1], [1, 2]).name
    assert "ExponentialDecay" == ExponentialDecay(0.1, 5, 0.5).name
    assert PolynomialDecay(1.0, 5).end_learning_rate == pytest.approx(0.0001)


# ---- one's own -----------------------------------------------------------------------


class Noam(LearningRateSchedule):
    """The rate of the first transformers."""

    def __init__(self, width: int, warmup: int = 10) -> None:
        """Take the width of the model."""
        self.width = width
        self.warmup = warmup

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        late = 1 / gg.sqrt(gg.cast(step, "float64"))
        return gg.minimum(late, step * self.warmup**-1.5) / math.sqrt(self.width)


def test_ones_own_schedule_is_traced() -> None:
    """It is checked at step 0, shown by its arguments, and part of the program."""
    optimizer = gg.optimizers.SGD(Noam(4, warmup=2))
    assert "<SGD(Noam(width=4, warmup=2)) name=SGD>" == repr(optimizer)
    weight = gg.Variable(np.zeros(1), name="w")
    step = gg.jit(lambda g: optimizer.apply([(g, weight)]))
    for _ in range(4):
        step(np.ones(1))
    expected = [min(s**-0.5 if s else 0, s * 2**-1.5) / 2 for s in range(4)]
    assert -sum(expected) == pytest.approx(weight.numpy()[0])


def test_ones_own_schedule_is_checked() -> None:
    """What is no rate is refused when the optimizer is made."""

    class Inverse(LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return 0.1 / step

    class Two(LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return gg.tensor([0.1, 0.2])

    class Branch(LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return gg.tensor(0.1 if step < 5 else 0.2)

    with pytest.raises(ValueError, match=r"finite number .*got inf from Inverse\(\)"):
        gg.optimizers.Adam(Inverse())
    with pytest.raises(ValueError, match=r"got \[0.1 0.2\] from Two\(\) at step 0"):
        gg.optimizers.Adam(Two())
    with pytest.raises(NotImplementedError, match="defines no __call__"):
        gg.optimizers.Adam(LearningRateSchedule())
    optimizer = gg.optimizers.SGD(Branch())
    weight = gg.Variable(np.zeros(1), name="w")
    with pytest.raises(gg.TraceError, match=r"Use gg\.where"):
        gg.jit(lambda g: optimizer.apply([(g, weight)]))(np.ones(1))
