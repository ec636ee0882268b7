"""The notation of every primitive says what it computes, and what its derivative is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._notation import read, slot
from graphgrad._ops._families import Unary
from graphgrad._primitive import Domain
from graphgrad._reverse import sum_to
from graphgrad._tensor import plain

T = TypeVar("T")
Array = np.ndarray
Means = Callable[..., bool | None]
Compute = Callable[[str, dict[str, Any]], Any]

# Their results cannot be written as an expression, and are written in words.
IN_WORDS = {
    "random_normal", "random_uniform", "recurrence", "scatter_add", "set_at",
    "un_slice",
}  # fmt: skip

each_primitive = pytest.mark.parametrize("kind", gg.OPS.values(), ids=gg.OPS)


class Chooser:
    """Chooses examples by a seed."""

    def __init__(self, seed: int) -> None:
        """Choose with NumPy's generator."""
        self.random = np.random.default_rng(seed)

    def integer(self, low: int, high: int) -> int:
        """Choose a whole number, both ends included."""
        return int(self.random.integers(low, max(low, high), endpoint=True))

    def one_of(self, options: Sequence[T]) -> T:
        """Choose one of ``options``."""
        return options[self.integer(0, len(options) - 1)]

    def shape(
        self, min_ndim: int = 0, max_ndim: int = 3, min_side: int = 0
    ) -> tuple[int, ...]:
        """Choose a small shape without empty axes."""
        sides = self.integer(min_ndim, max_ndim)
        return tuple(self.integer(max(min_side, 1), 3) for _ in range(sides))

    def broadcastable(self, count: int) -> tuple[tuple[int, ...], ...]:
        """Choose shapes that broadcast together."""
        whole = self.shape()
        return tuple(
            tuple(self.one_of((n, n, 1)) for n in whole[self.integer(0, len(whole)) :])
            for _ in range(count)
        )

    def array(self, shape: tuple[int, ...], domain: Domain = Domain()) -> Array:
        """Choose a float array in ``domain``."""
        values = self.random.uniform(domain.low, domain.high, shape)
        for point in domain.avoid:
            near = np.abs(values - point) < domain.margin
            values = np.where(near, point + domain.margin, values)
        return np.asarray(values)

    def integers(self, shape: tuple[int, ...], low: int, high: int) -> Array:
        """Choose an integer array, both ends included."""
        return self.random.integers(low, max(low, high), shape, endpoint=True)

    def bools(self, shape: tuple[int, ...]) -> Array:
        """Choose an array of truth values."""
        return self.random.random(shape) < 0.5


def examples(kind: type[gg.Primitive]) -> list[tuple[gg.Primitive, tuple[Array, ...]]]:
    """Return the same examples in every run."""
    return [kind.example(Chooser(seed)) for seed in range(8)]


def explained(op: gg.Primitive, inputs: tuple[Array, ...]) -> tuple[Any, list[str]]:
    """Return the equation of one node of ``op``, and what its inputs are called."""
    specs = [gg.Spec(each.shape, each.dtype) for each in inputs]
    graph = gg.trace(op, *specs)
    names = [f"input{str(i).translate(LOW)}" for i in range(len(inputs))]
    return gg.explain(graph).node(graph.operations[-1].name), names


LOW = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def test_a_primitive_of_ones_own_is_composed_like_any_other() -> None:
    """Its notation may be any expression, or words; parentheses are put where due."""

    class Gaussian(Unary):
        """Take exp(-x²) of every element."""

        notation = "exp(-{0}²)"
        reads = ((0, -1),)

        def evaluate(self, *inputs: Array) -> Array:
            return np.asarray(np.exp(-inputs[0] * inputs[0]))

        def emit(self, out: str, *inputs: str) -> list[str]:
            return [f"{out}[...] = np.exp(-{inputs[0]} ** 2)"]

        def vjp(self, i: int, g: gg.Tensor, y: gg.Tensor, *x: gg.Tensor) -> gg.Tensor:
            return g * y * x[0] * -2.0

    class Odd(Gaussian):
        """Do the same, and call it something."""

        notation = "what becomes of {0}!"

    try:
        graph = gg.trace(lambda x: 2 * Odd()(1 + Gaussian()(x + 1)), gg.Spec((3,)))
        told = gg.explain(graph)
        (equation,) = told.equations
        assert equation.unicode == "y = 2·(what becomes of 1 + exp(−(x + 1)²)!)"
        assert r"\text{what becomes of }1 + \exp" in equation.latex
        (rule,) = told.node("gaussian").vjp
        assert str(rule) == "∂L/∂F1 += (−2)·∂L/∂F2 ⊙ F2 ⊙ F1"
    finally:
        for name in ("gaussian", "odd"):
            gg.OPS.pop(name, None)


@each_primitive
def test_a_notation_is_read(kind: type[gg.Primitive]) -> None:
    """What is not in words has a tree, and so has LaTeX of its own."""
    op, inputs = kind.example(Chooser(0))
    form = read(op.formula(*[slot(i) for i in range(len(inputs))]))
    assert (form.kind == "words") <= (kind.name in IN_WORDS)


@each_primitive
def test_an_equation_says_what_is_computed(
    kind: type[gg.Primitive], means: Means
) -> None:
    """The text of a node, computed by NumPy, is the node's value."""
    for op, inputs in examples(kind):
        equation, names = explained(op, inputs)
        _, text = re.split(" [=←] ", str(equation.formula), maxsplit=1)
        known = dict(zip(names, inputs, strict=True))
        told = means(text, known, np.asarray(op.evaluate(*inputs)))
        assert told or (told is None and kind.name in IN_WORDS), str(equation.formula)


@each_primitive
def test_a_rule_says_what_the_derivative_is(
    kind: type[gg.Primitive], means: Means, compute: Compute
) -> None:
    """The text of a rule, computed by NumPy, is what the primitive's own rule gives."""
    for op, inputs in examples(kind):
        y = np.asarray(op.evaluate(*inputs))
        if y.dtype.kind != "f":
            continue
        equation, names = explained(op, inputs)
        g = np.random.default_rng(0).normal(size=y.shape)
        known = dict(zip(names, inputs, strict=True))
        known |= {"y": y, "∂L/∂y": g}
        for line in equation.vjp:
            target, text = re.split(r" (?:=|\+=) ", str(line), maxsplit=1)
            if not target.startswith("∂L/∂"):
                known[target] = compute(text, known)
                continue
            i = names.index(target[4:])
            term = op.vjp(i, *[gg.tensor(each) for each in (g, y, *inputs)])
            due = np.asarray(plain(sum_to(term, inputs[i].shape)))
            assert means(text, known, due, spread=True) is not False, str(line)
