"""Growth: twice the layers take twice the work, counted in calls and not in time."""

from __future__ import annotations

import gc
import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.viz._page_equations import equations
from graphgrad.viz._to_dot import subject_of
from graphgrad.viz._to_html import material_of

# The power of the number of layers by which calls may grow: 1 is linear.
EXPONENT = 1.05


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


def lines(work: Callable[[], Any]) -> int:
    """Count the lines that ``work`` runs, those of comprehensions for each element."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> Any:
        nonlocal count
        count += event == "line"
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        work()
    finally:
        sys.settrace(before)
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


def saved_and_loaded(depth: int) -> Callable[[], Any]:
    """Write a model to a file, and read it."""
    made = compiled(depth)
    path = Path(tempfile.mkdtemp()) / "model.safetensors"

    def work() -> None:
        made.save(path)
        gg.load_model(path)

    return work


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
        saved_and_loaded,
        summarised,
        differentiated,
    ],
)
def test_four_times_the_layers_take_four_times_the_calls(
    stage: Callable[[int], Callable[[], Any]],
) -> None:
    """What grows faster than the model is a loop within a loop."""
    stage(4)()  # whatever is imported or written once
    few, many = (calls(stage(depth)) for depth in (30, 120))
    assert math.log(many / few, 4) < EXPONENT


def test_the_equations_of_a_page_take_as_many_lines_for_each_node() -> None:
    """No node's equation looks through the whole graph, nor does a listed one."""

    def written(depth: int) -> float:
        graph = compiled(depth).graph("compile")
        page = material_of(subject_of(graph, None))
        page.explained = gg.explain(graph)
        return lines(lambda: equations(page)) / len(graph)

    written(4)  # the rules of primitives are traced once
    assert written(40) < EXPONENT * written(10)


def test_python_looks_for_no_cycles_while_a_program_is_made() -> None:
    """It would go through all nodes again and again; between the stages it may."""
    graph = compiled(200).graph("compile")
    stages: list[Callable[[], Any]] = [
        lambda: gg.trace(chain, gg.Spec((2,))),
        lambda: gg.passes.optimize(graph),
        lambda: gg.Program(graph),
    ]
    for stage in stages:
        assert collections(stage) <= 2


def chain(x: Any) -> Any:
    """Apply many operations."""
    for _ in range(2000):
        x = gg.tanh(x)
    return x


def collections(work: Callable[[], Any]) -> int:
    """Count how often Python looks for cycles during ``work``."""
    seen: list[str] = []

    def note(phase: str, _: Any) -> None:
        seen.append(phase)

    gc.callbacks.append(note)
    try:
        work()
    finally:
        gc.callbacks.remove(note)
    return seen.count("start")


@pytest.mark.parametrize("enabled", [True, False])
def test_afterwards_python_looks_for_cycles_as_before(enabled: bool) -> None:
    """Also after an error, and where it did not."""

    def fails(x: Any) -> Any:
        assert not gc.isenabled()
        gg.trace(gg.tanh, gg.Spec((2,)))
        assert not gc.isenabled()
        return x @ x[:1]

    before = gc.isenabled()
    (gc.enable if enabled else gc.disable)()
    try:
        with pytest.raises(gg.ShapeError):
            gg.trace(fails, gg.Spec((2,)))
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
