"""check_grads: right derivatives pass, wrong ones do not, and both are told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad._errors import GraphgradError
from graphgrad.testing import GradientMismatch, NoPowerError, check_grads

# Smooth everywhere, and tame when they are applied to each other.
STEPS: dict[str, Callable[[Any], Any]] = {
    "sin": gg.sin,
    "tanh": gg.tanh,
    "softplus": gg.softplus,
    "gauss": lambda x: gg.exp(-x * x),
    "share": lambda x: x / (1 + gg.sum(x * x)),
    "turn": lambda x: x[::-1] * 0.5 + x,
    "center": lambda x: x - gg.mean(x),
    "running": lambda x: gg.cumsum(x) * 0.3,
}
numbers = st.integers(-200, 200).map(lambda n: n / 100)
vectors = st.lists(numbers, min_size=1, max_size=4).map(np.array)


def scaled(f: Callable[[Any], Any], factor: float) -> Callable[[Any], Any]:
    """Return a function with the values of ``f`` and a multiple of its derivative."""

    def g(x: Any) -> Any:
        y = f(x)
        return y * factor - gg.stop_gradient(y) * (factor - 1)

    return g


@settings(max_examples=(settings().max_examples + 1) // 2)
@given(
    names=st.lists(st.sampled_from(sorted(STEPS)), min_size=1, max_size=4), x=vectors
)
def test_right_derivatives_pass(names: list[str], x: np.ndarray[Any, Any]) -> None:
    """Whatever smooth functions are put together."""

    def f(x: Any) -> Any:
        for name in names:
            x = STEPS[name](x)
        return x

    report = check_grads(f, (x,))
    assert report.kinks == ()


@given(
    x=st.lists(numbers, min_size=1, max_size=3).map(np.array),
    factor=st.sampled_from([1.001, 0.999, -1.0, 2.0, 0.5, 0.0]),
)
def test_wrong_factors_fail(x: np.ndarray[Any, Any], factor: float) -> None:
    """Also one in a thousand, which is the negative control of the check."""
    f = scaled(lambda x: gg.exp(x) + x, factor)
    with pytest.raises(GradientMismatch) as raised:
        check_grads(f, (x,), order=1)
    assert raised.value.argument == "x"
    claimed, numeric = raised.value.claimed, raised.value.numeric
    assert claimed is not None
    assert numeric is not None
    assert abs(claimed - factor * numeric) <= 1e-6 * abs(numeric)


def test_a_wrong_second_derivative_is_found() -> None:
    """Its first one is right: only the derivative of that shows it."""

    def f(x: Any) -> Any:
        return x * x + (x - gg.stop_gradient(x)) ** 2

    check_grads(f, ([0.5, 2.0],), order=1)
    with pytest.raises(GradientMismatch, match="gradient of the gradient"):
        check_grads(f, ([0.5, 2.0],))


@pytest.mark.parametrize("modes", [("rev",), ("fwd",), "rev", ("rev", "fwd")])
def test_each_mode_finds_it(modes: Any) -> None:
    """Also when it is the only one."""
    check_grads(gg.sin, ([0.5],), modes=modes)
    with pytest.raises(GradientMismatch):
        check_grads(scaled(gg.sin, 1.01), ([0.5],), modes=modes)


def test_arguments_may_be_nests_and_results_too() -> None:
    """What is no float is passed as it is."""

    def f(weights: Any, x: Any, index: Any) -> Any:
        y = gg.matmul(x, weights["w"]) + weights["b"][0]
        return {"y": y, "picked": (y[index], gg.argmax(y))}

    weights = {"w": np.eye(2), "b": [np.array([1.0, 2.0])]}
    report = check_grads(f, (weights, np.array([[1.0, 3.0]]), 0))
    names = [row.argument for row in report.rows]
    assert list(dict.fromkeys(names)) == ["weights['w']", "weights['b'][0]", "x"]


def test_a_function_takes_tensors_in_every_call() -> None:
    """Floats are tensors, differentiated or not, also in nests; the rest stays."""
    seen: list[Any] = []

    def f(x: Any, nest: Any, y: Any, index: Any, labels: Any) -> Any:
        seen.append((x, nest["w"], y, labels))
        assert isinstance(index, np.ndarray)
        assert isinstance(nest["name"], str)
        offset = nest["w"].numpy() + labels.astype("float64").detach()
        return (x.flatten() * y).reshape(x.shape)[index] + offset + x.detach() * 0

    nest = {"w": np.ones(2), "name": "w"}
    args = ([0.5, 2.0], nest, 3.0, np.array([1, 0]), gg.tensor([0, 1]))
    with gg.testing.coverage() as met:
        check_grads(f, args, argnums=0)
    assert all(isinstance(each, gg.Tensor) for call in seen for each in call)
    assert met.orders["multiply"] == 2


def test_argnums_chooses_what_is_checked() -> None:
    """The others stay as they are, wrong or not."""

    def f(x: Any, y: Any) -> Any:
        return x * x + gg.stop_gradient(y) * 3

    check_grads(f, (1.5, 2.0), argnums=0)
    check_grads(f, (1.5, 2.0), argnums=(-2,))
    with pytest.raises(GradientMismatch) as raised:
        check_grads(f, (1.5, 2.0))
    assert (raised.value.argument, raised.value.looks_like) == ("y", "zero")


@pytest.mark.parametrize(
    ("f", "x", "slopes"),
    [
        (gg.relu, 0.0, (0, 1, 0)),
        (gg.abs, 0.0, (-1, 1, 0)),
        (lambda x: gg.maximum(x, 2 * x - 1), 1.0, (1, 2, 1.5)),
    ],
)
def test_a_kink_is_told_with_its_convention(
    f: Callable[[Any], Any], x: float, slopes: tuple[float, float, float]
) -> None:
    """Slopes on both sides, and what is given, which lies between them."""
    kink = check_grads(f, (x,), order=1).kinks[0]
    found = (kink.left, kink.right, kink.claimed)
    np.testing.assert_allclose(found, slopes, atol=1e-6)
    assert kink.element == "x"


def test_no_convention_lies_outside_of_a_kink() -> None:
    """A number beyond both slopes is as wrong as anywhere."""
    with pytest.raises(GradientMismatch, match="one of the slopes on the two sides"):
        check_grads(
            lambda x: gg.relu(x) * 0 + x * 3 - gg.stop_gradient(x * 3 - gg.relu(x)),
            (0.0,),
            order=1,
        )


def test_a_jump_is_told() -> None:
    """There is nothing to compare with, and the report says so."""
    report = check_grads(lambda x: gg.where(x > 0, x + 1, x), ([0.0, 1.0],), order=1)
    assert "1 could not be compared, where the values jump" in str(report)


def test_noise_is_no_mistake() -> None:
    """Values in float32 have slopes that are told less well, and not wrongly."""
    x = np.linspace(-1, 2, 5)
    report = check_grads(lambda x: gg.tanh(gg.cast(x, "float32")), (x,), order=1)
    assert 1e-9 < report.rows[0].finest < 1e-3


@given(x=vectors)
def test_float32_is_checked_by_its_own_rounding(x: np.ndarray[Any, Any]) -> None:
    """The right derivative passes in float32, and one in a thousand is found."""
    check_grads(lambda x: gg.sinh(x) + x, (x,), order=1, dtype=np.float32)
    with pytest.raises(GradientMismatch):
        check_grads(scaled(gg.exp, 1.001), (x,), order=1, dtype=np.float32)


def test_what_could_not_be_told_is_an_error() -> None:
    """A small slope among large numbers drowns in their rounding."""
    with pytest.raises(
        NoPowerError, match=r"wrong by 0\.001 of itself would have passed"
    ):
        check_grads(lambda x: gg.sin(x) * 1e-9 + 1e6, (0.5,), order=1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("factor", [1.01, 2.0, -1.0, 0.0])
def test_a_slope_of_a_millionth_beside_1_is_told(factor: float, dtype: Any) -> None:
    """In an element beside a large one, and in an argument of its own."""

    def f(x: Any, y: Any, factor: float = 1.0) -> Any:
        small = 1e-6 * (gg.sin(x[1]) + gg.sin(y))
        return gg.sin(x[0]) + small * factor - gg.stop_gradient(small) * (factor - 1)

    args = ([0.5, 1.0], 0.5)
    check_grads(f, args, dtype=dtype, order=1)
    for argument in (0, 1):
        with pytest.raises(GradientMismatch):
            check_grads(
                lambda x, y: f(x, y, factor),
                args,
                dtype=dtype,
                order=1,
                argnums=argument,
            )


@given(st.integers(0, 999), st.floats(0.3, 3), st.integers(2, 20))
def test_a_direction_in_which_terms_cancel_is_not_the_only_one(
    seed: int, value: float, count: int
) -> None:
    """Along the gradient itself the values say what along others is lost in noise."""

    def rounded(x: Any) -> Any:
        return gg.cast(x, "float32")

    x = np.full(count, value)
    check_grads(rounded, (x,), order=1, directions=1, seed=seed)
    with pytest.raises(GradientMismatch):
        check_grads(scaled(rounded, 1.001), (x,), order=1, directions=1, seed=seed)


def test_a_gradient_of_0_has_no_relative_error() -> None:
    """The report says that it is 0."""
    report = check_grads(lambda x, y: x * 2 + y * 0, (1.0, 2.0), order=1)
    rows = {row.argument: row for row in report.rows}
    assert (rows["x"].moves, rows["y"].moves) == (True, False)
    assert "is 0" in str(report)


@given(st.integers(0, 999), st.integers(2, 5))
def test_what_is_0_but_for_rounding_passes(seed: int, count: int) -> None:
    """Terms that cancel leave rounding, which is not what differences cannot tell."""
    x = np.random.default_rng(seed).normal(size=count)
    assert "is 0" in str(check_grads(lambda x: gg.sum(gg.softmax(x)), (x,)))


def test_a_number_that_cancels_is_0_also_at_0() -> None:
    """Where only the largest beside it says how it would be rounded."""
    weights = np.array([0.1, 0.7, 0.3])
    report = check_grads(
        lambda x: gg.sum(gg.softmax(x + weights)), (np.zeros(3),), order=1
    )
    assert not any(row.moves for row in report.rows)


def test_many_elements_are_checked_along_directions() -> None:
    """And the one that is wrong is found among them."""
    mask = np.zeros((30, 20))
    mask[17, 3] = 1.0

    def f(x: Any) -> Any:
        wrong = x * mask
        return gg.sum(gg.sin(x) + wrong - gg.stop_gradient(wrong))

    x = np.random.default_rng(0).normal(size=(30, 20))
    check_grads(lambda x: gg.sum(gg.sin(x)), (x,))
    with pytest.raises(GradientMismatch) as raised:
        check_grads(f, (x,), order=1)
    assert raised.value.index == (17, 3)


def test_tolerances_add_to_what_is_allowed() -> None:
    """A derivative that is meant to be inexact may be."""
    check_grads(scaled(gg.exp, 1.01), (0.5,), order=1, rtol=0.02)
    check_grads(scaled(gg.exp, 1.01), (0.5,), order=1, atol=0.1)


def test_the_same_seed_gives_the_same_report() -> None:
    """Directions are drawn from it."""
    x = np.linspace(0, 1, 100)
    one, other = (str(check_grads(gg.sin, (x,), seed=3)) for _ in range(2))
    assert one == other


def test_empty_arrays_have_nothing_to_check() -> None:
    """They pass."""
    check_grads(gg.sin, (np.zeros((0, 2)),))


def test_bad_use_is_refused() -> None:
    """What was expected, what came, and what to do."""
    with pytest.raises(TypeError, match=r"a single one is \(x,\)"):
        check_grads(gg.sin, 1.0)  # type: ignore[arg-type]
    with pytest.raises(GraphgradError, match="nothing to differentiate"):
        check_grads(gg.sin, (1,))
    with pytest.raises(ValueError, match="order must be 1 or more"):
        check_grads(gg.sin, (1.0,), order=0)
    with pytest.raises(ValueError, match="modes may name"):
        check_grads(gg.sin, (1.0,), modes=("backward",))


def standardized(x: Any) -> Any:
    """Return a row of mean 0 and deviation 1: of two numbers, always the same."""
    return (x - gg.mean(x)) / gg.std(x)


def normalized(x: Any, bias: Any) -> Any:
    """Return a batch normalization, to which a bias before it is nothing."""
    z = x + bias
    centered = z - gg.mean(z, axis=0)
    return gg.tanh(centered / gg.sqrt(gg.mean(centered**2, axis=0) + 1e-3))


ROWS = np.random.default_rng(0).normal(size=(4, 3))


@pytest.mark.parametrize("directions", [None, 2])
@pytest.mark.parametrize(
    ("f", "args"),
    [
        (lambda x: gg.std(x, axis=0), (ROWS[:2],)),
        (lambda x: gg.sum(gg.softmax(x)), ([0.7, 0.3, 0.1],)),
        (lambda x: gg.sin(x) ** 2 + gg.cos(x) ** 2, ([0.7, 0.3],)),
        (standardized, ([0.7, 0.3],)),
        (normalized, (ROWS, [0.1, 0.2, 0.3])),
        *[(lambda x: gg.exp(gg.log(x)), (abs(row),)) for row in ROWS],
    ],
)
def test_derivatives_that_cancel_pass(f: Any, args: Any, directions: Any) -> None:
    """What is left of them is rounding, in which no two ways agree."""
    check_grads(f, args, directions=directions)
