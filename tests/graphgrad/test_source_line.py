"""The line of a node: the user's own, kept by derivatives and passes, and no more."""

from __future__ import annotations

import copy
import inspect
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.nodes import NOWHERE, Line, Place, source_line

SPEC = gg.Spec((3,))


def two_lines(x: gg.Tensor) -> gg.Tensor:
    """Compute in two lines."""
    y = gg.tanh(x)
    return gg.sum(y * 2.0)


def line(graph: gg.Graph, name: str) -> str:
    """Return the text of a node's line alone."""
    return source_line(graph[name]).partition(": ")[2]


def test_an_operation_has_the_line_that_asked_for_it() -> None:
    """The file's name, the number in it, and what stands there."""
    graph = gg.trace(two_lines, SPEC)
    first = inspect.getsourcelines(two_lines)[1]
    name = Path(__file__).name
    assert source_line(graph["tanh"]) == f"{name}:{first + 2}: y = gg.tanh(x)"
    assert line(graph, "multiply") == line(graph, "sum") == "return gg.sum(y * 2.0)"


def test_what_is_composed_inside_has_the_line_of_the_call() -> None:
    """The user wrote one line, whatever the library makes of it."""

    def f(x: gg.Tensor) -> gg.Tensor:
        return gg.softmax(x)

    graph = gg.trace(f, SPEC)
    assert len(graph.operations) > 1
    assert {source_line(n).partition(": ")[2] for n in graph.operations} == {
        "return gg.softmax(x)"
    }


def test_the_innermost_line_counts() -> None:
    """Of a function that calls another, the line in which something is computed."""

    def outer(x: gg.Tensor) -> gg.Tensor:
        return two_lines(x) + 1.0

    graph = gg.trace(outer, SPEC)
    assert line(graph, "tanh") == "y = gg.tanh(x)"
    assert line(graph, "add") == "return two_lines(x) + 1.0"


def test_derivatives_have_the_line_of_what_they_derive() -> None:
    """Not that of the call of `grad`, and not of its rule."""

    def step(x: gg.Tensor) -> gg.Tensor:
        slope: gg.Tensor = gg.grad(two_lines)(x)
        return slope

    graph = gg.trace(step, SPEC)
    backward = [node for node in graph.operations if node.phase == "backward"]
    lines = {source_line(node).partition(": ")[2] for node in backward}
    assert lines == {"y = gg.tanh(x)", "return gg.sum(y * 2.0)"}


@pytest.mark.parametrize("way", [gg.passes.optimize, gg.passes.dead_code])
def test_passes_keep_lines(way: Callable[[gg.Graph], gg.Graph]) -> None:
    """What is copied or made of others was written where those were."""
    graph = gg.trace(gg.grad(two_lines), SPEC)
    known = {source_line(node) for node in graph.operations}
    after = way(graph)
    assert {source_line(node) for node in after.operations} <= known
    assert line(after, "tanh") == "y = gg.tanh(x)"


def test_an_assignment_has_its_line() -> None:
    """Though it is recorded at the end of the step."""
    state = gg.Variable(np.zeros(3), name="state")

    def f(x: gg.Tensor) -> gg.Tensor:
        state.assign(x)
        return x * 2.0

    graph = gg.trace(f, SPEC)
    assert line(graph, "assign") == "state.assign(x)"


def test_what_nobody_wrote_has_no_line() -> None:
    """Inputs, a function of the library alone, and what is computed at once."""
    assert source_line(gg.trace(two_lines, SPEC)["x"]) == ""
    assert source_line(gg.trace(gg.tanh, SPEC)["tanh"]) == ""
    y = gg.tanh(gg.tensor(1.0, requires_grad=True))
    assert y.node is not None
    assert y.node.place.line is NOWHERE


def test_a_scope_may_have_a_line() -> None:
    """It stands for code of the library; a user's own line comes first."""
    known = Line(__file__, inspect.getsourcelines(two_lines)[1])

    def f(x: gg.Tensor) -> gg.Tensor:
        with gg.scope("part", known):
            return gg.exp(x)

    assert line(gg.trace(f, SPEC), "exp") == "return gg.exp(x)"
    x = gg.tensor(1.0, requires_grad=True)
    with gg.scope("part", known):
        y = gg.exp(x)
    assert y.node is not None
    assert source_line(y.node).endswith(": def two_lines(x: gg.Tensor) -> gg.Tensor:")


def test_lines_make_no_difference() -> None:
    """Two graphs of the same operations are the same, wherever they were written."""
    one, other = Line("one.py", 1), Line("other.py", 2)
    assert one == other
    assert len({one, other}) == 1
    assert Place("dense", line=one) == Place("dense", line=other)
    assert hash(Place(line=one)) == hash(Place(line=other))

    def f(x: gg.Tensor) -> gg.Tensor:
        y = gg.exp(x)
        z = gg.exp(x)
        return y * z

    merged = gg.passes.merge_common(gg.trace(f, SPEC))
    assert [node.name for node in merged.operations] == ["exp", "multiply"]
    assert line(merged, "exp") == "y = gg.exp(x)"


def test_pickles_hold_no_lines() -> None:
    """Nothing of this machine goes into a file; a copy in memory keeps its lines."""
    graph = gg.trace(two_lines, SPEC)
    data = pickle.dumps(graph)
    assert str(Path(__file__).parent).encode() not in data
    assert source_line(pickle.loads(data)["tanh"]) == ""
    place = graph["tanh"].place
    assert copy.deepcopy(place).line is place.line


def test_lines_are_shown_without_their_folder(tmp_path: Path) -> None:
    """Also those that cannot be read any more, and those of no file."""
    code = "import graphgrad as gg\ndef f(x):\n    return gg.exp(x)\n"
    path = tmp_path / "model.py"
    space: dict[str, Callable[..., gg.Tensor]] = {"__name__": "__main__"}  # type: ignore[dict-item]
    exec(compile(code, str(path), "exec"), space)  # noqa: S102  # two lines of ours
    graph = gg.trace(space["f"], SPEC)
    assert source_line(graph["exp"]) == "model.py:3"
    assert repr(graph["exp"].place.line) == "model.py:3"
    path.write_text(code.replace("exp(x)", "exp(x)  #" + "x" * 200))
    shown = source_line(graph["exp"])
    assert shown.startswith("model.py:3: return gg.exp(x) #xxx")
    assert shown.endswith("x…")
    assert len(shown) < 100


def test_cells_of_notebooks_are_called_so() -> None:
    """Their files have names that mean nothing."""
    space: dict[str, Callable[..., gg.Tensor]] = {"__name__": "__main__"}  # type: ignore[dict-item]
    code = "import graphgrad as gg\ndef f(x):\n    return gg.exp(x)\n"
    for file, shown in (("<stdin>", "stdin:3"), ("/t/ipykernel_7/8.py", "cell:3")):
        exec(compile(code, file, "exec"), space)  # noqa: S102
        assert source_line(gg.trace(space["f"], SPEC)["exp"]) == shown
