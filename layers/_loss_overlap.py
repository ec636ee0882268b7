"""Losses of regions and of embeddings as functions of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._targets import EPSILON, as_float, matched

__all__ = ["circle", "dice", "tversky"]

Axes = int | Sequence[int] | None


def dice(y_true: Any, y_pred: Any, axis: Axes = None) -> gg.Tensor:
    """Return ``1 - 2 Σ y p / (Σ y + Σ p)``: 0 for regions that are the same.

    The sums go over ``axis``, one or several; None is over the whole batch, which
    gives a single value.

    >>> dice([[1, 1], [0, 1]], [[1, 1], [1, 0]], axis=1).numpy().round(3)
    array([0., 1.], dtype=float32)
    """
    y, p = matched(y_true, y_pred, "dice")
    axes = _axes(axis)
    whole = gg.sum(y, axis=axes) + gg.sum(p, axis=axes)
    return 1 - gg.sum(y * p, axis=axes) * 2 / (whole + EPSILON)


def tversky(
    y_true: Any,
    y_pred: Any,
    alpha: float = 0.5,
    beta: float = 0.5,
    axis: Axes = None,
) -> gg.Tensor:
    """Return ``1 - Σ y p / (Σ y p + alpha Σ y (1 - p) + beta Σ (1 - y) p)``.

    ``alpha`` weighs what is missed, ``beta`` what is found where nothing is: these are
    Keras' numbers, its description has the two the other way round. With 1/2 for both
    it is `dice`. The sums go over ``axis``; None is over the whole batch.

    >>> tversky([[1, 1]], [[1, 0]], alpha=1.0, beta=0.0)
    tensor(0.5, dtype=float32)
    """
    y, p = matched(y_true, y_pred, "tversky")
    axes = _axes(axis)
    found = gg.sum(y * p, axis=axes)
    missed = gg.sum(y * (1 - p), axis=axes)
    false = gg.sum((1 - y) * p, axis=axes)
    return 1 - found / (found + missed * alpha + false * beta + EPSILON)


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> gg.Tensor:
    """Return the circle loss of embeddings of length 1, one row per sample.

    ``log(1 + Σ exp(γ (m + d)(d - m)) · Σ exp(γ (1 + m - d)(1 - m - d)))``: the first
    sum over the samples of the same class at cosine distances d, without the sample
    itself unless ``remove_diagonal`` is False, the second over those of others. A
    sample without any of one kind costs 0. The samples are those of the batch, or
    ``ref_embeddings`` with ``ref_labels``.

    >>> circle([0, 0, 1], [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    tensor([134.4,  54.4,   0. ])
    """
    p = as_float(y_pred)
    others = p if ref_embeddings is None else gg.cast(ref_embeddings, p.dtype)
    same, other = _pairs(y_true, ref_labels, p, others, remove_diagonal=remove_diagonal)
    distance = gg.relu(1 - p @ gg.transpose(others))
    near = (distance + margin) * (distance - margin) * gamma
    far = gg.relu(1 + margin - distance) * (1 - margin - distance) * gamma
    pull = gg.logsumexp(gg.where(same, near, -np.inf), axis=1)
    push = gg.logsumexp(gg.where(other, far, -np.inf), axis=1)
    return gg.softplus(pull + push)


def _pairs(
    y_true: Any,
    ref_labels: Any,
    p: gg.Tensor,
    others: gg.Tensor,
    *,
    remove_diagonal: bool,
) -> tuple[gg.Tensor, gg.Tensor]:
    rows = _class_of_rows(y_true, p)
    columns = rows if ref_labels is None else _class_of_rows(ref_labels, others)
    same = gg.equal(gg.expand_dims(rows, 1), gg.expand_dims(columns, 0))
    other = gg.logical_not(same)
    if remove_diagonal:
        off = ~np.eye(p.shape[0], others.shape[0], dtype=bool)
        same = gg.logical_and(same, off)
    return same, other


def _class_of_rows(labels: Any, embeddings: gg.Tensor) -> gg.Tensor:
    y = labels if isinstance(labels, gg.Tensor) else gg.tensor(labels)
    if y.ndim == 2 and y.shape[1] == 1:
        y = gg.squeeze(y, 1)
    if embeddings.ndim != 2 or y.shape != embeddings.shape[:1]:
        raise gg.ShapeError(
            f"circle: labels of shape {y.shape} do not match embeddings of shape "
            f"{embeddings.shape}; give a class number and a row for each sample"
        )
    return y


def _axes(axis: Axes) -> int | tuple[int, ...] | None:
    return axis if axis is None or isinstance(axis, int) else tuple(axis)
