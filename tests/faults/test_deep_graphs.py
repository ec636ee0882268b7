"""Graphs of a million nodes: nothing recurses over them, nothing looks at pairs."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import viz

# The power of the number of nodes by which calls may grow: 1 is linear.
EXPONENT = 1.05

SPEC = gg.Spec((2,))


def chain(operations: int) -> Callable[[Any], Any]:
    """Return a function of so many operations, each of which reads the one before."""

    def f(x: Any) -> Any:
        y = x
        for _ in range(operations // 2):
            y = gg.tanh(y) + x
        return y

    return f


def traced(operations: int) -> gg.Graph:
    """Return its graph."""
    return gg.trace(chain(operations), SPEC)


def of_derivative(operations: int) -> gg.Graph:
    """Return the graph of its derivative."""
    f = chain(operations)
    return gg.trace(gg.grad(lambda x: gg.sum(f(x))), SPEC)


def eager(operations: int) -> Any:
    """Compute it and its derivative, and let go of both."""
    x = gg.tensor([0.5, 0.25], requires_grad=True)
    gg.sum(chain(operations)(x)).backward()
    return x.grad


def run(graph: gg.Graph) -> Any:
    """Make a program of a graph, and run it."""
    return gg.Program(graph)(np.ones(2, "float32"))


def pickled(graph: gg.Graph) -> gg.Graph:
    """Return the graph that a pickle of it holds."""
    found: gg.Graph = pickle.loads(pickle.dumps(graph))
    return found


WORK: dict[str, Callable[[gg.Graph], Any]] = {
    "check": gg.Graph.check,
    "str": str,
    "equation": lambda graph: gg.equation(graph.outputs[0]),
    "tags": gg.Graph.tags,
    "flops": gg.Graph.flops,
    "optimize": gg.passes.optimize,
    "program": run,
    "source": lambda graph: gg.Program(graph).source,
    "pickle": pickled,
    "deepcopy": copy.deepcopy,
    "explain": lambda graph: str(gg.explain(graph)),
    "to_dot": lambda graph: viz.to_dot(graph).source,
    "to_html": lambda graph: str(viz.to_html(graph)),
}
MAKING: dict[str, Callable[[int], Any]] = {
    "trace": traced,
    "derivative": of_derivative,
    "eager": eager,
}
# Pages of more nodes are for no browser, and take their time.
LARGE = {"to_html", "to_dot", "explain"}


@pytest.fixture(scope="module")
def deep(often: int) -> int:
    """Return the operations of a graph far deeper than Python's stack."""
    return 3_000 if often == 1 else 1_000_000


@pytest.fixture(scope="module")
def graph(deep: int) -> gg.Graph:
    """Return the graph."""
    return traced(deep)


@pytest.mark.parametrize("name", WORK)
def test_nothing_recurses(name: str, graph: gg.Graph, deep: int) -> None:
    """What one may ask a graph for is had of the deepest too."""
    assert sys.getrecursionlimit() < deep
    assert deep == len(graph.operations)
    WORK[name](graph if name not in LARGE else traced(min(deep, 20_000)))


def test_values_and_derivatives_of_deep_graphs_agree(deep: int) -> None:
    """Eager, compiled, and after a pickle."""
    # The program of a derivative has 14 kB for each node of the function.
    deep = min(deep, 200_000)
    graph = traced(deep)
    x = np.ones(2, "float32")
    due = chain(deep)(gg.tensor(x)).numpy()
    for each in (graph, gg.passes.optimize(graph), pickled(graph)):
        np.testing.assert_array_equal(due, gg.Program(each)(x)[0])
    slope = gg.Program(of_derivative(deep))(x)[0]
    tensor = gg.tensor(x, requires_grad=True)
    gg.sum(chain(deep)(tensor)).backward()
    assert tensor.grad is not None
    np.testing.assert_allclose(tensor.grad.numpy(), slope, rtol=1e-5)


def test_a_deep_graph_is_freed(deep: int) -> None:
    """Without recursion, and without the collector of cycles."""
    eager(deep)
    gc.collect()
    gc.disable()
    try:
        before = sys.getallocatedblocks()
        eager(deep)
        assert 0 == gc.collect()
        assert sys.getallocatedblocks() - before < 100
    finally:
        gc.enable()


def test_a_picture_of_too_many_nodes_is_refused(tmp_path: Path) -> None:
    """With the way out, and before anything is written."""
    for engine in ("lanes", "dot"):
        with pytest.raises(viz.RenderError, match=r"collapse=True|phases="):
            viz.render(traced(5_000), tmp_path / "picture.svg", engine=engine)
    assert [] == list(tmp_path.iterdir())


def calls(work: Callable[[], Any]) -> int:
    """Count the functions of Python and of C that are called by ``work``."""
    count = 0

    def note(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("name", [*WORK, *MAKING])
def test_twice_the_nodes_are_twice_the_work(name: str, often: int) -> None:
    """In calls, which are the same on all machines."""
    small = (600 if name == "to_html" else 400) * math.isqrt(often)
    counts = []
    for size in (small, 2 * small):
        if name in MAKING:
            counts.append(calls(partial(MAKING[name], size)))
        else:
            counts.append(calls(partial(WORK[name], traced(size))))
    assert counts[1] <= counts[0] * 2**EXPONENT
