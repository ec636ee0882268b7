"""Accuracies: how many predictions are right."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import graphgrad as gg
from graphgrad.layers._arguments import check_number
from graphgrad.layers._loss_functions import class_numbers
from graphgrad.layers._metric import MeanMetricWrapper
from graphgrad.layers._outputs import maker_of
from graphgrad.layers._targets import as_float, matched, mean_along

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "accuracy",
    "accuracy_for",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
]

# ---- functions -----------------------------------------------------------------------


def accuracy(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return the share of predictions along the last axis that equal their label.

    >>> accuracy([[1.0, 2.0]], [[1.0, 3.0]])
    tensor([0.5])
    """
    y, p = matched(y_true, y_pred, "accuracy")
    return _share(gg.equal(y, p), p)


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> gg.Tensor:
    """Return the share along the last axis of predictions on their label's side.

    A prediction above ``threshold`` says 1, one at or below it 0.

    >>> binary_accuracy([[1.0, 0.0, 1.0, 0.0]], [[0.9, 0.2, 0.5, 0.5]])
    tensor([0.75])
    """
    y, p = matched(y_true, y_pred, "binary_accuracy")
    said = gg.cast(gg.greater(p, threshold), p.dtype)
    return _share(gg.equal(y, said), p)


def categorical_accuracy(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return 1 where the largest prediction is that of the one-hot label, else 0.

    >>> categorical_accuracy([[0.0, 1.0], [1.0, 0.0]], [[0.2, 0.8], [0.3, 0.7]])
    tensor([1., 0.])
    """
    y, p = matched(y_true, y_pred, "categorical_accuracy")
    return gg.cast(gg.equal(gg.argmax(y, -1), gg.argmax(p, -1)), p.dtype)


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> gg.Tensor:
    """Return 1 where the largest prediction is that of the label's class, else 0.

    >>> sparse_categorical_accuracy([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    tensor([1., 0.])
    """
    p = as_float(y_pred)
    labels = class_numbers(y_true, p)
    return gg.cast(gg.equal(labels, gg.argmax(p, -1)), p.dtype)


def _share(hits: gg.Tensor, like: gg.Tensor) -> gg.Tensor:
    return mean_along(gg.cast(hits, like.dtype), -1)


# ---- metrics -------------------------------------------------------------------------


class Accuracy(MeanMetricWrapper):
    """The share of predictions that equal their label.

    >>> Accuracy()([[1.0], [2.0]], [[1.0], [3.0]])
    0.5
    """

    def __init__(self, name: str | None = "accuracy") -> None:
        """Take a name."""
        super().__init__(accuracy, name)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of predictions on their label's side of ``threshold``.

    A prediction above it says 1, one at or below it 0. Logits want the threshold 0.

    >>> BinaryAccuracy()([[1], [0], [1]], [[0.9], [0.2], [0.4]])
    0.6666666666666666
    """

    def __init__(
        self, name: str | None = "binary_accuracy", *, threshold: float = 0.5
    ) -> None:
        """Take a name, and the threshold between the two classes."""
        checked = check_number("BinaryAccuracy's threshold", threshold)
        super().__init__(binary_accuracy, name, threshold=checked)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; warn where logits are compared with a probability."""
        threshold = self.arguments["threshold"]
        p = as_float(y_pred)
        if maker_of(p) == "linear" and 0 < threshold < 1:
            warnings.warn(
                f"metric {self.name!r} compares outputs of a layer without activation "
                f"with {threshold}: for logits, use BinaryAccuracy(threshold=0)",
                stacklevel=2,
            )
        super().update_state(y_true, p, sample_weight)


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose largest prediction is that of their one-hot label.

    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def __init__(self, name: str | None = "categorical_accuracy") -> None:
        """Take a name."""
        super().__init__(categorical_accuracy, name)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of samples whose largest prediction is that of their class.

    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def __init__(self, name: str | None = "sparse_categorical_accuracy") -> None:
        """Take a name."""
        super().__init__(sparse_categorical_accuracy, name)


def accuracy_for(
    label_shape: Sequence[int | None], output_shape: Sequence[int | None]
) -> Callable[..., MeanMetricWrapper]:
    """Return which accuracy the name ``accuracy`` means, by Keras' rule: shapes decide.

    >>> accuracy_for((32, 1), (32, 1)).__name__, accuracy_for((32,), (32, 3)).__name__
    ('BinaryAccuracy', 'SparseCategoricalAccuracy')
    """
    if len(output_shape) < 2 or output_shape[-1] == 1:
        return BinaryAccuracy
    if len(label_shape) < len(output_shape) or label_shape[-1] == 1:
        return SparseCategoricalAccuracy
    return CategoricalAccuracy
