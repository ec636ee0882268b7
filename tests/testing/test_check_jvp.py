"""check_jvp: forward derivatives written by hand, in NumPy, PyTorch and JAX."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrad._errors import GraphgradError
from graphgrad.testing import GradientMismatch, NoPowerError, check_jvp

Array = np.ndarray[Any, Any]
RANDOM = np.random.default_rng(0)
X, W = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(3, 2))


def affine(x: Array, w: Array, b: Array) -> Array:
    """Return what a dense layer computes."""
    return np.asarray(np.tanh(x @ w + b))


def affine_jvp(tangents: Any, x: Array, w: Array, b: Array) -> Array:
    """Return how it moves."""
    dx, dw, db = tangents
    return np.asarray((1 - affine(x, w, b) ** 2) * (dx @ w + x @ dw + db))


@given(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
def test_the_right_one_passes(rows: int, n: int, m: int, seed: int) -> None:
    """A dense layer of any size; the complex step makes it nearly exact."""
    random = np.random.default_rng(seed)
    args = random.normal(size=(rows, n)), random.normal(size=(n, m)), np.ones(m)
    report = check_jvp(affine, affine_jvp, args)
    assert [row.argument for row in report.rows] == ["x", "w", "b"]
    assert report.rows[0].worst < 1e-12


def test_one_argument_has_a_bare_tangent() -> None:
    """And what is no float has none."""

    def jvp(t: Array, x: Array, n: int) -> Array:
        return np.asarray(n * x ** (n - 1) * t)

    check_jvp(lambda x, n: x**n, jvp, ([1.5, 2.0], 3))


def test_nests_are_given_as_they_are() -> None:
    """Tangents look like the arguments, with None for what has none."""

    def f(params: dict[str, Any], y: Array) -> tuple[Array, Array]:
        return params["a"] * params["n"], params["a"] + y

    def jvp(tangents: Any, params: dict[str, Any], y: Array) -> tuple[Array, Array]:
        moved, t = tangents
        assert moved["n"] is None
        return moved["a"] * params["n"], moved["a"] + t + 0 * y

    check_jvp(f, jvp, ({"a": np.ones(2), "n": 3}, np.zeros(2)))


def test_one_of_the_arguments_may_be_meant() -> None:
    """The other one stands still."""
    check_jvp(lambda x, y: x * y, lambda t, _, y: t * y, (2.0, 3.0), argnums=0)


def test_what_is_no_float_is_passed_over() -> None:
    """Whole numbers among the results have no derivative."""

    def f(x: Array) -> tuple[Array, Array]:
        return np.sin(x), np.argsort(x)

    def jvp(t: Array, x: Array) -> tuple[Array, Any]:
        return np.cos(x) * t, np.zeros(x.shape, int)

    check_jvp(f, jvp, (X[0],))


WRONG = [
    (lambda x, w, dx, dw: -(dx @ w + x @ dw), "x", "sign"),
    (lambda x, w, dx, dw: dx @ w + 2 * (x @ dw), "w", "factor"),
    (lambda x, w, dx, dw: dx @ w + 0 * (x @ dw), "w", "zero"),
    (lambda x, w, dx, dw: 1.001 * (dx @ w) + x @ dw, "x", "factor"),
    (lambda x, w, dx, dw: (dx @ w + x @ dw).T, "x, w", "transposed"),
    (lambda x, w, dx, dw: (dx @ w + x @ dw)[:1], "x, w", "shape"),
    (lambda x, w, dx, dw: np.float32(dx @ w + x @ dw), "x, w", "dtype"),
]


@pytest.mark.parametrize(
    ("wrong", "argument", "looks"), WRONG, ids=[looks for *_, looks in WRONG]
)
def test_each_mistake_is_named(wrong: Any, argument: str, looks: str) -> None:
    """What is wrong with the derivative of ``x @ w``, and for which argument."""

    def jvp(tangents: Any, x: Array, w: Array) -> Any:
        return wrong(x, w, *tangents)

    with pytest.raises(GradientMismatch) as raised:
        check_jvp(lambda x, w: x @ w, jvp, (X, W))
    assert (raised.value.argument, raised.value.looks_like) == (argument, looks)


def test_the_message_shows_it_again() -> None:
    """With both functions, and small arguments."""
    with pytest.raises(GradientMismatch) as raised:
        check_jvp(np.sin, lambda t, x: t * np.sin(x), (X,))
    assert "in forward mode" in str(raised.value)
    assert "jvp = ..." in raised.value.snippet
    assert raised.value.snippet.endswith("gg.testing.check_jvp(f, jvp, args)")


def test_results_are_counted() -> None:
    """One for each that f gives, floats among them."""
    with pytest.raises(GraphgradError, match="f gave 2, jvp 1"):
        check_jvp(lambda x: (x, x), lambda t, _: t, (1.0,))
    with pytest.raises(GraphgradError, match="f gives no floats"):
        check_jvp(lambda x: x > 0, lambda t, _: t, (1.0,))


def test_what_could_not_be_told_is_an_error() -> None:
    """A small slope among large numbers drowns in their rounding."""
    with pytest.raises(NoPowerError, match="forward by x could not be checked"):
        check_jvp(
            lambda x: np.abs(np.sin(x)) * 1e-9 + 1e6,
            lambda t, x: np.cos(x) * t * 1e-9,
            (0.5,),
        )


def test_torch_may_be_checked() -> None:
    """Through its forward mode, or a function with a jvp of one's own."""
    torch = pytest.importorskip("torch")

    def f(x: Any) -> Any:
        return torch.tanh(torch.as_tensor(x)).numpy()

    def jvp(t: Array, x: Array) -> Array:
        pair = torch.as_tensor(x), torch.as_tensor(t)
        return np.asarray(torch.autograd.functional.jvp(torch.tanh, *pair)[1])

    check_jvp(f, jvp, (X,))


def test_jax_may_be_checked() -> None:
    """In its float32, by what it rounds."""
    jax = pytest.importorskip("jax")

    def jvp(t: Array, x: Array) -> Array:
        return np.asarray(jax.jvp(jax.numpy.tanh, (x,), (t,))[1])

    check_jvp(jax.numpy.tanh, jvp, (X.astype(np.float32),), dtype=np.float32)
