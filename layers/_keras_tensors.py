"""Tensors made and taken apart as in Keras: numbers become float32 and int32."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg

__all__ = [
    "arange",
    "convert_to_numpy",
    "convert_to_tensor",
    "eye",
    "full",
    "identity",
    "is_tensor",
    "linspace",
    "ndim",
    "ones",
    "shape",
    "size",
    "zeros",
]

Array = np.ndarray[Any, Any]
Lengths = int | Sequence[int]

# ---- from and to NumPy ---------------------------------------------------------------


def convert_to_tensor(x: Any, dtype: Any = None) -> gg.Tensor:
    """Return ``x`` as a tensor; numbers and lists of them become float32 or int32.

    Arrays keep their dtype. Of a variable it is the value now.

    >>> convert_to_tensor([1.0, 2.0]), convert_to_tensor([1, 2]).dtype
    (tensor([1., 2.], dtype=float32), dtype('int32'))
    """
    if isinstance(x, gg.Variable):
        x = x.value
    if isinstance(x, gg.Tensor):
        return x if dtype is None else gg.cast(x, dtype)
    if isinstance(x, list | tuple) and any(isinstance(each, gg.Tensor) for each in x):
        return gg.stack([convert_to_tensor(each, dtype) for each in x])
    value = np.asarray(x)
    if dtype is None and not isinstance(x, np.ndarray | np.generic):
        dtype = _usual_dtype(value)
    return gg.tensor(value if dtype is None else value.astype(np.dtype(dtype)))


def convert_to_numpy(x: Any) -> Array:
    """Return the values of a tensor, or of what can be one, as an array.

    >>> convert_to_numpy(gg.tensor([1.0, 2.0]))
    array([1., 2.])
    """
    return x.numpy() if isinstance(x, gg.Tensor) else convert_to_tensor(x).numpy()


def is_tensor(x: Any) -> bool:
    """Return whether ``x`` is a tensor, or a variable.

    >>> is_tensor(gg.tensor(1.0)), is_tensor([1.0])
    (True, False)
    """
    return isinstance(x, gg.Tensor)


# ---- shapes --------------------------------------------------------------------------


def shape(x: Any) -> tuple[int, ...]:
    """Return the lengths of the axes.

    >>> shape([[1.0, 2.0]])
    (1, 2)
    """
    return x.shape if isinstance(x, gg.Tensor) else np.shape(x)


def ndim(x: Any) -> int:
    """Return the number of axes.

    >>> ndim([[1.0, 2.0]])
    2
    """
    return len(shape(x))


def size(x: Any) -> int:
    """Return the number of elements.

    >>> size([[1.0, 2.0]])
    2
    """
    return int(np.prod(shape(x), dtype=np.int64))


# ---- constants -----------------------------------------------------------------------


def zeros(shape: Lengths, dtype: Any = None) -> gg.Tensor:
    """Return a constant of a shape, all 0; float32 unless told otherwise.

    >>> zeros((2,))
    tensor([0., 0.], dtype=float32)
    """
    return full(shape, 0, dtype)


def ones(shape: Lengths, dtype: Any = None) -> gg.Tensor:
    """Return a constant of a shape, all 1; float32 unless told otherwise.

    >>> ones(2, "int32")
    tensor([1, 1], dtype=int32)
    """
    return full(shape, 1, dtype)


def full(shape: Lengths, fill_value: Any, dtype: Any = None) -> gg.Tensor:
    """Return a constant of a shape, all ``fill_value``.

    >>> full((2,), 7)
    tensor([7., 7.], dtype=float32)
    """
    return gg.tensor(np.full(shape, fill_value, np.dtype(dtype or "float32")))


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> gg.Tensor:  # noqa: N803
    """Return a matrix with 1 on its ``k``-th diagonal, and 0 elsewhere.

    >>> eye(2)
    tensor([[1., 0.],
            [0., 1.]], dtype=float32)
    """
    return gg.tensor(np.eye(N, M, k, np.dtype(dtype or "float32")))


def identity(n: int, dtype: Any = None) -> gg.Tensor:
    """Return a square matrix with 1 on its diagonal, and 0 elsewhere.

    >>> identity(2).shape
    (2, 2)
    """
    return eye(n, dtype=dtype)


def arange(
    start: Any, stop: Any = None, step: Any = None, dtype: Any = None
) -> gg.Tensor:
    """Return evenly spaced numbers before ``stop``: int32 if all are whole.

    >>> arange(3), arange(0, 1, 0.5)
    (tensor([0, 1, 2], dtype=int32), tensor([0. , 0.5], dtype=float32))
    """
    first, last = (0, start) if stop is None else (start, stop)
    return _constant(np.arange(first, last, 1 if step is None else step), dtype)


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, dtype: Any = None
) -> gg.Tensor:
    """Return ``num`` numbers from ``start`` to ``stop``, evenly spaced.

    >>> linspace(0, 1, 3)
    tensor([0. , 0.5, 1. ], dtype=float32)
    """
    return _constant(np.linspace(start, stop, num, endpoint), dtype)


def _constant(value: Array, dtype: Any) -> gg.Tensor:
    return gg.tensor(value.astype(np.dtype(dtype or _usual_dtype(value))))


def _usual_dtype(value: Array) -> Any:
    if value.dtype.kind == "f":
        return "float32"
    fits = value.dtype.kind in "iu" and np.all(np.abs(value.astype(float)) < 2**31)
    return "int32" if fits else value.dtype
