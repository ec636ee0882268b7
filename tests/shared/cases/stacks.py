"""Layers of a user's, for models and lists."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg

Shape = tuple[int | None, ...]


class Scale(gg.Layer):
    """Multiplies by a weight per feature; keeps its argument in an attribute."""

    def __init__(self, start: Any = "ones", **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Shape) -> None:
        """Make the weight."""
        self.factor = self.add_weight("factor", (input_shape[-1] or 0,), self.start)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Multiply."""
        return x * self.factor


class Residual(gg.Layer):
    """Two layers around which the input goes, too; no build, no shape, no training."""

    def __init__(self, units: int, rate: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.units = units
        self.rate = rate
        self.inner = [gg.Dense(units, "relu"), gg.Dropout(rate, seed=1)]

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Concatenate the input and what the layers make of it."""
        y = x
        for layer in self.inner:
            y = layer(y)
        return gg.concatenate([x, y], axis=-1)


def data(rows: int = 12, width: int = 3) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, width)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def compiled(*layers: Any) -> gg.Sequential:
    """Return a compiled model of these layers and a sigmoid."""
    model = gg.Sequential([gg.Input((3,)), *layers, gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model
