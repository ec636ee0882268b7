"""Homes: variables of one dtype share an array, and copies live alone."""

from __future__ import annotations

import copy
import pickle
import tracemalloc
from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from cases.homes import graph_of, updating, variables

import graphgrad as gg
from graphgrad._home import are_side_by_side, stretch


def test_variables_of_one_dtype_share_an_array() -> None:
    """A home per dtype; names, values and shapes stay."""
    values: list[Any] = [
        np.ones((2, 2)),
        np.arange(3, dtype=np.float32),
        np.zeros(2),
        np.float64(7),
    ]
    found = [gg.Variable(value, name=f"v{i}") for i, value in enumerate(values)]
    gg.passes.pack_variables(found, "weights")
    doubles = [each.cell for i, each in enumerate(found) if i != 1]
    assert 1 == len({id(cell.home) for cell in doubles})
    assert [0, 4, 6] == [cell.start for cell in doubles]
    assert found[1].cell.home is None
    for each, value in zip(found, values, strict=True):
        np.testing.assert_array_equal(value, each.numpy())
        assert each.dtype == value.dtype


def test_what_a_program_holds_stays_where_it_is() -> None:
    """A program made before keeps reading and writing the same variable."""
    a, b, c = (gg.Variable([float(i)]) for i in range(3))
    double = gg.jit(lambda: gg.assign(a, a * 2.0 + 1.0))
    double()
    gg.passes.pack_variables([a, b, c], "weights")
    assert a.cell.home is None
    assert b.cell.home is c.cell.home is not None
    double()
    assert [3.0] == a.numpy().tolist()


def test_who_has_a_home_moves_until_a_program_holds_it() -> None:
    """One home for all, as long as nobody knows where they are."""
    (a, b, c, d), _ = variables([(2,)] * 4, packed=False)
    gg.passes.pack_variables([a, b], "first")
    first, version = a.cell.home, a.cell.version
    gg.passes.pack_variables([a, b], "again")
    assert a.cell.home is first
    gg.passes.pack_variables([a, b, c], "second")
    second = a.cell.home
    assert second is b.cell.home is c.cell.home is not first
    assert a.cell.version >= version
    step = gg.jit(lambda: [gg.assign(each, each + 1.0) for each in (a, b)])
    step()
    gg.passes.pack_variables([a, b, c, d], "third")
    assert second is a.cell.home is b.cell.home is c.cell.home
    step()
    np.testing.assert_array_equal(np.linspace(0, 1, 2) + 2.0, a.numpy())
    np.testing.assert_array_equal(np.linspace(1, 2, 2) + 2.0, b.numpy())


def test_one_variable_alone_and_nothing_need_no_home() -> None:
    """Neither does a variable without elements."""
    one, none = gg.Variable([1.0]), gg.Variable(np.zeros((0, 2)))
    gg.passes.pack_variables([one, none], "weights")
    gg.passes.pack_variables([], "weights")
    assert one.cell.home is None
    assert none.cell.home is None


def test_versions_grow_with_every_change() -> None:
    """By eager assignments, by programs of one variable, and by packed ones."""
    weights, slots = variables([(2,), (2,)], packed=True)
    first = weights[0]
    specs = [gg.Spec((2,), gg.float64)] * 2
    step = gg.trace(updating([(0, 1, 1, 1)] * 2, weights, slots), *specs)
    programs = [gg.Program(gg.passes.optimize(step)), gg.Program(step)]
    versions = [first.cell.version]
    for program in programs:
        before = first.numpy()
        program(np.ones(2), np.ones(2))
        versions.append(first.cell.version)
        assert not np.array_equal(before, first.value.numpy())
        np.testing.assert_array_equal(first.numpy(), first.value.numpy())
    first.assign([5.0, 6.0])
    versions.append(first.cell.version)
    assert versions == sorted(set(versions))
    assert [5.0, 6.0] == first.cell.home.array[:2].tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_copies_live_alone(copied: Callable[[gg.Variable], gg.Variable]) -> None:
    """A copy has the value, and no part in the home."""
    (a, b), _ = variables([(2,), (3,)], packed=True)
    twin = copied(b)
    twin.assign([7.0, 8.0, 9.0])
    assert twin.cell.home is None
    np.testing.assert_array_equal(np.linspace(1, 2, 3), b.numpy())
    assert a.cell.home is b.cell.home


def test_a_packed_step_allocates_no_array() -> None:
    """I6, where gradients are computed right into the pack.

    NumPy 1 takes a buffer of 64 KB to add up over two axes; the least of these matrices
    has twice as many bytes.
    """
    shapes = [(256, 64), (64,), (64, 256), (256,)]
    graph, _ = graph_of(shapes, [(0, 1, 1, 1)] * 4, packed=True)
    program = gg.Program(graph)
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
    assert peak - before < 100_000


def test_gradients_are_computed_into_the_pack() -> None:
    """No copies: what is packed lies in the pack's buffer, at its place."""
    shapes = [(4, 3), (3,), (3, 2)]
    graph, _ = graph_of(shapes, [(0, 1, 1, 1)] * 3, packed=True)
    plan = gg.Program(graph).plan
    assert plan is not None
    (pack,) = [node for node in graph.operations if node.op.name == "pack"]
    assert [0, 12, 15] == [plan.start[each] for each in pack.inputs]
    assert {id(plan.buffer[pack])} == {id(plan.buffer[each]) for each in pack.inputs}
    assert f"{pack.name}[" not in gg.Program(graph).source


def test_packs_are_of_one_dtype() -> None:
    """The error names the dtypes."""
    specs = [gg.Spec((2,), gg.float64), gg.Spec((2,), gg.float32)]
    with pytest.raises(gg.ShapeError, match=r"one dtype.*float64.*float32"):
        gg.OPS["pack"]().infer(*specs)


def test_unpack_checks_the_length() -> None:
    """The error says how many elements there must be."""
    with pytest.raises(gg.ShapeError, match="a vector of 6 elements"):
        gg.OPS["unpack"](2, (2, 2))(np.ones(5))  # type: ignore[call-arg]


def test_neighbours_leave_no_gap() -> None:
    """The first and the third of three do not lie side by side."""
    first, second, third = variables([(2,), (3,), (2,)], packed=True)[0]
    assert are_side_by_side([first.cell, second.cell, third.cell])
    assert not are_side_by_side([first.cell, third.cell])
    assert not are_side_by_side([second.cell, first.cell])


def test_a_stretch_has_the_values_of_its_cells() -> None:
    """Of all cells of a home it is the home, of some of them a part of it."""
    made = variables([(2,), (2,), (2,)], packed=True)[0]
    for start, stop in combinations(range(4), 2):
        cells = [each.cell for each in made[start:stop]]
        one = stretch(cells)
        np.testing.assert_array_equal(
            one.array, np.concatenate([cell.array for cell in cells])
        )
        assert (one is cells[0].home) == (len(cells) == 3)
