"""Sigmoids: what turns sums into shares."""

from __future__ import annotations

import numpy as np

from graphgrad._ops._families import NONZERO, Binary, Unary, f, function
from graphgrad._primitive import OUT, Operand
from graphgrad._tensor import Tensor
from graphgrad._types import Array, Shaped, Spec

# NumPy copies signs one by one: of more numbers, that takes longer than two calls.
FEW = 128


class Sigmoid(Unary):
    """Take the logistic function ``1 / (1 + exp(-x))`` of every element.

    >>> import graphgrad as gg
    >>> gg.sigmoid([0.0, 100.0])
    tensor([0.5, 1. ])
    """

    cost = 14
    notation = "σ({0})"
    reads = ((OUT,),)
    numbers = (1,)

    def evaluate(self, *inputs: Array) -> Array:
        """Compute the formula; an exponential that overflows gives the limit, 0."""
        one = inputs[0].dtype.type(1)
        with np.errstate(over="ignore"):
            y: Array = one / (one + np.exp(-inputs[0]))
        return y

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Compute the formula in place."""
        x, one = inputs
        return [
            f"np.negative({x}, {out})",
            f"np.exp({out}, {out})",
            f"np.add({out}, {one}, {out})",
            f"np.reciprocal({out}, {out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``y (1 - y)``."""
        return g * (y * (1 - y))


class Softplus(Unary):
    """Take ``log(1 + exp(x))`` of every element, without overflow.

    >>> import graphgrad as gg
    >>> gg.softplus([0.0, 100.0])
    tensor([  0.69314718, 100.        ])
    """

    cost = 24
    notation = "softplus({0})"
    reads = ((0,),)
    filled = (0,)

    def evaluate(self, *inputs: Array) -> Array:
        """Compute ``max(x, 0) + log(1 + exp(-|x|))``."""
        (x,) = inputs
        tail = np.log1p(np.exp(-np.abs(x)))
        return np.asarray(np.maximum(x, x.dtype.type(0)) + tail)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return one array like the result."""
        return (self.infer(*inputs),)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Compute the same formula."""
        x, tail, zero = inputs
        return [
            f"np.absolute({x}, {tail})",
            f"np.negative({tail}, {tail})",
            f"np.exp({tail}, {tail})",
            f"np.log1p({tail}, {tail})",
            f"np.maximum({x}, {zero}, out={out})",
            f"np.add({out}, {tail}, {out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by the sigmoid."""
        return g * f.sigmoid(inputs[0])


class Softsign(Unary):
    """Take ``x / (1 + |x|)``, a tanh of fractions.

    >>> import graphgrad as gg
    >>> gg.OPS["softsign"]()([-3.0, 0.0, 1.0])
    tensor([-0.75,  0.  ,  0.5 ])
    """

    cost = 6
    notation = "softsign({0})"
    reads = ((0,),)
    domains = (NONZERO,)
    numbers = (1,)

    def evaluate(self, *inputs: Array) -> Array:
        """Compute the formula."""
        (x,) = inputs
        return np.asarray(x / (np.abs(x) + x.dtype.type(1)))

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return one array like the result."""
        return (self.infer(*inputs),)

    def emit(self, out: str, *inputs: str) -> list[str]:
        """Compute the formula."""
        x, size, one = inputs
        return [
            f"np.absolute({x}, {size})",
            f"np.add({size}, {one}, {size})",
            f"np.divide({x}, {size}, {out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Divide by ``(1 + |x|)²``, which might overflow, by one factor at a time."""
        size = f.abs(inputs[0]) + 1
        return g / size / size


class SigmoidCrossEntropy(Binary):
    """Take the binary cross-entropy of the sigmoid of ``z`` against labels ``y``.

    It is ``-y log σ(z) - (1 - y) log(1 - σ(z))``, computed from the logits ``z`` as
    ``max(z, 0) - z y + log(1 + exp(-|z|))``, which is exact where σ(z) saturates.

    >>> import graphgrad as gg
    >>> gg.sigmoid_cross_entropy(0.0, 1.0)
    tensor(0.69314718)
    """

    cost = 28
    notation = "H({1}, σ({0}))"
    inplace = (1,)
    numbers = (-1,)
    filled = (0,)
    reads = ((0, 1), (0,))

    def evaluate(self, *inputs: Array) -> Array:
        """Compute the stable formula."""
        z, y = inputs
        tail = np.log1p(np.exp(-np.abs(z)))
        return np.asarray(np.maximum(z, z.dtype.type(0)) - z * y + tail)

    def scratch(self, *inputs: Shaped) -> tuple[Spec, ...]:
        """Return one array like the result."""
        return (self.infer(*inputs),)

    def emit(self, out: Operand, *inputs: str) -> list[str]:
        """Compute the stable formula; of few numbers, take ``-|z|`` in one call."""
        z, y, tail, minus, zero = inputs
        below = [f"np.absolute({z}, {tail})", f"np.negative({tail}, {tail})"]
        if out.like.size <= FEW:
            below = [f"np.copysign({z}, {minus}, {tail})"]
        return [
            f"np.multiply({z}, {y}, {tail})",
            # A NaN stays one in z y, and by position ``out`` costs less.
            f"np.fmax({z}, {zero}, {out})",
            f"np.subtract({out}, {tail}, {out})",
            *below,
            f"np.exp({tail}, {tail})",
            f"np.log1p({tail}, {tail})",
            f"np.add({out}, {tail}, {out})",
        ]

    def vjp(self, i: int, g: Tensor, y: Tensor, *inputs: Tensor) -> Tensor:
        """Multiply by ``σ(z) - y``."""
        z, label = inputs
        return -(g * z) if i else g * (f.sigmoid(z) - label)


# ---- functions -----------------------------------------------------------------------

sigmoid = function(Sigmoid())
softplus = function(Softplus())
sigmoid_cross_entropy = function(SigmoidCrossEntropy())
