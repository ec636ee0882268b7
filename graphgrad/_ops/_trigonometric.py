"""Sines, cosines and tangents, circular and hyperbolic, and their inverses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphgrad._ops._families import NONZERO, REAL, Binary, Unary, f, function
from graphgrad._primitive import OUT, Domain
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec

UNIT = Domain(-0.9, 0.9)


class Sin(Unary):
    """Take the sine of every element, in radians.

    >>> import graphgrad as gg
    >>> gg.sin([0.0, 1.0])
    tensor([0.        , 0.84147098])
    """

    ufunc = np.sin
    cost = 12
    notation = "sin({0})"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the cosine."""
        return g * f.cos(inputs[0])


class Cos(Unary):
    """Take the cosine of every element, in radians.

    >>> import graphgrad as gg
    >>> gg.cos([0.0, 1.0])
    tensor([1.        , 0.54030231])
    """

    ufunc = np.cos
    cost = 12
    notation = "cos({0})"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by minus the sine."""
        return -(g * f.sin(inputs[0]))


class Tan(Unary):
    """Take the tangent of every element, in radians.

    >>> import graphgrad as gg
    >>> gg.tan([0.0, 1.0])
    tensor([0.        , 1.55740772])
    """

    ufunc = np.tan
    cost = 16
    notation = "tan({0})"
    domains = (Domain(-1.2, 1.2),)
    reads = ((OUT,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``1 + tan²``."""
        return g * (f.square(y) + 1)


class Arcsin(Unary):
    """Take the inverse sine of every element, in radians.

    >>> import graphgrad as gg
    >>> gg.arcsin([0.0, 1.0])
    tensor([0.        , 1.57079633])
    """

    ufunc = np.arcsin
    cost = 16
    notation = "arcsin({0})"
    domains = (UNIT,)
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by ``√(1 - x²)``."""
        return g / _leg(inputs[0])


class Arccos(Unary):
    """Take the inverse cosine of every element, in radians.

    >>> import graphgrad as gg
    >>> gg.arccos([0.0, 1.0])
    tensor([1.57079633, 0.        ])
    """

    ufunc = np.arccos
    cost = 16
    notation = "arccos({0})"
    domains = (UNIT,)
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by ``-√(1 - x²)``."""
        return -g / _leg(inputs[0])


# The square of x near 1 would lose the digits that count.
def _leg(x: Tensor) -> Tensor:
    return f.sqrt((1 - x) * (x + 1))


class Arctan(Unary):
    """Take the inverse tangent of every element, in radians.

    >>> import graphgrad as gg
    >>> gg.arctan([0.0, 1.0])
    tensor([0.        , 0.78539816])
    """

    ufunc = np.arctan
    cost = 16
    notation = "arctan({0})"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by ``1 + x²``."""
        return g / (f.square(inputs[0]) + 1)


class Arctan2(Binary):
    """Take the angle of the point (b, a) in radians; derivatives at (0, 0) are 0.

    >>> import graphgrad as gg
    >>> gg.arctan2(1.0, [1.0, -1.0])
    tensor([0.78539816, 2.35619449])
    """

    ufunc = np.arctan2
    cost = 20
    notation = "arctan2({0}, {1})"
    domains = (NONZERO, Domain(0.2, 3.0))
    reads = ((0, 1), (0, 1))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """``b / (a² + b²)`` by a, ``-a / (a² + b²)`` by b."""
        a, b = inputs
        length = f.hypot(a, b)
        safe = f.where(f.equal(length, 0), 1, length)
        return -g * (a / safe) / safe if i else g * (b / safe) / safe


class Sinh(Unary):
    """Take the hyperbolic sine of every element.

    >>> import graphgrad as gg
    >>> gg.sinh([0.0, 1.0])
    tensor([0.        , 1.17520119])
    """

    ufunc = np.sinh
    cost = 16
    notation = "sinh({0})"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the hyperbolic cosine."""
        return g * f.cosh(inputs[0])


class Cosh(Unary):
    """Take the hyperbolic cosine of every element.

    >>> import graphgrad as gg
    >>> gg.cosh([0.0, 1.0])
    tensor([1.        , 1.54308063])
    """

    ufunc = np.cosh
    cost = 16
    notation = "cosh({0})"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the hyperbolic sine."""
        return g * f.sinh(inputs[0])


class Tanh(Unary):
    """Take the hyperbolic tangent of every element.

    >>> import graphgrad as gg
    >>> gg.tanh([0.0, 1.0])
    tensor([0.        , 0.76159416])
    """

    ufunc = np.tanh
    cost = 16
    notation = "tanh({0})"
    domains = (REAL,)
    reads = ((OUT,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``1 - y²``."""
        return g * (1 - f.square(y))


class Sinc(Unary):
    """Take ``sin(πx) / (πx)`` of every element, which is 1 at 0 with derivative 0.

    >>> import graphgrad as gg
    >>> gg.sinc([0.0, 0.5])
    tensor([1.        , 0.63661977])
    """

    cost = 18
    notation = "sinc({0})"
    domains = (NONZERO,)
    reads = ((0, OUT),)

    def evaluate(self, *inputs: Array) -> Array:
        """Call NumPy's function."""
        return np.asarray(np.sinc(inputs[0]), inputs[0].dtype)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return a mask, and an array like the result."""
        shape = inputs[0].shape
        return (Spec(shape, np.dtype(bool)), Spec(shape, inputs[0].dtype))

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Put a number for 0, divide, and put the limit."""
        x, mask, sine = inputs
        return [
            f"np.equal({x}, 0, out={mask})",
            f"{out}[...] = {x}",
            f"np.copyto({out}, 1, where={mask})",
            f"np.multiply({out}, np.pi, out={out})",
            f"np.sin({out}, out={sine})",
            f"np.divide({sine}, {out}, out={out})",
            f"np.copyto({out}, 1, where={mask})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``(cos(πx) - sinc x) / x``; near 0, by Taylor's series."""
        x = inputs[0]
        small = f.less(f.abs(x), 0.1)
        square = f.square(x * np.pi)
        series: Any = 0.0
        for n in range(8, 0, -1):
            series = series * square + (-1) ** n * 2 * n / math.factorial(2 * n + 1)
        near = series * x * np.pi**2
        far = (f.cos(x * np.pi) - y) / f.where(small, 1, x)
        return g * f.where(small, near, far)


# ---- functions -----------------------------------------------------------------------

sin = function(Sin())
cos = function(Cos())
tan = function(Tan())
arcsin = function(Arcsin())
arccos = function(Arccos())
arctan = function(Arctan())
arctan2 = function(Arctan2())
sinh = function(Sinh())
cosh = function(Cosh())
tanh = function(Tanh())
sinc = function(Sinc())
