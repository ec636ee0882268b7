"""Rates, arguments, names and descriptions that optimizers have in common."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from cases.optimizing import KINDS, after, any_of, weight

import graphgrad as gg
from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._names import UnknownArgumentError
from graphgrad.optimizers import (
    SGD,
    Adam,
    LearningRateError,
    Lion,
    Nadam,
    Optimizer,
    OptimizerError,
    RMSprop,
)
from graphgrad.optimizers.schedules import ExponentialDecay

# ---- learning rates ------------------------------------------------------------------


def test_a_schedule_is_read_and_not_assigned() -> None:
    """The error names the way out; the rate is that of the next step."""
    optimizer = SGD(ExponentialDecay(1.0, 1, 0.5))
    variable = weight((0.0,))
    assert 1.0 == float(optimizer.learning_rate)
    for _ in range(2):
        optimizer.apply([(np.ones(1), variable)])
    assert -1.5 == float(variable)
    assert 0.25 == float(optimizer.learning_rate)
    with pytest.raises(
        TypeError, match=r"make a new optimizer with learning_rate=0\.1"
    ):
        optimizer.learning_rate = 0.1
    number = SGD(0.5)
    with pytest.raises(LearningRateError, match="make a new optimizer"):
        number.learning_rate = any_of(ExponentialDecay(1.0, 1, 0.5))
    assert 0.5 == float(number.learning_rate)
    assert "SGD/learning_rate" not in {each.name for each in optimizer.variables}


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (lambda: 0.1, "got a function.*Derive a schedule.*LearningRateScheduler"),
        (ExponentialDecay, r"got the class ExponentialDecay; make one of it"),
        ("0.1", "write it without quotes"),
        (None, "learning_rate must be a number, got None"),
        (True, "learning_rate must be a number, got True"),
    ],
)
def test_what_is_no_rate_is_refused(rate: Any, said: str) -> None:
    """Also where it is assigned."""
    with pytest.raises(gg.GraphgradError, match=said):
        Adam(rate)
    optimizer = Adam(0.5)
    with pytest.raises(gg.GraphgradError, match=said):
        optimizer.learning_rate = rate
    assert 0.5 == float(optimizer.learning_rate)


# ---- arguments, names, descriptions --------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"clipnorm": 1, "clipvalue": 2}, "one way, got clipnorm=1 and clipvalue=2"),
        ({"clipnorm": 0}, "SGD's clipnorm must be above 0"),
        ({"clipvalue": -1}, "SGD's clipvalue must be above 0"),
        ({"global_clipnorm": "1"}, "global_clipnorm must be a number, .* quotes"),
        ({"weight_decay": -0.1}, "weight_decay must be at least 0"),
        ({"use_ema": 1}, "use_ema must be True or False"),
        ({"use_ema": True, "ema_momentum": 1.5}, "ema_momentum must be at least 0 and"),
        ({"use_ema": True, "ema_momentum": None}, "ema_momentum must be a number"),
        ({"ema_momentum": 0.5}, "ema_momentum=0.5 does nothing .* use_ema=True"),
        ({"ema_overwrite_frequency": 5}, "does nothing without averages"),
        (
            {"use_ema": True, "ema_overwrite_frequency": 0},
            "ema_overwrite_frequency must be a whole number of at least 1, or None",
        ),
        ({"gradient_accumulation_steps": 1.5}, "must be a whole number of at least 1"),
        ({"gradient_accumulation_steps": True}, "must be a whole number of at least 1"),
    ],
)
def test_common_arguments_are_checked(arguments: dict[str, Any], said: str) -> None:
    """Where the optimizer is made."""
    with pytest.raises(ValueError, match=said):
        any_of(SGD)(0.1, **arguments)


@pytest.mark.parametrize("name", KINDS)
def test_unknown_arguments_are_refused_by_all(name: str) -> None:
    """With what was meant, or what the optimizer takes."""
    kind = getattr(gg.optimizers, name)
    with pytest.raises(UnknownArgumentError, match="did you mean 'learning_rate'"):
        kind(lr=0.1)
    with pytest.raises(TypeError, match="did you mean 'clipnorm'"):
        kind(clip_norm=0.1)
    with pytest.raises(TypeError, match="InverseTimeDecay"):
        kind(decay=0.1)
    assert kind(loss_scale_factor=None).get_config() == kind().get_config()


def test_the_advice_about_decay_is_what_it_was() -> None:
    """The legacy decay: a rate of ``η / (1 + decay s)``."""
    schedule = gg.optimizers.schedules.InverseTimeDecay(0.5, 1, 0.25)
    assert [0.5 / (1 + 0.25 * s) for s in range(4)] == pytest.approx(
        [float(schedule(s)) for s in range(4)]
    )


@pytest.mark.parametrize("name", KINDS)
def test_a_description_makes_it_again(name: str) -> None:
    """As JSON, with every argument; the rate is the one that it has now."""
    kind = getattr(gg.optimizers, name)
    optimizer = kind(
        weight_decay=0.25,
        global_clipnorm=2,
        use_ema=True,
        ema_momentum=0.5,
        ema_overwrite_frequency=3,
        gradient_accumulation_steps=2,
        name="mine",
    )
    optimizer.learning_rate = 0.125
    config = json.loads(json.dumps(optimizer.get_config()))
    assert 0.125 == config["learning_rate"]
    assert config == kind.from_config(config).get_config()
    twin = deserialize(json.loads(json.dumps(serialize(optimizer))))
    assert type(twin) is kind
    assert twin.title() == optimizer.title()


def test_state_has_unique_names_in_a_fixed_order() -> None:
    """Saving goes by it: the counter, the rate, then weight by weight."""
    optimizer = Nadam(0.1, use_ema=True, gradient_accumulation_steps=2)
    optimizer.build([weight(name="a/w"), weight(name="a/w")])
    slots = ["momentum", "velocity", "gradient_accumulator", "average"]
    assert [
        "nadam/iterations",
        "nadam/learning_rate",
        "nadam/u_product",
        *[f"nadam/{slot}/a/w" for slot in slots],
        *[f"nadam/{slot}/a/w_1" for slot in slots],
    ] == [each.name for each in optimizer.variables]


def test_gradients_come_in_pairs_with_weights() -> None:
    """Keras' two lists are refused, and shapes that would be broadcast."""
    optimizer, variable = Lion(0.1), weight()
    with pytest.raises(OptimizerError, match="takes pairs of a gradient and its weig"):
        optimizer.apply(any_of([np.ones(3)]), any_of([variable]))
    with pytest.raises(OptimizerError, match=r"of 'w' has shape \(1,\), the weight \("):
        optimizer.apply([(np.ones(1), variable)])
    assert not optimizer.built
    assert 1 == int(optimizer.apply_gradients([(np.ones(3, "float32"), variable)]))


def test_ones_own_optimizer_has_it_all() -> None:
    """A subclass defines one step, and passes on what it does not know."""

    class Signs(Optimizer):
        def __init__(self, learning_rate: float, scale: float, **options: Any) -> None:
            super().__init__(learning_rate, **options)
            self.scale = scale

        def update_step(
            self,
            gradient: gg.Tensor,
            variable: gg.Variable,
            slots: dict[str, gg.Variable],
            *scalars: gg.Tensor,
        ) -> None:
            assert slots == {}, "slots of other purposes are not its concern"
            gg.assign(variable, variable - gg.sign(gradient) * scalars[0] * self.scale)

    optimizer = Signs(0.5, 2.0, gradient_accumulation_steps=2, use_ema=True)
    assert [0.0, -3.0, 1.5] == after(optimizer, [[1, 1, -1]] * 2).tolist()
    assert 2.0 == optimizer.get_config()["scale"]
    with pytest.raises(TypeError, match=r"Signs takes no argument 'scael': .*'scale'"):
        Signs(0.5, 2.0, scael=1)


def test_arguments_in_common_are_fixed_once_compiled() -> None:
    """A program would not notice them."""
    optimizer = RMSprop(0.1, clipnorm=1.0)
    optimizer.build([weight()])
    with pytest.raises(OptimizerError, match="RMSprop's clipnorm is fixed once"):
        optimizer.clipnorm = 2.0


def test_a_description_remembers_what_does_not_decay() -> None:
    """An optimizer that is made again spares the same weights."""
    kernel, bias = gg.Variable([1.0], name="a/kernel"), gg.Variable([1.0], name="bias")
    first = gg.optimizers.SGD(0.5, weight_decay=0.5)
    first.exclude_from_weight_decay(var_list=[kernel], var_names=["bi"])
    again = gg.optimizers.SGD.from_config(json.loads(json.dumps(first.get_config())))
    outer = gg.Variable([1.0], name="b/a/kernel")
    for optimizer in (first, again):
        weights = [gg.Variable(each, name=each.name) for each in (bias, outer)]
        given = kernel if optimizer is first else gg.Variable([1.0], name="a/kernel")
        weights.append(given)
        optimizer.apply([(gg.tensor([0.0]), weight) for weight in weights])
        assert [1.0, 0.75, 1.0] == [float(weight) for weight in weights]
