"""check_vjp: gradients written by hand, in NumPy, PyTorch and JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrad._errors import GradientError, GraphgradError
from graphgrad.testing import GradientMismatch, check_vjp

Array = np.ndarray[Any, Any]
RANDOM = np.random.default_rng(0)
X, W = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(3, 2))


def affine(x: Array, w: Array, b: Array) -> Array:
    """Return what a dense layer computes."""
    return np.asarray(np.tanh(x @ w + b))


def affine_vjp(g: Array, x: Array, w: Array, b: Array) -> tuple[Array, ...]:
    """Return the right gradients."""
    g = g * (1 - affine(x, w, b) ** 2)
    return g @ w.T, x.T @ g, g.sum(axis=0)


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_the_right_one_passes(rows: int, n: int, m: int, seed: int) -> None:
    """A dense layer of any size; the complex step makes it nearly exact."""
    random = np.random.default_rng(seed)
    # Where tanh saturates, 1 - y * y is the rounding of y.
    x, w = random.uniform(-1, 1, (rows, n)), random.uniform(-1, 1, (n, m))
    report = check_vjp(affine, affine_vjp, (x, w, np.ones(m)))
    assert [row.argument for row in report.rows] == ["x", "w", "b"]
    assert report.rows[0].worst < 1e-12


def test_one_argument_has_a_bare_gradient() -> None:
    """And what is no float has none."""
    check_vjp(lambda x, n: x**n, lambda g, x, n: g * n * x ** (n - 1), ([1.5, 2.0], 3))


def test_nests_are_given_as_they_are() -> None:
    """The cotangent looks like the results, the gradients like the arguments."""

    def f(params: dict[str, Array]) -> tuple[Array, Array]:
        return params["a"] * 2, params["a"] + params["b"]

    def vjp(g: tuple[Array, Array], params: dict[str, Array]) -> dict[str, Array]:
        return {"a": 2 * g[0] + g[1], "b": g[1] + 0 * params["b"]}

    check_vjp(f, vjp, ({"a": np.ones(2), "b": np.zeros(2)},))


def test_no_complex_step_where_it_would_be_wrong() -> None:
    """``abs`` takes complex numbers, and means something else by them."""
    check_vjp(
        lambda x: np.abs(x) ** 2, lambda g, x: 2 * g * np.asarray(x), ([0.5, -2.0],)
    )


def first_of_two(g: Array, *args: Array) -> Array:
    """Return the gradient of the first of the arguments that are added up."""
    assert len(args) == 2
    return g


def test_the_number_of_gradients_is_checked() -> None:
    """One for each argument."""
    with pytest.raises(GraphgradError, match="a gradient for each of x, y: it gave 1"):
        check_vjp(lambda x, y: x + y, first_of_two, (1.0, 2.0))
    check_vjp(lambda x, y: x + y, first_of_two, (1.0, 2.0), argnums=0)


@pytest.mark.parametrize(
    ("wrong", "argument", "looks"),
    [
        (lambda _, dx, dw, db: (-dx, dw, db), "x", "sign"),
        (lambda _, dx, dw, db: (dx, 2 * dw, db), "w", "factor"),
        (lambda g, dx, dw, db: (dx, dw, db / len(g)), "b", "factor"),
        (lambda g, dx, dw, db: (dx, dw, g + 0 * db), "b", "broadcast"),
        (lambda g, dx, dw, db: (dx, dw, g[0] + 0 * db), "b", "broadcast"),
        (lambda g, dx, dw, db: (dx, dw.T + 0 * g[0, 0], db), "w", "transposed"),
        (lambda g, dx, dw, db: (dx, dw * 0, db + 0 * g[0]), "w", "zero"),
    ],
    ids=["sign", "twice", "mean", "no sum", "one row", "turned", "none"],
)
def test_each_mistake_is_named(wrong: Any, argument: str, looks: str) -> None:
    """What is wrong with the gradient of ``x @ w + b``, and for which argument."""
    args = X, W, np.array([0.5, -1.0])

    def vjp(g: Array, x: Array, w: Array, b: Array) -> Any:
        return wrong(g, g @ w.T, x.T @ g, g.sum(axis=0) + 0 * b)

    with pytest.raises(GradientMismatch) as raised:
        check_vjp(lambda x, w, b: x @ w + b, vjp, args)
    assert (raised.value.argument, raised.value.looks_like) == (argument, looks)


def test_a_square_transpose_is_named() -> None:
    """Its shape does not tell; its numbers do, unless each result has one of them."""
    a, b = RANDOM.normal(size=(2, 3, 3))
    with pytest.raises(GradientMismatch) as raised:
        check_vjp(
            lambda a: np.sum(np.sin(a) * b), lambda g, a: g * (np.cos(a) * b).T, (a,)
        )
    assert raised.value.looks_like == "transposed"


def test_torch_may_be_checked() -> None:
    """Through autograd, or a function with a backward of one's own."""
    torch = pytest.importorskip("torch")

    def f(x: Any) -> Any:
        return torch.tanh(torch.as_tensor(x)).numpy()

    def vjp(g: Array, x: Array) -> Array:
        leaf = torch.tensor(x, requires_grad=True)
        (found,) = torch.autograd.grad(torch.tanh(leaf), leaf, torch.as_tensor(g))
        return np.asarray(found)

    check_vjp(f, vjp, (X,))


def test_jax_may_be_checked() -> None:
    """In its float32, by what it rounds."""
    jax = pytest.importorskip("jax")

    def vjp(g: Array, x: Array) -> Array:
        return np.asarray(jax.vjp(jax.numpy.tanh, x)[1](g)[0])

    check_vjp(jax.numpy.tanh, vjp, (X.astype(np.float32),), dtype=np.float32)


def failure(f: Any, vjp: Any, *args: Any, **options: Any) -> GradientMismatch:
    """Return the error of a check that fails."""
    with pytest.raises(GradientMismatch) as raised:
        check_vjp(f, vjp, args, **options)
    return raised.value


@pytest.mark.parametrize(
    ("f", "vjp", "looks"),
    [
        (lambda x: np.sum(x**2), lambda _g, x: 2 * x, "no cotangent"),
        (lambda x: x**2, lambda _g, x: 2 * x, "no cotangent"),
        (lambda x: np.sum(x**2), lambda g, x: g**2 * 2 * x, "not linear"),
        (np.sin, lambda x, g: np.cos(x) * g, "not linear"),
    ],
)
def test_the_cotangent_is_a_factor(f: Any, vjp: Any, looks: str) -> None:
    """Though one of 1 would not tell; a swapped one is no factor either."""
    error = failure(f, vjp, np.array([0.3, 1.1]))
    assert error.looks_like == looks
    assert "vjp(cotangent, *args)" in str(error)


@pytest.mark.parametrize("which", ["cotangent", "x"])
def test_what_is_given_is_not_changed(which: str) -> None:
    """Others read it after the rule."""

    def vjp(g: Array, x: Array) -> Array:
        into = g if which == "cotangent" else x
        return np.multiply(g, np.cos(x), out=into)

    error = failure(np.sin, vjp, np.array([0.3, 1.1]))
    assert f"changed its {which} in place" in str(error)


def test_values_that_are_not_finite_are_told() -> None:
    """No derivative is expected there, and no element is counted."""
    told = str(failure(np.log, lambda g, x: g / x, np.array([-1.0, 2.0])))
    assert "the values are not finite there" in told
    assert "elements" not in told
    assert "±" not in told


@pytest.mark.parametrize("argnums", [2, -3, (0, 5)])
def test_argnums_name_arguments(argnums: Any) -> None:
    """As for `gg.grad`."""
    with pytest.raises(GradientError, match="argnums names argument"):
        check_vjp(np.add, lambda g, _x, _y: (g, g), (X, X), argnums=argnums)


@pytest.mark.parametrize("argnums", [0.5, "x", (0, "y")])
def test_argnums_are_integers(argnums: Any) -> None:
    """What is none is not rounded."""
    with pytest.raises(TypeError, match="argnums must be a position of args"):
        check_vjp(np.add, lambda g, _x, _y: (g, g), (X, X), argnums=argnums)


def test_argnums_count_from_the_end_too() -> None:
    """The last argument is -1."""
    report = check_vjp(lambda x, y: x - y, lambda g, _x, _y: -g, (X, X), argnums=-1)
    assert [row.argument for row in report.rows] == ["y"]


def test_a_rule_that_returns_nothing_is_told() -> None:
    """A forgotten return."""
    with pytest.raises(GraphgradError, match="vjp gave None: it must return"):
        check_vjp(np.sin, lambda _g, _x: None, (X,))
