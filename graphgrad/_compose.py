"""Functions composed of primitives: they have no rules of their own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from graphgrad._errors import ShapeError, UnsupportedError
from graphgrad._ops._families import f, make_room, promote, register
from graphgrad._ops._reduction import refuse
from graphgrad._primitive import as_tensor
from graphgrad._tensor import Tensor
from graphgrad._types import Shape, check_dtype, normal_axes, normal_axis, size_of

__all__ = [
    "dot",
    "full_like",
    "log_softmax",
    "logsumexp",
    "mean",
    "norm",
    "ones_like",
    "outer",
    "softmax",
    "std",
    "tensordot",
    "var",
    "zeros_like",
]

Axis = int | Iterable[int] | None
NORMS = "norm takes ord=None, 1, 2, inf, -inf of vectors, None or 'fro' of matrices"

# ---- statistics ----------------------------------------------------------------------


@register
def mean(
    x: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    **refused: Any,
) -> Tensor:
    """Average the elements of ``x`` along ``axis``: one, several, or None for all.

    Floats keep their dtype, integers give float64; ``dtype`` converts before.

    >>> import graphgrad as gg
    >>> gg.mean([[1.0, 2.0], [3.0, 6.0]], axis=0)
    tensor([2., 4.])
    """
    refuse("mean", refused)
    tensor = as_tensor(x) if dtype is None else f.cast(as_tensor(x), dtype)
    axes = normal_axes(axis, tensor.ndim)
    return f.sum(tensor, axes, keepdims=keepdims) / _count(tensor, axes)


@register
def var(
    x: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: int = 0,
    keepdims: bool = False,
    **refused: Any,
) -> Tensor:
    """Take the variance of ``x`` along ``axis``, the mean squared distance to the mean.

    The sum of squares is divided by the number of elements less ``ddof``.

    >>> import graphgrad as gg
    >>> gg.var([1.0, 3.0])
    tensor(1.)
    """
    refuse("var", refused)
    tensor = as_tensor(x) if dtype is None else f.cast(as_tensor(x), dtype)
    axes = normal_axes(axis, tensor.ndim)
    count = _count(tensor, axes)
    squares = f.square(tensor - mean(tensor, axes, keepdims=True))
    divisor = count - ddof if ddof else count
    return f.sum(squares, axes, keepdims=keepdims) / divisor


@register
def std(
    x: Any,
    axis: Axis = None,
    dtype: Any = None,
    *,
    ddof: int = 0,
    keepdims: bool = False,
    **refused: Any,
) -> Tensor:
    """Take the standard deviation of ``x`` along ``axis``, the root of `var`.

    The gradient is 0 where all elements are equal.

    >>> import graphgrad as gg
    >>> gg.grad(gg.std)([2.0, 2.0])
    tensor([0., 0.])
    """
    refuse("std", refused)
    return _safe_sqrt(var(x, axis, dtype, ddof=ddof, keepdims=keepdims))


def _count(x: Tensor, axes: tuple[int, ...]) -> int:
    return size_of(tuple([x.shape[a] for a in axes]))


# The derivative of a root at 0 is infinite; that of a length there is taken as 0.
def _safe_sqrt(x: Tensor) -> Tensor:
    zero = f.equal(x, 0)
    return f.where(zero, 0, f.sqrt(f.where(zero, 1, x)))


@register
def norm(
    x: Any,
    ord: float | str | None = None,  # noqa: A002  # NumPy's name
    axis: int | tuple[int, int] | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the length of the vectors along ``axis``: the root of the sum of squares.

    ``ord`` is 1 (sum of sizes), 2, inf (largest size) or -inf. With ``ord`` None, any
    number of axes will do; None means all. The gradient at 0 is 0. Other norms raise
    `UnsupportedError`.

    >>> import graphgrad as gg
    >>> gg.norm([3.0, 4.0])
    tensor(5.)
    """
    tensor = as_tensor(x)
    axes = normal_axes(axis, tensor.ndim)
    if ord is None or (ord == "fro" and len(axes) == 2):
        kind: Any = 2
    elif len(axes) == 1 and ord in (1, 2, math.inf, -math.inf):
        kind = ord
    else:
        raise UnsupportedError(f"{NORMS}; got ord={ord!r} for {len(axes)} axes")
    if kind == 2:
        return _safe_sqrt(f.sum(f.square(tensor), axes, keepdims=keepdims))
    reduce = f.sum if kind == 1 else f.max if kind > 0 else f.min
    return reduce(f.abs(tensor), axes, keepdims=keepdims)


# ---- softmax and its relatives -------------------------------------------------------


@register
def softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Make shares of 1 along ``axis``: ``exp(x) / sum(exp(x))``, without overflow.

    >>> import graphgrad as gg
    >>> gg.softmax([1.0, 1.0])
    tensor([0.5, 0.5])
    """
    weights = f.exp(_below_max(as_tensor(x), axis))
    return weights / f.sum(weights, axis, keepdims=True)


@register
def log_softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Tensor:
    """Take the logarithm of `softmax`, exact also where a share is tiny.

    >>> import graphgrad as gg
    >>> gg.log_softmax([0.0, -1000.0])
    tensor([    0., -1000.])
    """
    shifted = _below_max(as_tensor(x), axis)
    return shifted - f.log(f.sum(f.exp(shifted), axis, keepdims=True))


def _below_max(x: Tensor, axis: Axis) -> Tensor:
    return x - f.stop_gradient(f.max(x, axis, keepdims=True))


@register
def logsumexp(x: Any, axis: Axis = None, *, keepdims: bool = False) -> Tensor:
    """Take ``log(sum(exp(x)))`` along ``axis``, without overflow.

    Where all elements are -inf the result is -inf, with gradient 0.

    >>> import graphgrad as gg
    >>> gg.logsumexp([1000.0, 1000.0]) - 1000
    tensor(0.69314718)
    """
    tensor = as_tensor(x)
    axes = normal_axes(axis, tensor.ndim)
    top = f.stop_gradient(f.max(tensor, axes, keepdims=True))
    top = f.where(f.isfinite(top), top, 0)
    total = f.sum(f.exp(tensor - top), axes, keepdims=True)
    none = f.equal(total, 0)
    result = f.where(none, -math.inf, f.log(f.where(none, 1, total))) + top
    return result if keepdims else f.squeeze(result, axes)


# ---- products ------------------------------------------------------------------------


@register
def dot(a: Any, b: Any) -> Tensor:
    """Multiply as ``np.dot``: over the last axis of ``a`` and the second last of ``b``.

    A number multiplies every element. `ShapeError` where the lengths differ.

    >>> import graphgrad as gg
    >>> gg.dot([1.0, 2.0], [3.0, 4.0])
    tensor(11.)
    """
    left, right = promote((a, b))
    if not left.ndim or not right.ndim:
        return left * right
    if left.ndim == 1 or right.ndim <= 2:
        return f.matmul(left, right)
    return tensordot(left, right, ((-1,), (-2,)))


@register
def outer(a: Any, b: Any) -> Tensor:
    """Multiply every element of ``a`` by every element of ``b``, both in flat order.

    >>> import graphgrad as gg
    >>> gg.outer([1.0, 2.0], [3.0, 4.0])
    tensor([[3., 4.],
            [6., 8.]])
    """
    return f.reshape(as_tensor(a), (-1, 1)) * f.reshape(as_tensor(b), (1, -1))


@register
def tensordot(a: Any, b: Any, axes: int | Sequence[int | Sequence[int]] = 2) -> Tensor:
    """Sum products over axes of ``a`` and ``b``: those named, or so many in the middle.

    >>> import graphgrad as gg
    >>> gg.tensordot([[1.0, 2.0]], [[3.0, 4.0]], axes=((0, 1), (0, 1)))
    tensor(11.)
    """
    left, right = promote((a, b))
    if isinstance(axes, int | np.integer):
        # The first of too many axes is refused before there are any others.
        axes = range(left.ndim - int(axes), left.ndim), range(int(axes))
    first, second = axes
    ours = tuple([normal_axis(i, left.ndim) for i in _axes(first)])
    theirs = tuple([normal_axis(i, right.ndim) for i in _axes(second)])
    if [left.shape[i] for i in ours] != [right.shape[i] for i in theirs]:
        raise ShapeError(
            f"tensordot needs equal lengths, got axes {ours} of {left.shape} "
            f"and {theirs} of {right.shape}"
        )
    rows, free = _as_matrix(left, ours, last=True)
    columns, others = _as_matrix(right, theirs, last=False)
    return f.reshape(f.matmul(rows, columns), (*free, *others))


def _axes(axes: int | Sequence[int]) -> Sequence[int]:
    return (axes,) if isinstance(axes, int | np.integer) else axes


def _as_matrix(x: Tensor, axes: tuple[int, ...], last: bool) -> tuple[Tensor, Shape]:
    others = tuple([i for i in range(x.ndim) if i not in axes])
    free = tuple([x.shape[i] for i in others])
    summed = size_of(tuple([x.shape[i] for i in axes]))
    order = (*others, *axes) if last else (*axes, *others)
    shape = (size_of(free), summed) if last else (summed, size_of(free))
    return f.reshape(f.transpose(x, order), shape), free


# ---- constants -----------------------------------------------------------------------


@register
def full_like(x: Any, fill_value: float, dtype: Any = None, **refused: Any) -> Tensor:
    """Return a constant of the shape and dtype of ``x``, all ``fill_value``.

    >>> import graphgrad as gg
    >>> gg.full_like([1.0, 2.0], 7)
    tensor([7., 7.])
    """
    refuse("full_like", refused)
    tensor = as_tensor(x)
    kind = tensor.dtype if dtype is None else check_dtype(dtype)
    size = size_of(tensor.shape) * kind.itemsize
    make_room(int(size), f"a constant of shape {tensor.shape}")
    return Tensor(np.full(tensor.shape, fill_value, kind))


@register
def zeros_like(x: Any, dtype: Any = None, **refused: Any) -> Tensor:
    """Return a constant of the shape and dtype of ``x``, all 0.

    >>> import graphgrad as gg
    >>> gg.zeros_like([1.0, 2.0])
    tensor([0., 0.])
    """
    refuse("zeros_like", refused)
    return full_like(x, 0, dtype)


@register
def ones_like(x: Any, dtype: Any = None, **refused: Any) -> Tensor:
    """Return a constant of the shape and dtype of ``x``, all 1.

    >>> import graphgrad as gg
    >>> gg.ones_like([1.0, 2.0])
    tensor([1., 1.])
    """
    refuse("ones_like", refused)
    return full_like(x, 1, dtype)
