"""Elementwise functions where rounding, infinities or integers could go wrong."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.testing._primitive_laws import check_code

NUMBERS = st.floats(-1e3, 1e3)


# ---- erf -----------------------------------------------------------------------------


@given(st.floats(-1e300, 1e300) | st.floats(-7, 7) | st.floats(-1e-300, 1e-300))
def test_erf_is_exact(x: float) -> None:
    """Within three units in the last place of the C library's, also near 0."""
    expected = math.erf(x)
    assert abs(gg.erf(x).item() - expected) <= 3 * math.ulp(expected)


def test_erf_of_a_fine_grid() -> None:
    """Also where the tables of Taylor's series meet, and in float32."""
    x = np.linspace(-6.5, 6.5, 20_001)
    expected = np.array([math.erf(each) for each in x])
    np.testing.assert_allclose(gg.erf(x).numpy(), expected, rtol=1e-15)
    narrow = gg.erf(x.astype(np.float32))
    assert narrow.dtype == np.float32
    exact = [math.erf(each) for each in x.astype(np.float32)]
    np.testing.assert_allclose(narrow.numpy(), exact, rtol=3e-7)


def test_erf_at_the_ends() -> None:
    """Infinities have their limits; NaN stays NaN, without a warning."""
    result = gg.erf([math.inf, -math.inf, math.nan, -0.0]).numpy()
    np.testing.assert_array_equal(result, [1, -1, math.nan, -0.0])


# ---- saturation and infinities -------------------------------------------------------


def test_sigmoid_and_its_relatives_saturate() -> None:
    """No overflow, no NaN, in value or gradient."""
    x = np.array([-1e4, 0, 1e4])
    np.testing.assert_array_equal(gg.sigmoid(x).numpy(), [0, 0.5, 1])
    np.testing.assert_array_equal(gg.softplus(x).numpy(), [0, math.log(2), 1e4])
    for f, expected in [(gg.sigmoid, [0, 0.25, 0]), (gg.softplus, [0, 0.5, 1])]:
        gradient = gg.grad(lambda x, f=f: gg.sum(f(x)))(x)
        np.testing.assert_array_equal(gradient.numpy(), expected)


@given(NUMBERS, st.floats(0, 1))
def test_cross_entropy_of_logits(z: float, label: float) -> None:
    """The definition, where the sigmoid does not saturate; finite everywhere."""
    value = gg.sigmoid_cross_entropy(z, label).item()
    assert math.isfinite(value)
    expected = np.logaddexp(0, z) - z * label
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-9)
    gradient = gg.grad(gg.sigmoid_cross_entropy)(z, label).item()
    np.testing.assert_allclose(gradient, gg.sigmoid(z).item() - label, atol=1e-15)


def test_logaddexp_has_its_curvature_where_both_are_equal() -> None:
    """The Hessian at (0, 0) is that of log(2 cosh) in the difference."""
    hessian = gg.hessian(lambda x: gg.logaddexp(x[0], x[1]))([0.0, 0.0])
    np.testing.assert_allclose(hessian.numpy(), [[0.25, -0.25], [-0.25, 0.25]])


# ---- functions with removable trouble ------------------------------------------------


@given(st.floats(-1, 1))
def test_sinc_is_smooth_at_0(x: float) -> None:
    """The gradient keeps its digits near 0, where the formula would cancel."""
    u = math.pi * x
    terms = [
        (-1) ** n * 2 * n * u ** (2 * n - 1) * math.pi / math.factorial(2 * n + 1)
        for n in range(1, 20)
    ]
    expected = math.fsum(terms)
    actual = gg.grad(gg.sinc)(x).item()
    assert abs(actual - expected) <= 2e-14 * abs(expected) + 1e-300


def test_sinc_has_its_curvature_at_0() -> None:
    """The second derivative at 0 is -π²/3."""
    second = gg.grad(gg.grad(gg.sinc))(0.0).item()
    np.testing.assert_allclose(second, -(math.pi**2) / 3)


def test_angles_of_tiny_and_huge_points() -> None:
    """The gradients of arctan2 neither underflow nor overflow."""
    for size in (1e-200, 1.0, 1e200):
        by_a, by_b = gg.grad(gg.arctan2, argnums=(0, 1))(size, size)
        np.testing.assert_allclose(
            [by_a.item(), by_b.item()], [0.5 / size, -0.5 / size]
        )


def test_arcsin_keeps_its_digits_near_1() -> None:
    """1 - x² is exact where it is small."""
    x = 1 - 2.0**-40
    expected = 1 / math.sqrt(2.0**-40 * (2 - 2.0**-40))
    np.testing.assert_allclose(gg.grad(gg.arcsin)(x).item(), expected, rtol=1e-15)
    np.testing.assert_allclose(gg.grad(gg.arccos)(x).item(), -expected, rtol=1e-15)


# ---- powers --------------------------------------------------------------------------


@given(st.sampled_from([0, 1, 2, 3, -1, 0.5, 2.5, -2]), st.floats(0.25, 4))
def test_powers_by_hand(p: float, x: float) -> None:
    """Value, first and second derivative by the base, and the mixed one."""
    assert gg.power(x, p).item() == pytest.approx(x**p)
    first, second = gg.grad(gg.power), gg.grad(gg.grad(gg.power))
    mixed = gg.grad(gg.grad(gg.power), argnums=1)
    assert first(x, p).item() == pytest.approx(p * x ** (p - 1))
    assert second(x, p).item() == pytest.approx(p * (p - 1) * x ** (p - 2))
    expected = x ** (p - 1) * (1 + p * math.log(x))
    assert mixed(x, float(p)).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("x", "p", "dtype"),
    [
        (3, 2, "int64"),
        (3, 2.0, "float64"),
        (np.int32(3), 2, "int32"),
        (np.int32(3), 2.0, "float64"),
        (np.float32(3), 2, "float32"),
        (np.float32(3), 2.0, "float32"),
    ],
)
def test_squares_keep_numpys_dtype(x: Any, p: float, dtype: str) -> None:
    """The shortcut for squares is taken for floats alone."""
    actual = gg.power(x, p)
    assert actual.item() == 9
    assert actual.dtype == dtype


@pytest.mark.parametrize("shape", [(), (1,), (3,)])
def test_powers_of_whole_numbers_wrap_around(shape: tuple[int, ...]) -> None:
    """NumPy warns of a single one, and of arrays it does not."""
    tens = np.full(shape, 10)
    due = np.full(shape, 10**20 % 2**64, np.uint64).astype(np.int64)
    assert np.array_equal(gg.power(tens, np.int64(20)).numpy(), due)
    assert np.array_equal(gg.jit(gg.power)(tens, np.int64(20)).numpy(), due)


def test_nothing_has_powers() -> None:
    """An array without elements has no first one."""
    assert gg.power(np.zeros((0, 3)), 2.5).shape == (0, 3)
    assert gg.jit(gg.power)(np.zeros((0, 3)), 2.5).shape == (0, 3)


# ---- depth of an ELU -----------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0, -1.0])
def test_an_elu_reads_its_depth_unless_it_is_1(alpha: float) -> None:
    """One multiplication less; what it writes is what it evaluates."""
    op: Any = gg.OPS["elu"]
    x = np.array([-2.0, -0.5, 0.5])
    check_code(op(alpha), (x,))
    due = np.where(x > 0, x, alpha * np.expm1(x))
    np.testing.assert_allclose(op(alpha)(x).numpy(), due, rtol=1e-15)
    assert (alpha in op(alpha).numbers) == (alpha != 1)


# ---- clip ----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "bool"])
@pytest.mark.parametrize(("low", "high"), [(None, 1), (1, None), (0, 1), (None, None)])
def test_clip_keeps_the_dtype(dtype: str, low: Any, high: Any) -> None:
    """A bound that is not there changes nothing, not even the type."""
    if dtype == "bool" and (low, high) != (None, None):
        low, high = (None if each is None else bool(each) for each in (low, high))
    x = np.array([0, 1, 1] if dtype == "bool" else [0, 1, 3], dtype)
    actual = gg.clip(x, low, high)
    assert actual.dtype == dtype
    expected = x if low is None else np.maximum(x, low)
    expected = expected if high is None else np.minimum(expected, high)
    np.testing.assert_array_equal(actual.numpy(), expected)


def test_clip_has_numpys_older_names() -> None:
    """a_min and a_max, as in np.clip."""
    x = gg.tensor([-2.0, 0.5, 2.0])
    assert np.clip(x, a_min=-1, a_max=1).tolist() == [-1, 0.5, 1]
    assert np.clip(x, -1, 1).tolist() == [-1, 0.5, 1]


# ---- dead branches -------------------------------------------------------------------

DEAD: list[Any] = [
    lambda x: gg.where(x > 0, gg.log(x), 0.0),
    lambda x: gg.where(x > 0, gg.sqrt(x) * gg.log(x), x),
    lambda x: gg.where(x > 0, gg.exp(1 / x) * gg.arccos(x * 1e3), 1.0),
    lambda x: gg.where(x > 0, gg.sum(gg.log(x)), x * 0),
    lambda x: gg.where(x > 0, x ** (x - 1) / gg.norm(x), x),
]


@pytest.mark.parametrize("f", DEAD)
@pytest.mark.parametrize("way", [lambda f: f, gg.jit], ids=["eager", "compiled"])
def test_nan_does_not_leak_from_a_dead_branch(f: Any, way: Any) -> None:
    """However long the branch that was not taken: at -1 and 0 it counts for nothing."""
    x = np.array([-1.0, 0.0])
    with np.errstate(all="ignore"):
        gradient = way(gg.grad(lambda x: gg.sum(f(x))))(x)
    assert np.all(np.isfinite(gradient.numpy()))


# ---- without branches ----------------------------------------------------------------

# NaN, infinities, both zeros, and the smallest and largest numbers.
EDGES = [
    math.nan, math.inf, -math.inf, 0.0, -0.0, 1e-45, -1e-45, 5e-324, 3.4e38, -3.4e38,
]  # fmt: skip

MANY = (20, 30)


@st.composite
def many(draw: st.DrawFn) -> np.ndarray:
    """Draw so many numbers that programs do not branch, some at the edges."""
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    x = random.normal(size=MANY) * 10.0 ** random.integers(-9, 9, MANY)
    edges = random.choice(EDGES, MANY)
    with np.errstate(over="ignore"):
        return np.where(random.random(MANY) < 0.2, edges, x).astype(dtype)


FUNCTIONS = [
    gg.sign,
    gg.erf,
    gg.softplus,
    gg.leaky_relu,
    gg.activations.relu6,
    gg.activations.softsign,
    gg.elu,
    lambda x: gg.leaky_relu(x, 1.5),
    lambda x: gg.elu(x, 1.5),
    lambda x: gg.where(x > 0, x, 0.5),
    lambda x: gg.where(x > 0, 0.5, x),
    lambda x: gg.where(x[:1] > 0, x, -x),
    lambda x: gg.where(x > 0, x[:, :1], x),
    lambda x: gg.where(gg.isnan(x), x > 0, x < 0),
    lambda x: gg.where(x > 0, 1, -7),
]


@pytest.mark.parametrize("f", FUNCTIONS)
@settings(max_examples=20)
@given(many())
def test_programs_choose_as_numpy_does(f: Any, x: np.ndarray) -> None:
    """Of large arrays a program gives what eager evaluation gives, in place as well."""
    for way in (f, lambda x: f(x * 2)):
        with np.errstate(all="ignore"):
            expected = way(gg.tensor(x)).numpy()
            np.testing.assert_array_equal(gg.jit(way)(x).numpy(), expected)


@given(many())
def test_sign_and_choice_keep_what_they_take(x: np.ndarray) -> None:
    """Signs are those of NumPy; a choice keeps every bit, those of NaN too."""
    sign = gg.jit(gg.sign)(x).numpy()
    np.testing.assert_array_equal(sign, np.sign(x))
    chosen = gg.jit(lambda x: gg.where(x > 1, x, -x))(x).numpy()
    assert chosen.tobytes() == np.where(x > 1, x, -x).tobytes()


@pytest.mark.parametrize(("dtype", "compared"), [("f4", True), ("?", False)])
def test_a_condition_is_made_bool_once(dtype: str, *, compared: bool) -> None:
    """Numbers are compared with zero, and what is bool already is not."""
    graph = gg.trace(lambda c: gg.where(c, 1.0, 2.0), gg.Spec((3,), dtype))
    assert ("not_equal" in {node.op.name for node in graph.nodes}) == compared
