"""The laws of primitives find each way in which one may be wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad._ops._families import Unary
from graphgrad.testing import _primitive_laws as laws
from graphgrad.testing._choices import Seeded
from graphgrad.testing._laws import FoundError

X = np.array([1.0, 2.0])


class Doubled(Unary):
    """Multiply by 2, in every way that one must be told of; and right."""

    notation = "2 {0}"
    reads = ((),)
    elementwise = True
    inplace = (0,)

    def evaluate(self, *inputs: Any) -> Any:
        """Double."""
        return inputs[0] * 2

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the product."""
        return [f"np.multiply({inputs[0]}, 2, out={out})"]

    def vjp(self, i: int, g: Any, y: Any, *inputs: Any) -> Any:
        """Double."""
        return g * 2


gg.OPS.pop("doubled")


def test_a_right_primitive_keeps_the_laws() -> None:
    """Each of them."""
    for check in (
        laws.check_value,
        laws.check_code,
        laws.check_manners,
        laws.check_flags,
    ):
        check(Doubled(), (X,))


def changing(_: Any, *inputs: Any) -> Any:
    """Double the input itself."""
    inputs[0][...] *= 2
    return inputs[0].copy()


def unlike(op: Any) -> int:
    """Return another number for each object."""
    return id(op)


CODE = {
    "another value": (["np.multiply({0}, 3, out={1})"], "the code of emit gave"),
    "another input": (
        ["np.multiply({0}, 2, out={1})", "{0}[...] = 0"],
        "the code of emit changed input 0",
    ),
    "another array": (["{1} = {0} * 2"], "the code binds out anew"),
    "not in place": (
        ["{1}.fill(0)", "np.multiply({0}, 2, out={1})"],
        "in place of input 0 the code of emit gave",
    ),
}


@pytest.mark.parametrize(("lines", "told"), CODE.values(), ids=CODE)
def test_wrong_code_is_found(
    lines: list[str], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It computes something else, or elsewhere."""

    def emit(_: Any, out: str, *inputs: str) -> list[str]:
        return [line.format(inputs[0], out) for line in lines]

    monkeypatch.setattr(Doubled, "emit", emit)
    with pytest.raises(FoundError, match=told):
        laws.check_code(Doubled(), (X.copy(),))


@pytest.mark.parametrize(
    ("rule", "made", "check", "told"),
    [
        (
            "infer",
            lambda *_: gg.Spec((3,), np.dtype("f8")),
            laws.check_value,
            r"infer says float64 \(3,\), evaluate gave float64 \(2,\)",
        ),
        ("evaluate", changing, laws.check_value, "evaluate changed input 0 to"),
        (
            "flops",
            lambda *_: 2.0,
            laws.check_manners,
            "flops gave 2.0, expected a whole number",
        ),
        (
            "equation",
            lambda *_: "{0}",
            laws.check_manners,
            "its notation leaves braces",
        ),
        (
            "evaluate",
            lambda _, x: x / x.sum(),
            laws.check_flags,
            "it is said to be elementwise; the last element alone gave",
        ),
        ("__hash__", unlike, laws.check_manners, "has another hash"),
        ("__repr__", lambda _: "it", laws.check_manners, "does not have its name"),
    ],
)
def test_wrong_rules_are_found(
    rule: str, made: Any, check: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each law has its own words."""
    monkeypatch.setattr(Doubled, rule, made)
    with pytest.raises(FoundError, match=told):
        check(Doubled(), (X.copy(),))


def test_a_wrong_view_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The expression is what programs use."""
    found = [gg.OPS["reshape"].example(Seeded(seed)) for seed in range(9)]
    op, (x,) = next(each for each in found if np.any(each[1][0]))
    laws.check_code(op, (x,))
    monkeypatch.setattr(type(op), "view_code", lambda _, x: f"{x} * 2")
    with pytest.raises(FoundError, match="the expression of view_code gave"):
        laws.check_code(op, (x,))


def test_a_class_in_place_of_a_primitive_is_told() -> None:
    """Its call would make one, and take the inputs for settings."""
    kind: Any = gg.OPS["exp"]
    with pytest.raises(TypeError, match="takes a primitive, an object such as"):
        gg.testing.check_primitive(kind, ([1.0],))
