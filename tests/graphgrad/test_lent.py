"""Inputs that are lent: programs read arrays of others where they lie."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest
from cases.lending import blocks_of

import graphgrad as gg


def lent_program(x: Any) -> gg.Program:
    """Return a program that reads its first input, and views of it, in place."""

    def f(x: Any, w: Any) -> Any:
        y = gg.tanh(x) * x + gg.exp(x)
        return gg.sum(x.T @ w, axis=0), y, x.T

    graph = gg.trace(f, gg.Spec(x.shape, gg.float64), gg.Spec((6, 2), gg.float64))
    return gg.Program(gg.passes.optimize(graph), lent={0: x})


@pytest.mark.parametrize("block", [None, 1, 64])
def test_a_program_reads_what_is_lent_where_it_lies(block: int | None) -> None:
    """It computes from one array after the other, and changes none."""
    rng = np.random.default_rng(0)
    first, second = rng.random((2, 6, 3))
    w = rng.random((6, 2))
    with blocks_of(block):
        program = lent_program(first)
    program.inputs[1][...] = w
    for x in (first, second):
        before = x.copy()
        program.lend({0: x})
        assert np.shares_memory(program.inputs[0], x)
        for run in (program.run, program.noted(lambda _: None)):
            run()
            total, y, turned = program.outputs
            np.testing.assert_allclose(total, (x.T @ w).sum(0))
            np.testing.assert_allclose(y, np.tanh(x) * x + np.exp(x))
            np.testing.assert_array_equal(turned, x.T)
        np.testing.assert_array_equal(x, before)
    with gg.record_execution() as record:
        program.run()
    assert record == [node.name for node in program.graph.nodes]
    for one, other in zip(program(first, w), gg.Program(program.graph)(first, w),
                          strict=True):  # fmt: skip
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("block", [None, 64])
def test_the_source_of_a_program_with_lent_inputs_runs_by_itself(
    block: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its step takes them; what it returns of them is a copy."""
    with blocks_of(block):
        source = lent_program(np.ones((6, 3))).source
    assert "def step(x):" in source
    exec(source, {"__name__": "__main__"})  # noqa: S102  # our own text
    assert capsys.readouterr().out.startswith("matmul_1 [")


def test_what_was_lent_is_let_go() -> None:
    """A program without it cannot run, and keeps nothing."""
    x = np.ones((6, 3))
    held = weakref.ref(x)
    program = lent_program(x)
    program.run()
    program.lend({})
    del x
    assert held() is None
    for run in (program.run, program.noted(lambda _: None)):
        with pytest.raises(ValueError, match="reads 'x' where they lie, and nothing"):
            run()


def test_a_call_lends_for_one_run() -> None:
    """Whatever lies before it is read again, and no array can be written through it."""
    graph = gg.trace(lambda x: x * 2.0, gg.Spec((3,), gg.float64))
    program = gg.Program(graph, lent={0: np.ones(3)})
    x = np.arange(3.0)
    odd = np.frombuffer(b" " + x.tobytes(), np.uint8)[1:].view(np.float64)
    for each in (x, odd, x.astype(">f8"), np.ma.masked_less(x, 1)):
        assert program(each)[0].tolist() == [0.0, 2.0, 4.0]
        assert program.inputs[0].tolist() == [1.0] * 3
    with pytest.raises(ValueError, match="read-only"):
        program.inputs[0][0] = 5.0
    program.run()
    assert program.outputs[0].tolist() == [2.0] * 3
    single = gg.Program(
        gg.trace(lambda x: x * 2.0, gg.Spec(())), lent={0: np.ones((), np.float32)}
    )
    assert single(np.float32(4.0))[0] == 8.0


def test_arrays_are_lent_by_the_positions_of_inputs() -> None:
    """Others would be read in another one's place."""
    spec = gg.Spec((3,), gg.float64)
    graph = gg.trace(lambda x, y: x - y, spec, spec)
    for i in (-1, 2):
        with pytest.raises(ValueError, match=f"0 to 1; got one for {i}"):
            gg.Program(graph, lent={0: np.ones(3), i: np.ones(3)})


@pytest.mark.parametrize(
    "wrong", [np.ones((3, 6)), np.ones((6, 3), "float32"), np.ones((3, 6)).T]
)
def test_what_is_lent_must_be_like_the_input(wrong: Any) -> None:
    """Shape, dtype and layout are those that the program was made for."""
    program = lent_program(np.ones((6, 3)))
    with pytest.raises(gg.ShapeError, match="input 'x' is lent as f64"):
        program.lend({0: wrong})
    with pytest.raises(ValueError, match=r"the inputs \[0\] of this program"):
        program.lend({1: np.ones((6, 2))})
    program.run()


def test_an_input_that_is_an_output_is_not_lent() -> None:
    """What is lent is gone when outputs are looked at."""
    graph = gg.trace(lambda x: x, gg.Spec((3,), gg.float64))
    with pytest.raises(gg.ShapeError, match="an output as well"):
        gg.Program(graph, lent={0: np.ones(3)})
