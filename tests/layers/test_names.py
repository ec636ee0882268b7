"""A name finds its thing, and a wrong one the names that were probably meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers import (
    _activations,
    _initializers,
    _losses,
    _metrics,
    _names,
    _optimizers,
)

TABLES: dict[str, Mapping[str, Any]] = {
    "activation": _activations._NAMES,
    "initializer": _initializers._NAMES,
    "loss": _losses._NAMES,
    "metric": _metrics._NAMES,
    "optimizer": _optimizers._NAMES,
}
LONG = [
    (what, name) for what, table in TABLES.items() for name in table if len(name) > 4
]


class TwoWords:
    """A class with a name of two words."""


@pytest.mark.parametrize("name", ["two_words", "TwoWords", "tw"])
def test_a_class_has_keras_spellings(name: str) -> None:
    """A class goes by its name, by that in snake case, and by its aliases."""
    table = _names.spellings([TwoWords], tw=TwoWords)
    assert TwoWords is _names.resolve("thing", name, table)


@pytest.mark.parametrize("what", TABLES)
def test_an_unknown_name_lists_all_valid_ones(what: str) -> None:
    """The message has every name that would have been right."""
    with pytest.raises(_names.UnknownNameError) as caught:
        _names.resolve(what, "no such name", TABLES[what])
    assert str(caught.value).startswith(f"unknown {what} 'no such name'")
    assert [] == [name for name in TABLES[what] if name not in str(caught.value)]


@given(st.sampled_from(LONG), st.data())
def test_one_letter_too_few_is_understood(
    known: tuple[str, str], data: st.DataObject
) -> None:
    """A name with a letter left out suggests the name, or one that is as near."""
    what, name = known
    at = data.draw(st.integers(0, len(name) - 1))
    typo = name[:at] + name[at + 1 :]
    table = TABLES[what]
    if typo in table:
        return
    suggested = _names.nearest(typo, table)
    assert table[name] in [table[each] for each in suggested]


@given(st.sampled_from(LONG), st.data())
def test_letter_case_is_no_obstacle(
    known: tuple[str, str], data: st.DataObject
) -> None:
    """A name in other letters suggests the right one first."""
    what, name = known
    ups = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    letters = zip(name, ups, strict=True)
    written = "".join(c.upper() if up else c.lower() for c, up in letters)
    table = TABLES[what]
    assert table[name] is table[_names.nearest(written, table)[0]]


@pytest.mark.parametrize(
    ("what", "written", "meant"),
    [
        ("activation", "rellu", "relu"),
        ("activation", "ReLU", "relu"),
        ("loss", "mean_sqared_error", "mean_squared_error"),
        ("loss", "binarycrossentropy", "binary_crossentropy"),
        ("optimizer", "adamm", "adam"),
        ("metric", "acuracy", "accuracy"),
        ("initializer", "xavier_uniform", "he_uniform"),
    ],
)
def test_typos_of_the_reference_are_answered(
    what: str, written: str, meant: str
) -> None:
    """What Keras could not interpret gets a suggestion."""
    with pytest.raises(ValueError, match=f"did you mean .*'{meant}'"):
        _names.resolve(what, written, TABLES[what])


def test_nothing_near_is_suggested_where_nothing_is_near() -> None:
    """A name like no other gets the list alone."""
    with pytest.raises(ValueError, match=r"unknown letter 'q': known names: abc$"):
        _names.resolve("letter", "q", {"abc": 1})


def test_folding_ignores_letter_case() -> None:
    """Optimizers are found in upper and lower case, as in Keras."""
    assert 1 == _names.resolve("letter", "ABC", {"abc": 1}, fold=True)
    with pytest.raises(ValueError, match="did you mean 'abc'"):
        _names.resolve("letter", "ABC", {"abc": 1})


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (TwoWords, "got the class TwoWords; make one of it: TwoWords()"),
        (3, "got 3 of type int"),
        (list(range(10**6)), "got [0, 1, 2, 3, 4, 5, ...] of type list"),
    ],
)
def test_a_wrong_type_is_named(thing: Any, said: str) -> None:
    """The message says what came, in a few words however large it is."""
    with pytest.raises(gg.GraphgradError) as caught:
        _names.refuse_type("a loss", thing, "a name")
    assert f"a loss must be a name, {said}" == str(caught.value)


def test_an_unknown_argument_names_the_one_meant() -> None:
    """Arguments of other libraries and typos lead to ours."""
    valid = ["learning_rate", "momentum"]
    with pytest.raises(TypeError, match="SGD takes no argument 'lr': did you mean "):
        _names.refuse_unknown("SGD", ["lr"], valid, {"lr": "learning_rate"})
    with pytest.raises(TypeError, match="did you mean 'momentum'"):
        _names.refuse_unknown("SGD", ["momentun"], valid)
    _names.refuse_unknown("SGD", [], valid)
