"""Dropout: zeros at random while training, with explicit random state."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._random_state import next_seed

__all__ = ["Dropout"]


class Dropout(Layer):
    """Sets a share ``rate`` of the inputs to 0 in training, and scales up the others.

    The kept inputs are divided by ``1 - rate``, so that sums stay the same on average.
    Outside training nothing changes. The random bits come from a state of the layer
    (seed and counter), which the training program advances.

    >>> import graphgrad as gg
    >>> layer = gg.Dropout(0.5, seed=1)
    >>> layer([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        rate: float,
        *,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        """Check the rate."""
        super().__init__(**options)
        if (
            isinstance(rate, bool)
            or not isinstance(rate, int | float)
            or not 0 <= rate < 1
        ):
            raise ValueError(
                f"Dropout needs a rate of at least 0 and below 1, got {rate!r}"
            )
        self.rate = float(rate)
        self.seed = seed
        self.state: gg.Variable

    def build(self, input_shape: Shape) -> None:
        """Make the random state."""
        seed = next_seed() if self.seed is None else self.seed

        def initial(_: Any, dtype: Any) -> np.ndarray[Any, Any]:
            return np.array([seed, 0], dtype)

        self.state = self.add_weight(
            "seed", (2,), initial, dtype="uint64", trainable=False, kind="random"
        )

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply by 0 or by ``1 / (1 - rate)``."""
        if not training or self.rate == 0:
            return x
        drawn = gg.random_uniform(self.state, x.shape, x.dtype)
        gg.assign(self.state, self.state + np.array([0, 1], np.uint64))
        kept = gg.cast(drawn >= self.rate, x.dtype)
        return x * (kept * (1 / (1 - self.rate)))

    def title(self) -> str:
        """Return, for example, ``Dropout(0.5)``."""
        return f"Dropout({self.rate:g})"
