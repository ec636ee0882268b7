"""Passes: each keeps the meaning, the invariants and the map to the recorded nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._node import Constant

SPEC = gg.Spec((4, 3), gg.float64)
SPEC_OF_ROWS = gg.Spec((4, 3), gg.float64)


def names(graph: gg.Graph) -> list[str]:
    """Return the primitives of a graph's operations."""
    return [node.op.name for node in graph.operations]


def run(graph: gg.Graph, *arrays: np.ndarray) -> list[np.ndarray]:
    """Run a graph as it is."""
    return gg.Program(graph)(*arrays)


def test_merge_common_merges_equal_operations_only() -> None:
    """exp(x) twice is one node; exp(y) stays."""
    graph = gg.trace(lambda x, y: gg.exp(x) + gg.exp(x) * gg.exp(y), SPEC, SPEC)
    merged = gg.passes.merge_common(graph)
    assert names(merged) == ["exp", "exp", "multiply", "add"]
    assert merged["exp"].origins == ("exp", "exp_1")


def test_random_numbers_of_two_states_are_not_merged() -> None:
    """Two layers that drop inputs draw their own numbers."""
    a = gg.Variable(np.array([1, 0], np.uint64), name="a", kind="random")
    b = gg.Variable(np.array([1, 0], np.uint64), name="b", kind="random")
    graph = gg.trace(lambda: gg.random_uniform(a, (2,)) + gg.random_uniform(b, (2,)))
    assert names(gg.passes.merge_common(graph)).count("random_uniform") == 2


def test_fold_constants_computes_what_depends_on_no_input() -> None:
    """A broadcast of a constant is a constant, if it is small."""

    def f(x: gg.Tensor) -> gg.Tensor:
        (g,) = gg.gradients(gg.sum(x * 3.0), [x])
        return g

    graph = gg.passes.optimize(gg.trace(lambda x: f(gg.identity(x)), SPEC))
    assert names(graph) == []
    assert run(graph, np.zeros((4, 3)))[0].tolist() == [[3.0] * 3] * 4


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * 1.0,
        lambda x: 1.0 * x,
        lambda x: x / 1.0,
        lambda x: x - 0.0,
        lambda x: gg.power(x, 1.0),
        lambda x: gg.where(True, x, x * 2.0),
        lambda x: gg.where(False, x * 2.0, x),
        gg.identity,
    ],
)
def test_neutral_elements_vanish(f: Callable[[gg.Tensor], gg.Tensor]) -> None:
    """What changes nothing is not executed."""
    graph = gg.passes.neutral_elements(gg.trace(lambda x: gg.sin(f(x)), SPEC))
    assert names(graph) == ["sin"]


def test_a_neutral_element_that_broadcasts_stays() -> None:
    """A row times a matrix of ones is a matrix."""
    ones = np.ones((4, 3))
    graph = gg.trace(lambda x: x * ones, gg.Spec((3,), gg.float64))
    assert names(gg.passes.optimize(graph)) == ["multiply"]


def test_a_constant_that_repeats_one_number_is_that_number() -> None:
    """Elementwise operations broadcast, unless the constant gives the shape."""
    threes = np.full((4, 3), 3.0)
    graph = gg.passes.optimize(gg.trace(lambda x: x * threes, SPEC))
    assert gg.equation(graph["multiply"]) == "x·3.0"
    wide = gg.passes.optimize(gg.trace(lambda x: x * threes, gg.Spec((3,), "float64")))
    assert wide["multiply"].inputs[1].shape == (4, 3)


def test_constants_are_spread_once() -> None:
    """What the program would copy along the missing axis has the result's shape."""
    row = np.array([1.0, 2.0, 3.0])
    fixed = gg.tensor(row)
    graph = gg.passes.optimize(gg.trace(lambda x: (x * fixed) + fixed, SPEC_OF_ROWS))
    constants = {node.inputs[1] for node in graph.operations}
    for each in constants:
        assert isinstance(each.op, Constant)
        assert each.op.value is not None
        assert each.op.value.shape == (4, 3)
        # In the order of the result: NumPy is slow where orders differ.
        assert each.op.value.flags.c_contiguous
    assert "_scratch" not in gg.Program(graph).source
    x = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(gg.Program(graph)(x)[0], x * row + row)


def test_large_constants_are_not_spread() -> None:
    """They would take more memory than the copy takes time."""
    row = np.arange(1.0, 1001.0)
    spec = gg.Spec((4, 1000), gg.float64)
    graph = gg.passes.optimize(gg.trace(lambda x: x * row, spec))
    assert graph["multiply"].inputs[1].shape == (1000,)


def test_a_broadcast_constant_of_one_value_is_a_number() -> None:
    """Also where the broadcast is too large to be computed before."""
    column = np.full((100, 1), 0.5)

    def f(x: gg.Tensor) -> gg.Tensor:
        return x * gg.broadcast_to(gg.tensor(column), (100, 20))

    graph = gg.passes.optimize(gg.trace(f, gg.Spec((100, 20), gg.float64)))
    assert gg.equation(graph["multiply"]) == "x·0.5"


@pytest.mark.parametrize("exponent", [2.0, -1.0, 0.5])
@pytest.mark.parametrize("shape", [(7, 9), (7, 1), (1, 9), (1, 1), ()])
def test_a_power_has_the_bits_of_the_recorded_one(
    shape: tuple[int, ...], exponent: float
) -> None:
    """NumPy squares by one number, and calls `pow` by a row of the same."""
    x = np.random.default_rng(0).uniform(0.3, 1.3, (7, 9))
    for base in (x, gg.broadcast_to(gg.tensor(x[:1]), (7, 9)).numpy()):
        other = np.full(shape, exponent)
        np.testing.assert_array_equal(
            gg.jit(lambda a, p=other: gg.power(a, p))(base).numpy(),
            gg.power(base, other).numpy(),
        )


@pytest.mark.parametrize(
    ("shape", "read"), [((1, 1), ()), ((1,), ()), ((), ()), ((3, 1), (3, 1))]
)
def test_a_number_with_axes_is_read_as_a_number(
    shape: tuple[int, ...], read: tuple[int, ...]
) -> None:
    """Where the other operand has more axes; NumPy takes longer to spread it."""
    specs = gg.Spec((3, 4), gg.float64), gg.Spec(shape, gg.float64)
    x, w = np.arange(12.0).reshape(3, 4), np.full(shape, 2.0)
    for name in ("add", "multiply", "subtract"):
        graph = gg.passes.optimize(gg.trace(getattr(gg, name), *specs))
        assert [(3, 4), read] == [each.shape for each in graph[name].inputs]
        np.testing.assert_array_equal(run(graph, x, w)[0], getattr(np, name)(x, 2.0))


def test_a_number_of_the_same_shape_is_read_as_it_is() -> None:
    """There is nothing to spread."""
    specs = [gg.Spec((1, 1), gg.float64)] * 2
    graph = gg.passes.optimize(gg.trace(lambda x, w: x * w, *specs))
    assert ["multiply"] == names(graph)


def test_cross_entropy_of_a_sigmoid_takes_its_joint_form() -> None:
    """Where the sigmoid saturates, value and gradient are exact: 50 and ±1."""

    def loss(z: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        p = gg.clip(gg.sigmoid(z), 1e-7, 1 - 1e-7)
        return gg.sum(-(y * gg.log(p) + (1 - y) * gg.log(1 - p)))

    spec = gg.Spec((3,), gg.float64)
    graph = gg.passes.joint_forms(gg.trace(loss, spec, spec))
    assert names(graph) == ["sigmoid_cross_entropy", "sum"]
    joint = graph["sigmoid_cross_entropy"]
    assert {"clip", "log", "log_1", "negative"}.issubset(joint.origins)

    def step(z: gg.Tensor, y: gg.Tensor) -> tuple[gg.Tensor, gg.Tensor]:
        z = gg.identity(z)
        (value,) = gg.inline(graph, [z, y])
        return value, gg.gradients(value, [z])[0]

    z, y = np.array([50.0, -50.0, 0.0]), np.array([0.0, 1.0, 1.0])
    value, gradient = run(gg.passes.optimize(gg.trace(step, spec, spec)), z, y)
    assert value == pytest.approx(100 + np.log(2), rel=1e-15)
    np.testing.assert_allclose(gradient, [1.0, -1.0, -0.5], rtol=1e-15)


@pytest.mark.parametrize(
    ("low", "high"), [(0.1, 0.9), (1e-7, 0.9), (0.1, 1 - 1e-7), (1e-6, 1.0), (0.1, 1.0)]
)
def test_a_clip_that_means_something_stays(low: float, high: float) -> None:
    """Only the guard against log(0) is part of a cross-entropy."""

    def f(z: gg.Tensor) -> gg.Tensor:
        return gg.log(gg.clip(gg.softmax(z), low, high))

    z = np.array([[5.0, 0.0, -5.0, -20.0]])
    graph = gg.passes.joint_forms(gg.trace(f, gg.Spec((1, 4), gg.float64)))
    assert "clip" in names(graph)
    np.testing.assert_allclose(run(graph, z)[0], f(gg.tensor(z)), rtol=1e-14)


def test_a_clip_with_bounds_that_come_later_stays() -> None:
    """What they are is not known yet."""

    def f(z: gg.Tensor, low: gg.Tensor) -> gg.Tensor:
        clipped = gg.clip(gg.softmax(z), low, 1 - 1e-7)
        return gg.log(clipped) + gg.log(gg.clip(gg.softmax(z), 1e-7, 1 - low))

    specs = gg.Spec((1, 3), gg.float64), gg.Spec((), gg.float64)
    graph = gg.passes.joint_forms(gg.trace(f, *specs))
    assert 2 == len([name for name in names(graph) if name.startswith("clip")])


def test_log_of_a_softmax_takes_its_joint_form() -> None:
    """A class that is 200 below the best has cross-entropy 200."""

    def loss(z: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        p = gg.softmax(z)
        q = gg.clip(p / gg.sum(p, axis=-1, keepdims=True), 1e-7, 1 - 1e-7)
        return gg.mean(-gg.sum(y * gg.log(q), axis=-1))

    spec = gg.Spec((1, 3), gg.float64)
    graph = gg.passes.joint_forms(gg.trace(loss, spec, spec))
    z, y = np.array([[200.0, 0.0, 0.0]]), np.array([[0.0, 1.0, 0.0]])
    assert run(graph, z, y)[0] == pytest.approx(200.0, rel=1e-15)
    assert "clip" not in names(graph)


CROSS_ENTROPIES: list[tuple[Callable[..., gg.Tensor], bool]] = [
    (lambda p, y, _: -(y * gg.log(p) + (1 - y) * gg.log(1 - p)), True),
    (lambda p, y, _: -(gg.log(p) * y + (1 - y) * gg.log(1 - p)), True),
    (lambda p, y, _: -(gg.log(p) * y + gg.log(1 - p) * (1 - y)), True),
    (lambda p, y, _: -((1 - y) * gg.log(1 - p) + y * gg.log(p)), True),
    (lambda p, y, _: -(gg.log(1 - p) * (1 - y) + gg.log(p) * y), True),
    (lambda p, y, _: y * gg.log(p) + (1 - y) * gg.log(1 - p), False),
    (lambda p, y, _: -(y * gg.log(p) - (1 - y) * gg.log(1 - p)), False),
    (lambda p, y, _: -(y * gg.log(p) * (1 - y) * gg.log(1 - p)), False),
    (lambda p, y, _: -(y * gg.log(p) + (2 - y) * gg.log(1 - p)), False),
    (lambda p, y, _: -(y * gg.log(p) + (1 - y) * gg.log(2 - p)), False),
    (lambda p, y, w: -(y * gg.log(p) + (1 - w) * gg.log(1 - p)), False),
    (lambda p, y, w: -(y * gg.log(p) + (1 - y) * gg.log(1 - w)), False),
    (lambda p, y, _: -(y * gg.log(p) + (1 + y) * gg.log(1 - p)), False),
    (lambda p, y, _: -(y * gg.log(p) + (1 - y) * gg.log(1 + p)), False),
    (lambda p, y, _: -(y * gg.log(p) + (1 - y) * gg.exp(1 - p)), False),
    (lambda p, y, _: -(y * gg.exp(p) + (1 - y) * gg.log(1 - p)), False),
    (lambda p, y, _: -(y + gg.log(p) + (1 - y) + gg.log(1 - p)), False),
    (lambda _, __, w: -(w * gg.log(w) + (1 - w) * gg.log(1 - w)), False),
    (lambda p, y, _: -gg.sum(y * gg.log(p) + (1 - y) * gg.log(1 - p)), False),
]


@pytest.mark.parametrize(("formula", "joint"), CROSS_ENTROPIES)
def test_a_cross_entropy_is_known_by_its_form_alone(
    formula: Callable[..., gg.Tensor], joint: bool
) -> None:
    """In any order of terms and factors; what is not quite one stays as it is."""

    def loss(z: gg.Tensor, y: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        return formula(gg.sigmoid(z), y, w)

    specs = [gg.Spec((3,), gg.float64)] * 3
    graph = gg.passes.joint_forms(gg.trace(loss, *specs))
    assert joint == (names(graph) == ["sigmoid_cross_entropy"])
    inputs = [np.linspace(a, b, 3) for a, b in ((-1, 2), (0.1, 0.9), (0.2, 0.7))]
    due = loss(*map(gg.tensor, inputs))
    np.testing.assert_allclose(run(graph, *inputs)[0], due, rtol=1e-14)


@pytest.mark.parametrize(
    ("formula", "joint"),
    [
        (lambda e, _: e / gg.sum(e), True),
        (lambda e, _: (e / gg.sum(e)) / gg.sum(e / gg.sum(e)), True),
        (lambda _, x: x / gg.sum(x), False),
        (lambda e, x: e / gg.sum(x), False),
        (lambda e, _: e / gg.mean(e), False),
        (lambda e, _: e * gg.sum(e), False),
        (lambda e, _: gg.sum(e) / e, False),
    ],
)
def test_a_softmax_is_known_by_its_form_alone(
    formula: Callable[..., gg.Tensor], joint: bool
) -> None:
    """An exponential divided by its own sum, once or twice by the same one."""

    def f(z: gg.Tensor) -> gg.Tensor:
        x = z * z + 1.0
        return gg.log(formula(gg.exp(x), x))

    graph = gg.passes.joint_forms(gg.trace(f, gg.Spec((3,), gg.float64)))
    made = ["multiply", "add", "exp", "sum", "log", "subtract"]
    assert joint == (names(graph) == made)
    z = np.array([0.5, -1.0, 0.25])
    np.testing.assert_allclose(run(graph, z)[0], f(gg.tensor(z)), rtol=1e-14)


def test_constants_of_more_than_a_number_are_not_compared() -> None:
    """To compare them would take as long as they are."""
    one, other = (gg.tensor([1.0, 2.0, 3.0], gg.float64) for _ in range(2))

    def merged(first: Any, second: Any) -> list[str]:
        graph = gg.trace(lambda x: x * first + x * second, gg.Spec((3,), gg.float64))
        return names(gg.passes.merge_common(graph))

    assert ["multiply", "multiply", "add"] == merged(one, other)
    assert ["multiply", "add"] == merged(2.0, 2.0)


def test_what_a_rule_makes_goes_through_those_after_it() -> None:
    """Two products without their broadcast are one."""

    def f(x: gg.Tensor, w: gg.Tensor) -> gg.Tensor:
        first, second = (x * gg.broadcast_to(w, (3, 4)) for _ in range(2))
        return first + second

    specs = gg.Spec((3, 4), gg.float64), gg.Spec((4,), gg.float64)
    assert ["multiply", "add"] == names(gg.passes.optimize(gg.trace(f, *specs)))


def test_a_graph_is_inlined_with_as_many_inputs_as_it_has() -> None:
    """The error says how many these are."""
    graph = gg.trace(lambda x: x * x, gg.Spec((3,)))
    with pytest.raises(gg.ShapeError, match="takes 1 inputs, got 2"):
        gg.trace(lambda x: gg.inline(graph, [x, x]), gg.Spec((3,)))


def test_passes_leave_their_argument_as_it_was() -> None:
    """Graphs are immutable."""
    graph = gg.trace(lambda x: gg.exp(x) + gg.exp(x) * 1.0, SPEC)
    before = str(graph)
    origins = [node.origins for node in graph.nodes]
    gg.passes.optimize(graph)
    assert str(graph) == before
    assert [node.origins for node in graph.nodes] == origins


def test_check_finds_what_is_wrong() -> None:
    """A node with a wrong shape, or out of order, is reported by name."""
    graph = gg.trace(lambda x: gg.exp(x) * 2.0, SPEC)
    graph.check()
    graph["exp"].shape = (9,)
    with pytest.raises(gg.InvariantError, match="'exp' should be"):
        graph.check()
    graph["exp"].shape = (4, 3)
    graph.nodes = graph.nodes[::-1]
    with pytest.raises(gg.InvariantError, match="before its inputs"):
        graph.check()


def test_what_stands_for_many_names_them_all() -> None:
    """A constant that every layer has is one, with the names of all, each once."""
    count = 40
    number = gg.nodes.Constant

    def f(x: gg.Tensor) -> gg.Tensor:
        for _ in range(count):
            x = gg.tanh(x) * 0.5
        return x

    recorded = gg.trace(f, gg.Spec((3,)))
    graph = gg.passes.optimize(recorded)
    (kept,) = (node for node in graph.nodes if isinstance(node.op, number))
    due = [node.name for node in recorded.nodes if isinstance(node.op, number)]
    assert list(kept.origins) == due
    assert len(due) == count


def test_what_is_made_of_merged_parts_names_them_all() -> None:
    """A joint form is made of parts that stand for others by then."""
    twice = gg.trace(
        lambda z: gg.log(gg.softmax(z)) + gg.log(gg.softmax(z)), gg.Spec((4, 3))
    )
    last = gg.passes.joint_forms(twice)["subtract_2"]
    assert last.origins == ("log_1", "divide", "divide_1")


@pytest.mark.parametrize(
    "spread",
    [
        lambda y: gg.reshape(gg.broadcast_to(y, (12,)), (4, 3)),
        lambda y: gg.broadcast_to(gg.reshape(y, (1, 1)), (4, 3)),
    ],
)
def test_a_number_is_found_behind_all_that_spreads_it(
    spread: Callable[[gg.Tensor], gg.Tensor],
) -> None:
    """Whatever spreads it is not computed."""
    graph = gg.trace(lambda x: x * spread(gg.sum(x)), SPEC)
    assert names(gg.passes.optimize(graph))[-1:] == ["multiply"]
    assert gg.passes.optimize(graph)["multiply"].inputs[1].shape == ()
