"""Arguments are what they should be, or the message says what that is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphgrad.layers import _arguments


@pytest.mark.parametrize("value", [1, 1.0, np.float32(1), np.int64(1), np.float64(1)])
def test_any_number_is_a_number(value: Any) -> None:
    """Whole numbers and NumPy's are as good as floats."""
    assert 1.0 == _arguments.check_number("x", value)
    assert type(_arguments.check_number("x", value)) is float


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0.1", "x must be a number, got '0.1' of type str; write it without quotes"),
        ("much", "x must be a number, got 'much' of type str"),
        (True, "x must be a number, got True of type bool"),
        (None, "x must be a number, got None of type NoneType"),
        ([0.1], "x must be a number, got [0.1] of type list"),
        (float("nan"), "x must be finite, got nan"),
        (float("inf"), "x must be finite, got inf"),
    ],
)
def test_what_is_no_number_is_refused(value: Any, said: str) -> None:
    """The message says what came."""
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the text is compared
        _arguments.check_number("x", value)
    assert said == str(caught.value)


def test_bounds_are_said() -> None:
    """A number out of bounds gets all bounds that there are."""
    with pytest.raises(ValueError, match="x must be at least 0 and below 1, got 1"):
        _arguments.check_number("x", 1, at_least=0, below=1)
    with pytest.raises(ValueError, match="x must be above 0, got 0"):
        _arguments.check_number("x", 0, above=0)
    assert 0.0 == _arguments.check_number("x", 0, at_least=0, below=1)
    assert 1.0 == _arguments.check_number("x", 1, above=0, at_most=1)


def test_flags_and_choices() -> None:
    """What is neither True nor False, or none of the choices, is refused."""
    assert _arguments.check_flag("x", np.bool_(True)) is True
    with pytest.raises(ValueError, match="x must be True or False, got 'yes'"):
        _arguments.check_flag("x", "yes")
    assert "a" == _arguments.check_choice("x", "a", ("a", "b"))
    with pytest.raises(ValueError, match="x must be one of 'a', 'b', got 'c'"):
        _arguments.check_choice("x", "c", ("a", "b"))


@pytest.mark.parametrize("value", [-1, 1.5, True, "1"])
def test_what_is_no_seed_is_refused(value: Any) -> None:
    """A seed is a whole number of at least 0."""
    with pytest.raises(ValueError, match="x must be a whole number of at least 0"):
        _arguments.check_seed("x", value)


def test_seeds_are_whole_numbers_or_none() -> None:
    """NumPy's integers are seeds too."""
    assert (3, None) == (
        _arguments.check_seed("x", np.int32(3)),
        _arguments.check_seed("x", None),
    )
