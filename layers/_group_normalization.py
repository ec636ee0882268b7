"""GroupNormalization: each sample's features normalized in groups."""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, axis_number, check_count
from graphgrad.layers._layer import Shape
from graphgrad.layers._moments import Affine, spread

__all__ = ["GroupNormalization"]


class GroupNormalization(Affine):
    """Shifts and scales each group of features of a sample to mean 0 and variance 1.

    Neighbours along ``axis`` make ``groups`` groups of the same size, together with all
    other axes of the sample; -1 makes each feature a group. Then come
    ``* gamma + beta``, which have a number for each feature.

    >>> import graphgrad as gg
    >>> layer = gg.layers.GroupNormalization(2, epsilon=1e-9)
    >>> layer([[1.0, 3.0, 8.0, 4.0]]).numpy()
    array([[-1.,  1.,  1., -1.]], dtype=float32)
    """

    _fixed = Affine._fixed | {"groups"}

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        self.groups = _checked_groups(groups)
        self.axis = axis_number("GroupNormalization's axis", axis)

    def build(self, input_shape: Shape) -> None:
        """Make gamma and beta."""
        self.make_affine([input_shape[each] or 0 for each in self.axes_in(input_shape)])

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Normalize each group."""
        (axis,) = self.axes_in(x.shape)
        side = x.shape[axis]
        groups = side if self.groups == -1 else self.groups
        parts = (*x.shape[:axis], groups, side // groups, *x.shape[axis + 1 :])
        grouped = gg.reshape(x, parts)
        axes = [each for each in range(1, len(parts)) if each != axis]
        centred = grouped - gg.mean(grouped, axes, keepdims=True)
        variance = gg.mean(gg.square(centred), axes, keepdims=True)
        y = gg.reshape(centred / gg.sqrt(variance + self.epsilon), x.shape)
        if self.gamma is not None:
            y = y * spread(self.gamma, (axis,), x.ndim)
        return y if self.beta is None else y + spread(self.beta, (axis,), x.ndim)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape; the groups must divide the axis."""
        (axis,) = self.axes_in(input_shape)
        side = input_shape[axis]
        if side is not None and self.groups != -1 and side % self.groups:
            self.refuse_shape(
                f"a multiple of {self.groups} features on axis {axis}",
                input_shape,
                "give groups=... that divides them, 32 being Keras' default",
            )
        return super().compute_output_shape(input_shape)

    def title(self) -> str:
        """Return, for example, ``GroupNormalization(8)``."""
        axis = "" if self.axis == -1 else f", axis={self.axis}"
        return f"GroupNormalization({self.groups}{axis})"


def _checked_groups(groups: Any) -> int:
    if groups == -1 and not isinstance(groups, bool | float):
        return -1
    try:
        return check_count("GroupNormalization's groups", groups, 1)
    except ArgumentError as error:
        raise ArgumentError(f"{error}; -1 makes each feature a group") from None
