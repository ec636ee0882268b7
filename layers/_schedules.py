"""The schedules by name, with Keras' names, defaults and formulas.

In the formulas s is the step, which starts at 0, and η₀ the initial learning rate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_flag
from graphgrad.layers._schedule import LearningRateSchedule
from graphgrad.layers._whole import ceil, floor

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
]


class _Decay(LearningRateSchedule):
    """A rate that falls by ``decay_rate`` in ``decay_steps`` steps, in some way."""

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        self.initial_learning_rate = self.number(
            "initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.decay_steps = self.number("decay_steps", decay_steps, above=0)
        self.decay_rate = self.number("decay_rate", decay_rate, at_least=0)
        self.staircase = check_flag(f"{type(self).__name__}'s staircase", staircase)
        self.name = name or type(self).__name__

    def _periods(self, step: Any) -> gg.Tensor:
        periods = gg.cast(step, "float64") / self.decay_steps
        return floor(periods) if self.staircase else periods


class ExponentialDecay(_Decay):
    """``η₀ rᵖ``: the rate is multiplied by r in every S steps.

    r is ``decay_rate``, S ``decay_steps``, and ``p = s / S``, which ``staircase``
    rounds down.

    >>> float(ExponentialDecay(0.5, decay_steps=10, decay_rate=0.25)(5))
    0.25
    """

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        powers = gg.power(self.decay_rate, self._periods(step))
        return self.initial_learning_rate * powers


class InverseTimeDecay(_Decay):
    """``η₀ / (1 + r p)``: the rate falls ever more slowly.

    r is ``decay_rate``, and ``p = s / S`` with S for ``decay_steps``, which
    ``staircase`` rounds down.

    >>> float(InverseTimeDecay(0.5, decay_steps=10, decay_rate=1.0)(10))
    0.25
    """

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        return self.initial_learning_rate / (self._periods(step) * self.decay_rate + 1)


class PiecewiseConstantDecay(LearningRateSchedule):
    """``values[i]`` up to and including the step ``boundaries[i]``, the last one after.

    >>> schedule = PiecewiseConstantDecay([2, 4], [1.0, 0.5, 0.25])
    >>> [float(schedule(step)) for step in range(6)]
    [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        boundaries: Iterable[float],
        values: Iterable[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        """Take the steps at which the rate changes, and one rate more."""
        self.boundaries = self._numbers("boundaries", boundaries)
        self.values = self._numbers("values", values, at_least=0)
        self.name = name
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                f"{type(self).__name__} needs one value more than boundaries, got "
                f"{len(self.values)} values for {len(self.boundaries)} boundaries: "
                "the last value holds after the last boundary"
            )
        if self.boundaries != sorted(set(self.boundaries)):
            raise ArgumentError(
                f"{type(self).__name__}'s boundaries must rise from each to the next, "
                f"got {self.boundaries}"
            )

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        position = gg.cast(step, "float64")
        *values, last = self.values
        rate = position * 0 + last if not values else gg.tensor(last)
        for boundary, value in reversed([*zip(self.boundaries, values, strict=True)]):
            rate = gg.where(gg.less_equal(position, boundary), value, rate)
        return rate

    def _numbers(self, name: str, values: Any, **bounds: float) -> list[float]:
        if isinstance(values, str) or not hasattr(values, "__iter__"):
            raise ArgumentError(
                f"{type(self).__name__}'s {name} must be a list of numbers, "
                f"got {values!r}"
            )
        return [
            self.number(f"{name}[{index}]", value, **bounds)
            for index, value in enumerate(values)
        ]


class PolynomialDecay(LearningRateSchedule):
    """``(η₀ - η₁) (1 - s / S)ᵖ + η₁``, and from step S on η₁.

    η₁ is ``end_learning_rate``, S ``decay_steps``, p ``power``. With ``cycle`` the rate
    jumps up at every multiple of S, and falls to η₁ at the next: S is the multiple of
    ``decay_steps`` that comes next.

    >>> schedule = PolynomialDecay(1.0, decay_steps=4, end_learning_rate=0.5)
    >>> [float(schedule(step)) for step in (0, 2, 4, 9)]
    [1.0, 0.75, 0.5, 0.5]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        """Take Keras' arguments."""
        self.initial_learning_rate = self.number(
            "initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.decay_steps = self.number("decay_steps", decay_steps, above=0)
        self.end_learning_rate = self.number(
            "end_learning_rate", end_learning_rate, at_least=0
        )
        self.power = self.number("power", power, at_least=0)
        self.cycle = check_flag("PolynomialDecay's cycle", cycle)
        self.name = name

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        position = gg.cast(step, "float64")
        if self.cycle:
            cycles = gg.maximum(ceil(position / self.decay_steps), 1)
            done = position / (cycles * self.decay_steps)
        else:
            done = gg.minimum(position, self.decay_steps) / self.decay_steps
        # Rounding may lead below 0, where a broken power is NaN.
        left = gg.maximum(1 - done, 0)
        span = self.initial_learning_rate - self.end_learning_rate
        return span * gg.power(left, self.power) + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """``η₀ ((1 - α) (1 + cos(π s / S)) / 2 + α)``, and from step S on ``η₀ α``.

    S is ``decay_steps``, α ``alpha``. A ``warmup_target`` is reached first, on a
    straight line from η₀ in ``warmup_steps`` steps; the decay starts there.

    >>> schedule = CosineDecay(0.0, 10, warmup_target=1.0, warmup_steps=4)
    >>> [round(float(schedule(step)), 6) for step in (0, 1, 4, 9, 14)]
    [0.0, 0.25, 1.0, 0.5, 0.0]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        """Take Keras' arguments."""
        self.initial_learning_rate = self.number(
            "initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.decay_steps = self.number("decay_steps", decay_steps, above=0)
        self.alpha = self.number("alpha", alpha, at_least=0)
        self.name = name
        self.warmup_target = (
            None
            if warmup_target is None
            else self.number("warmup_target", warmup_target, at_least=0)
        )
        self.warmup_steps = self.number("warmup_steps", warmup_steps, at_least=0)
        if self.warmup_steps and self.warmup_target is None:
            raise ArgumentError(
                f"CosineDecay's warmup_steps={warmup_steps} lead nowhere: pass a "
                "warmup_target, the rate that the warm-up ends with"
            )

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        position = gg.cast(step, "float64")
        start, target = self.initial_learning_rate, self.warmup_target
        if target is None:
            return self._decayed(position, start)
        decayed = self._decayed(position - self.warmup_steps, target)
        if not self.warmup_steps:
            return decayed
        warm = position / self.warmup_steps * (target - start) + start
        return gg.where(gg.less(position, self.warmup_steps), warm, decayed)

    def _decayed(self, position: gg.Tensor, start: float) -> gg.Tensor:
        done = gg.minimum(position, self.decay_steps) / self.decay_steps
        return (_half_wave(done) * (1 - self.alpha) + self.alpha) * start


class CosineDecayRestarts(LearningRateSchedule):
    """`CosineDecay` over and over, each time longer or lower.

    The first decay takes ``first_decay_steps``, each one ``t_mul`` times the steps of
    the one before, from ``m_mul`` times its height (Loshchilov and Hutter, 2017). The
    rates never fall below ``η₀ α``, with α for ``alpha``.

    >>> schedule = CosineDecayRestarts(1.0, 2, t_mul=2.0, m_mul=0.5)
    >>> [round(float(schedule(step)), 6) for step in (0, 1, 2, 4, 6)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        """Take Keras' arguments."""
        self.initial_learning_rate = self.number(
            "initial_learning_rate", initial_learning_rate, at_least=0
        )
        self.first_decay_steps = self.number(
            "first_decay_steps", first_decay_steps, above=0
        )
        # Decays that get shorter come to an end, and the formula has no rate after it.
        self.t_mul = self.number("t_mul", t_mul, at_least=1)
        self.m_mul = self.number("m_mul", m_mul, at_least=0)
        self.alpha = self.number("alpha", alpha, at_least=0)
        self.name = name

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``."""
        restarts, done = self._cycle(gg.cast(step, "float64") / self.first_decay_steps)
        height = gg.power(self.m_mul, restarts) * _half_wave(done)
        return (height * (1 - self.alpha) + self.alpha) * self.initial_learning_rate

    # Which decay it is, and how much of it is done, after so many first decays.
    def _cycle(self, periods: gg.Tensor) -> tuple[gg.Tensor, gg.Tensor]:
        if self.t_mul == 1:
            restarts = floor(periods)
            return restarts, periods - restarts
        longer = self.t_mul - 1
        # The logarithm of the very step of a restart may be rounded below it.
        powers = gg.log(periods * longer + 1) / math.log(self.t_mul)
        restarts = floor(powers + 1e-9)
        length = gg.power(self.t_mul, restarts)
        return restarts, (periods - (length - 1) / longer) / length


def _half_wave(done: gg.Tensor) -> gg.Tensor:
    return (gg.cos(done * math.pi) + 1) * 0.5
