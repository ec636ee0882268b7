"""The one law of primitives, which every class in OPS keeps over its own domain."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad._errors import TraceError
from graphgrad._node import Constant, Node, Place
from graphgrad._ops._families import Unary
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
    run_emitted,
    scratch_of,
)
from graphgrad.testing.strategies import examples

Example = tuple[Primitive, tuple[Array, ...]]

SEEDS = range(12)

# Derivatives take most of the time: but for the nightly run they have half as many.
EXAMPLES = settings().max_examples
DERIVATIVES = EXAMPLES if EXAMPLES >= 10_000 else (EXAMPLES + 1) // 2

# Its rule says on purpose something else than the derivative of its value.
UNTRUE = {"stop_gradient"}

# These need working memory that NumPy takes for itself.
BUFFERED = {"index", "scatter_add", "set_at", "argmax", "argmin", "all", "any"}

each_primitive = pytest.mark.parametrize("kind", OPS.values(), ids=OPS)


# ---- choosing ------------------------------------------------------------------------


class Large(Seeded):
    """Choices of shapes so large that a copy of an array cannot hide."""

    def shape(self, min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0) -> Shape:
        """Choose a shape of a quarter of a million elements."""
        return tuple(self.integer(60, 70) for _ in range(max_ndim))


def seeded(kind: type[Primitive]) -> list[Example]:
    """Return the same examples in every run."""
    return [kind.example(Seeded(seed)) for seed in SEEDS]


# ---- the law of derivatives ----------------------------------------------------------


def is_float(array: Array) -> bool:
    """Tell whether an input can have a gradient."""
    return bool(array.dtype.kind == "f")


class Projection:
    """A primitive as a scalar function of its float inputs: weights times result."""

    def __init__(self, op: Primitive, inputs: tuple[Array, ...]) -> None:
        """Choose the weights."""
        self.op, self.inputs = op, inputs
        self.floats = [each for each in inputs if is_float(each)]
        self.argnums = tuple(range(len(self.floats)))
        result = op.evaluate(*inputs)
        weights = np.random.default_rng(0).uniform(0.5, 1.5, result.shape)
        self.weights = np.asarray(weights, result.dtype)

    def __call__(self, *floats: Any) -> Any:
        """Return the weighted sum of the result."""
        rest = iter(floats)
        result = self.op(*[next(rest) if is_float(x) else x for x in self.inputs])
        return gg.sum(result * self.weights)

    def gradients(self, *floats: Any) -> tuple[Any, ...]:
        """Return the gradient by each float input."""
        gradients: tuple[Any, ...] = gg.grad(self, argnums=self.argnums)(*floats)
        return gradients

    def seconds(self, *floats: Any) -> tuple[Any, ...]:
        """Return the gradient of the sum of all gradients."""

        def total(*floats: Any) -> Any:
            return gg.add_n([gg.sum(g) for g in self.gradients(*floats)])

        seconds: tuple[Any, ...] = gg.grad(total, argnums=self.argnums)(*floats)
        return seconds


def check_derivatives(op: Primitive, inputs: tuple[Array, ...], order: int = 2) -> None:
    """Check VJP and JVP, up to an order, along one direction."""
    gg.testing.check_primitive(op, inputs, order=order, directions=1)


def has_gradient(op: Primitive, inputs: tuple[Array, ...]) -> bool:
    """Tell whether there is a derivative to be tested."""
    return any(map(is_float, inputs)) and is_float(op.evaluate(*inputs))


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


def rule_without(
    op: Primitive, inputs: tuple[Array, ...], i: int, hidden: set[int]
) -> Any:
    """Apply the VJP for input ``i`` while some values have only shape and dtype."""
    result = op.evaluate(*inputs)
    g = gg.tensor(np.random.default_rng(0).normal(size=result.shape))
    values = {OUT: result, **dict(enumerate(inputs))}
    given = {
        k: Tensor(None, Node(Constant(None), (), v.shape, v.dtype, Place()))
        if k in hidden
        else gg.tensor(v)
        for k, v in values.items()
    }
    y, xs = given.pop(OUT), [given[k] for k in range(len(inputs))]
    cotangent = op.vjp(i, g, y, *xs)
    return None if cotangent is None else cotangent.numpy()


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


# ---- the law is not empty ------------------------------------------------------------


def differentiable(kind: type[Primitive]) -> list[Example]:
    """Return fixed examples whose gradient is not 0."""
    cases = [] if kind.name in UNTRUE else seeded(kind)
    return [case for case in cases if has_gradient(*case) and _slopes(*case)[0]]


def _slopes(op: Primitive, inputs: tuple[Array, ...]) -> tuple[bool, bool]:
    law = Projection(op, inputs)
    return _any(law.gradients(*law.floats)), _any(law.seconds(*law.floats))


def _any(arrays: Sequence[Any]) -> bool:
    return any(bool(np.any(each.numpy())) for each in arrays)


@each_primitive
def test_law_catches_a_wrong_gradient(
    kind: type[Primitive], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gradient that is wrong by one in a thousand does not pass."""
    cases = differentiable(kind)
    if not cases:
        pytest.skip("there is no derivative to be wrong")
    replace_rule(kind, lambda cotangent: cotangent * 1.001, monkeypatch)
    assert any(fails(*case, order=1) for case in cases)


@each_primitive
def test_law_catches_a_rule_that_cannot_be_differentiated(
    kind: type[Primitive], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule that computes beside the graph does not pass."""
    cases = [case for case in differentiable(kind) if _slopes(*case)[1]]
    if not cases:
        pytest.skip("there is no second derivative to be wrong")
    replace_rule(kind, gg.stop_gradient, monkeypatch)
    assert any(fails(*case, order=2) for case in cases)


def fails(op: Primitive, inputs: tuple[Array, ...], order: int) -> bool:
    """Tell whether the check finds something wrong."""
    try:
        check_derivatives(op, inputs, order)
    except AssertionError:
        return True
    return False


def replace_rule(
    kind: type[Primitive],
    change: Callable[[Any], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Change what the VJP of a primitive returns."""
    right = kind.vjp

    def wrong(self: Primitive, i: int, g: Any, y: Any, *inputs: Any) -> Any:
        cotangent = right(self, i, g, y, *inputs)
        return None if cotangent is None else change(cotangent)

    monkeypatch.setattr(kind, "vjp", wrong)


def test_every_primitive_is_checked_at_second_order() -> None:
    """What has a gradient has one that is checked, and so has that gradient."""
    with gg.testing.coverage() as seen:
        for kind in OPS.values():
            for case in differentiable(kind)[:1]:
                check_derivatives(*case)
    left = [OPS[name] for name in seen.below(2)]
    assert not [kind.name for kind in left if differentiable(kind)]


def test_primitive_without_a_rule_is_refused() -> None:
    """A class that lacks rules cannot be defined, and does not enter the table."""
    with pytest.raises(TypeError, match=r"primitive half lacks notation, reads, infer"):

        class Half(Primitive):
            """Lack everything."""

    assert "half" not in OPS


class Scaled(Unary, family=True):
    """Multiply by a number that is a parameter."""

    factor: float
    times: int = 1


class Shifted(Scaled, family=True):
    """Multiply, and add."""

    shift: float = 0.0


SCALED: Any = Scaled
SHIFTED: Any = Shifted


def test_parameters_are_those_annotated() -> None:
    """A class adds its own to its parent's, whichever of both was made first."""
    base = SCALED(2.0)
    op = SHIFTED(3.0, shift=1.0)
    assert base.params() == {"factor": 2.0, "times": 1}
    assert op.params() == {"factor": 3.0, "times": 1, "shift": 1.0}
    assert op == SHIFTED(3.0, 1, 1.0) != SHIFTED(3.0)
    assert hash(op) == hash(SHIFTED(3.0, 1, 1.0))


def test_parameters_are_fixed_and_complete() -> None:
    """A primitive of a graph is not changed, and none lacks a parameter."""
    with pytest.raises(AttributeError, match="factor of primitive op is not set"):
        SHIFTED(1.0).factor = 2.0
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        SHIFTED()
    with pytest.raises(TypeError, match="unexpected keyword argument 'axis'"):
        SHIFTED(1.0, axis=0)
    with pytest.raises(TypeError):
        SHIFTED(1.0, 2, 3.0, 4)
