"""Small helpers for data: labels as vectors of 0 and 1, rows of length 1."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad.layers._arguments import ArgumentError, check_number

__all__ = ["normalize", "to_categorical"]

Array = np.ndarray[Any, Any]


def to_categorical(x: Any, num_classes: int | None = None) -> Array:
    """Return labels 0, 1, ... as vectors with a 1 at the place of the label.

    Without ``num_classes`` there are as many as the greatest label needs. A last axis
    of length 1 gives way to that of the classes.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    labels = _labels(x)
    count = _count(labels, num_classes)
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    far = labels[labels >= count]
    if far.size:
        raise ArgumentError(
            f"to_categorical got the label {far.flat[0]}, with num_classes={count}: "
            f"labels are 0 to {count - 1}"
        )
    vectors = np.zeros((*labels.shape, count))
    np.put_along_axis(vectors, labels[..., None], 1.0, axis=-1)
    return vectors


def _labels(x: Any) -> Array:
    given = np.asarray(x)
    if given.dtype.kind not in "biuf":
        raise ArgumentError(
            f"to_categorical needs labels 0, 1, ..., got {given.dtype}: number the "
            "classes, for example with np.unique(x, return_inverse=True)[1]"
        )
    with np.errstate(invalid="ignore"):
        labels = given.astype(np.int64)
    wrong = given[(labels != given) | (labels < 0)]
    if wrong.size:
        raise ArgumentError(
            f"to_categorical needs labels 0, 1, ..., got {wrong.flat[0]}; classes "
            "that are numbered in another way are, for example, renumbered by "
            "np.unique(x, return_inverse=True)[1]"
        )
    return labels


def _count(labels: Array, num_classes: Any) -> int:
    if num_classes is None:
        if not labels.size:
            raise ArgumentError("to_categorical got no label: say num_classes=...")
        return int(labels.max()) + 1
    count = check_number("to_categorical's num_classes", num_classes, at_least=1)
    if count != int(count):
        raise ArgumentError(f"to_categorical's num_classes must be whole, got {count}")
    return int(count)


def normalize(x: Any, axis: int = -1, order: float = 2) -> Array:
    """Return ``x`` divided by its norm along an axis; what is 0 stays 0.

    >>> normalize([[3.0, 4.0], [0.0, 0.0]])
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    array = np.asarray(x)
    if array.dtype.kind not in "biuf" or not array.ndim:
        raise ArgumentError(f"normalize needs an array of numbers, got {x!r}")
    if array.dtype.kind != "f":
        array = array.astype(np.float64)
    if isinstance(order, bool) or not isinstance(order, int | float):
        raise ArgumentError(f"normalize's order must be a number, got {order!r}")
    if not isinstance(axis, int) or not -array.ndim <= axis < array.ndim:
        raise ArgumentError(
            f"normalize's axis must be one of the {array.ndim} axes, got {axis}"
        )
    norm = np.linalg.norm(array, order, axis, keepdims=True)
    return np.asarray(array / np.where(norm == 0, 1, norm))
