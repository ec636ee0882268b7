"""Scalars: one number is computed without an array, and comes to the same bits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad._primitive import Operand

SCALAR = sorted(name for name, op in gg.OPS.items() if op.scalar)
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 1e-40, 1e30, np.inf, -np.inf, np.nan]
UNARY = ["negative", "square", "sqrt"]
BINARY = ["add", "subtract", "multiply", "divide", "power"]
# These read arrays, or make them, between those that do not.
OTHERS = ["tanh", "maximum", "sum", "float32", "float64", "int32", "assign"]

numbers = st.floats(width=32) | st.sampled_from(SPECIAL)
Recipe = list[tuple[str, int, int]]


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """Draw operations on single numbers, each on earlier results."""
    names = st.sampled_from([*UNARY, *BINARY, *OTHERS])
    count = draw(st.integers(1, 12))
    picks = [st.integers(0, i + 3) for i in range(count)]
    return [(draw(names), draw(pick), draw(pick)) for pick in picks]


def following(recipe: Recipe, state: gg.Variable) -> Callable[..., Any]:
    """Return the function that a recipe describes, of a number of each dtype."""

    def run(x: gg.Tensor, y: gg.Tensor, z: gg.Tensor) -> list[gg.Tensor]:
        values = [x, y, z, gg.tensor(1.5)]
        for name, i, j in recipe:
            values.append(one_step(name, values[i], values[j]))
        return [gg.cast(values[-1], "float64") * 2.0, values[-2], state + 1.0]

    def one_step(name: str, a: gg.Tensor, b: gg.Tensor) -> gg.Tensor:
        if name == "sum":
            return gg.sum(gg.stack([a, b]))
        if name == "assign":
            before = state * 1.25
            gg.assign(state, gg.cast(a, "float64") + state)
            return before
        if name == "int32":
            # Numbers that every conversion of NumPy's agrees about.
            return gg.cast(gg.where(gg.abs(a) < 100, gg.cast(a, "float64"), 1), name)
        if name in BINARY or name == "maximum":
            floats = "f" in (a.dtype.kind, b.dtype.kind)
            op = getattr(gg, name if floats or name != "power" else "add")
            return op(a, b)  # type: ignore[no-any-return]
        known = name in UNARY or name == "tanh"
        return getattr(gg, name)(a) if known else gg.cast(a, name)

    return run


def same(one: Any, other: Any) -> bool:
    """Tell whether two numbers have the same bits; one NaN is as good as another."""
    a, b = np.asarray(one), np.asarray(other)
    alike = a.dtype == b.dtype and a.shape == b.shape == ()
    return alike and (a.tobytes() == b.tobytes() or bool(np.isnan(a) and np.isnan(b)))


@given(recipes(), numbers, numbers, st.integers(-3, 3))
def test_programs_of_numbers_have_the_bits_of_eager(
    recipe: Recipe, x: float, y: float, z: int
) -> None:
    """Whatever reads and writes them: arrays, conversions, state, outputs."""
    args = [np.float32(x), np.float64(y), np.int64(z)]
    with np.errstate(all="ignore"):
        first = gg.Variable(np.float64(0.5))
        due = following(recipe, first)(*[gg.tensor(each) for each in args])
        second = gg.Variable(np.float64(0.5))
        got = gg.jit(following(recipe, second))(*args)
    assert all(same(a, b) for a, b in zip(got, due, strict=True))
    assert same(first, second)


@pytest.mark.parametrize("name", SCALAR)
def test_an_expression_has_the_bits_of_the_primitive(name: str) -> None:
    """For all special numbers, in both precisions."""
    op: Any = gg.OPS[name]
    count = len(op.reads)
    many = np.random.default_rng(0).normal(0.0, 30.0, 60).tolist() + SPECIAL
    for dtype in ("float32", "float64"):
        with np.errstate(all="ignore"):
            values = np.array(many).astype(dtype)
            for a in values:
                for b in values if count > 1 else values[:1]:
                    operands = [a, b][:count]
                    due = op().evaluate(*[np.array(each) for each in operands])
                    got = eval(  # noqa: S307  # our own text
                        op.scalar.format("a", "b"), {"np": np, "a": a, "b": b}
                    )
                    assert type(got) is np.dtype(dtype).type
                    assert same(got, due), operands


def step_of(program: gg.Program) -> list[str]:
    """Return what a step executes, line by line."""
    lines = program.source.split("def step():")[1].split("return None")[0]
    found = [line.strip() for line in lines.splitlines()]
    return [line for line in found if line and not line.startswith("#")]


def test_a_chain_of_numbers_needs_no_arrays() -> None:
    """Only the output lies in memory, and NumPy is called for the root alone."""

    def decayed(x: gg.Tensor) -> gg.Tensor:
        return gg.sqrt(1.0 - 0.5**x) / (x * 3.0)

    program = gg.Program(gg.trace(decayed, gg.Spec((), "float64")))
    assert program.nbytes == 8
    assert step_of(program) == [
        "power = constant_scalar ** x[()]",
        "subtract = constant_1_scalar - power",
        "sqrt = np_sqrt(subtract)",
        "multiply = x[()] * constant_2_scalar",
        "divide_scalar = sqrt / multiply",
        "divide[()] = divide_scalar",
    ]
    assert program(2.0)[0] == np.sqrt(0.75) / 6


def test_half_precision_and_flags_stay_arrays() -> None:
    """NumPy computes these otherwise."""

    def doubled(x: gg.Tensor) -> gg.Tensor:
        return x + x

    program = gg.Program(gg.trace(doubled, gg.Spec((), "bool")))
    assert step_of(program) == ["np_add(x, x, add)"]
    assert bool(program(np.array(True))[0])


def test_a_counter_counts_without_arrays() -> None:
    """State is read and written as one number, and a division by 0 is no error."""
    total = gg.Variable(np.float64(0.0), name="total")

    def step(x: gg.Tensor) -> gg.Tensor:
        gg.assign(total, total + 2.0)
        return x / (total - 4.0)

    program = gg.Program(gg.trace(step, gg.Spec((), "float64")))
    assert any(re.match(r"assign\[\(\)\] = add", line) for line in step_of(program))
    assert [float(program(1.0)[0]) for _ in range(3)] == [-0.5, np.inf, 0.5]
    assert float(total) == 6.0


def test_steps_are_counted_by_numbers_and_other_whole_numbers_wrap_around() -> None:
    """NumPy's scalars would warn of that, which arrays do not."""
    count = gg.Variable(np.int64(0), name="count")

    def step(x: gg.Tensor) -> gg.Tensor:
        gg.assign(count, count + 1)
        return x * x + 1

    program = gg.Program(gg.trace(step, gg.Spec((), "int64")))
    assert "assign[()] = add" in step_of(program)
    program.inputs[0][()] = 1 << 32
    program.run()
    assert program.outputs[0] == 1
    assert count.item() == 1


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "bool"])
@pytest.mark.parametrize("x", [np.nan, np.inf, -np.inf, 3e38, 2.0**31, -7.5])
def test_any_number_becomes_a_whole_one_as_an_array_does(x: float, dtype: str) -> None:
    """Python and NumPy's scalars refuse some of these."""
    program = gg.Program(gg.trace(lambda x: gg.cast(x * 1.5, dtype), gg.Spec(())))
    with np.errstate(all="ignore"):
        due = gg.cast(gg.tensor(x, "float32") * 1.5, dtype).numpy()
        assert same(program(np.float32(x))[0], due)


def test_every_number_is_noted_when_it_is_there() -> None:
    """The recorded form runs the same statements, and names each node."""
    program = gg.Program(gg.trace(lambda x: (x + 1.0) * x, gg.Spec(())))
    with gg.record_execution() as record:
        (result,) = program(np.float32(3.0))
    assert record == [node.name for node in program.graph.nodes]
    assert result == 12.0


# ---- arrays full of one number -------------------------------------------------------


def test_small_arrays_meet_arrays_full_of_a_constant() -> None:
    """Large ones meet one number, as powers do, and the results are alike."""

    def step(x: gg.Tensor) -> gg.Tensor:
        return gg.power(x * 3.0 + 1.0, 2.5)

    small = gg.Program(gg.trace(step, gg.Spec((2, 3))))
    assert step_of(small) == [
        "np_multiply(x, constant_wide, multiply)",
        "np_add(multiply, constant_1_wide, add)",
        "np_power(add, constant_2, power)",
    ]
    large = gg.Program(gg.trace(step, gg.Spec((200, 3))))
    assert step_of(large)[0] == "np_multiply(x, constant, multiply)"
    values = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)
    np.testing.assert_array_equal(small(values[:2])[0], large(values)[0][:2])


@pytest.mark.parametrize("number", [-0.0, np.inf, np.nan, 0.1])
def test_an_array_full_of_a_number_has_its_bits(number: float) -> None:
    """Signs of zeros, infinities and what is no number stay."""
    program = gg.Program(gg.trace(lambda x: x / number, gg.Spec((3,), "float64")))
    x = np.array([1.0, -2.0, 0.0])
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(program(x)[0], x / number)
        assert np.signbit(program(x)[0]).tolist() == np.signbit(x / number).tolist()


def test_an_infinite_number_can_be_asked_for() -> None:
    """A parameter of a primitive is written into the text."""
    op: Any = gg.OPS["bounded_relu"]
    bounded = op(np.inf)
    program = gg.Program(gg.trace(bounded, gg.Spec((3,))))
    x = np.array([-1, 0, 9], np.float32)
    np.testing.assert_array_equal(program(x)[0], [0, 0, 9])


@pytest.mark.parametrize("count", [128, 129])
def test_cross_entropies_of_few_and_of_many_have_the_same_bits(count: int) -> None:
    """One call or two for ``-|z|``; a logit or a label that is no number stays so."""
    spec = gg.Spec((count,))
    program = gg.Program(gg.trace(gg.sigmoid_cross_entropy, spec, spec))
    taken = "np_copysign" in program.source
    assert taken == (count == 128)
    z = np.random.default_rng(0).normal(0.0, 20.0, count).astype(np.float32)
    y = np.linspace(0, 1, count, dtype=np.float32)
    z[:11], y[-1] = SPECIAL, np.nan
    with np.errstate(all="ignore"):
        due = gg.sigmoid_cross_entropy(z, y)
        np.testing.assert_array_equal(program(z, y)[0], due)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_powers_of_single_numbers_have_one_rounding(dtype: str) -> None:
    """NumPy's ufunc rounds 1.6 ^ -0.004 otherwise than scalars do, who are asked."""
    base, exponent = np.asarray(1.6, dtype), np.asarray(-0.004, dtype)
    out = np.empty((), dtype)
    power, arrays = gg.OPS["power"](), {"y": out, "x": base, "p": exponent}
    code = power.emit(*(Operand(*each) for each in arrays.items()))
    exec("\n".join(code), arrays)  # noqa: S102
    assert out == power.evaluate(base, exponent) == base[()] ** exponent[()]
