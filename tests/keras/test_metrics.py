"""Metrics: Keras' numbers after every batch, with and without weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

Array = np.ndarray[Any, Any]

BINARY = [
    "metrics.BinaryAccuracy()",
    "metrics.BinaryAccuracy(threshold=0.3)",
    "metrics.BinaryCrossentropy()",
    "metrics.BinaryCrossentropy(label_smoothing=0.1)",
    "metrics.Precision()",
    "metrics.Precision(thresholds=[0.2, 0.5, 0.8])",
    "metrics.Recall()",
    "metrics.Recall(thresholds=0.3)",
    "metrics.TruePositives()",
    "metrics.TrueNegatives(thresholds=[0.4, 0.6])",
    "metrics.FalsePositives()",
    "metrics.FalseNegatives(thresholds=0.7)",
    "metrics.AUC()",
    "metrics.AUC(num_thresholds=11)",
    "metrics.AUC(num_thresholds=11, curve='PR')",
    "metrics.AUC(num_thresholds=11, summation_method='minoring')",
    "metrics.AUC(num_thresholds=11, summation_method='majoring')",
    "metrics.AUC(thresholds=[0.25, 0.5])",
    "metrics.PrecisionAtRecall(0.5)",
    "metrics.RecallAtPrecision(0.6)",
    "metrics.SensitivityAtSpecificity(0.5)",
    "metrics.SpecificityAtSensitivity(0.5)",
    "metrics.F1Score(average='micro', threshold=0.5)",
    "metrics.Hinge()",
    "metrics.SquaredHinge()",
]
CATEGORICAL = [
    "metrics.CategoricalAccuracy()",
    "metrics.TopKCategoricalAccuracy(k=2)",
    "metrics.CategoricalCrossentropy()",
    "metrics.CategoricalCrossentropy(label_smoothing=0.1)",
    "metrics.KLDivergence()",
    "metrics.CategoricalHinge()",
    "metrics.Precision(top_k=2)",
    "metrics.Recall(class_id=1)",
    "metrics.Precision(class_id=2, thresholds=0.3)",
    "metrics.F1Score(average='macro')",
    "metrics.F1Score(average='weighted')",
    "metrics.F1Score(average='micro')",
    "metrics.FBetaScore(average='macro', beta=2.0)",
    "metrics.F1Score(average=None)",
    "metrics.AUC(num_thresholds=11, multi_label=True)",
]
SPARSE = [
    "metrics.SparseCategoricalAccuracy()",
    "metrics.SparseTopKCategoricalAccuracy(k=2)",
    "metrics.SparseCategoricalCrossentropy()",
]
REGRESSION = [
    "metrics.MeanSquaredError()",
    "metrics.RootMeanSquaredError()",
    "metrics.MeanAbsoluteError()",
    "metrics.MeanAbsolutePercentageError()",
    "metrics.MeanSquaredLogarithmicError()",
    "metrics.CosineSimilarity()",
    "metrics.LogCoshError()",
    "metrics.Poisson()",
    "metrics.R2Score()",
    "metrics.R2Score(class_aggregation='variance_weighted_average')",
    "metrics.R2Score(class_aggregation=None)",
    "metrics.PearsonCorrelation()",
    "metrics.ConcordanceCorrelation()",
    "metrics.MeanMetricWrapper(losses.mean_squared_error)",
    "metrics.Accuracy()",
]
CASES = [
    (kind, text)
    for kind, texts in (
        ("binary", BINARY),
        ("categorical", CATEGORICAL),
        ("sparse", SPARSE),
        ("regression", REGRESSION),
    )
    for text in texts
]
# Keras refuses weights here, or counts in another way than its documentation says.
UNWEIGHTED = ("Correlation", "top_k", "class_id")


def batch(kind: str, rows: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return labels and outputs of one batch; scores lie away from the thresholds."""
    scores = rng.integers(0, 50, (rows, 1)) / 50 + 0.007
    wide = rng.normal(0, 1, (rows, 3))
    softmax = np.exp(wide) / np.exp(wide).sum(axis=1, keepdims=True)
    classes = rng.integers(0, 3, rows)
    # Spread out along both axes: the variances that some metrics divide by are not 0.
    ends = [(0.5, 3.0), (0.6, 3.3), (1.0, 2.0)]
    targets = np.stack([rng.permutation(np.linspace(*e, rows)) for e in ends], axis=1)
    y, p = {
        "binary": (rng.integers(0, 2, (rows, 1)), np.minimum(scores, 0.99)),
        "categorical": (np.eye(3)[classes], softmax),
        "sparse": (classes, softmax),
        "regression": (targets, rng.uniform(0.5, 3, (rows, 3))),
    }[kind]
    return y.astype("float32"), p.astype("float32")


@pytest.mark.parametrize(("kind", "text"), CASES)
@given(
    sizes=st.lists(st.sampled_from([2, 7]), min_size=1, max_size=3),
    seed=st.integers(0, 999),
    weighted=st.booleans(),
)
def test_metrics_are_those_of_keras(
    twins: Any, kind: str, text: str, sizes: list[int], seed: int, *, weighted: bool
) -> None:
    """After each batch both have the same result, and after a reset both start anew."""
    theirs, ours = twins.make(text)
    rng = np.random.default_rng(seed)
    for size in sizes:
        y, p = batch(kind, size, rng)
        weights = None
        if weighted and not any(part in text for part in UNWEIGHTED):
            weights = rng.uniform(0.1, 2, size).astype("float32")
        theirs.update_state(y, p, weights)
        ours.update_state(y, p, weights)
        twins.agree(theirs.result(), ours.result(), rtol=5e-5, atol=5e-6)
    theirs.reset_state()
    ours.reset_state()
    y, p = batch(kind, 7, rng)
    twins.agree(theirs(y, p), ours(y, p), rtol=5e-5, atol=5e-6)


@pytest.mark.parametrize("name", ["Mean", "Sum"])
@given(seed=st.integers(0, 999), weighted=st.booleans())
def test_values_are_reduced_as_in_keras(
    twins: Any, name: str, seed: int, *, weighted: bool
) -> None:
    """Mean divides by the weights, Sum does not."""
    theirs, ours = twins.make(f"metrics.{name}()")
    rng = np.random.default_rng(seed)
    for _ in range(2):
        values = rng.normal(size=5).astype("float32")
        weights = rng.uniform(0.1, 2, 5).astype("float32") if weighted else None
        theirs.update_state(values, weights)
        ours.update_state(values, weights)
        twins.agree(theirs.result(), ours.result())


@pytest.mark.parametrize(
    ("outputs", "activation", "loss", "labels"),
    [
        (1, "sigmoid", "binary_crossentropy", "binary"),
        (3, "softmax", "categorical_crossentropy", "categorical"),
        (3, "softmax", "sparse_categorical_crossentropy", "sparse"),
    ],
)
def test_accuracy_is_chosen_as_in_keras(
    twins: Any, outputs: int, activation: str, loss: str, labels: str
) -> None:
    """The word accuracy means the accuracy of the output's and the labels' shapes."""
    both = twins.models(
        f"layers.Dense({outputs}, {activation!r})",
        optimizer="'sgd'",
        loss=repr(loss),
        metrics="['accuracy', 'acc']",
    )
    rng = np.random.default_rng(0)
    y, _ = batch(labels, 20, rng)
    twins.trained_alike(both, rng.normal(size=(20, 4)), y, epochs=2, batch_size=8)
