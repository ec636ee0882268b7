"""Optimizers: the weights of Keras after several epochs, whatever the options."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

# Rates are such that the weights move by about 0.01 to 0.1 in a step.
OPTIMIZERS = [
    "SGD(0.1, {})",
    "SGD(0.1, momentum=0.9, {})",
    "SGD(0.1, momentum=0.9, nesterov=True, {})",
    "RMSprop(0.02, {})",
    "RMSprop(0.02, momentum=0.5, {})",
    "RMSprop(0.02, centered=True, rho=0.8, {})",
    "Adam(0.05, {})",
    "Adam(0.05, beta_1=0.8, beta_2=0.9, epsilon=1e-3, {})",
    "Adam(0.05, amsgrad=True, {})",
    "AdamW(0.05, {})",
    "Adagrad(0.1, {})",
    "Adagrad(0.1, initial_accumulator_value=0.5, {})",
    "Adadelta(1.0, {})",
    "Adamax(0.05, {})",
    "Nadam(0.05, {})",
    "Ftrl(0.1, {})",
    "Ftrl(0.1, l1_regularization_strength=0.01, l2_regularization_strength=0.02, {})",
    "Ftrl(0.1, l2_shrinkage_regularization_strength=0.1, beta=0.1, {})",
    "Lion(0.01, {})",
]
OPTIONS = [
    "",
    "weight_decay=0.05",
    "clipnorm=0.1",
    "clipvalue=0.02",
    "global_clipnorm=0.1",
    "gradient_accumulation_steps=2",
    "use_ema=True, ema_momentum=0.9",
    "use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2",
    "weight_decay=0.01, clipnorm=0.2, use_ema=True, ema_momentum=0.5",
]
NAMES = ["sgd", "RMSprop", "adam", "adamw", "adagrad", "adadelta", "adamax", "nadam"]


@pytest.mark.parametrize("text", OPTIMIZERS)
@given(options=st.sampled_from(OPTIONS), seed=st.integers(0, 99))
def test_optimizers_are_those_of_keras(
    twins: Any, text: str, options: str, seed: int
) -> None:
    """Two layers, partial batches, three epochs: every loss and weight agrees."""
    both = twins.models(
        "layers.Dense(3, 'tanh'), layers.Dense(1)",
        seed=seed,
        optimizer=f"optimizers.{text.format(options)}",
        loss="'mse'",
    )
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
    twins.trained_alike(both, x, y, epochs=3, batch_size=8, rtol=1e-3, atol=2e-4)
    for model in both:
        assert int(twins.numbers(model.optimizer.iterations)) == (
            4 if "accumulation" in options else 9
        )


@pytest.mark.parametrize("name", [*NAMES, "ftrl", "lion"])
def test_names_mean_keras_defaults(twins: Any, name: str) -> None:
    """A name gives the optimizer with the defaults of Keras, in any spelling."""
    both = twins.models("layers.Dense(2)", optimizer=repr(name), loss="'mse'")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
    twins.trained_alike(both, x, y, epochs=2, batch_size=8)


def test_the_rate_can_be_assigned_between_trainings(twins: Any) -> None:
    """The optimizer goes on with its state, at the new rate."""
    both = twins.models(
        "layers.Dense(2)", optimizer="optimizers.Adam(0.1)", loss="'mse'"
    )
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))
    twins.trained_alike(both, x, y, epochs=2)
    for model in both:
        model.optimizer.learning_rate = 0.01
    twins.trained_alike(both, x, y, epochs=2)
    twins.agree(*[float(model.optimizer.learning_rate) for model in both])


def test_what_is_excluded_does_not_decay(twins: Any) -> None:
    """Biases can be excluded by name, before compile."""
    both = twins.models("layers.Dense(2), layers.Dense(1)", loss="'mse'")
    chosen = twins.make("optimizers.SGD(0.1, weight_decay=0.5)")
    for model, optimizer in zip(both, chosen, strict=True):
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        model.compile(optimizer, "mse")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(20, 4)), rng.normal(size=(20, 1))
    twins.trained_alike(both, x, y, epochs=2)
