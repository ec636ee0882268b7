"""The laws of primitives are not empty: they catch rules that are wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from cases.laws import (
    UNTRUE,
    Example,
    Projection,
    check_derivatives,
    each_primitive,
    has_gradient,
    seeded,
)

import graphgrad as gg
from graphgrad._ops._families import Unary
from graphgrad._primitive import OPS, Primitive
from graphgrad._types import Array


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
