"""Layers that normalize each sample alone, by its moments or by its length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import axis_numbers, check_number
from graphgrad.layers._identifiers import FixedArguments, refuse_absent
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._moments import Affine, check_axes, spread

__all__ = ["LayerNormalization", "RMSNormalization", "UnitNormalization"]

# Below it a length counts as this, so that zeros stay zeros, also in the gradient.
_SHORTEST = 1e-12

_ABSENT = {
    "rms_scaling": (
        (False,),
        "in Keras it divides by the variance, which is no root of a mean square",
    )
}


class LayerNormalization(Affine):
    """Shifts and scales each sample to mean 0 and variance 1 along ``axis``.

    The result is ``(x - mean) / √(variance + epsilon) * gamma + beta``, in training and
    outside of it; gamma and beta have a number for each place along the axis or axes.

    >>> import graphgrad as gg
    >>> layer = gg.layers.LayerNormalization(epsilon=1e-9)
    >>> layer([[1.0, 3.0]]).numpy()
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        """Check the arguments."""
        refuse_absent("LayerNormalization", options, _ABSENT)
        super().__init__(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **options,
        )
        self.axis = axis_numbers("LayerNormalization's axis", axis)

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta."""
        self.make_affine([input_shape[each] or 0 for each in self.axes_in(input_shape)])

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Normalize each sample."""
        axes = self.axes_in(x.shape)
        centred = x - gg.mean(x, axes, keepdims=True)
        variance = gg.mean(gg.square(centred), axes, keepdims=True)
        return self.affine(centred, variance, axes)

    def title(self) -> str:
        """Return, for example, ``LayerNormalization()``."""
        return f"LayerNormalization({'' if self.axis == -1 else f'axis={self.axis}'})"


class RMSNormalization(FixedArguments, Layer):
    """Divides each sample by its root mean square along ``axis``, times ``scale``.

    The result is ``x / √(mean(x²) + epsilon) * scale``; the learned scale has a number
    for each place along the axis or axes.

    >>> import graphgrad as gg
    >>> gg.layers.RMSNormalization()([[1.0, -7.0]]).numpy()
    array([[ 0.2, -1.4]], dtype=float32)
    """

    _fixed = frozenset({"axis"})

    def __init__(
        self, axis: int | Sequence[int] = -1, epsilon: float = 1e-6, **options: Any
    ) -> None:
        """Check the arguments."""
        super().__init__(**options)
        self.axis = axis_numbers("RMSNormalization's axis", axis)
        self.epsilon = check_number("RMSNormalization's epsilon", epsilon, above=0)
        self.scale: gg.Variable

    def build(self, input_shape: Shape) -> None:
        """Make the scale."""
        axes = check_axes(self, self.axis, input_shape)
        sides = [input_shape[each] or 0 for each in axes]
        self.scale = self.add_weight("scale", sides, "ones")

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Divide by the root mean square."""
        axes = check_axes(self, self.axis, x.shape)
        squares = gg.mean(gg.square(x), axes, keepdims=True)
        return (
            x * (1 / gg.sqrt(squares + self.epsilon)) * spread(self.scale, axes, x.ndim)
        )

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape; the axes must be there, and as long as before."""
        axes = check_axes(self, self.axis, input_shape)
        sides = tuple(input_shape[each] for each in axes)
        if self.built and self.scale.shape != sides:
            self.refuse_shape(
                f"the length {' and '.join(map(str, self.scale.shape))} on axis "
                f"{' and '.join(map(str, axes))}",
                input_shape,
                "its scale was built for that",
            )
        return input_shape

    def title(self) -> str:
        """Return, for example, ``RMSNormalization()``."""
        return f"RMSNormalization({'' if self.axis == -1 else f'axis={self.axis}'})"


class UnitNormalization(Layer):
    """Scales each sample to length 1 along ``axis``; zeros stay zeros.

    >>> import graphgrad as gg
    >>> gg.layers.UnitNormalization()([[3.0, 4.0]]).numpy()
    array([[0.6, 0.8]], dtype=float32)
    """

    def __init__(self, axis: int | Sequence[int] = -1, **options: Any) -> None:
        """Check the axis."""
        super().__init__(**options)
        self.axis = axis_numbers("UnitNormalization's axis", axis)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Divide by the length."""
        squares = gg.sum(gg.square(x), axis=self.axis, keepdims=True)
        return x / gg.sqrt(gg.maximum(squares, _SHORTEST**2))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape; the axes must be there."""
        check_axes(self, self.axis, input_shape)
        return input_shape

    def title(self) -> str:
        """Return, for example, ``UnitNormalization()``."""
        return f"UnitNormalization({'' if self.axis == -1 else f'axis={self.axis}'})"
