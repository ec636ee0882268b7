"""Docstrings: each public name has an example, and every example runs as it stands."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import graphgrad as gg
import graphgrad.layers
import graphgrad.viz

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {
    "graphgrad": "graphgrad",
    "graphgrad.layers": "layers",
    "graphgrad.viz": "viz",
}
MODULES = sorted(
    ".".join([package, *path.relative_to(ROOT / folder).with_suffix("").parts])
    for package, folder in FOLDERS.items()
    for path in (ROOT / folder).rglob("*.py")
    if path.stem not in {"__init__", "__main__"}
)
DOORS = [
    gg,
    graphgrad.layers,
    graphgrad.viz,
    *[getattr(gg, name) for name in ("activations", "callbacks", "initializers")],
    *[getattr(gg, name) for name in ("losses", "metrics", "optimizers", "passes")],
    gg.optimizers.schedules,
    *[getattr(gg, name) for name in ("models", "profiling", "recording", "saving")],
    gg.regularizers,
    gg.sites,
    *[getattr(gg, name) for name in ("backend", "config", "equations", "ops", "utils")],
    *[getattr(gg, name) for name in ("constraints", "contracts", "testing")],
    gg.testing.strategies,
]

# Errors say it themselves; dtypes are NumPy's; an alias has the example of its name.
EXEMPT = (Exception, bool, int, float)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run_as_they_stand(name: str) -> None:
    """A module is imported by its installed name, never by its path."""
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_public_names_have_an_example(door: ModuleType) -> None:
    """What is exported is shown in use."""
    silent = []
    for name in door.__all__:
        thing = getattr(door, name)
        if not callable(thing) or inspect.ismodule(thing):
            continue
        if inspect.isclass(thing) and issubclass(thing, EXEMPT):
            continue
        if (getattr(thing, "__module__", "") or "").startswith("numpy"):
            continue
        if ">>>" not in (inspect.getdoc(thing) or ""):
            silent.append(name)
    assert silent == []


def test_everything_exported_is_there() -> None:
    """`__all__` and `dir` name what can be had."""
    for door in DOORS:
        assert all(hasattr(door, name) for name in door.__all__)
    assert set(gg.__all__) <= set(dir(gg))
