"""Programs: they run what the graph says, in planned memory, as readable code."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.lending import blocks_of
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

UNARY = [
    "tanh",
    "sigmoid",
    "exp",
    "sin",
    "relu",
    "square",
    "negative",
    "softplus",
    "abs",
]
BINARY = ["add", "subtract", "multiply", "maximum", "where", "arctan2"]


@st.composite
def expressions(draw: st.DrawFn) -> list[tuple[Any, ...]]:
    """Draw a recipe: each step makes a value from earlier ones."""
    steps: list[tuple[Any, ...]] = []
    for i in range(2, draw(st.integers(3, 12))):
        pick = st.integers(0, i - 1)
        kind = draw(st.sampled_from(["unary", "binary", "matmul", "sum", "view"]))
        if kind == "unary":
            steps.append((draw(st.sampled_from(UNARY)), draw(pick)))
        elif kind == "binary":
            steps.append((draw(st.sampled_from(BINARY)), draw(pick), draw(pick)))
        elif kind == "matmul":
            steps.append(("matmul", draw(pick), draw(pick)))
        else:
            steps.append((kind, draw(pick)))
    return steps


def evaluate(steps: list[tuple[Any, ...]], x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
    """Compute a recipe; all values are (3, 3), so that any step fits any other."""
    values = [x, w]
    for name, *where in steps:
        args = [values[i] for i in where]
        if name == "sum":
            values.append(gg.sum(args[0], axis=0, keepdims=True) * 0.1 + args[0])
        elif name == "view":
            values.append(args[0].T.reshape(9).reshape(3, 3))
        elif name == "matmul":
            values.append(gg.tanh(args[0] @ args[1].T))
        elif name == "where":
            values.append(gg.where(args[0] > args[1], args[0], args[1] * 0.5))
        else:
            values.append(getattr(gg, name)(*args))
    return gg.mean(gg.tanh(values[-1]) + values[-2] * 0.01)


@pytest.mark.parametrize("block", [None, 24, 48])
@given(expressions(), st.integers(0, 2**32 - 1))
def test_compiled_values_and_gradients_equal_eager_ones(
    block: int | None, steps: list[tuple[Any, ...]], seed: int
) -> None:
    """I4: in float64 the program gives the bits of eager evaluation, in blocks too."""
    rng = np.random.default_rng(seed)
    x, w = rng.uniform(-1, 1, (2, 3, 3))

    def f(x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        return evaluate(steps, x, w)

    derivative = gg.value_and_grad(f, argnums=(0, 1))
    expected, (dx, dw) = derivative(x, w)
    fast = gg.jit(derivative)
    for _ in range(2):
        with blocks_of(block):
            value, (fast_dx, fast_dw) = fast(x, w)
        np.testing.assert_allclose(value.numpy(), expected.numpy(), 1e-13, 1e-15)
        np.testing.assert_allclose(fast_dx.numpy(), dx.numpy(), rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(fast_dw.numpy(), dw.numpy(), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("block", [None, 24, 48])
@given(expressions())
def test_what_runs_is_what_the_graph_shows(
    block: int | None, steps: list[tuple[Any, ...]]
) -> None:
    """I1: the execution record is the graph's nodes, in their order."""

    def f(x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        return evaluate(steps, x, w)

    spec = gg.Spec((3, 3), gg.float64)
    recorded = gg.trace(gg.grad(f), spec, spec)
    recorded.check()
    graph = gg.passes.optimize(recorded)
    graph.check()
    with blocks_of(block):
        program = gg.Program(graph)
    with gg.record_execution() as record:
        program.run()
    assert record == [node.name for node in graph.nodes]
    known = {node.name for node in recorded.nodes}
    assert all(node.origins and known.issuperset(node.origins) for node in graph.nodes)


def test_recording_does_not_change_the_results() -> None:
    """The recorded form of a program computes the same bits over the same arrays."""
    program = gg.Program(gg.trace(lambda x: gg.sigmoid(x) * x, gg.Spec((4,))))
    program.inputs[0][...] = [-2.0, -0.5, 0.5, 2.0]
    program.run()
    plain = program.outputs[0].copy()
    program.outputs[0][...] = 0
    with gg.record_execution() as record:
        program.run()
    assert record == ["x", "sigmoid", "multiply"]
    assert np.array_equal(program.outputs[0], plain)


def mlp_step(
    rows: int = 16, width: int = 8, units: int = 5, outputs: int = 1
) -> gg.Program:
    """Return a training step of a small network with state."""
    rng = np.random.default_rng(0)
    w1 = gg.Variable(
        rng.normal(size=(width, units)) / width, name="w1", dtype="float32"
    )
    w2 = gg.Variable(
        rng.normal(size=(units, outputs)) / units, name="w2", dtype="float32"
    )

    rate = 0.1 / units

    def step(x: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        loss = gg.mean((gg.sigmoid(x @ w1) @ w2 - y) ** 2)
        for weight, g in zip((w1, w2), gg.gradients(loss, [w1, w2]), strict=True):
            gg.assign(weight, weight - rate * g)
        return loss

    graph = gg.trace(step, gg.Spec((rows, width)), gg.Spec((rows, outputs)))
    return gg.Program(gg.passes.optimize(graph))


def test_a_step_allocates_no_array() -> None:
    """I6: after the first run a program takes no memory for arrays.

    Each array of this step has 64 KB or more; NumPy's own iterators take up to 33 KB.
    """
    program = mlp_step(rows=1024, width=64, units=1024, outputs=16)
    program.run()
    tracemalloc.start()
    try:
        program.run()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(10):
            program.run()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - before < 48_000
    assert peak - before < 48_000


def test_training_with_state_reduces_the_loss() -> None:
    """Assignments reach the variables, run after run."""
    program = mlp_step()
    rng = np.random.default_rng(1)
    program.inputs[0][...] = rng.normal(size=(16, 8))
    program.inputs[1][...] = rng.normal(size=(16, 1))
    losses = []
    for _ in range(50):
        program.run()
        losses.append(float(program.outputs[0]))
    assert losses[-1] < losses[0]
    assert program.runs == 50


def test_a_new_state_value_is_computed_in_place() -> None:
    """Where nobody reads the old value any more, the assignment costs no copy."""
    program = mlp_step()
    assert program.plan is not None
    kinds = [program.plan.kind[node] for node in program.graph.effects]
    assert kinds == ["assigned", "assigned"]


def test_state_that_is_read_later_keeps_its_old_value_until_then() -> None:
    """Swapping two variables needs both old values."""
    a = gg.Variable([1.0], name="a")
    b = gg.Variable([2.0], name="b")

    def swap() -> gg.Tensor:
        old_a, old_b = a * 1.0, b * 1.0
        gg.assign(a, old_b + 0.0)
        gg.assign(b, old_a + 0.0)
        return a + b

    program = gg.Program(gg.passes.optimize(gg.trace(swap)))
    program.run()
    assert (a.numpy().item(), b.numpy().item()) == (2.0, 1.0)
    assert program.outputs[0].item() == 3.0


def test_an_input_that_is_read_again_later_is_not_overwritten() -> None:
    """The sum of x, y and x again reads x after it has written its result."""

    def f(x: gg.Tensor) -> gg.Tensor:
        y = x * 2.0
        return gg.add_n([y, x, y])

    program = gg.Program(gg.trace(f, gg.Spec((3,), "float64")))
    assert program(np.array([1.0, 2.0, 3.0]))[0].tolist() == [5.0, 10.0, 15.0]
    both = gg.jit(lambda x: gg.clip(gg.sin(x), -9.0, gg.sin(x)))
    assert both([1.0]).item() == np.sin(1.0)


def test_state_is_written_when_the_step_ends() -> None:
    """Reads after an assignment see its value; a derivative reads what was read."""
    w = gg.Variable([1.0, 2.0], name="w")

    def twice() -> tuple[gg.Tensor, gg.Tensor]:
        first = w * 2.0
        w.assign(first)
        w.assign(w + 100.0)
        return first, w * 1.0

    assert [each.tolist() for each in gg.jit(twice)()] == [[2.0, 4.0], [102.0, 104.0]]
    assert w.tolist() == [102.0, 104.0]

    def used(x: gg.Tensor) -> gg.Tensor:
        y = gg.sum(w * x)
        w.assign(w * 0.0)
        return y

    assert gg.jit(gg.grad(used))([1.0, 1.0]).tolist() == [102.0, 104.0]
    assert w.tolist() == [0.0, 0.0]


def test_a_new_state_value_may_need_scratch() -> None:
    """Operations with working memory are computed into state, too."""
    w = gg.Variable([0.5], name="w")
    gg.jit(lambda: gg.assign(w, gg.erf(w)))()
    assert w.tolist() == gg.erf([0.5]).tolist()


NAMES = ["b0", "b1", "arrays", "np", "step", "lambda", "µ", "x²", "a\n    print(1)#"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_of_state_makes_a_program(name: str) -> None:
    """Names are the users': none collides with the program's own, none runs."""
    w = gg.Variable([1.0, 2.0, 3.0], name=name)
    other = gg.Variable([1.0, 1.0, 1.0], name="b1")

    def f(x: gg.Tensor) -> gg.Tensor:
        with gg.scope(name):
            return gg.tanh(x * w) + gg.erf(x) * other

    fast = gg.jit(f)
    x = np.array([0.1, 0.2, 0.3])
    expected = np.tanh(x * [1.0, 2.0, 3.0]) + gg.erf(x).numpy()
    with gg.record_execution():
        assert np.array_equal(fast(x), expected)
    assert np.array_equal(fast(x), expected)


def test_a_captured_array_is_frozen() -> None:
    """What a traced function read from outside is part of the program."""
    a = np.array([2.0, 3.0])
    fast = gg.jit(lambda x: x * a)
    fast([1.0, 1.0])
    a[:] = 5.0
    assert fast([1.0, 1.0]).tolist() == [2.0, 3.0]


def test_a_tensor_of_another_trace_is_refused() -> None:
    """It has no value, and the message says what to do."""
    kept: list[gg.Tensor] = []
    gg.jit(lambda x: (kept.append(x), x * 1.0)[1])(1.0)  # type: ignore[func-returns-value]
    with pytest.raises(gg.TraceError, match="'x', an argument of another"):
        gg.jit(lambda y: y + kept[0])(2.0)


def test_views_and_results_of_old_state_are_kept_from_its_assignment() -> None:
    """What was read before an assignment has the old value, also through a view."""
    w = gg.Variable([[1.0, 2.0]], name="w")

    def step() -> tuple[gg.Tensor, gg.Tensor, gg.Tensor]:
        turned, old = w.T, w
        result = old.detach()
        gg.assign(w, w * 10.0)
        return turned * 1.5, result, w * 1.0

    program = gg.Program(gg.passes.optimize(gg.trace(step)))
    program.run()
    assert [each.tolist() for each in program.outputs] == [
        [[1.5], [3.0]],
        [[1.0, 2.0]],
        [[10.0, 20.0]],
    ]


def test_the_source_runs_by_itself(tmp_path: Path) -> None:
    """A person can paste the source into a file and run it with NumPy alone."""
    program = mlp_step()
    script = tmp_path / "step.py"
    script.write_text(program.source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-W", "error", str(script)]
        if sys.version_info >= (3, 11)
        else [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "graphgrad" not in program.source
    assert all(
        node.name.split("/")[-1] in done.stdout for node in program.graph.outputs
    )


def test_buffers_are_shared_by_results_that_do_not_meet() -> None:
    """A long chain needs one buffer, not one for each result."""

    def chain(x: gg.Tensor) -> gg.Tensor:
        for _ in range(50):
            x = gg.sin(x)
        return x

    program = gg.Program(gg.trace(chain, gg.Spec((100,))))
    assert program.nbytes == 400


def test_arrays_of_a_program_begin_with_a_line_of_the_cache() -> None:
    """Buffers, inputs, numbers and what is packed: vectors read across no two lines."""
    w, v = (gg.Variable(np.ones(5, np.float32)) for _ in range(2))
    gg.passes.pack_variables([w, v], "weights")
    spec = gg.Spec((7, 5), gg.float32)
    program = gg.Program(gg.trace(lambda x: gg.exp(gg.relu(x * w + v)), spec))
    w_home = w.cell.home
    assert w_home is not None
    arrays = [*program.inputs, *program.outputs, w_home.array]
    assert [0] * 3 == [each.ctypes.data % 64 for each in arrays]
    assert "np.empty" not in program.source
    assert "np.zeros((" not in program.source
