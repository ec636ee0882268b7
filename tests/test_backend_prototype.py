"""The prototype of a compiled backend: the same training, record and refusals."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
import pytest

import graphgrad as gg

ROOT = Path(__file__).parents[1]
NAMES = ("tiny", "digits-adam", "digits-sgd", "mlp")
STEPS = 6

pytestmark = pytest.mark.skipif(
    which("cc") is None, reason="there is no C compiler (cc) on the path"
)


@pytest.fixture(autouse=True, scope="module")
def _found() -> Iterator[None]:
    """Let the benchmarks be found, behind whatever is installed."""
    sys.path.append(str(ROOT))
    yield
    sys.path.remove(str(ROOT))


def part(name: str) -> Any:
    """Return a module of the prototype."""
    return import_module(f"benchmarks.backend_prototype.{name}")


def backend(**options: Any) -> Any:
    """Return the backend that emits C."""
    return part("compiled").C(**options)


def compiled(graph: gg.Graph, **options: Any) -> Any:
    """Return a program in C."""
    return gg.Program(graph, backend(**options))


def training(name: str) -> Any:
    """Return a workload with few rows, fitted once."""
    module = part("workloads")
    (workload,) = (each for each in module.WORKLOADS if each.name == name)
    return module.Training(replace(workload, rows=4 * workload.batch))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("fuse", [True, False], ids=["fused", "a loop per node"])
def test_c_trains_as_numpy_does(name: str, fuse: bool) -> None:
    """Losses and state differ by what another order of additions rounds."""
    case = training(name)
    expected_losses = case.losses(gg.Program(case.graph), STEPS)
    expected = case.state()
    losses = case.losses(compiled(case.graph, fuse=fuse), STEPS)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-5)
    for cell, array in case.state().items():
        np.testing.assert_allclose(array, expected[cell], rtol=1e-3, atol=1e-5)


def test_an_epoch_is_its_steps() -> None:
    """The loop in C takes the rows of each batch as the order has them."""
    case = training("digits-sgd")
    program = compiled(case.graph)
    order = np.random.default_rng(0).permutation(case.workload.rows)
    case.reset()
    for batch in order.reshape(-1, case.workload.batch):
        for array, rows in zip(program.inputs, case.data, strict=True):
            array[...] = rows[batch]
        program.run()
    expected = case.state()
    case.reset()
    program.code.run_epoch(case.data, order)
    for cell, array in case.state().items():
        np.testing.assert_array_equal(array, expected[cell])


@pytest.mark.parametrize("fuse", [True, False])
def test_the_record_has_every_node_after_its_inputs(fuse: bool) -> None:
    """What a picture shows as executed is what ran, loops shared or not."""
    case = training("tiny")
    with gg.record_execution() as record:
        compiled(case.graph, fuse=fuse).run()
    place = {name: i for i, name in enumerate(record)}
    assert sorted(record) == sorted(node.name for node in case.graph.nodes)
    assert all(place[a] < place[b] for a, b in case.graph.edges)


def test_fusion_leaves_one_loop_for_a_chain() -> None:
    """Nothing of a chain but its end goes to memory."""
    graph = gg.trace(lambda x: gg.sigmoid(gg.exp(-x) + 1.0) * 2.0, gg.Spec((5, 3)))
    program = compiled(graph)
    x = np.linspace(-100, 100, 15, dtype=np.float32).reshape(5, 3)
    program.inputs[0][...] = x
    program.run()
    assert len(program.code.schedule.items) == 1
    assert program.nbytes == x.nbytes
    with np.errstate(over="ignore"):
        inner = np.exp(-x) + 1
    np.testing.assert_allclose(program.outputs[0], 2 / (1 + np.exp(-inner)), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_rule_is_the_primitives_own(dtype: str) -> None:
    """An element in C is what the primitive evaluates to, also for NaN."""
    values = np.array([0.0, -0.0, 0.5, 1, 2, 3, np.inf, np.nan, 2.5, 1], dtype)
    masks = values > 1
    rules = {
        name: (
            gg.OPS[name](),
            [values, values[::-1].copy(), values][: rule_inputs(rule)],
        )
        for name, rule in part("expressions").SIMPLE.items()
    }
    for name, (_, inputs) in rules.items():
        if name in {"logical_and", "logical_not"}:
            inputs[:] = [masks, ~masks][: len(inputs)]
        elif name in {"where", "chosen"}:
            inputs[name == "chosen"] = masks
    flat = [array for _, inputs in rules.values() for array in inputs]

    def function(*tensors: gg.Tensor) -> list[gg.Tensor]:
        left = iter(tensors)
        return [op(*[next(left) for _ in inputs]) for op, inputs in rules.values()]

    specs = [gg.Spec(array.shape, array.dtype) for array in flat]
    program = compiled(gg.trace(function, *specs))
    for own, given in zip(program.inputs, flat, strict=True):
        own[...] = given
    program.run()
    with np.errstate(all="ignore"):
        due = [op.evaluate(*inputs) for op, inputs in rules.values()]
    for name, got, expected in zip(rules, program.outputs, due, strict=True):
        rtol = 4 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(got, expected, rtol, err_msg=name)


def rule_inputs(rule: str) -> int:
    """Count the inputs of a primitive by its text in C."""
    return max(i + 1 for i in range(3) if f"{{{i}}}" in rule)


def test_exp_keeps_its_limits() -> None:
    """The largest and the smallest results, infinity, 0 and NaN are exp's own."""
    nan, inf = np.nan, np.inf
    x = np.array([-inf, -104, -103, -87.5, -1, 0, 1, 88.7, 89, inf, nan], np.float32)
    program = compiled(gg.trace(gg.exp, gg.Spec(x.shape)))
    program.inputs[0][...] = x
    program.run()
    expected = np.exp(x.astype(np.float64))
    with np.errstate(over="ignore"):
        expected = expected.astype(np.float32)
    np.testing.assert_allclose(program.outputs[0], expected, rtol=3e-7, atol=2e-45)


def test_shapes_broadcast_and_turn() -> None:
    """Rows, columns and transposes are read where they lie."""

    def function(a: gg.Tensor, b: gg.Tensor, c: gg.Tensor) -> list[gg.Tensor]:
        total = gg.sum(a * b + c, axis=0)
        return [gg.transpose(a) @ (a - c), total, gg.max(a, axis=1)]

    specs = [gg.Spec(shape, "float64") for shape in ((40, 33), (33,), (40, 1))]
    graph = gg.trace(function, *specs)
    generator = np.random.default_rng(0)
    arrays = [generator.normal(size=spec.shape) for spec in specs]
    program = compiled(graph)
    for own, given in zip(program.inputs, arrays, strict=True):
        own[...] = given
    program.run()
    expected = gg.Program(graph)(*arrays)
    for got, due in zip(program.outputs, expected, strict=True):
        np.testing.assert_allclose(got, due, rtol=1e-12)


def test_state_is_read_as_it_was_when_the_step_began() -> None:
    """A new value waits where the old one is still to be read."""
    weight = gg.Variable(np.eye(3))

    def step(x: gg.Tensor) -> gg.Tensor:
        new = weight * 2.0
        gg.assign(weight, new)
        return gg.transpose(weight) @ x + gg.sum(new)

    graph = gg.trace(step, gg.Spec((3, 3), "float64"))
    program, expected = compiled(graph), gg.Program(graph)
    x = np.arange(9.0).reshape(3, 3)
    due = expected(x)[0]
    weight.assign(np.eye(3))
    program.inputs[0][...] = x
    program.run()
    np.testing.assert_array_equal(program.outputs[0], due)
    np.testing.assert_array_equal(weight.numpy(), 2 * np.eye(3))


def test_a_primitive_it_lacks_is_refused_by_name() -> None:
    """Nothing runs that the prototype has no C for."""
    with pytest.raises(
        gg.UnsupportedError, match="no C for the primitive 'erf' of float32"
    ):
        compiled(gg.trace(gg.erf, gg.Spec((3,))))
    with pytest.raises(gg.UnsupportedError, match="'prod'"):
        compiled(gg.trace(gg.prod, gg.Spec((3,))))


def test_rows_of_another_shape_are_refused() -> None:
    """An epoch reads no memory beyond the rows."""
    case = training("tiny")
    program = compiled(case.graph)
    with pytest.raises(gg.ShapeError, match="x takes rows of"):
        program.code.run_epoch((case.x[:, :1], case.data[1]), np.arange(64))
    with pytest.raises(IndexError, match="out of bounds for 128 rows"):
        program.code.run_epoch(case.data, np.arange(97, 129))


def test_models_train_in_c_where_it_is_in_use() -> None:
    """`using` is all it takes: the same losses, and a picture of what ran."""
    plain, other = training("tiny"), training("tiny")
    expected = plain.model.fit(plain.x, plain.y, batch_size=32, verbose=0).history
    with gg.backend.using(backend()):
        assert gg.backend.backend() == "c"
        history = other.model.fit(other.x, other.y, batch_size=32, verbose=0).history
        program = other.model.program("fit")
        graph = other.model.graph("fit")
        with gg.record_execution() as record:
            program.run()
    np.testing.assert_allclose(history["loss"], expected["loss"], 1e-5)
    assert "run_step" in program.source
    assert sorted(record) == sorted(node.name for node in graph.nodes)
    assert "matmul" in gg.viz.to_dot(program, show_buffers=True).source
    assert gg.backend.backend() == "numpy"
    assert "np." in plain.model.program("fit").source
