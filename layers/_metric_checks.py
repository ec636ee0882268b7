"""What metrics of classes ask of labels and outputs."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError, check_number
from graphgrad.layers._loss import weights_like
from graphgrad.layers._loss_functions import class_numbers
from graphgrad.layers._outputs import maker_of
from graphgrad.layers._room import check_memory
from graphgrad.layers._targets import as_float, matched
from graphgrad.layers._warning import warn

__all__ = [
    "check_thresholds",
    "evenly",
    "per_class",
    "ratio",
    "warn_of_logits",
]


def check_thresholds(owner: str, thresholds: Any) -> list[float]:
    """Return one threshold or several as a list of numbers.

    >>> check_thresholds("Precision", 0.5)
    [0.5]
    """
    if isinstance(thresholds, Real):
        return [check_number(f"{owner}'s thresholds", thresholds)]
    several = isinstance(thresholds, Sequence | np.ndarray)
    if not several or isinstance(thresholds, str) or not len(thresholds):
        raise ArgumentError(
            f"{owner}'s thresholds must be a number or a list of numbers, "
            f"got {thresholds!r}"
        )
    return [check_number(f"{owner}'s thresholds", each) for each in thresholds]


def warn_of_logits(p: gg.Tensor, owner: str, remedy: str) -> None:
    """Warn if ``p`` is what a layer without activation gave, not probabilities."""
    if maker_of(p) == "linear":
        warn(
            f"metric {owner!r} takes outputs of a layer without activation for "
            f"probabilities: for logits, use {remedy}",
        )


def per_class(
    y_true: Any, y_pred: Any, sample_weight: Any, owner: str
) -> tuple[gg.Tensor, gg.Tensor, gg.Tensor | None]:
    """Return labels, outputs and weights, if any, in one shape.

    Class numbers for an output of several classes become one-hot.
    """
    p = as_float(y_pred)
    y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
    rows = p.shape[:-1]
    numbers = y.shape in (rows, (*rows, 1)) and p.ndim > 1 and p.shape[-1] > 1
    if numbers and y.shape != p.shape:
        y = gg.one_hot(class_numbers(y, p), p.shape[-1], p.dtype)
    y, p = matched(y, p, owner)
    if sample_weight is None:
        return y, p, None
    weight = weights_like(p, gg.cast(sample_weight, "float64"), owner)
    return y, p, gg.broadcast_to(gg.cast(weight, "float64"), p.shape)


def evenly(count: int) -> list[float]:
    """Return ``count`` numbers from 0 to 1 at equal distances.

    >>> evenly(3)
    [0.0, 0.5, 1.0]
    """
    check_memory("thresholds", (count,), "float64")
    return [i / (count - 1) for i in range(count)] if count > 1 else [0.5]


def ratio(part: Any, whole: Any) -> Any:
    """Divide arrays; what is divided by 0 becomes 0.

    >>> ratio(np.array([1.0, 2.0]), np.array([0.0, 4.0]))
    array([0. , 0.5])
    """
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    return np.divide(part, whole, out=np.zeros(part.shape), where=whole != 0)
