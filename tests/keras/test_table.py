"""docs/keras.md lists all that Keras exports for such models: nothing is forgotten."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "keras.md"
SECTIONS = {
    "layers": "Layers",
    "activations": "Activations",
    "initializers": "Initializers",
    "regularizers": "Regularizers and constraints",
    "constraints": "Regularizers and constraints",
    "optimizers": "Optimizers",
    "optimizers.schedules": "Schedules",
    "losses": "Losses",
    "metrics": "Metrics",
    "callbacks": "Callbacks",
    "saving": "Saving",
    "utils": "Utilities",
    "ops": "Ops",
}
METHODS = {
    "compile": "compile",
    "fit": "fit",
}


def first_cells(section: str) -> str:
    """Return the first cells of the rows of a section."""
    text = PAGE.read_text("utf-8")
    match = re.search(
        rf"^## {section}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert match is not None, section
    lines = [line for line in match[1].splitlines() if line.startswith("|")]
    return "\n".join(line.split("|")[1] for line in lines)


@pytest.mark.parametrize("door", SECTIONS)
def test_all_that_keras_exports_is_listed(twins: Any, door: str) -> None:
    """Each public name of a module of Keras stands in its section."""
    module = twins.keras
    for part in door.split("."):
        module = getattr(module, part)
    exported = {name for name in dir(module) if not name.startswith("_")}
    shared = first_cells("Saving") if door == "utils" else ""
    known = set(re.findall(r"\w+", first_cells(SECTIONS[door]) + shared))
    assert set() == exported - known


@pytest.mark.parametrize("method", ["compile", "fit"])
def test_all_arguments_are_listed(twins: Any, method: str) -> None:
    """Each argument of Keras' compile and fit has its row."""
    theirs = inspect.signature(getattr(twins.keras.Sequential, method)).parameters
    known = set(re.findall(r"\w+", first_cells(METHODS[method])))
    assert set() == set(theirs) - known - {"self"}
