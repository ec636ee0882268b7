"""What layers that normalize share: axes, scale and offset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_flag, check_number
from graphgrad.layers._constraints import get as get_constraint
from graphgrad.layers._identifiers import FixedArguments
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._regularizers import get as get_regularizer

__all__ = ["Affine", "check_axes", "spread"]


class Affine(FixedArguments, Layer):
    """A layer that ends with ``x * gamma + beta``, both learned along its axes.

    >>> Affine(center=False).title()
    'Affine()'
    """

    _fixed = frozenset(
        {
            "axis",
            "beta_constraint",
            "beta_initializer",
            "beta_regularizer",
            "center",
            "gamma_constraint",
            "gamma_initializer",
            "gamma_regularizer",
            "scale",
        }
    )

    def __init__(
        self,
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
        """Check the arguments; gamma and beta come with `build`."""
        super().__init__(**options)
        owner = type(self).__name__
        self.epsilon = check_number(f"{owner}'s epsilon", epsilon, above=0)
        self.center = check_flag(f"{owner}'s center", center)
        self.scale = check_flag(f"{owner}'s scale", scale)
        self.beta_initializer = get_initializer(beta_initializer)
        self.gamma_initializer = get_initializer(gamma_initializer)
        self.beta_regularizer = get_regularizer(beta_regularizer)
        self.gamma_regularizer = get_regularizer(gamma_regularizer)
        self.beta_constraint = get_constraint(beta_constraint)
        self.gamma_constraint = get_constraint(gamma_constraint)
        self.gamma: gg.Variable | None = None
        self.beta: gg.Variable | None = None

    def make_affine(self, shape: Sequence[int]) -> None:
        """Make gamma and beta, if they were asked for."""
        if self.scale:
            self.gamma = self.add_weight(
                "gamma",
                shape,
                self.gamma_initializer,
                regularizer=self.gamma_regularizer,
                constraint=self.gamma_constraint,
            )
        if self.center:
            self.beta = self.add_weight(
                "beta",
                shape,
                self.beta_initializer,
                regularizer=self.beta_regularizer,
                constraint=self.beta_constraint,
            )

    def affine(
        self, centred: gg.Tensor, variance: gg.Tensor, axes: Sequence[int]
    ) -> gg.Tensor:
        """Divide by the deviation, times gamma, plus beta, which lie along ``axes``."""
        factor = 1 / gg.sqrt(variance + self.epsilon)
        if self.gamma is None:
            y = centred * factor
        else:
            gamma = spread(self.gamma, axes, centred.ndim)
            # Statistics per feature are small: they take gamma up before they are
            # broadcast. (As many statistics as features may be those of samples.)
            both = np.broadcast_shapes(variance.shape, gamma.shape)
            per_feature = math.prod(both) == math.prod(variance.shape)
            y = centred * (factor * gamma) if per_feature else centred * factor * gamma
        return y if self.beta is None else y + spread(self.beta, axes, y.ndim)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape; the axes must be there, and as long as before."""
        axes = self.axes_in(input_shape)
        sides = tuple(input_shape[axis] for axis in axes)
        for made in (self.gamma, self.beta) if self.built else ():
            if made is not None and made.shape != sides:
                self.refuse_shape(
                    f"the length {' and '.join(map(str, made.shape))} on "
                    f"axis {' and '.join(map(str, axes))}",
                    input_shape,
                    "its weights were built for that",
                )
        return input_shape

    def axes_in(self, shape: Shape) -> tuple[int, ...]:
        """Return the axes of gamma and beta in an input, counted from 0, in order."""
        return check_axes(self, getattr(self, "axis", -1), shape)


def check_axes(
    layer: Layer, axis: int | Sequence[int], shape: Shape
) -> tuple[int, ...]:
    """Return the axes that ``axis`` means in ``shape``, none of which is the batch's.

    >>> check_axes(Affine(), (-1, 1), (None, 5, 3))
    (1, 2)
    """
    rank = len(shape)
    wanted = [axis] if isinstance(axis, int) else list(axis)
    found = sorted({each % rank for each in wanted if -rank <= each < rank} - {0})
    if len(found) != len(wanted):
        listed = ", ".join(map(str, wanted))
        layer.refuse_shape(f"an input with axis {listed} after the batch's", shape)
    return tuple(found)


def spread(x: gg.Tensor, axes: Sequence[int], ndim: int) -> gg.Tensor:
    """Reshape what lies along ``axes`` so that it broadcasts to ``ndim`` axes.

    >>> spread(gg.tensor([1.0, 2.0]), (1,), 3).shape
    (1, 2, 1)
    """
    if tuple(axes) == tuple(range(ndim - len(axes), ndim)):
        return x
    sides = dict(zip(axes, x.shape, strict=True))
    return gg.reshape(x, tuple(sides.get(axis, 1) for axis in range(ndim)))
