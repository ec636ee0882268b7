"""Labels that are taken, and hardly meant: what is warned of, and what is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import graphgrad as gg
from graphgrad.contracts import ContractWarning

X = np.arange(12.0).reshape(6, 2) / 12
EYE = np.eye(3)[np.arange(6) % 3]


def model(units: int, activation: str | None, loss: str) -> gg.Sequential:
    """Return a compiled model of two numbers."""
    made = gg.Sequential([gg.Input((2,)), gg.Dense(units, activation)])
    made.compile("sgd", loss)
    return made


@pytest.mark.parametrize(
    ("activation", "y"),
    [
        ("sigmoid", [0, 1, 0.5, 2, 3, 4]),
        ("relu", [-1, -1, -1, 0, 1, 1000]),
        ("tanh", [-1, 1, 0, 0, 0, 2]),
        ("linear", [-1e6, 1e6, 0, 0, 0, 0]),
    ],
)
def test_labels_of_which_half_can_be_met_are_no_mistake(
    activation: str, y: Any
) -> None:
    """Ends are within reach, and what lies beyond may be noise."""
    model(1, activation, "mse").fit(X, y, verbose=0)


@pytest.mark.parametrize(
    ("activation", "y", "said"),
    [
        ("sigmoid", [0, 1, 2, 3, 4, 5], "from 0 to 5, .*between 0 and 1: 4 of 6"),
        ("relu", [-1, -1, -1, -2, 1, 2], "from -2 to 2, .*at least 0: 4 of 6"),
        ("tanh", [-3, 3, -2, 2, 0, 0], "between -1 and 1: 4 of 6 labels cannot"),
    ],
)
def test_labels_that_cannot_be_met_are_counted(
    activation: str, y: Any, said: str
) -> None:
    """Of more than half there is a warning, in a model within a model as well."""
    inner = gg.Sequential([gg.Dense(1, activation)])
    made = gg.Sequential([gg.Input((2,)), inner])
    made.compile("sgd", "mae")
    with pytest.warns(ContractWarning, match=said):
        made.fit(X, y, verbose=0)


@pytest.mark.parametrize(
    "y", [EYE, EYE * 0.5, EYE * [[1], [1], [1], [1], [1], [0]], EYE * 0.9 + 0.1 / 3]
)
def test_shares_and_rows_that_do_not_count_are_no_mistake(y: np.ndarray) -> None:
    """Smoothed labels, shares of any sum, and rows of zeros that mask a sample."""
    model(3, "softmax", "categorical_crossentropy").fit(X, y, verbose=0)


def test_several_classes_and_none_are_told_by_row() -> None:
    """The first row that has them, and how many do."""
    made = model(3, "softmax", "categorical_crossentropy")
    y = EYE.copy()
    y[4] = [1, 1, 0]
    with pytest.warns(ContractWarning, match=r"y\[4\] names 2 classes \(1 of 6\)"):
        made.fit(X, y, verbose=0)
    with pytest.warns(ContractWarning, match=r"y\[0\] names 0 classes \(6 of 6\)"):
        made.fit(X, 0 * y, verbose=0)


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_column_that_is_the_label_is_named(kind: Any) -> None:
    """The same name with other numbers is another thing, such as the next day's."""
    frame = kind({"a": X[:, 0], "b": X[:, 1]})
    made = model(1, None, "mse")
    with pytest.warns(ContractWarning, match="y is the column 'b' of x"):
        made.fit(frame, frame["b"], verbose=0)
    made.fit(frame, frame["b"] + 1, verbose=0)
    made.fit(frame, X[:, 1], verbose=0)


@pytest.mark.parametrize("last", ["sigmoid", "softmax"])
def test_an_activation_of_another_is_warned_of(last: str) -> None:
    """Also with a layer in between that hands numbers on; logits are none."""
    loss = gg.losses.BinaryCrossentropy()
    between = [gg.layers.Flatten(), gg.Activation(last)]
    made = gg.Sequential([gg.Input((2,)), gg.Dense(2, "softmax"), *between])
    with pytest.warns(UserWarning, match=f"the {last} of a softmax"):
        made.compile("sgd", loss)
    made = gg.Sequential([gg.Input((2,)), gg.Dense(2, "relu"), *between])
    made.compile("sgd", loss)
