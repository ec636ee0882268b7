"""Schedules: the rates of Keras at every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

TEXTS = [
    "ExponentialDecay({rate}, {steps}, 0.7)",
    "ExponentialDecay({rate}, {steps}, 0.7, staircase=True)",
    "PiecewiseConstantDecay([{steps}, {steps} + 5], [{rate}, 0.5, 0.25])",
    "PolynomialDecay({rate}, {steps})",
    "PolynomialDecay({rate}, {steps}, end_learning_rate=0.02, power=2.0)",
    "PolynomialDecay({rate}, {steps}, power=0.5, cycle=True)",
    "InverseTimeDecay({rate}, {steps}, 0.5)",
    "InverseTimeDecay({rate}, {steps}, 0.5, staircase=True)",
    "CosineDecay({rate}, {steps})",
    "CosineDecay({rate}, {steps}, alpha=0.1)",
    "CosineDecay({rate}, {steps}, warmup_target=2.0, warmup_steps=3)",
    "CosineDecayRestarts({rate}, {steps})",
    "CosineDecayRestarts({rate}, {steps}, t_mul=1.5, m_mul=0.8, alpha=0.05)",
]


@pytest.mark.parametrize("text", TEXTS)
@given(rate=st.sampled_from([0.001, 0.1, 1.5]), steps=st.integers(1, 12))
def test_schedules_are_those_of_keras(
    twins: Any, text: str, rate: float, steps: int
) -> None:
    """Also long after the last step, at the boundaries and across restarts."""
    made = text.format(rate=rate, steps=steps)
    theirs, ours = twins.make(f"optimizers.schedules.{made}")
    for step in [*range(25), 100]:
        twins.agree(theirs(step), ours(step), rtol=2e-5, atol=1e-7)


@pytest.mark.parametrize("text", TEXTS)
def test_steps_of_training_are_those_of_the_schedule(twins: Any, text: str) -> None:
    """In fit the first step has number 0, and partial batches count as steps."""
    made = text.format(rate=0.1, steps=4)
    both = twins.models(
        "layers.Dense(1)",
        optimizer=f"optimizers.SGD(optimizers.schedules.{made})",
        loss="'mse'",
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)) / 4, rng.normal(size=20)
    twins.trained_alike(both, x, y, epochs=3, batch_size=8)
