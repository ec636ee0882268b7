"""docs/conventions.md is true: every row of its table is evaluated."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import graphgrad as gg

PAGE = Path(__file__).parents[2] / "docs" / "conventions.md"
NAMES: dict[str, Any] = {name: getattr(gg, name) for name in gg.__all__}
CONSTANTS = {"inf": math.inf, "nan": math.nan}


class Row(NamedTuple):
    """One row: a function, the point, and the gradients there."""

    function: str
    point: str
    gradients: list[str]


def code(cell: str) -> str:
    """Return what stands between backticks."""
    found = re.fullmatch(r"`([^`]+)`", cell)
    return found[1] if found else ""


def rows() -> list[Row]:
    """Read the table."""
    lines = [line for line in PAGE.read_text("utf-8").splitlines() if line[:1] == "|"]
    table = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]
    ]
    return [
        Row(code(what), code(where), [code(each) for each in (x, y) if each])
        for what, where, x, y, _ in table
    ]


def point(row: Row, dtype: str) -> list[Any]:
    """Return the values of x, and of y if there is one."""
    values: dict[str, Any] = {}
    for assignment in re.split(r", (?=y)", row.point):
        name, text = assignment.split(" = ")
        values[name] = np.array(eval(text, CONSTANTS), dtype)  # noqa: S307
    assert list(values) == ["x", "y"][: len(row.gradients)]
    return list(values.values())


def function(row: Row) -> Callable[..., Any]:
    """Return the function of x and y whose result is summed up."""

    def call(x: Any, y: Any = None) -> Any:
        scope = {**NAMES, **CONSTANTS, "x": x, "y": y}
        return gg.sum(eval(row.function, scope))  # noqa: S307

    return call


def as_is(f: Callable[..., Any]) -> Callable[..., Any]:
    """Leave a function as it is."""
    return f


@pytest.mark.parametrize("way", [as_is, gg.jit], ids=["eager", "compiled"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "row", rows(), ids=lambda row: f"{row.function} at {row.point}"
)
def test_row(row: Row, dtype: str, way: Callable[[Any], Callable[..., Any]]) -> None:
    """The gradients at the point are those that the page states."""
    values = point(row, dtype)
    expected = [eval(g, {**CONSTANTS, "log": math.log}) for g in row.gradients]  # noqa: S307
    gradient = gg.grad(function(row), argnums=tuple(range(len(values))))
    with np.errstate(all="ignore"):
        actual = way(gradient)(*values)
    for want, got in zip(expected, actual, strict=True):
        assert got.dtype == dtype
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-6)


def test_table_is_read() -> None:
    """The page has a table; its rows have a function, a point and gradients."""
    assert len(rows()) > 40
    assert all(row.function and row.point and all(row.gradients) for row in rows())


def test_every_kink_that_a_docstring_names_has_a_row() -> None:
    """A primitive whose docstring speaks of a derivative at a point is in the table."""
    told = {
        name
        for name, kind in gg.OPS.items()
        if re.search(
            r"derivatives? (at|on|are exact)|share the gradient", kind.__doc__ or ""
        )
    }
    shown = {name for row in rows() for name in re.findall(r"\w+(?=\()", row.function)}
    assert told - shown == set()
