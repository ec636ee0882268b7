"""The one law of primitives, which every class in OPS keeps over its own domain."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from cases.laws import (
    UNTRUE,
    Projection,
    check_derivatives,
    each_primitive,
    has_gradient,
    is_float,
    seeded,
)
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad._errors import TraceError
from graphgrad._primitive import LEGACY_PROMOTION, OPS, OUT, Primitive
from graphgrad._tensor import Tensor, plain
from graphgrad._types import Array, Shape, Spec
from graphgrad.testing._choices import Seeded
from graphgrad.testing._primitive_laws import (
    check_code,
    check_flags,
    check_manners,
    check_value,
    emitted,
    namespace,
    rule_without,
    run_emitted,
    scratch_of,
)
from graphgrad.testing.strategies import examples

# Derivatives take most of the time: but for the nightly run they have half as many.
EXAMPLES = settings().max_examples
DERIVATIVES = EXAMPLES if EXAMPLES >= 10_000 else (EXAMPLES + 1) // 2


# These need working memory that NumPy takes for itself.
BUFFERED = {"index", "scatter_add", "set_at", "argmax", "argmin", "all", "any"}


# ---- choosing ------------------------------------------------------------------------


class Large(Seeded):
    """Choices of shapes so large that a copy of an array cannot hide."""

    def shape(self, min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0) -> Shape:
        """Choose a shape of a quarter of a million elements."""
        return tuple(self.integer(60, 70) for _ in range(max_ndim))


# ---- the law of derivatives ----------------------------------------------------------


# ---- tests by Hypothesis -------------------------------------------------------------


@each_primitive
@given(data=st.data())
def test_values_and_code(kind: type[Primitive], data: st.DataObject) -> None:
    """Evaluation, inference, emitted code, cost, notation and flags agree."""
    op, inputs = data.draw(examples(kind))
    check_value(op, inputs)
    check_code(op, inputs)
    check_manners(op, inputs)
    check_flags(op, inputs)


@each_primitive
@settings(max_examples=DERIVATIVES)
@given(data=st.data())
def test_derivatives(kind: type[Primitive], data: st.DataObject) -> None:
    """VJP, JVP, second order, dtype and linearity agree with the values."""
    op, inputs = data.draw(examples(kind))
    if has_gradient(op, inputs) and op.name not in UNTRUE:
        check_derivatives(op, inputs)


# ---- tests of fixed examples ---------------------------------------------------------


SIDES = [(), (1,), (1, 1), (2,), (2, 1), (2, 2)]


@pytest.mark.parametrize("exponent", [2.0, -1.0, 0.5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shapes", [*itertools.product(SIDES, repeat=2)])
def test_numbers_are_raised_alike_wherever_they_are_written(
    shapes: tuple[Shape, Shape], dtype: str, exponent: float
) -> None:
    """In some places NumPy squares 1.6, and rounds otherwise than `pow` elsewhere."""
    inputs = np.full(shapes[0], 1.6, dtype), np.full(shapes[1], exponent, dtype)
    check_value(OPS["power"](), inputs)
    check_code(OPS["power"](), inputs)


def differentiated(op: Primitive, inputs: tuple[Array, ...]) -> list[int]:
    """Return the float inputs of a primitive with a float result."""
    known = has_gradient(op, inputs)
    return [i for i, each in enumerate(inputs) if known and is_float(each)]


@each_primitive
def test_rule_reads_no_more_than_it_declares(kind: type[Primitive]) -> None:
    """The VJP gives the same with the values alone that `reads` names."""
    for op, inputs in seeded(kind):
        everything = {OUT, *range(len(inputs))}
        for i in differentiated(op, inputs):
            hidden = everything - set(op.reads_of(i))
            full = rule_without(op, inputs, i, set())
            np.testing.assert_array_equal(full, rule_without(op, inputs, i, hidden))


@each_primitive
def test_rule_reads_all_that_it_declares(kind: type[Primitive]) -> None:
    """Each value that `reads` names is needed by the VJP, in one example or more."""
    declared: set[tuple[int, int]] = set()
    needed: set[tuple[int, int]] = set()
    for op, inputs in seeded(kind):
        for i in differentiated(op, inputs):
            for k in op.reads_of(i):
                declared.add((i, k))
                try:
                    rule_without(op, inputs, i, {k})
                except TraceError:
                    needed.add((i, k))
    assert declared == needed


@each_primitive
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.skipif(LEGACY_PROMOTION, reason="rules get tensors there")
def test_rule_computes_the_same_on_bare_arrays(
    kind: type[Primitive], dtype: Any
) -> None:
    """Without tensors the VJP gives the same bits; what it does not read is hidden."""
    for op, drawn in seeded(kind):
        inputs = tuple(np.asarray(x, dtype if is_float(x) else None) for x in drawn)
        result = op.evaluate(*inputs)
        normal = np.random.default_rng(0).normal(size=result.shape)
        g = np.asarray(normal, result.dtype)
        for i in differentiated(op, inputs):
            cotangent = op.vjp(i, Tensor(g), Tensor(result), *map(Tensor, inputs))
            given = [
                value if k in op.reads_of(i) else Spec(value.shape, value.dtype)
                for k, value in [*enumerate(inputs), (OUT, result)]
            ]
            bare: Any = op.vjp(i, g, given.pop(), *given)  # type: ignore[arg-type]
            if cotangent is None:
                assert bare is None
                continue
            array = plain(bare)
            assert (array.shape, array.dtype) == (cotangent.shape, cotangent.dtype)
            np.testing.assert_array_equal(array, cotangent.numpy())


@each_primitive
def test_emitted_code_allocates_nothing(kind: type[Primitive]) -> None:
    """Large arrays pass through the code of a primitive without another array."""
    if kind.name in BUFFERED:
        pytest.skip("NumPy's function takes working memory of its own")
    for seed in range(4):
        op, inputs = kind.example(Large(seed))
        out = np.array(op.evaluate(*inputs))
        arrays = [*inputs, *scratch_of(op, inputs)]
        run_emitted(op, inputs, out)
        scope = namespace(op, arrays, out)
        code = compile(emitted(op, arrays, out), "emitted", "exec")
        tracemalloc.start()
        exec(code, scope)  # noqa: S102
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        largest = max(each.nbytes for each in (out, *inputs))
        # The ufuncs' own buffers hold 8192 elements of each operand.
        assert peak < 200_000 + largest / 10


@each_primitive
def test_programs_agree_with_eager(kind: type[Primitive]) -> None:
    """The compiled primitive and its compiled gradient give the eager bits."""
    if kind.has_effect:
        pytest.skip("it is state that it works on")
    for op, inputs in seeded(kind)[:4]:
        expected = op(*inputs)
        np.testing.assert_array_equal(gg.jit(op.__call__)(*inputs), expected)
        if has_gradient(op, inputs):
            law = Projection(op, inputs)
            pairs = zip(
                law.gradients(*law.floats),
                gg.jit(law.gradients)(*law.floats),
                strict=True,
            )
            for eager, compiled in pairs:
                np.testing.assert_allclose(compiled.numpy(), eager.numpy(), rtol=1e-13)


@each_primitive
def test_declaration_is_complete(kind: type[Primitive]) -> None:
    """A primitive is in the table by its name; its docstrings are sentences."""
    assert OPS[kind.name] is kind
    evaluate: Any = kind.evaluate
    rules = [
        kind,
        kind.infer,
        # A ufunc evaluates for itself; NumPy documents it.
        kind if isinstance(evaluate, np.ufunc) else evaluate,
        kind.emit,
        kind.vjp,
        kind.flops,
        kind.example,
    ]
    for rule in rules:
        assert rule.__doc__
        assert rule.__doc__.split("\n\n")[0].rstrip().endswith(".")
