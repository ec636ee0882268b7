"""Packing changes what is called, never what is computed."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from cases.homes import Shape, choices, graph_of, updating, variables
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import _blocks
from graphgrad._ops import _packing

SHAPES: list[Shape] = [(), (1,), (3,), (2, 2), (1, 3), (3, 2)]


@st.composite
def recipes(draw: st.DrawFn) -> tuple[list[Shape], list[tuple[int, ...]]]:
    """Draw shapes of weights, and what is done to each: mostly the same to all."""
    shapes = draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=5))
    usual = draw(choices)
    one = st.one_of(st.just(usual), st.just(usual), choices)
    return shapes, [draw(one) for _ in shapes]


@contextmanager
def lying(*, tall: bool, blocks: bool) -> Iterator[None]:
    """Let small matrices lie column by column, and small chains run over blocks."""
    before = _packing.HIGH, _packing.WIDE, _blocks.LARGE, _blocks.BLOCK
    if tall:
        _packing.HIGH, _packing.WIDE = 2, 8
    if blocks:
        _blocks.LARGE, _blocks.BLOCK = 8, 24
    try:
        yield
    finally:
        _packing.HIGH, _packing.WIDE, _blocks.LARGE, _blocks.BLOCK = before


@pytest.mark.parametrize("tall", [False, True])
@pytest.mark.parametrize("blocks", [False, True])
@given(recipes())
def test_packed_programs_compute_the_same_bits(
    tall: bool, blocks: bool, drawn: tuple[list[Shape], list[tuple[int, ...]]]
) -> None:
    """Whatever is done to weights, alike or not: state and results are equal."""
    shapes, recipe = drawn
    inputs = [np.linspace(-2, i, math.prod(s)).reshape(s) for i, s in enumerate(shapes)]
    seen = []
    for packed in (False, True):
        with lying(tall=tall and packed, blocks=blocks and packed):
            graph, state = graph_of(shapes, recipe, packed=packed)
            program = gg.Program(graph)
        results = [program(*inputs)[0] for _ in range(3)]
        seen.append([*results, *(each.numpy() for each in state)])
    # A sum over columns adds up in their order.
    rtol = 1e-14 if tall else 0
    for one, other in zip(*seen, strict=True):
        np.testing.assert_allclose(one, other, rtol, atol=rtol)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_powers_of_single_numbers_have_the_same_bits(dtype: str) -> None:
    """NumPy rounds them otherwise than those of a row, so that they stay apart."""
    starts = np.random.default_rng(0).uniform(0.3, 2, (100, 1)).astype(dtype)
    seen = []
    for packed in (False, True):
        state = [gg.Variable(each) for each in starts]
        if packed:
            gg.passes.pack_variables(state, "weights")

        def step(state: list[gg.Variable] = state) -> None:
            for each in state:
                gg.assign(each, gg.power(each * 0.9, 0.3))

        gg.jit(step)()
        seen.append(np.stack([each.numpy() for each in state]))
    apart, together = seen
    np.testing.assert_array_equal(apart, together)


@given(recipes())
def test_every_recorded_node_is_an_origin(
    drawn: tuple[list[Shape], list[tuple[int, ...]]],
) -> None:
    """What became of an operation can be told: packing loses no origin."""
    origins = [
        {name for node in graph.nodes for name in node.origins}
        for packed in (False, True)
        for graph in [graph_of(*drawn, packed=packed)[0]]
    ]
    assert origins[0] == origins[1]


@given(st.lists(st.sampled_from(SHAPES[2:]), min_size=2, max_size=5))
def test_one_chain_for_all_weights(shapes: list[Shape]) -> None:
    """As many operations on state for many weights as for one."""
    recipe = [(0, 1, 1, 1)] * len(shapes)
    graph, _ = graph_of(shapes, recipe, packed=True)
    names = [node.op.name for node in graph.operations]
    assert 1 == names.count("pack")
    assert 2 == names.count("assign")
    assert {"weights", "slots"} == {node.name for node in graph.states}
    size = sum(map(math.prod, shapes))
    updates = [n for n in graph.operations if n.op.name in ("add", "subtract")]
    assert {(size,)} == {node.shape for node in updates}


def test_a_gradient_that_two_weights_share_reaches_both() -> None:
    """What is packed twice is computed once, and copied."""
    (a, b, c), _ = variables([(3,), (3,), (3,)], packed=True)
    before = [each.numpy() for each in (a, b, c)]

    def step(x: gg.Tensor) -> None:
        shared = gg.exp(x)
        for each in (a, b, c):
            gg.assign(each, each - shared)

    program = gg.Program(gg.passes.optimize(gg.trace(step, gg.Spec((3,), gg.float64))))
    assert [3] == [len(n.inputs) for n in program.graph.nodes if n.op.name == "pack"]
    program([0.0, 1.0, 2.0])
    for each, old in zip((a, b, c), before, strict=True):
        np.testing.assert_array_equal(old - np.exp([0.0, 1.0, 2.0]), each.numpy())


def test_a_weight_that_waits_for_another_stays_apart() -> None:
    """Alike as they are, one needs the new value of the other: no call does both."""
    (a, b), _ = variables([(2,), (2,)], packed=True)
    old = [each.numpy() for each in (a, b)]

    def step(x: gg.Tensor) -> None:
        new = gg.assign(a, a * x)
        gg.assign(b, b * gg.sin(new))

    program = gg.Program(gg.passes.optimize(gg.trace(step, gg.Spec((2,), gg.float64))))
    assert not [node for node in program.graph.nodes if node.op.name == "pack"]
    program([2.0, 3.0])
    np.testing.assert_array_equal(old[0] * [2.0, 3.0], a.numpy())
    np.testing.assert_array_equal(old[1] * np.sin(a.numpy()), b.numpy())


def test_state_that_is_read_in_one_piece_and_written_in_another() -> None:
    """Each takes the value of the one before it: read are a and b, written b and c."""
    weights, _ = variables([(2,)] * 3, packed=True)
    a, b, c = weights
    old = [each.numpy() for each in weights]

    def step(x: gg.Tensor) -> None:
        first, second = a * x + 1.0, b * x + 1.0
        gg.assign(b, first)
        gg.assign(c, second)

    program = gg.Program(gg.passes.optimize(gg.trace(step, gg.Spec((2,), gg.float64))))
    program([2.0, 3.0])
    for new, each in zip(weights, (old[0], *old[:2]), strict=True):
        due = each if new is a else each * [2.0, 3.0] + 1.0
        np.testing.assert_array_equal(due, new.numpy())


@pytest.mark.parametrize("dtypes", [("f4", "i8"), ("i8", "f4"), ("i8", "i4")])
def test_what_is_of_two_dtypes_stays_apart(dtypes: tuple[str, str]) -> None:
    """Alike but for the dtype of what they read: each computes its own."""
    (a, b), _ = variables([(2,), (2,)], packed=True)

    def step(x: gg.Tensor, y: gg.Tensor) -> None:
        gg.assign(a, gg.cast(x, gg.float64))
        gg.assign(b, gg.cast(y, gg.float64))

    specs = [gg.Spec((2,), np.dtype(dtype)) for dtype in dtypes]
    program = gg.Program(gg.passes.optimize(gg.trace(step, *specs)))
    assert not [node for node in program.graph.nodes if node.op.name == "pack"]
    program(np.array([1, 2], dtypes[0]), np.array([3, 4], dtypes[1]))
    assert [[1, 2], [3, 4]] == [a.numpy().tolist(), b.numpy().tolist()]


def test_a_part_of_a_packed_result_is_a_view() -> None:
    """Weights in two homes read slots in one: nothing is copied together again."""
    weights, slots = variables([(2,)] * 4, packed=False)
    gg.passes.pack_variables(slots, "slots")
    gg.passes.pack_variables(weights[:2], "front")
    gg.passes.pack_variables(weights[2:], "back")
    step = updating([(0, 1, 1, 1)] * 4, weights, slots)
    graph = gg.passes.optimize(gg.trace(step, *[gg.Spec((2,), gg.float64)] * 4))
    assert [4] == [len(n.inputs) for n in graph.operations if n.op.name == "pack"]
    parts = [node for node in graph.operations if node.inputs[0].shape == (8,)]
    views: list[Any] = [node.op for node in parts if node.op.name == "unpack"]
    assert [(0, (4,)), (4, (4,))] == [(op.start, op.shape) for op in views]


def test_a_part_is_written_as_it_lies() -> None:
    """Row by row, but for tall matrices."""
    assert "w[2:5]" == _packing.Unpack(2, (3,)).formula("w")
    assert "reshape_{2×3}(w[2:8])" == _packing.Unpack(2, (2, 3)).formula("w")
    with lying(tall=True, blocks=False):
        assert "reshape_{2×8}(w[0:16])ᵀ" == _packing.Unpack(0, (8, 2)).formula("w")


def test_state_that_is_only_read_is_read_in_one_piece() -> None:
    """What is never assigned lies side by side, too: nothing is copied together."""
    weights, slots = variables([(2,)] * 3, packed=True)
    step = updating([(0, 0, 1, 1)] * 3, weights, slots)
    graph = gg.passes.optimize(gg.trace(step, *[gg.Spec((2,), gg.float64)] * 3))
    states = sorted((node.name, node.shape) for node in graph.states)
    assert [("slots", (6,)), ("weights", (6,))] == states
    (pack,) = [node for node in graph.operations if node.op.name == "pack"]
    assert not any(each.is_leaf for each in pack.inputs)


# ---- tall matrices, which lie column by column ---------------------------------------


def test_a_tall_matrix_is_packed_and_unpacked_column_by_column() -> None:
    """What comes out went in; its derivative is the part of the cotangent."""
    pack, unpack = _packing.Pack(), _packing.Unpack(2, (600, 3))
    x, ends = np.arange(1800.0).reshape(600, 3), np.array([-1.0, -2.0])
    flat = pack(ends, x, ends)
    assert np.array_equal(flat.numpy()[2:5], x[:3, 0])
    assert np.array_equal(unpack(flat).numpy(), x)
    weights = np.linspace(0, 1, 1804)
    slope = gg.grad(lambda x: gg.sum(pack(ends, x, ends) * weights))(x)
    assert np.array_equal(slope.numpy(), unpack(weights).numpy())
    back = gg.grad(lambda v: gg.sum(unpack(v) * x))(weights)
    assert np.array_equal(back.numpy()[2:-2], x.T.reshape(-1))
    assert not back.numpy()[:2].any()


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
@pytest.mark.parametrize("regularizer", [None, "l2"])
def test_a_tall_kernel_trains_as_any(
    optimizer: str, regularizer: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In which order it lies changes how fast it is, and nothing that is seen of it."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 520)) / 9, rng.integers(0, 2, 40)

    def trained() -> gg.Sequential:
        gg.utils.set_random_seed(0)
        first = gg.Dense(20, "tanh", kernel_regularizer=regularizer)
        model = gg.Sequential([first, gg.Dense(1, "sigmoid")])
        model.compile(optimizer, "binary_crossentropy")
        model.fit(x, y, batch_size=16, epochs=3, verbose=0)
        return model

    def kernel_of(model: gg.Sequential) -> gg.Variable:
        return model.weights[0]

    model = trained()
    kernel = kernel_of(model)
    assert kernel.cell.array.flags.f_contiguous
    assert kernel.numpy().flags.c_contiguous
    monkeypatch.setattr(_packing, "HIGH", 10**9)
    other = trained()
    assert kernel_of(other).cell.array.flags.c_contiguous
    for mine, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-6)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        copied.fit(x, y, batch_size=16, verbose=0)
    model.fit(x, y, batch_size=16, verbose=0)
    mine, theirs = kernel_of(model).numpy(), kernel_of(copied).numpy()
    np.testing.assert_allclose(theirs, mine, rtol=1e-4, atol=1e-6)
    model.set_weights(other.get_weights())
    assert np.array_equal(model.get_weights()[0], other.get_weights()[0])


def test_what_needs_rows_is_not_computed_into_columns() -> None:
    """A reshape writes row by row: its result is copied to where it belongs."""
    w, b = gg.Variable(np.zeros((600, 3))), gg.Variable(np.zeros(2))
    gg.passes.pack_variables([w, b], "weights")
    u = np.arange(1800.0).reshape(30, 60)

    def step(u: gg.Tensor) -> None:
        gg.assign(w, gg.reshape(gg.transpose(u), (600, 3)))

    gg.jit(step)(u)
    assert np.array_equal(w.numpy(), u.T.reshape(600, 3))


@pytest.mark.parametrize("look", [gg.ravel, gg.sum, lambda g: gg.reshape(g, (8, 512))])
def test_what_lies_in_columns_is_looked_at_as_it_is(look: Any) -> None:
    """A view of a gradient, or of a new weight, shows its elements row by row."""
    rng = np.random.default_rng(0)
    x, d = rng.normal(size=(4, 512)), rng.normal(size=(4, 8))

    def weights() -> tuple[gg.Variable, gg.Variable]:
        w, b = gg.Variable(np.ones((512, 8))), gg.Variable(np.ones(8))
        gg.passes.pack_variables([w, b], "weights")
        return w, b

    w, b = weights()

    def step(x: gg.Tensor, d: gg.Tensor) -> gg.Tensor:
        g = gg.transpose(x) @ d
        gg.assign(w, w - 0.1 * g)
        gg.assign(b, b - 0.1 * gg.sum(d, axis=0))
        seen: gg.Tensor = look(g)
        return seen

    result = gg.jit(step)(x, d)
    np.testing.assert_allclose(result.numpy(), look(gg.tensor(x.T @ d)).numpy())
    v, c = weights()

    def early() -> gg.Tensor:
        new = gg.exp(v * 0.5)
        gg.assign(v, new)
        gg.assign(c, gg.exp(c * 0.5))
        seen: gg.Tensor = look(new)
        return seen

    result = gg.jit(early)()
    np.testing.assert_allclose(result.numpy(), look(v).numpy())


def test_a_product_is_computed_right_into_columns() -> None:
    """Also where it is the new value of a state, as of the last gradient."""
    w, b = gg.Variable(np.zeros((512, 8))), gg.Variable(np.zeros(8))
    gg.passes.pack_variables([w, b], "weights")
    x, d = np.ones((4, 512)), np.arange(32.0).reshape(4, 8)
    gg.jit(lambda x, d: gg.assign(w, gg.transpose(x) @ d))(x, d)
    np.testing.assert_allclose(w.numpy(), x.T @ d)


def test_packs_of_packs_and_of_one_hold_what_they_pack() -> None:
    """The primitive stands for itself, whoever uses it."""
    pack = _packing.Pack()
    a, b, c = np.array([1.0]), np.array([2.0]), np.array([100.0, 200.0])
    nested = gg.jit(lambda a, b, c: pack(c * 2.0, pack(a * 2.0, b * 2.0)))
    assert nested(a, b, c).tolist() == [200, 400, 2, 4]
    assert gg.jit(lambda c: pack(c * 2.0))(c).tolist() == [200, 400]
    v = gg.Variable(np.zeros(2))
    gg.jit(lambda a, b: gg.assign(v, pack(a * 2.0, b * 3.0)))(a, b)
    assert v.numpy().tolist() == [2, 6]


def test_a_graph_keeps_weights_where_it_found_them() -> None:
    """What is packed anew between a graph and its program does not move."""
    w, b = gg.Variable(np.zeros(2)), gg.Variable(np.zeros(3))
    gg.passes.pack_variables([w, b], "weights")

    def step(x: gg.Tensor) -> None:
        gg.assign(w, w + x)
        gg.assign(b, b + x)

    graph = gg.passes.optimize(gg.trace(step, gg.Spec((), gg.float64)))
    gg.passes.pack_variables([b, w], "weights")
    gg.Program(graph)(np.float64(1.0))
    assert w.numpy().tolist() == [1, 1]
    assert b.numpy().tolist() == [1, 1, 1]
