"""Intersection over union: how well the regions of classes overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import (
    ArgumentError,
    axis_number,
    check_count,
    check_flag,
    check_number,
)
from graphgrad.layers._class_counts import ClassCounting
from graphgrad.layers._metric_checks import ratio, warn_of_logits
from graphgrad.layers._outputs import OutputError, maker_of
from graphgrad.layers._targets import as_float

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


class IoU(ClassCounting):
    """The mean over ``target_class_ids`` of intersection over union.

    For a class that is ``TP / (TP + FP + FN)``, over all samples; a class that occurs
    neither in labels nor in predictions does not count. Labels and predictions are
    class numbers, or one-hot (or probabilities) along ``axis`` where ``sparse_y_true``
    or ``sparse_y_pred`` is False. Samples with the label ``ignore_class`` do not count.

    >>> IoU(num_classes=2, target_class_ids=[0])([0, 0, 1, 1], [0, 1, 0, 1])
    0.3333333333333333
    """

    direction = "up"
    _fixed = frozenset({"num_classes"})

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, dtype)
        owner = type(self).__name__
        self.num_classes = check_count(
            f"{owner}'s num_classes", num_classes, at_least=1
        )
        # First of all: that there is no room for it ends a count without sense.
        self._make_state(self.num_classes)
        self.target_class_ids = [
            check_count(f"{owner}'s target_class_ids", each, at_least=0)
            for each in target_class_ids
        ]
        if max(self.target_class_ids, default=num_classes) >= num_classes:
            raise ArgumentError(
                f"{owner}'s target_class_ids must be classes from 0 to "
                f"{num_classes - 1}, got {list(target_class_ids)}"
            )
        self.ignore_class = ignore_class
        self.sparse_y_true = check_flag(f"{owner}'s sparse_y_true", sparse_y_true)
        self.sparse_y_pred = check_flag(f"{owner}'s sparse_y_pred", sparse_y_pred)
        self.axis = axis_number(f"{owner}'s axis", axis)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        p = y_pred if isinstance(y_pred, gg.Tensor) else gg.tensor(y_pred)
        y = y_true if isinstance(y_true, gg.Tensor) else gg.tensor(y_true)
        if self.sparse_y_pred and maker_of(p) in ("sigmoid", "softmax", "linear"):
            raise OutputError(
                f"{type(self).__name__} expects class numbers, but the output comes "
                "from a layer of probabilities or logits: say sparse_y_pred=False for "
                "several classes, or use BinaryIoU for two"
            )
        if not self.sparse_y_true:
            y = gg.argmax(y, self.axis)
        if not self.sparse_y_pred:
            p = gg.argmax(p, self.axis)
        y, p = _same_rank(y, p)
        self._count(y, p, sample_weight, self.ignore_class)

    def result(self) -> float:
        """Return the mean over the classes that occur; 0 if none does."""
        self._warn_of_lost("ignore_class says which label may be left out")
        matrix = self.matrix
        both = np.diag(matrix)
        either = matrix.sum(axis=0) + matrix.sum(axis=1) - both
        chosen = np.array(self.target_class_ids)
        occurs = either[chosen] > 0
        return float(ratio(ratio(both, either)[chosen].sum(), occurs.sum()))


class BinaryIoU(IoU):
    """Intersection over union for two classes, told apart by a threshold.

    A prediction of at least ``threshold`` says 1.

    >>> BinaryIoU(threshold=0.3)([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.7])
    0.3333333333333333
    """

    def __init__(
        self,
        target_class_ids: Sequence[int] = (0, 1),
        threshold: float = 0.5,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        """Take the classes that count, and the threshold."""
        super().__init__(2, target_class_ids, name, dtype)
        self.threshold = check_number("BinaryIoU's threshold", threshold)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        p = as_float(y_pred)
        if 0 < self.threshold < 1:
            warn_of_logits(p, self.name, "BinaryIoU(threshold=0)")
        said = gg.greater_equal(p, self.threshold)
        super().update_state(y_true, gg.cast(said, "int64"), sample_weight)


class MeanIoU(IoU):
    """The mean over all classes of intersection over union.

    >>> MeanIoU(num_classes=2)([0, 0, 1, 1], [0, 1, 0, 1])
    0.3333333333333333
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        """Take Keras' arguments."""
        every = range(
            check_count(f"{type(self).__name__}'s num_classes", num_classes, at_least=1)
        )
        super().__init__(
            num_classes,
            every,
            name,
            dtype,
            ignore_class,
            sparse_y_true,
            sparse_y_pred,
            axis,
        )


class OneHotIoU(IoU):
    """Intersection over union for one-hot labels and a probability of each class.

    >>> y, p = [[1, 0], [0, 1], [0, 1]], [[0.6, 0.4], [0.2, 0.8], [0.9, 0.1]]
    >>> OneHotIoU(num_classes=2, target_class_ids=[0, 1])(y, p)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Sequence[int],
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(
            num_classes,
            target_class_ids,
            name,
            dtype,
            ignore_class,
            False,
            sparse_y_pred,
            axis,
        )


class OneHotMeanIoU(MeanIoU):
    """The mean over all classes, for one-hot labels and a probability of each class.

    >>> y, p = [[1, 0], [0, 1], [0, 1]], [[0.6, 0.4], [0.2, 0.8], [0.9, 0.1]]
    >>> OneHotMeanIoU(num_classes=2)(y, p)
    0.5
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: str | None = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(
            num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis
        )


# (n, 1) means the same as (n,).
def _same_rank(y: gg.Tensor, p: gg.Tensor) -> tuple[gg.Tensor, gg.Tensor]:
    if y.ndim == p.ndim + 1 and y.shape[-1] == 1:
        return gg.squeeze(y, -1), p
    if p.ndim == y.ndim + 1 and p.shape[-1] == 1:
        return y, gg.squeeze(p, -1)
    return y, p
