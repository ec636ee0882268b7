"""Cross-entropies: losses of probabilities, or of the logits that they come from."""

from __future__ import annotations

import graphgrad as gg
from graphgrad.layers._arguments import axis_number, check_flag
from graphgrad.layers._loss_probabilistic import (
    binary_crossentropy,
    categorical_crossentropy,
    class_numbers,
    classes_last,
    sparse_categorical_crossentropy,
)
from graphgrad.layers._numbered import NumberedLoss
from graphgrad.layers._outputs import check_classes
from graphgrad.layers._smoothed import BinaryLoss, CategoricalLoss

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
]


class BinaryCrossentropy(BinaryLoss):
    """The cross-entropy of labels 0 or 1 (or between) and probabilities of 1.

    ``-(y log p + (1 - y) log(1 - p))``, averaged over ``axis``. Where the model ends in
    a sigmoid, programs compute it from what the sigmoid got, so that it is exact also
    where that saturates. With ``from_logits`` the model ends without an activation.

    >>> import graphgrad as gg
    >>> loss = BinaryCrossentropy()
    >>> loss([[0.0], [1.0]], [[0.5], [0.5]]).item() == gg.log(2.0).item()
    True
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return binary_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class CategoricalCrossentropy(CategoricalLoss):
    """The cross-entropy of one-hot labels (or shares) and probabilities of K classes.

    ``-Σ y log p`` along ``axis``. Where the model ends in a softmax, programs compute
    it from what the softmax got. With ``from_logits`` the model ends without an
    activation.

    >>> import graphgrad as gg
    >>> loss = CategoricalCrossentropy()
    >>> loss([[0.0, 1.0]], [[0.5, 0.5]]).item() == gg.log(2.0).item()
    True
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(from_logits, label_smoothing, axis, reduction, name, dtype)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )


class SparseCategoricalCrossentropy(NumberedLoss):
    """The cross-entropy of class numbers 0 to K - 1 and probabilities of K classes.

    ``-log p[label]``. Where the model ends in a softmax, programs compute it from what
    the softmax got. With ``from_logits`` the model ends without an activation. Samples
    of the class ``ignore_class`` do not count. The classes lie along ``axis``.

    >>> import graphgrad as gg
    >>> loss = SparseCategoricalCrossentropy()
    >>> loss([1], [[0.5, 0.5]]).item() == gg.log(2.0).item()
    True
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction, dtype)
        self.from_logits = check_flag(f"{self.title()}'s from_logits", from_logits)
        self.ignore_class = ignore_class
        if ignore_class is not None:
            self.ignore_class = axis_number(
                f"{self.title()}'s ignore_class", ignore_class
            )
        self.axis = axis_number(f"{self.title()}'s axis", axis)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class, self.axis
        )

    def counted(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor | None:
        """Leave the ignored class out of means."""
        if self.ignore_class is None:
            return None
        labels = class_numbers(y_true, classes_last(y_pred, self.axis))
        return gg.cast(gg.not_equal(labels, self.ignore_class), y_pred.dtype)

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come for probabilities, the reverse, or a single class."""
        check_classes(self, y_pred, self.axis, from_logits=self.from_logits)
