"""Arithmetic on every element: sums, products, powers, and what kinks they have."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._ops._families import (
    BRANCHED,
    NONZERO,
    POSITIVE,
    Binary,
    Unary,
    call_of,
    f,
    function,
    register,
)
from graphgrad._primitive import OUT, Domain, Operand, apply, as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec, size_of

# ---- the four operations -------------------------------------------------------------


class Add(Binary):
    """Add element by element.

    >>> import graphgrad as gg
    >>> gg.add([1.0, 2.0], 10)
    tensor([11., 12.])
    """

    ufunc = np.add
    floats = False
    linear = True
    scalar = notation = "{0} + {1}"
    reads = ((), ())

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Pass the cotangent on."""
        return g


class Subtract(Binary):
    """Subtract element by element.

    >>> import graphgrad as gg
    >>> gg.subtract([1.0, 2.0], 10)
    tensor([-9., -8.])
    """

    ufunc = np.subtract
    floats = False
    linear = True
    scalar = notation = "{0} - {1}"
    reads = ((), ())

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Pass the cotangent on, with the sign of its input."""
        return -g if i else g


class Multiply(Binary):
    """Multiply element by element.

    >>> import graphgrad as gg
    >>> gg.multiply([1.0, 2.0], 10)
    tensor([10., 20.])
    """

    ufunc = np.multiply
    floats = False
    notation = "{0}·{1}"
    scalar = "{0} * {1}"
    reads = ((1,), (0,))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the other factor."""
        return g * inputs[1 - i]


class Divide(Binary):
    """Divide element by element.

    >>> import graphgrad as gg
    >>> gg.divide([1.0, 2.0], 4)
    tensor([0.25, 0.5 ])
    """

    ufunc = np.divide
    cost = 4
    scalar = notation = "{0} / {1}"
    domains = (Domain(), NONZERO)
    reads = ((1,), (1, OUT))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by the denominator; its own share is ``-g y / b``."""
        return -(g * y) / inputs[1] if i else g / inputs[1]


class Negative(Unary):
    """Change the sign of every element.

    >>> import graphgrad as gg
    >>> gg.negative([1.0, -2.0])
    tensor([-1.,  2.])
    """

    ufunc = np.negative
    floats = False
    linear = True
    scalar = notation = "-{0}"
    reads = ((),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Change the sign of the cotangent."""
        return -g


# ---- powers and roots ----------------------------------------------------------------


class Power(Binary):
    """Raise every element to a power.

    At an exponent of 0 the derivative by the base is 0, also at 0. At a base of 0 the
    derivative by the exponent is 0; at a negative base there is none, and it is NaN.
    """

    ufunc = np.power
    floats = False
    cost = 20
    even = False
    notation = "{0} ^ {1}"
    scalar = "{0} ** {1}"
    domains = (POSITIVE, Domain(-2.0, 2.0))
    reads = ((0, 1), (0, OUT))

    # NumPy's ufunc squares, say, where one exponent is for a whole row, and calls `pow`
    # elsewhere, which rounds otherwise: where depends on the array for the result.
    # For a single number it is another one in place, so that is raised as a scalar.
    def evaluate(self, *inputs: Array) -> Array:
        """Call the ufunc as programs do."""
        x, p = inputs
        if x.dtype.kind != "f":
            return np.power(x, p)
        out = np.empty(np.broadcast_shapes(x.shape, p.shape), x.dtype)
        if out.size != 1:
            return np.power(x, p, out=out)
        out[...] = x[(0,) * x.ndim] ** p[(0,) * p.ndim]
        return out

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return nothing: inputs that are spread would be rounded otherwise."""
        return ()

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write the same."""
        if out.like.size != 1 or out.like.dtype.kind != "f":
            return [call_of("power", *inputs, out=out)]
        number, x, p = (f"{each}[{(0,) * each.like.ndim}]" for each in (out, *inputs))
        return [f"{number} = {x} ** {p}"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """``p a^(p-1)`` by the base, ``y log a`` by the exponent."""
        if i:
            (a, _) = inputs
            zero = f.equal(a, 0)
            return f.where(zero, 0, g * y * f.log(f.where(zero, 1, a)))
        a, p = inputs
        # Only at 0 ^ 0 does the formula meet 0 · ∞.
        still = f.logical_and(f.equal(a, 0), f.equal(p, 0))
        return g * p * f.power(a, f.where(still, 1, p - 1))


class Square(Unary):
    """Square every element.

    >>> import graphgrad as gg
    >>> gg.square([1.0, -3.0])
    tensor([1., 9.])
    """

    ufunc = np.square
    floats = False
    notation = "{0}²"
    scalar = "{0} * {0}"
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by twice the input."""
        return g * (inputs[0] * 2)


class Sqrt(Unary):
    """Take the square root of every element; the derivative at 0 is infinite.

    >>> import graphgrad as gg
    >>> gg.sqrt([4.0, 9.0])
    tensor([2., 3.])
    """

    ufunc = np.sqrt
    cost = 4
    notation = "√{0}"
    scalar = "np.sqrt({0})"
    domains = (POSITIVE,)
    reads = ((OUT,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by twice the root."""
        return g / (y * 2)


class Cbrt(Unary):
    """Take the cube root of every element; the derivative at 0 is infinite.

    >>> import graphgrad as gg
    >>> gg.cbrt([-8.0, 27.0])
    tensor([-2.,  3.])
    """

    ufunc = np.cbrt
    cost = 20
    notation = "∛{0}"
    domains = (NONZERO,)
    reads = ((OUT,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by three times the squared root."""
        return g / (f.square(y) * 3)


# ---- size and sign -------------------------------------------------------------------


class Abs(Unary):
    """Take the absolute value of every element; the derivative at 0 is 0.

    >>> import graphgrad as gg
    >>> gg.abs([1.0, -2.0])
    tensor([1., 2.])
    """

    ufunc = np.absolute
    floats = False
    notation = "|{0}|"
    domains = (NONZERO,)
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the sign."""
        return g * f.sign(inputs[0])


class Sign(Unary):
    """Give -1, 0 or 1 by the sign of every element; the derivative is 0.

    >>> import graphgrad as gg
    >>> gg.sign([3.0, -2.0, 0.0])
    tensor([ 1., -1.,  0.])
    """

    ufunc = np.sign
    floats = False
    linear = True
    notation = "sign({0})"
    domains = (NONZERO,)
    reads = ((),)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return two arrays like the result, if there are many floats."""
        (x,) = inputs
        like = Spec(x.shape, x.dtype)
        many = x.dtype.kind == "f" and size_of(x.shape) >= BRANCHED
        return (like, like) if many else ()

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write one call of the ufunc, or more that do not branch.

        NumPy's asks each element for its sign, which a processor often guesses wrong.
        """
        x, *lent = inputs
        if not lent:
            return super().emit(out, *inputs)
        one, part = lent
        return [
            f"{one}.fill(1)",
            f"np.minimum({x}, {one}, out={part})",
            f"{one}.fill(0)",
            f"np.maximum({part}, {one}, out={part})",
            f"np.ceil({part}, {part})",
            f"np.minimum({x}, {one}, out={out})",
            f"{one}.fill(-1)",
            f"np.maximum({out}, {one}, out={out})",
            f"np.floor({out}, {out})",
            f"np.add({out}, {part}, {out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> None:
        """Give no gradient: the sign is constant where it is smooth."""
        return


class Hypot(Binary):
    """Take the length of the hypotenuse; the derivatives at (0, 0) are 0.

    >>> import graphgrad as gg
    >>> gg.hypot(3.0, 4.0)
    tensor(5.)
    """

    ufunc = np.hypot
    cost = 10
    notation = "hypot({0}, {1})"
    domains = (NONZERO, NONZERO)
    reads = ((0, OUT), (1, OUT))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the side over the hypotenuse."""
        return g * inputs[i] / f.where(f.equal(y, 0), 1, y)


# ---- functions -----------------------------------------------------------------------

add = function(Add())
subtract = function(Subtract())
multiply = function(Multiply())
divide = function(Divide())
negative = function(Negative())
_POWER = Power()
square = function(Square())
sqrt = function(Sqrt())
cbrt = function(Cbrt())
abs = function(Abs())  # noqa: A001  # NumPy's name
sign = function(Sign())
hypot = function(Hypot())


@register
def power(x: Any, p: Any) -> Tensor:
    """Raise every element of ``x`` to the power ``p``; a power of 2 is a `square`.

    At p = 0 the derivative by x is 0, also at x = 0. At x = 0 the derivative by p is 0;
    at a negative x there is none, and it is NaN.

    >>> import graphgrad as gg
    >>> gg.power([1.0, 2.0], 3)
    tensor([1., 8.])
    """
    if type(p) in (int, float) and p == 2 and as_tensor(x).dtype.kind == "f":
        return square(x)
    return apply(_POWER, x, p)
