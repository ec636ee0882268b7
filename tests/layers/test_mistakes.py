"""docs/mistakes.md: each row's code is run, and is refused with the row's words."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import graphgrad as gg

PAGE = Path(__file__).parents[2] / "docs" / "mistakes.md"
ROW = re.compile(r"^\| ([^|`]+) \| `([^|`]+)` \| ([^|]*) \|$", re.MULTILINE)


class Mistake(NamedTuple):
    """A row: what was done wrong, the code, and what it is refused with."""

    name: str
    code: str
    message: str


def rows() -> tuple[list[Mistake], list[Mistake]]:
    """Return the rows of what is refused, and of what is warned of."""
    refused, _, warned = PAGE.read_text("utf-8").partition("## Warned of")
    first, second = (
        [Mistake(*found) for found in ROW.findall(part)] for part in (refused, warned)
    )
    return first, second


REFUSED, WARNED = rows()


def model(units: int, activation: str | None, loss: str) -> gg.Sequential:
    """Return a compiled model of two numbers."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((2,)), gg.Dense(units, activation)])
    made.compile("sgd", loss)
    return made


def names(folder: Path) -> dict[str, Any]:
    """Return what the codes of the rows may name, as the page says it."""
    ids = gg.Sequential(
        [gg.Input((3,)), gg.layers.Embedding(5, 2), gg.layers.Flatten()]
    )
    ids.add(gg.Dense(1))
    ids.compile("sgd", "mse")
    x = np.arange(12.0).reshape(6, 2) / 12
    return {
        "np": np,
        "pd": pd,
        "gg": gg,
        "file": folder / "weights.safetensors",
        "x": x,
        "frame": pd.DataFrame(x, list("pqrstu"), ["a", "b"]),
        "y": np.arange(6) % 2,
        "nan": np.nan,
        "yes": model(1, "sigmoid", "binary_crossentropy"),
        "of3": model(3, "softmax", "sparse_categorical_crossentropy"),
        "hot": model(3, "softmax", "categorical_crossentropy"),
        "real": model(1, None, "mse"),
        "ids": ids,
    }


def refusal(code: str, known: dict[str, Any]) -> str:
    """Run a row's code; return what it is refused with, as one cell of a table."""
    with pytest.raises(gg.GraphgradError) as caught:
        exec(code, known)  # noqa: S102  # it is the page that is tested
    return cell(caught.value)


def cell(said: BaseException) -> str:
    """Return an error or a warning as one cell of a table."""
    text = f"{type(said).__name__}: {said}"
    return text.replace("|", "/").replace("\n", " ").replace("`", "'")


def compare(row: Mistake, message: str) -> None:
    """Compare what was said with the row, or write it there if that is asked for."""
    if os.environ.get("UPDATE_DOCS"):
        text = PAGE.read_text("utf-8")
        old = f"| {row.name} | `{row.code}` | {row.message} |"
        new = f"| {row.name} | `{row.code}` | {message} |"
        PAGE.write_text(text.replace(old, new), "utf-8")
        return
    assert message == row.message


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.name)
def test_mistake_is_refused_with_the_message_of_its_row(
    row: Mistake, tmp_path: Path
) -> None:
    """Nothing has changed then: the weights are what they were."""
    known = names(tmp_path)
    models = [each for each in known.values() if isinstance(each, gg.Sequential)]
    before = [weight for each in models for weight in each.get_weights()]
    message = refusal(row.code, known)
    after = [weight for each in models for weight in each.get_weights()]
    assert all(np.array_equal(*each) for each in zip(before, after, strict=True))
    compare(row, message)


@pytest.mark.parametrize("row", WARNED, ids=lambda row: row.name)
def test_mistake_is_warned_of_in_the_words_of_its_row(
    row: Mistake, tmp_path: Path
) -> None:
    """Of one mistake one thing is said, however often."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exec(row.code, names(tmp_path))  # noqa: S102  # it is the page that is tested
    (message,) = {
        cell(each.message) for each in caught if isinstance(each.message, Warning)
    }
    compare(row, message)


def test_there_are_mistakes_and_no_line_is_passed_over() -> None:
    """A row that the pattern misses would be a promise without a test."""
    text = PAGE.read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    heads = [line for line in lines if line.startswith(("| the mistake", "| ---"))]
    found = [row.name for row in (*REFUSED, *WARNED)]
    assert len(found) == len(lines) - len(heads) >= 120
    assert len(set(found)) == len(found)
