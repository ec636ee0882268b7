"""Models and data for training."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg

Array = np.ndarray[Any, Any]


def data(rows: int = 70, width: int = 4, seed: int = 0) -> tuple[Array, Array]:
    """Return random samples with labels 0 and 1."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, width)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def network(*units: int, width: int = 4, optimizer: Any = "adam") -> gg.Sequential:
    """Return a compiled network that ends in a sigmoid."""
    hidden = [gg.Dense(n, "tanh") for n in units]
    model = gg.Sequential([gg.Input((width,)), *hidden, gg.Dense(1, "sigmoid")])
    model.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return model
