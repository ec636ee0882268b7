"""A step of training by each loss is the step that its eager gradient makes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import losses
from graphgrad.layers._numbered import NumberedLoss
from graphgrad.losses import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    Circle,
    Dice,
    Huber,
    Loss,
    SparseCategoricalCrossentropy,
    Tversky,
)

TRAINED: list[tuple[Loss, str | None]] = [
    (losses.BinaryCrossentropy(label_smoothing=0.1), "sigmoid"),
    (losses.BinaryCrossentropy(from_logits=True), None),
    (BinaryFocalCrossentropy(True), "sigmoid"),
    (BinaryFocalCrossentropy(gamma=0.5, from_logits=True), None),
    (losses.CategoricalCrossentropy(), "softmax"),
    (CategoricalFocalCrossentropy([0.5, 1.0, 2.0]), "softmax"),
    (CategoricalFocalCrossentropy(gamma=0.5, from_logits=True), None),
    (CategoricalGeneralizedCrossEntropy(), "softmax"),
    (losses.CategoricalHinge(), None),
    (Circle(gamma=2.0), "tanh"),
    (losses.CosineSimilarity(), None),
    (Dice(), "sigmoid"),
    (losses.Hinge(), "tanh"),
    (Huber(0.5), None),
    (losses.KLDivergence(), "softmax"),
    (losses.LogCosh(), None),
    (losses.MeanAbsoluteError(), None),
    (losses.MeanAbsolutePercentageError(), None),
    (losses.MeanSquaredError("sum"), None),
    (losses.MeanSquaredLogarithmicError(), "softplus"),
    (losses.Poisson(), "exponential"),
    (SparseCategoricalCrossentropy(ignore_class=2), "softmax"),
    (losses.SquaredHinge(), None),
    (Tversky(0.25, 0.75, axis=-1), "sigmoid"),
]


def labels_for(loss: Loss, rng: np.random.Generator, rows: int) -> Any:
    """Draw labels of three outputs that the loss can read."""
    if isinstance(loss, NumberedLoss):
        return rng.integers(0, 3, rows)
    numbers = rng.uniform(0.1, 1, (rows, 3)).astype(np.float32)
    if isinstance(loss, losses.Hinge | losses.SquaredHinge):
        return np.round(numbers)
    if isinstance(loss, losses.CategoricalHinge):
        return np.eye(3, dtype=np.float32)[numbers.argmax(-1)]
    return numbers


@pytest.mark.parametrize(("loss", "activation"), TRAINED)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**16), rows=st.integers(1, 6))
def test_a_compiled_step_equals_the_eager_one(
    loss: Loss, activation: str | None, seed: int, rows: int
) -> None:
    """The loss that fit reports, and each weight after its step of gradient descent."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, 2)).astype(np.float32)
    y = labels_for(loss, rng, rows)
    model = gg.Sequential([gg.Input((2,)), gg.Dense(3, activation)])
    model.set_weights([rng.normal(size=(2, 3)), rng.normal(size=3)])
    eager = gg.Sequential([gg.Input((2,)), gg.Dense(3, activation)])
    eager.set_weights(model.get_weights())
    value = loss(y, eager(x))
    grads = gg.gradients(value, eager.trainable_weights)
    model.compile(gg.optimizers.SGD(0.125), loss)
    history = model.fit(x, y, batch_size=rows, verbose=0)
    close: Any = {"rtol": 2e-5, "atol": 2e-5}
    np.testing.assert_allclose(history.history["loss"][0], value.item(), **close)
    for after, before, slope in zip(
        model.get_weights(), eager.get_weights(), grads, strict=True
    ):
        np.testing.assert_allclose(after, before - 0.125 * slope.numpy(), **close)


def test_every_loss_of_the_door_is_trained_above() -> None:
    """But those that stand for others."""
    classes = {getattr(losses, name) for name in losses.__all__}
    found = {each for each in classes if isinstance(each, type)}
    found = {each for each in found if issubclass(each, Loss)}
    stands_in = {Loss, losses.FunctionLoss, losses.Crossentropy}
    assert found - stands_in == {type(loss) for loss, _ in TRAINED}


# The values of the others hang on all samples of a batch.
ALONE = [
    loss
    for loss, _ in TRAINED
    if not isinstance(loss, Circle) and getattr(loss, "axis", -1) is not None
]


@pytest.mark.parametrize("loss", ALONE)
def test_weights_of_one_change_nothing_and_of_zero_drop_a_sample(loss: Loss) -> None:
    """By the mean that divides by the sum of weights, and by the sum."""
    rng = np.random.default_rng(1)
    y, p = labels_for(loss, rng, 4), rng.uniform(0.1, 0.9, (4, 3))
    for reduction in ("mean_with_sample_weight", "sum"):
        config = {**loss.get_config(), "reduction": reduction}
        same = type(loss).from_config(config)
        assert pytest.approx(same(y, p).item()) == same(y, p, np.ones(4)).item()
        dropped = same(y, p, [1.0, 1.0, 0.0, 1.0]).item()
        kept = same(np.delete(y, 2, 0), np.delete(p, 2, 0)).item()
        assert pytest.approx(kept) == dropped


def test_bad_labels_leave_the_model_as_it_was() -> None:
    """They are found before the first step."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "hinge")
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"or 0 and 1, got 0\.5 at y"):
        model.fit([[1.0], [2.0]], [1.0, 0.5], verbose=0)
    for one, other in zip(before, model.get_weights(), strict=True):
        assert (one == other).all()
