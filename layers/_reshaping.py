"""Layers that put the numbers of a sample into another shape or order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._identifiers import refuse_absent
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._shapes import show_shape

__all__ = ["Flatten", "Permute", "RepeatVector", "Reshape"]

_ABSENT = {
    "data_format": (
        (None, "channels_last"),
        "the axes are taken as they stand; reorder them with Permute",
    )
}


class Flatten(Layer):
    """All axes but the batch as one.

    >>> import graphgrad as gg
    >>> gg.Flatten()([[[1.0, 2.0], [3.0, 4.0]]]).shape
    (1, 4)
    """

    def __init__(self, **options: Any) -> None:
        """Take no argument of its own."""
        refuse_absent("Flatten", options, _ABSENT)
        super().__init__(**options)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Reshape."""
        return gg.reshape(x, (x.shape[0], math.prod(x.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Multiply the lengths after the batch."""
        if not input_shape:
            self.refuse_shape("at least the batch axis", input_shape)
        sides = [side for side in input_shape[1:] if side is not None]
        return (input_shape[0], math.prod(sides))


class Reshape(Layer):
    """The numbers of each sample in another shape; one length may be -1: what is left.

    >>> import graphgrad as gg
    >>> gg.layers.Reshape((2, -1))([[1.0, 2.0, 3.0, 4.0]]).numpy()
    array([[[1., 2.],
            [3., 4.]]], dtype=float32)
    """

    def __init__(self, target_shape: Sequence[int], **options: Any) -> None:
        """Check the shape, which does not name the batch."""
        super().__init__(**options)
        self.target_shape = _whole("Reshape's target_shape", target_shape)
        free = self.target_shape.count(-1)
        if free > 1 or any(side < 1 and side != -1 for side in self.target_shape):
            raise ArgumentError(
                "Reshape's target_shape has lengths of at least 1, and -1 once at "
                f"most, without the batch; got {target_shape!r}"
            )

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Reshape."""
        return gg.reshape(x, (x.shape[0], *self._target(x.shape)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the target, with the length that -1 stands for."""
        return (input_shape[0] if input_shape else None, *self._target(input_shape))

    def _target(self, shape: Shape) -> tuple[int, ...]:
        size = math.prod(side for side in shape[1:] if side is not None)
        known = math.prod(side for side in self.target_shape if side != -1)
        fits = size % known == 0 if -1 in self.target_shape else size == known
        if not shape or not fits:
            self.refuse_shape(
                f"samples of {'a multiple of ' if -1 in self.target_shape else ''}"
                f"{known} numbers",
                shape,
                f"that is {size} numbers per sample: take a target_shape of as many, "
                f"such as (-1,), or let the layer before give {known}",
            )
        return tuple(size // known if s == -1 else s for s in self.target_shape)

    def title(self) -> str:
        """Return, for example, ``Reshape((2, -1))``."""
        return f"Reshape({self.target_shape})"


class Permute(Layer):
    """The axes of each sample in another order, counted from 1 as in Keras.

    >>> import graphgrad as gg
    >>> gg.layers.Permute((2, 1))([[[1.0, 2.0, 3.0]]]).shape
    (1, 3, 1)
    """

    def __init__(self, dims: Sequence[int], **options: Any) -> None:
        """Check that each axis is named once."""
        super().__init__(**options)
        self.dims = _whole("Permute's dims", dims)
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ArgumentError(
                "Permute's dims names the axes 1, 2, ... of a sample once each, "
                f"got {dims!r}"
            )

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Transpose."""
        return gg.transpose(x, (0, *self.dims))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Put the lengths into the other order."""
        if len(input_shape) != len(self.dims) + 1:
            self.refuse_shape(f"{len(self.dims)} axes after the batch", input_shape)
        return (input_shape[0], *[input_shape[axis] for axis in self.dims])

    def title(self) -> str:
        """Return, for example, ``Permute((2, 1))``."""
        return f"Permute({self.dims})"


class RepeatVector(Layer):
    """The vector of each sample ``n`` times, along a new axis after the batch.

    >>> import graphgrad as gg
    >>> gg.layers.RepeatVector(2)([[1.0, 3.0]]).numpy()
    array([[[1., 3.],
            [1., 3.]]], dtype=float32)
    """

    def __init__(self, n: int, **options: Any) -> None:
        """Check the number."""
        super().__init__(**options)
        (self.n,) = _whole("RepeatVector's n", (n,))
        if self.n < 1:
            raise ArgumentError(f"RepeatVector's n must be at least 1, got {n!r}")

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Repeat."""
        whole = (x.shape[0], self.n, x.shape[1])
        return gg.broadcast_to(gg.expand_dims(x, 1), whole)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Put in the new axis."""
        if len(input_shape) != 2:
            self.refuse_shape("two axes, (batch, width)", input_shape)
        return (input_shape[0], self.n, input_shape[1])

    def title(self) -> str:
        """Return, for example, ``RepeatVector(3)``."""
        return f"RepeatVector({self.n})"


def _whole(what: str, values: Any) -> tuple[int, ...]:
    if not isinstance(values, list | tuple) or not all(
        isinstance(each, int | np.integer) and not isinstance(each, bool)
        for each in values
    ):
        shown = show_shape(tuple(values)) if isinstance(values, tuple) else repr(values)
        raise ArgumentError(f"{what} must be made of whole numbers, got {shown}")
    return tuple(int(each) for each in values)
