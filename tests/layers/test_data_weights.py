"""Weights of samples and classes: what they do to the loss, and what they may be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

Array = np.ndarray[Any, Any]

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 4)).astype(np.float32)
Y = np.array([0, 1, 2] * 4)
BINARY = Y % 2
W = RNG.uniform(size=12).astype(np.float32)


def network(loss: Any = "sparse_categorical_crossentropy", units: int = 3) -> Any:
    """Return a small compiled model, the same each time."""
    gg.set_random_seed(5)
    final = "softmax" if units > 1 else "sigmoid"
    model = gg.Sequential([gg.Input((4,)), gg.Dense(units, final)])
    model.compile("sgd", loss, metrics=["accuracy"], weighted_metrics=["accuracy"])
    return model


def outcome(x: Array = X, y: Array = Y, model: Any = None, **options: Any) -> Any:
    """Return history and weights of a short training."""
    model = model or network()
    history = model.fit(x, y, batch_size=5, epochs=2, verbose=0, **options)
    return history.history, [weight.tolist() for weight in model.get_weights()]


def test_the_loss_divides_by_the_samples_as_in_keras() -> None:
    """The batch's loss is sum(w l) / n, and the weighted accuracy sum(w a) / sum(w)."""
    model = network()
    p = model.predict(X, verbose=0)
    losses = -np.log(p[np.arange(12), Y])
    hits = p.argmax(axis=1) == Y
    found = model.evaluate(X, Y, sample_weight=W, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx(np.mean(W * losses), rel=1e-5)
    assert found["accuracy"] == pytest.approx(hits.mean())
    assert found["weighted_accuracy"] == pytest.approx((W * hits).sum() / W.sum())


def test_a_mean_with_sample_weight_divides_by_the_weights() -> None:
    """This reduction is the mean that one would expect."""
    loss = gg.losses.SparseCategoricalCrossentropy(reduction="mean_with_sample_weight")
    model = network(loss)
    losses = -np.log(model.predict(X, verbose=0)[np.arange(12), Y])
    found = model.evaluate(X, Y, sample_weight=W, verbose=0, return_dict=True)
    assert found["loss"] == pytest.approx((W * losses).sum() / W.sum(), rel=1e-5)


@given(st.lists(st.integers(0, 3), min_size=12, max_size=12).filter(any))
def test_a_weight_of_two_is_a_sample_twice(times: list[int]) -> None:
    """For a sum over the batch, whole weights are repetitions."""
    loss = gg.losses.SparseCategoricalCrossentropy(reduction="sum")
    weighted, repeated = network(loss), network(loss)
    weighted.fit(X, Y, batch_size="full", sample_weight=times, verbose=0)
    rows = np.repeat(np.arange(12), times)
    repeated.fit(X[rows], Y[rows], batch_size="full", verbose=0)
    for one, other in zip(weighted.get_weights(), repeated.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_weights_of_one_change_nothing() -> None:
    """The weighted program computes what the other one does."""
    (plain, before), (ones, after) = outcome(), outcome(sample_weight=np.ones(12))
    np.testing.assert_allclose(before[0], after[0], rtol=1e-6)
    np.testing.assert_allclose(plain["loss"], ones["loss"], rtol=1e-6)


@pytest.mark.parametrize(
    "weight", [W, W[:, None], W.tolist(), W.astype(float), gg.tensor(W)]
)
def test_weights_may_have_any_shape_that_means_one_a_sample(weight: Any) -> None:
    """(n,) and (n, 1), arrays and lists."""
    assert outcome(sample_weight=W) == outcome(sample_weight=weight)


CLASS_WEIGHTS = [
    {0: 1.0, 1: 2.0, 2: 0.5},
    {1: 2.0, 2: 0.5},
    {np.int64(1): 2, 2.0: 0.5},
    [1.0, 2.0, 0.5],
    (1, 2, 0.5),
    np.array([1.0, 2.0, 0.5]),
]


@pytest.mark.parametrize("weights", CLASS_WEIGHTS)
def test_class_weights_are_the_sample_weights_of_their_samples(weights: Any) -> None:
    """A class that a dict leaves out has the weight 1, as in Keras."""
    expected = outcome(sample_weight=np.array([1.0, 2.0, 0.5])[Y])
    assert expected == outcome(class_weight=weights)


@pytest.mark.parametrize("labels", [Y[:, None], Y.astype(float), Y.astype(np.uint8)])
def test_class_weights_read_labels_of_any_kind(labels: Array) -> None:
    """Columns, floats and small integers name classes too."""
    assert outcome(class_weight=[1, 2, 3]) == outcome(y=labels, class_weight=[1, 2, 3])


def test_class_weights_read_one_hot_rows() -> None:
    """The class of a row is where its 1 is."""
    loss, y = "categorical_crossentropy", np.eye(3)[Y]
    expected = outcome(y=y, model=network(loss), sample_weight=Y + 1.0)
    found = outcome(y=y, model=network(loss), class_weight={0: 1, 1: 2, 2: 3})
    assert expected == found


def test_balanced_class_weights_are_those_of_scikit_learn() -> None:
    """Each class has the weight n / (classes * its samples): the same sum for all."""
    y = np.array([0] * 9 + [1] * 3)
    expected = np.where(y == 0, 12 / (2 * 9), 12 / (2 * 3))
    model, other = (network("binary_crossentropy", 1) for _ in range(2))
    assert outcome(y=y, model=model, sample_weight=expected) == outcome(
        y=y, model=other, class_weight="balanced"
    )


def test_sample_and_class_weights_are_multiplied() -> None:
    """Keras refuses both at once."""
    product = W * np.array([1.0, 2.0, 0.5], np.float32)[Y]
    assert outcome(sample_weight=product) == outcome(
        sample_weight=W, class_weight=[1, 2, 0.5]
    )


def test_class_weights_are_for_training_alone() -> None:
    """The held-out samples count alike, and take their own weights from the pair."""
    model = network()
    model.fit(X, Y, class_weight=[1, 2, 3], verbose=0)
    expected = model.evaluate(X, Y, verbose=0)[0]
    found = model.fit(
        X, Y, class_weight=[1, 0, 3], validation_data=(X, Y), verbose=0
    ).history["val_loss"]
    assert found == [pytest.approx(model.evaluate(X, Y, verbose=0)[0], rel=1e-6)]
    assert found != [pytest.approx(expected)]


def test_held_out_samples_have_weights_of_their_own() -> None:
    """The third part of validation_data, or the tail of sample_weight."""
    for options in (
        {"validation_data": (X[8:], Y[8:], W[8:])},
        {"validation_split": 1 / 3, "sample_weight": W},
    ):
        model = network()
        history = model.fit(X, Y, verbose=0, **options).history
        expected = model.evaluate(
            X[8:], Y[8:], sample_weight=W[8:], verbose=0, return_dict=True
        )
        found = {name: history[f"val_{name}"][0] for name in expected}
        assert expected == pytest.approx(found, rel=1e-6)


def test_batch_methods_take_weights() -> None:
    """train_on_batch and test_on_batch say the numbers that evaluate says."""
    expected = network().evaluate(X, Y, sample_weight=Y + 1.0, verbose=0)
    assert expected == pytest.approx(network().test_on_batch(X, Y, Y + 1.0))
    assert expected == pytest.approx(network().train_on_batch(X, Y, Y + 1.0))
    found = network().train_on_batch(X, Y, class_weight=[1, 2, 3])
    assert expected == pytest.approx(found)
    named = network().train_on_batch(X, Y, Y + 1.0, return_dict=True)
    assert expected == pytest.approx([named[n] for n in network().metrics_names])


def test_a_batch_without_weight_changes_nothing_but_counts() -> None:
    """train_on_batch may meet a batch whose classes all have the weight 0."""
    model = network()
    before = model.get_weights()
    model.train_on_batch(X[:3] * 0, Y[:3] * 0, class_weight={0: 0.0, 1: 1.0})
    assert all(map(np.array_equal, before, model.get_weights()))


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"sample_weight": -W}, r"sample_weight\[\d+\] is -.*below 0"),
    ({"sample_weight": W * 0}, "0 for all samples"),
    ({"sample_weight": np.full(12, np.nan)}, r"sample_weight\[0\] is nan"),
    ({"sample_weight": W[:5]}, "12 samples and sample_weight has 5.*one weight"),
    ({"sample_weight": np.ones((12, 3))}, r"one number a sample.*\(12, 3\)"),
    ({"sample_weight": np.ones((1, 12))}, "sample"),
    ({"sample_weight": "balanced"}, "text"),
    ({"class_weight": {0: 1.0, 7: 2.0}}, "names the class 7, but y holds .* 0, 1, 2"),
    ({"class_weight": {"cat": 1.0}}, "'cat'.*the number that stands for it"),
    ({"class_weight": {0.5: 1.0}}, "0.5"),
    ({"class_weight": {0: -1.0}}, r"class_weight\[0\] must be at least 0"),
    ({"class_weight": {0: "heavy"}}, r"class_weight\[0\] must be a number"),
    ({"class_weight": {}}, "is empty"),
    ({"class_weight": [1.0, 2.0]}, "classes 0 to 1, but y holds the class 2"),
    ({"class_weight": "balance"}, "'balanced', got 'balance'"),
    ({"class_weight": 3.0}, "a dict such as"),
    ({"class_weight": [0, 0, 0]}, "0 for all"),
    (
        {"class_weight": [1, 0, 0], "sample_weight": (Y != 0).astype(float)},
        "sample_weight times class_weight is 0",
    ),
]


@pytest.mark.parametrize(("options", "message"), WRONG)
def test_weights_that_mean_nothing_are_refused(options: Any, message: str) -> None:
    """The message names the place, and nothing was trained."""
    model = network()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, verbose=0, **options)
    assert all(map(np.array_equal, before, model.get_weights()))


@pytest.mark.parametrize(
    "labels", [RNG.normal(size=(12, 1)), RNG.integers(0, 2, (12, 3)) * 1.0]
)
def test_labels_without_a_class_have_no_class_weight(labels: Array) -> None:
    """Neither amounts nor several labels at once name one class."""
    model = gg.Sequential([gg.Input((4,)), gg.Dense(labels.shape[1])])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"one class per sample.*use sample_weight"):
        model.fit(X, labels, class_weight={0: 1.0, 1: 2.0}, verbose=0)
