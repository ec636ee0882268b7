"""Rectifiers: what bends the sums of a network."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._ops._families import NONZERO, Unary, f, function, register
from graphgrad._primitive import OUT, Choose, Domain, Primitive, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec

# ---- rectifiers ----------------------------------------------------------------------


class Relu(Unary):
    """Take the positive part of every element; the derivative at 0 is 0.

    >>> import graphgrad as gg
    >>> gg.relu([-1.0, 2.0])
    tensor([0., 2.])
    """

    floats = False
    notation = "relu({0})"
    domains = (NONZERO,)
    reads = ((OUT,),)
    # NumPy's maximum by one number is four times slower than by an array.
    filled = (0,)

    def evaluate(self, *inputs: Array) -> Array:
        """Take the larger of the element and 0."""
        y: Array = np.maximum(inputs[0], inputs[0].dtype.type(0))
        return y

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same call."""
        return [f"np.maximum({', '.join(inputs)}, out={out})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by 1 where the result is positive, by 0 elsewhere."""
        return g * f.cast(f.greater(y, 0), g.dtype)


class BoundedRelu(Unary):
    """Take the positive part, at most ``bound``; flat where it is 0 or ``bound``.

    >>> import graphgrad as gg
    >>> gg.OPS["bounded_relu"](6.0)([-1.0, 2.0, 9.0])
    tensor([0., 2., 6.])
    """

    bound: float
    cost = 2
    notation = "bounded_relu_{bound}({0})"
    domains = (Domain(avoid=(0.0, 1.5)),)
    reads = ((OUT,),)

    @property
    def filled(self) -> tuple[float, ...]:  # type: ignore[override]  # a parameter
        """Zero and the bound."""
        return (0, self.bound)

    def evaluate(self, *inputs: Array) -> Array:
        """Limit the positive part."""
        (x,) = inputs
        zero, bound = (x.dtype.type(each) for each in self.filled)
        return np.asarray(np.minimum(np.maximum(x, zero), bound))

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same calls."""
        x, zero, bound = inputs
        return [
            f"np.maximum({x}, {zero}, out={out})",
            f"np.minimum({out}, {bound}, out={out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by 1 where the result is between the bounds, by 0 elsewhere."""
        between = f.logical_and(f.greater(y, 0), f.less(y, self.bound))
        return g * f.cast(between, g.dtype)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose an input on both sides of the bound."""
        return cls(1.5), (choose.array(choose.shape(), *cls.domains),)


class LeakyRelu(Unary):
    """Take x where it is positive, else ``slope * x``.

    The derivative at 0 is the slope.
    """

    slope: float
    cost = 2
    notation = "leaky_relu_{slope}({0})"
    domains = (NONZERO,)
    reads = ((OUT,),)

    @property
    def numbers(self) -> tuple[float, ...]:  # type: ignore[override]  # a parameter
        """The slope."""
        return (self.slope,)

    @property
    def _outer(self) -> str:
        return "maximum" if self.slope <= 1 else "minimum"

    def evaluate(self, *inputs: Array) -> Array:
        """Take the larger of the two lines, or the smaller if the slope is above 1."""
        (x,) = inputs
        y: Array = getattr(np, self._outer)(x, x * x.dtype.type(self.slope))
        return y

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return one array like the result."""
        return (self.infer(*inputs),)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same calls."""
        x, line, slope = inputs
        return [
            f"np.multiply({x}, {slope}, {line})",
            f"np.{self._outer}({x}, {line}, out={out})",
        ]

    def reads_of(self, i: int) -> tuple[int, ...]:
        """Read the result, which has the sign of x unless the slope is negative."""
        return (OUT,) if self.slope >= 0 else (0,)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the slope where x is not positive."""
        signed = y if self.slope >= 0 else inputs[0]
        return f.where(f.greater(signed, 0), g, g * self.slope)

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a slope and an input."""
        x = choose.array(choose.shape(), NONZERO)
        return cls(choose.one_of((0.2, 1.5, -0.5))), (x,)


class Elu(Unary):
    """Take x where it is positive, else ``alpha * (exp(x) - 1)``.

    The derivative at 0 is ``alpha``.
    """

    alpha: float
    cost = 16
    notation = "elu_{alpha}({0})"
    domains = (NONZERO,)
    reads = ((OUT,),)
    filled = (0,)

    @property
    def numbers(self) -> tuple[float, ...]:  # type: ignore[override]  # a parameter
        """The depth, if it is not 1."""
        return () if self.alpha == 1 else (self.alpha,)

    def evaluate(self, *inputs: Array) -> Array:
        """Add what is below 0 to what is above: one of the two is 0."""
        (x,) = inputs
        zero = x.dtype.type(0)
        below = np.expm1(np.minimum(x, zero))
        if self.alpha != 1:
            below = below * x.dtype.type(self.alpha)
        return np.asarray(np.maximum(x, zero) + below)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return one array like the result."""
        return (self.infer(*inputs),)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Write the same calls."""
        x, below, *alpha, zero = inputs
        return [
            f"np.minimum({x}, {zero}, out={below})",
            f"np.expm1({below}, {below})",
            *[f"np.multiply({below}, {each}, {below})" for each in alpha],
            f"np.maximum({x}, {zero}, out={out})",
            f"np.add({out}, {below}, {out})",
        ]

    def reads_of(self, i: int) -> tuple[int, ...]:
        """Read the result, which has the sign of x unless alpha is negative."""
        return (OUT,) if self.alpha >= 0 else (0, OUT)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``alpha exp(x)``, which is ``y + alpha``, where x is below 0."""
        if self.alpha == 1:
            return g * (f.minimum(y, 0) + 1)
        signed = y if self.alpha >= 0 else inputs[0]
        return f.where(f.greater(signed, 0), g, g * (y + self.alpha))

    @classmethod
    def example(cls, choose: Choose) -> tuple[Primitive, tuple[Array, ...]]:
        """Choose a depth and an input."""
        x = choose.array(choose.shape(), NONZERO)
        return cls(choose.one_of((1.0, 1.5, -0.5))), (x,)


# ---- functions -----------------------------------------------------------------------

relu = function(Relu())


@register
def leaky_relu(x: Any, negative_slope: float | Tensor = 0.2) -> Tensor:
    """Take x where it is positive, else ``negative_slope * x``.

    The derivative at 0 is ``negative_slope``, which may be a tensor.

    >>> import graphgrad as gg
    >>> gg.leaky_relu([-2.0, 3.0])
    tensor([-0.4,  3. ])
    """
    x = as_tensor(x)
    if not isinstance(negative_slope, (int, float)):
        return f.where(f.greater(x, 0), x, x * negative_slope)
    # Infinity times 0 is no number.
    flat = negative_slope == 0 and x.dtype.kind == "f"
    return relu(x) if flat else apply(LeakyRelu(negative_slope), x)


@register
def elu(x: Any, alpha: float | Tensor = 1.0) -> Tensor:
    """Take x where it is positive, else ``alpha * (exp(x) - 1)``.

    The derivative at 0 is ``alpha``, which may be a tensor.

    >>> import graphgrad as gg
    >>> gg.elu([-1000.0, 0.0, 2.0])
    tensor([-1.,  0.,  2.])
    """
    x = as_tensor(x)
    if not isinstance(alpha, (int, float)):
        positive = f.greater(x, 0)
        return f.where(positive, x, f.expm1(f.where(positive, 0, x)) * alpha)
    return apply(Elu(alpha), x)
