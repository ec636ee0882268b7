"""Where results lie: pools lend buffers, blocks run over rows; by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import _blocks
from graphgrad._pool import Buffer, Pool, put

F8 = np.dtype("f8")


def buffers(*sizes: int) -> list[Buffer]:
    """Return buffers of so many elements."""
    return [Buffer(f"b{i}", F8, size) for i, size in enumerate(sizes)]


@pytest.mark.parametrize(
    ("size", "taken", "grown"), [(1, 1, 4), (4, 1, 4), (5, 0, 8), (8, 0, 8), (9, 0, 9)]
)
def test_a_pool_gives_the_smallest_that_fits(size: int, taken: int, grown: int) -> None:
    """Where none does, the largest grows; what is taken is gone."""
    pool, held = Pool(), buffers(8, 4)
    for each in held:
        pool.put(each)
    found = pool.take(size)
    assert found is held[taken]
    assert grown == held[taken].size
    assert [held[1 - taken]] == pool.buffers


def test_of_equal_buffers_the_first_grows() -> None:
    """The pool stays in order of size, whatever is put back."""
    pool, (one, two, three) = Pool(), buffers(4, 8, 8)
    for each in (two, three, one, one):
        pool.put(each)
    assert [one, two, three] == pool.buffers
    assert pool.take(16) is two
    pool.put(two)
    assert [4, 8, 16] == [each.size for each in pool.buffers]
    assert [pool.take(1), pool.take(1), pool.take(1)] == [one, three, two]
    assert pool.take(1) is None


def test_each_dtype_has_its_pool() -> None:
    """And a buffer the bytes of its elements."""
    pools: dict[Any, Pool] = {}
    doubles, singles = Buffer("b0", F8, 3), Buffer("b1", np.dtype("f4"), 3)
    put(pools, doubles)
    put(pools, singles)
    assert [24, 12] == [doubles.nbytes, singles.nbytes]
    assert pools[F8].take(3) is doubles
    assert pools[F8].take(3) is None


def test_a_chain_of_one_input_needs_one_buffer() -> None:
    """Each result lies where the one before it lay, whose last reader it is."""
    chained = gg.trace(lambda x: gg.tanh(gg.sin(gg.exp(x))), gg.Spec((3,), F8))
    plan = gg.Program(chained).plan
    assert plan is not None
    assert [24] == [each.nbytes for each in plan.buffers]


def blocks_of(
    monkeypatch: pytest.MonkeyPatch,
    function: Callable[..., Any],
    *shapes: tuple[int, ...],
    large: int = 191,
    block: int = 64,
) -> list[tuple[int, int, list[str], set[str]]]:
    """Return rows, step, operations and local results of each block of a program."""
    monkeypatch.setattr(_blocks, "LARGE", large)
    monkeypatch.setattr(_blocks, "BLOCK", block)
    graph = gg.trace(function, *[gg.Spec(shape, F8) for shape in shapes])
    plan = gg.Program(graph).plan
    assert plan is not None
    found = {id(each): each for each in plan.block.values()}.values()
    return [
        (
            each.rows,
            each.step,
            [node.op.name for node in each.nodes],
            {node.op.name for node in each.local},
        )
        for each in found
    ]


def chain(x: gg.Tensor) -> gg.Tensor:
    """Compute on every element, three times."""
    return gg.tanh(gg.exp(x) * x)


CHAIN = ["exp", "multiply", "tanh"]


@pytest.mark.parametrize(
    ("shape", "large", "block", "step"),
    [
        ((6, 4), 191, 64, 2),
        ((6, 4), 191, 95, 2),
        ((6, 4), 191, 96, 3),
        ((6, 4), 191, 1, 1),
        ((6, 4), 191, 10_000, 6),
        ((6, 4), 192, 64, None),
        ((2, 12), 191, 96, 1),
        ((1, 24), 191, 64, None),
        ((24,), 191, 64, 8),
    ],
)
def test_a_chain_runs_over_the_rows_that_fit(
    monkeypatch: pytest.MonkeyPatch,
    shape: tuple[int, ...],
    large: int,
    block: int,
    step: int | None,
) -> None:
    """Six rows of 32 bytes: two in a block of 64; a row at least, and all at most."""
    found = blocks_of(monkeypatch, chain, shape, large=large, block=block)
    due = [(shape[0], step, CHAIN, {"exp", "multiply"})]
    assert found == (due if step else [])


def test_blocks_end_where_rows_meet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read as a whole ends a block; what others read lies in memory."""

    def through(x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        return gg.exp(gg.tanh(gg.exp(gg.tanh(x)) @ w))

    found = blocks_of(monkeypatch, through, (6, 4), (4, 4))
    assert [(6, 2, ["tanh", "exp"], {"tanh"})] * 2 == found

    def beside(x: gg.Tensor) -> tuple[gg.Tensor, gg.Tensor]:
        y = gg.exp(x)
        return y, gg.tanh(y)

    assert [(6, 2, ["exp", "tanh"], set())] == blocks_of(monkeypatch, beside, (6, 4))

    def apart(x: gg.Tensor, y: gg.Tensor) -> tuple[gg.Tensor, gg.Tensor]:
        return chain(x), chain(y)

    first, second = blocks_of(monkeypatch, apart, (6, 4), (3, 8))
    assert [(6, 2), (3, 1)] == [first[:2], second[:2]]
    assert CHAIN == first[2] == second[2]


def test_what_a_block_reads_as_a_whole_is_there_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A row for all rows is; a matrix that the block itself computes is not."""

    def with_row(x: gg.Tensor, row: gg.Tensor) -> gg.Tensor:
        return gg.tanh(x + row) * row

    found = blocks_of(monkeypatch, with_row, (6, 4), (4,))
    assert [(6, 2, ["add", "tanh", "multiply"], {"add", "tanh"})] == found

    def turned(x: gg.Tensor) -> gg.Tensor:
        y = gg.exp(x)
        return gg.tanh(y + gg.transpose(y))

    found = blocks_of(monkeypatch, turned, (6, 6))
    assert [["exp"], ["add", "tanh"]] == [each[2] for each in found]


# ---- state, and views of it ----------------------------------------------------------


def test_a_view_of_state_is_read_as_it_was() -> None:
    """However late: what is assigned meanwhile does not show."""
    w = gg.Variable(np.arange(6.0).reshape(2, 3))
    before = w.numpy()

    def step(x: gg.Tensor) -> gg.Tensor:
        turned = gg.transpose(w)
        gg.assign(w, w + x)
        return gg.exp(turned) * 2.0

    program = gg.Program(gg.trace(step, gg.Spec((2, 3), F8)))
    for _ in range(3):
        (result,) = program(np.ones((2, 3)))
        np.testing.assert_array_equal(np.exp(before.T) * 2.0, result)
        before = before + 1.0
        np.testing.assert_array_equal(before, w.numpy())


def test_a_view_of_state_is_kept_for_other_state() -> None:
    """Which takes on the old values, turned, whichever is assigned first."""
    a, b = gg.Variable(np.arange(6.0).reshape(2, 3)), gg.Variable(np.zeros((3, 2)))
    before = a.numpy()

    def step() -> None:
        turned = gg.transpose(a)
        gg.assign(a, a * 2.0)
        gg.assign(b, turned)

    program = gg.Program(gg.trace(step))
    for _ in range(2):
        program()
        np.testing.assert_array_equal(before.T, b.numpy())
        before = before * 2.0
        np.testing.assert_array_equal(before, a.numpy())


def test_a_view_is_copied_into_state() -> None:
    """Of an input, of a result and of other state: nothing is computed there."""
    a, b, c = (gg.Variable(np.zeros((3, 2))) for _ in range(3))
    other = gg.Variable(np.arange(6.0).reshape(2, 3))

    def step(x: gg.Tensor) -> None:
        gg.assign(a, gg.transpose(x))
        gg.assign(b, gg.transpose(gg.exp(x)))
        gg.assign(c, gg.transpose(other))

    program = gg.Program(gg.trace(step, gg.Spec((2, 3), F8)))
    first = np.arange(6.0).reshape(2, 3) / 7
    for x in (first, first + 1):
        program(x)
        for each, due in ((a, x.T), (b, np.exp(x).T), (c, other.numpy().T)):
            np.testing.assert_array_equal(due, each.numpy())
