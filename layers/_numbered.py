"""What the losses of class numbers share: how labels are read and checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphgrad as gg
from graphgrad.layers._loss import Loss
from graphgrad.layers._targets import (
    Array,
    LabelError,
    check_finite,
    check_numeric,
    first,
    flatten_hint,
    shown,
)

__all__ = ["NumberedLoss"]

Shape = Sequence[int | None]


class NumberedLoss(Loss):
    """A loss whose labels are class numbers, one for each row of the output.

    ``axis`` is where the output has its classes, ``ignore_class`` a number that is
    allowed besides. A loss that only compares numbers is not ``bounded``.
    """

    axis: int = -1
    ignore_class: int | None = None
    bounded: bool = True

    def label_spec(self, output_shape: Sequence[int]) -> gg.Spec:
        """Return one integer per row of the output."""
        rows, _ = self._parted(output_shape)
        return gg.Spec(
            tuple(side for side in rows if side is not None), np.dtype(np.int64)
        )

    def check(self, y: Array, output_shape: Shape) -> None:
        """Raise unless there is a class number for each row of the output."""
        check_numeric(y, self.title())
        (_, *rows), classes = self._parted(output_shape)
        self._check_shape(y, tuple(rows), classes, output_shape)
        check_finite(y, self.title())
        bad = np.not_equal(y, np.floor(y)) if y.dtype.kind == "f" else None
        if bad is not None and bad.any():
            raise LabelError(
                f"{self.title()}: labels are class numbers 0, 1, 2, ..., "
                f"got {first(y, bad)}; for shares use CategoricalCrossentropy"
            )
        if self.bounded:
            self._check_range(y, classes or 0)

    def _parted(self, output_shape: Shape) -> tuple[Shape, int | None]:
        sides = list(output_shape)
        classes = sides.pop(self.axis)
        return sides, classes

    def _check_shape(
        self, y: Array, rows: Shape, classes: int | None, output_shape: Shape
    ) -> None:
        if y.ndim and y.shape[1:] in (rows, (*rows, 1)):
            return
        hint = (
            flatten_hint(y, output_shape) or f"give y the shape {shown(['n', *rows])}"
        )
        if y.shape[1:] == tuple(output_shape[1:]) and classes != 1:
            hint = (
                "for one-hot labels use CategoricalCrossentropy, "
                f"or y.argmax({self.axis})"
            )
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
