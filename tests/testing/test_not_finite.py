"""Numbers that are not finite: in gradients, and in what is checked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.testing import (
    GradientMismatch,
    check_grads,
    check_jvp,
    check_layer,
    check_primitive,
    check_vjp,
)


def failure(check: Callable[..., Any], *given: Any, **options: Any) -> GradientMismatch:
    """Return the error of a check that fails."""
    with pytest.raises(GradientMismatch) as raised:
        check(*given, **options)
    return raised.value


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("size", [1, 3, 90])
def test_a_gradient_that_is_not_finite_is_found(bad: float, size: int) -> None:
    """At the element where it is, among few and many."""
    place = size // 2
    at = np.arange(size) == place
    error = failure(
        check_vjp,
        lambda x: x * 2,
        lambda g, _x: np.where(at, bad, g * 2),
        (0 * at + 1.5,),
    )
    assert (error.index, error.looks_like) == ((place,), "not finite")
    told = str(error)
    assert f"by x[{place}] is {bad:g}, and should be " in told
    assert "relative error" not in told
    if size > 1:
        assert f"1 of the {min(size, 64)} elements" in told
        assert f"is wrong: x[{place}]" in told


def test_a_derivative_in_forward_mode_that_is_not_finite_is_found() -> None:
    """Where one of the results does not move by a number."""
    at = np.array([False, True, False])
    error = failure(
        check_jvp,
        lambda x: x * 2,
        lambda t, _x: np.where(at & (t != 0), np.nan, t * 2),
        ([1.0] * 3,),
    )
    assert (error.index, error.looks_like) == ((1,), "not finite")
    assert "1 of the 3 elements of x is wrong: x[1]" in str(error)


def test_an_infinite_slope_is_told_as_an_edge() -> None:
    """The gradient of a root at 0 is right, and nothing can be compared with it."""
    error = failure(
        check_grads, lambda x: gg.sum(gg.sqrt(x)), ([4.0, 0.0, 1.0],), order=1
    )
    assert (error.index, error.looks_like) == ((1,), "not finite")
    assert "by x[1] is inf, and the values have no finite slope there" in str(error)


def test_a_number_that_is_none_is_no_slope_of_a_kink() -> None:
    """The norm at 0 has slopes from -1 to 1, and its rule divides 0 by 0."""
    error = failure(
        check_grads, lambda x: gg.sqrt(gg.sum(x * x)), ([0.0, 0.0],), order=1
    )
    assert error.looks_like == "not finite"
    assert "2 of the 2 elements of x are wrong" in str(error)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize(
    ("check", "name"),
    [
        (lambda x: check_grads(gg.exp, (x,)), "x"),
        (lambda x: check_vjp(np.exp, lambda g, x: g * np.exp(x), (x,)), "x"),
        (lambda x: check_jvp(np.exp, lambda t, x: t * np.exp(x), (x,)), "x"),
        (lambda x: check_primitive(gg.OPS["exp"](), (x,)), "inputs[0]"),
        (lambda x: check_layer(gg.Dense(2), x), "x"),
    ],
)
def test_a_point_that_is_not_finite_is_refused(
    bad: float, check: Callable[[Any], Any], name: str
) -> None:
    """Before it is told as random, or as changed: the message has the element."""
    x = np.array([[1.0, 2.0], [bad, bad]])
    told = rf"{name} must hold finite numbers: {name}[1, 0] is {bad} (2 of 4 are not"
    with pytest.raises(ValueError, match=re.escape(told)):
        check(x)


def test_what_is_not_differentiated_may_be_infinite() -> None:
    """Such as a mask that is added to scores."""
    mask = np.array([0.0, -np.inf])
    check_grads(lambda x, m: gg.softmax(x + m), ([0.5, 1.0], mask), argnums=0)
