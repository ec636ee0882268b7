"""What the losses of class numbers share: how labels are read and checked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import graphgrad as gg
from graphgrad.layers._loss import Loss
from graphgrad.layers._taken import Values
from graphgrad.layers._targets import Array, flatten_hint, shown

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

    label_kind = "class numbers"

    def label_spec(self, output_shape: Sequence[int]) -> gg.Spec:
        """Return one integer per row of the output."""
        rows, _ = self._parted(output_shape)
        return gg.Spec(
            tuple(side for side in rows if side is not None), np.dtype(np.int64)
        )

    def label_values(self, output_shape: Shape) -> Values:
        """Return the numbers of the classes, and that of the ignored one."""
        classes = self.label_classes(output_shape)
        if classes is None:
            return Values(whole=True)
        ignored = () if self.ignore_class is None else (self.ignore_class,)
        return Values(0, classes - 1, whole=True, also=ignored)

    def label_classes(self, output_shape: Shape) -> int | None:
        """Return the length of the output's axis of classes."""
        return self._parted(output_shape)[1] if self.bounded else None

    def _parted(self, output_shape: Shape) -> tuple[Shape, int | None]:
        sides = list(output_shape)
        classes = sides.pop(self.axis)
        return sides, classes

    def _check_shape(self, y: Array, output_shape: Shape) -> None:
        (_, *sides), classes = self._parted(output_shape)
        rows = tuple(sides)
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

    def value_hint(self, y: Array, bad: Array, output_shape: Shape) -> str:
        """Say how labels become class numbers, or where there is room for more."""
        classes = self.label_classes(output_shape)
        if y.dtype.kind == "f" and (y != np.floor(y)).any():
            return "for shares use CategoricalCrossentropy"
        if y.min() == 1 and y.max() == classes:
            return "labels start at 0: pass y - 1"
        # The ignored class may be below 0; it is not what is wrong.
        if y[bad].min() < 0:
            return "number the classes: np.unique(y, return_inverse=True)[1]"
        return (
            f"{classes} outputs tell {classes} classes: give the last layer more units"
        )
