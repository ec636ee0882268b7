"""Metrics have Keras' numbers, over batches, with weights, eagerly and in programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphgrad import metrics as m
from graphgrad.testing import check_metric
from graphgrad.testing._metrics import METRIC_LAWS

Array = np.ndarray[Any, Any]


class Data(NamedTuple):
    """Labels, outputs and weights, and the row at which a second batch starts."""

    y: Array
    p: Array
    w: Array
    cut: int


def floats(*rows: Any) -> Array:
    """Return an array as models see it."""
    return np.array(rows, np.float32)


CLASSES = np.array([0, 2, 1, 3, 1, 2, 0, 1])
SHARES = floats(
    [0.7, 0.1, 0.1, 0.1],
    [0.2, 0.3, 0.4, 0.1],
    [0.25, 0.25, 0.3, 0.2],
    [0.4, 0.1, 0.3, 0.2],
    [0.1, 0.2, 0.6, 0.1],
    [0.05, 0.15, 0.7, 0.1],
    [0.3, 0.35, 0.2, 0.15],
    [0.1, 0.5, 0.2, 0.2],
)
OF_CLASSES = floats(1, 2, 0.5, 1, 3, 1, 0.25, 2)
NUMBERS = floats([1, 2], [0, -1], [3, 0.5], [2, 2], [-1, 1], [0.5, 0])
GUESSES = floats([1.5, 1.5], [0.5, -2], [2, 1], [2, 3], [0, 1], [1, -0.5])
OF_NUMBERS = floats(1, 2, 0.5, 1, 3, 0.25)
DATA = {
    "binary": Data(
        floats(0, 1, 1, 0, 1, 0, 1, 0, 1, 1),
        floats(0.1, 0.4, 0.85, 0.35, 0.5, 0.62, 0.9, 0.05, 0.3, 0.77),
        floats(1, 2, 0.5, 1, 3, 1, 0.25, 2, 1, 1.5),
        6,
    ),
    "labels": Data(
        floats([1, 0], [0, 1], [1, 1], [0, 0], [0, 1], [1, 0]),
        floats(
            [0.8, 0.3], [0.2, 0.6], [0.55, 0.4], [0.6, 0.1], [0.3, 0.9], [0.45, 0.7]
        ),
        OF_NUMBERS,
        4,
    ),
    "sparse": Data(CLASSES, SHARES, OF_CLASSES, 5),
    "onehot": Data(np.eye(4, dtype=np.float32)[CLASSES], SHARES, OF_CLASSES, 5),
    "classes": Data(CLASSES, np.array([0, 2, 2, 0, 2, 2, 1, 1]), OF_CLASSES, 5),
    "numbers": Data(NUMBERS, GUESSES, OF_NUMBERS, 4),
    "positive": Data(abs(NUMBERS), abs(GUESSES), OF_NUMBERS, 4),
}

# Metric, data, and what Keras 3.15.1 (on JAX) says after two batches, without weights
# and with them. For IoU it was told dtype="float32", since it cuts weights to integers.
GOLDEN: list[tuple[Callable[[], Any], str, Any, Any]] = [
    (m.Accuracy, "classes", 0.5, 0.55814),
    (m.BinaryAccuracy, "binary", 0.6, 0.471698),
    (lambda: m.BinaryAccuracy(threshold=0.3), "labels", 0.833333, 0.919355),
    (m.CategoricalAccuracy, "onehot", 0.5, 0.55814),
    (m.SparseCategoricalAccuracy, "sparse", 0.5, 0.55814),
    (lambda: m.TopKCategoricalAccuracy(k=2), "onehot", 0.875, 0.906977),
    (lambda: m.SparseTopKCategoricalAccuracy(k=2), "sparse", 0.875, 0.906977),
    (m.TruePositives, "binary", 3.0, 2.25),
    (
        lambda: m.TrueNegatives(thresholds=[0.2, 0.5, 0.8]),
        "binary",
        [2.0, 3.0, 4.0],
        [3.0, 4.0, 5.0],
    ),
    (lambda: m.FalsePositives(thresholds=0.3), "labels", 2.0, 1.25),
    (
        lambda: m.FalseNegatives(thresholds=[0.0, 0.5, 1.0]),
        "binary",
        [0.0, 3.0, 6.0],
        [0.0, 6.0, 8.25],
    ),
    (m.Precision, "binary", 0.75, 0.692308),
    (
        lambda: m.Precision(thresholds=[0.8, 0.2]),
        "binary",
        [1.0, 0.75],
        [1.0, 0.804878],
    ),
    (lambda: m.Precision(top_k=2), "onehot", 0.375, 0.430233),
    (lambda: m.Precision(top_k=2, class_id=1), "onehot", 0.333333, 0.540541),
    (lambda: m.Precision(class_id=2, thresholds=0.35), "onehot", 0.666667, 0.5),
    (m.Recall, "binary", 0.5, 0.272727),
    (
        lambda: m.Recall(thresholds=[0.0, 0.5, 1.0]),
        "binary",
        [1.0, 0.5, 0.0],
        [1.0, 0.272727, 0.0],
    ),
    (lambda: m.Recall(top_k=1), "onehot", 0.5, 0.55814),
    (lambda: m.Recall(top_k=2, thresholds=0.25), "onehot", 0.625, 0.581395),
    (lambda: m.Recall(class_id=0, thresholds=0.2), "onehot", 1.0, 1.0),
    (lambda: m.PrecisionAtRecall(0.8), "binary", 0.833333, 0.878788),
    (lambda: m.RecallAtPrecision(0.75), "binary", 1.0, 1.0),
    (
        lambda: m.SensitivityAtSpecificity(0.6, num_thresholds=11),
        "binary",
        0.666667,
        1.0,
    ),
    (lambda: m.SpecificityAtSensitivity(0.7), "binary", 0.75, 0.8),
    (lambda: m.RecallAtPrecision(0.5, class_id=1), "onehot", 1.0, 1.0),
    (m.AUC, "binary", 0.833333, 0.830303),
    (lambda: m.AUC(num_thresholds=2), "binary", 0.5, 0.5),
    (lambda: m.AUC(num_thresholds=7, curve="PR"), "binary", 0.865105, 0.82568),
    (
        lambda: m.AUC(curve="PR", summation_method="minoring"),
        "binary",
        0.710714,
        0.792813,
    ),
    (
        lambda: m.AUC(curve="PR", summation_method="majoring"),
        "binary",
        0.897222,
        0.888782,
    ),
    (
        lambda: m.AUC(curve="ROC", summation_method="minoring", num_thresholds=7),
        "binary",
        0.75,
        0.709091,
    ),
    (
        lambda: m.AUC(curve="ROC", summation_method="majoring", num_thresholds=7),
        "binary",
        0.833333,
        0.830303,
    ),
    (lambda: m.AUC(curve="PRGAIN"), "binary", 0.57375, 0.678963),
    (lambda: m.AUC(thresholds=[0.6, 0.1, 0.33]), "binary", 0.729167, 0.742424),
    (lambda: m.AUC(multi_label=True), "labels", 0.777778, 0.939033),
    (
        lambda: m.AUC(
            multi_label=True, num_labels=2, label_weights=[1.0, 3.0], curve="PR"
        ),
        "labels",
        0.768951,
        0.935056,
    ),
    (lambda: m.AUC(label_weights=[1.0, 3.0]), "labels", 0.788194, 0.950846),
    (m.AUC, "labels", 0.791667, 0.948798),
    (lambda: m.AUC(from_logits=True), "binary", 0.833333, 0.830303),
    (
        m.F1Score,
        "onehot",
        [0.5, 0.4, 0.666667, 0.0],
        [0.615385, 0.516129, 0.631579, 0.0],
    ),
    (lambda: m.F1Score(average="micro"), "onehot", 0.5, 0.55814),
    (lambda: m.F1Score(average="macro"), "onehot", 0.391667, 0.440773),
    (lambda: m.F1Score(average="weighted"), "onehot", 0.441667, 0.511877),
    (
        lambda: m.FBetaScore(beta=2.0, threshold=0.5),
        "labels",
        [0.666667, 0.666667],
        [0.789474, 0.917431],
    ),
    (
        lambda: m.FBetaScore(beta=0.5, threshold=0.25, average="weighted"),
        "onehot",
        0.417208,
        0.425142,
    ),
    (m.MeanSquaredError, "numbers", 0.458333, 0.5),
    (m.RootMeanSquaredError, "numbers", 0.677003, 0.707107),
    (m.MeanAbsoluteError, "numbers", 0.583333, 0.580645),
    (m.MeanAbsolutePercentageError, "numbers", 83333376.0, 72580688.0),
    (m.MeanSquaredLogarithmicError, "positive", 0.115645, 0.15544),
    (m.CosineSimilarity, "numbers", 0.909453, 0.863531),
    (m.LogCoshError, "numbers", 0.204651, 0.220655),
    (m.R2Score, "numbers", 0.665306, 0.643948),
    (
        lambda: m.R2Score(class_aggregation=None),
        "numbers",
        [0.730612, 0.6],
        [0.647146, 0.64075],
    ),
    (
        lambda: m.R2Score(class_aggregation="variance_weighted_average"),
        "numbers",
        0.678049,
        0.644338,
    ),
    (m.PearsonCorrelation, "onehot", 0.46183, 0.453727),
    (m.ConcordanceCorrelation, "onehot", 0.328247, 0.305307),
    (m.KLDivergence, "onehot", 1.016487, 1.057123),
    (m.Poisson, "positive", 2.045466, 3.806668),
    (m.BinaryCrossentropy, "binary", 0.489768, 0.545053),
    (
        lambda: m.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
        "labels",
        0.679452,
        0.659983,
    ),
    (m.CategoricalCrossentropy, "onehot", 1.016491, 1.057127),
    (
        lambda: m.CategoricalCrossentropy(label_smoothing=0.1),
        "onehot",
        1.074741,
        1.113629,
    ),
    (m.SparseCategoricalCrossentropy, "sparse", 1.016491, 1.057127),
    (m.Hinge, "binary", 0.74, 0.755849),
    (m.SquaredHinge, "binary", 0.79448, 0.748302),
    (m.CategoricalHinge, "onehot", 0.89375, 0.952326),
    (lambda: m.IoU(4, [0, 2]), "classes", 0.416667, 0.452991),
    (lambda: m.MeanIoU(4), "classes", 0.270833, 0.313452),
    (lambda: m.MeanIoU(4, ignore_class=1), "classes", 0.333333, 0.361111),
    (m.BinaryIoU, "binary", 0.535714, 0.533784),
    (lambda: m.BinaryIoU([1], threshold=0.4), "binary", 0.714286, 0.783784),
    (lambda: m.OneHotIoU(4, [1, 2]), "onehot", 0.375, 0.404682),
    (lambda: m.OneHotMeanIoU(4), "onehot", 0.270833, 0.313452),
]
# What lies in between, whatever the data.
SHARES_OF = (
    m.Accuracy,
    m.BinaryAccuracy,
    m.CategoricalAccuracy,
    m.SparseCategoricalAccuracy,
    m.TopKCategoricalAccuracy,
    m.SparseTopKCategoricalAccuracy,
    m.Precision,
    m.Recall,
    m.PrecisionAtRecall,
    m.RecallAtPrecision,
    m.SensitivityAtSpecificity,
    m.SpecificityAtSensitivity,
    m.AUC,
    m.F1Score,
    m.FBetaScore,
    m.IoU,
    m.MeanIoU,
    m.BinaryIoU,
    m.OneHotIoU,
    m.OneHotMeanIoU,
)
RANGES: list[tuple[tuple[type, ...], tuple[float, float]]] = [
    (SHARES_OF, (0, 1)),
    ((m.CosineSimilarity, m.PearsonCorrelation, m.ConcordanceCorrelation), (-1, 1)),
]
cases = pytest.mark.parametrize(("make", "name", "plain", "weighted"), GOLDEN)


@cases
def test_keras_numbers(
    make: Callable[[], Any], name: str, plain: Any, weighted: Any
) -> None:
    """Two batches, without weights and with them, and again after a reset."""
    y, p, w, cut = DATA[name]
    metric = make()
    for _ in range(2):
        metric.update(y[:cut], p[:cut])
        metric.update(y[cut:], p[cut:])
        np.testing.assert_allclose(metric.value(), plain, rtol=2e-5, atol=2e-6)
        metric.reset_state()
    metric.update(y[:cut], p[:cut], w[:cut])
    metric.update(y[cut:], p[cut:], w[cut:])
    np.testing.assert_allclose(metric.value(), weighted, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("make", "name"), [row[:2] for row in GOLDEN])
def test_metrics_of_ours_keep_the_law(make: Callable[[], Any], name: str) -> None:
    """In batches, by weights, in programs and models; and shares are shares."""
    y, p, _, _ = DATA[name]
    metric = make()
    between = next((each for kinds, each in RANGES if type(metric) in kinds), None)
    assert check_metric(metric, y, p, between=between) == tuple(METRIC_LAWS)


@cases
def test_weights_are_relative(
    make: Callable[[], Any], name: str, plain: Any, weighted: Any
) -> None:
    """Twice the weights give the same, but for counts."""
    y, p, w, _ = DATA[name]
    twice = make()
    twice.update(y, p, 2 * w)
    counts = (m.TruePositives, m.TrueNegatives, m.FalsePositives, m.FalseNegatives)
    factor = 2 if isinstance(twice, counts) else 1
    expected = factor * np.asarray(weighted)
    np.testing.assert_allclose(twice.value(), expected, rtol=2e-5, atol=2e-6)
    assert isinstance(twice.value(), float if np.ndim(plain) == 0 else np.ndarray)


def test_sums_and_means_of_values() -> None:
    """Keras 3.15.1: values of shape (n, 2), in two batches."""
    for metric, plain, weighted in ((m.Mean(), 5 / 6, 0.443548), (m.Sum(), 10, 6.875)):
        metric.update(NUMBERS[:4])
        metric.update(NUMBERS[4:])
        assert pytest.approx(plain) == metric.value()
        metric.reset_state()
        metric.update(NUMBERS[:4], sample_weight=OF_NUMBERS[:4])
        metric.update(NUMBERS[4:], sample_weight=OF_NUMBERS[4:])
        assert pytest.approx(weighted, abs=1e-6) == metric.value()
