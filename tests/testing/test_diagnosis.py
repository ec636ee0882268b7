"""Failures: what they say, and the program that they print."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.testing import (
    GradientMismatch,
    NoPowerError,
    check_grads,
    check_primitive,
    check_vjp,
)

Array = np.ndarray[Any, Any]


def cut(x: Any) -> Any:
    """Return the sines, whose derivative is cut off after the first element."""
    return gg.concatenate([gg.sin(x[:1]), gg.stop_gradient(gg.sin(x[1:]))])


def faint(x: Any) -> Any:
    """Return a small slope among large numbers."""
    return gg.sin(x) * 1e-9 + 1e6


def failure(f: Callable[..., Any], *args: Any, **options: Any) -> GradientMismatch:
    """Return the error of a check that fails."""
    with pytest.raises(GradientMismatch) as raised:
        check_grads(f, args, **options)
    return raised.value


def rerun(error: GradientMismatch, **names: Any) -> GradientMismatch:
    """Run the program that an error prints, which must fail in the same way."""
    with pytest.raises(GradientMismatch) as raised:
        exec(error.snippet, {**names})  # noqa: S102  # users run it as well
    return raised.value


@given(
    st.sampled_from([-1.0, 2.0, 0.5, 3.0, 7.25]),
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
)
def test_a_factor_is_the_same_everywhere(factor: float, values: list[int]) -> None:
    """And so it is named, and a sign as a sign."""
    error = failure(
        lambda x: factor * x * x - gg.stop_gradient((factor - 1) * x * x),
        np.array(values) / 3,
        order=1,
    )
    assert error.looks_like == ("sign" if factor == -1 else "factor")
    told = "a wrong sign" if factor == -1 else f"a factor: {factor:g} times"
    assert told in str(error)


def test_the_wrong_elements_are_counted_and_named() -> None:
    """The first one is right."""
    error = failure(cut, [0.1, 0.2, 0.3], order=1)
    assert "2 of the 3 elements of x are wrong: x[1], x[2]" in str(error)
    assert error.looks_like == "zero"
    assert error.index in {(1,), (2,)}


def test_a_mean_for_a_sum_is_a_factor_of_a_side() -> None:
    """The message says which number of elements it is."""
    with pytest.raises(GradientMismatch, match="by the 5 elements of an axis"):
        check_vjp(
            lambda x, b: x + b,
            lambda g, x, b: (g + 0 * x, g.mean(axis=0) + 0 * b),
            (np.ones((5, 2)), np.arange(2.0)),
        )


def test_elements_in_reverse_order_are_recognised() -> None:
    """As are others in wrong places."""
    x = np.array([0.3, 1.1, 2.0])
    for order, looks in (([2, 1, 0], "flipped"), ([1, 2, 0], "permuted")):
        with pytest.raises(GradientMismatch) as raised:
            check_vjp(
                lambda x: np.sum(np.exp(x)),
                lambda g, x, order=order: g * np.exp(x)[order],
                (x,),
            )
        assert raised.value.looks_like == looks


def test_a_gradient_in_lower_precision_is_told() -> None:
    """Float32 on the way is no mistake of the formula."""
    x = np.array([0.3, 1.1])
    with pytest.raises(GradientMismatch) as raised:
        check_vjp(np.sin, lambda g, x: np.float32(g * np.cos(x)), (x,))
    assert raised.value.looks_like == "dtype"
    with pytest.raises(GradientMismatch) as raised:
        check_vjp(np.sin, lambda g, x: np.float64(np.float32(g * np.cos(x))), (x,))
    assert raised.value.looks_like == "noise"


def test_numbers_are_told_with_their_errors() -> None:
    """Both, and how far they are from each other."""
    error = failure(lambda x: 3 * x - gg.stop_gradient(x), 2.0, order=1)
    assert re.search(r"by x is 3, and should be 2 ± \S+ \(relative error", str(error))
    assert (error.claimed, error.index) == (3.0, ())
    assert error.numeric == pytest.approx(2.0)


def test_the_program_fails_in_the_same_way() -> None:
    """A function of a file is imported, or written out; numbers are plain."""
    error = failure(cut, np.random.default_rng(0).normal(size=7), order=1)
    again = rerun(error, **{__name__: None})
    assert again.looks_like == error.looks_like
    (numbers,) = re.findall(r"np\.array\(\[(.*)\]\)", error.snippet)
    assert len(numbers.split(",")) <= 2


@pytest.mark.parametrize("size", [1.0, 1e-6])
@pytest.mark.parametrize("order", [1, 2])
def test_what_is_random_is_told_as_that(size: float, order: int) -> None:
    """And not as a wrong derivative, or as noise of which nobody knows the cause."""
    random = np.random.default_rng(0)
    error = failure(lambda x: x * x + size * random.normal() * x, 2.0, order=order)
    assert error.looks_like == "not deterministic"
    assert "f is not deterministic" in str(error)


def test_what_is_not_finite_is_not_told_as_random() -> None:
    """NaN differs from itself, and is the same in each call."""
    error = failure(lambda x: gg.log(x) * x, np.array([-1.0, 2.0]), order=1)
    assert "values are not finite there" in str(error)


def test_dropout_is_told_as_random() -> None:
    """It drops something else in each call."""
    layer = gg.layers.Dropout(0.5)
    error = failure(lambda x: layer(x, training=True), np.ones(20), order=1)
    assert error.looks_like == "not deterministic"


SCRIPT = """
import math as maths
import numpy as np
import graphgrad as gg
from graphgrad.testing import check_grads

HALF, ROWS = 0.5, np.array([2.0, 3.0])

def lost(x):
    return gg.stop_gradient(gg.sin(x)) * maths.pi

def wrong(x):
    inner = lambda y: lost(y) * HALF
    return inner(x) * ROWS
"""


def run_script(text: str, folder: Path) -> dict[str, Any]:
    """Run a file as a script, and return its names."""
    path = folder / "script.py"
    names: dict[str, Any] = {"__name__": "__main__"}
    path.write_text(text, encoding="utf-8")
    exec(compile(text, path, "exec"), names)  # noqa: S102
    return names


def test_the_program_has_what_a_script_uses(tmp_path: Path) -> None:
    """Functions, numbers and modules of a file that cannot be imported."""
    wrong = run_script(SCRIPT, tmp_path)["wrong"]
    error = failure(wrong, np.array([0.1, 0.2]), order=1)
    assert rerun(error).looks_like == error.looks_like
    assert error.snippet.count("def lost") == 1


CALLED_F = """
from math import inf
import numpy as np
import graphgrad as gg
from graphgrad.testing import check_grads

HALF = {"of": 0.5, "how": np.sin, "at most": (inf, np.array([np.nan]))}
MANY = list(range(1000))

def kept(function):
    return function

def f(x, most=HALF["at most"]):
    return gg.stop_gradient(x) * HALF["of"]

@kept
def wrong(x: kept, factor=HALF["of"]):
    return f(x) * factor * MANY[2]
"""


def test_the_program_runs_whatever_a_script_has(tmp_path: Path) -> None:
    """Decorators, defaults, numbers that are none, and another f than is checked."""
    wrong = run_script(CALLED_F, tmp_path)["wrong"]
    error = failure(wrong, np.array([0.1, 0.2]), order=1)
    assert len(error.snippet) < 1000
    code = re.sub(r"MANY = \.\.\.  #", "MANY = [0, 1, 2]  #", error.snippet)
    with pytest.raises(GradientMismatch) as raised:
        exec(code, {})  # noqa: S102
    assert raised.value.looks_like == error.looks_like


class Scaled:
    """A function that belongs to an object."""

    def wrong(self, x: Any) -> Any:
        """Return x, with no derivative."""
        return gg.stop_gradient(x)


def test_the_program_leaves_a_method_open() -> None:
    """Its object is not to be written."""
    error = failure(Scaled().wrong, [1.0, 2.0], order=1)
    assert "f = ...  # Scaled.wrong, as it was given" in error.snippet


def test_the_program_names_a_primitive(monkeypatch: pytest.MonkeyPatch) -> None:
    """As users get one."""

    def vjp(_: Any, *given: Any) -> Any:
        return given[1] * 0.5

    monkeypatch.setattr(gg.OPS["exp"], "vjp", vjp)
    with pytest.raises(GradientMismatch) as raised:
        check_primitive(gg.OPS["exp"](), (np.ones(2),))
    assert "f = gg.OPS['exp']()" in raised.value.snippet
    rerun(raised.value)


def test_the_message_begins_with_what_has_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A primitive with its parameters, or a function; one within a test has none."""

    def vjp(_: Any, *given: Any) -> Any:
        return given[1] * np.full(given[3].shape, 2.0)

    def noisy(x: Any) -> Any:
        return x * np.random.default_rng().normal()

    kind: Any = gg.OPS["sum"]
    monkeypatch.setattr(kind, "vjp", vjp)
    with pytest.raises(GradientMismatch) as raised:
        check_primitive(kind((0,), False), (np.ones(2),))
    told = str(raised.value)
    assert told.startswith("sum(axes=(0,), keepdims=False): the gradient by x[0] is 2")
    assert str(failure(cut, [0.1, 0.2])).startswith("cut: the gradient by x[1] is 0, ")
    assert str(failure(noisy, 0.1)).startswith("f is not deterministic")
    error = failure(lambda x: x - gg.stop_gradient(x), 0.1)
    assert str(error).startswith("the gradient by x is 1, and should be 0 ")
    with pytest.raises(NoPowerError, match=r"^faint: the gradient by x could not be"):
        check_grads(faint, (0.5,), order=1)


def test_a_function_without_a_name_is_left_open() -> None:
    """The program says what to put there."""
    error = failure(lambda x: gg.stop_gradient(x) + 0 * x, [1.0, 2.0], order=1)
    assert "f = ...  # " in error.snippet
    code = re.sub(r"f = \.\.\..*", "f = given", error.snippet)
    with pytest.raises(GradientMismatch):
        exec(code, {"given": gg.stop_gradient})  # noqa: S102


def long(x: Any, labels: Any) -> Any:
    """Return a wrong derivative by what cannot be made shorter."""
    rows = gg.sum(x.reshape(300)) * labels.astype("float64")
    return 2 * rows - gg.stop_gradient(rows)


def test_the_program_holds_whatever_was_given() -> None:
    """Tensors of whole numbers, and arrays that are too long to write."""
    error = failure(long, np.full(300, 0.5), gg.tensor([1, 0]), order=1)
    assert "gg.tensor(np.array([1, 0]))" in error.snippet
    assert rerun(error, **{__name__: None}).looks_like == error.looks_like


def test_axes_of_one_length_shrink_together() -> None:
    """So that matrices which fit go on to fit."""

    def wrong(g: Array, a: Array, b: Array) -> tuple[Array, Array]:
        return g @ b.T, -(a.T @ g)

    random = np.random.default_rng(0)
    with pytest.raises(GradientMismatch) as raised:
        check_vjp(
            lambda a, b: a @ b,
            wrong,
            (random.normal(size=(4, 5)), random.normal(size=(5, 3))),
        )
    assert raised.value.looks_like == "sign"
    assert raised.value.snippet.count("np.array([[1.0]])") == 2


def test_one_wrong_element_of_several_is_no_factor() -> None:
    """Any number is some multiple of another; what is not recognised is told."""

    def vjp(g: Array, x: Array) -> Array:
        odd: Array = np.array([1.0, 1.5, 1.0])
        return odd * g * np.cos(x)

    with pytest.raises(GradientMismatch, match="no usual mistake") as raised:
        check_vjp(lambda x: np.sum(np.sin(x)), vjp, (np.array([0.3, 1.1, 2.0]),))
    assert raised.value.looks_like == ""


def test_at_a_kink_the_two_slopes_are_told_alone() -> None:
    """Their mean is no number that it should be."""
    with pytest.raises(GradientMismatch) as raised:
        check_vjp(
            lambda x: np.maximum(x, 0), lambda g, x: g * 2 * (x >= 0), (np.zeros(1),)
        )
    assert raised.value.looks_like == "kink"
    assert "should be one of the slopes on the two sides, 0 and 1" in str(raised.value)
    assert "±" not in str(raised.value)
