"""Functions of tensors whose arguments have another order in Keras than in NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers import _activations
from graphgrad.layers._arguments import ArgumentError, axis_number

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "clip",
    "divide_no_nan",
    "gelu",
    "isinf",
    "logical_xor",
    "logsumexp",
    "max",
    "mean",
    "min",
    "moments",
    "one_hot",
    "pad",
    "prod",
    "reciprocal",
    "reshape",
    "rsqrt",
    "std",
    "sum",
    "unstack",
    "var",
]

Axis = int | Sequence[int] | None

# ---- reductions, whose third argument is keepdims ------------------------------------


def all(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:  # noqa: A001
    """Return whether all elements are true, along some axes or of the whole.

    >>> all([[True, False], [True, True]], 0, True)
    tensor([[ True, False]])
    """
    return gg.all(x, _axes(axis), keepdims=keepdims)


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:  # noqa: A001
    """Return whether an element is true, along some axes or of the whole.

    >>> any([[True, False], [False, False]], 1)
    tensor([ True, False])
    """
    return gg.any(x, _axes(axis), keepdims=keepdims)


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> gg.Tensor:
    """Return where the largest element is: the first of several.

    >>> argmax([[1.0, 3.0], [5.0, 2.0]], -1)
    tensor([1, 0])
    """
    return gg.argmax(x, axis, keepdims=keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> gg.Tensor:
    """Return where the smallest element is: the first of several.

    >>> argmin([[1.0, 3.0], [5.0, 2.0]], -1)
    tensor([0, 1])
    """
    return gg.argmin(x, axis, keepdims=keepdims)


def max(  # noqa: A001
    x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None
) -> gg.Tensor:
    """Return the largest element; ``initial`` is the least that it may be.

    >>> max([[1.0, 3.0], [5.0, 2.0]], -1, True)
    tensor([[3.],
            [5.]])
    """
    found = gg.max(x, _axes(axis), keepdims=keepdims)
    return found if initial is None else gg.maximum(found, initial)


def min(  # noqa: A001
    x: Any, axis: Axis = None, keepdims: bool = False, initial: Any = None
) -> gg.Tensor:
    """Return the smallest element; ``initial`` is the most that it may be.

    >>> min([[1.0, 3.0], [5.0, 2.0]], -1, initial=1.5)
    tensor([1. , 1.5])
    """
    found = gg.min(x, _axes(axis), keepdims=keepdims)
    return found if initial is None else gg.minimum(found, initial)


def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:
    """Return the largest element, as `max` does.

    >>> amax([1.0, 3.0])
    tensor(3.)
    """
    return gg.max(x, _axes(axis), keepdims=keepdims)


def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:
    """Return the smallest element, as `min` does.

    >>> amin([1.0, 3.0])
    tensor(1.)
    """
    return gg.min(x, _axes(axis), keepdims=keepdims)


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:  # noqa: A001
    """Return the sum of the elements.

    >>> sum([[1.0, 3.0], [5.0, 2.0]], -1, True)
    tensor([[4.],
            [7.]])
    """
    return gg.sum(x, _axes(axis), keepdims=keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:
    """Return the mean of the elements.

    >>> mean([[1.0, 3.0], [5.0, 2.0]], -1, True)
    tensor([[2. ],
            [3.5]])
    """
    return gg.mean(x, _axes(axis), keepdims=keepdims)


def var(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:
    """Return the mean squared distance from the mean.

    >>> var([[1.0, 3.0], [5.0, 1.0]], -1, True)
    tensor([[1.],
            [4.]])
    """
    return gg.var(x, _axes(axis), keepdims=keepdims)


def std(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:
    """Return the root of `var`.

    >>> std([[1.0, 3.0], [5.0, 1.0]], -1)
    tensor([1., 2.])
    """
    return gg.std(x, _axes(axis), keepdims=keepdims)


def prod(
    x: Any, axis: Axis = None, keepdims: bool = False, dtype: Any = None
) -> gg.Tensor:
    """Return the product of the elements.

    >>> prod([[1.0, 3.0], [5.0, 2.0]], -1, True)
    tensor([[ 3.],
            [10.]])
    """
    return gg.prod(x, _axes(axis), dtype, keepdims=keepdims)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False) -> gg.Tensor:
    """Return the logarithm of the sum of ``exp(x)``, exact also for large ``x``.

    >>> logsumexp([[1000.0, 1000.0]], -1) - gg.log(2.0)
    tensor([1000.])
    """
    return gg.logsumexp(x, _axes(axis), keepdims=keepdims)


def moments(x: Any, axes: Axis, keepdims: bool = False) -> tuple[gg.Tensor, gg.Tensor]:
    """Return mean and variance along ``axes``.

    >>> moments([[1.0, 3.0], [5.0, 1.0]], -1)
    (tensor([2., 3.]), tensor([1., 4.]))
    """
    return mean(x, axes, keepdims), var(x, axes, keepdims)


# ---- arguments with other names, places or defaults ----------------------------------


def clip(x: Any, x_min: Any, x_max: Any) -> gg.Tensor:
    """Limit every element to the range from ``x_min`` to ``x_max``.

    >>> clip([-2.0, 0.5, 2.0], x_min=-1.0, x_max=1.0)
    tensor([-1. ,  0.5,  1. ])
    """
    return gg.clip(x, x_min, x_max)


def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> gg.Tensor:
    """Surround ``x`` with more elements: by a number, a pair, or a pair for each axis.

    >>> pad([1.0, 2.0], (1, 1), "constant", 9.0)
    tensor([9., 1., 2., 9.])
    """
    if constant_values is None:
        return gg.pad(x, pad_width, mode)
    return gg.pad(x, pad_width, mode, constant_values=constant_values)


def reshape(x: Any, newshape: Any) -> gg.Tensor:
    """Return the same elements in another shape; one length may be -1.

    >>> reshape([1.0, 2.0, 3.0, 4.0], newshape=(2, -1)).shape
    (2, 2)
    """
    return gg.reshape(x, newshape)


def one_hot(
    x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> gg.Tensor:
    """Give 1 at the position that each whole number names, along a new ``axis``.

    >>> one_hot([2, 0], 3)
    tensor([[0., 0., 1.],
            [1., 0., 0.]], dtype=float32)
    """
    if sparse:
        raise ArgumentError("one_hot takes no sparse=True: all tensors are dense")
    found = gg.one_hot(x, num_classes, "float32" if dtype is None else dtype)
    place = axis_number("one_hot's axis", axis)
    return found if place == -1 else gg.moveaxis(found, -1, place)


def gelu(x: Any, approximate: bool = True) -> gg.Tensor:
    """Return ``x`` times the normal distribution's share below it.

    As in Keras this one is approximate unless told otherwise, and the activation of
    that name is exact.

    >>> gelu([-1.0]), gelu([-1.0], approximate=False)
    (tensor([-0.15880801]), tensor([-0.15865525]))
    """
    return _activations.gelu(x, approximate=approximate)


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[gg.Tensor]:
    """Return the parts along an axis, without the axis; ``num`` is how many.

    >>> unstack([[1.0, 2.0], [3.0, 4.0]], axis=1)
    [tensor([1., 3.]), tensor([2., 4.])]
    """
    tensor = gg.tensor(x) if not isinstance(x, gg.Tensor) else x
    count = tensor.shape[axis]
    if num not in (None, count):
        raise ArgumentError(f"unstack found {count} parts, and num says {num}")
    return [gg.squeeze(part, axis) for part in gg.split(tensor, count, axis)]


# ---- made of others ------------------------------------------------------------------


def reciprocal(x: Any) -> gg.Tensor:
    """Return ``1 / x``.

    >>> reciprocal([2.0, 4.0])
    tensor([0.5 , 0.25])
    """
    return gg.divide(1.0, x)


def rsqrt(x: Any) -> gg.Tensor:
    """Return ``1 / sqrt(x)``.

    >>> rsqrt([4.0, 16.0])
    tensor([0.5 , 0.25])
    """
    return gg.divide(1.0, gg.sqrt(x))


def divide_no_nan(x1: Any, x2: Any) -> gg.Tensor:
    """Return ``x1 / x2``, and 0 where ``x2`` is 0, with a gradient of 0.

    >>> divide_no_nan([3.0, 4.0], [2.0, 0.0])
    tensor([1.5, 0. ])
    """
    nothing = gg.equal(x2, 0)
    return gg.where(nothing, 0.0, gg.divide(x1, gg.where(nothing, 1.0, x2)))


def isinf(x: Any) -> gg.Tensor:
    """Return where ``x`` is infinite, of either sign.

    >>> isinf([1.0, -np.inf, np.nan])
    tensor([False,  True, False])
    """
    return gg.logical_not(gg.logical_or(gg.isfinite(x), gg.isnan(x)))


def logical_xor(x1: Any, x2: Any) -> gg.Tensor:
    """Return where one of two is true, and not the other.

    >>> logical_xor([True, True], [True, False])
    tensor([False,  True])
    """
    return gg.not_equal(gg.cast(x1, np.bool_), gg.cast(x2, np.bool_))


def _axes(axis: Axis) -> int | tuple[int, ...] | None:
    return tuple(axis) if isinstance(axis, list) else axis  # type: ignore[return-value]
