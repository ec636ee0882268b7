"""Optimizers do what their formulas say, written a second time in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg

Array = np.ndarray[Any, Any]
Rule = Callable[[Array, list[Array], dict[str, Any]], Array]

gradients = hnp.arrays(np.float64, (5, 3), elements=st.floats(-3, 3, width=32))
rates = st.floats(1e-3, 1.0)
shares = st.floats(0.0, 0.99)
epsilons = st.sampled_from([1e-7, 1e-3])


def sgd(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Descend with momentum."""
    m = np.zeros_like(w)
    for g in grads:
        m = a["momentum"] * m - a["learning_rate"] * g
        ahead = a["momentum"] * m - a["learning_rate"] * g
        w = w + (ahead if a["nesterov"] else m)
    return w


def rmsprop(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Divide by the root mean square."""
    v, mean, m = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    for g in grads:
        v = a["rho"] * v + (1 - a["rho"]) * g**2
        mean = a["rho"] * mean + (1 - a["rho"]) * g
        spread = np.maximum(v - mean**2, 0) if a["centered"] else v
        step = a["learning_rate"] * g / np.sqrt(spread + a["epsilon"])
        m = a["momentum"] * m + step
        w = w - m
    return w


def adam(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Correct the means' start at 0 by way of the rate."""
    w = w.copy()
    m, v, top = np.zeros_like(w), np.zeros_like(w), np.zeros_like(w)
    one, two = a["beta_1"], a["beta_2"]
    for t, g in enumerate(grads, 1):
        w -= a["learning_rate"] * a.get("weight_decay", 0.0) * w
        m += (1 - one) * (g - m)
        v += (1 - two) * (g**2 - v)
        top = np.maximum(top, v) if a.get("amsgrad") else v.copy()
        rate = a["learning_rate"] * np.sqrt(1 - two**t) / (1 - one**t)
        w -= rate * m / (np.sqrt(top) + a["epsilon"])
    return w


def adagrad(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Divide by the root of all squares."""
    total = np.full_like(w, a["initial_accumulator_value"])
    for g in grads:
        total = total + g**2
        w = w - a["learning_rate"] * g / np.sqrt(total + a["epsilon"])
    return w


def adadelta(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Step as far as the steps before."""
    squares, steps, eps = np.zeros_like(w), np.zeros_like(w), a["epsilon"]
    for g in grads:
        squares = a["rho"] * squares + (1 - a["rho"]) * g**2
        d = -np.sqrt(steps + eps) / np.sqrt(squares + eps) * g
        steps = a["rho"] * steps + (1 - a["rho"]) * d**2
        w = w + a["learning_rate"] * d
    return w


def adamax(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Divide by the largest gradient."""
    m, u = np.zeros_like(w), np.zeros_like(w)
    for t, g in enumerate(grads, 1):
        m += (1 - a["beta_1"]) * (g - m)
        u = np.maximum(a["beta_2"] * u, np.abs(g))
        w = w - a["learning_rate"] / (1 - a["beta_1"] ** t) * m / (u + a["epsilon"])
    return w


def nadam(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Look ahead with a momentum that grows."""
    m, v, product = np.zeros_like(w), np.zeros_like(w), 1.0
    for t, g in enumerate(grads, 1):
        now, then = (a["beta_1"] * (1 - 0.5 * 0.96**s) for s in (t, t + 1))
        product *= now
        m += (1 - a["beta_1"]) * (g - m)
        v += (1 - a["beta_2"]) * (g**2 - v)
        ahead = then * m / (1 - product * then) + (1 - now) * g / (1 - product)
        root = np.sqrt(v / (1 - a["beta_2"] ** t))
        w = w - a["learning_rate"] * ahead / (root + a["epsilon"])
    return w


def ftrl(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Minimise all that was seen."""
    rate, power = a["learning_rate"], -a["learning_rate_power"]
    one = a["l1_regularization_strength"]
    two = a["l2_regularization_strength"] + a["beta"] / (2 * rate)
    n, z = np.full_like(w, a["initial_accumulator_value"]), np.zeros_like(w)
    for g in grads:
        push = g + 2 * a["l2_shrinkage_regularization_strength"] * w
        after = n + g**2
        z = z + push - (after**power - n**power) / rate * w
        n = after
        w = (np.clip(z, -one, one) - z) / (n**power / rate + 2 * two)
    return w


def lion(w: Array, grads: list[Array], a: dict[str, Any]) -> Array:
    """Step along the sign."""
    m = np.zeros_like(w)
    for g in grads:
        w = w - a["learning_rate"] * np.sign(a["beta_1"] * m + (1 - a["beta_1"]) * g)
        m = a["beta_2"] * m + (1 - a["beta_2"]) * g
    return w


FLAGS = {"nesterov": st.booleans(), "amsgrad": st.booleans()}
BETAS = {"beta_1": shares, "beta_2": shares, "epsilon": epsilons}
ADAM = {**BETAS, "amsgrad": st.booleans()}
strengths = st.floats(0, 0.5)

CASES: dict[str, tuple[Rule, dict[str, Any]]] = {
    "SGD": (sgd, {"momentum": shares, "nesterov": st.booleans()}),
    "RMSprop": (
        rmsprop,
        {
            "rho": shares,
            "momentum": shares,
            "epsilon": st.sampled_from([1e-3, 1e-2]),
            "centered": st.booleans(),
        },
    ),
    "Adam": (adam, ADAM),
    "AdamW": (adam, {**ADAM, "weight_decay": strengths}),
    "Adagrad": (
        adagrad,
        {"initial_accumulator_value": st.floats(0, 1), "epsilon": epsilons},
    ),
    "Adadelta": (adadelta, {"rho": shares, "epsilon": epsilons}),
    "Adamax": (adamax, BETAS),
    "Nadam": (nadam, BETAS),
    "Ftrl": (
        ftrl,
        {
            "learning_rate_power": st.sampled_from([-0.5, -0.75, 0.0]),
            "initial_accumulator_value": st.floats(0.01, 1),
            "l1_regularization_strength": strengths,
            "l2_regularization_strength": strengths,
            "l2_shrinkage_regularization_strength": strengths,
            "beta": strengths,
        },
    ),
    "Lion": (lion, {"beta_1": st.sampled_from([0.25, 0.75]), "beta_2": shares}),
}


@pytest.mark.parametrize("name", CASES)
@given(data=st.data(), grads=gradients, rate=rates)
def test_an_optimizer_follows_its_formula(
    name: str, data: st.DataObject, grads: Array, rate: float
) -> None:
    """Five steps in float64 with any arguments, against the formula in NumPy."""
    rule, drawn = CASES[name]
    arguments = data.draw(st.fixed_dictionaries(drawn)) | {"learning_rate": rate}
    start = np.array([1.0, -2.0, 0.5])
    weight = gg.Variable(start, name="w")
    optimizer = getattr(gg.optimizers, name)(**arguments)
    for each in grads:
        optimizer.apply([(each, weight)])
    expected = rule(start, [*grads], arguments)
    np.testing.assert_allclose(weight.numpy(), expected, rtol=1e-6, atol=1e-8)
    assert np.isfinite(weight.numpy()).all()


@pytest.mark.parametrize("name", CASES)
def test_every_optimizer_has_its_formula_here(name: str) -> None:
    """Nothing that is exported goes untested."""
    kinds = {
        each
        for each in gg.optimizers.__all__
        if isinstance(thing := getattr(gg.optimizers, each), type)
        and issubclass(thing, gg.optimizers.Optimizer)
    }
    assert kinds - {"Optimizer"} == set(CASES)
    assert name in kinds


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_gradients_of_zero_make_no_nan(name: str, rate: float) -> None:
    """Nothing is divided by 0, whatever the rate."""
    kwargs: dict[str, Any] = (
        {"initial_accumulator_value": 0.0} if name in ("Adagrad", "Ftrl") else {}
    )
    optimizer = getattr(gg.optimizers, name)(rate, **kwargs)
    weight = gg.Variable(np.ones(3, np.float32), name="w")
    for _ in range(3):
        optimizer.apply([(np.zeros(3, np.float32), weight)])
    assert np.isfinite(weight.numpy()).all()
