"""What each threshold brings is exact, and the best one is chosen by what is asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import metrics as m
from graphgrad.layers._arguments import ArgumentError
from graphgrad.losses import LabelError

# Scores with many ties, of all sizes, and weights.
samples = st.lists(
    st.tuples(
        st.booleans(),
        st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(-3, 3, width=32)),
        st.floats(0.125, 4),
    ),
    min_size=1,
    max_size=12,
)


def arrays(drawn: list[tuple[bool, float, float]]) -> Any:
    """Return labels, scores and weights, with both classes among them."""
    y, p, w = zip(*drawn, (True, 0.5, 1.0), (False, 0.5, 1.0), strict=True)
    return np.array(y), np.array(p, np.float32), np.array(w)


@given(samples)
def test_every_row_counts_what_lies_above_its_threshold(drawn: Any) -> None:
    """One row for each different set of decisions, from all yes to all no."""
    y, p, w = arrays(drawn)
    report = m.threshold_report(y, p, sample_weight=w, cost_fp=2.0, cost_fn=3.0)
    assert len(np.unique(p)) + 1 == len(report) == len(report.rows)
    for row in report:
        table = m.confusion_matrix(
            y, p, threshold=float(np.float32(row.threshold)), sample_weight=w
        )
        np.testing.assert_allclose(row.table().matrix, table.matrix, atol=1e-9)
        shares = (table.precision, table.recall, table.f1, table.accuracy)
        found = (row.precision, row.recall, row.f1, row.accuracy)
        np.testing.assert_allclose(found, shares, atol=1e-9)
        assert pytest.approx(2 * row.fp + 3 * row.fn) == row.cost
        assert pytest.approx(row.recall + row.specificity - 1) == row.youden
    first, last = report.rows[0], report.rows[-1]
    assert pytest.approx(0, abs=1e-9) == first.fn + first.tn
    assert 0 == last.tp + last.fp
    assert (np.diff(report.thresholds) > 0).all()


@given(samples, st.floats(-3, 3, width=32))
def test_any_threshold_can_be_asked_for(drawn: Any, threshold: float) -> None:
    """Whether it has a row or not, and as a row of one's own."""
    y, p, w = arrays(drawn)
    row = m.threshold_report(y, p, sample_weight=w).at(threshold)
    table = m.confusion_matrix(y, p, threshold=threshold, sample_weight=w)
    np.testing.assert_allclose(row.table().matrix, table.matrix, atol=1e-9)
    own = m.threshold_report(y, p, sample_weight=w, thresholds=[threshold, 9.0])
    assert row == own.rows[0]


@given(samples, st.sampled_from(["f1", "youden", "accuracy", "precision", "recall"]))
def test_the_best_row_is_the_best_of_all(drawn: Any, by: str) -> None:
    """Of the rows that reach the minimum; the costs go the other way."""
    y, p, w = arrays(drawn)
    report = m.threshold_report(y, p, sample_weight=w)
    best = report.best(by, min_recall=0.5)
    allowed = [row for row in report if row.recall >= 0.5]
    assert best in allowed
    assert getattr(best, by) == max(getattr(row, by) for row in allowed)
    assert report.best().cost == min(row.cost for row in report)


def test_of_equal_rows_the_more_useful_one_is_best() -> None:
    """The larger F1, then the lower threshold."""
    report = m.threshold_report([0, 1, 0, 1], [0.2, 0.4, 0.6, 0.8])
    # Both 0.7 and 0.3 have a wrong decision: 0.3 has F1 0.8, 0.7 has 2/3.
    assert pytest.approx(0.3) == report.best("cost").threshold
    # Precision is 1 only above 0.6.
    best = report.best("recall", min_precision=0.9)
    assert (0.5, 1.0) == (best.recall, best.precision)
    assert pytest.approx(0.7) == best.threshold


def test_costs_move_the_threshold() -> None:
    """Where a wrong no costs more, fewer scores are called no."""
    y, p = [0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    cheap = m.threshold_report(y, p, cost_fn=0.5).best()
    dear = m.threshold_report(y, p, cost_fn=5.0).best()
    assert dear.threshold < cheap.threshold
    assert (0, 1) == (dear.fn, cheap.fn)


def test_the_chosen_threshold_works_in_a_metric() -> None:
    """Also for neighbouring float32 numbers, between which nothing fits."""
    low = np.float32(0.5)
    p = np.array([low, np.nextafter(low, np.float32(1))])
    best = m.threshold_report([0, 1], p).best()
    assert 1.0 == best.accuracy
    assert 1.0 == m.BinaryAccuracy(threshold=best.threshold)([0, 1], p)


def test_areas_are_those_of_hand() -> None:
    """Keras' 200 thresholds cannot tell scores this close apart; a report can."""
    y, p = np.array([0, 0, 1, 1]), np.array([0.5001, 0.5003, 0.5002, 0.5004])
    report = m.threshold_report(y, p)
    assert 0.75 == report.auc
    assert 0.5 == m.AUC()(y, p)
    assert pytest.approx((1 + 2 / 3) / 2) == report.average_precision


def test_a_report_prints_some_rows_and_marks_the_best() -> None:
    """The others are in the arrays."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    p = np.clip(0.5 * y + rng.random(200) / 2, 0, 1)
    report = m.threshold_report(y, p, cost_fn=3)
    text = str(report)
    assert text == repr(report)
    assert "200 samples" in text
    assert "cost 1 per FP, 3 per FN" in text
    assert "least cost" in text
    assert "best F1" in text
    lines = text.splitlines()
    assert 12 <= len(lines) - 3 <= 14
    assert f"({201 - len(lines) + 3} rows between are in .rows)" == lines[-1]
    assert report._repr_html_().count("<tr>") == len(lines) - 2
    assert "threshold" in str(report.best())
    assert "TP" in str(report.best())


def test_a_report_becomes_a_data_frame() -> None:
    """With all rows."""
    report = m.threshold_report([0, 1], [0.25, 0.75])
    assert 3 == len(report.to_pandas())
    assert "specificity" in report.to_pandas()


@pytest.mark.parametrize(
    ("y", "p", "options", "message"),
    [
        ([1, 1], [0.5, 0.25], {}, "all 2 labels are positive"),
        ([0, 0], [0.5, 0.25], {}, "all 2 labels are negative"),
        ([0, 2], [0.5, 0.25], {}, r"labels are 0 and 1 \(or -1 and 1\), got 2"),
        ([0, 1], [0.5, np.nan], {}, "y_pred: .*nan"),
        ([0, 1], [0.5], {}, "2 labels for 1 scores"),
        ([], [], {}, "is empty"),
        ([0, 1], np.eye(2), {}, r"of several classes, take one column"),
        ([0, 1], ["a", "b"], {}, "y_pred needs numbers"),
        ([0, 1], [0, 1], {"cost_fp": -1}, "cost_fp must be at least 0"),
        ([0, 1], [0, 1], {"thresholds": []}, "thresholds must be a number or a list"),
        ([0, 1], [0, 1], {"sample_weight": [1, 0]}, "one class have the weight 0"),
        ([0, 1], [0, 1], {"sample_weight": [1, -1]}, "weights are at least 0"),
    ],
)
def test_what_has_no_report_is_refused(
    y: Any, p: Any, options: Any, message: str
) -> None:
    """The message says what is missing."""
    with pytest.raises(gg.GraphgradError, match=message) as caught:
        m.threshold_report(y, p, **options)
    assert isinstance(caught.value, ArgumentError | LabelError | gg.ShapeError)


def test_what_no_threshold_reaches_is_said() -> None:
    """With what can be reached."""
    report = m.threshold_report([0, 1, 1], [0.75, 0.5, 0.25])
    with pytest.raises(ArgumentError, match=r"reaches precision 0.9; .* 0.6667"):
        report.best("recall", min_precision=0.9)
    with pytest.raises(ArgumentError, match="by must be one of 'cost'"):
        report.best("auc")


def test_labels_of_minus_one_and_columns_will_do() -> None:
    """As everywhere."""
    y, p = np.array([0, 1, 1]), np.array([0.75, 0.5, 0.25])
    expected = str(m.threshold_report(y, p))
    assert expected == str(m.threshold_report(2 * y - 1, p[:, None]))
    assert expected == str(m.threshold_report(y[:, None].astype(bool), gg.tensor(p)))
