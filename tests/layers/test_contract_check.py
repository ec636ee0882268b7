"""contract.check: what `fit` would say of data, without a step."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graphgrad as gg

CHECKED: list[tuple[str, tuple[Any, ...]]] = [
    ("NaN", (np.full((3, 2), np.nan), [0, 1, 0])),
    ("shape of inputs", (np.ones((3, 4)), [0, 1, 0])),
    ("shape of labels", (np.ones((3, 2)), np.ones((3, 5)))),
    ("range of labels", (np.ones((3, 2)), [0, 1, 3])),
    ("no labels for some", (np.ones((3, 2)), [0, 1])),
    ("weights", (np.ones((3, 2)), [0, 1, 0], -np.ones(3))),
    ("one class", (np.ones((20, 2)), np.zeros(20))),
]


def yes_or_no() -> gg.Sequential:
    """Return a compiled model of two numbers."""
    made = gg.Sequential([gg.Input((2,)), gg.Dense(1, "sigmoid")])
    made.compile("sgd", "binary_crossentropy")
    return made


@pytest.mark.parametrize("data", [each for _, each in CHECKED], ids=dict(CHECKED))
def test_check_says_what_fit_says(data: tuple[Any, ...]) -> None:
    """Word by word, the warnings too, which are errors here."""
    made = yes_or_no()
    x, y, weight = (*data, None)[:3]
    before = copy.deepcopy(made.get_weights()), made.contract
    with pytest.raises((ValueError, UserWarning)) as told:
        made.contract.check(x, y, weight)
    with pytest.raises((ValueError, UserWarning)) as due:
        made.fit(x, y, sample_weight=weight, verbose=0)
    assert (type(told.value), str(told.value)) == (type(due.value), str(due.value))
    assert all(map(np.array_equal, before[0], made.get_weights()))
    assert before[1] == made.contract


def test_check_of_inputs_alone_says_what_predict_says() -> None:
    """Compiled or not; and what both take is taken."""
    made = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    made.contract.check(np.ones((3, 2)))
    with pytest.raises(gg.ShapeError) as told:
        made.contract.check(np.ones((3, 4)))
    with pytest.raises(gg.ShapeError) as due:
        made.predict(np.ones((3, 4)), verbose=0)
    assert str(told.value) == str(due.value)
    with pytest.raises(gg.GraphgradError, match="is not compiled"):
        made.contract.check(np.ones((3, 2)), [1, 2, 3])


def test_check_builds_nothing_and_takes_no_stream() -> None:
    """A stream would be used up by it."""
    made = gg.Sequential([gg.Dense(1)])
    made.compile("sgd", "mse")
    made.contract.check(np.ones((3, 2)), [1.0, 2.0, 3.0])
    assert not made.built
    with pytest.raises(ValueError, match="takes arrays, got a list_iterator"):
        made.contract.check(iter([(np.ones((3, 2)), np.ones(3))]))


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_is_the_same_without_the_model(copied: Any) -> None:
    """It is as small as what it says, and tells who is to be asked."""
    made = gg.Sequential([gg.Input((2,)), gg.Dense(1000), gg.Dense(1)])
    made.compile("sgd", "mse")
    made.contract.check(np.ones((3, 2)))
    frame = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 2.0]})
    made.fit(frame, [0, 1], verbose=0, callbacks=[gg.callbacks.InputRanges()])
    copied_one = copied(made.contract)
    assert copied_one.to_dict() == made.contract.to_dict()
    assert str(copied_one) == str(made.contract)
    assert not copied_one.drift(frame)
    assert len(pickle.dumps(made.contract)) < 4000 < made.count_params()
    with pytest.raises(gg.GraphgradError, match=r"ask model.contract.check\(\.\.\.\)"):
        copied_one.check(frame)
    made.contract.check(frame, [0, 1])


def test_columns_are_shown_the_first_of_many() -> None:
    """With how many there are."""
    made = gg.Sequential([gg.Dense(1)])
    made.compile("sgd", "mse")
    frame = pd.DataFrame(np.ones((2, 20)), columns=[f"name{i}" for i in range(20)])
    made.fit(frame, [0, 1], verbose=0)
    row = str(made.contract).splitlines()[-1].split()
    assert (
        " ".join(row) == "columns 20 names name0, name1, name2, name3, name4, ... fit"
    )
    made = gg.Sequential([gg.Dense(1)])
    made.compile("sgd", "mse")
    made.fit(frame[["name1"]], [0, 1], verbose=0)
    row = str(made.contract).splitlines()[-1].split()
    assert " ".join(row) == "columns 1 name name1 fit"
