"""Exponentials, logarithms, and the error function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphgrad._ops._families import POSITIVE, Binary, Unary, f, function
from graphgrad._primitive import OUT, Domain, Operand
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec

# ---- exponentials and logarithms -----------------------------------------------------


class Exp(Unary):
    """Take the exponential of every element.

    >>> import graphgrad as gg
    >>> gg.exp([0.0, 1.0])
    tensor([1.        , 2.71828183])
    """

    ufunc = np.exp
    cost = 10
    notation = "exp({0})"
    reads = ((OUT,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the result."""
        return g * y


class Expm1(Unary):
    """Take the exponential minus one, precise near 0.

    >>> import graphgrad as gg
    >>> gg.expm1(1e-9)
    tensor(1.e-09)
    """

    ufunc = np.expm1
    cost = 12
    notation = "expm1({0})"
    reads = ((OUT,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the result plus one."""
        return g * (y + 1)


class Log(Unary):
    """Take the natural logarithm of every element.

    >>> import graphgrad as gg
    >>> gg.log([1.0, 10.0])
    tensor([0.        , 2.30258509])
    """

    ufunc = np.log
    cost = 10
    notation = "log({0})"
    domains = (POSITIVE,)
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by the input."""
        return g / inputs[0]


class Log1p(Unary):
    """Take the logarithm of one plus every element, precise near 0.

    >>> import graphgrad as gg
    >>> gg.log1p(1e-9)
    tensor(9.99999999e-10)
    """

    ufunc = np.log1p
    cost = 12
    notation = "log1p({0})"
    domains = (Domain(-0.8, 3.0),)
    reads = ((0,),)

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by one plus the input."""
        return g / (inputs[0] + 1)


class Logaddexp(Binary):
    """Take ``log(exp(a) + exp(b))``; equal infinite inputs share the gradient.

    >>> import graphgrad as gg
    >>> gg.logaddexp(0.0, 0.0)
    tensor(0.69314718)
    """

    ufunc = np.logaddexp
    cost = 24
    notation = "logaddexp({0}, {1})"
    reads = ((0, 1), (0, 1))

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the share of the input."""
        mine, other = inputs[i], inputs[1 - i]
        # The difference of equal infinities is not 0 but NaN.
        equal = f.logical_and(f.equal(mine, other), f.logical_not(f.isfinite(mine)))
        return g * f.sigmoid(f.where(equal, 0, mine) - f.where(equal, 0, other))


class Xlogy(Binary):
    """Take ``x log y``, which is 0 where x is 0, whatever y is.

    Where x is 0, both derivatives at y = 0 are 0.

    >>> import graphgrad as gg
    >>> gg.xlogy([0.0, 2.0], [0.0, 1.0])
    tensor([0., 0.])
    """

    cost = 11
    notation = "{0}·log({1})"
    domains = (Domain(), POSITIVE)
    inplace = (1,)
    reads = ((0, 1), (0, 1))

    def evaluate(self, *inputs: Array) -> Array:
        """Multiply by the logarithm, but where x is 0."""
        x, y = inputs
        return np.asarray(x * np.log(np.where(x == 0, y.dtype.type(1), y)))

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return a mask of the result's shape."""
        return (Spec(self.infer(*inputs).shape, np.dtype(bool)),)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Put ones for the y that do not count, then multiply by the logarithm."""
        x, y, mask = inputs
        return [
            f"np.equal({x}, 0, out={mask})",
            f"{out}[...] = {y}",
            f"np.copyto({out}, 1, where={mask})",
            f"np.log({out}, out={out})",
            f"np.multiply({x}, {out}, out={out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """``log y`` by x, ``x / y`` by y."""
        a, b = inputs
        dead = f.logical_and(f.equal(a, 0), f.equal(b, 0))
        safe = f.where(dead, 1, b)
        return g * a / safe if i else g * f.log(safe)


# ---- the error function --------------------------------------------------------------


def fill_erf(
    out: np.ndarray,
    x: np.ndarray,
    near: np.ndarray,
    part: np.ndarray,
    place: np.ndarray,
    tables: dict[str, np.ndarray] = {},  # noqa: B006  # kept between calls
) -> None:
    """Fill ``out`` with erf(x): Taylor's series about the nearest k/16, to 1e-15."""
    if out.dtype.char not in tables:
        centre = np.arange(-96, 97) / 16
        # From erf'' = -2x erf', for the derivatives of all orders over the factorials.
        before, term = 0 * centre, 2 / math.sqrt(math.pi) * np.exp(-centre * centre)
        series = [np.array([math.erf(each) for each in centre])]
        for n in range(1, 11):
            series.append(term / n)
            before, term = term, (-2 * centre * term - 2 * before) / n
        tables[out.dtype.char] = np.array(series, out.dtype)
    first, *others = tables[out.dtype.char][::-1]
    np.minimum(x, 6, out=near)
    np.maximum(near, -6, out=near)
    np.multiply(near, 16, out=out)
    np.rint(out, out=out)
    with np.errstate(invalid="ignore"):  # NaN has no place, and comes out as NaN
        np.copyto(place, out, casting="unsafe")
    np.add(place, 96, out=place)
    np.divide(out, 16, out=out)
    np.subtract(near, out, out=near)
    np.take(first, place, out=out, mode="clip")
    for coefficient in others:
        np.multiply(out, near, out=out)
        np.take(coefficient, place, out=part, mode="clip")
        np.add(out, part, out=out)


def fill_narrow_erf(
    out: np.ndarray,
    x: np.ndarray,
    square: np.ndarray,
    weight: np.ndarray,
    numbers: list[np.ndarray] = [],  # noqa: B006  # kept between calls
) -> None:
    """Fill ``out`` with erf(x) to two units in the last place of a float32.

    It is ``tanh(x w(x²))``, w being a polynomial that is fitted to 16: beyond, tanh is
    1. The relative error of the argument is not made larger by tanh.
    """
    if not numbers:
        fitted = (
            -1.6405726777080076e-09, 5.3910845565496857e-08, -5.150299102751887e-07,
            -1.8614068721944932e-06, 7.649049803148955e-05, -0.0006036821287125349,
            -0.0002021512482315302, 0.10277131199836731, 1.128379225730896,
        )  # fmt: skip
        numbers += [np.array(each, np.float32) for each in fitted]
    first, second, *others = numbers
    np.multiply(x, x, square)
    weight.fill(16)
    np.minimum(square, weight, out=square)
    np.multiply(square, first, weight)
    np.add(weight, second, weight)
    for number in others:
        np.multiply(weight, square, weight)
        np.add(weight, number, weight)
    np.multiply(x, weight, out)
    np.tanh(out, out)


class Erf(Unary):
    """Take the error function of every element.

    >>> import graphgrad as gg
    >>> gg.erf([0.0, 1.0])
    tensor([0.        , 0.84270079])
    """

    cost = 30
    notation = "erf({0})"
    reads = ((0,),)
    helpers = (fill_erf, fill_narrow_erf)
    strided = False

    def evaluate(self, *inputs: Array) -> Array:
        """Call what suits the dtype."""
        x = np.asarray(inputs[0])
        lent = [np.empty(each.shape, each.dtype) for each in self.scratch(x)]
        out = np.empty(x.shape, x.dtype)
        fill: Any = fill_narrow_erf if _is_narrow(x) else fill_erf
        with np.errstate(over="ignore"):
            fill(out, x, *lent)
        return out

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return two arrays like the result, and for float64 one of places."""
        like = Spec(inputs[0].shape, inputs[0].dtype)
        if _is_narrow(like):
            return (like, like)
        return (like, like, Spec(inputs[0].shape, np.dtype(np.intp)))

    def emit(self, out: Operand, *inputs: Operand) -> list[str]:
        """Write the same call."""
        fill = "fill_narrow_erf" if _is_narrow(out.like) else "fill_erf"
        return [f"{fill}({out}, {', '.join(inputs)})"]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``2/√π exp(-x²)``."""
        return g * (f.exp(-f.square(inputs[0])) * (2 / math.sqrt(math.pi)))


def _is_narrow(like: Shaped) -> bool:
    return bool(like.dtype == np.float32)


# ---- functions -----------------------------------------------------------------------

exp = function(Exp())
expm1 = function(Expm1())
log = function(Log())
log1p = function(Log1p())
logaddexp = function(Logaddexp())
xlogy = function(Xlogy())
erf = function(Erf())
