"""Guards of speed that no machine decides: what the lesson's training step consists of.

Whoever changes one of these numbers for the better writes the new one down here.
"""

from __future__ import annotations

import re
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._primitive import LEGACY_PROMOTION

BATCH = 32
ROWS = 4 * BATCH

# For the optimizer: instructions, calls of NumPy's functions, other statements (copies,
# and expressions of single numbers), bytes of buffers.
LESSON = {"sgd": (54, 44, 13, 91_780), "adam": (74, 55, 21, 168_704)}
CALL = re.compile(r"np_\w+\(|\.dot\(")
EXPRESSION = re.compile(r"\w+(\[(\.\.\.|\(\))\])? = ")


def lesson(optimizer: str) -> tuple[gg.Sequential, gg.Program]:
    """Train the lesson's model on random pixels; return it with the program it ran."""
    rng = np.random.default_rng(0)
    x = rng.random((ROWS, 784), dtype=np.float32)
    y = rng.integers(0, 2, (ROWS, 1)).astype(np.float32)
    gg.utils.set_random_seed(0)
    layers = [gg.Dense(units, "sigmoid") for units in (25, 15, 1)]
    model = gg.Sequential(layers)
    model.compile(optimizer, "binary_crossentropy")
    model.fit(x, y, batch_size=BATCH, verbose=0)
    return model, gg.Program(model.graph("fit"))


def statements(program: gg.Program) -> list[str]:
    """Return what a step executes, line by line."""
    step = program.source.split("def step():")[1].split("return None")[0]
    lines = (line.strip() for line in step.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("optimizer", LESSON)
def test_a_step_takes_no_more_instructions_calls_and_bytes(optimizer: str) -> None:
    """Each statement is one call, or copies, or computes one number; no loops."""
    _, program = lesson(optimizer)
    code = statements(program)
    calls = [line for line in code if CALL.search(line)]
    others = [line for line in code if not CALL.search(line)]
    assert all(EXPRESSION.match(line) for line in others)
    instructions = len(program.graph.operations)
    found = instructions, len(calls), len(others), program.nbytes
    assert found == LESSON[optimizer]


@pytest.mark.parametrize("optimizer", LESSON)
def test_a_step_costs_no_more_per_layer(optimizer: str) -> None:
    """The optimizer's operations are as many for ten layers as for one."""

    def updates(layers: int) -> int:
        model = gg.Sequential([gg.Dense(4, "sigmoid") for _ in range(layers)])
        model.compile(optimizer, "mse")
        model.fit(np.ones((2, 4)), np.ones((2, 4)), verbose=0)
        nodes = model.graph("fit").operations
        return sum(node.phase == "update" and node.shape != () for node in nodes)

    assert updates(1) == updates(10)


@pytest.mark.skipif(sys.gettrace() is not None, reason="coverage takes memory, too")
def test_a_step_allocates_nothing() -> None:
    """After the first runs, memory stays what it is, and no run takes any for a while.

    What is left are NumPy's own short-lived objects: far less than the smallest array.
    """
    _, program = lesson("adam")
    program.run()
    program.run()
    tracemalloc.start()
    try:
        program.run()
        before, _ = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        for _ in range(10):
            program.run()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100
    assert peak - before < 1000


# ---- eager tensors -------------------------------------------------------------------


def calls(function: Callable[[], Any]) -> int:
    """Return how many functions of Python run, NumPy's own apart."""
    count = 0

    def note(frame: Any, event: str, _: Any) -> None:
        nonlocal count
        count += event == "call" and "graphgrad" in frame.f_code.co_filename

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.skipif(LEGACY_PROMOTION, reason="up to NumPy 1, dtypes are looked after")
def test_an_eager_operation_takes_few_calls() -> None:
    """An operator, its function, a node and a tensor; and back, two for each rule."""
    w, b = (gg.tensor([0.5, 0.25], requires_grad=each) for each in (True, False))
    seed = gg.tensor([1.0, 1.0])
    ends: list[gg.Tensor] = []

    def chain(links: int) -> None:
        y = w
        for _ in range(links):
            y = gg.tanh(y * w + b) - 0.5
        ends.append(y)

    counts = []
    for links in (1, 10, 20):
        forward = calls(partial(chain, links))
        counts.append((forward, calls(partial(ends[-1].backward, seed))))
    forward, back = (b - a for a, b in zip(*counts[1:], strict=True))
    assert forward == 10 * (4 + 5 + 3 + 8)
    assert back == 10 * (4 + 6 + 2)


# ---- beside a loop written by hand ---------------------------------------------------


def sigmoid(x: Any) -> Any:
    """Compute it as one would."""
    return 1 / (1 + np.exp(-x))


def by_hand(weights: list[Any], x: Any, y: Any) -> Callable[[], None]:
    """Return a step of Adam on the lesson's network, written as one would write it."""
    w = [np.array(each) for each in weights]
    m, v = [np.zeros_like(e) for e in w], [np.zeros_like(e) for e in w]
    steps = 0

    def step() -> None:
        nonlocal steps
        a1 = sigmoid(x @ w[0] + w[1])
        a2 = sigmoid(a1 @ w[2] + w[3])
        p = sigmoid(a2 @ w[4] + w[5])
        d3 = (p - y) / np.float32(len(x))
        d2 = d3 @ w[4].T * a2 * (1 - a2)
        d1 = d2 @ w[2].T * a1 * (1 - a1)
        grads = [x.T @ d1, d1.sum(0), a1.T @ d2, d2.sum(0), a2.T @ d3, d3.sum(0)]
        steps += 1
        rate = 0.001 * np.sqrt(1 - 0.999**steps) / (1 - 0.9**steps)
        for i, g in enumerate(grads):
            m[i] += (g - m[i]) * np.float32(0.1)
            v[i] += (g * g - v[i]) * np.float32(0.001)
            w[i] -= np.float32(rate) * m[i] / (np.sqrt(v[i]) + np.float32(1e-7))

    step.weights = w  # type: ignore[attr-defined]
    return step


def test_a_step_is_as_quick_as_one_written_by_hand() -> None:
    """Both change the weights alike; ours takes half of the time, and never more."""
    model, _ = lesson("adam")
    model.compile("adam", "binary_crossentropy")
    rng = np.random.default_rng(1)
    x = rng.random((BATCH, 784), dtype=np.float32)
    y = rng.integers(0, 2, (BATCH, 1)).astype(np.float32)
    hand = by_hand(model.get_weights(), x, y)
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0)
    hand()
    for mine, other in zip(model.get_weights(), hand.weights, strict=True):  # type: ignore[attr-defined]
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)
    program = model._stages.program("fit", BATCH)
    with np.errstate(all="ignore"):
        times = [(spent(program.run), spent(hand)) for _ in range(100)]
    ours, theirs = map(min, zip(*times, strict=True))
    assert ours < theirs


def spent(step: Callable[[], None]) -> float:
    """Return the processor's time for a few runs."""
    start = time.thread_time()
    for _ in range(5):
        step()
    return time.thread_time() - start
