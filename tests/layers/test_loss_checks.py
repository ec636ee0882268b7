"""What does not fit a loss is said before training: labels, outputs, arguments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import losses
from graphgrad.losses import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Crossentropy,
    Dice,
    Hinge,
    Huber,
    KLDivergence,
    LabelError,
    LogCosh,
    Loss,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    OutputError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)

# ---- labels --------------------------------------------------------------------------

FITTING: list[tuple[Any, Any, tuple[int, ...]]] = [
    (Hinge(), [-1, 1], (2, 1)),
    (Hinge(), [[0], [1]], (2, 1)),
    (Hinge(), [True, False], (2, 1)),
    (SquaredHinge(), [[1, 1]], (1, 2)),
    (CategoricalHinge(), [[0, 1, 0]], (1, 3)),
    (KLDivergence(), [[0.5, 0.5]], (1, 2)),
    (Poisson(), [0, 3, 1.5], (3, 1)),
    (MeanSquaredLogarithmicError(), [0, 7], (2, 1)),
    (MeanAbsolutePercentageError(), [-1, 0.1], (2, 1)),
    (Dice(), [[0, 1], [1, 0.5]], (2, 2)),
    (Circle(), [7, -2, 7], (3, 2)),
    (Circle(), [[7], [2]], (2, 2)),
    (CategoricalGeneralizedCrossEntropy(), [0, 1], (2, 2)),
    (SparseCategoricalCrossentropy(axis=1), [[0, 1, 1, 0]], (1, 2, 4)),
    (Crossentropy(), [0, 1], (2, 1)),
    (Crossentropy(), [[0], [1]], (2, 2)),
    (Crossentropy(), [2, 1], (2, 3)),
    (Crossentropy(), [[0, 1, 0]], (1, 3)),
]


@pytest.mark.parametrize(("loss", "y", "output"), FITTING)
def test_labels_that_fit_pass(loss: Any, y: Any, output: Any) -> None:
    """Whatever the batch is called."""
    for batch in (len(y), None):
        loss.check(np.array(y), (batch, *output[1:]))


REFUSED: list[tuple[Any, Any, tuple[int, ...], type[Exception], str]] = [
    (Hinge(), [0, 0.5], (2, 1), LabelError, r"-1 and 1, or 0 and 1, got 0\.5 at y\[1"),
    (Hinge(), [-1, 0, 1], (3, 1), LabelError, r"got 0 at y\[1\].*there are labels -1"),
    (
        SquaredHinge(),
        [1, 2],
        (2, 1),
        LabelError,
        r"got 2 at y\[1\] \(1 of class 1, 1 of 2\); turn two",
    ),
    (Hinge(), [[1, 1]], (1, 1), gg.ShapeError, "one label per output"),
    (CategoricalHinge(), [1, 2], (2, 3), gg.ShapeError, r"np\.eye\(3\)\[y\]"),
    (CategoricalHinge(), [[-1, 1]], (1, 2), LabelError, r"got -1 at y\[0, 0\]"),
    (KLDivergence(), [[2, 3]], (1, 2), LabelError, "divide each row by its sum"),
    (KLDivergence(), [0, 1], (2, 3), gg.ShapeError, "SparseCategoricalCrossentropy"),
    (Poisson(), [1, -1], (2, 1), LabelError, r"at least 0, got -1 at y\[1\] \(1 of 2"),
    (MeanSquaredLogarithmicError(), [-0.5], (1, 1), LabelError, "got -0.5 at"),
    (Dice(), [0, 255], (2, 1), LabelError, "inside of the region"),
    (Tversky(), [[-1, 0]], (1, 2), LabelError, "between 0 and 1, got -1"),
    (BinaryFocalCrossentropy(), [-1, 1], (2, 1), LabelError, r"pass \(y \+ 1\) / 2"),
    (CategoricalFocalCrossentropy(), [0, 1], (2, 3), gg.ShapeError, r"np\.eye\(3\)"),
    (CategoricalGeneralizedCrossEntropy(), [0, 2], (2, 2), LabelError, "0 to 1, got 2"),
    (Circle(), [[0, 1]], (1, 2), gg.ShapeError, "one class number"),
    (
        Circle(),
        [0.5],
        (1, 2),
        LabelError,
        r"class numbers, got 0\.5 at y\[0\] \(1 of 1\); for",
    ),
    (Huber(), [[1, 2]], (1, 1), gg.ShapeError, "nothing is broadcast"),
    (LogCosh(), [np.nan], (1, 1), LabelError, "hold nan"),
    (CosineSimilarity(), [1, 2], (2, 2), gg.ShapeError, r"the shape \(n, 2\)"),
    (Crossentropy(), [0, 2], (2, 1), LabelError, "between 0 and 1, got 2"),
    (Crossentropy(), [0, 3], (2, 3), LabelError, "from 0 to 2, got 3"),
    (
        SparseCategoricalCrossentropy(axis=1),
        [[0, 3]],
        (1, 3, 2),
        LabelError,
        "from 0 to 2, got 3",
    ),
]


@pytest.mark.parametrize(("loss", "y", "output", "kind", "said"), REFUSED)
def test_labels_that_do_not_fit_are_refused(
    loss: Any, y: Any, output: Any, kind: type[Exception], said: str
) -> None:
    """Keras trains on every one of these, or fails in the midst of a graph."""
    with pytest.raises(kind, match=said) as caught:
        loss.check(np.array(y), output)
    assert isinstance(caught.value, ValueError)


def test_percentages_of_zero_give_a_warning() -> None:
    """Keras divides by 1e-7, and the loss is a billion without a word."""
    y = np.array([[1.0], [0.0], [0.0]])
    with pytest.warns(UserWarning, match=r"got 0.0 at y\[1, 0\] \(2 of 3\): a miss by"):
        MeanAbsolutePercentageError().check(y, (3, 1))


# ---- outputs -------------------------------------------------------------------------

ACTIVATIONS: dict[str, Any] = {
    "linear": lambda x: x,
    "sigmoid": gg.sigmoid,
    "softmax": gg.softmax,
    "tanh": gg.tanh,
}


def record(loss: Loss, activation: str, width: int) -> gg.Graph:
    """Trace the loss of a layer's output."""
    shape = (gg.Dim(32, "batch"), width)
    return gg.trace(
        lambda x, w, y: loss(y, ACTIVATIONS[activation](x @ w)),
        gg.Spec((shape[0], 2)),
        gg.Spec((2, width)),
        loss.label_spec(shape),
    )


@pytest.mark.parametrize(
    ("loss", "activation", "width", "said"),
    [
        (BinaryFocalCrossentropy(), "linear", 1, "'sigmoid', or none, and the loss"),
        (BinaryFocalCrossentropy(from_logits=True), "sigmoid", 1, "expects logits"),
        (CategoricalFocalCrossentropy(), "tanh", 3, "expects probabilities"),
        (CategoricalFocalCrossentropy(), "softmax", 1, "an output for each class"),
        (CategoricalGeneralizedCrossEntropy(), "linear", 3, "activation 'softmax'$"),
        (KLDivergence(), "linear", 3, "activation 'softmax'$"),
        (KLDivergence(), "sigmoid", 1, "an output for each class"),
        (Dice(), "linear", 3, "activation 'sigmoid'$"),
        (Tversky(), "tanh", 3, "comes from tanh"),
        (CosineSimilarity(), "linear", 1, "one number per sample"),
        (Crossentropy(), "linear", 1, "'sigmoid', or none"),
        (Crossentropy(), "linear", 3, "'softmax', or none"),
        (Crossentropy(from_logits=True), "softmax", 3, "expects logits"),
    ],
)
def test_outputs_of_another_kind_are_refused(
    loss: Loss, activation: str, width: int, said: str
) -> None:
    """Where it is certain that they are no probabilities, no logits, no vectors."""
    with pytest.raises(OutputError, match=said):
        record(loss, activation, width)


@pytest.mark.parametrize(
    ("loss", "activation", "width"),
    [
        (Hinge(), "linear", 1),
        (Hinge(), "tanh", 1),
        (Hinge(), "sigmoid", 1),
        (Poisson(), "linear", 1),
        (CategoricalHinge(), "softmax", 3),
        (CosineSimilarity(), "linear", 2),
        (Circle(), "linear", 2),
        (BinaryFocalCrossentropy(from_logits=True), "linear", 1),
        (Crossentropy(), "sigmoid", 1),
        (Crossentropy(), "softmax", 3),
    ],
)
def test_what_may_be_right_passes(loss: Loss, activation: str, width: int) -> None:
    """Only what is certainly wrong is refused."""
    assert record(loss, activation, width).outputs[0].shape == ()


@pytest.mark.parametrize(
    "make",
    [
        losses.BinaryCrossentropy,
        BinaryFocalCrossentropy,
        losses.CategoricalCrossentropy,
        CosineSimilarity,
    ],
)
def test_the_axis_of_the_samples_is_refused(make: Any) -> None:
    """Values per column would be taken for values per sample, and weighed as such."""
    p = np.full((2, 2), 0.5)
    with pytest.raises(gg.ShapeError, match=r"axis 0 of .* is that of the samples"):
        make(axis=0)(p, p)
    with pytest.raises(gg.ShapeError, match="has no axis 2"):
        make(axis=2)(p, p)


def test_a_number_of_weights_per_class_is_checked() -> None:
    """It is known when the output is."""
    with pytest.raises(ValueError, match="alpha has 2 numbers for 3 classes"):
        record(CategoricalFocalCrossentropy(alpha=[0.5, 0.5]), "softmax", 3)


QUOTED: Any = "1"
HALF: Any = 0.5


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Huber(delta=0), "Huber's delta must be above 0"),
        (lambda: Huber(delta=QUOTED), "write it without quotes"),
        (lambda: BinaryFocalCrossentropy(gamma=-1), "gamma must be at least 0"),
        (lambda: BinaryFocalCrossentropy(alpha=2), "alpha must be .*at most 1"),
        (lambda: CategoricalGeneralizedCrossEntropy(q=0), "q must be above 0"),
        (lambda: CategoricalFocalCrossentropy(alpha=[1, -1]), "alpha must be at least"),
        (lambda: CosineSimilarity(axis=True), "axis must be a whole number, got True"),
        (lambda: Dice(axis=(QUOTED,)), r"a whole number or several, got \('1',\)"),
        (lambda: Circle(gamma=0), "gamma must be above 0"),
        (lambda: MeanSquaredError(reduction="average"), "reduction must be one of"),
        (lambda: MeanSquaredError(dtype="float16"), "must be None or 'float32', got"),
        (lambda: SparseCategoricalCrossentropy(ignore_class=HALF), "whole number"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """Where the loss is made."""
    with pytest.raises(ValueError, match=said):
        make()
