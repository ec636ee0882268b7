"""Schedules: learning rates that depend on the step."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._descriptions import deserialize_schedule as deserialize
from graphgrad.layers._schedule import LearningRateSchedule as LearningRateSchedule
from graphgrad.layers._schedules import CosineDecay as CosineDecay
from graphgrad.layers._schedules import CosineDecayRestarts as CosineDecayRestarts
from graphgrad.layers._schedules import ExponentialDecay as ExponentialDecay
from graphgrad.layers._schedules import InverseTimeDecay as InverseTimeDecay
from graphgrad.layers._schedules import PiecewiseConstantDecay as PiecewiseConstantDecay
from graphgrad.layers._schedules import PolynomialDecay as PolynomialDecay

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
