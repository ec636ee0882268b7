"""Metrics are means over all samples since the reset, kept by the program."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad._node import State
from graphgrad.layers import _losses, _metrics
from graphgrad.layers._arguments import ArgumentError
from graphgrad.metrics import (
    AUC,
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    Mean,
    MeanMetricWrapper,
    Metric,
    SparseCategoricalAccuracy,
    Sum,
)

shares = st.floats(0, 1, width=32)


# ---- accuracy ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "output", "kind"),
    [
        ((32, 1), (32, 1), BinaryAccuracy),
        ((32,), (32, 1), BinaryAccuracy),
        ((32,), (32,), BinaryAccuracy),
        ((None, 1), (None, 1), BinaryAccuracy),
        ((32,), (32, 3), SparseCategoricalAccuracy),
        ((32, 1), (32, 3), SparseCategoricalAccuracy),
        ((32, 5), (32, 5, 3), SparseCategoricalAccuracy),
        ((32, 3), (32, 3), CategoricalAccuracy),
    ],
)
@pytest.mark.parametrize("name", ["accuracy", "acc", "Accuracy"])
def test_shapes_decide_which_accuracy(
    name: str, labels: Any, output: Any, kind: type
) -> None:
    """As in Keras, and the key stays what the user wrote."""
    metric = _metrics.get(name, labels, output)
    assert type(metric) is kind
    assert name == metric.name


def test_the_threshold_is_strict() -> None:
    """A prediction of exactly 0.5 says 0."""
    metric = BinaryAccuracy()
    assert 0.75 == metric([0, 0, 1, 1], [0.5, 0.1, 0.5, 0.6])
    assert 0.5 == BinaryAccuracy(threshold=0.7)([1, 0], [0.6, 0.6])


def test_equal_numbers_are_accurate() -> None:
    """Accuracy without shapes counts equal numbers, as Keras' class does."""
    assert type(_metrics.get("accuracy")) is Accuracy
    assert 0.5 == Accuracy()([[1], [2], [3], [4]], [[1], [2], [2], [5]])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.data())
def test_class_numbers_and_one_hot_agree(
    labels: list[int], data: st.DataObject
) -> None:
    """Both count the samples whose largest prediction is their class'."""
    p = data.draw(hnp.arrays(np.float64, (len(labels), 4), elements=shares))
    numbers = np.array(labels)
    expected = (p.argmax(axis=1) == numbers).mean()
    assert pytest.approx(expected) == SparseCategoricalAccuracy()(numbers, p)
    assert pytest.approx(expected) == SparseCategoricalAccuracy()(numbers[:, None], p)
    assert pytest.approx(expected) == CategoricalAccuracy()(np.eye(4)[numbers], p)


def test_several_outputs_are_averaged_per_sample() -> None:
    """Binary accuracy of (n, k) is the share of all n k predictions."""
    assert 0.75 == BinaryAccuracy()([[1, 0], [1, 1]], [[0.9, 0.1], [0.9, 0.1]])


def test_logits_against_a_threshold_of_probabilities_warn() -> None:
    """Keras compares them with 0.5 silently (tensorflow#41413)."""

    def update(metric: Metric) -> gg.Graph:
        return gg.trace(
            lambda x, w, y: metric.update(y, x @ w),
            gg.Spec((4, 2)),
            gg.Spec((2, 1)),
            gg.Spec((4, 1)),
        )

    with pytest.warns(UserWarning, match=r"use BinaryAccuracy\(threshold=0\)"):
        update(BinaryAccuracy())
    update(BinaryAccuracy(threshold=0))


@pytest.mark.parametrize("make", [Accuracy, BinaryAccuracy, CategoricalAccuracy])
def test_shapes_that_do_not_fit_are_refused(make: Any) -> None:
    """Nothing is broadcast."""
    with pytest.raises(gg.ShapeError, match="one label per output"):
        make()(np.zeros((4, 3)), np.zeros((4, 2)))


# ---- means over batches --------------------------------------------------------------

PAIRS: list[tuple[str, Any]] = [
    ("mse", _losses.MeanSquaredError),
    ("bce", _losses.BinaryCrossentropy),
    ("categorical_crossentropy", _losses.CategoricalCrossentropy),
    ("sparse_categorical_crossentropy", _losses.SparseCategoricalCrossentropy),
]


@pytest.mark.parametrize(("name", "loss"), PAIRS)
@given(data=st.data(), cut=st.integers(1, 5))
def test_a_metric_is_the_loss_of_all_batches_together(
    name: str, loss: Any, data: st.DataObject, cut: int
) -> None:
    """However the samples are cut into batches; a reset forgets them."""
    y, p = (data.draw(hnp.arrays(np.float64, (6, 3), elements=shares)) for _ in "yp")
    p = p + 0.01
    y = y.argmax(axis=1) if "sparse" in name else y
    metric = _metrics.get(name)
    assert 0.0 == metric.result()
    for _ in range(2):
        metric.update(y[:cut], p[:cut])
        metric.update(y[cut:], p[cut:])
        assert pytest.approx(loss()(y, p).item()) == metric.result()
        assert type(metric.result()) is float
        metric.reset_state()
    assert 0.0 == metric.result()


@given(st.data())
def test_weights_weigh_and_divide(data: st.DataObject) -> None:
    """A weighted mean is Σ w v / Σ w, unlike the reduction of a loss."""
    y, p = (data.draw(hnp.arrays(np.float64, (5, 2), elements=shares)) for _ in "yp")
    w = data.draw(hnp.arrays(np.float64, 5, elements=st.floats(0.125, 4)))
    values = ((y - p) ** 2).mean(axis=1)
    expected = (w * values).sum() / w.sum()
    for weights in (w, w[:, None]):
        metric = _metrics.get("mse")
        metric.update(y, p, weights)
        assert pytest.approx(expected) == metric.result()


@given(st.lists(st.tuples(st.floats(-10, 10), st.integers(1, 50)), min_size=1))
def test_the_mean_of_batch_losses_is_weighted_by_samples(batches: Any) -> None:
    """This is Keras' epoch loss: a small last batch counts by its size."""
    tracker = Mean(name="loss")
    for loss, count in batches:
        tracker.update(gg.tensor(np.float32(loss)), count)
    total = sum(float(np.float32(loss)) * count for loss, count in batches)
    expected = total / sum(count for _, count in batches)
    assert pytest.approx(expected, abs=1e-9) == tracker.result()


def test_a_mean_takes_values_of_any_shape() -> None:
    """Per sample first; a single weight weighs every sample."""
    mean = Mean()
    mean.update([[1.0, 3.0], [5.0, 7.0]])
    assert 4.0 == mean.result()
    mean.update([10.0, 12.0], np.array(2.0))
    assert pytest.approx((2 + 6 + 2 * 10 + 2 * 12) / 6) == mean.result()


def test_a_program_keeps_the_state() -> None:
    """Batches of a nominal size are counted as such; float32 is added up in float64."""
    metric, tracker = BinaryAccuracy(name="acc"), Mean(name="loss")

    def step(y: gg.Tensor, p: gg.Tensor) -> None:
        metric.update(y, p)
        tracker.update(gg.mean(p), y.shape[0])

    batch = gg.Dim(32, "batch")
    shown = str(gg.trace(step, gg.Spec((batch, 1)), gg.Spec((batch, 1))))
    assert "acc/count + batch" in shown
    assert "loss/count + batch" in shown

    graph = gg.trace(step, gg.Spec((4, 1)), gg.Spec((4, 1)))
    assert {("loss", "acc"), ("loss", "loss")} == {
        (node.phase, node.scope) for node in graph.operations if node.op.has_effect
    }
    cells = [node.op.cell for node in graph.states if isinstance(node.op, State)]
    kinds = {(cell.kind, cell.array.dtype.name) for cell in cells}
    assert {("metric", "float64")} == kinds
    run = gg.Program(gg.passes.optimize(graph))
    y = np.array([[0], [1], [1], [1]], np.float32)
    run(y, np.full((4, 1), 0.75, np.float32))
    run(y, np.full((4, 1), 0.25, np.float32))
    assert (0.5, 0.5) == (metric.result(), tracker.result())
    metric.reset_state()
    run(y, np.full((4, 1), 0.75, np.float32))
    assert 0.75 == metric.result()


# ---- of one's own --------------------------------------------------------------------


class Largest(Metric):
    """The largest output, written as one would for Keras."""

    def __init__(self, name: str = "largest", start: float = 0.0) -> None:
        """Start with a number."""
        super().__init__(name=name)
        self.start = start
        self.largest = self.add_weight(name="largest", initializer=start)
        self.sizes = self.add_weight(shape=(2,), initializer="ones", dtype="float32")

    def update_state(self, y_true: Any, y_pred: Any, weight: Any = None) -> None:
        """Take in a batch."""
        self.largest.assign(gg.maximum(self.largest, gg.max(y_pred)))
        self.sizes.assign_add([1.0, 2.0])

    def result(self) -> gg.Tensor:
        """Return a tensor, as Keras' metrics do."""
        return self.largest * gg.sum(self.sizes)


def test_a_metric_of_ones_own() -> None:
    """A subclass states its variables, how a batch changes them, and the result."""
    metric = _metrics.get(Largest(start=1.5))
    assert "largest" == metric.name
    assert 2.0 * 5 == metric([0], gg.tensor([2.0]))
    assert 2.0 * 8 == metric([0], gg.tensor([1.0]))
    metric.reset_state()
    assert 1.5 * 2 == metric.value()
    assert "float" == type(metric.value()).__name__
    assert {"name": "largest", "start": 1.5} == metric.get_config()
    assert ["largest/largest", "largest/state_1"] == [v.name for v in metric.variables]


def test_state_takes_a_name_or_a_shape_first() -> None:
    """Keras 3 has the shape first, earlier versions the name."""
    metric = Metric()
    made = [
        metric.add_weight((2,), "ones"),
        metric.add_weight("own", (2,), "ones"),
        metric.add_weight(shape=(2,), initializer=1, name="named"),
    ]
    assert [[1.0, 1.0]] * 3 == [state.tolist() for state in made]
    assert ["metric/state_0", "metric/own", "metric/named"] == [v.name for v in made]
    with pytest.raises(ValueError, match=r"metric 'metric'.*shape.*whole numbers"):
        metric.add_weight(2.5)


class Spread(Mean):
    """The mean distance of outputs from labels, by the base's means."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Give the base a value for each sample."""
        super().update_state(gg.abs(y_true - y_pred), sample_weight)


class Off(Sum):
    """How far outputs are from labels altogether."""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Give the base a value for each sample."""
        super().update_state(gg.abs(y_true - y_pred), sample_weight)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_subclass_of_mean_measures_a_model(weighted: bool) -> None:
    """It takes labels and outputs, and hands the base what it makes of them."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1, kernel_initializer="ones")])
    metrics: list[Any] = [Spread(name="spread"), Off(name="off")]
    measured: dict[str, Any] = {"weighted_metrics" if weighted else "metrics": metrics}
    model.compile(loss="mse", **measured)
    x, y = np.array([[1.0], [2.0], [3.0]]), np.array([[0.0], [4.0], [3.0]])
    weight = np.array([1.0, 3.0, 0.0])
    logs = model.evaluate(x, y, sample_weight=weight, verbose=0, return_dict=True)
    total, count = (1 + 2 * 3, 4) if weighted else (1 + 2, 3)
    assert (total / count, total) == (logs["spread"], logs["off"])


def test_a_dtype_of_keras_is_taken_and_another_refused() -> None:
    """The state is kept in float64 anyway."""
    assert "float32" == AUC(dtype="float32").dtype
    with pytest.raises(ArgumentError, match="kept in float64"):
        AUC(dtype="int8")


def test_one_value_for_a_batch_cannot_be_weighed() -> None:
    """Sample weights need a value per sample."""
    metric = MeanMetricWrapper(lambda y, p: gg.mean(abs(y - p)), "miss")
    with pytest.raises(gg.ShapeError, match="one value per sample"):
        metric.update(gg.tensor([1.0, 2.0]), gg.tensor([1.0, 1.0]), [1.0, 2.0])
