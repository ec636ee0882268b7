"""Quick calls: what a function of floats computes and records is what `apply` does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._node import Fixed
from graphgrad._operators import FUNCTIONS
from graphgrad._ops._calls import function_of
from graphgrad._primitive import LEGACY_PROMOTION, OPS, apply

# The primitives whose functions take floats as they are.
QUICK = sorted(
    name
    for name in OPS.keys() & FUNCTIONS.keys()
    if FUNCTIONS[name].__code__.co_name == "call"
)

VALUES = [[0.25, 0.5], [0.75, 0.625]]


def operands(grads: tuple[bool, ...]) -> list[gg.Tensor]:
    """Make a tensor for each of the flags, which say whose gradient is asked for."""
    return [gg.tensor(VALUES, "float32", requires_grad=each) for each in grads]


def test_the_usual_operations_are_quick() -> None:
    """Unless NumPy is of a version whose dtypes must be looked after."""
    usual = {"add", "subtract", "multiply", "divide", "matmul", "tanh", "exp", "relu"}
    assert LEGACY_PROMOTION or usual <= set(QUICK)


def known(thing: Any) -> Any:
    """Return what can be compared of an entry of a node: nodes by identity."""
    if isinstance(thing, Fixed):
        return thing.value, thing.shape, thing.dtype
    return thing.tolist() if isinstance(thing, np.ndarray) else thing


def recorded(tensor: gg.Tensor) -> Any:
    """Return the value and what its node holds, without the number."""
    node = tensor.node
    value = tensor.tolist(), tensor.shape, tensor.dtype
    if node is None:
        return value
    entries = [list(map(known, each)) for each in (node.inputs, node.saved)]
    assert node.result is None or node.result is tensor._value
    return value, node.op, entries, node.result is None, node.shape, node.dtype


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("second", [True, False])
@pytest.mark.parametrize("recording", [True, False])
def test_a_quick_call_records_what_apply_does(
    name: str, first: bool, second: bool, recording: bool
) -> None:
    """Values, dtypes, inputs and what is saved are the same."""
    op = OPS[name]()
    given = operands((first, second)[: len(op.reads)])
    with np.errstate(all="ignore"):
        if recording:
            quick, slow = FUNCTIONS[name](*given), apply(op, *given)
        else:
            with gg.no_grad():
                quick, slow = FUNCTIONS[name](*given), apply(op, *given)
            assert quick.node is None
        assert recorded(quick) == recorded(slow)


@pytest.mark.parametrize("name", ["exp", "add"])
def test_a_primitive_has_a_call_for_values_and_one_for_either(name: str) -> None:
    """One for tensors and numbers; the other knows nodes and classes as well."""
    op = OPS[name]()
    given = operands((False, False)[: len(op.reads)])
    call, either = function_of(op)
    assert recorded(call(*given)) == recorded(either(*given))
    assert recorded(call(*given)) == recorded(apply(op, *given))


@pytest.mark.parametrize("name", QUICK)
def test_what_promotes_takes_floats_as_they_are(name: str) -> None:
    """Else the quick call would pass over what coerce does."""
    op = OPS[name]()
    given = operands((True, True)[: len(op.reads)])
    assert all(a is b for a, b in zip(op.coerce(given), given, strict=True))


@pytest.mark.parametrize("value", [2, 2.0, 0.1, 0.0, -0.0, float("inf")])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_number_is_taken_in_the_dtype_beside_it(value: float, dtype: str) -> None:
    """Also when it was met before: in another dtype, or as 0 with the other sign."""
    x = gg.tensor([1.0, 3.0], dtype, requires_grad=True)
    for _ in range(2):
        for y in (x * value, value * x):
            assert y.dtype == dtype
            due = x.numpy() * np.array(value, dtype)
            assert np.array_equal(np.signbit(y.numpy()), np.signbit(due))
            assert np.array_equal(y.numpy(), due)


def test_a_constant_has_one_stand_in_and_a_variable_one_for_each_value() -> None:
    """A tape shows the number that was there when it recorded."""
    x = gg.tensor(1.0, requires_grad=True)
    c, v = gg.tensor(2.0), gg.Variable(2.0, trainable=False)
    known = [(x + c, x + c, x + v)]
    v.assign(5.0)
    known.append((x + c, x + c, x + v))
    nodes = [[each.node for each in row] for row in known]
    stand_ins = [[node.inputs[1] for node in row if node] for row in nodes]
    assert stand_ins[0][0] is stand_ins[0][1] is stand_ins[1][0]
    assert [each[2].value for each in stand_ins] == [2.0, 5.0]  # type: ignore[attr-defined]


def test_a_picture_has_a_node_for_each_use_of_a_constant() -> None:
    """Though the tape has one stand-in: each has a name, and is there."""
    x, c = gg.tensor([1.0], requires_grad=True), gg.tensor([2.0])
    graph = gg.graph_of(gg.add_n([(x + c) * 0.5, c, c]) * 0.5)
    constants = [node for node in graph.nodes if node.op.name == "constant"]
    assert len({node.name for node in constants}) == len(constants) == 5
    used = [node for each in graph.operations for node in each.inputs]
    assert set(used) <= set(graph.nodes)


def test_shapes_that_do_not_fit_are_refused_as_by_apply() -> None:
    """NumPy says no, and the rule of shapes says why."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(gg.ShapeError, match="do not broadcast"):
        gg.add(x, gg.tensor([1.0, 2.0, 3.0]))
