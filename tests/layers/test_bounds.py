"""Numbers of optimizers, schedules and losses: between which bounds, and by default."""

from __future__ import annotations

import inspect
import math
from functools import partial
from typing import Any

import pytest

import graphgrad as gg
from graphgrad import losses as ls
from graphgrad import optimizers as opt
from graphgrad.optimizers import schedules as sch

NOT_BELOW_0 = "[0, inf)"
ABOVE_0 = "(0, inf)"
BELOW_1 = "[0, 1)"
SHARE = "[0, 1]"

# Each with what else it needs.
TABLE: list[tuple[Any, dict[str, Any], dict[str, str]]] = [
    *[
        (each, {}, {"beta_1": BELOW_1, "beta_2": BELOW_1, "epsilon": ABOVE_0})
        for each in (opt.Adam, opt.AdamW, opt.Adamax, opt.Nadam)
    ],
    (opt.Lion, {}, {"beta_1": "(0, 1]", "beta_2": SHARE}),
    (opt.SGD, {}, {"momentum": SHARE}),
    (opt.RMSprop, {}, {"rho": BELOW_1, "momentum": SHARE, "epsilon": ABOVE_0}),
    (opt.Adagrad, {}, {"epsilon": ABOVE_0, "initial_accumulator_value": NOT_BELOW_0}),
    (opt.Adadelta, {}, {"rho": BELOW_1, "epsilon": ABOVE_0}),
    (
        opt.Ftrl,
        {},
        {
            "learning_rate_power": "(-inf, 0]",
            "initial_accumulator_value": NOT_BELOW_0,
            "l1_regularization_strength": NOT_BELOW_0,
            "l2_regularization_strength": NOT_BELOW_0,
            "l2_shrinkage_regularization_strength": NOT_BELOW_0,
            "beta": NOT_BELOW_0,
        },
    ),
    (
        opt.SGD,
        {},
        {
            "learning_rate": NOT_BELOW_0,
            "weight_decay": NOT_BELOW_0,
            "clipnorm": ABOVE_0,
            "clipvalue": ABOVE_0,
            "global_clipnorm": ABOVE_0,
        },
    ),
    (opt.AdamW, {}, {"weight_decay": NOT_BELOW_0}),
    (opt.SGD, {"use_ema": True}, {"ema_momentum": SHARE}),
    *[
        (
            each,
            {"initial_learning_rate": 0.5, "decay_steps": 5, "decay_rate": 0.5},
            {
                "initial_learning_rate": NOT_BELOW_0,
                "decay_steps": ABOVE_0,
                "decay_rate": NOT_BELOW_0,
            },
        )
        for each in (sch.ExponentialDecay, sch.InverseTimeDecay)
    ],
    (
        sch.PolynomialDecay,
        {"initial_learning_rate": 0.5, "decay_steps": 5},
        {
            "initial_learning_rate": NOT_BELOW_0,
            "decay_steps": ABOVE_0,
            "end_learning_rate": NOT_BELOW_0,
            "power": NOT_BELOW_0,
        },
    ),
    (
        sch.CosineDecay,
        {"initial_learning_rate": 0.5, "decay_steps": 5, "warmup_target": 0.5},
        {
            "initial_learning_rate": NOT_BELOW_0,
            "decay_steps": ABOVE_0,
            "alpha": NOT_BELOW_0,
            "warmup_target": NOT_BELOW_0,
            "warmup_steps": NOT_BELOW_0,
        },
    ),
    (
        sch.CosineDecayRestarts,
        {"initial_learning_rate": 0.5, "first_decay_steps": 5},
        {
            "initial_learning_rate": NOT_BELOW_0,
            "first_decay_steps": ABOVE_0,
            "t_mul": "[1, inf)",
            "m_mul": NOT_BELOW_0,
            "alpha": NOT_BELOW_0,
        },
    ),
    (ls.BinaryFocalCrossentropy, {}, {"alpha": SHARE, "gamma": NOT_BELOW_0}),
    (ls.CategoricalFocalCrossentropy, {}, {"alpha": NOT_BELOW_0, "gamma": NOT_BELOW_0}),
    (ls.CategoricalGeneralizedCrossEntropy, {}, {"q": "(0, 1]"}),
    (ls.Tversky, {}, {"alpha": NOT_BELOW_0, "beta": NOT_BELOW_0}),
    (ls.Circle, {}, {"gamma": ABOVE_0, "margin": "(-inf, inf)"}),
    (ls.Huber, {}, {"delta": ABOVE_0}),
    *[
        (each, {}, {"label_smoothing": SHARE})
        for each in (ls.BinaryCrossentropy, ls.CategoricalCrossentropy)
    ],
]
CASES = [
    pytest.param(made, given, name, bounds, id=f"{made.__name__}-{name}")
    for made, given, table in TABLE
    for name, bounds in table.items()
]


@pytest.mark.parametrize(("made", "given", "name", "bounds"), CASES)
def test_a_number_is_taken_up_to_its_bounds(
    made: Any, given: dict[str, Any], name: str, bounds: str
) -> None:
    """A closed bound is taken, an open one is not, and nothing beyond either."""
    low, high = (float(each) for each in bounds[1:-1].split(", "))
    inside = [x for x in (low + 0.25, high - 0.25, 0.25, -0.25) if low < x < high]
    beyond = [x for x in (low - 0.25, high + 0.25) if math.isfinite(x)]
    for bound, closed in ((low, bounds[0] == "["), (high, bounds[-1] == "]")):
        (inside if closed else beyond).append(bound)
    for x in inside:
        assert made(**given | {name: x}).get_config()[name] == x
    for x in (*beyond, math.nan, math.inf):
        with pytest.raises((gg.GraphgradError, ValueError), match=name):
            made(**given | {name: x})


COMMON = {
    "learning_rate": 0.001,
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "gradient_accumulation_steps": None,
}
BETAS = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
FOCAL = {"alpha": 0.25, "gamma": 2.0, "label_smoothing": 0.0, "from_logits": False}
UNLESS_GIVEN: list[tuple[Any, dict[str, Any]]] = [
    (opt.Optimizer, COMMON),
    (opt.SGD, COMMON | {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False}),
    (
        opt.RMSprop,
        COMMON | {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
    ),
    (opt.Adam, COMMON | BETAS | {"amsgrad": False}),
    (opt.AdamW, COMMON | BETAS | {"amsgrad": False, "weight_decay": 0.004}),
    (opt.Adamax, COMMON | BETAS),
    (opt.Nadam, COMMON | BETAS),
    (opt.Adagrad, COMMON | {"initial_accumulator_value": 0.1, "epsilon": 1e-7}),
    (opt.Adadelta, COMMON | {"rho": 0.95, "epsilon": 1e-7}),
    (opt.Lion, COMMON | {"beta_1": 0.9, "beta_2": 0.99}),
    (
        opt.Ftrl,
        COMMON
        | {
            "learning_rate_power": -0.5,
            "initial_accumulator_value": 0.1,
            "l1_regularization_strength": 0.0,
            "l2_regularization_strength": 0.0,
            "l2_shrinkage_regularization_strength": 0.0,
            "beta": 0.0,
        },
    ),
    (ls.BinaryFocalCrossentropy, FOCAL | {"apply_class_balancing": False}),
    (ls.CategoricalFocalCrossentropy, FOCAL),
    (ls.BinaryCrossentropy, {"label_smoothing": 0.0, "from_logits": False}),
    (ls.CategoricalCrossentropy, {"label_smoothing": 0.0, "from_logits": False}),
    (ls.SparseCategoricalCrossentropy, {"from_logits": False}),
    (ls.CategoricalGeneralizedCrossEntropy, {"q": 0.5}),
    (ls.Circle, {"gamma": 80.0, "margin": 0.4, "remove_diagonal": True}),
    (ls.CosineSimilarity, {"axis": -1}),
    (ls.Huber, {"delta": 1.0}),
    (ls.Tversky, {"alpha": 0.5, "beta": 0.5}),
    (
        partial(sch.PolynomialDecay, 0.5, 5),
        {"end_learning_rate": 0.0001, "power": 1.0, "cycle": False},
    ),
    (partial(sch.CosineDecay, 0.5, 5), {"alpha": 0.0, "warmup_steps": 0}),
    (
        partial(sch.CosineDecayRestarts, 0.5, 5),
        {"t_mul": 2.0, "m_mul": 1.0, "alpha": 0.0},
    ),
]


@pytest.mark.parametrize(("make", "expected"), UNLESS_GIVEN)
def test_numbers_are_keras_unless_given(make: Any, expected: dict[str, Any]) -> None:
    """What is made without arguments has Keras' values of them."""
    config = make().get_config()
    assert expected == {name: config[name] for name in expected}


@pytest.mark.parametrize(
    ("function", "made"),
    [
        (ls.binary_crossentropy, ls.BinaryCrossentropy),
        (ls.binary_focal_crossentropy, ls.BinaryFocalCrossentropy),
        (ls.categorical_crossentropy, ls.CategoricalCrossentropy),
        (ls.categorical_focal_crossentropy, ls.CategoricalFocalCrossentropy),
        (
            ls.categorical_generalized_cross_entropy,
            ls.CategoricalGeneralizedCrossEntropy,
        ),
        (ls.circle, ls.Circle),
        (ls.cosine_similarity, ls.CosineSimilarity),
        (ls.huber, ls.Huber),
        (ls.sparse_categorical_crossentropy, ls.SparseCategoricalCrossentropy),
        (ls.tversky, ls.Tversky),
    ],
)
def test_functions_have_the_numbers_of_their_losses(function: Any, made: Any) -> None:
    """What a loss is without arguments, its function is."""
    given = inspect.signature(function).parameters.values()
    numbers = {each.name: each.default for each in given}
    config = made().get_config()
    shared = {name: config[name] for name in numbers if name in config}
    assert shared
    assert shared == {name: numbers[name] for name in shared}
