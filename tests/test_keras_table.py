"""docs/keras.md: each row is of one of three kinds, has its test, and is true."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "keras.md"

# The sections that list what a public module exports.
SECTIONS = {
    "Layers": ("layers",),
    "Activations": ("activations",),
    "Initializers": ("initializers",),
    "Regularizers and constraints": ("regularizers", "constraints"),
    "Optimizers": ("optimizers",),
    "Schedules": ("optimizers.schedules",),
    "Losses": ("losses",),
    "Metrics": ("metrics",),
    "Callbacks": ("callbacks",),
    "Saving": ("saving",),
    "Ops": ("ops",),
    "Backend and config": ("backend", "config"),
}
KINDS = {"same", "better", "absent"}


class Row(NamedTuple):
    """A line of the table: names, kind, reason, test."""

    section: str
    names: tuple[str, ...]
    kind: str
    test: str


def rows() -> list[Row]:
    """Return the rows of all sections but the last, which lists traps."""
    found, section = [], ""
    for line in PAGE.read_text("utf-8").splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ")
        elif line.startswith("| ") and section != "Traps":
            names, kind, _, test = [cell.strip() for cell in line.split("|")[1:-1]]
            if names != "Keras":
                codes = tuple(re.findall(r"`(\w+)`", names))
                found.append(Row(section, codes, kind, test))
    return found


def named_tests() -> list[str]:
    """Return what stands in the last cell of every line of every table."""
    lines = PAGE.read_text("utf-8").splitlines()
    cells = [line.split("|")[-2].strip() for line in lines if line.startswith("| ")]
    return [cell for cell in cells if cell != "test"]


@cache
def functions(path: str) -> frozenset[str]:
    """Return the names of the functions of a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        each.name for each in tree.body if isinstance(each, ast.FunctionDef)
    )


def listed(section: str, *kinds: str) -> set[str]:
    """Return the names of a section's rows of some kinds."""
    found = [row for row in rows() if row.section == section and row.kind in kinds]
    return {name for row in found for name in row.names}


def test_rows_are_same_better_or_absent() -> None:
    """There is no fourth kind, and there are rows of each."""
    assert {row.kind for row in rows()} == KINDS


@pytest.mark.parametrize("test", sorted(set(named_tests())))
def test_each_line_has_a_test(test: str) -> None:
    """The last cell names a function of a file of tests."""
    match = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test)
    assert match is not None
    assert match[2] in functions(match[1])


@pytest.mark.parametrize("section", SECTIONS)
def test_what_we_export_is_listed(section: str) -> None:
    """Each public name of a door stands in its section, and not as absent."""
    for door in SECTIONS[section]:
        module = importlib.import_module(f"graphgrad.{door}")
        assert set() == set(module.__all__) - listed(section, "same", "better")


@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_absent_is_absent(section: str) -> None:
    """No door of the section exports what the table says that there is not."""
    for door in SECTIONS[section]:
        module = importlib.import_module(f"graphgrad.{door}")
        assert set() == set(module.__all__) & listed(section, "absent")
