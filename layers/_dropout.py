"""Dropout layers: zeros at random while training, with explicit random state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_number, check_seed
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._random_state import next_seed
from graphgrad.layers._shapes import show_shape

__all__ = ["Dropout", "RandomLayer", "RatedLayer", "SpatialDropout1D"]


class RandomLayer(Layer):
    """A layer that draws random numbers while training: the base of the noisy ones.

    They come from a state of the layer, a seed and a counter, which the training
    program advances: the same seed gives the same numbers, whatever else is drawn.

    >>> import graphgrad as gg
    >>> class Shaken(RandomLayer):
    ...     def call(self, x, training=False):
    ...         return x + self.draw(gg.random_normal, x.shape) if training else x
    >>> Shaken(seed=1)([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(self, seed: int | None = None, **options: Any) -> None:
        """Check the seed; None takes one from graphgrad's own source."""
        super().__init__(**options)
        self.seed = check_seed(f"{type(self).__name__}'s seed", seed)
        self.state: gg.Variable

    def build(self, input_shape: Shape) -> None:
        """Make the random state."""
        seed = next_seed() if self.seed is None else self.seed

        def initial(_: Any, dtype: Any) -> np.ndarray[Any, Any]:
            return np.array([seed, 0], dtype)

        self.state = self.add_weight(
            "seed", (2,), initial, dtype="uint64", trainable=False, kind="random"
        )

    def draw(self, distribution: Any, shape: Sequence[int]) -> gg.Tensor:
        """Draw by ``gg.random_uniform`` or ``gg.random_normal``; count up the state."""
        drawn: gg.Tensor = distribution(self.state, tuple(shape), self.dtype)
        gg.assign(self.state, self.state + np.array([0, 1], np.uint64))
        return drawn

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape


class RatedLayer(RandomLayer):
    """A random layer that concerns a share ``rate`` of its inputs.

    >>> RatedLayer(0.25).rate
    0.25
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        """Check the rate; it may be changed later, and the random state goes on."""
        super().__init__(seed, **options)
        self.rate = self._checked(rate)

    def _checked(self, rate: Any) -> float:
        what = f"{type(self).__name__}'s rate"
        return check_number(what, rate, at_least=0, below=1)

    def title(self) -> str:
        """Return, for example, ``Dropout(0.5)``."""
        return f"{type(self).__name__}({self.rate:g})"


class Dropping(RatedLayer):
    """A layer that sets a share ``rate`` of its inputs to 0 in training.

    >>> Dropping(0.5, seed=1)([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply by 0 or by ``1 / (1 - rate)``."""
        rate = self._checked(self.rate)
        if not training or rate == 0:
            return x
        return x * (self.kept(x, rate) * (1 / (1 - rate)))

    def kept(self, x: gg.Tensor, rate: float) -> gg.Tensor:
        """Draw 1 for what is kept, and 0 for a share ``rate``."""
        drawn = self.draw(gg.random_uniform, self.noise_sides(x.shape))
        return gg.cast(drawn >= rate, x.dtype)

    def noise_sides(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of what is drawn for an input, to which it broadcasts."""
        return shape


class Dropout(Dropping):
    """Sets a share ``rate`` of the inputs to 0 in training, and scales up the others.

    The kept inputs are divided by ``1 - rate``, so that sums stay the same on average.
    Outside training nothing changes. ``noise_shape`` has 1 along axes that are dropped
    or kept as a whole, and None for lengths that are those of the input, such as the
    batch's.

    >>> import graphgrad as gg
    >>> layer = gg.Dropout(0.5, seed=1)
    >>> layer([[1.0, 2.0]]).numpy()
    array([[1., 2.]], dtype=float32)
    """

    def __init__(
        self,
        rate: float,
        noise_shape: Sequence[int | None] | None = None,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        """Check the arguments."""
        super().__init__(rate, seed, **options)
        self.noise_shape = _checked_noise_shape(type(self).__name__, noise_shape)

    def noise_sides(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Put the input's lengths in the places of None."""
        if self.noise_shape is None:
            return shape
        pairs = zip(self.noise_shape, shape, strict=True)
        return tuple(own if side is None else side for side, own in pairs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape, if the noise broadcasts to it."""
        noise = self.noise_shape
        if noise is not None:
            fits = len(noise) == len(input_shape) and all(
                side in (None, 1, own)
                for side, own in zip(noise, input_shape, strict=True)
            )
            if not fits:
                self.refuse_shape(
                    f"a shape that noise_shape={show_shape(noise)} broadcasts to",
                    input_shape,
                    "give 1 or None for every axis, None for the batch",
                )
        return input_shape


class SpatialDropout1D(Dropping):
    """Dropout of whole features: each is 0 in all steps of a sample, or in none.

    Its inputs have shape (batch, steps, features), such as those of an `Embedding`.

    >>> import graphgrad as gg
    >>> layer = gg.layers.SpatialDropout1D(0.5, seed=1)
    >>> layer([[[1.0, 2.0]]]).numpy()
    array([[[1., 2.]]], dtype=float32)
    """

    def noise_sides(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Draw once for all steps."""
        return (shape[0], 1, shape[2])

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape, of three axes."""
        if len(input_shape) != 3:
            self.refuse_shape("the axes (batch, steps, features)", input_shape)
        return input_shape


def _checked_noise_shape(owner: str, shape: Any) -> Shape | None:
    if shape is None:
        return None
    if isinstance(shape, list | tuple) and all(
        side is None or (isinstance(side, int) and side > 0) for side in shape
    ):
        return tuple(shape)
    raise ArgumentError(
        f"{owner}'s noise_shape has a whole number or None for every axis, "
        f"got {shape!r}"
    )
