"""What is changed after compile and fit takes effect, or is refused with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import constraints, metrics, regularizers
from graphgrad.optimizers import schedules

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)


def trained(*layers: Any, loss: Any = "mse", optimizer: Any = "sgd") -> gg.Sequential:
    """Return a model that was fitted, evaluated and used for predictions."""
    gg.set_random_seed(1)
    model = gg.Sequential([gg.Input((2,)), *layers, gg.Dense(1)])
    model.compile(optimizer, loss)
    model.fit(X, Y, verbose=0)
    model.evaluate(X, Y, verbose=0)
    model.predict(X, verbose=0)
    return model


def loss_of(model: gg.Sequential) -> Any:
    """Return what evaluate says."""
    return model.evaluate(X, Y, verbose=0)


def test_a_changed_regularizer_counts_from_the_next_call_on() -> None:
    """In Keras the step that was traced first goes on with the old factor."""
    penalty = regularizers.L2(0.0)
    model = trained(gg.Dense(3, kernel_regularizer=penalty))
    before = loss_of(model)
    penalty.l2 = 0.5
    kernel = model.get_weights()[0]
    assert loss_of(model) == pytest.approx(before + 0.5 * np.sum(kernel**2), rel=1e-5)


def test_a_changed_activity_regularizer_counts_from_the_next_call_on() -> None:
    """As with those of weights."""
    penalty = regularizers.L1(0.0)
    model = trained(gg.Dense(3, activity_regularizer=penalty))
    before = loss_of(model)
    penalty.l1 = 2.0
    output = model.layers[0](X).numpy()
    expected = before + 2 * np.abs(output).sum() / len(X)
    assert loss_of(model) == pytest.approx(expected, rel=1e-5)


def test_a_changed_constraint_counts_from_the_next_step_on() -> None:
    """Its limit is that of now."""
    limit = constraints.MaxNorm(100.0)
    model = trained(gg.Dense(3, kernel_constraint=limit))
    limit.max_value = 0.125
    model.fit(X, Y, verbose=0)
    lengths = np.linalg.norm(model.get_weights()[0], axis=0)
    assert lengths == pytest.approx([0.125] * 3, abs=1e-5)


def test_a_changed_argument_of_a_lambda_counts_from_the_next_call_on() -> None:
    """Although the dict is the same."""
    layer = gg.layers.Lambda(lambda x, times: x * times, arguments={"times": 1.0})
    model = trained(layer)
    expected = model.predict(0 * X, verbose=0)
    layer.arguments["times"] = 0.0
    np.testing.assert_array_equal(model.predict(X, verbose=0), expected)


def test_a_changed_schedule_counts_from_the_next_step_on() -> None:
    """A rate of 0 leaves the weights as they are."""
    schedule = schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    model = trained(optimizer=gg.optimizers.SGD(schedule))
    before = model.get_weights()
    schedule.initial_learning_rate = 0.0
    model.fit(X, Y, verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_loss_of_ones_own_may_be_changed_in_place() -> None:
    """Arrays, lists and dicts in its attributes count by what is in them."""

    class Weighted(gg.losses.Loss):
        def __init__(self) -> None:
            super().__init__()
            self.array = np.ones(1, np.float32)
            self.parts: dict[str, list[float]] = {"each": [1.0]}

        def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
            error = gg.mean(gg.square(y_true - y_pred), axis=-1)
            factor = float(self.array[0]) * self.parts["each"][0]
            return error * factor

    loss = Weighted()
    model = trained(loss=loss)
    before = loss_of(model)
    loss.array[0] = 2.0
    assert loss_of(model) == pytest.approx(2 * before, rel=1e-5)
    loss.parts["each"][0] = 3.0
    assert loss_of(model) == pytest.approx(6 * before, rel=1e-5)


def test_what_has_not_changed_makes_no_new_program() -> None:
    """Also where a metric makes its state with the first batch."""
    layer = gg.Dense(
        2, "sigmoid", kernel_regularizer="l2", kernel_constraint="max_norm"
    )
    model = gg.Sequential([gg.Input((2,)), layer])
    rate = schedules.ExponentialDecay(0.1, decay_steps=10, decay_rate=0.5)
    measured = [metrics.AUC(multi_label=True), metrics.R2Score(), metrics.F1Score()]
    model.compile(gg.optimizers.SGD(rate), "mse", metrics=measured)
    y = np.stack([Y, 1 - Y], axis=1)
    model.fit(X, y, verbose=0)
    program = model.program("fit")
    model.fit(X, y, verbose=0)
    assert program is model.program("fit")
    assert 2 == program.runs


BAKED: list[tuple[Callable[[], Any], str, Any]] = [
    (metrics.Precision, "thresholds", 0.9),
    (metrics.TruePositives, "thresholds", [0.1, 0.2]),
    (metrics.AUC, "thresholds", [0.5]),
    (metrics.AUC, "num_thresholds", 20),
    (metrics.AUC, "multi_label", True),
    (lambda: metrics.AUC(multi_label=True, num_labels=3), "num_labels", 2),
    (lambda: metrics.SpecificityAtSensitivity(0.5), "num_thresholds", 10),
    (lambda: metrics.MeanIoU(3), "num_classes", 4),
    (lambda: metrics.ConfusionMatrix(3), "num_classes", 4),
]


@pytest.mark.parametrize(("make", "name", "value"), BAKED)
def test_arguments_that_made_the_state_of_a_metric_are_fixed(
    make: Callable[[], Any], name: str, value: Any
) -> None:
    """The counts are for the old ones."""
    metric = make()
    before = getattr(metric, name)
    kind = type(metric).__name__
    with pytest.raises(AttributeError, match=f"{kind}'s {name} says what metric"):
        setattr(metric, name, value)
    assert before == getattr(metric, name)


def test_a_weight_is_not_replaced_by_its_attribute() -> None:
    """The model would train the old one, and use the new one."""
    model = trained(gg.Dense(3))
    layer: Any = model.layers[0]
    with pytest.raises(AttributeError, match=r"dense/kernel.*layer\.kernel\.assign"):
        setattr(layer, "kernel", np.ones((2, 3)))  # noqa: B010
    layer.kernel.assign(np.ones((2, 3)))
    np.testing.assert_array_equal(model.get_weights()[0], np.ones((2, 3)))


def test_an_activation_may_be_changed_by_its_name() -> None:
    """Names mean the same as where the layer is made."""
    model = trained(gg.Dense(3), gg.Activation("tanh"))
    dense: Any = model.layers[0]
    dense.activation = "relu"
    layer: Any = model.layers[1]
    layer.activation = None
    hidden = np.maximum(X @ dense.kernel.numpy() + dense.bias.numpy(), 0)
    expected = model.layers[2](hidden).numpy()
    np.testing.assert_allclose(model.predict(X, verbose=0), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="did you mean 'relu'"):
        dense.activation = "rellu"
