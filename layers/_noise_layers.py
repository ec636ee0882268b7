"""Layers that add or multiply noise while training, and do nothing else."""

from __future__ import annotations

import math
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._dropout import Dropout, RandomLayer, RatedLayer

__all__ = ["AlphaDropout", "GaussianDropout", "GaussianNoise"]

# What selu tends to on the left: -1.0507 * 1.6733.
_FLOOR = -1.7580993408473766


class GaussianNoise(RandomLayer):
    """Adds normal noise of the standard deviation ``stddev`` in training.

    >>> import graphgrad as gg
    >>> layer = gg.layers.GaussianNoise(0.1, seed=1)
    >>> layer([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        """Check the deviation, which may exceed 1, unlike in Keras."""
        super().__init__(seed, **options)
        self.stddev = self._checked(stddev)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Add the noise."""
        stddev = self._checked(self.stddev)
        if not training or stddev == 0:
            return x
        return x + self.draw(gg.random_normal, x.shape) * stddev

    def _checked(self, stddev: Any) -> float:
        return check_number("GaussianNoise's stddev", stddev, at_least=0)

    def title(self) -> str:
        """Return, for example, ``GaussianNoise(0.1)``."""
        return f"GaussianNoise({self.stddev:g})"


class GaussianDropout(RatedLayer):
    """Multiplies by normal noise of mean 1 in training, as noisy as `Dropout` is.

    The standard deviation of the noise is ``√(rate / (1 - rate))``.

    >>> import graphgrad as gg
    >>> gg.layers.GaussianDropout(0.2).title()
    'GaussianDropout(0.2)'
    """

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply by the noise."""
        rate = self._checked(self.rate)
        if not training or rate == 0:
            return x
        noise = self.draw(gg.random_normal, x.shape) * math.sqrt(rate / (1 - rate))
        return x * (noise + 1)


class AlphaDropout(Dropout):
    """Sets a share of the inputs to what selu has far left; keeps mean and variance.

    For networks of selu, whose inputs have mean 0 and variance 1 (Klambauer et al.,
    2017): all is scaled and shifted so that the outputs have them, too.

    >>> import graphgrad as gg
    >>> gg.layers.AlphaDropout(0.1).title()
    'AlphaDropout(0.1)'
    """

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Replace, scale and shift."""
        rate = self._checked(self.rate)
        if not training or rate == 0:
            return x
        scale = 1 / math.sqrt((1 - rate) * (1 + rate * _FLOOR**2))
        kept = self.kept(x, rate)
        mixed = x * kept + (1 - kept) * _FLOOR
        return mixed * scale - scale * rate * _FLOOR
