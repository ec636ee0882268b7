"""A confusion matrix counts what it is given, prints it, and refuses what it cannot."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import metrics as m
from graphgrad.layers._arguments import ArgumentError
from graphgrad.losses import LabelError

PRINTED = """\
6 samples, accuracy 0.6667
           as cat  as dog  as owl  recall
cat             2       1       0  0.6667
dog             0       2       0  1.0000
owl             1       0       0  0.0000
precision  0.6667  0.6667  0.0000
f1         0.6667  0.8000  0.0000"""


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1))
def test_rows_are_labels_and_columns_predictions(pairs: list[tuple[int, int]]) -> None:
    """Class numbers, one-hot labels and outputs for each class say the same."""
    y, p = np.array(pairs).T
    expected = np.zeros((4, 4), int)
    for label, said in pairs:
        expected[label, said] += 1
    eye = np.eye(4)
    given_forms: list[tuple[Any, Any]] = [
        (y, p),
        (y[:, None], eye[p]),
        (eye[y], eye[p]),
        (y, gg.tensor(eye[p])),
    ]
    for labels, outputs in given_forms:
        table = m.confusion_matrix(labels, outputs, num_classes=4)
        np.testing.assert_array_equal(table.matrix, expected)
        assert "int" in table.matrix.dtype.name
    metric = m.ConfusionMatrix(4)
    np.testing.assert_array_equal(metric(y, eye[p]), expected)


def test_scores_are_compared_with_the_threshold() -> None:
    """Strictly above means yes; (n, 1), truth values and -1 for no will do."""
    y, p = np.array([0, 0, 1, 1]), np.array([0.5, 0.75, 0.25, 1.0])
    for labels in (y, y[:, None], y.astype(bool), 2 * y - 1):
        for scores in (p, p[:, None]):
            table = m.confusion_matrix(labels, scores)
            assert [[1, 1], [1, 1]] == table.matrix.tolist()
    logits = m.confusion_matrix(y, 8 * p - 4, threshold=0)
    assert [[1, 1], [1, 1]] == logits.matrix.tolist()
    strict = m.confusion_matrix(y, p, threshold=0.75)
    assert {"tn": 2, "fp": 0, "fn": 1, "tp": 1} == strict.outcomes


def test_weights_are_added_up() -> None:
    """One weight per sample, of shape (n,) or (n, 1)."""
    y, p = [0, 0, 1], [0.25, 0.75, 1.0]
    for weight in ([1, 0.5, 2], [[1], [0.5], [2]]):
        table = m.confusion_matrix(y, p, sample_weight=weight)
        assert [[1, 0.5], [0, 2]] == table.matrix.tolist()
        assert 3 / 3.5 == table.accuracy


def test_a_table_has_the_usual_shares() -> None:
    """Of two classes those of the positive one, of more an array."""
    two = m.confusion_matrix([0, 0, 1, 1, 1], [0.1, 0.9, 0.2, 0.7, 0.8])
    assert pytest.approx((2 / 3, 2 / 3, 2 / 3, 3 / 5)) == (
        two.precision,
        two.recall,
        two.f1,
        two.accuracy,
    )
    assert [2, 3] == two.support.tolist()
    assert [[0.5, 0.5], [1 / 3, 2 / 3]] == two.normalized().tolist()
    assert pytest.approx(np.array([[0.5, 1 / 3], [0.5, 2 / 3]])) == two.normalized(
        "predicted"
    )
    assert pytest.approx(1.0) == two.normalized("all").sum()
    three = m.confusion_matrix([0, 1, 2, 2], [0, 1, 1, 2])
    np.testing.assert_allclose(three.precision, [1, 0.5, 1])
    np.testing.assert_allclose(three.recall, [1, 1, 0.5])
    np.testing.assert_allclose(three.f1, [1, 2 / 3, 2 / 3])
    with pytest.raises(ArgumentError, match="outcomes are those of two classes"):
        _ = three.outcomes


def test_a_table_prints_names_and_shares() -> None:
    """As text and, escaped, as HTML for notebooks."""
    y, p = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 0]
    table = m.confusion_matrix(y, p, labels=["cat", "dog", "owl"])
    assert PRINTED == str(table) == repr(table)
    named = m.confusion_matrix([0, 1], [0.1, 0.9], labels=["<b>", "yes"])
    assert "threshold 0.5, accuracy 1.0000" in str(named)
    assert "<td>&lt;b&gt;</td>" in named._repr_html_()
    assert [[1, 0], [0, 1]] == np.asarray(named).tolist()


def test_a_table_becomes_a_data_frame() -> None:
    """Rows are labels, columns predictions."""
    frame = m.confusion_matrix([0, 1], [0.1, 0.9], labels=["no", "yes"]).to_pandas()
    assert 1 == frame.loc["yes", "yes"]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([0, 1], [0.5]), {}, "2 labels for 1 predictions"),
        (([0, 1], [0.5, np.nan]), {}, "y_pred.*nan"),
        ((["a", "b"], [0.5, 0.5]), {}, "y_true needs numbers"),
        (([0, 2], [0.5, 0.25]), {}, r"for 2 classes, but there is the label 2 at y\["),
        (([0, 0.5], [0.5, 0.25]), {}, r"numbers 0, 1, 2, ..., got 0.5 at y_true\[1\]"),
        (([0, 3], np.eye(2)), {}, "for 2 classes, but there is the label 3"),
        (([[1, 1]], [[0.5, 0.5]]), {}, "must be one-hot"),
        ((np.eye(3), np.eye(3, 2)), {}, "do not match predictions for 2"),
        (([0, 3], [0, 1]), {"num_classes": 3}, "num_classes is 3, but there are 4"),
        (([0, 1], [0, 1]), {"labels": ["a"]}, "must be 2 names, one per class"),
        (([0, 1], [0, 1]), {"sample_weight": [1]}, "does not match 2 samples"),
        (([0, 1], [0, 1]), {"sample_weight": [1, -1]}, "weights are at least 0"),
        (([0, 1], [0, 1]), {"threshold": "0.5"}, "threshold must be a number"),
        ((np.zeros((2, 2, 2)), [0, 1]), {}, "needs y_true of shape"),
    ],
)
def test_what_cannot_be_counted_is_refused(
    arguments: Any, options: Any, message: str
) -> None:
    """The message names what does not fit."""
    with pytest.raises(gg.GraphgradError, match=message) as caught:
        m.confusion_matrix(*arguments, **options)
    assert isinstance(caught.value, ArgumentError | LabelError | gg.ShapeError)


def test_the_metric_has_a_table_too() -> None:
    """With the names of its classes."""
    metric = m.ConfusionMatrix(labels=["no", "yes"])
    metric.update([[0], [1], [1]], [[0.25], [0.75], [0.25]], [1.0, 2.0, 3.0])
    assert [[1, 0], [3, 2]] == metric.table().matrix.tolist()
    assert "as yes" in str(metric.table())


def test_a_missing_pandas_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r"pip install 'graphgrad\[pandas\]'"):
        m.confusion_matrix([0, 1], [0.1, 0.9]).to_pandas()
