"""Layers without weights: Activation, Flatten; and Input, which only states a shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._activations import get as get_activation
from graphgrad.layers._activations import name_of
from graphgrad.layers._layer import Layer, Shape

__all__ = ["Activation", "Flatten", "Input"]


class Input:
    """The shape of one sample: the first element of a model that is built at once.

    >>> import graphgrad as gg
    >>> gg.Sequential([gg.Input((4,)), gg.Dense(3)]).output_shape
    (None, 3)
    """

    def __init__(self, shape: Sequence[int], *, name: str = "x") -> None:
        """State the shape without the batch axis."""
        if isinstance(shape, int) or not all(
            isinstance(side, int | np.integer) and side > 0 for side in shape
        ):
            raise ValueError(
                "Input needs the shape of one sample, a tuple without the batch "
                f"such as (784,), got {shape!r}"
            )
        self.shape: Shape = (None, *map(int, shape))
        self.name = name

    def __repr__(self) -> str:
        """Show the shape."""
        return f"<Input shape={self.shape}>"


class Activation(Layer):
    """A function of every element, or of the last axis, as a layer.

    >>> import graphgrad as gg
    >>> gg.Activation("relu")([[-1.0, 2.0]]).numpy()
    array([[0., 2.]], dtype=float32)
    """

    def __init__(self, activation: Any, **options: Any) -> None:
        """Take a name or a function of tensors."""
        super().__init__(**options)
        self.activation = get_activation(activation)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Apply the function."""
        return self.activation(x)

    def title(self) -> str:
        """Return, for example, ``Activation(relu)``."""
        return f"Activation({name_of(self.activation)})"


class Flatten(Layer):
    """All axes but the batch as one.

    >>> import graphgrad as gg
    >>> gg.Flatten()([[[1.0, 2.0], [3.0, 4.0]]]).shape
    (1, 4)
    """

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Reshape."""
        return gg.reshape(x, (x.shape[0], math.prod(x.shape[1:])))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Multiply the lengths after the batch."""
        if not input_shape:
            self.refuse_shape("at least the batch axis", input_shape)
        sides = [side for side in input_shape[1:] if side is not None]
        return (input_shape[0], math.prod(sides))
