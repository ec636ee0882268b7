"""Losses have the values of their formulas, and the slopes, also at far ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad import losses
from graphgrad.losses import (
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    Circle,
    Dice,
    Huber,
    KLDivergence,
    SparseCategoricalCrossentropy,
    Tversky,
)

Array = np.ndarray[Any, Any]
Labels = Callable[[Array], Array]
Formula = Callable[[Array, Array], Array]
f32 = np.float32


@pytest.mark.parametrize(
    ("length", "expected"), [(1e-4, -1), (1e-7, -1), (1e-8, -0.1), (0.0, 0)]
)
def test_short_vectors_count_as_of_length_1e_7(length: float, expected: float) -> None:
    """As in Keras 3.15.1."""
    y, p = np.array([[length, 0]], f32), np.array([[1, 0]], f32)
    found = losses.cosine_similarity(y, p).item()
    assert pytest.approx(expected, rel=1e-6) == found


# ---- the formulas --------------------------------------------------------------------


def renormalised(p: Array) -> Array:
    """Return the shares of the classes, off 0 and 1."""
    share: Array = np.clip(p / p.sum(axis=-1, keepdims=True), 1e-7, 1 - 1e-7)
    return share


def bce(y: Array, p: Array) -> Array:
    """Return the binary cross-entropy of each output."""
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log(1 - p)))


def unit(x: Array) -> Array:
    """Return the rows with length 1."""
    return np.asarray(x / np.linalg.norm(x, axis=-1, keepdims=True))


def focal(y: Array, p: Array) -> Array:
    """Return the binary focal cross-entropy with balanced classes."""
    right = y * p + (1 - y) * (1 - p)
    return np.asarray((0.25 * y + 0.75 * (1 - y)) * (1 - right) ** 2 * bce(y, p))


def overlap(y: Array, p: Array) -> Array:
    """Return the Tversky loss with weights 0.25 and 0.75."""
    found, missed, false = (y * p).sum(1), (y * (1 - p)).sum(1), ((1 - y) * p).sum(1)
    return np.asarray(1 - found / (found + missed / 4 + false * 3 / 4 + 1e-7))


def sides(y: Array) -> Array:
    """Return labels of -1 and 1."""
    return 2 * np.round(y) - 1


def one_hot(y: Array) -> Array:
    """Return 1 for the largest of each row."""
    return np.asarray(np.eye(y.shape[-1])[y.argmax(-1)])


def share(y: Array) -> Array:
    """Return rows that sum to 1."""
    return np.asarray(y / y.sum(axis=-1, keepdims=True))


def same(y: Array) -> Array:
    """Return the labels as they are."""
    return y


# The loss, labels made from numbers between 0 and 1, and the formula in NumPy.
FORMULAS: list[
    tuple[Any, Callable[[Array], Array], Callable[[Array, Array], Array]]
] = [
    (losses.mean_squared_error, same, lambda y, p: ((y - p) ** 2).mean(-1)),
    (losses.mean_absolute_error, same, lambda y, p: abs(y - p).mean(-1)),
    (
        losses.mean_absolute_percentage_error,
        same,
        lambda y, p: 100 * abs((y - p) / y).mean(-1),
    ),
    (
        losses.mean_squared_logarithmic_error,
        same,
        lambda y, p: ((np.log(p + 1) - np.log(y + 1)) ** 2).mean(-1),
    ),
    (
        Huber(0.25, reduction="none"),
        same,
        lambda y, p: np.where(
            abs(y - p) <= 0.25, (y - p) ** 2 / 2, 0.25 * abs(y - p) - 0.03125
        ).mean(-1),
    ),
    (losses.log_cosh, same, lambda y, p: np.log(np.cosh(y - p)).mean(-1)),
    (losses.cosine_similarity, same, lambda y, p: -(unit(y) * unit(p)).sum(-1)),
    (losses.binary_crossentropy, same, lambda y, p: bce(y, p).mean(-1)),
    (
        BinaryFocalCrossentropy(True, reduction="none"),
        same,
        lambda y, p: focal(y, p).mean(-1),
    ),
    (
        losses.categorical_crossentropy,
        share,
        lambda y, p: -(y * np.log(renormalised(p))).sum(-1),
    ),
    (
        CategoricalFocalCrossentropy([0.1, 0.2, 0.3], 1.5, reduction="none"),
        share,
        lambda y, p: (
            -y
            * [0.1, 0.2, 0.3]
            * (1 - renormalised(p)) ** 1.5
            * np.log(renormalised(p))
        ).sum(-1),
    ),
    (losses.kl_divergence, share, lambda y, p: (y * np.log(y / p)).sum(-1)),
    (losses.poisson, same, lambda y, p: (p - y * np.log(p + 1e-7)).mean(-1)),
    (losses.hinge, sides, lambda y, p: np.maximum(1 - y * p, 0).mean(-1)),
    (
        losses.squared_hinge,
        sides,
        lambda y, p: (np.maximum(1 - y * p, 0) ** 2).mean(-1),
    ),
    (
        losses.categorical_hinge,
        one_hot,
        lambda y, p: np.maximum(((1 - y) * p).max(-1) - (y * p).sum(-1) + 1, 0),
    ),
    (
        Dice(axis=-1, reduction="none"),
        same,
        lambda y, p: 1 - 2 * (y * p).sum(1) / (y.sum(1) + p.sum(1) + 1e-7),
    ),
    (Tversky(0.25, 0.75, axis=-1, reduction="none"), same, overlap),
    (
        lambda y, p: losses.sparse_categorical_crossentropy(gg.argmax(y, -1), p),
        same,
        lambda y, p: -np.log(renormalised(p))[range(len(p)), y.argmax(-1)],
    ),
    (
        lambda y, p: losses.categorical_generalized_cross_entropy(
            gg.argmax(y, -1), p, 0.7
        ),
        same,
        lambda y, p: (1 - p[range(len(p)), y.argmax(-1)] ** 0.7) / 0.7,
    ),
]
inside = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 4), st.just(3)), elements=st.floats(0.01, 0.99)
)
each_formula = pytest.mark.parametrize(("loss", "made", "formula"), FORMULAS)


@each_formula
@given(st.data())
def test_values_are_those_of_the_formula(
    loss: Any, made: Any, formula: Any, data: st.DataObject
) -> None:
    """Written once more, in NumPy."""
    p = data.draw(inside)
    y = made(data.draw(hnp.arrays(np.float64, p.shape, elements=st.floats(0.01, 0.99))))
    np.testing.assert_allclose(
        loss(gg.tensor(y), gg.tensor(p)).numpy(), formula(y, p), rtol=1e-6, atol=1e-7
    )


@each_formula
@pytest.mark.parametrize("seed", range(5))
def test_gradients_are_the_slopes(
    loss: Any, made: Any, formula: Any, seed: int
) -> None:
    """Central differences of the formula, where there is no kink nearby."""
    rng = np.random.default_rng(seed)
    y, p = made(rng.uniform(0.05, 0.95, (2, 3))), rng.uniform(0.05, 0.95, (2, 3))
    found = gg.grad(lambda x: gg.sum(loss(gg.tensor(y), x)))(p).numpy()
    expected, step = np.empty_like(p), 1e-6
    for index in np.ndindex(p.shape):
        shift = np.zeros_like(p)
        shift[index] = step
        rise = formula(y, p + shift).sum() - formula(y, p - shift).sum()
        expected[index] = rise / (2 * step)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("labels", "shape"),
    [((3,), (2, 4)), ((1,), (2, 4)), ((2,), (2,)), ((2,), (2, 4, 1)), ((2, 2), (2, 4))],
)
def test_circle_needs_a_class_and_a_row_for_each(
    labels: tuple[int, ...], shape: tuple[int, ...]
) -> None:
    """The error has both shapes; those of the references are looked at, too."""
    said = f"labels of shape {labels} do not match embeddings of shape {shape}"
    y, p = np.zeros(labels, int), np.ones(shape)
    with pytest.raises(gg.ShapeError) as refused:
        losses.circle(y, p)
    assert said in str(refused.value)
    with pytest.raises(gg.ShapeError) as refused:
        losses.circle([0], np.ones((1, 4)), ref_labels=y, ref_embeddings=p)
    assert said in str(refused.value)


def test_the_circle_loss_by_hand() -> None:
    """γ (m + d)(d - m) is 67.2 at d = 1, γ (1 + m - d)(1 - m - d) is 67.2 at d = 0.

    The first two samples are of one class, at distance 1; the last one is alone in its
    class, costs nothing, and does not count in the mean.
    """
    p = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    expected = [67.2 + 67.2, 67.2 - 12.8, 0.0]
    assert pytest.approx(expected) == losses.circle([[0], [0], [1]], p).tolist()
    assert pytest.approx(sum(expected) / 2) == Circle()([0, 0, 1], p).item()
    slope = gg.grad(lambda x: Circle()([0, 0, 1], x))(p).numpy()
    assert np.isfinite(slope).all()
    alone = gg.grad(lambda x: Circle()([0, 1, 2], x))(p).numpy()
    assert not alone.any()


# ---- kinks and far ends --------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "y", "p", "expected"),
    [
        (losses.mean_absolute_error, [[2.0]], [[2.0]], 0.0),
        (losses.hinge, [[1.0]], [[1.0]], 0.0),
        (losses.hinge, [[0.0]], [[-1.0]], 0.0),
        (losses.categorical_hinge, [[0.0, 1.0]], [[0.0, 1.0]], [0.0, 0.0]),
        (losses.categorical_hinge, [[0, 0, 1]], [[1, 1, 0.5]], [0.5, 0.5, -1]),
        (losses.cosine_similarity, [[1.0, 1.0]], [[0.0, 0.0]], [0.0, 0.0]),
        (losses.huber, [[0.0]], [[1.0]], 1.0),
        (losses.log_cosh, [[0.0]], [[-500.0]], -1.0),
        (losses.mean_squared_logarithmic_error, [[1.0]], [[-3.0]], 0.0),
    ],
)
def test_gradients_at_kinks(loss: Any, y: Any, p: Any, expected: Any) -> None:
    """The smallest slope; equals share; zero has no direction."""
    slope = gg.grad(lambda x: gg.sum(loss(y, x)))(np.array(p, np.float64))
    np.testing.assert_allclose(slope.numpy(), np.broadcast_to(expected, slope.shape))


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("z", [200.0, 30.0, -30.0, -200.0])
@pytest.mark.parametrize("from_logits", [False, True])
def test_focal_losses_are_finite_where_outputs_saturate(
    gamma: float, z: float, from_logits: bool
) -> None:
    """Values and gradients; from logits a wrong label costs exactly its logit."""
    x = np.array([[z, 0.0]], f32)
    binary = BinaryFocalCrossentropy(gamma=gamma, from_logits=from_logits)
    classes = CategoricalFocalCrossentropy(1, gamma, from_logits=from_logits)
    for loss, activation in ((binary, gg.sigmoid), (classes, gg.softmax)):

        def value(x: gg.Tensor, loss: Any = loss, last: Any = activation) -> gg.Tensor:
            p = x if loss.from_logits else last(x)
            return loss([[0.0, 1.0]], p)  # type: ignore[no-any-return]

        found, slope = gg.value_and_grad(value)(x)
        assert np.isfinite(found.item())
        assert np.isfinite(slope.numpy()).all()
        if from_logits and z > 100 and loss is classes:
            assert z == found.item()


@pytest.mark.parametrize("q", [0.1, 0.5, 1.0])
def test_the_generalized_loss_is_finite_at_probability_0(q: float) -> None:
    """It is 1/q there, and a saturated softmax gets no gradient."""
    loss = CategoricalGeneralizedCrossEntropy(q)
    z = np.array([[200.0, 0.0]], f32)
    value, slope = gg.value_and_grad(lambda x: loss([1], gg.softmax(x)))(z)
    assert pytest.approx(1 / q) == value.item()
    assert [[0, 0]] == slope.tolist()


def test_a_program_of_the_divergence_is_exact_where_the_softmax_saturates() -> None:
    """A wrong class at 200 costs 200, as in the cross-entropies."""

    def objective(z: gg.Tensor, y: gg.Tensor) -> gg.Tensor:
        return KLDivergence()(y, gg.softmax(z))

    z, y = np.array([[200.0, 0.0]], f32), np.array([[0.0, 1.0]], f32)
    graph = gg.passes.joint_forms(gg.trace(objective, z, y))
    (value,) = gg.Program(gg.passes.optimize(graph))(z, y)
    assert pytest.approx(200, rel=1e-6) == float(value)


def test_hinge_labels_mean_the_same_in_every_batch() -> None:
    """Keras reads a batch of 1 and 0 in another way than one that holds a -1 too."""
    p = np.array([[0.5], [0.5], [-2.0]])
    expected = losses.hinge([[1], [-1], [-1]], p).tolist()
    assert [0.5, 1.5, 0.0] == expected
    assert expected == losses.hinge([[1], [0], [0]], p).tolist()
    rows = zip((1, 0, 0), p, strict=True)
    one_by_one = [losses.hinge([[y]], [row]).item() for y, row in rows]
    assert expected == one_by_one


def test_classes_may_lie_along_another_axis() -> None:
    """As after a transposition; labels have the shape without that axis."""
    rng = np.random.default_rng(0)
    p, n = rng.uniform(0.1, 1, (2, 3, 4)), rng.integers(0, 3, (2, 4))
    loss = SparseCategoricalCrossentropy(axis=1)
    expected = SparseCategoricalCrossentropy()(n, p.transpose(0, 2, 1)).item()
    assert pytest.approx(expected) == loss(n, p).item()
    assert (2, 4) == loss.label_spec((2, 3, 4)).shape
    loss.check(n, (2, 3, 4))
    hot = np.eye(3)[n].transpose(0, 2, 1)
    assert pytest.approx(expected) == CategoricalCrossentropy(axis=1)(hot, p).item()
    focal_one = CategoricalFocalCrossentropy([1, 1, 1], 0, axis=1)(hot, p).item()
    assert pytest.approx(expected) == focal_one
