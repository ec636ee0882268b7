"""Growth: twice the layers take twice the work, counted in calls and not in time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

# Twice the layers may take a little more than twice the calls.
RATIO = 2.2


def calls(work: Callable[[], Any]) -> int:
    """Count the Python functions, and those of C, that are called by ``work``."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def layers(depth: int) -> list[Any]:
    """Return the layers of a deep and narrow model."""
    inner = [gg.Dense(2, "tanh") for _ in range(depth)]
    return [gg.Input((2,)), *inner, gg.Dense(1, "sigmoid")]


def model(depth: int) -> gg.Sequential:
    """Return such a model."""
    return gg.Sequential(layers(depth))


def compiled(depth: int) -> gg.Sequential:
    """Return it compiled."""
    made = model(depth)
    made.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return made


def built(depth: int) -> Callable[[], Any]:
    """Build the model layer by layer."""
    added = layers(depth)
    return lambda: gg.Sequential(added)


def traced(depth: int) -> Callable[[], Any]:
    """Trace the training graph."""
    made = model(depth)
    return lambda: made.compile("adam", "binary_crossentropy", metrics=["accuracy"])


def optimized(depth: int) -> Callable[[], Any]:
    """Apply the passes."""
    graph = compiled(depth).graph("compile")
    return lambda: gg.passes.optimize(graph)


def fitted(depth: int) -> Callable[[], Any]:
    """Make the program of a training step and take the step."""
    made = compiled(depth)
    return lambda: made.fit(np.zeros((4, 2)), np.zeros((4, 1)), verbose=0)


def fitted_again(depth: int) -> Callable[[], Any]:
    """Take another step."""
    fit = fitted(depth)
    fit()
    return fit


def predicted(depth: int) -> Callable[[], Any]:
    """Make the program of a prediction and run it."""
    made = compiled(depth)
    return lambda: made.predict(np.zeros((4, 2)), verbose=0)


def summarised(depth: int) -> Callable[[], Any]:
    """Write the table of the layers."""
    made = compiled(depth)
    return lambda: made.summary(print_fn=lambda _: None)


def differentiated(depth: int) -> Callable[[], Any]:
    """Record a chain of operations, and take its gradient."""

    def work() -> None:
        x = y = gg.tensor(0.5, requires_grad=True)
        for _ in range(10 * depth):
            y = gg.tanh(y) * x
        y.backward()

    return work


@pytest.mark.parametrize(
    "stage",
    [
        built,
        traced,
        optimized,
        fitted,
        fitted_again,
        predicted,
        summarised,
        differentiated,
    ],
)
def test_twice_the_layers_take_twice_the_calls(
    stage: Callable[[int], Callable[[], Any]],
) -> None:
    """What grows faster than the model is a loop within a loop."""
    stage(4)()  # whatever is imported or written once
    few, many = (calls(stage(depth)) for depth in (30, 60))
    assert many < few * RATIO
