"""Compile: what it takes, what it refuses, and that nothing changes behind its back."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad.layers._metric import Metric

Array = np.ndarray[Any, Any]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)


def network(**options: Any) -> gg.Sequential:
    """Return a small compiled model, the same each time."""
    gg.set_random_seed(5)
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", **options)
    return model


def test_a_typical_script_runs() -> None:
    """What changes nothing may be said."""
    model = network(
        loss_weights=None,
        metrics=["accuracy"],
        weighted_metrics=None,
        run_eagerly=False,
        steps_per_execution=1,
        jit_compile=True,
        auto_scale_loss=False,
    )
    assert model.compiled
    assert model.metrics_names == ["loss", "accuracy"]
    assert len(model.evaluate(X, Y, verbose=0)) == 2


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"loss_weights": [1.0]}, "several outputs.*class_weight"),
    ({"loss_weights": ["accuracy"]}, r"metrics=\[\.\.\.\]"),
    ({"run_eagerly": True}, r"call model\(x\)"),
    ({"jit_compile": False}, "always a compiled program"),
    ({"jit_compile": "yes"}, "jit_compile must be one of 'auto', True"),
    ({"steps_per_execution": 0}, "at least 1, got 0"),
    ({"steps_per_execution": "auto"}, "steps_per_execution"),
    ({"auto_scale_loss": 3}, "True or False"),
    ({"metrics": "accuracy"}, "a list, such as"),
    ({"metrics": {"a": "accuracy"}}, "a list, such as"),
    ({"weighted_metrics": "accuracy"}, "weighted_metrics must be a list"),
    ({"weighted_metrics": ["acuracy"]}, "accuracy"),
    ({"metric": ["accuracy"]}, "did you mean 'metrics'"),
    ({"lr": 0.1}, "takes no lr: the rate is the optimizer's: optimizer="),
    ({"class_mode": "binary"}, "follows from the labels"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED)
def test_what_cannot_be_done_is_refused_with_the_reason(
    options: Any, message: str
) -> None:
    """And what was compiled before stays."""
    model = network()
    before = model.optimizer, model.loss
    with pytest.raises((ValueError, TypeError), match=message):
        model.compile("sgd", "mse", **options)
    assert before == (model.optimizer, model.loss)


def test_a_model_with_one_output_has_one_loss() -> None:
    """A list of losses, or a dict of them, is for other models."""
    for several in (["mse", "mae"], [], {"a": "mse"}):
        with pytest.raises(ValueError, match="one loss"):
            network().compile("sgd", several)


def test_a_list_of_one_is_that_one() -> None:
    """In Keras a model may have several outputs, with a loss and metrics for each."""
    model = network()
    model.compile("sgd", ["mse"], metrics=[["mae", "mse"]])
    assert isinstance(model.loss, gg.losses.MeanSquaredError)
    assert ["mae", "mse"] == [metric.name for metric in model.metrics]


@pytest.mark.parametrize("name", ["optimizer", "loss", "metrics", "weighted_metrics"])
def test_what_was_compiled_cannot_be_assigned(name: str) -> None:
    """Keras takes the assignment and trains on as before."""
    model = network()
    before = getattr(model, name)
    with pytest.raises(AttributeError, match=r"compile.* again"):
        setattr(model, name, "sgd")
    assert before == getattr(model, name)


def test_the_list_of_metrics_is_a_copy() -> None:
    """Appending to it changes nothing, as no program would know of it."""
    model = network(metrics=["accuracy"])
    model.metrics.clear()
    assert 1 == len(model.metrics)


def test_a_changed_loss_counts_from_the_next_call_on() -> None:
    """Its settings are part of what a program is made for."""
    loss = gg.losses.BinaryCrossentropy()
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1, "sigmoid")])
    model.compile("sgd", loss)
    before = model.evaluate(X, Y, verbose=0)
    loss.reduction = "sum"
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(12 * before, rel=1e-5)


def test_a_changed_metric_counts_from_the_next_call_on() -> None:
    """As with the loss."""
    metric = gg.metrics.BinaryAccuracy(threshold=0.0)
    model = network(metrics=[metric])
    assert model.evaluate(X, Y, verbose=0)[1] == pytest.approx(Y.mean())
    metric.threshold = 1.0
    assert model.evaluate(X, Y, verbose=0)[1] == pytest.approx(1 - Y.mean())


def test_a_changed_regularizer_counts_from_the_next_call_on() -> None:
    """Of weights and of outputs, also where it is shared."""
    for name in ("kernel_regularizer", "activity_regularizer"):
        penalty = gg.regularizers.L2(0.0)
        options: Any = {name: penalty}
        model = gg.Sequential([gg.Input((4,)), gg.Dense(1, **options)])
        model.compile("sgd", "mse")
        before = model.evaluate(X, Y, verbose=0)
        penalty.l2 = 0.5
        once = model.evaluate(X, Y, verbose=0) - before
        penalty.l2 = 1.0
        assert once > 1e-3
        assert model.evaluate(X, Y, verbose=0) - before == pytest.approx(2 * once, 1e-4)


def test_a_changed_constraint_counts_from_the_next_step_on() -> None:
    """The kernel has the greatest length that it may have."""
    limit = gg.constraints.MaxNorm(0.25)
    layer = gg.Dense(1, kernel_initializer="ones", kernel_constraint=limit)
    model = gg.Sequential([gg.Input((4,)), layer])
    model.compile(gg.optimizers.SGD(0.0), "mse")
    for limit.max_value in (0.25, 0.125):
        model.fit(X, Y, verbose=0)
        length = np.linalg.norm(layer.kernel.numpy())
        assert length == pytest.approx(limit.max_value, rel=1e-5)


def test_a_changed_schedule_counts_from_the_next_step_on() -> None:
    """What the optimizer says its rate is, is what programs take."""
    schedule = gg.optimizers.schedules.PiecewiseConstantDecay([10**6], [1.0, 0.0])
    model = gg.Sequential([gg.Input((4,)), gg.Dense(1)])
    model.compile(gg.optimizers.SGD(schedule), "mse")
    moved = []
    for schedule.values in ([1.0, 0.0], [0.0, 0.0]):
        before = model.get_weights()
        model.train_on_batch(X, Y)
        moved.append(not np.array_equal(before[0], model.get_weights()[0]))
    assert moved == [True, False]


def test_weighted_metrics_have_names_of_their_own() -> None:
    """One that is also a plain metric is called weighted, as in Keras."""
    model = network(metrics=["accuracy"], weighted_metrics=["accuracy", "mse"])
    assert ["loss", "accuracy", "weighted_accuracy", "mse"] == model.metrics_names
    found = model.evaluate(X, Y, sample_weight=np.arange(12.0), verbose=0)
    named = model.evaluate(
        X, Y, sample_weight=np.arange(12.0), verbose=0, return_dict=True
    )
    assert sorted(named) == list(named)
    assert [named[name] for name in model.metrics_names] == found


def test_metrics_are_reset_on_demand() -> None:
    """Loss and metrics are 0 as before the first batch."""
    model = network(metrics=["accuracy"], weighted_metrics=["accuracy"])
    model.evaluate(X, Y, verbose=0)
    assert any(model._logs().values())
    model.reset_metrics()
    assert not any(model._logs().values())


def test_metrics_of_many_numbers_are_lists() -> None:
    """A metric may measure every output, or every class."""

    class Sums(Metric):
        def __init__(self) -> None:
            super().__init__("sums")
            self.total = gg.Variable(
                np.zeros(2), name="sums/total", trainable=False, kind="metric"
            )
            self.variables.append(self.total)

        def update_state(self, y_true: Any, y_pred: Any) -> None:
            batch = gg.stack([gg.sum(y_true), gg.sum(gg.cast(y_true, "float64") ** 2)])
            self.total.assign(self.total + gg.cast(batch, "float64"))

        def reset_state(self) -> None:
            self.total.assign(np.zeros(2))

        def result(self) -> Any:
            return self.total.numpy()

    model = network(metrics=[Sums()])
    assert [Y.sum(), Y.sum()] == model.evaluate(X, Y, verbose=0)[1]
    history = model.fit(X, Y, epochs=2, verbose=0).history
    assert [[Y.sum(), Y.sum()]] * 2 == history["sums"]


def test_a_function_as_loss_gets_labels_of_its_own_shape() -> None:
    """Where the loss says so, labels need not have the shape of the output."""

    class Pairs(gg.losses.Loss):
        reads_labels_as_given = True

        def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
            low, high = y_true[:, :1], y_true[:, 1:]
            inside = (y_pred - low) * (y_pred - high)
            return gg.mean(gg.maximum(inside, gg.cast(0, "float32")), axis=-1)

        def check(self, y: Array, output_shape: Any) -> None:
            pass

    model = gg.Sequential([gg.Input((4,)), gg.Dense(1, kernel_initializer="zeros")])
    model.compile("sgd", Pairs())
    y = np.stack([np.ones(12), 2 * np.ones(12)], axis=1)
    assert 2.0 == model.evaluate(X, y, verbose=0)
    before = model.get_weights()
    model.fit(X, y, verbose=0, validation_data=(X, y))
    assert not all(map(np.array_equal, before, model.get_weights()))
    assert copy.deepcopy(model).evaluate(X, y, verbose=0) < 2.0
    with pytest.raises(ValueError, match="labels of one shape"):
        model.fit(X, y, verbose=0, validation_data=(X, np.ones((12, 3))))
