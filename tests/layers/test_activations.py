"""Activations have Keras' values, the derivatives of their formulas, and no NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad.layers import _activations as act

Function = Callable[..., Any]


def sigma(x: float) -> float:
    """Return the logistic function."""
    return 1 / (1 + math.exp(-x))


# The formulas, on numbers; from the reference, section 1.3.
FORMULAS: dict[str, Callable[[float], float]] = {
    "celu": lambda x: x if x > 0 else math.exp(x) - 1,
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "exponential": math.exp,
    "gelu": lambda x: x / 2 * (1 + math.erf(x / math.sqrt(2))),
    "hard_sigmoid": lambda x: min(max(x / 6 + 0.5, 0), 1),
    "hard_silu": lambda x: x * min(max(x / 6 + 0.5, 0), 1),
    "hard_swish": lambda x: x * min(max(x / 6 + 0.5, 0), 1),
    "hard_tanh": lambda x: min(max(x, -1), 1),
    "leaky_relu": lambda x: x if x > 0 else 0.2 * x,
    "linear": lambda x: x,
    "log_sigmoid": lambda x: math.log(sigma(x)),
    "mish": lambda x: x * math.tanh(math.log(1 + math.exp(x))),
    "relu": lambda x: max(x, 0),
    "relu6": lambda x: min(max(x, 0), 6),
    "selu": lambda x: 1.05070098 * (x if x > 0 else 1.67326324 * (math.exp(x) - 1)),
    "sigmoid": sigma,
    "silu": lambda x: x * sigma(x),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "softsign": lambda x: x / (1 + abs(x)),
    "swish": lambda x: x * sigma(x),
    "tanh": math.tanh,
    "hard_shrink": lambda x: x if abs(x) > 0.5 else 0.0,
    "soft_shrink": lambda x: math.copysign(max(abs(x) - 0.5, 0), x),
    "sparse_plus": lambda x: max(x, (max(x, -1) + 1) ** 2 / 4 if x < 1 else x),
    "sparse_sigmoid": lambda x: min(max((x + 1) / 2, 0), 1),
    "squareplus": lambda x: (x + math.sqrt(x**2 + 4)) / 2,
    "tanh_shrink": lambda x: x - math.tanh(x),
}
# Where a formula has a corner; there a derivative is a convention.
CORNERS = {
    "hard_sigmoid": {-3.0: 1 / 6, 3.0: 1 / 6},
    "hard_silu": {-3.0: -0.5, 3.0: 1.5},
    "hard_tanh": {-1.0: 1.0, 1.0: 1.0},
    "leaky_relu": {0.0: 0.2},
    "relu": {0.0: 0.0},
    "hard_shrink": {-0.5: 0.0, 0.5: 0.0},
    "soft_shrink": {-0.5: 0.0, 0.5: 0.0},
    "sparse_sigmoid": {-1.0: 0.5, 1.0: 0.5},
    "sparse_plus": {-1.0: 0.0, 1.0: 1.0},
    "relu6": {0.0: 0.0, 6.0: 0.0},
    "elu": {0.0: 1.0},
    "celu": {0.0: 1.0},
    "selu": {0.0: 1.0507009873554805 * 1.6732632423543772},
}
CORNERS |= {alias: CORNERS[name] for alias, name in {"hard_swish": "hard_silu"}.items()}
NAMES = [name for name in act._NAMES if "max" not in name and name != "glu"]


def slope(function: Function, x: Any) -> Any:
    """Return the derivative of an elementwise function."""
    return gg.grad(lambda t: gg.sum(function(t)))(x).numpy()


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_the_formula(name: str) -> None:
    """Every activation equals its formula on numbers."""
    xs = np.linspace(-7.5, 7.5, 31)
    expected = [FORMULAS[name](float(x)) for x in xs]
    found = act.get(name)(gg.tensor(xs)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", NAMES)
@given(x=st.floats(-8, 8))
def test_slopes_are_those_of_the_formula(name: str, x: float) -> None:
    """The derivative equals a central difference of the formula, off its corners."""
    step = 1e-5
    if any(abs(x - corner) < 2 * step for corner in CORNERS.get(name, {0.0: 0})):
        return
    formula = FORMULAS[name]
    expected = (formula(x + step) - formula(x - step)) / (2 * step)
    found = slope(act.get(name), np.array(x))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "x", "expected"),
    [(name, x, at) for name, corners in CORNERS.items() for x, at in corners.items()],
)
def test_slopes_at_corners_are_the_documented_ones(
    name: str, x: float, expected: float
) -> None:
    """A corner's derivative is a convention, which the docstring states."""
    assert pytest.approx(expected) == slope(act.get(name), np.array(x))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(data=st.data())
def test_slopes_are_finite_everywhere(
    name: str, dtype: Any, data: st.DataObject
) -> None:
    """No finite input, however large, gives NaN, and none but exp's an infinity."""
    high = 50 if name == "exponential" else 1e30
    bits: Any = np.dtype(dtype).itemsize * 8
    low, high = (float(np.float32(each)) for each in (-1e30, high))
    some = st.floats(low, high, width=bits)
    x = data.draw(hnp.arrays(dtype, 3, elements=some))
    with np.errstate(all="ignore"):
        values, slopes = act.get(name)(gg.tensor(x)), slope(act.get(name), x)
    assert np.isfinite(values.numpy()).all()
    assert np.isfinite(slopes).all()
    assert (values.dtype, slopes.dtype) == (dtype, dtype)


@pytest.mark.parametrize(
    "function",
    [
        *(act.get(name) for name in NAMES),
        lambda x: act.relu(x, max_value=1.0),
        lambda x: act.relu(x, threshold=1.0),
        lambda x: act.threshold(x, 0.5, 0.0),
    ],
)
def test_nan_stays_nan(function: Function) -> None:
    """No activation makes a number of it, which would hide where it came from."""
    with np.errstate(invalid="ignore"):
        found = function(gg.tensor([np.nan, 2.0])).numpy()
    assert np.isnan(found).tolist() == [True, False]


@given(st.floats(-5, 5), st.floats(0, 1), st.none() | st.floats(1, 4), st.floats(-1, 1))
def test_relu_has_keras_arguments(
    x: float, negative_slope: float, max_value: float | None, threshold: float
) -> None:
    """Slope below, threshold and maximum act as Keras' formula says."""
    expected = x if x > threshold else negative_slope * (x - threshold)
    if max_value is not None and x >= max_value:
        expected = max_value
    found = act.relu(gg.tensor(x), negative_slope, max_value, threshold)
    assert pytest.approx(expected) == found.item()


@pytest.mark.parametrize("alpha", [0.5, 2.0])
def test_alpha_is_the_depth_of_elu_and_celu(alpha: float) -> None:
    """Far left both are -alpha; near 0 elu has the slope alpha, and celu 1."""
    assert -alpha == act.elu(gg.tensor(-100.0), alpha).item()
    assert -alpha == act.celu(gg.tensor(-100.0), alpha).item()
    assert alpha == slope(lambda t: act.elu(t, alpha), np.array(0.0))
    assert 1.0 == slope(lambda t: act.celu(t, alpha), np.array(0.0))


@given(st.floats(-20, 20))
def test_approximate_gelu_is_near_and_keeps_its_formula(x: float) -> None:
    """The tanh form is within 0.001 of the exact one, and what its docstring says."""
    inner = math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)
    found = act.gelu(gg.tensor(x), approximate=True).item()
    assert pytest.approx(x / 2 * (1 + math.tanh(inner)), abs=1e-12) == found
    assert pytest.approx(act.gelu(gg.tensor(x)).item(), abs=1e-3) == found


def test_approximate_gelu_has_finite_slopes() -> None:
    """Far out the slope is 0 or 1, though the cube would overflow."""
    x = np.array([-1e20, -30, 0, 30, 1e20], np.float32)
    found = slope(lambda t: act.gelu(t, approximate=True), x)
    assert [0, 0, 0.5, 1, 1] == found.tolist()


vectors = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=1, max_dims=2, min_side=2),
    elements=st.floats(-700, 700),
)


@given(vectors, st.floats(-100, 100))
def test_softmax_adds_up_to_one_and_ignores_shifts(x: Any, shift: float) -> None:
    """Adding a number to all logits changes nothing."""
    found = act.softmax(gg.tensor(x)).numpy()
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    shifted = act.softmax(gg.tensor(x + shift)).numpy()
    np.testing.assert_allclose(found, shifted, atol=1e-9)


@given(vectors)
def test_log_softmax_is_its_logarithm(x: Any) -> None:
    """Where the softmax does not vanish the two agree; elsewhere it is still finite."""
    p, log_p = act.softmax(gg.tensor(x)).numpy(), act.log_softmax(gg.tensor(x)).numpy()
    assert np.isfinite(log_p).all()
    seen = p > 1e-300
    np.testing.assert_allclose(log_p[seen], np.log(p[seen]), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax"])
def test_softmax_of_one_number_warns(name: str) -> None:
    """It is always 1: whoever writes Dense(1, 'softmax') means a sigmoid."""
    with pytest.warns(UserWarning, match="use the activation 'sigmoid'"):
        act.get(name)(gg.tensor([[0.5], [0.7]]))


def test_glu_is_the_first_half_gated_by_the_second() -> None:
    """The golden values are those of Keras 3.15.1; an odd axis has no halves."""
    found = act.glu(gg.tensor([[1.0, 2.0, 0.0, 3.0]])).numpy()
    np.testing.assert_allclose(found, [[0.5, 1.9051482677459717]], rtol=1e-6)
    with pytest.raises(gg.ShapeError, match=r"must be even, got shape \(1, 3\)"):
        act.glu(gg.tensor([[1.0, 2.0, 3.0]]))


def test_threshold_keeps_what_is_above_it() -> None:
    """It has no defaults, so that its name alone is refused, with what to write."""
    found = act.threshold(gg.tensor([-1.0, 0.5, 0.75]), 0.5, -1.0)
    assert [-1, -1, 0.75] == found.tolist()
    with pytest.raises(ValueError, match=r"lambda x: gg\.activations\.threshold"):
        act.get("threshold")


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("ReLU", "relu"), ("Sigmoid", "sigmoid"), ("LeakyReLU", "leaky_relu")],
)
def test_names_are_case_sensitive_and_the_nearest_is_told(
    wrong: str, meant: str
) -> None:
    """Keras refuses them too, without saying what it takes."""
    with pytest.raises(ValueError, match=f"did you mean '{meant}'"):
        act.get(wrong)


@given(vectors)
def test_sparsemax_is_the_nearest_distribution(x: Any) -> None:
    """What is kept was shifted by one number, and exceeded it; all adds up to 1."""
    found = act.sparsemax(gg.tensor(x)).numpy()
    np.testing.assert_allclose(found.sum(axis=-1), 1)
    assert found.min() >= 0
    for row, p in zip(np.atleast_2d(x), np.atleast_2d(found), strict=True):
        shift = (row - p)[p > 0]
        np.testing.assert_allclose(shift, shift[0], atol=1e-9)
        assert row[p == 0].max(initial=-np.inf) <= shift[0] + 1e-9


def test_sparsemax_has_the_slopes_of_a_shift() -> None:
    """Among k numbers kept, each moves itself by 1 - 1/k and the others by -1/k."""
    x = np.array([[0.5, 0.9, -5.0]])
    weights = np.array([[1.0, 2.0, 3.0]])
    found = slope(lambda t: act.sparsemax(t) * weights, x)
    np.testing.assert_allclose(found, [[-0.5, 0.5, 0.0]], atol=1e-12)


def test_functions_pass_and_none_is_linear() -> None:
    """Any function of a tensor is an activation."""
    assert act.get(gg.tanh) is gg.tanh
    assert act.get(None) is act.linear
    assert act.get("swish") is act.silu


@pytest.mark.parametrize("thing", [3, ["relu"], dict])
def test_what_is_no_activation_is_refused(thing: Any) -> None:
    """Numbers, lists and classes are no functions of a tensor."""
    with pytest.raises(TypeError, match="an activation must be a name or a function"):
        act.get(thing)


def test_names_for_pictures() -> None:
    """A function shows its name, an object its class."""

    class Scale:
        def __call__(self, x: gg.Tensor) -> gg.Tensor:
            return x * 2

    assert "relu" == act.name_of(act.relu)
    assert "lambda" == act.name_of(lambda x: x)
    assert "Scale" == act.name_of(act.get(Scale()))


def test_slopes_and_depths_may_be_learned() -> None:
    """Tensors get their gradient, and programs read variables anew."""
    alpha = gg.tensor(0.5, requires_grad=True)
    gg.sum(act.elu(gg.tensor([-1.0, 2.0]), alpha)).backward()
    assert alpha.grad is not None
    np.testing.assert_allclose(alpha.grad.numpy(), np.expm1(-1.0))
    slope = gg.tensor([0.5, 0.25], requires_grad=True)
    gg.sum(gg.leaky_relu(gg.tensor([-1.0, -2.0]), slope)).backward()
    assert slope.grad is not None
    np.testing.assert_array_equal(slope.grad.numpy(), [-1.0, -2.0])
    depth = gg.Variable(np.float64(1.0))
    bent = gg.jit(lambda x: gg.elu(x, depth))
    before = bent([-1.0]).numpy()
    depth.assign(2.0)
    np.testing.assert_allclose(bent([-1.0]).numpy(), 2 * before)


def test_infinities_pass_through_a_flat_slope_and_a_bound_without_end() -> None:
    """Infinity times 0 would be no number."""
    x = gg.tensor([-np.inf, 1.0, np.inf])
    assert gg.leaky_relu(x, 0).tolist() == [0.0, 1.0, np.inf]
    assert gg.grad(lambda x: gg.sum(gg.leaky_relu(x, 0)))(x).tolist() == [0.0, 1.0, 1.0]
    bounded = gg.jit(lambda x: act.relu(x, max_value=np.inf))
    assert bounded(x).tolist() == [0.0, 1.0, np.inf]
