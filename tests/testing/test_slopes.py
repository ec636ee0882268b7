"""Slopes: as near as they say, whatever the function, and honest about kinks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphgrad._types import Array
from graphgrad.testing._slopes import Slope, slope

EPS = float(np.finfo(np.float64).eps)
# The tolerance of a comparison, in errors of the slope.
FACTOR = 10


def slope_of(f: Callable[..., Any], x: float) -> Slope:
    """Return the slope of an elementwise function at a point."""

    def line(t: complex) -> Array:
        return np.atleast_1d(f(np.float64(x) + t))

    with np.errstate(all="ignore"):
        return slope(line, np.atleast_1d(f(np.float64(x))), EPS)


SMOOTH: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "sin": (np.sin, np.cos),
    "exp": (np.exp, np.exp),
    "tanh": (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
    "cube": (lambda x: x**3, lambda x: 3 * x**2),
    "line": (lambda x: 3 * x, lambda _: 3.0),
    "wave": (lambda x: np.sin(300 * x), lambda x: 300 * np.cos(300 * x)),
    "log": (lambda x: np.log(5 + x), lambda x: 1 / (5 + x)),
}
each_smooth = pytest.mark.parametrize("name", SMOOTH)
points = st.integers(-2000, 2000).map(lambda n: n / 500)


@each_smooth
@given(x=points)
def test_the_error_holds(name: str, x: float) -> None:
    """The derivative is within the errors told, and these are small."""
    f, derivative = SMOOTH[name]
    found = slope_of(f, x)
    assert abs(found.value[0] - derivative(x)) <= FACTOR * found.error[0]
    assert found.error[0] <= 1e-6 * (1 + abs(derivative(x)))
    assert not found.kinks[0]
    assert not found.jumps[0]


@each_smooth
@given(x=points)
def test_the_error_holds_without_complex_numbers(name: str, x: float) -> None:
    """Where a complex step is refused, differences do it."""
    f, derivative = SMOOTH[name]
    found = slope_of(real(f), x)
    assert abs(found.value[0] - derivative(x)) <= FACTOR * found.error[0]
    assert found.error[0] <= 1e-4 * (1 + abs(derivative(x)))


def real(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that refuses complex numbers."""

    def refusing(x: Any) -> Any:
        if np.iscomplexobj(x):
            raise TypeError("real numbers alone")
        return f(x)

    return refusing


@each_smooth
@given(x=points)
def test_the_error_holds_in_noise(name: str, x: float) -> None:
    """Values that were rounded to float32 have slopes that say so."""
    f, derivative = SMOOTH[name]
    found = slope_of(lambda t: np.float32(f(np.real(t))).astype(np.float64), x)
    assert abs(found.value[0] - derivative(x)) <= FACTOR * found.error[0]


@pytest.mark.parametrize(
    ("f", "left", "right"),
    [
        (np.abs, -1, 1),
        (lambda x: np.maximum(x, 0), 0, 1),
        (lambda x: np.minimum(2 * x, np.sin(3 * x)), 3, 2),
        (lambda x: np.where(x < 0, np.exp(x), 1 + 5 * x), 1, 5),
    ],
)
def test_a_kink_has_two_slopes(
    f: Callable[..., Array], left: float, right: float
) -> None:
    """Both are told, as they are."""
    found = slope_of(f, 0.0)
    assert found.kinks[0]
    np.testing.assert_allclose([found.left[0], found.right[0]], [left, right], 1e-6)


@given(st.integers(-9, 6))
def test_a_kink_beside_is_no_kink_here(power: int) -> None:
    """Steps become smaller until they do not reach it."""
    x = float(2.0**power)
    if x > 1e-5:
        found = slope_of(np.abs, x)
        assert not found.kinks[0]
        assert abs(found.value[0] - 1) <= FACTOR * found.error[0] < 1e-3


@pytest.mark.parametrize("f", [np.sign, np.floor, lambda x: np.where(x > 0, 3.0, x)])
def test_a_jump_is_told(f: Callable[..., Array]) -> None:
    """Where values jump there is no slope to compare with."""
    assert slope_of(f, 0.0).jumps[0]
    assert not slope_of(f, 0.5).jumps[0]


def test_an_edge_has_the_slope_of_its_side() -> None:
    """Where a function ends, the side where it has values counts."""
    found = slope_of(lambda x: np.where(x >= 0, np.exp(x), np.nan), 0.0)
    assert abs(found.value[0] - 1) <= FACTOR * found.error[0] < 1e-6


def test_no_false_derivative_by_a_complex_step() -> None:
    """Functions that take complex numbers, and are not analytic, are not believed."""
    found = slope_of(lambda x: np.real(x) ** 2 + 0 * x, 1.5)
    assert abs(found.value[0] - 3) <= FACTOR * found.error[0]
    found = slope_of(lambda x: x * np.conj(x), 1.5)
    assert abs(found.value[0] - 3) <= FACTOR * found.error[0]


@pytest.mark.parametrize("f", [np.exp, lambda x: 3 * x, lambda x: 7.0 + 0 * x])
def test_no_value_is_computed_twice(f: Callable[..., Any]) -> None:
    """A smooth function or a constant takes eight values for noise, and 41 more."""
    asked: list[Any] = []

    def counted(x: Any) -> Any:
        asked.append(x)
        return f(x)

    slope_of(counted, 0.7)
    values = asked[1:]  # the first is the value at the point itself
    assert len(values) == len(set(values)) == 49


@given(x=points)
def test_small_values_are_told_as_well(x: float) -> None:
    """A power of two changes no bit but the exponent, of the error either."""
    f = real(lambda x: np.sin(3000 * x))
    whole, small = (slope_of(lambda x, s=s: f(x) * s, x) for s in (1, 2.0**-60))
    assert whole.value * 2.0**-60 == small.value
    assert whole.error * 2.0**-60 == small.error


def test_what_bends_far_away_is_no_noise() -> None:
    """A product of small numbers is much larger at the widest steps."""
    found = slope_of(real(lambda x: x * (0.006 + x) ** 6), 0.0)
    assert abs(found.value[0] - 0.006**6) <= FACTOR * found.error[0]
    assert found.error[0] < 1e-7 * 0.006**6
