"""Profiles: what is measured is assigned to the right operation, and adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.profiles import Clock, Timed, step

import graphgrad as gg
from graphgrad import _profiler
from graphgrad.profiling import Profiler, profile


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Return the clock by which profiles are made in this test."""
    found = Clock()
    monkeypatch.setattr(_profiler, "_now", found)
    return found


def test_each_operation_gets_the_time_that_it_took(clock: Clock) -> None:
    """The looks at the clock are taken off; what was noted in pieces is added up."""
    graph = gg.trace(step, gg.Spec((4,)))
    costs = {"exp": 6000, "multiply": 3000, "sum": 1000}
    found = profile(Timed(graph, clock, costs), np.ones(4, np.float32), steps=4)
    assert {row.name: row.time_us for row in found.nodes} == {
        "exp": 6.0,
        "multiply": 3.0,
        "sum": 1.0,
    }
    assert [row.share for row in found.nodes] == [0.6, 0.3, 0.1]
    assert (found.clock_us, found.step_us, found.fastest_us) == (0.01, 0.01, 0.01)
    assert found.runs == 4
    assert found["exp"].gflops_per_s == found["exp"].flops / 6000
    assert found["exp"].gbytes_per_s == 32 / 6000
    phases = [(each.name, each.time_us, each.operations) for each in found.phases]
    assert phases == [("forward", 6.0, 1), ("loss", 4.0, 2)]
    layers = [(each.name, dict(each.times_us)) for each in found.layers]
    assert layers == [("first", {"forward": 6.0}), ("second", {"loss": 4.0})]


def test_what_takes_less_than_the_clock_takes_no_time(clock: Clock) -> None:
    """A time is never negative, and there is no speed without one."""
    program = Timed(gg.trace(gg.exp, gg.Spec(())), clock, {"exp": -10})
    found = profile(program, np.float32(1.0))
    assert (found.total.time_us, found["exp"].share) == (0.0, 0.0)
    assert found["exp"].gflops_per_s is found["exp"].gbytes_per_s is None


def test_sums_are_those_of_the_operations() -> None:
    """Phases, layers, and any choice add up to the total, which is the graph's."""
    fast = gg.jit(gg.value_and_grad(step))
    found = profile(fast, np.ones(5), steps=3)
    graph = found.graph
    assert [row.name for row in found.nodes] == [n.name for n in graph.operations]
    assert [row.tag for row in found.nodes] == list(graph.tags().values())
    assert found.total.flops == graph.flops()
    for groups in (found.phases, found.layers, [found.of(graph.tags())]):
        assert sum(each.operations for each in groups) == len(found.nodes)
        assert sum(each.flops for each in groups) == found.total.flops
        assert sum(each.nbytes for each in groups) == found.total.nbytes
        spent = sum(each.time_us for each in groups)
        assert spent == pytest.approx(found.total.time_us, rel=1e-12)
        assert sum(each.share for each in groups) == pytest.approx(1.0)


def test_flops_and_bytes_are_those_of_the_shapes() -> None:
    """2mkn for a product; inputs once each, and the result, in bytes."""

    def f(a: gg.Tensor, b: gg.Tensor) -> gg.Tensor:
        return gg.square(a @ b.T) * 2.0

    found = profile(gg.jit(f), np.ones((2, 3), np.float32), np.ones((4, 3)), steps=1)
    rows = {row.name: (row.flops, row.nbytes) for row in found.nodes}
    assert rows["matmul"] == (2 * 2 * 3 * 4, 2 * 3 * 8 + 4 * 3 * 8 + 2 * 4 * 8)
    assert rows["square"] == (8, 2 * 8 * 8)
    assert rows["multiply"] == (8, 2 * 8 * 8 + 8)
    assert found["matmul"].shape == (2, 4)
    assert found["matmul"].dtype == "float64"


def test_views_and_values_computed_into_state_are_no_work() -> None:
    """No instruction of a step belongs to them, so that they take nothing."""
    w = gg.Variable(np.ones((2, 3)), name="w")

    def turn() -> gg.Tensor:
        gg.assign(w, w * 2.0)
        return w.T + 1.0

    found = profile(gg.jit(turn), steps=2)
    for name in ("assign", "transpose"):
        row = found[name]
        assert (row.time_us, row.flops, row.nbytes) == (0.0, 0, 0)
        assert (row.is_idle, row.spent, row.work) == (True, "no instruction", "")
    assert not found["add"].is_idle


def test_what_is_packed_where_it_was_computed_is_no_work() -> None:
    """Gradients lie in the pack already; one that two weights share is copied."""
    for shared in (False, True):
        a, b = gg.Variable(np.ones(3)), gg.Variable(np.ones(3))
        gg.passes.pack_variables([a, b], "weights")

        def turn(
            x: gg.Tensor,
            a: gg.Variable = a,
            b: gg.Variable = b,
            shared: bool = shared,
        ) -> None:
            g = gg.matmul(x, np.ones((3, 3)))
            gg.assign(a, a - g)
            gg.assign(b, b - (g if shared else gg.matmul(x, np.eye(3))))

        found = profile(gg.jit(turn), np.ones(3), steps=2)
        assert found["pack"].is_idle != shared


def test_an_input_that_is_read_twice_is_moved_once() -> None:
    """The second read finds it in the cache."""
    found = profile(gg.jit(lambda x: x * x), np.ones(8), steps=1)
    assert found["multiply"].nbytes == 2 * 64


# ---- nothing changes -----------------------------------------------------------------


def test_state_and_counts_are_as_before() -> None:
    """A profile assigns, counts and draws nothing."""
    w = gg.Variable([1.0, 2.0], name="w")
    seed = gg.Variable(np.array([3, 4], np.uint64), name="seed", trainable=False)

    def f(x: gg.Tensor) -> gg.Tensor:
        w.assign(w + x)
        seed.assign(seed + 1)
        return gg.sum(w)

    fast = gg.jit(f)
    fast([1.0, 1.0])
    (program,) = fast.programs.values()  # type: ignore[attr-defined]
    found = profile(fast, [5.0, 5.0], steps=7)
    assert (w.tolist(), seed.tolist()) == ([2.0, 3.0], [4, 5])
    assert (w.value.tolist(), program.runs, found.runs) == ([2.0, 3.0], 1, 7)
    assert found.program is program
    assert fast([1.0, 1.0]).item() == 7.0


def test_state_is_put_back_after_an_error_too() -> None:
    """Whatever ends the block; and what was read in it is not remembered."""
    w = gg.Variable([1.0], name="w")
    program = gg.Program(gg.trace(lambda: gg.assign(w, w * 3.0)))

    def interrupted() -> None:
        with Profiler(program) as profiler:
            profiler.run()
            assert w.value.tolist() != [1.0]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (w.value.tolist(), w.numpy().tolist(), program.runs) == ([1.0], [1.0], 0)


def test_a_profile_is_not_recorded_as_an_execution_of_its_own() -> None:
    """Runs without the clock are the program's, and those with it are not counted."""
    program = gg.Program(gg.trace(gg.exp, gg.Spec((2,))))
    with gg.record_execution() as record:
        profile(program, np.ones(2, np.float32), steps=1)
    assert record == ["x", "exp"] * 2


def test_inputs_are_those_that_were_given() -> None:
    """The arrays are there in every run; a loop of one's own puts in what it likes."""
    seen = gg.Variable(0.0, name="seen")

    def f(x: gg.Tensor) -> gg.Tensor:
        return gg.assign(seen, seen + x)

    program = gg.Program(gg.trace(f, gg.Spec((), "float64")))
    with Profiler(program, steps=2) as profiler:
        given = iter([1.0, 10.0])
        while profiler.goes_on():
            program.inputs[0][...] = next(given)
            profiler.run()
        # The first run warms up, too.
        assert float(seen) == 4 * 1.0 + 2 * 10.0


# ---- how often -----------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "runs"), [(-1.0, 10), (1e9, 200)])
def test_without_steps_it_takes_a_while(
    monkeypatch: pytest.MonkeyPatch, seconds: float, runs: int
) -> None:
    """At least 10 runs, however long they take, and 200 at most."""
    monkeypatch.setattr(_profiler, "SECONDS", seconds)
    assert profile(gg.jit(gg.exp), 1.0).runs == runs


@pytest.mark.parametrize("steps", [0, -1, 2.0, True, "3"])
def test_steps_are_counted(steps: Any) -> None:
    """What is no number of steps is refused, and nothing runs."""
    with pytest.raises(ValueError, match=r"steps is a whole number of at least 1, got"):
        profile(gg.jit(gg.exp), 1.0, steps=steps)
    assert profile(gg.jit(gg.exp), 1.0, steps=np.int64(2)).runs == 2  # type: ignore[arg-type]


def test_what_is_no_program_is_refused() -> None:
    """The message names the way out."""
    with pytest.raises(TypeError, match=r"a Program or of a function of gg\.jit, got"):
        profile(gg.exp, 1.0)
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    with pytest.raises(TypeError, match=r"got Sequential; of a model, model\.profile"):
        profile(model, [[1.0]])
    program = gg.Program(gg.trace(gg.exp, gg.Spec((3,))))
    with pytest.raises(gg.ShapeError, match=r"takes f32 \(3,\); got f64 \(2,\)"):
        profile(program, np.ones(2))


def test_a_graph_without_operations_has_an_empty_profile(tmp_path: Path) -> None:
    """There is nothing to show, and nothing fails."""
    found = profile(gg.Program(gg.trace(lambda x: x, gg.Spec(()))), np.float32(1))
    assert (found.nodes, found.phases, found.layers) == ((), (), ())
    assert found.total.share == 0
    assert "0 operations" in str(found)
    found.to_csv(tmp_path / "none.csv")
