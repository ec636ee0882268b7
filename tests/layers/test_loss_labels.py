"""Losses and labels: which shapes fit, and what is said of those that do not."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import losses as _losses
from graphgrad.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    LabelError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

FITTING: list[tuple[Any, Any, tuple[int, ...]]] = [
    (MeanSquaredError, [1.5, -2.0], (2, 1)),
    (MeanSquaredError, [[1.5], [-2.0]], (2, 1)),
    (MeanSquaredError, [[1, 2], [3, 4]], (2, 2)),
    (BinaryCrossentropy, [0, 1], (2, 1)),
    (BinaryCrossentropy, [True, False], (2, 1)),
    (BinaryCrossentropy, [[0.0, 0.5], [1.0, 0.2]], (2, 2)),
    (CategoricalCrossentropy, [[0, 1, 0], [0.5, 0.5, 0]], (2, 3)),
    (SparseCategoricalCrossentropy, [0, 2], (2, 3)),
    (SparseCategoricalCrossentropy, [0.0, 2.0], (2, 3)),
    (SparseCategoricalCrossentropy, [[0], [2]], (2, 3)),
    (SparseCategoricalCrossentropy, [True, False], (2, 2)),
    (SparseCategoricalCrossentropy, [[0, 1], [2, 1]], (2, 2, 3)),
]


@pytest.mark.parametrize(("make", "y", "output"), FITTING)
def test_labels_that_fit_pass(make: Any, y: Any, output: Any) -> None:
    """They pass whatever the batch is called, and the loss reads them."""
    y = np.array(y)
    loss = make()
    for batch in (len(y), None, gg.Dim(32, "batch")):
        loss.check(y, (batch, *output[1:]))
    read = y.reshape(loss.label_spec(output).shape)
    assert math.isfinite(loss(read, np.full(output, 0.5)).item())


REFUSED: list[tuple[Any, Any, tuple[int, ...], type[Exception], str]] = [
    (MeanSquaredError, [[1, 2]], (1, 1), gg.ShapeError, "one label per output"),
    (MeanSquaredError, [[[1]]], (1, 1, 2), gg.ShapeError, "one label per output"),
    (MeanSquaredError, [1, 2, 3], (3, 3), gg.ShapeError, r"give y the shape \(n, 3\)"),
    (MeanSquaredError, [1, np.nan], (2, 1), LabelError, r"hold nan at y\[1\] \(1 of 2"),
    (MeanSquaredError, [[1], [np.inf]], (2, 1), LabelError, r"hold inf at y\[1, 0\]"),
    (MeanSquaredError, ["a", "b"], (2, 1), LabelError, "turn names into numbers"),
    (MeanSquaredError, [1j], (1, 1), LabelError, "take .real or .imag"),
    (BinaryCrossentropy, [-1, 1], (2, 1), LabelError, r"pass \(y \+ 1\) / 2"),
    (
        BinaryCrossentropy,
        [0, 2, 1],
        (3, 1),
        LabelError,
        r"got 2 at y\[1\].*more than two",
    ),
    (BinaryCrossentropy, [np.nan], (1, 1), LabelError, "hold nan"),
    (
        BinaryCrossentropy,
        [[1, 0]],
        (1, 1),
        gg.ShapeError,
        r"output of shape \(batch, 1",
    ),
    (
        BinaryCrossentropy,
        [1, 2],
        (2, 3),
        gg.ShapeError,
        "SparseCategoricalCrossentropy",
    ),
    (CategoricalCrossentropy, [0, 2], (2, 3), gg.ShapeError, r"np\.eye\(3\)\[y\]"),
    (CategoricalCrossentropy, [[0], [2]], (2, 3), gg.ShapeError, r"np\.eye\(3\)\[y\]"),
    (CategoricalCrossentropy, [[0, 1]], (1, 3), gg.ShapeError, "one label per output"),
    (CategoricalCrossentropy, [[0, 2, 0]], (1, 3), LabelError, "share of its class"),
    (SparseCategoricalCrossentropy, [[0, 1, 0]], (1, 3), gg.ShapeError, r"y\.argmax"),
    (
        SparseCategoricalCrossentropy,
        [[0, 1]],
        (1, 3),
        gg.ShapeError,
        "one class number",
    ),
    (
        SparseCategoricalCrossentropy,
        [0, 0.5],
        (2, 3),
        LabelError,
        r"got 0\.5 at y\[1\]",
    ),
    (
        SparseCategoricalCrossentropy,
        [0, 3],
        (2, 3),
        LabelError,
        "from 0 to 2, got 3 at",
    ),
    (SparseCategoricalCrossentropy, [1, 2, 3], (3, 3), LabelError, "pass y - 1"),
    (SparseCategoricalCrossentropy, [-1, 1], (2, 2), LabelError, "np.unique"),
    (SparseCategoricalCrossentropy, [np.nan], (1, 3), LabelError, "hold nan"),
]


@pytest.mark.parametrize(("make", "y", "output", "kind", "said"), REFUSED)
def test_labels_that_do_not_fit_are_refused(
    make: Any, y: Any, output: Any, kind: type[Exception], said: str
) -> None:
    """The error names the loss, what came and the way out, and is a ValueError."""
    for batch in (len(y), None):
        with pytest.raises(kind, match=said) as caught:
            make().check(np.array(y), (batch, *output[1:]))
        assert str(caught.value).startswith(make.__name__)
        assert isinstance(caught.value, ValueError)


def test_functions_check_numbers_alone() -> None:
    """What shape labels have is the business of the function; NaN is nobody's."""
    loss = _losses.get(lambda _, y_pred: y_pred)
    loss.check(np.zeros((3, 7)), (3, 2))
    loss.check(np.zeros(3), (3, 2))
    with pytest.raises(LabelError, match="lambda: the labels hold nan"):
        loss.check(np.array([np.nan]), (1, 1))


def test_a_function_that_may_broadcast_gives_a_warning() -> None:
    """Labels (3, 7) against outputs (3, 1): Keras trains on what is broadcast."""
    loss = _losses.get(lambda y_true, y_pred: y_true - y_pred)
    with pytest.warns(UserWarning, match=r"lambda gets labels of shape \(3, 7\) as"):
        loss.check(np.zeros((3, 7)), (3, 1))
