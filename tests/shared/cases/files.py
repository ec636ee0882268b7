"""Files of models."""

from __future__ import annotations

import graphgrad as gg


def made(units: int = 2) -> gg.Sequential:
    """Return a small compiled model."""
    model = gg.Sequential([gg.Input((3,)), gg.Dense(units), gg.Dropout(0.5, seed=1)])
    model.compile("adam", "mse")
    return model
