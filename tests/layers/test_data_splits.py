"""Splits: which samples are kept from training, and what is said about it."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers._samples import Samples
from graphgrad.layers._splits import split

Array = np.ndarray[Any, Any]


def samples(y: Array) -> Samples:
    """Return samples with labels, whose inputs are their numbers."""
    return Samples(np.arange(len(y), dtype=np.float32)[:, None], y)


@given(
    st.lists(st.integers(0, 3), min_size=2, max_size=60),
    st.floats(0.05, 0.95),
)
def test_a_stratified_split_takes_the_last_share_of_every_class(
    labels: list[int], share: float
) -> None:
    """Per class it is what the plain split is for all: floor(n (1 - f)) stay."""
    y = np.array(labels)
    try:
        train, held_out = split(samples(y), share, stratify=True)
    except ValueError:
        assert all(
            max(int(np.floor(n * (1 - share))), 1) == n for n in np.bincount(y) if n
        )
        return
    assert train.rows is not None
    assert held_out.rows is not None
    both = np.concatenate([train.rows, held_out.rows])
    np.testing.assert_array_equal(np.arange(len(y)), np.sort(both))
    for each in np.unique(y):
        rows = np.flatnonzero(y == each)
        stay = max(int(np.floor(len(rows) * (1 - share))), 1)
        np.testing.assert_array_equal(rows[:stay], np.intersect1d(train.rows, rows))


def test_a_stratified_split_trains_and_validates_on_its_parts() -> None:
    """Sorted classes occur in both parts, and the numbers are those of the parts."""
    x = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    y = np.repeat([0, 1, 2], 10)
    tail = np.concatenate([np.arange(8, 10), np.arange(18, 20), np.arange(28, 30)])
    rest = np.setdiff1d(np.arange(30), tail)

    def network() -> gg.Sequential:
        gg.set_random_seed(1)
        model = gg.Sequential([gg.Dense(3, "softmax")])
        model.compile("sgd", "sparse_categorical_crossentropy")
        return model

    history = network().fit(x, y, 4, 3, validation_split=0.2, stratify=True, verbose=0)
    expected = network().fit(
        x[rest], y[rest], 4, 3, validation_data=(x[tail], y[tail]), verbose=0
    )
    assert expected.history == history.history
    assert history.params["samples"] == 24
    assert history.params["validation_samples"] == 6


def test_a_stratified_split_reads_one_hot_rows() -> None:
    """Labels of any kind that name classes."""
    y = np.repeat([0, 1], 5)
    by_number, by_row = (
        split(samples(labels), 0.4, stratify=True) for labels in (y, np.eye(2)[y])
    )
    for one, other in zip(by_number, by_row, strict=True):
        np.testing.assert_array_equal(one.rows, other.rows)


def test_sorted_classes_are_told() -> None:
    """The tail of sorted data has a class that is never learned."""
    y = np.repeat([0, 1, 2], 20)
    with pytest.warns(UserWarning, match="class 2 is only among those to validate on"):
        split(samples(y), 1 / 3)
    with pytest.warns(UserWarning, match=r"classes 0, 1 are only among .* to train on"):
        split(samples(y), 1 / 3)


def test_fit_tells_of_sorted_classes_at_the_line_that_called_it() -> None:
    """The warning points to the user's code."""
    model = gg.Sequential([gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    y = np.repeat([0, 1], 20)
    with pytest.warns(UserWarning, match="stratify=True") as found:
        model.fit(np.zeros((40, 2)), y, validation_split=0.5, verbose=0)
    assert found[0].filename == __file__


@pytest.mark.parametrize(
    "y",
    [
        np.random.default_rng(0).permutation(np.repeat([0, 1], 50)),
        np.array([0, 1] * 4 + [2]),
        np.linspace(0, 1, 100),
        np.arange(100),
        np.zeros(100),
    ],
)
def test_what_may_be_chance_is_no_reason_to_warn(y: Array) -> None:
    """Shuffled classes, a rare one at the end, amounts, numbers."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        train, held_out = split(samples(y), 0.2)
    assert len(train) == int(np.floor(len(y) * 0.8))
    assert len(train) + len(held_out) == len(y)


def test_a_split_copies_nothing() -> None:
    """Both parts are views, or numbers of rows."""
    all_of_them = samples(np.arange(10) % 2)
    for stratify in (False, True):
        for part in split(all_of_them, 0.5, stratify=stratify):
            assert np.shares_memory(part.x, all_of_them.x)


@pytest.mark.parametrize("share", [1.5, -0.1, 1.0, True, "0.2", None, float("nan")])
def test_a_share_is_between_0_and_1(share: Any) -> None:
    """Keras takes 1.5 without a word."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.fit(np.zeros((9, 2)), np.zeros(9), validation_split=share, verbose=0)


def test_what_is_contradictory_is_refused() -> None:
    """One validation, from one place; classes where classes are asked for."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((9, 2)), np.linspace(0, 1, 9)
    options: list[tuple[dict[str, Any], str]] = [
        ({"validation_split": 0.2, "validation_data": (x, y)}, "leave one out"),
        ({"stratify": True}, "needs a validation_split"),
        ({"stratify": True, "validation_split": 0.2}, "needs one class per sample"),
        ({"stratify": "y", "validation_split": 0.2}, "True or False"),
    ]
    for each, message in options:
        with pytest.raises(ValueError, match=message):
            model.fit(x, y, verbose=0, **each)
    assert not model.built


def test_a_split_that_leaves_no_weight_to_train_on_is_refused() -> None:
    """An epoch of weights 0 would train nothing, and report a loss of 0."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    x, y = np.zeros((8, 2)), np.array([0, 1] * 4)
    weight = np.repeat([0.0, 1.0], [6, 2])
    with pytest.raises(ValueError, match="is 0 for all samples that validation_split"):
        model.fit(x, y, sample_weight=weight, validation_split=0.25, verbose=0)
    assert not model.built
