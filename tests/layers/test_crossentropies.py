"""Cross-entropies have Keras' numbers, and exact ones where a sigmoid saturates."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad.layers._outputs import OutputError
from graphgrad.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
    binary_crossentropy,
    categorical_crossentropy,
    sparse_categorical_crossentropy,
)

f32 = np.float32
logits = hnp.arrays(np.float64, (3, 4), elements=st.floats(-300, 300))
mild = hnp.arrays(np.float64, (3, 4), elements=st.floats(-8, 8))
shares = hnp.arrays(np.float64, (3, 4), elements=st.floats(0, 1))


def stable(loss: Any, activation: Any, y: Any, z: Any) -> tuple[Any, Any]:
    """Return loss and gradient by ``z`` of the program with the joint forms."""

    def objective(z: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        return loss(y, activation(z))  # type: ignore[no-any-return]

    graph = gg.passes.joint_forms(gg.trace(objective, z, y))

    def step(z: gg.Tensor, y: gg.Tensor) -> Any:
        (value,) = gg.inline(graph, [z, y])
        return value, gg.gradients(value, [z])[0]

    value, slope = gg.Program(gg.passes.optimize(gg.trace(step, z, y)))(z, y)
    return value, slope


# ---- binary --------------------------------------------------------------------------


def test_probabilities_are_clipped_as_in_keras() -> None:
    """A wrong label at z = ±50 costs 16.03 on average: 15.94 and 16.118."""
    z = np.array([[50.0], [-50.0]], f32)
    y = np.array([[0.0], [1.0]], f32)
    p = gg.sigmoid(gg.tensor(z))
    assert pytest.approx(16.03, abs=5e-3) == BinaryCrossentropy()(y, p).item()
    first, second = binary_crossentropy(y, p).tolist()
    assert pytest.approx(15.94, abs=5e-3) == first
    assert pytest.approx(-math.log(1e-7), abs=1e-3) == second


@pytest.mark.parametrize("z", [50.0, -50.0])
def test_a_program_is_exact_where_the_sigmoid_saturates(z: float) -> None:
    """A wrong label at z = ±50 costs exactly 50, and its gradient is σ(z) - y = ±1."""
    y = np.array([[float(z < 0)]], f32)
    value, slope = stable(BinaryCrossentropy(), gg.sigmoid, y, np.array([[z]], f32))
    assert 50.0 == value
    assert [[math.copysign(1, z)]] == slope.tolist()


@given(logits, shares, st.sampled_from([0.0, 0.1, 1.0]))
def test_from_logits_is_the_joint_form(z: Any, y: Any, smoothing: float) -> None:
    """A sigmoid in the model and from_logits=True give the same loss and gradient."""
    through = BinaryCrossentropy(label_smoothing=smoothing)
    direct = BinaryCrossentropy(from_logits=True, label_smoothing=smoothing)
    one, other = (
        stable(through, gg.sigmoid, y, z),
        stable(direct, gg.identity, y, z),
    )
    np.testing.assert_allclose(one[0], other[0])
    np.testing.assert_allclose(one[1], other[1])


@given(logits, shares)
def test_the_gradient_by_logits_is_sigmoid_minus_label(z: Any, y: Any) -> None:
    """Divided by the number of outputs, as the loss is a mean."""
    loss = BinaryCrossentropy(from_logits=True)
    slope = gg.grad(lambda t: loss(y, t))(z).numpy()
    with np.errstate(over="ignore"):
        expected = (1 / (1 + np.exp(-z)) - y) / z.size
    np.testing.assert_allclose(slope, expected, atol=1e-15)


@given(mild, shares)
def test_probabilities_and_logits_agree(z: Any, y: Any) -> None:
    """Away from the clipping the eager forms agree too."""
    p = gg.sigmoid(gg.tensor(z))
    np.testing.assert_allclose(
        binary_crossentropy(y, p).numpy(),
        binary_crossentropy(y, z, from_logits=True).numpy(),
        rtol=1e-6,
    )


def test_smoothing_moves_labels_to_the_middle() -> None:
    """Labels 0 and 1 become s/2 and 1 - s/2; at s = 1 all are 1/2."""
    p = np.array([[0.2], [0.2]])
    found = binary_crossentropy([[0], [1]], p, label_smoothing=0.5).tolist()
    low, high = -math.log(0.2), -math.log(0.8)
    assert pytest.approx([0.25 * low + 0.75 * high, 0.75 * low + 0.25 * high]) == found
    even = binary_crossentropy([[0], [1]], p, label_smoothing=1.0).tolist()
    assert pytest.approx(even[0]) == even[1]


def test_the_axis_is_averaged() -> None:
    """Over the last axis unless another one is asked for."""
    y, p = np.ones((2, 3)), np.array([[0.5, 0.25, 0.125]] * 2)
    found = binary_crossentropy(y, p)
    assert pytest.approx([2 * math.log(2)] * 2) == found.tolist()
    columns = binary_crossentropy(y, p, axis=0)
    assert pytest.approx([math.log(2) * k for k in (1, 2, 3)]) == columns.tolist()


# ---- categories ----------------------------------------------------------------------


@pytest.mark.parametrize("sparse", [False, True])
def test_a_program_is_exact_where_the_softmax_saturates(sparse: bool) -> None:
    """A wrong label at 200 costs exactly 200, with the gradient softmax - label."""
    z = np.array([[200.0, 0.0, 0.0]], f32)
    loss: Any = SparseCategoricalCrossentropy() if sparse else CategoricalCrossentropy()
    y = np.array([1]) if sparse else np.array([[0, 1, 0]], f32)
    value, slope = stable(loss, gg.softmax, y, z)
    assert 200.0 == value
    assert [[1, -1, 0]] == slope.tolist()


@given(logits, st.lists(st.integers(0, 3), min_size=3, max_size=3))
def test_class_numbers_and_one_hot_agree(z: Any, labels: list[int]) -> None:
    """Both give the loss and the gradient softmax - one_hot, also from logits."""
    numbers = np.array(labels)
    one_hot = np.eye(4)[numbers]
    found = [
        stable(SparseCategoricalCrossentropy(), gg.softmax, numbers, z),
        stable(CategoricalCrossentropy(), gg.softmax, one_hot, z),
        stable(
            SparseCategoricalCrossentropy(from_logits=True), gg.identity, numbers, z
        ),
        stable(CategoricalCrossentropy(from_logits=True), gg.identity, one_hot, z),
    ]
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    for value, slope in found:
        np.testing.assert_allclose(value, found[0][0])
        np.testing.assert_allclose(slope, (p - one_hot) / 3, atol=1e-12)


@given(hnp.arrays(np.float64, (2, 3), elements=st.floats(0.01, 5)))
def test_predictions_are_divided_by_their_sum(p: Any) -> None:
    """So any positive numbers will do, and their scale does not matter."""
    y = np.array([[0, 1, 0], [1, 0, 0]])
    expected = -np.log(p[[0, 1], [1, 0]] / p.sum(axis=1))
    for scale in (1, 7):
        found = categorical_crossentropy(y, p * scale).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)
        found = sparse_categorical_crossentropy([1, 0], p * scale).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_smoothing_shares_among_the_classes() -> None:
    """A label s becomes 1 - s + s/K for its class and s/K for the others."""
    p = np.array([[0.5, 0.25, 0.25]])
    found = categorical_crossentropy([[1, 0, 0]], p, label_smoothing=0.3).item()
    expected = -(0.8 * math.log(0.5) + 0.2 * math.log(0.25))
    assert pytest.approx(expected) == found


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "bool"])
def test_class_numbers_of_any_dtype(dtype: str) -> None:
    """Also of one too small to count all classes."""
    p = np.full((2, 300), 1.0)
    p[:, 1] = 3
    expected = [math.log(302), math.log(302 / 3)]
    labels = np.array([0, 1], dtype)
    found = sparse_categorical_crossentropy(labels, p).tolist()
    assert pytest.approx(expected) == found
    sequence = sparse_categorical_crossentropy(labels[:, None], p[:, None]).tolist()
    assert pytest.approx(expected) == [each for (each,) in sequence]


def test_an_ignored_class_counts_neither_as_value_nor_as_sample() -> None:
    """The mean is over the others; a batch of nothing else costs 0."""
    loss = SparseCategoricalCrossentropy(ignore_class=-1)
    p = np.array([[0.5, 0.5], [0.9, 0.1], [0.25, 0.75]])
    assert pytest.approx(math.log(8) / 2) == loss([0, -1, 0], p).item()
    assert 0.0 == loss([-1, -1, -1], p).item()
    loss.check(np.array([0, -1, 1]), (3, 2))
    weighted = loss([0, -1, 0], p, [1.0, 1.0, 0.5])
    assert pytest.approx((math.log(2) + math.log(4) / 2) / 2) == weighted.item()


# ---- what made the output ------------------------------------------------------------

LINEAR = lambda x, w: x @ w  # noqa: E731  # a name for the tables below
BIASED = lambda x, w: x @ w + 1  # noqa: E731


def traced(loss: Any, model: Any, width: int = 3) -> gg.Graph:
    """Trace the loss of a model's output."""
    shape = (gg.Dim(32, "batch"), width)
    return gg.trace(
        lambda x, w, y: loss(y, model(x, w)),
        gg.Spec((shape[0], 2)),
        gg.Spec((2, width)),
        loss.label_spec(shape),
    )


@pytest.mark.parametrize("model", [LINEAR, BIASED, lambda x, w: gg.tanh(x @ w)])
@pytest.mark.parametrize(
    "loss",
    [BinaryCrossentropy(), CategoricalCrossentropy(), SparseCategoricalCrossentropy()],
)
def test_logits_for_probabilities_are_refused(loss: Any, model: Any) -> None:
    """Keras clips them silently and trains on garbage."""
    with pytest.raises(
        OutputError, match=r"expects probabilities, but .*from_logits=T"
    ):
        traced(loss, model)


@pytest.mark.parametrize("activation", [gg.sigmoid, gg.softmax])
@pytest.mark.parametrize(
    "make",
    [BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy],
)
def test_probabilities_for_logits_are_refused(make: Any, activation: Any) -> None:
    """Keras ignores from_logits=True after a sigmoid, with a warning."""
    with pytest.raises(
        OutputError, match="expects logits, but the output comes from a"
    ):
        traced(make(from_logits=True), lambda x, w: activation(x @ w))
    eager = activation(gg.tensor(np.zeros((2, 3)), requires_grad=True))
    with pytest.raises(OutputError, match="expects logits"):
        make(from_logits=True)(np.zeros((2, 3)), eager)


def test_views_do_not_hide_what_made_the_output() -> None:
    """A reshape or cast after the sigmoid changes nothing."""
    with pytest.raises(OutputError, match="from a sigmoid"):
        traced(
            BinaryCrossentropy(from_logits=True),
            lambda x, w: gg.reshape(gg.sigmoid(x @ w), (x.shape[0], 3)),
        )


@pytest.mark.parametrize(
    ("loss", "model"),
    [
        (BinaryCrossentropy(from_logits=True), BIASED),
        (CategoricalCrossentropy(from_logits=True), LINEAR),
        (BinaryCrossentropy(), lambda x, w: gg.sigmoid(x @ w)),
        (BinaryCrossentropy(), lambda x, w: gg.softmax(x @ w)),
        (CategoricalCrossentropy(), lambda x, w: gg.relu(x @ w)),
        (CategoricalCrossentropy(), lambda x, w: gg.sigmoid(x @ w)),
        (BinaryCrossentropy(), lambda x, w: gg.clip(x @ w, 0, 1)),
    ],
)
def test_what_may_be_right_passes(loss: Any, model: Any) -> None:
    """Only what is certainly wrong is refused."""
    assert traced(loss, model).outputs[0].shape == ()


@pytest.mark.parametrize(
    "loss", [CategoricalCrossentropy(), SparseCategoricalCrossentropy()]
)
def test_one_class_is_refused(loss: Any) -> None:
    """The softmax of one number is 1, the loss 0: Keras warns, and trains nothing."""
    with pytest.raises(OutputError, match="needs an output for each class, got one"):
        traced(loss, lambda x, w: gg.softmax(x @ w), width=1)
