"""Recordings: every value as it was computed, state put back, and memory told."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

import graphgrad as gg
from graphgrad import _blocks
from graphgrad.recording import record, recorded


def step(w: gg.Variable, x: Any) -> gg.Tensor:
    """Take a step of gradient descent."""
    with gg.phase("loss"):
        loss = gg.sum(gg.tanh(x @ w) ** 2)
    (grad,) = gg.gradients(loss, [w])
    with gg.phase("update"):
        w.assign(w - 0.1 * grad)
    return loss


@pytest.fixture
def w() -> gg.Variable:
    """Return a parameter."""
    return gg.Variable(np.linspace(-1, 1, 12).reshape(4, 3), name="w")


def test_values_are_those_of_numpy(w: gg.Variable) -> None:
    """Each is what NumPy computes, though the program used the memory again."""
    x = np.linspace(0, 1, 20).reshape(5, 4)
    before = w.numpy()
    recording = record(gg.jit(lambda x: step(w, x)), x)
    product = x @ before
    np.testing.assert_array_equal(recording["matmul"], product)
    np.testing.assert_allclose(recording["tanh"], np.tanh(product), rtol=1e-15)
    grad = x.T @ (2 * np.tanh(product) * (1 - np.tanh(product) ** 2))
    np.testing.assert_allclose(recording.after["w"], before - 0.1 * grad, rtol=1e-12)
    np.testing.assert_array_equal(recording.before["w"], before)
    assert all(recording[row.name].shape == row.shape for row in recording.nodes)


def test_numbers_that_are_not_finite_are_recorded_without_a_warning() -> None:
    """Whoever asks: a program with its inputs as they are, or with others."""
    program = gg.Program(gg.trace(gg.log, gg.Spec((2,))))
    program.inputs[0][:] = [0.0, -1.0]
    for recording in (recorded(program), record(program, program.inputs[0])):
        np.testing.assert_array_equal(recording["log"], [-np.inf, np.nan])


def test_state_is_put_back(w: gg.Variable) -> None:
    """Nothing was trained, and no run counted."""
    fast: Any = gg.jit(lambda x: step(w, x))
    before = w.numpy().tobytes()
    recording = record(fast, np.ones((5, 4)))
    assert w.numpy().tobytes() == before
    assert [program.runs for program in fast.programs.values()] == [0]
    assert recording.after["w"].tobytes() != before


def test_state_is_put_back_after_an_error(w: gg.Variable) -> None:
    """Also if the step breaks off in the middle."""

    class Broken(gg.Program):
        def noted(self, note: Any, *, values: bool = False) -> Any:
            run = super().noted(note, values=values)

            def broken() -> None:
                run()
                raise KeyboardInterrupt

            return broken

    graph = gg.trace(lambda x: step(w, x), gg.Spec((5, 4), np.float64))
    before = w.numpy().tobytes()
    with pytest.raises(KeyboardInterrupt):
        record(Broken(graph), np.ones((5, 4)))
    assert w.numpy().tobytes() == before


def test_order_is_the_execution_record(w: gg.Variable) -> None:
    """What is called the order is what `record_execution` tells of a plain run."""
    fast = gg.jit(lambda x: step(w, x))
    recording = record(fast, np.ones((5, 4)))
    with gg.record_execution() as names:
        fast(np.ones((5, 4)))
    assert list(recording.order) == names
    assert list(recording) == names
    assert [row.name for row in recording.nodes] == [
        node.name for node in recording.graph.operations
    ]


def test_other_weights_give_other_values(w: gg.Variable) -> None:
    """The values are of a run, not of the graph."""
    fast, x = gg.jit(lambda x: step(w, x)), np.ones((5, 4))
    one = record(fast, x)
    w.assign(w.numpy() + 1.0)
    two = record(fast, x)
    assert (one["matmul"] != two["matmul"]).all()
    assert one["x"].tobytes() == two["x"].tobytes()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let loops over blocks of rows begin at a few bytes."""
    monkeypatch.setattr(_blocks, "LARGE", 64)
    monkeypatch.setattr(_blocks, "BLOCK", 96)


@pytest.mark.usefixtures("small_blocks")
def test_values_of_loops_are_whole() -> None:
    """Rows that a loop computes a few at a time are put together."""
    x = np.linspace(0, 1, 33).reshape(11, 3)
    graph = gg.trace(lambda x: gg.tanh(gg.exp(x) * 2.0) + x, x)
    program = gg.Program(graph)
    assert program.plan is not None
    assert program.plan.local
    recording = record(program, x)
    np.testing.assert_allclose(recording["exp"], np.exp(x), rtol=1e-15)
    np.testing.assert_allclose(recording["tanh"], np.tanh(np.exp(x) * 2), rtol=1e-15)
    np.testing.assert_array_equal(recording["add"], program.outputs[0])


def test_values_without_an_array_are_kept_too() -> None:
    """Single numbers that a step computes as scalars, and inputs that are lent."""
    x = np.arange(6.0).reshape(3, 2)
    graph = gg.trace(lambda x: gg.sum(x.T @ x) * 2.0 + 1.0, x)
    program = gg.Program(gg.passes.optimize(graph), lent={0: np.zeros((3, 2))})
    assert program.plan is not None
    assert program.plan.scalars
    recording = record(program, x)
    np.testing.assert_array_equal(recording["x"], x)
    total = (x.T @ x).sum()
    assert recording["multiply"].item() == 2 * total
    assert recording["add"].item() == 2 * total + 1
    assert list(recording) == list(recording.order)


# ---- memory --------------------------------------------------------------------------


def programs() -> Iterator[gg.Program]:
    """Make programs with views, results in place, packs, loops and working memory."""
    gg.set_random_seed(0)
    for optimizer in ("sgd", "adam"):
        layers = [gg.Dense(6, "gelu"), gg.Dropout(0.5), gg.Dense(2, "softmax")]
        model = gg.Sequential([gg.Input((3,)), *layers])
        model.compile(optimizer, "categorical_crossentropy")
        yield model.record(np.ones((4, 3)), np.eye(2)[[0, 1, 0, 1]]).program
    spec = gg.Spec((40, 5), np.float32)
    yield gg.Program(gg.trace(lambda x: gg.exp(x).T @ gg.tanh(x), spec))
    yield gg.Program(gg.trace(lambda x: gg.exp(x) + gg.tanh(x * 2.0) @ x.T @ x, spec))
    row = gg.Spec((5,), np.float32)
    yield gg.Program(gg.trace(lambda x: gg.broadcast_to(gg.exp(x), (9, 5)) @ x, row))


def test_no_two_results_share_memory_at_one_step() -> None:
    """A buffer holds one thing at a time, and what is read later is still there."""
    for program in programs():
        recording, plan = recorded(program), program.plan
        assert plan is not None
        sizes = {each.name: each.nbytes for each in plan.buffers}
        held: dict[tuple[str, int], Any] = {}
        for each in recording.live:
            assert each.nbytes <= sizes[each.buffer]
            for at in range(each.start, each.stop + 1):
                assert (each.buffer, at) not in held
                held[each.buffer, at] = each
        assert max(recording.memory) <= program.nbytes
        assert len(recording.memory) == len(recording.nodes)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("large", [64, 1 << 22])
def test_live_bytes_are_those_of_the_buffers(
    large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A buffer is as large as the largest that lies there; each step's are added up."""
    monkeypatch.setattr(_blocks, "LARGE", large)
    for program in programs():
        recording, plan = recorded(program), program.plan
        assert plan is not None
        held: dict[str, int] = {}
        for each in recording.live:
            held[each.buffer] = max(each.nbytes, held.get(each.buffer, 0))
        assert held == {each.name: each.nbytes for each in plan.buffers}
        for at, total in enumerate(recording.memory):
            there = [x.nbytes for x in recording.live if x.start <= at <= x.stop]
            assert total == sum(there)


def test_results_are_live_while_they_are_read() -> None:
    """From the step that computes a result to the last one that reads it."""
    for program in programs():
        recording, graph = recorded(program), program.graph
        steps = {node.name: i for i, node in enumerate(graph.operations)}
        users = graph.users()
        for each in recording.live:
            assert each.start == min(steps[name] for name in each.nodes)
            for name in each.nodes:
                for user in users[graph[name]]:
                    assert each.scratch or steps[user.name] <= each.stop


def test_memory_of_a_chain() -> None:
    """By hand: two products of 8 bytes each, the first one dead after the second."""
    graph = gg.trace(lambda x: (x @ x) @ x, gg.Spec((1, 1), np.float64))
    recording = record(gg.Program(graph), [[3.0]])
    ranges = [(each.nodes, each.start, each.stop) for each in recording.live]
    assert ranges == [(("matmul",), 0, 1), (("matmul_1",), 1, 1)]
    assert recording.memory == (8, 16)


# ---- numbers -------------------------------------------------------------------------

NUMBERS = st.lists(st.floats(width=32) | st.sampled_from([0.0, np.nan, np.inf]))


@given(NUMBERS)
def test_statistics_are_those_of_numpy(numbers: list[float]) -> None:
    """Finite elements have extremes, a mean and a histogram; others are counted."""
    array = np.array(numbers, np.float32)
    found = gg.recording.record(gg.jit(gg.identity), array).statistics("x")
    finite = array[np.isfinite(array)].astype(np.float64)
    assert found.size == array.size
    assert found.nan == np.isnan(array).sum()
    assert found.inf == np.isinf(array).sum()
    assert found.zeros == (array == 0).sum()
    assert sum(found.counts) == finite.size == found.finite
    if finite.size:
        assert (found.min, found.max) == (finite.min(), finite.max())
        assert found.mean == finite.mean()
    else:
        assert (found.min, found.mean, found.max) == (None, None, None)


@pytest.mark.parametrize(
    ("numbers", "counts"),
    [
        ([1.0, 1.0], (2,)),
        ([0.0, 16.0, 15.5, 0.5], (2, *[0] * 14, 2)),
        ([-1.7e308, 1.7e308], (1, *[0] * 14, 1)),
        ([0.0, 5e-324], (1, *[0] * 14, 1)),
        ([], ()),
    ],
)
def test_histogram_has_sixteen_bins(numbers: list[float], counts: Any) -> None:
    """Of one width, whatever the range; one bin for what is all the same."""
    array = np.array(numbers, np.float64)
    found = gg.recording.record(gg.jit(gg.identity), array).statistics("x")
    assert found.counts == counts


# ---- the object ----------------------------------------------------------------------


def test_keys_lead_to_the_same_array(w: gg.Variable) -> None:
    """The name, the tag, and the layer with the primitive."""

    def f(x: Any) -> Any:
        with gg.scope("layer"):
            return gg.tanh(x @ w) @ w.numpy().T

    recording = record(gg.jit(f), np.ones((5, 4)))
    assert recording["matmul"] is recording["F1"]
    assert recording["matmul"] is recording["layer/matmul"]
    assert recording["layer/matmul_1"] is recording["matmul_1"]
    assert "layer/tanh" in recording
    assert "tanh_7" not in recording


def test_unknown_key_is_named(w: gg.Variable) -> None:
    """The message says what may have been meant."""
    recording = record(gg.jit(lambda x: x @ w), np.ones((5, 4)))
    with pytest.raises(KeyError, match=r"no node 'matmil': did you mean 'matmul'\?"):
        recording["matmil"]


def test_arrays_are_read_only(w: gg.Variable) -> None:
    """A record of what was does not change."""
    recording = record(gg.jit(lambda x: step(w, x)), np.ones((5, 4)))
    for array in (recording["matmul"], recording.before["w"], recording.after["w"]):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_pickled_recording_is_the_same(w: gg.Variable) -> None:
    """All but the program, which is made anew."""
    recording = record(gg.jit(lambda x: step(w, x)), np.ones((5, 4)))
    copy = pickle.loads(pickle.dumps(recording))
    assert str(copy) == str(recording)
    assert list(copy) == list(recording)
    for name, array in recording.items():
        np.testing.assert_array_equal(copy[name], array)
    assert copy.live == recording.live
    assert copy.program.source == recording.program.source


def test_text_shows_every_operation(w: gg.Variable) -> None:
    """A line each, with what is not finite, and what has changed."""
    fast = gg.jit(lambda x: gg.log(x) + step(w, gg.abs(x)))
    recording = record(fast, np.full((5, 4), -1.0))
    text = str(recording)
    for row in recording.nodes:
        assert f"{row.tag} {row.name}" in text
    assert "state changed: w" in text
    (line,) = [each for each in text.splitlines() if " log " in each]
    assert " 20 " in line
    assert repr(recording).startswith("<Recording of ")
    assert recording._repr_html_().startswith("<pre>")


def test_only_programs_are_recorded() -> None:
    """The message says what makes a recording of a model."""
    with pytest.raises(TypeError, match=r"got function; of a model, model\.record"):
        record(lambda x: x, 1.0)
    program = gg.Program(gg.trace(gg.tanh, gg.Spec((3,))))
    with pytest.raises(gg.ShapeError, match="takes f32"):
        record(program, np.zeros(4, np.float32))


class Silent(gg.Program):
    """A program whose notes tell no values."""

    def noted(self, note: Any, *, values: bool = False) -> Any:
        """Tell None instead."""
        untold = [None] if values else []
        return super().noted(lambda name: note(name, *untold))


def test_backend_may_keep_values_to_itself() -> None:
    """Then order, times and state are known, and the message says why no more."""
    program = Silent(gg.trace(gg.tanh, gg.Spec((3,))))
    recording = record(program, np.zeros(3, np.float32))
    assert list(recording) == []
    assert recording.order == ("x", "tanh")
    with pytest.raises(KeyError, match="does not tell what 'tanh' is"):
        recording["tanh"]
    assert "not told" in str(recording)


def test_derivatives_name_their_operation(w: gg.Variable) -> None:
    """Each operation of the backward pass knows whose rule recorded it."""
    graph = gg.trace(lambda x: step(w, x), gg.Spec((5, 4), np.float64))
    found = {
        node.op.name: node.derivative_of
        for node in graph.operations
        if node.phase == "backward"
    }
    assert found["matmul"] == found["transpose"] == "matmul"
    assert {"tanh", "power"} & set(found.values())
    assert all(name in [node.name for node in graph.nodes] for name in found.values())
    forward = [node for node in graph.nodes if node.phase != "backward"]
    assert {node.derivative_of for node in forward} == {""}
