"""Lanes: what is done alike to all weights becomes one operation, and nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from cases.homes import Shape, variables
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

# A formula over a weight, its slot and its gradient: a name, or (operation, a, b).
BINARY = ("add", "subtract", "multiply", "maximum")
NAMES = st.sampled_from("wmg")
Formula = Any


def applied(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    """Draw an operation on two formulas, or on one and a number."""
    return st.tuples(st.sampled_from(BINARY), inner, inner | st.just(0.5))


FORMULAS = applied(st.recursive(NAMES, applied, max_leaves=6))
SHAPES = st.lists(
    st.sampled_from([(2,), (3,), (2, 2), (1, 3), (3, 2)]), min_size=2, max_size=5
)


def computed(formula: Formula, given: dict[str, Any]) -> Any:
    """Return what a formula gives."""
    if not isinstance(formula, tuple):
        return given.get(formula, formula)
    name, *parts = formula
    return getattr(gg, name)(*[computed(part, given) for part in parts])


def optimized(step: Callable[..., Any], shapes: Sequence[Shape] = ()) -> gg.Graph:
    """Return the graph of a step, with the operations that packing makes."""
    specs = [gg.Spec(shape, gg.float64) for shape in shapes]
    return gg.passes.optimize(gg.trace(step, *specs))


def count(graph: gg.Graph, name: str) -> int:
    """Count the operations of a kind."""
    return [node.op.name for node in graph.operations].count(name)


@given(SHAPES, FORMULAS, FORMULAS)
def test_what_is_done_to_all_alike_is_done_at_once(
    shapes: list[Shape], slot: Formula, weight: Formula
) -> None:
    """Whatever it is: no operation is left that does it to a single weight."""
    weights, slots = variables(shapes, packed=True)

    def step(*gradients: gg.Tensor) -> None:
        for w, m, g in zip(weights, slots, gradients, strict=True):
            gg.assign(m, computed(slot, {"w": w, "m": m, "g": g}))
            gg.assign(w, computed(weight, {"w": w, "m": m, "g": g}))

    graph = optimized(step, shapes)
    done = [n for n in graph.operations if n.op.name not in ("pack", "unpack")]
    assert {(sum(map(math.prod, shapes)),)} == {node.shape for node in done}
    assert not {node.name for node in graph.states} - {"weights", "slots"}


@given(st.permutations(range(4)), st.permutations(range(4)))
def test_weights_that_read_each_other(read: list[int], written: list[int]) -> None:
    """In whichever order: each gets what belongs to it."""
    weights, slots = variables([(2,)] * 4, packed=True)
    old = [each.numpy() for each in weights]

    def step() -> None:
        new = [weights[i] * 2.0 + slots[i] for i in read]
        for i, value in zip(written, new, strict=True):
            gg.assign(weights[i], value)

    gg.Program(optimized(step))()
    for source, i in zip(read, written, strict=True):
        due = old[source] * 2.0 + slots[source].numpy()
        np.testing.assert_array_equal(due, weights[i].numpy())


def test_a_weight_between_two_others_is_left_alone() -> None:
    """Those beside it are written and read alike, and do not follow each other."""
    weights, slots = variables([(2,)] * 3, packed=True)
    a, b, c = (each.numpy() for each in weights)

    def step() -> None:
        for i, j in ((0, 0), (2, 1)):
            gg.assign(slots[j], slots[j] * 0.0 + weights[i])
            gg.assign(weights[i], weights[i] + 1.0)

    gg.Program(optimized(step))()
    for due, each in zip((a + 1, b, c + 1, a, c), (*weights, *slots), strict=False):
        np.testing.assert_array_equal(due, each.numpy())


@pytest.mark.parametrize(
    "mixed", [gg.transpose, lambda x: gg.cumsum(x, axis=1), lambda x: gg.flip(x, 0)]
)
def test_what_mixes_the_elements_is_done_to_each_weight(mixed: Any) -> None:
    """Over all weights at once it would mix those of one with those of another."""
    (a, b), _ = variables([(2, 2)] * 2, packed=True)
    due = [mixed(each * 2.0).numpy() for each in (a, b)]
    gg.Program(optimized(lambda: [gg.assign(v, mixed(v * 2.0)) for v in (a, b)]))()
    np.testing.assert_array_equal(due, [a.numpy(), b.numpy()])


def test_what_is_not_pure_is_done_as_often_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It may do something else the second time."""
    (a, b), _ = variables([(2,)] * 2, packed=True)

    def step() -> None:
        gg.assign(a, gg.sin(a))
        gg.assign(b, gg.sin(b))

    assert count(optimized(step), "sin") == 1
    monkeypatch.setattr(gg.OPS["sin"], "pure", False)
    assert count(optimized(step), "sin") == 2


@pytest.mark.parametrize("block", [gg.scope, gg.phase])
def test_each_place_keeps_its_operations(block: Any) -> None:
    """What two layers, or two phases, do alike is told of each of them."""
    (a, b), _ = variables([(2,)] * 2, packed=True)

    def step() -> None:
        for each, name in ((a, "backward"), (b, "update")):
            with block(name):
                gg.assign(each, each * 2.0)

    assert count(optimized(step), "multiply") == 2


def test_sums_of_as_many_terms_become_one() -> None:
    """A sum of two is not done by one of three."""
    (a, b, c, d), _ = variables([(2,)] * 4, packed=True)
    old = [each.numpy() for each in (a, b, c, d)]

    def step(x: gg.Tensor) -> None:
        for each in (a, b):
            gg.assign(each, gg.add_n([each, x]))
        for each in (c, d):
            gg.assign(each, gg.add_n([each, x, x]))

    gg.Program(optimized(step, [(2,)]))([1.0, 2.0])
    for times, before, each in zip((1, 1, 2, 2), old, (a, b, c, d), strict=True):
        np.testing.assert_array_equal(before + times * np.array([1, 2]), each.numpy())
