"""Mistakes of a primitive's rule, told as those of a gradient by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._errors import GraphgradError
from graphgrad.testing import GradientMismatch, check_jvp, check_primitive, check_vjp

X = np.array([[0.3, -1.2, 2.0], [0.1, 0.5, 1.0]])


def random(scale: Any) -> Any:
    """Return another factor in each call."""
    return scale * np.random.default_rng().uniform(0.5, 1.5)


@pytest.mark.parametrize(
    ("rule", "looks"),
    [
        (lambda _g, y: y, "no cotangent"),
        (lambda g, y: g * g * y, "not linear"),
        (lambda g, y: random(g * y), "not deterministic"),
        (lambda g, y: gg.sum(g * y), "shape"),
        (lambda g, y: g * y * 2.0, "factor"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(
    monkeypatch: pytest.MonkeyPatch, rule: Any, looks: str
) -> None:
    """And the primitive counts as met, though it failed."""
    kind = gg.OPS["exp"]
    monkeypatch.setattr(kind, "vjp", lambda _op, _i, g, y, *_x: rule(g, y))
    with gg.testing.coverage() as seen, pytest.raises(GradientMismatch) as raised:
        check_primitive(kind(), (X,))
    assert raised.value.looks_like == looks
    assert seen.orders == {"exp": 2}


def test_a_primitive_with_wrong_reads_was_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its law is the first to fail."""
    kind = gg.OPS["exp"]
    monkeypatch.setattr(kind, "reads", ((0,),))
    with gg.testing.coverage() as seen, pytest.raises(GradientMismatch):
        check_primitive(kind(), (X,))
    assert "exp" in seen.orders


def test_a_gradient_that_is_random_is_told_as_that() -> None:
    """And not as one that is not linear in its cotangent."""
    with pytest.raises(GradientMismatch, match="the gradient is not determ") as raised:
        check_vjp(np.sin, lambda g, x: random(g * np.cos(x)), (X,))
    assert raised.value.looks_like == "not deterministic"


@pytest.mark.parametrize("check", [check_vjp, check_jvp])
def test_a_function_that_writes_over_its_argument_is_told(check: Any) -> None:
    """And not as a random one, which a seed would mend."""
    x = X.copy()
    with pytest.raises(GradientMismatch, match="f changed its x in place") as raised:
        check(lambda x: np.multiply(x, 2, out=x), lambda g, _x: 2 * g, (x,))
    assert raised.value.looks_like == "in place"
    assert np.array_equal(x, X)


def test_one_argument_has_one_gradient_whatever_comes_of_it() -> None:
    """Each result passes something on, and that is added up."""
    with pytest.raises(GraphgradError, match=r"one gradient, that by x, and it gave 2"):
        check_vjp(lambda x: [x, x], lambda g, _x: [g[0], g[1]], (X,))


@pytest.mark.parametrize(
    ("shape", "axes", "told"),
    [
        ((3, 4), (0, 1), "too much by all 12 elements"),
        ((3, 4), (1,), "too much by the 4 elements of an axis"),
        ((3, 4, 5), (0, 1), "too much by the 12 elements of 2 axes"),
    ],
)
def test_a_factor_is_told_by_the_axes_that_it_counts(
    shape: tuple[int, ...], axes: tuple[int, ...], told: str
) -> None:
    """A mean over one, some or all of them whose gradient does not divide."""

    def vjp(g: Any, x: Any) -> Any:
        return np.broadcast_to(np.expand_dims(g, axes), x.shape)

    x = np.arange(float(np.prod(shape))).reshape(shape)
    with pytest.raises(GradientMismatch, match=told) as raised:
        check_vjp(lambda x: x.mean(axes), vjp, (x,))
    assert raised.value.looks_like == "factor"


@pytest.mark.parametrize(("factor", "looks"), [(2, "factor"), (-1, "sign")])
def test_a_factor_at_some_elements_is_told_as_that(factor: int, looks: str) -> None:
    """A branch may have it; the others are right."""

    def vjp(g: Any, x: Any) -> Any:
        return g * np.cos(x) * np.where(x > 1.3, factor, 1)

    with pytest.raises(GradientMismatch, match="and right elsewhere") as raised:
        check_vjp(np.sin, vjp, (np.array([0.1, 0.5, 1.0, 1.2, 1.4, 1.8, 2.0]),))
    assert raised.value.looks_like == looks
