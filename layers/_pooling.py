"""Layers that make one vector of a sample's many: their mean or their maximum."""

from __future__ import annotations

from typing import Any, ClassVar

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_flag
from graphgrad.layers._layer import Layer, Shape

__all__ = [
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
]


class GlobalPooling(Layer):
    """A layer that reduces all axes between the batch and the last: the common base.

    >>> GlobalPooling(keepdims=True).keepdims
    True
    """

    places: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **options: Any
    ) -> None:
        """Check the arguments; with ``keepdims`` axes of length 1 stay."""
        super().__init__(**options)
        owner = type(self).__name__
        if data_format not in (None, "channels_last"):
            raise ArgumentError(
                f"{owner}'s data_format is 'channels_last', got {data_format!r}: put "
                "Permute before it, which moves the axis of the features to the end"
            )
        self.data_format = "channels_last"
        self.keepdims = check_flag(f"{owner}'s keepdims", keepdims)

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes that are reduced."""
        return tuple(range(1, 1 + len(self.places)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Leave the batch and the features."""
        if len(input_shape) != len(self.places) + 2:
            axes = ("batch", *self.places, "features")
            self.refuse_shape(f"the axes ({', '.join(axes)})", input_shape)
        kept = tuple(1 for _ in self.places) if self.keepdims else ()
        return (input_shape[0], *kept, input_shape[-1])


class Averaged(GlobalPooling):
    """A pooling layer that returns means.

    >>> Averaged().axes
    ()
    """

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Return the mean of each feature."""
        return gg.mean(x, self.axes, keepdims=self.keepdims)


class Greatest(GlobalPooling):
    """A pooling layer that returns maxima.

    >>> Greatest().axes
    ()
    """

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Return the maximum of each feature."""
        return gg.max(x, self.axes, keepdims=self.keepdims)


class GlobalAveragePooling1D(Averaged):
    """The mean of each feature over the steps: (batch, steps, features) as input.

    After an `Embedding` it makes a bag of words of a text.

    >>> import graphgrad as gg
    >>> gg.layers.GlobalAveragePooling1D()([[[1.0, 5.0], [3.0, 1.0]]]).numpy()
    array([[2., 3.]], dtype=float32)
    """

    places = ("steps",)


class GlobalAveragePooling2D(Averaged):
    """The mean of each feature: (batch, rows, columns, features) as input.

    >>> import graphgrad as gg
    >>> gg.layers.GlobalAveragePooling2D()([[[[1.0], [3.0]]]]).numpy()
    array([[2.]], dtype=float32)
    """

    places = ("rows", "columns")


class GlobalMaxPooling1D(Greatest):
    """The maximum of each feature over the steps: (batch, steps, features) as input.

    >>> import graphgrad as gg
    >>> gg.layers.GlobalMaxPooling1D()([[[1.0, 5.0], [3.0, 1.0]]]).numpy()
    array([[3., 5.]], dtype=float32)
    """

    places = ("steps",)


class GlobalMaxPooling2D(Greatest):
    """The maximum of each feature: (batch, rows, columns, features) as input.

    >>> import graphgrad as gg
    >>> gg.layers.GlobalMaxPooling2D()([[[[1.0], [3.0]]]]).numpy()
    array([[3.]], dtype=float32)
    """

    places = ("rows", "columns")
