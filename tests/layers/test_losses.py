"""What all losses share: names, reductions, weights, ranks, and checks of labels."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad import losses as _losses
from graphgrad.layers._numbered import NumberedLoss
from graphgrad.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    FunctionLoss,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)

LOSSES: list[Any] = [
    _losses.BinaryCrossentropy,
    _losses.BinaryFocalCrossentropy,
    _losses.CategoricalCrossentropy,
    _losses.CategoricalFocalCrossentropy,
    _losses.CategoricalGeneralizedCrossEntropy,
    _losses.CategoricalHinge,
    _losses.CosineSimilarity,
    _losses.Crossentropy,
    functools.partial(_losses.Dice, axis=-1),
    _losses.Hinge,
    _losses.Huber,
    _losses.KLDivergence,
    _losses.LogCosh,
    _losses.MeanAbsoluteError,
    _losses.MeanAbsolutePercentageError,
    _losses.MeanSquaredError,
    _losses.MeanSquaredLogarithmicError,
    _losses.Poisson,
    _losses.SparseCategoricalCrossentropy,
    _losses.SquaredHinge,
    functools.partial(_losses.Tversky, axis=-1),
]
# Those of what may be better than right: a direction, shares that do not sum to 1.
SIGNED = (_losses.CosineSimilarity, _losses.KLDivergence)
ELEMENTWISE: list[Any] = [
    _losses.BinaryCrossentropy,
    _losses.BinaryFocalCrossentropy,
    _losses.Crossentropy,
    _losses.Hinge,
    _losses.Huber,
    _losses.LogCosh,
    _losses.MeanAbsoluteError,
    _losses.MeanAbsolutePercentageError,
    _losses.MeanSquaredError,
    _losses.MeanSquaredLogarithmicError,
    _losses.Poisson,
    _losses.SquaredHinge,
]
shares = st.floats(0, 1, width=32)


@st.composite
def batches(draw: st.DrawFn) -> tuple[Any, Any]:
    """Draw labels and probabilities of one shape."""
    shape = draw(st.tuples(st.integers(1, 5), st.integers(2, 4)))
    y, p = (draw(hnp.arrays(np.float64, shape, elements=shares)) for _ in range(2))
    return y, p + 0.01


def drawn_for(loss: Loss, y: Any) -> Any:
    """Return labels that the loss can read."""
    sparse = isinstance(loss, NumberedLoss | _losses.Crossentropy)
    return y.argmax(axis=-1) if sparse else y


# ---- names ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("bce", BinaryCrossentropy),
        ("BCE", BinaryCrossentropy),
        ("binary_crossentropy", BinaryCrossentropy),
        ("BinaryCrossentropy", BinaryCrossentropy),
        ("categorical_crossentropy", CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
        ("mse", MeanSquaredError),
        ("MSE", MeanSquaredError),
        (MeanSquaredError, MeanSquaredError),
        (_losses.mean_squared_error, MeanSquaredError),
        (_losses.binary_crossentropy, BinaryCrossentropy),
        (lambda _, y_pred: y_pred, FunctionLoss),
    ],
)
def test_keras_names(name: Any, kind: type) -> None:
    """A name, a class, one of our functions or any other leads to a loss."""
    assert type(_losses.get(name)) is kind


@pytest.mark.parametrize("make", LOSSES)
def test_default_names_are_keras(make: Any) -> None:
    """The name is the function's, and the scope of the nodes."""
    loss = make()
    assert _losses.get(loss) is loss
    assert type(_losses.get(loss.name)) is type(loss)


@pytest.mark.parametrize("thing", [3, None, dict, ["mse"]])
def test_what_is_no_loss_is_refused(thing: Any) -> None:
    """The message says what would do."""
    with pytest.raises(TypeError, match="a loss must be a name such as 'mse'"):
        _losses.get(thing)


def test_arguments_are_checked() -> None:
    """A wrong argument is an error where the loss is made."""
    with pytest.raises(ValueError, match="reduction must be one of 'sum_over_batch"):
        MeanSquaredError(reduction="average")
    with pytest.raises(ValueError, match="label_smoothing must be at least 0"):
        BinaryCrossentropy(label_smoothing=1.5)
    with pytest.raises(ValueError, match="from_logits must be True or False"):
        CategoricalCrossentropy(from_logits="yes")  # type: ignore[arg-type]


# ---- laws ----------------------------------------------------------------------------


@pytest.mark.parametrize("make", [each for each in LOSSES if each not in SIGNED])
@given(batch=batches())
def test_losses_are_not_negative(make: Any, batch: Any) -> None:
    """No prediction is better than right, whatever the labels."""
    y, p = batch
    y, p = np.round(y), np.minimum(p, 1)
    assert make()(drawn_for(make(), y), p).item() >= -1e-7


@pytest.mark.parametrize("make", LOSSES)
@given(batch=batches())
def test_reductions_follow_from_the_values(make: Any, batch: Any) -> None:
    """Mean and sum are those of the values per sample, which `none` gives."""
    y, p = batch
    y = drawn_for(make(), y)
    values = make(reduction="none")(y, p).numpy()
    assert (len(p),) == values.shape
    assert (values == make(reduction=None)(y, p).numpy()).all()
    assert pytest.approx(values.mean()) == make()(y, p).item()
    assert pytest.approx(values.mean()) == make(reduction="mean")(y, p).item()
    assert pytest.approx(values.sum()) == make(reduction="sum")(y, p).item()
    weighted = make(reduction="mean_with_sample_weight")
    assert pytest.approx(values.mean()) == weighted(y, p).item()


@pytest.mark.parametrize("make", LOSSES)
@given(batch=batches(), data=st.data())
def test_weights_multiply_the_values(
    make: Any, batch: Any, data: st.DataObject
) -> None:
    """The mean divides by the number of samples, or on request by the weights' sum."""
    y, p = batch
    y = drawn_for(make(), y)
    w = data.draw(hnp.arrays(np.float64, len(p), elements=shares))
    values = make(reduction="none")(y, p).numpy()
    expected = (w * values).sum()
    assert pytest.approx(expected / len(p)) == make()(y, p, w).item()
    assert pytest.approx(expected / len(p)) == make()(y, p, w[:, None]).item()
    assert pytest.approx(expected) == make(reduction="sum")(y, p, w).item()
    mean = make(reduction="mean_with_sample_weight")(y, p, w).item()
    assert pytest.approx(expected / w.sum() if w.any() else 0) == mean


def test_weights_match_samples_not_the_last_axis() -> None:
    """Three weights for three rows of three values weigh rows; two are refused."""
    loss = FunctionLoss(lambda _, y_pred: y_pred, "values", reduction="none")
    ones = np.ones((3, 3))
    assert [[1] * 3, [2] * 3, [3] * 3] == loss(ones, ones, [1, 2, 3]).tolist()
    with pytest.raises(gg.ShapeError, match=r"sample_weight of shape \(2,\)"):
        loss(ones, ones, [1, 2])


@pytest.mark.parametrize("make", ELEMENTWISE)
@given(
    hnp.arrays(np.float64, 4, elements=shares),
    hnp.arrays(np.float64, 4, elements=shares),
)
def test_one_column_or_none_is_the_same(make: Any, y: Any, p: Any) -> None:
    """Labels and output may be (n,) or (n, 1); nothing is broadcast (keras#14627)."""
    expected = make()(y[:, None], p[:, None]).item()
    for labels, output in ((y, p[:, None]), (y[:, None], p), (y, p)):
        assert pytest.approx(expected) == make()(labels, output).item()


@pytest.mark.parametrize("shape", [(4, 2), (4, 2, 1), (2, 1), ()])
@pytest.mark.parametrize("make", ELEMENTWISE)
def test_other_shapes_are_refused(make: Any, shape: tuple[int, ...]) -> None:
    """Keras trains on (n, 2) labels against (n, 1) outputs by broadcasting."""
    with pytest.raises(gg.ShapeError, match="one label per output"):
        make()(np.zeros(shape), np.zeros((4, 1)))


@pytest.mark.parametrize("make", LOSSES)
def test_float32_stays_float32(make: Any) -> None:
    """Labels of any dtype and constants leave the dtype of the output as it is."""
    p = gg.tensor(np.full((2, 3), 0.3, np.float32), requires_grad=True)
    for dtype in (np.int64, np.float64, np.bool_):
        y = drawn_for(make(), np.eye(2, 3).astype(dtype))
        loss = make()(y, p)
        assert np.float32 == loss.dtype
        loss.backward()
        assert p.grad is not None
        assert np.float32 == p.grad.dtype


@pytest.mark.parametrize("make", LOSSES)
def test_nodes_stand_in_the_place_of_the_loss(make: Any) -> None:
    """All that a loss records is of phase loss, in a scope of its name."""
    loss = make(name="mine")
    batch = gg.Dim(32, "batch")
    y = loss.label_spec((batch, 3))
    graph = gg.trace(lambda y, z: loss(y, gg.softmax(z)), y, gg.Spec((batch, 3)))
    own = [node for node in graph.operations if node.phase == "loss"]
    assert {"mine"} == {node.scope for node in own}
    assert graph.outputs[0] in own
    assert {"forward"} == {n.phase for n in graph.operations} - {"loss"}


@pytest.mark.parametrize("make", LOSSES)
@given(batch=batches())
def test_label_spec_is_what_the_loss_reads(make: Any, batch: Any) -> None:
    """A program traced from the spec computes the eager value."""
    y, p = batch
    loss = make()
    spec = loss.label_spec(p.shape)
    y = drawn_for(loss, y).astype(spec.dtype)
    graph = gg.trace(loss, spec, gg.Spec(p.shape, p.dtype))
    (found,) = gg.Program(graph)(y, p)
    assert pytest.approx(loss(y, p).item(), rel=1e-6) == float(found)


# ---- functions -----------------------------------------------------------------------


def test_a_function_is_a_loss() -> None:
    """It gets labels in the rank and dtype of the output, and its name is the loss'."""

    def miss(y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        assert y_true.shape == y_pred.shape
        return abs(y_true - y_pred)

    loss = _losses.get(miss)
    assert "miss" == loss.name == loss.title()
    assert 1.5 == loss(np.array([1, 2]), gg.tensor([[1.0], [5.0]])).item()
    assert 1.5 == loss(np.array([[1], [2]]), gg.tensor([1.0, 5.0])).item()


def test_a_function_that_returns_no_tensor_is_refused() -> None:
    """NumPy inside of a loss would be no part of the graph."""
    loss = _losses.get(lambda *_: 0.0)
    with pytest.raises(TypeError, match="loss 'lambda' returned float, expected a ten"):
        loss([1.0], [1.0])


def test_a_loss_of_ones_own() -> None:
    """A subclass states the values per sample; all else is there."""

    class Power(Loss):
        def __init__(self, exponent: float) -> None:
            super().__init__()
            self.exponent = exponent

        def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
            return gg.mean(abs(y_true - y_pred) ** self.exponent, axis=-1)

    loss = Power(3)
    assert "power" == loss.name
    assert 4.5 == loss([[1.0], [1.0]], gg.tensor([[2.0], [3.0]])).item()
