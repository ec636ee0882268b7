"""Metrics agree with NumPy written anew, and with one another; models keep them."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad import metrics as m

Array = np.ndarray[Any, Any]

shares = st.floats(0, 1, width=32)


@st.composite
def batches(draw: st.DrawFn, outputs: int | None = None) -> tuple[Array, Array, Array]:
    """Draw labels, outputs and weights of a few samples."""
    count = draw(st.integers(2, 12))
    shape = count if outputs is None else (count, outputs)
    y = draw(hnp.arrays(np.float32, shape, elements=st.sampled_from([0.0, 1.0])))
    p = draw(hnp.arrays(np.float32, shape, elements=shares))
    w = draw(hnp.arrays(np.float64, count, elements=st.floats(0.125, 4)))
    return y, p, w


def share(part: Any, whole: Any) -> Any:
    """Divide, with 0 for 0/0."""
    return part / whole if whole else 0.0


# ---- decisions -----------------------------------------------------------------------


@given(batches(), st.lists(shares, min_size=1, max_size=4))
def test_outcomes_are_counted_one_by_one(
    batch: tuple[Array, Array, Array], thresholds: list[float]
) -> None:
    """Strictly above a threshold means yes; weights are added up."""
    y, p, w = batch
    for make, label, said in (
        (m.TruePositives, 1, True),
        (m.FalsePositives, 0, True),
        (m.FalseNegatives, 1, False),
        (m.TrueNegatives, 0, False),
    ):
        metric: Any = make(thresholds)
        metric.update(y, p, w)
        expected = [
            sum(w[i] for i in range(len(y)) if y[i] == label and (p[i] > t) == said)
            for t in np.array(thresholds, np.float32)
        ]
        np.testing.assert_allclose(np.ravel(metric.value()), expected, atol=1e-9)


@given(batches())
def test_precision_recall_and_f_scores_are_of_one_table(
    batch: tuple[Array, Array, Array],
) -> None:
    """All follow from the confusion matrix, weighted and in the program's state."""
    y, p, w = batch
    matrix, table = m.ConfusionMatrix(), None
    matrix.update(y, p, w)
    table = m.confusion_matrix(y, p, sample_weight=w)
    np.testing.assert_allclose(matrix.value(), table.matrix)
    for metric, expected in (
        (m.Precision(), table.precision),
        (m.Recall(), table.recall),
        (m.F1Score(), table.f1),
        (m.BinaryAccuracy(), table.accuracy),
        (m.BinaryIoU([1], 0.5001), None),
    ):
        metric.update(y, p, w)
        if expected is not None:
            assert pytest.approx(expected) == metric.value()
    (_, wrong), (missed, found) = table.matrix
    f2 = m.FBetaScore(beta=2.0)
    f2.update(y, p, w)
    assert pytest.approx(share(5 * found, 5 * found + 4 * missed + wrong)) == f2.value()


@given(batches(3), st.integers(1, 3))
def test_the_top_k_are_the_first_of_the_largest(
    batch: tuple[Array, Array, Array], k: int
) -> None:
    """Of equal outputs the first ones; each sample has exactly k."""
    y, p, _ = batch
    chosen = np.zeros(p.shape, bool)
    for row, order in zip(chosen, np.argsort(-p, axis=1, kind="stable"), strict=True):
        row[order[:k]] = True
    found = (chosen & (y == 1)).sum()
    assert pytest.approx(found / chosen.sum()) == m.Precision(top_k=k)(y, p)
    assert pytest.approx(share(found, (y == 1).sum())) == m.Recall(top_k=k)(y, p)


@given(batches(4), st.integers(1, 3))
def test_a_class_is_among_the_top_k_if_fewer_are_larger(
    batch: tuple[Array, Array, Array], k: int
) -> None:
    """Class numbers and one-hot labels agree."""
    _, p, _ = batch
    numbers = np.arange(len(p)) % 4
    ahead = (p > np.take_along_axis(p, numbers[:, None], 1)).sum(axis=1)
    expected = (ahead < k).mean()
    assert pytest.approx(expected) == m.SparseTopKCategoricalAccuracy(k)(numbers, p)
    assert pytest.approx(expected) == m.TopKCategoricalAccuracy(k)(
        np.eye(4)[numbers], p
    )


def test_sorted_class_numbers_are_taken_as_such() -> None:
    """With from_sorted_ids the outputs name the classes, the best one first."""
    metric = m.SparseTopKCategoricalAccuracy(k=2, from_sorted_ids=True)
    assert 0.5 == metric([2, 0], [[1, 2, 0], [1, 2, 0]])


# ---- areas ---------------------------------------------------------------------------


@given(batches())
def test_the_area_with_thresholds_between_all_scores_is_exact(
    batch: tuple[Array, Array, Array],
) -> None:
    """It is the chance that a positive sample has the larger score; ties count half."""
    y, p, w = batch
    y[:2] = 0, 1
    report = m.threshold_report(y, p, sample_weight=w)
    metric = m.AUC(thresholds=report.thresholds.tolist())
    metric.update(y, p, w)
    pairs = won = 0.0
    for i in np.flatnonzero(y == 1):
        for j in np.flatnonzero(y == 0):
            pairs += w[i] * w[j]
            won += w[i] * w[j] * ((p[i] > p[j]) + 0.5 * (p[i] == p[j]))
    assert pytest.approx(won / pairs) == report.auc
    assert pytest.approx(won / pairs) == metric.value()


@given(batches(), st.sampled_from(["ROC", "PR"]), st.integers(2, 20))
def test_the_two_bounds_enclose_the_area(
    batch: tuple[Array, Array, Array], curve: str, count: int
) -> None:
    """Minoring is below, majoring above."""
    y, p, _ = batch
    low, high = (
        m.AUC(count, curve, method)(y, p) for method in ("minoring", "majoring")
    )
    assert low <= high + 1e-12
    if curve == "ROC":
        assert low - 1e-12 <= m.AUC(count, curve)(y, p) <= high + 1e-12


# ---- numbers -------------------------------------------------------------------------


@given(batches(2))
def test_the_score_of_numbers_is_that_of_numpy(
    batch: tuple[Array, Array, Array],
) -> None:
    """R², with weights, output by output."""
    y, p, w = batch
    y[:2] = [[0, 1], [1, 0]]
    metric = m.R2Score(None)
    metric.update(y, p, w)
    mean = np.average(y, axis=0, weights=w)
    missed = (w[:, None] * (y - p.astype(float)) ** 2).sum(axis=0)
    whole = (w[:, None] * (y - mean) ** 2).sum(axis=0)
    # Near 0 what is left is the rounding of numbers about 1.
    np.testing.assert_allclose(metric.value(), 1 - missed / whole, atol=1e-15)


@given(batches())
def test_a_correlation_over_samples_is_that_of_numpy(
    batch: tuple[Array, Array, Array],
) -> None:
    """In any batches, with weights."""
    y, p, w = batch
    y[:2], p[:2] = (0, 1), (0.25, 0.75)
    pearson, concordance = m.PearsonCorrelation(), m.ConcordanceCorrelation()
    for metric in (pearson, concordance):
        metric.update(y[:1], p[:1], w[:1])
        metric.update(y[1:], p[1:], w[1:])
    (yy, yp), (_, pp) = np.cov(y, p, aweights=w, ddof=0)
    assert pytest.approx(yp / np.sqrt(yy * pp), abs=1e-6) == pearson.value()
    apart = np.average(y, weights=w) - np.average(p, weights=w)
    expected = 2 * yp / (yy + pp + apart**2 + 1e-7)
    assert pytest.approx(expected, abs=1e-6) == concordance.value()


# ---- in models -----------------------------------------------------------------------

METRICS = [
    "accuracy",
    "auc",
    "precision",
    "recall",
    "f1",
    "mse",
    "rmse",
    "mae",
    "r2",
    "ce",
    "binary_iou",
    "confusion_matrix",
    "true_positives",
    "false_negatives",
    "pearson_correlation",
    "cosine_similarity",
    "huber",
]


def model_and_data() -> tuple[Any, Array, Array]:
    """Return a small model for two classes, and data for it."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(70, 3)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(np.float32)[:, None]
    gg.set_random_seed(3)
    model = gg.Sequential([gg.Input((3,)), gg.Dense(1, activation="sigmoid")])
    return model, x, y


def test_evaluate_measures_what_eager_calls_do() -> None:
    """In batches of 32, 32 and 6; the epochs of fit start anew."""
    model, x, y = model_and_data()
    thrice = m.Precision(thresholds=[0.25, 0.5, 0.75])
    model.compile("sgd", "binary_crossentropy", metrics=[*METRICS, thrice])
    model.evaluate(x, y, batch_size=32, verbose=0)
    p = model.predict(x, verbose=0)
    for name, metric in zip(METRICS, model.metrics, strict=False):
        eager = m.get(name, y.shape, p.shape)
        np.testing.assert_allclose(metric.value(), eager(y, p), rtol=1e-5)
    expected = m.Precision(thresholds=[0.25, 0.5, 0.75])(y, p)
    np.testing.assert_allclose(thrice.value(), expected)
    table = model.metrics[METRICS.index("confusion_matrix")].table()
    np.testing.assert_array_equal(table.matrix, m.confusion_matrix(y, p).matrix)


def test_a_second_model_has_the_same_names() -> None:
    """So that monitor="val_auc" means the same in each (tensorflow#43645)."""
    for _ in range(2):
        model, x, y = model_and_data()
        model.compile("sgd", "binary_crossentropy", metrics=[m.AUC(), m.Recall()])
        history = model.fit(x, y, epochs=1, verbose=0, validation_split=0.25).history
        expected = ["auc", "loss", "recall", "val_auc", "val_loss", "val_recall"]
        assert expected == sorted(history)


def test_a_step_with_many_thresholds_allocates_no_array() -> None:
    """200 thresholds and 1024 samples: 200 KB of comparisons lie in planned memory.

    NumPy's iterator over two broadcast arrays takes 64 KB, whatever their size.
    """
    metric, matrix = m.AUC(), m.ConfusionMatrix()

    def step(y: gg.Tensor, p: gg.Tensor) -> None:
        metric.update(y, p)
        matrix.update(y, p)

    spec = gg.Spec((1024, 1))
    program = gg.Program(gg.passes.optimize(gg.trace(step, spec, spec)))
    program.run()
    tracemalloc.start()
    try:
        program.run()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(5):
            program.run()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now - before < 100_000
    assert peak - before < 100_000


@pytest.mark.parametrize("multi_label", [True, False])
def test_the_area_of_logits_is_that_of_their_probabilities(multi_label: bool) -> None:
    """With few thresholds it makes a difference which of both are compared."""
    y = np.array([[0], [0], [1], [1], [0], [1]])
    z = np.array([[-3.0], [0.3], [0.2], [0.7], [0.8], [0.9]], np.float32)
    p = 1 / (1 + np.exp(-z))
    few: dict[str, Any] = {"num_thresholds": 5, "multi_label": multi_label}
    expected = m.AUC(**few)(y, p)
    assert expected == m.AUC(**few, from_logits=True)(y, z)
    assert expected != m.AUC(**few)(y, z)
