"""Cross-entropies: losses of probabilities, or of the logits that they come from."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import check_flag, check_number
from graphgrad.layers._loss import Loss
from graphgrad.layers._loss_functions import (
    binary_crossentropy,
    categorical_crossentropy,
    class_numbers,
    sparse_categorical_crossentropy,
)
from graphgrad.layers._outputs import OutputError, maker_of
from graphgrad.layers._targets import (
    Array,
    LabelError,
    check_finite,
    check_numeric,
    check_shape,
    first,
    shown,
)

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy",
]


class _Smoothed(Loss):
    """What the cross-entropies of labels that are shares have in common."""

    def __init__(
        self,
        from_logits: bool,
        label_smoothing: float,
        axis: int,
        reduction: str | None,
        name: str | None,
    ) -> None:
        super().__init__(name, reduction)
        self.from_logits = check_flag(f"{self.title()}'s from_logits", from_logits)
        self.label_smoothing = check_number(
            f"{self.title()}'s label_smoothing", label_smoothing, at_least=0, at_most=1
        )
        self.axis = axis

    def check_values(self, y: Array, hint: str) -> None:
        """Raise if a label is outside of 0 to 1."""
        check_finite(y, self.title())
        bad = (y < 0) | (y > 1)
        if y.dtype.kind != "b" and bad.any():
            raise LabelError(
                f"{self.title()}: labels lie between 0 and 1, got {first(y, bad)}; "
                f"{hint}"
            )


class BinaryCrossentropy(_Smoothed):
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
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(from_logits, label_smoothing, axis, reduction, name)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return binary_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come where probabilities are due, or the reverse."""
        maker = maker_of(y_pred)
        if self.from_logits:
            _refuse_probabilities(self, maker, ("sigmoid", "softmax"))
        elif maker in ("linear", "relu", "tanh"):
            _refuse_logits(self, maker, "sigmoid")

    def check(self, y: Array, output_shape: Sequence[int | None]) -> None:
        """Raise unless there is a label from 0 to 1 for each output."""
        check_numeric(y, self.title())
        classes = output_shape[-1]
        hint = ""
        if y.ndim < len(output_shape) and classes != 1:
            hint = (
                f"for class numbers and {classes} outputs use "
                "SparseCategoricalCrossentropy, with the activation 'softmax'"
            )
        check_shape(y, output_shape, self.title(), hint)
        hint = "for more than two classes use SparseCategoricalCrossentropy"
        if y.size and y.min() >= -1 and y.max() <= 1:
            hint = "for labels -1 and 1 pass (y + 1) / 2"
        self.check_values(y, hint)


class CategoricalCrossentropy(_Smoothed):
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
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(from_logits, label_smoothing, axis, reduction, name)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.label_smoothing, self.axis
        )

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come for probabilities, the reverse, or a single class."""
        _check_classes(self, y_pred, self.axis, from_logits=self.from_logits)

    def check(self, y: Array, output_shape: Sequence[int | None]) -> None:
        """Raise unless there is a label from 0 to 1 for each output."""
        check_numeric(y, self.title())
        hint = ""
        if y.shape[1:] in (output_shape[1:-1], (*output_shape[1:-1], 1)):
            hint = (
                "for class numbers use SparseCategoricalCrossentropy, or make them "
                f"one-hot: np.eye({output_shape[-1]})[y]"
            )
        check_shape(y, output_shape, self.title(), hint)
        self.check_values(y, "a label is the share of its class, 1 for the right one")


class SparseCategoricalCrossentropy(Loss):
    """The cross-entropy of class numbers 0 to K - 1 and probabilities of K classes.

    ``-log p[label]``. Where the model ends in a softmax, programs compute it from what
    the softmax got. With ``from_logits`` the model ends without an activation. Samples
    of the class ``ignore_class`` do not count.

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
        name: str | None = "sparse_categorical_crossentropy",
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction)
        self.from_logits = check_flag(f"{self.title()}'s from_logits", from_logits)
        self.ignore_class = ignore_class

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return sparse_categorical_crossentropy(
            y_true, y_pred, self.from_logits, self.ignore_class
        )

    def counted(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor | None:
        """Leave the ignored class out of means."""
        if self.ignore_class is None:
            return None
        labels = class_numbers(y_true, y_pred)
        return gg.cast(gg.not_equal(labels, self.ignore_class), y_pred.dtype)

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come for probabilities, the reverse, or a single class."""
        _check_classes(self, y_pred, from_logits=self.from_logits)

    def label_spec(self, output_shape: Sequence[int]) -> gg.Spec:
        """Return one integer per row of the output."""
        return gg.Spec(tuple(output_shape[:-1]), np.dtype(np.int64))

    def check(self, y: Array, output_shape: Sequence[int | None]) -> None:
        """Raise unless there is a class number for each row of the output."""
        check_numeric(y, self.title())
        self._check_shape(y, output_shape)
        check_finite(y, self.title())
        bad = np.not_equal(y, np.floor(y)) if y.dtype.kind == "f" else None
        if bad is not None and bad.any():
            raise LabelError(
                f"{self.title()}: labels are class numbers 0, 1, 2, ..., "
                f"got {first(y, bad)}; for shares use CategoricalCrossentropy"
            )
        self._check_range(y, output_shape[-1] or 0)

    def _check_shape(self, y: Array, output_shape: Sequence[int | None]) -> None:
        rows, classes = tuple(output_shape[1:-1]), output_shape[-1]
        if y.ndim and y.shape[1:] in (rows, (*rows, 1)):
            return
        hint = f"give y the shape ({', '.join(['n', *(str(side) for side in rows)])},)"
        if y.shape[1:] == (*rows, classes):
            hint = "for one-hot labels use CategoricalCrossentropy, or y.argmax(-1)"
        raise gg.ShapeError(
            f"{self.title()}: labels of shape {y.shape} do not match an output of "
            f"shape {shown(output_shape)}: each sample has one class number; {hint}"
        )

    def _check_range(self, y: Array, classes: int) -> None:
        bad = (y < 0) | (y >= classes)
        if self.ignore_class is not None:
            bad &= y != self.ignore_class
        if y.dtype.kind == "b" or not bad.any():
            return
        hint = (
            f"{classes} outputs tell {classes} classes: give the last layer more units"
        )
        if y.min() == 1 and y.max() == classes:
            hint = "labels start at 0: pass y - 1"
        elif y.min() < 0:
            hint = "number the classes: np.unique(y, return_inverse=True)[1]"
        raise LabelError(
            f"{self.title()}: labels are class numbers from 0 to {classes - 1}, "
            f"got {first(y, bad)}; {hint}"
        )


# ---- what made the output ------------------------------------------------------------


def _check_classes(
    loss: Loss, y_pred: gg.Tensor, axis: int = -1, *, from_logits: bool
) -> None:
    if y_pred.shape[axis] == 1:
        raise OutputError(
            f"{loss.title()} needs an output for each class, got one: its softmax is "
            "always 1 and the loss 0; for two classes use BinaryCrossentropy, with the "
            "activation 'sigmoid'"
        )
    maker = maker_of(y_pred)
    if from_logits:
        _refuse_probabilities(loss, maker, ("sigmoid", "softmax"))
    elif maker in ("linear", "tanh"):
        _refuse_logits(loss, maker, "softmax")


def _refuse_probabilities(loss: Loss, maker: str, makers: Sequence[str]) -> None:
    if maker in makers:
        raise OutputError(
            f"{loss.title()}(from_logits=True) expects logits, but the output comes "
            f"from a {maker}, which gives probabilities: drop from_logits=True, or the "
            f"{maker}"
        )


def _refuse_logits(loss: Loss, maker: str, activation: str) -> None:
    came = "a layer without activation" if maker == "linear" else maker
    raise OutputError(
        f"{loss.title()} expects probabilities, but the output comes from {came}: "
        f"give the last layer the activation {activation!r}, or none, and the loss "
        "from_logits=True"
    )
