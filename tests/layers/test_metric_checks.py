"""Metrics as objects: configurations, directions, and what they warn of or refuse."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import metrics as m
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._outputs import OutputError

# Every class, with arguments that are not those it has anyway.
MADE: list[Callable[[], Any]] = [
    lambda: m.AUC(30, "PR", "majoring", thresholds=[0.2, 0.5], multi_label=True),
    lambda: m.AUC(label_weights=[1.0, 2.0], from_logits=True, name="area"),
    m.Accuracy,
    lambda: m.BinaryAccuracy(threshold=0.25),
    lambda: m.BinaryCrossentropy(from_logits=True, label_smoothing=0.5),
    lambda: m.BinaryIoU([1], 0.25),
    m.CategoricalAccuracy,
    lambda: m.CategoricalCrossentropy(label_smoothing=0.5, axis=1),
    m.CategoricalHinge,
    lambda: m.ConcordanceCorrelation(axis=0),
    lambda: m.ConfusionMatrix(3, labels=["a", "b", "c"]),
    lambda: m.CosineSimilarity(axis=1),
    lambda: m.F1Score("macro", 0.25),
    lambda: m.FBetaScore("micro", 2.0, 0.25, dtype="float32"),
    lambda: m.FalseNegatives([0.25, 0.75]),
    lambda: m.FalsePositives(0.25),
    m.Hinge,
    lambda: m.IoU(3, [0, 2], ignore_class=-1, sparse_y_pred=False, axis=1),
    m.KLDivergence,
    m.LogCoshError,
    lambda: m.Mean("speed"),
    m.MeanAbsoluteError,
    m.MeanAbsolutePercentageError,
    lambda: m.MeanIoU(3, sparse_y_true=False),
    lambda: m.MeanMetricWrapper(gg.losses.huber, "far", delta=2.0),
    lambda: m.MeanMetricWrapper(gg.losses.Huber(delta=2.0)),
    m.MeanSquaredError,
    m.MeanSquaredLogarithmicError,
    lambda: m.OneHotIoU(3, [1], ignore_class=0),
    lambda: m.OneHotMeanIoU(3, sparse_y_pred=True),
    lambda: m.PearsonCorrelation(axis=0),
    m.Poisson,
    lambda: m.Precision(top_k=2, class_id=1),
    lambda: m.PrecisionAtRecall(0.25, 20, 1, from_logits=True),
    lambda: m.R2Score(None, 2),
    lambda: m.Recall([0.25, 0.5]),
    lambda: m.RecallAtPrecision(0.25),
    m.RootMeanSquaredError,
    lambda: m.SensitivityAtSpecificity(0.25),
    m.SparseCategoricalAccuracy,
    lambda: m.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1),
    lambda: m.SparseTopKCategoricalAccuracy(2, from_sorted_ids=True),
    lambda: m.SpecificityAtSensitivity(0.25),
    m.SquaredHinge,
    m.Sum,
    lambda: m.TopKCategoricalAccuracy(2),
    lambda: m.TrueNegatives(0.25),
    m.TruePositives,
]
# What type checkers would refuse.
ANY: Callable[[Any], Any] = lambda value: value  # noqa: E731
each = pytest.mark.parametrize("make", MADE)
CLASSES = {
    thing
    for thing in vars(m).values()
    if isinstance(thing, type) and issubclass(thing, m.Metric) and thing is not m.Metric
}

# ---- what all share ------------------------------------------------------------------


def test_every_class_is_tested() -> None:
    """The list above has all that the module exports."""
    assert {type(make()) for make in MADE} == CLASSES


@each
def test_a_configuration_makes_the_same_metric(make: Callable[[], Any]) -> None:
    """By from_config, and by the names that a file holds."""
    metric = make()
    config = json.loads(json.dumps(metric.get_config()))
    assert type(metric).from_config(config).get_config() == metric.get_config()
    again = deserialize(json.loads(json.dumps(serialize(metric))))
    assert type(again) is type(metric)
    assert again.get_config() == metric.get_config()
    assert (again.name, again.direction) == (metric.name, metric.direction)


UP = (
    "accuracy auc binary_accuracy f1_score precision recall r2_score true_positives "
    "cosine_similarity pearson_correlation concordance_correlation binary_iou"
)
DOWN = (
    "mse mae mape msle rmse logcosh bce ce huber hinge poisson kl_divergence "
    "false_positives false_negatives categorical_crossentropy"
)


@pytest.mark.parametrize(
    ("name", "direction"),
    [(name, "up") for name in UP.split()] + [(name, "down") for name in DOWN.split()],
)
def test_callbacks_can_ask_what_is_better(name: str, direction: str) -> None:
    """Keras' mode="auto" does not know it of every metric."""
    assert direction == m.get(name).direction


def test_functions_have_the_direction_of_what_they_measure() -> None:
    """Only ours; what a function of the user's says is not known."""
    assert "down" == m.get(gg.losses.mean_absolute_error).direction
    assert "up" == m.get(m.binary_accuracy).direction
    assert m.get(lambda y, p: y * p).direction is None


def test_metrics_without_data_are_zero() -> None:
    """Keras has NaN for the score of no samples."""
    for make in (m.AUC, m.F1Score, m.R2Score, m.Precision, m.PearsonCorrelation):
        assert 0.0 == make().value()
    assert 0.0 == m.AUC(multi_label=True).value()
    assert (0, 0) == m.ConfusionMatrix().value().shape


# ---- logits --------------------------------------------------------------------------


def trace_with_logits(metric: Any, outputs: int = 1) -> None:
    """Trace a batch whose outputs come from a layer without activation."""
    gg.trace(
        lambda x, w, y: metric.update(y, x @ w),
        gg.Spec((4, 2)),
        gg.Spec((2, outputs)),
        gg.Spec((4, outputs)),
    )


@pytest.mark.parametrize(
    ("make", "remedy"),
    [
        (m.BinaryAccuracy, lambda: m.BinaryAccuracy(threshold=0)),
        (m.Precision, lambda: m.Precision(thresholds=0)),
        (m.Recall, lambda: m.Recall(thresholds=0)),
        (m.TruePositives, lambda: m.TruePositives(thresholds=0)),
        (m.AUC, lambda: m.AUC(from_logits=True)),
        (m.F1Score, lambda: m.F1Score(threshold=0)),
        (m.BinaryIoU, lambda: m.BinaryIoU(threshold=0)),
        (m.ConfusionMatrix, lambda: m.ConfusionMatrix(threshold=0)),
        (
            lambda: m.PrecisionAtRecall(0.5),
            lambda: m.PrecisionAtRecall(0.5, from_logits=True),
        ),
    ],
)
def test_logits_for_probabilities_warn(make: Any, remedy: Any) -> None:
    """Keras compares them with 0.5 silently; the warning says what to write."""
    with pytest.warns(UserWarning, match=r"for logits, use \w+\(.*(=0|=True)\)"):
        trace_with_logits(make())
    trace_with_logits(remedy())


def test_the_largest_of_several_logits_needs_no_threshold() -> None:
    """An argmax is the same for logits."""
    trace_with_logits(m.F1Score(), 3)
    trace_with_logits(m.ConfusionMatrix(), 3)
    trace_with_logits(m.Precision(top_k=2), 3)


def test_losses_as_metrics_refuse_logits_too() -> None:
    """What is no probability has no cross-entropy: Keras clips it silently."""
    with pytest.raises(OutputError, match="expects probabilities"):
        trace_with_logits(m.BinaryCrossentropy())
    trace_with_logits(m.BinaryCrossentropy(from_logits=True))


def test_class_numbers_are_not_made_of_probabilities() -> None:
    """Keras' MeanIoU cuts probabilities to integers: all are of class 0."""
    metric = m.MeanIoU(num_classes=2)
    with pytest.raises(OutputError, match="sparse_y_pred=False"):
        gg.trace(lambda y, z: metric.update(y, gg.sigmoid(z)), *[gg.Spec((4, 1))] * 2)


# ---- shapes and labels ---------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [m.Precision, m.AUC, m.F1Score, m.R2Score, m.PearsonCorrelation, m.ConfusionMatrix],
)
def test_nothing_is_broadcast(make: Any) -> None:
    """One label per output, and one weight per sample."""
    with pytest.raises(gg.ShapeError):
        make().update(np.zeros((4, 2)), np.zeros((4, 3)))
    with pytest.raises(gg.ShapeError):
        make().update(np.zeros((4, 1)), np.zeros((4, 1)), np.ones(3))


@pytest.mark.parametrize(
    "make", [m.Precision, m.Recall, m.AUC, m.F1Score, m.R2Score, m.BinaryAccuracy]
)
def test_vectors_and_columns_mean_the_same(make: Any) -> None:
    """(n,) and (n, 1), of labels and of outputs; Keras' F1Score refuses vectors."""
    y, p = np.array([0.0, 1, 1, 0]), np.array([0.25, 0.75, 0.5, 0.625])
    found = {
        make()(labels, outputs)
        for labels in (y, y[:, None])
        for outputs in (p, p[:, None])
    }
    assert 1 == len(found)
    assert all(type(value) is float for value in found)


@pytest.mark.parametrize(
    "make",
    [
        lambda: m.Precision(class_id=1),
        lambda: m.Recall(top_k=1),
        m.F1Score,
        m.ConfusionMatrix,
        m.AUC,
    ],
)
def test_class_numbers_do_for_one_hot_labels(make: Any) -> None:
    """Keras wants one-hot labels, while its sparse losses want class numbers."""
    p = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.5, 0.375, 0.125]])
    numbers = np.array([0, 1, 1])
    expected = make()(np.eye(3)[numbers], p)
    for labels in (numbers, numbers[:, None]):
        np.testing.assert_array_equal(make()(labels, p), expected)


@pytest.mark.parametrize("make", [m.Precision, m.AUC, m.F1Score, m.TruePositives])
def test_labels_of_minus_one_mean_no(make: Any) -> None:
    """Keras takes every label but 0 for yes, those of a hinge loss too."""
    y, p = np.array([0, 1, 1, 0]), np.array([0.25, 0.75, 0.375, 0.625])
    assert make()(y, p) == make()(2 * y - 1, p)


def test_the_largest_of_one_output_decides_nothing() -> None:
    """Keras' F1Score calls every single output the largest, so yes (0.8 here)."""
    y, p = np.array([[0], [1], [1]]), np.array([[0.125], [0.75], [0.25]])
    assert pytest.approx(2 / 3) == m.F1Score()(y, p)
    assert pytest.approx(0.8) == m.F1Score(threshold=0.0)(y, p)


def test_one_output_has_a_correlation_over_samples() -> None:
    """Keras has NaN for it: a sample's one output does not vary."""
    y, p = np.array([[1.0], [2.0], [3.0]]), np.array([[2.0], [4.0], [6.0]])
    metric = m.PearsonCorrelation()
    metric.update(y[:1], p[:1])
    assert pytest.approx(1.0) == metric(y[1:], p[1:])
    assert 0.0 == m.PearsonCorrelation()(y, np.ones((3, 1)))
    assert 0.0 == m.PearsonCorrelation()(np.eye(3), np.ones((3, 3)))


def test_labels_that_do_not_vary_have_a_score() -> None:
    """1 for perfect predictions, 0 for others; Keras has NaN and 0."""
    y = np.ones((3, 1))
    assert 1.0 == m.R2Score()(y, y)
    assert 0.0 == m.R2Score()(y, 2 * y)
    score = m.R2Score("variance_weighted_average")
    assert 1.0 == score(y, y)


def test_the_adjusted_score_counts_inputs() -> None:
    """1 - (1 - R²) (n - 1) / (n - p - 1); with too few samples there is a warning."""
    y, p = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 2.0, 3.0, 5.0])
    assert pytest.approx(1 - 0.2 * 3 / 2) == m.R2Score(num_regressors=1)(y, p)
    with pytest.warns(UserWarning, match="there must be at least 5"):
        assert pytest.approx(0.8) == m.R2Score(num_regressors=3)(y, p)


def test_a_k_that_is_always_right_warns() -> None:
    """Keras says 1.0 without a word."""
    with pytest.warns(UserWarning, match="always right for 3 classes"):
        assert 1.0 == m.TopKCategoricalAccuracy()(np.eye(3), np.eye(3)[::-1])


def test_classes_beyond_the_last_are_counted_as_lost() -> None:
    """Else a negative one would count from the end, a large one raise in a step."""
    metric = m.MeanIoU(num_classes=2)
    metric.update([0, 1, -1, 255], [0, 1, 0, 1])
    with pytest.warns(UserWarning, match="2 samples do not count"):
        assert 1.0 == metric.value()
    quiet = m.MeanIoU(num_classes=2, ignore_class=255)
    assert 1.0 == quiet([0, 1, 255], [0, 1, 0])


def test_weights_are_not_cut_to_integers() -> None:
    """Keras' IoU does so, with a warning."""
    metric = m.MeanIoU(num_classes=2)
    metric.update([0, 0, 1, 1], [0, 1, 1, 1], [0.5, 0.5, 0.25, 0.75])
    assert pytest.approx((0.5 / 1 + 1 / 1.5) / 2) == metric.value()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: m.Precision(thresholds=[]), "thresholds must be a number or a list"),
        (lambda: m.Precision(ANY("0.5")), "thresholds must be a number or a"),
        (lambda: m.Precision(ANY([0.5, None])), "thresholds must be a number"),
        (lambda: m.Recall(top_k=0), "top_k must be a whole number of at least 1"),
        (lambda: m.Recall(class_id=-1), "class_id must be a whole number of at least"),
        (lambda: m.Recall(class_id=3)(np.eye(3), np.eye(3)), "more than 3 classes"),
        (lambda: m.Recall(top_k=2)([0, 1], [0.5, 0.5]), "top_k=2 needs outputs of"),
        (lambda: m.AUC(1), "num_thresholds must be a whole number of at least 2"),
        (lambda: m.AUC(curve="roc"), "curve must be one of 'ROC', 'PR', 'PRGAIN'"),
        (lambda: m.AUC(summation_method="x"), "must be one of 'interpolation'"),
        (lambda: m.AUC(num_labels=2), "num_labels is for multi_label=True"),
        (lambda: m.AUC(label_weights=[1.0])(np.eye(2), np.eye(2)), "one per label"),
        (lambda: m.PrecisionAtRecall(1.5), "must be at least 0 and at most 1"),
        (lambda: m.FBetaScore(beta=0.0), "beta must be above 0"),
        (lambda: m.F1Score("mean"), "average must be one of None, 'micro'"),
        (lambda: m.TopKCategoricalAccuracy(0), "k must be a whole number"),
        (lambda: m.R2Score("mean"), "class_aggregation must be one of None"),
        (lambda: m.R2Score(num_regressors=-1), "num_regressors must be a whole"),
        (lambda: m.IoU(2, [2]), "target_class_ids must be classes from 0 to 1"),
        (lambda: m.IoU(2, []), "target_class_ids must be classes from 0 to 1"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(make: Any, message: str) -> None:
    """The message says what was expected."""
    with pytest.raises(ArgumentError, match=message):
        make()


def test_the_number_of_outputs_is_fixed_by_the_first_batch() -> None:
    """Until then it is not known; after it, state has that many."""
    metric: Any
    for metric in (m.F1Score(), m.R2Score(), m.AUC(multi_label=True)):
        metric.update(np.eye(3), np.eye(3))
        with pytest.raises(gg.ShapeError):
            metric.update(np.eye(2), np.eye(2))
    three = m.ConfusionMatrix()
    three.update(np.eye(2), np.eye(2))
    with pytest.raises(gg.ShapeError, match="has 2 classes"):
        three.update(np.eye(3), np.eye(3))


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (m.Precision(0.5), "thresholds"),
        (m.AUC(), "num_thresholds"),
        (m.RecallAtPrecision(0.5), "num_thresholds"),
    ],
)
def test_what_was_counted_for_is_fixed(metric: Any, name: str) -> None:
    """Counts at other thresholds would be taken for those at the new ones."""
    kind = type(metric).__name__
    with pytest.raises(
        AttributeError, match=rf"{kind}'s {name} .* {kind}\({name}=\.\."
    ):
        setattr(metric, name, 7)


def test_the_share_that_is_asked_for_may_change() -> None:
    """It is compared with when the result is computed."""
    metric = m.RecallAtPrecision(0.8)
    assert metric([0, 0, 1, 1], [0, 0.5, 0.3, 0.9]) == 0.5
    metric.precision = 0.5
    assert metric.value() == 1.0
