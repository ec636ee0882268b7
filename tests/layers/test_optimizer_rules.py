"""Optimizers: one model each, arguments that are refused, and names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.layers import _optimizers
from graphgrad.layers._optimizers import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lion,
    Nadam,
    Optimizer,
    OptimizerError,
    RMSprop,
)
from graphgrad.layers._schedules import CosineDecay


def any_of(value: object) -> Any:
    """Return a value of the wrong type, which a type checker would refuse."""
    return value


# ---- one model, and what is refused --------------------------------------------------


def test_one_optimizer_serves_one_model() -> None:
    """Weights of another model are refused; compiling again is not."""
    one, other = (gg.Variable(np.ones(1), name=name) for name in ("a/w", "b/w"))
    optimizer = Adam(0.1)
    optimizer.build([one])
    optimizer.build([one])
    with pytest.raises(
        OptimizerError, match=r"\(a/w\).* train b/w: make one optimizer"
    ):
        optimizer.build([other])
    with pytest.raises(OptimizerError, match="make one optimizer per model"):
        optimizer.apply([(gg.tensor([1.0]), other)])
    assert 1.0 == other.numpy()[0]


def test_weights_that_were_frozen_may_come_later() -> None:
    """They get slots when they come; those of the others stay."""
    one, other = (gg.Variable(np.ones(1), name=name) for name in "ab")
    optimizer = SGD(0.1, momentum=0.9)
    grad = gg.tensor([1.0])
    optimizer.apply([(grad, one)])
    optimizer.apply([(grad, one), (grad, other)])
    slots = {v.name: v.numpy()[0] for v in optimizer.variables[2:]}
    assert pytest.approx(-0.19) == slots["SGD/momentum/a"]
    assert pytest.approx(-0.1) == slots["SGD/momentum/b"]


def test_arguments_are_fixed_once_compiled() -> None:
    """A program would not notice a new value, so it is refused; the rate it reads."""
    optimizer = SGD(0.1, momentum=0.9)
    optimizer.momentum = 0.5
    with pytest.raises(OptimizerError, match="SGD has no 'lr': did you mean 'learni"):
        optimizer.lr = 0.5
    optimizer.build([gg.Variable(np.ones(1))])
    with pytest.raises(OptimizerError, match="SGD's momentum is fixed once"):
        optimizer.momentum = 0.8
    assert 0.5 == optimizer.momentum
    with pytest.raises(OptimizerError, match="SGD has no 'lr': did you mean 'learni"):
        optimizer.lr = 0.5
    with pytest.raises(OptimizerError, match="SGD has no 'momentun': did you mean 'mo"):
        optimizer.momentun = 0.5
    with pytest.raises(OptimizerError, match="SGD has no 'xyz': it has learning_rate"):
        optimizer.xyz = 0.5


def test_optimizers_of_others_may_have_attributes_of_any_name() -> None:
    """Until they are compiled."""

    class Own(SGD):
        def __init__(self, lr: float) -> None:
            super().__init__(lr)
            self.lr = lr

    optimizer = Own(0.5)
    optimizer.lr = 0.25
    optimizer.build([gg.Variable(np.ones(1))])
    with pytest.raises(OptimizerError, match="Own's lr is fixed once"):
        optimizer.lr = 0.5


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: SGD(any_of("0.1")),
            "SGD's learning_rate must be a number, .* without quotes",
        ),
        (lambda: Adam(-0.1), "Adam's learning_rate must be at least 0, got -0.1"),
        (lambda: Adam(float("nan")), "learning_rate must be finite"),
        (lambda: SGD(momentum=1.5), "momentum must be at least 0 and at most 1"),
        (lambda: SGD(nesterov=any_of("yes")), "nesterov must be True or False"),
        (lambda: RMSprop(rho=1), "rho must be at least 0 and below 1"),
        (lambda: RMSprop(epsilon=0), "epsilon must be above 0"),
        (lambda: Adam(beta_1=1.0), "beta_1 must be at least 0 and below 1"),
        (
            lambda: any_of(Adam)(lr=0.1),
            "takes no argument 'lr': did you mean 'learning_rate'",
        ),
        (lambda: any_of(Adam)(eps=0.1), "did you mean 'epsilon'"),
        (lambda: any_of(SGD)(momentun=0.1), "did you mean 'momentum'"),
        (
            lambda: any_of(Adam)(rho=0.9),
            "Adam takes no argument 'rho': .*it takes learn",
        ),
        (
            lambda: any_of(SGD)(decay=1e-4),
            r"InverseTimeDecay\(learning_rate, .*weight_decay",
        ),
        (
            lambda: any_of(SGD)(loss_scale_factor=2),
            "float32, which needs no scaled loss",
        ),
        (lambda: Adagrad(initial_accumulator_value=-1), "value must be at least 0"),
        (lambda: Adadelta(rho=1), "rho must be at least 0 and below 1"),
        (lambda: Adamax(beta_2=1), "beta_2 must be at least 0 and below 1"),
        (lambda: Nadam(epsilon=0), "epsilon must be above 0"),
        (lambda: Lion(beta_1=0), "beta_1 must be above 0 and at most 1"),
        (lambda: Ftrl(learning_rate_power=0.5), "power must be at most 0"),
        (lambda: Ftrl(beta=-1), "Ftrl's beta must be at least 0"),
        (lambda: AdamW(weight_decay=any_of(None)), "weight_decay must be a number"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """A wrong argument is an error where the optimizer is made."""
    with pytest.raises(gg.GraphgradError, match=said):
        make()


def test_a_wrong_rate_leaves_the_old_one() -> None:
    """The check comes before the assignment."""
    optimizer = Adam(0.1)
    with pytest.raises(ValueError, match="at least 0"):
        optimizer.learning_rate = -1
    assert 0.1 == float(optimizer.learning_rate)


@pytest.mark.parametrize("number", [1, np.float32(0.5), np.int64(2)])
def test_any_number_is_a_rate(number: Any) -> None:
    """Keras refuses whole numbers and float32."""
    assert float(number) == float(SGD(number).learning_rate)


# ---- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta, Adamax, Nadam, Ftrl, Lion],
)
def test_keras_names_and_defaults(kind: type[Optimizer]) -> None:
    """Names are found in upper and lower case."""
    for name in (kind.__name__, kind.__name__.lower(), kind.__name__.upper()):
        optimizer = _optimizers.get(name)
        assert type(optimizer) is kind
        rate = 0.01 if kind is SGD else 0.001
        assert rate == float(optimizer.learning_rate)
        assert optimizer.name.lower() == name.lower()
        assert _optimizers.get(optimizer) is optimizer


def test_what_is_no_optimizer_is_refused() -> None:
    """A class is not an optimizer yet, and a typo gets a suggestion."""
    with pytest.raises(
        TypeError, match=r"got the class Adam; make one of it: Adam\(\)"
    ):
        _optimizers.get(Adam)
    with pytest.raises(ValueError, match="unknown optimizer 'adamm': did you mean 'ad"):
        _optimizers.get("adamm")


@pytest.mark.parametrize(
    ("optimizer", "title"),
    [
        (SGD(), "SGD(0.01)"),
        (SGD(0.1, 0.9, nesterov=True), "SGD(0.1, momentum=0.9, nesterov=True)"),
        (RMSprop(), "RMSprop(0.001, rho=0.9)"),
        (Adam(), "Adam(0.001)"),
        (Adam(0.01, beta_1=0.5, amsgrad=True), "Adam(0.01, beta_1=0.5, amsgrad=True)"),
        (AdamW(), "AdamW(0.001, weight_decay=0.004)"),
        (Lion(0.1, 0.5, 0.75), "Lion(0.1, beta_1=0.5, beta_2=0.75)"),
        (
            Nadam(CosineDecay(0.5, 10), clipnorm=1),
            "Nadam(CosineDecay(initial_learning_rate=0.5, decay_steps=10), clipnorm=1)",
        ),
    ],
)
def test_titles(optimizer: Optimizer, title: str) -> None:
    """A picture shows the rate and what is not as usual."""
    assert title == optimizer.title()
