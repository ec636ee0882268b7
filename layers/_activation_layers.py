"""Activations with parameters, as layers: LeakyReLU, PReLU and their like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._activations import elu, relu, softmax
from graphgrad.layers._arguments import ArgumentError, axis_number, check_number
from graphgrad.layers._constraints import get as get_constraint
from graphgrad.layers._identifiers import FixedArguments
from graphgrad.layers._initializers import get as get_initializer
from graphgrad.layers._layer import Layer, Shape
from graphgrad.layers._regularizers import get as get_regularizer

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


class Elementwise(Layer):
    """A layer whose output has the input's shape; the base of the ones below."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape

    def number(self, name: str, value: Any) -> float:
        """Return an argument if it is a number of at least 0."""
        return check_number(f"{type(self).__name__}'s {name}", value, at_least=0)


class ReLU(Elementwise):
    """Takes x above ``threshold``, at most ``max_value``; below it a flatter line.

    >>> import graphgrad as gg
    >>> gg.layers.ReLU(6.0, negative_slope=0.5)([[-1.0, 2.0, 9.0]]).numpy()
    array([[-0.5,  2. ,  6. ]], dtype=float32)
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **options: Any,
    ) -> None:
        """Check that no number is negative."""
        super().__init__(**options)
        bound = None if max_value is None else self.number("max_value", max_value)
        self.max_value = bound
        self.negative_slope = self.number("negative_slope", negative_slope)
        self.threshold = self.number("threshold", threshold)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Apply `gg.activations.relu`."""
        return relu(x, self.negative_slope, self.max_value, self.threshold)

    def title(self) -> str:
        """Return, for example, ``ReLU(max_value=6)``."""
        names = ("max_value", "negative_slope", "threshold")
        shown = [f"{n}={getattr(self, n):g}" for n in names if getattr(self, n)]
        return f"ReLU({', '.join(shown)})"


class LeakyReLU(Elementwise):
    """Takes x where it is positive, else ``negative_slope * x``.

    The older name ``alpha`` of the slope is taken as well.

    >>> import graphgrad as gg
    >>> gg.layers.LeakyReLU(0.5)([[-1.0, 2.0]]).numpy()
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        """Check the slope."""
        slope = options.pop("alpha", negative_slope)
        super().__init__(**options)
        self.negative_slope = self.number("negative_slope", slope)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Apply the function."""
        return relu(x, self.negative_slope)

    def title(self) -> str:
        """Return, for example, ``LeakyReLU(0.3)``."""
        return f"LeakyReLU({self.negative_slope:g})"


class ELU(Elementwise):
    """Takes x where it is positive, else ``alpha * (exp(x) - 1)``.

    >>> import graphgrad as gg
    >>> gg.layers.ELU(0.5)([[-1000.0, 2.0]]).numpy()
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        """Check the depth."""
        super().__init__(**options)
        self.alpha = self.number("alpha", alpha)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Apply the function."""
        return elu(x, self.alpha)

    def title(self) -> str:
        """Return, for example, ``ELU(1)``."""
        return f"ELU({self.alpha:g})"


class Softmax(Elementwise):
    """Makes numbers along ``axis`` positive, with the sum 1.

    >>> import graphgrad as gg
    >>> gg.layers.Softmax()([[1.0, 1.0]]).numpy()
    array([[0.5, 0.5]], dtype=float32)
    """

    def __init__(self, axis: int = -1, **options: Any) -> None:
        """Check the axis."""
        super().__init__(**options)
        self.axis = axis_number("Softmax's axis", axis)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Apply the function."""
        return softmax(x, self.axis)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape; the axis must be one of a sample's."""
        rank = len(input_shape)
        if not -rank <= self.axis < rank or self.axis % rank == 0:
            self.refuse_shape(
                f"axis {self.axis} to be one after the batch's", input_shape
            )
        return input_shape

    def title(self) -> str:
        """Return, for example, ``Softmax()``."""
        return f"Softmax({'' if self.axis == -1 else self.axis})"


class PReLU(FixedArguments, Elementwise):
    """Takes x where it is positive, else ``alpha * x``, alpha being learned.

    There is an alpha for each number of a sample; along ``shared_axes``, counted from
    1, there is one for all.

    >>> import graphgrad as gg
    >>> layer = gg.layers.PReLU("ones")
    >>> layer([[-1.0, 2.0]]).numpy()
    array([[-1.,  2.]], dtype=float32)
    """

    _fixed = frozenset(
        {"alpha_initializer", "alpha_regularizer", "alpha_constraint", "shared_axes"}
    )

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: int | Sequence[int] | None = None,
        **options: Any,
    ) -> None:
        """Check the arguments; alpha comes with `build`."""
        super().__init__(**options)
        self.alpha_initializer = get_initializer(alpha_initializer)
        self.alpha_regularizer = get_regularizer(alpha_regularizer)
        self.alpha_constraint = get_constraint(alpha_constraint)
        axes = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        if axes is not None and not all(isinstance(a, int) and a > 0 for a in axes):
            raise ArgumentError(
                "PReLU's shared_axes are axes of a sample, counted from 1, "
                f"got {shared_axes!r}"
            )
        self.shared_axes = None if axes is None else list(axes)
        self.alpha: gg.Variable

    def build(self, input_shape: Shape) -> None:
        """Make alpha."""
        shared = self.shared_axes or ()
        sides = enumerate(input_shape[1:], start=1)
        self.alpha = self.add_weight(
            "alpha",
            [1 if axis in shared else side or 1 for axis, side in sides],
            self.alpha_initializer,
            regularizer=self.alpha_regularizer,
            constraint=self.alpha_constraint,
        )

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Take both halves; at 0 the derivative is 0."""
        return gg.relu(x) - self.alpha * gg.relu(-x)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape; the shared axes must be there."""
        if max(self.shared_axes or [0]) >= len(input_shape):
            self.refuse_shape(f"an input with the axes {self.shared_axes}", input_shape)
        if self.built:
            shape = self.alpha.shape
            pairs = zip(shape, input_shape[1:], strict=False)
            if len(input_shape) != len(shape) + 1 or any(
                own not in (1, side) for own, side in pairs
            ):
                self.refuse_shape(f"samples to which {shape} broadcasts", input_shape)
        return input_shape
