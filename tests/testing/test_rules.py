"""Mistakes of a primitive's rule, told as those of a gradient by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.testing import GradientMismatch, check_primitive, check_vjp

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
