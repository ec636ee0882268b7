"""Keras beside graphgrad: things are described by Keras code, and made in both.

A description is the text that a user would write, such as ``losses.Huber(delta=0.5)``.
`Twins` evaluates it once with the modules of Keras and once with ours, starts both from
the same weights, and compares what they compute. Keras runs on JAX, in float32, as we
do; both round in their own ways, so that numbers agree to a tolerance of the tests.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "jax"
os.environ["JAX_PLATFORMS"] = "cpu"

Array = np.ndarray[Any, Any]

DOORS = (
    "activations",
    "callbacks",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "ops",
    "optimizers",
    "regularizers",
    "utils",
)


class Twins:
    """The two libraries, and what is made in both of them."""

    def __init__(self) -> None:
        """Import both by their names alone, so that no type checker needs Keras."""
        self.keras: Any = importlib.import_module("keras")
        self.ours: Any = importlib.import_module("graphgrad")

    def make(self, text: str, **given: Any) -> tuple[Any, Any]:
        """Return what the text makes in Keras, and what it makes here."""
        theirs, ours = [
            eval(text, {**_names(library), "np": np, **given})
            for library in (self.keras, self.ours)
        ]
        return theirs, ours

    def models(
        self, layers: str, shape: str = "(4,)", seed: int = 0, **compiled: str
    ) -> tuple[Any, Any]:
        """Return two models of the layers, with the same weights, each compiled.

        What `compile` takes is text too: ``loss="losses.Huber()"``. A name such as
        ``mse`` stands in quotes inside of it.
        """
        both = self.make(f"Sequential([Input({shape}), {layers}])")
        for model in both:
            model.compile(**self._arguments(model, compiled))
        self.same_weights(*both, seed=seed)
        return both

    def _arguments(self, model: Any, compiled: Mapping[str, str]) -> dict[str, Any]:
        theirs = isinstance(model, self.keras.Model)
        library = self.keras if theirs else self.ours
        eager = {"run_eagerly": True} if theirs else {}
        return {
            name: eval(text, {**_names(library), "np": np})
            for name, text in compiled.items()
        } | eager

    def numbers(self, value: Any) -> Array:
        """Return the array in a tensor of either library."""
        return numbers(value)

    def same_weights(self, theirs: Any, ours: Any, seed: int = 0) -> None:
        """Draw weights for both: small ones, and positive where it is a variance."""
        rng = np.random.default_rng(seed)
        shapes = [w.shape for w in theirs.get_weights()]
        assert shapes == [w.shape for w in ours.get_weights()]
        drawn = [rng.normal(0, 0.6, shape) for shape in shapes]
        # Nothing but the moving variance and scale have to be positive.
        for i, weight in enumerate(theirs.weights):
            if "variance" in weight.path or "gamma" in weight.path:
                drawn[i] = np.abs(drawn[i]) + 0.5
            if weight.dtype not in ("float32", "float64"):
                drawn[i] = theirs.get_weights()[i]
        for model in (theirs, ours):
            model.set_weights([value.astype("float32") for value in drawn])

    def fit(
        self, both: tuple[Any, Any], *args: Any, **options: Any
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Train both in the same order of samples, and return their histories."""
        quiet = {"verbose": 0, "shuffle": False} | options
        theirs, ours = [model.fit(*args, **quiet).history for model in both]
        return theirs, ours

    def agree(
        self, theirs: Any, ours: Any, rtol: float = 1e-4, atol: float = 1e-5
    ) -> None:
        """Compare two trees of numbers."""
        compare(theirs, ours, rtol, atol)

    def trained_alike(
        self,
        both: tuple[Any, Any],
        *args: Any,
        rtol: float = 1e-4,
        atol: float = 1e-5,
        **options: Any,
    ) -> None:
        """Train both, and compare every loss and metric, and every weight after it.

        The order of names is not compared: Keras sorts all of them, we keep those of
        the validation together.
        """
        theirs, ours = self.fit(both, *args, **options)
        compare(theirs, ours, rtol, atol)
        for one, other in zip(both[0].weights, both[1].weights, strict=True):
            np.testing.assert_allclose(
                numbers(other), numbers(one), rtol, atol, err_msg=one.path
            )


def _names(library: ModuleType) -> dict[str, Any]:
    doors = {name: getattr(library, name) for name in DOORS if hasattr(library, name)}
    return {**doors, "Sequential": library.Sequential, "Input": library.Input}


def numbers(value: Any) -> Array:
    """Return the array in a tensor of either library."""
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy())
    return np.asarray(value)


def compare(theirs: Any, ours: Any, rtol: float, atol: float, place: str = "") -> None:
    """Compare two trees of numbers, leaf by leaf."""
    if isinstance(theirs, dict):
        assert set(theirs) == set(ours), place
        for name in theirs:
            compare(theirs[name], ours[name], rtol, atol, f"{place} {name}")
    elif isinstance(theirs, list | tuple):
        assert len(theirs) == len(ours), place
        for i, (one, other) in enumerate(zip(theirs, ours, strict=True)):
            compare(one, other, rtol, atol, f"{place}[{i}]")
    elif isinstance(theirs, str) or theirs is None:
        assert theirs == ours, place
    else:
        one, other = numbers(theirs), numbers(ours)
        np.testing.assert_allclose(other, one, rtol, atol, err_msg=place)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let Keras warn of what it does itself; elsewhere a warning is an error."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(
                pytest.mark.filterwarnings("ignore:__array__ implementation")
            )


@pytest.fixture(scope="session")
def twins() -> Twins:
    """Return the two libraries."""
    return Twins()
