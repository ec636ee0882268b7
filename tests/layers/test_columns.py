"""Columns of frames: a model knows those that it was fitted on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import graphgrad as gg
from graphgrad.callbacks import InputRanges
from graphgrad.contracts import ContractWarning, DriftWarning
from graphgrad.layers._frames import check_columns

NAMES = ["age", "height", "w"]
OTHERS = ["height", "age", "w"]
X = np.random.default_rng(0).normal(size=(12, 3)).astype(np.float32)
Y = X.sum(axis=1)
FRAME = pd.DataFrame(X, columns=NAMES)
FAR = np.array([0, 100, 0], np.float32)


def model() -> gg.Sequential:
    """Return a compiled model."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((3,)), gg.Dense(1)])
    made.compile("sgd", "mse")
    return made


def trained(x: Any = FRAME) -> gg.Sequential:
    """Return a model that was fitted on a frame."""
    made = model()
    made.fit(x, Y, verbose=0, callbacks=[InputRanges()])
    return made


CALLS: dict[str, Callable[[gg.Sequential, Any], object]] = {
    "predict": lambda m, x: m.predict(x, verbose=0),
    "evaluate": lambda m, x: m.evaluate(x, Y, verbose=0),
    "fit": lambda m, x: m.fit(x, Y, verbose=0),
    "train_on_batch": lambda m, x: m.train_on_batch(x, Y),
    "stream": lambda m, x: m.predict(iter([x]), verbose=0),
    "drift": lambda m, x: m.contract.drift(x),
    "validation": lambda m, x: m.fit(FRAME, Y, verbose=0, validation_data=(x, Y)),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("columns", [OTHERS, [*NAMES, "more"], ["more", *NAMES]])
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_columns_in_another_order_are_refused(
    name: str, columns: list[str], kind: Any
) -> None:
    """Wherever data are taken, with what puts them right."""
    made = trained()
    given = kind({each: np.zeros(12, np.float32) for each in columns})
    at = 3 if columns[0] == "age" else 0
    text = rf"column {at} is '{columns[at]}', and was .*list\(model.contract.columns\)"
    with pytest.raises(ValueError, match=text):
        CALLS[name](made, given)
    CALLS[name](made, given[list(made.contract.columns or ())])


def test_a_first_fit_compares_its_validation_and_leaves_nothing_if_refused() -> None:
    """Names are learned when training begins."""
    made = model()
    with pytest.raises(ValueError, match=r"validation_data\[0\] has the columns"):
        made.fit(FRAME, Y, verbose=0, validation_data=(FRAME[OTHERS], Y))
    assert made.contract.columns is None
    with pytest.raises(TypeError):
        made.fit(FRAME, Y, verbose=0, callbacks=[1])  # type: ignore[list-item]
    assert made.contract.columns is None


def test_other_names_are_warned_of_and_learned_by_fit() -> None:
    """The numbers may be the same ones."""
    made = trained()
    other = FRAME.rename(columns={"w": "weight"})
    text = "column 2 of x is 'weight', and was 'w'"
    with pytest.warns(ContractWarning, match=text):
        made.predict(other, verbose=0)
    assert made.contract.columns == tuple(NAMES)
    with pytest.warns(ContractWarning, match=text):
        made.fit(other, Y, verbose=0)
    assert made.contract.columns == ("age", "height", "weight")


def test_what_has_no_names_says_nothing() -> None:
    """Arrays, lists, numbered columns and such of one name go by position."""
    made = trained()
    for x in (X, X.tolist(), pd.DataFrame(X), pd.DataFrame(X, columns=[*"aab"])):
        made.predict(x, verbose=0)
        made.fit(x, Y, verbose=0)
        assert made.contract.columns == tuple(NAMES)
        assert trained(x).contract.columns is None


def test_columns_are_saved_and_copied(tmp_path: Path) -> None:
    """A loaded model refuses what the saved one did."""
    made = trained()
    path = str(tmp_path / "m.safetensors")
    made.save(path)
    loaded = gg.load_model(path)
    assert loaded.contract == made.contract
    assert copy.deepcopy(made).contract == made.contract
    assert loaded.contract.to_dict()["columns"] == NAMES
    with pytest.raises(ValueError, match="another order"):
        loaded.predict(FRAME[OTHERS], verbose=0)


@pytest.mark.parametrize("columns", [("a", "b"), ("a", "a", "b"), (1, 2, 3), "abc"])
def test_damaged_columns_are_no_file(tmp_path: Path, columns: Any) -> None:
    """They are names, each another, one an input."""
    made = trained()
    made._columns = columns
    path = str(tmp_path / "m.safetensors")
    made.save(path)
    with pytest.raises(gg.saving.SavingError, match="columns"):
        gg.load_model(path)


def test_drift_says_the_name_of_a_column() -> None:
    """Of those of training, which also an array has by position."""
    made = trained()
    drift = made.contract.drift(X + FAR)
    assert drift.features[0].name == "height"
    assert "feature 1 ('height') from" in str(drift)
    with pytest.warns(DriftWarning, match="'height'"):
        made.predict(X + FAR, verbose=0, callbacks=[InputRanges()])


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["age", "w"], r"lacks 'height' of .* fitted on; all"),
        (["w"], r"lacks 'age', 'height' of .* fitted on; all"),
        (["id", "w", "age", "zip"], r"lacks 'height' of .* has 'id', 'zip' besides"),
    ],
)
def test_missing_columns_are_named_and_those_besides(
    name: str, kind: Any, columns: list[str], told: str
) -> None:
    """Not only how many there are."""
    given = kind({each: np.zeros(12, np.float32) for each in columns})
    with pytest.raises(ValueError, match=told):
        CALLS[name](trained(), given)


def test_of_many_missing_columns_the_first_are_named() -> None:
    """A message is to be read."""
    check_columns(None, pd.DataFrame({"a": [1]}))
    with pytest.raises(ValueError, match=r"'b', 'c', 'd', 'e', 'f', \.\.\. of"):
        check_columns(tuple("abcdefg"), pd.DataFrame({"a": [1]}))
