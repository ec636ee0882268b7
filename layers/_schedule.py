"""LearningRateSchedule: a learning rate that depends on the step."""

from __future__ import annotations

import inspect
import math
from typing import Any, ClassVar

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_number
from graphgrad.layers._config import Configurable, arguments_of

__all__ = ["LearningRateSchedule", "check_schedule"]


class LearningRateSchedule(Configurable):
    """A learning rate that depends on the step: subclasses define `__call__`.

    It gets the number of the step as a tensor, 0 at first, and returns the rate,
    computed with gg's functions: it becomes a part of the program that trains.

    >>> import graphgrad as gg
    >>> class Root(LearningRateSchedule):
    ...     def __init__(self, start):
    ...         self.start = start
    ...     def __call__(self, step):
    ...         return self.start / gg.sqrt(step + 1)
    >>> Root(0.5)(gg.tensor(3))
    tensor(0.25)
    >>> gg.optimizers.Adam(Root(0.5))
    <Adam(Root(start=0.5)) name=adam>
    """

    _door: ClassVar[str] = "optimizers.schedules"

    def __call__(self, step: Any) -> gg.Tensor:
        """Return the learning rate at ``step``, a tensor or a number."""
        raise NotImplementedError(f"{type(self).__name__} defines no __call__(step)")

    def number(self, name: str, value: Any, **bounds: float) -> float:
        """Return an argument that is a number within ``bounds``, or raise."""
        return check_number(f"{type(self).__name__}'s {name}", value, **bounds)

    def __repr__(self) -> str:
        """Write the schedule with its arguments, without those that are as usual."""
        known = inspect.signature(type(self)).parameters
        values = {name: getattr(self, name, "?") for name in arguments_of(type(self))}
        shown = [
            f"{name}={_short(value)}"
            for name, value in values.items()
            if name != "name" and not (name in known and known[name].default == value)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


def check_schedule(what: str, schedule: LearningRateSchedule) -> LearningRateSchedule:
    """Return ``schedule`` if its first rate is a number of at least 0.

    >>> from graphgrad.optimizers.schedules import ExponentialDecay
    >>> check_schedule("Adam's learning_rate", ExponentialDecay(0.1, 100, 0.5)).name
    'ExponentialDecay'
    """
    with np.errstate(all="ignore"):
        first = gg.cast(schedule(gg.tensor(0)), "float64")
    if first.shape != () or not 0 <= float(first) < math.inf:
        raise ArgumentError(
            f"{what} must be a finite number of at least 0 at every step, got "
            f"{first.numpy()} from {schedule!r} at step 0"
        )
    return schedule


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else repr(value)
