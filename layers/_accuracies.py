"""Accuracies: how many predictions are right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_count, check_flag, check_number
from graphgrad.layers._loss_functions import class_numbers
from graphgrad.layers._loss_probabilistic import all_classes
from graphgrad.layers._metric import MeanMetricWrapper
from graphgrad.layers._metric_checks import warn_of_logits
from graphgrad.layers._outputs import maker_of
from graphgrad.layers._targets import as_float, matched, mean_along
from graphgrad.layers._warning import warn

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "CategoricalAccuracy",
    "SparseCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy",
    "TopKCategoricalAccuracy",
    "accuracy",
    "accuracy_for",
    "binary_accuracy",
    "categorical_accuracy",
    "sparse_categorical_accuracy",
    "sparse_top_k_categorical_accuracy",
    "top_k_categorical_accuracy",
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


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> gg.Tensor:
    """Return 1 where the one-hot label's class is among the k largest, else 0.

    As in Keras, classes that are equal to the k-th largest are among them.

    >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.5, 0.2, 0.3]], k=2)
    tensor([1.])
    """
    y, p = matched(y_true, y_pred, "top_k_categorical_accuracy")
    return _in_top(gg.argmax(y, -1), p, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> gg.Tensor:
    """Return 1 where the label's class is among the k largest predictions, else 0.

    With ``from_sorted_ids`` predictions are class numbers, the best one first.

    >>> sparse_top_k_categorical_accuracy([2], [[0.5, 0.2, 0.3]], k=2)
    tensor([1.])
    """
    p = as_float(y_pred)
    labels = class_numbers(y_true, p)
    if not from_sorted_ids:
        return _in_top(labels, p, k)
    named = gg.equal(gg.expand_dims(labels, -1), p[..., :k])
    return gg.cast(gg.any(named, axis=-1), p.dtype)


# Whether fewer than k predictions are larger than that of the label's class.
def _in_top(labels: gg.Tensor, p: gg.Tensor, k: int) -> gg.Tensor:
    own = gg.equal(gg.expand_dims(labels, -1), all_classes(p))
    score = gg.max(gg.where(own, p, -np.inf), axis=-1, keepdims=True)
    ahead = gg.sum(gg.cast(gg.greater(p, score), p.dtype), axis=-1)
    found = gg.logical_and(gg.less(ahead, k), gg.isfinite(gg.squeeze(score, -1)))
    return gg.cast(found, p.dtype)


# A vector has a value for each sample: nothing is to be averaged.
def _share(hits: gg.Tensor, like: gg.Tensor) -> gg.Tensor:
    values = gg.cast(hits, like.dtype)
    return mean_along(values, -1) if values.ndim > 1 else values


# ---- metrics -------------------------------------------------------------------------


class _Accuracy(MeanMetricWrapper):
    """A share of predictions that are right."""

    direction = "up"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; warn where the model predicts numbers and no classes."""
        p = as_float(y_pred)
        if self._of_numbers and maker_of(p) == "linear":
            warn(
                f"metric {self.name!r} counts classes that are right, and says nothing "
                "about numbers, which a last layer without activation predicts: "
                "measure 'mae', or end with 'sigmoid' or 'softmax' for classes",
            )
        super().update_state(y_true, p, sample_weight)


class Accuracy(_Accuracy):
    """The share of predictions that equal their label.

    >>> Accuracy()([[1.0], [2.0]], [[1.0], [3.0]])
    0.5
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(_Accuracy):
    """The share of predictions on their label's side of ``threshold``.

    A prediction above it says 1, one at or below it 0. Logits want the threshold 0.

    >>> BinaryAccuracy()([[1], [0], [1]], [[0.9], [0.2], [0.4]])
    0.6666666666666666
    """

    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        threshold: float = 0.5,
    ) -> None:
        """Take a name, and the threshold between the two classes."""
        self.threshold = check_number("BinaryAccuracy's threshold", threshold)
        super().__init__(binary_accuracy, name, dtype, threshold=self.threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; warn where logits are compared with a probability."""
        p = as_float(y_pred)
        if 0 < self.threshold < 1 and not self._of_numbers:
            warn_of_logits(p, self.name, "BinaryAccuracy(threshold=0)")
        super().update_state(y_true, p, sample_weight)


class CategoricalAccuracy(_Accuracy):
    """The share of samples whose largest prediction is that of their one-hot label.

    >>> CategoricalAccuracy()([[0, 1], [1, 0]], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(_Accuracy):
    """The share of samples whose largest prediction is that of their class.

    >>> SparseCategoricalAccuracy()([1, 0], [[0.2, 0.8], [0.3, 0.7]])
    0.5
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(sparse_categorical_accuracy, name, dtype)


class _TopK(_Accuracy):
    """An accuracy by the k largest predictions."""

    def __init__(
        self, function: Any, k: int, name: str | None, dtype: str | None, **kwargs: Any
    ) -> None:
        self.k = check_count(f"{type(self).__name__}'s k", k, at_least=1)
        super().__init__(function, name, dtype, k=self.k, **kwargs)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch; warn where no prediction can be wrong."""
        p = as_float(y_pred)
        if p.shape[-1] <= self.k and not self.arguments.get("from_sorted_ids"):
            warn(
                f"metric {self.name!r} with k={self.k} is always right for "
                f"{p.shape[-1]} classes: take a smaller k",
            )
        super().update_state(y_true, p, sample_weight)


class TopKCategoricalAccuracy(_TopK):
    """The share of samples with their one-hot label's class among the k largest.

    >>> TopKCategoricalAccuracy(k=2)([[0, 0, 1], [0, 1, 0]], [[0.5, 0.2, 0.3]] * 2)
    0.5
    """

    def __init__(
        self, k: int = 5, name: str | None = None, dtype: str | None = None
    ) -> None:
        """Take the number of predictions that count."""
        super().__init__(top_k_categorical_accuracy, k, name, dtype)


class SparseTopKCategoricalAccuracy(_TopK):
    """The share of samples whose class is among those of the k largest predictions.

    With ``from_sorted_ids`` predictions are class numbers, the best one first.

    >>> SparseTopKCategoricalAccuracy(k=2)([2, 1], [[0.5, 0.2, 0.3]] * 2)
    0.5
    """

    def __init__(
        self,
        k: int = 5,
        name: str | None = None,
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        """Take the number of predictions that count."""
        owner = "SparseTopKCategoricalAccuracy's from_sorted_ids"
        self.from_sorted_ids = check_flag(owner, from_sorted_ids)
        super().__init__(
            sparse_top_k_categorical_accuracy,
            k,
            name,
            dtype,
            from_sorted_ids=self.from_sorted_ids,
        )


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
