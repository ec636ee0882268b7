"""Strategies for losses with labels that fit, and for whole models with data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad import losses
from graphgrad._types import Array
from graphgrad.testing._asked import check_whole
from graphgrad.testing._asked_strategies import as_kinds
from graphgrad.testing._domains import away_from, between
from graphgrad.testing._hypothesis import st
from graphgrad.testing._strategies_arrays import arrays
from graphgrad.testing._strategies_layers import inputs, layers
from graphgrad.testing._strategies_optimizers import optimizers

__all__ = ["LossCase", "ModelCase", "losses_with_labels", "models"]


class LossCase(NamedTuple):
    """A loss, labels and predictions that fit, and the activation that makes such.

    >>> from graphgrad.testing import strategies as gst
    >>> case = gst.smallest(gst.losses_with_labels(rows=2))
    >>> case.y_true.shape == case.y_pred.shape, case.activation
    (True, None)
    """

    loss: losses.Loss
    y_true: Array
    y_pred: Array
    activation: str | None


class ModelCase(NamedTuple):
    """A compiled model, and data that it can be trained with.

    >>> from graphgrad.testing import strategies as gst
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    >>> ModelCase(model, np.ones((3, 2)), np.ones((3, 1))).x.shape
    (3, 2)
    """

    model: gg.Sequential
    x: Array
    y: Array


class Task(NamedTuple):
    """What labels a loss takes, what outputs, and how many outputs per sample."""

    labels: Callable[[int, int], st.SearchStrategy[Array]]
    outputs: Callable[[int, int], st.SearchStrategy[Array]]
    activation: str | None
    units: st.SearchStrategy[int]


# ---- labels and outputs --------------------------------------------------------------

SHARES = between(0.0625, 0.9375)


def _numbers(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("float32", (rows, units))


def _nonzero(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("float32", (rows, units), away_from(0.0))


def _positive(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("float32", (rows, units), between(0.125, 3))


def _counts(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("int64", (rows, units), between(0, 3)).map(_float32)


def _bits(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("int64", (rows, units), between(0, 1)).map(_float32)


def _signs(rows: int, units: int) -> st.SearchStrategy[Array]:
    return _bits(rows, units).map(lambda y: 2 * y - 1)


def _classes(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("int64", (rows,), between(0, units - 1))


def _one_hot(rows: int, units: int) -> st.SearchStrategy[Array]:
    return _classes(rows, units).map(lambda y: np.eye(units, dtype="float32")[y])


def _shares(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("float32", (rows, units), SHARES).map(
        lambda p: np.asarray(p / p.sum(axis=-1, keepdims=True))
    )


def _chances(rows: int, units: int) -> st.SearchStrategy[Array]:
    return arrays("float32", (rows, units), SHARES)


def _directions(rows: int, units: int) -> st.SearchStrategy[Array]:
    return _nonzero(rows, units).map(
        lambda p: np.asarray(p / np.linalg.norm(p, axis=-1, keepdims=True))
    )


def _float32(y: Array) -> Array:
    return np.asarray(y, np.float32)


# ---- which loss takes which ----------------------------------------------------------

one = st.integers(1, 3)
two = st.integers(2, 3)
smoothing = st.sampled_from([0.0, 0.125])

regression = Task(_numbers, _numbers, None, one)
nonzero = Task(_nonzero, _nonzero, None, one)
directed = Task(_nonzero, _nonzero, None, two)
positive = Task(_positive, _positive, "softplus", one)
counting = Task(_counts, _positive, "softplus", one)
margins = Task(_signs, _numbers, None, one)
binary = Task(_bits, _chances, "sigmoid", one)
binary_logits = Task(_bits, _numbers, None, one)
categorical = Task(_one_hot, _shares, "softmax", two)
categorical_logits = Task(_one_hot, _numbers, None, two)
sparse = Task(_classes, _shares, "softmax", two)
sparse_logits = Task(_classes, _numbers, None, two)
distributions = Task(_shares, _shares, "softmax", two)
metric = Task(_classes, _directions, "unit", two)


logits: dict[str, Any] = {"from_logits": st.just(True)}
smooth: dict[str, Any] = {"label_smoothing": smoothing}
focus: dict[str, Any] = {"gamma": st.sampled_from([2.0, 1.0])}

# Each class, its settings, and its task; the simplest first.
Row = tuple[Callable[..., losses.Loss], dict[str, Any], Task]
LOSSES: list[Row] = [
    (losses.MeanSquaredError, {}, regression),
    (losses.MeanAbsoluteError, {}, regression),
    (losses.Huber, {"delta": st.sampled_from([1.0, 0.5])}, regression),
    (losses.LogCosh, {}, regression),
    (
        losses.FunctionLoss,
        {"function": st.sampled_from(["log_cosh", "huber"])},
        regression,
    ),
    (losses.CosineSimilarity, {}, directed),
    (losses.MeanAbsolutePercentageError, {}, nonzero),
    (losses.MeanSquaredLogarithmicError, {}, positive),
    (losses.Poisson, {}, counting),
    (losses.BinaryCrossentropy, smooth, binary),
    (losses.BinaryCrossentropy, smooth | logits, binary_logits),
    (losses.BinaryFocalCrossentropy, smooth | focus, binary),
    (losses.BinaryFocalCrossentropy, smooth | focus | logits, binary_logits),
    (losses.CategoricalCrossentropy, smooth, categorical),
    (losses.CategoricalCrossentropy, smooth | logits, categorical_logits),
    (losses.CategoricalFocalCrossentropy, smooth | focus, categorical),
    (losses.CategoricalFocalCrossentropy, smooth | focus | logits, categorical_logits),
    (losses.SparseCategoricalCrossentropy, {}, sparse),
    (losses.SparseCategoricalCrossentropy, logits, sparse_logits),
    (losses.Crossentropy, {}, sparse),
    (losses.Crossentropy, logits, sparse_logits),
    (
        losses.CategoricalGeneralizedCrossEntropy,
        {"q": st.sampled_from([0.5, 1.0])},
        sparse,
    ),
    (losses.KLDivergence, {}, distributions),
    (losses.Hinge, {}, margins),
    (losses.SquaredHinge, {}, margins),
    (losses.CategoricalHinge, {}, categorical_logits),
    (losses.Dice, {"axis": st.just(-1)}, binary),
    (losses.Tversky, {"axis": st.just(-1)}, binary),
    (losses.Circle, {"gamma": st.sampled_from([1.0, 2.0])}, metric),
]


def losses_with_labels(
    rows: int | None = None,
    kinds: Sequence[Callable[..., losses.Loss]] | None = None,
) -> st.SearchStrategy[LossCase]:
    """Return a strategy for losses with labels and predictions that they take.

    Every class of graphgrad's, with settings, or those of ``kinds``; for ``rows``
    samples, or for a few.

    >>> from graphgrad import losses
    >>> from graphgrad.testing import strategies as gst
    >>> case = gst.smallest(gst.losses_with_labels(2, [losses.BinaryCrossentropy]))
    >>> case.y_true.tolist(), case.y_pred.tolist(), case.activation
    ([[0.0], [0.0]], [[0.5], [0.5]], 'sigmoid')
    """
    if rows is not None:
        check_whole("rows", rows, 0)
    known = dict.fromkeys(row[0] for row in LOSSES)
    chosen = as_kinds(kinds, known, "graphgrad.losses", "Huber")
    return _losses(rows, [row for row in LOSSES if row[0] in chosen])


@st.composite
def _losses(draw: st.DrawFn, rows: int | None, table: list[Row]) -> LossCase:
    make, settings, task = draw(st.sampled_from(table))
    count = draw(st.integers(1, 4)) if rows is None else rows
    units = draw(task.units)
    loss = make(**{name: draw(each) for name, each in settings.items()})
    y_true, y_pred = draw(task.labels(count, units)), draw(task.outputs(count, units))
    return LossCase(loss, y_true, y_pred, task.activation)


def models(max_layers: int = 3) -> st.SearchStrategy[ModelCase]:
    """Return a strategy for compiled models of up to ``max_layers`` and one more layer.

    Loss, last layer and labels fit each other, the layers follow each other by their
    shapes, and the optimizer is any.

    >>> from graphgrad.testing import strategies as gst
    >>> model, x, y = gst.smallest(gst.models())
    >>> [layer.title() for layer in model.layers], x.shape, y.shape
    (['Dense(1)'], (2, 1), (2, 1))
    """
    check_whole("max_layers", max_layers, 0)
    return _models(max_layers)


@st.composite
def _models(draw: st.DrawFn, max_layers: int) -> ModelCase:
    # A batch of one sample has no statistics, about which layers warn.
    case = draw(losses_with_labels(draw(st.integers(2, 5))))
    sides = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=3)))
    stack, shape = draw(_stacks(sides, max_layers))
    x = draw(inputs(stack[0] if stack else gg.Flatten(), sides, len(case.y_true)))
    if len(shape) > 2:
        stack.append(gg.Flatten())
    unit = case.activation == "unit"
    stack.append(gg.Dense(case.y_pred.shape[-1], None if unit else case.activation))
    if unit:
        stack.append(gl.UnitNormalization())
    model = gg.Sequential([gg.Input(sides), *stack])
    model.compile(draw(optimizers()), case.loss)
    return ModelCase(model, x, case.y_true)


@st.composite
def _stacks(
    draw: st.DrawFn, sides: tuple[int, ...], most: int
) -> tuple[list[Any], tuple[int | None, ...]]:
    stack: list[gg.Layer] = []
    shape: tuple[int | None, ...] = (None, *sides)
    for _ in range(draw(st.integers(0, most))):
        layer = draw(layers(shape[1:]))
        # Numbers that count something are what a model starts with.
        if stack and isinstance(layer, gl.Embedding):
            continue
        stack.append(layer)
        shape = layer.compute_output_shape(shape)
    return stack, shape
