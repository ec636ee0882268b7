"""How often each class was taken for each: a confusion matrix, kept on the graph."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._loss import weights_like
from graphgrad.layers._metric import Array, Metric
from graphgrad.layers._warning import warn

__all__ = ["ClassCounting"]


class ClassCounting(Metric):
    """What counts pairs of classes: that of the label, and that which was predicted.

    A class that is not from 0 to ``num_classes - 1`` counts nowhere, and is warned of.
    """

    num_classes: int | None

    def _make_state(self, classes: int) -> None:
        self._side = classes
        self.cells = self.add_weight("cells", (classes * classes,))
        self.outside = self.add_weight("outside")

    def _count(
        self,
        y: gg.Tensor,
        p: gg.Tensor,
        sample_weight: Any,
        ignore_class: int | None = None,
        *,
        certain: bool = False,
    ) -> None:
        """Count class numbers, which are ``certain`` if none can be out of range."""
        if y.shape != p.shape:
            raise gg.ShapeError(
                f"{self.name}: labels of shape {y.shape} do not match predicted "
                f"classes of shape {p.shape}"
            )
        weight: Any = np.ones(())
        if sample_weight is not None:
            weight = weights_like(gg.cast(y, "float64"), sample_weight, self.name)
        weight = gg.reshape(gg.broadcast_to(gg.cast(weight, "float64"), y.shape), (-1,))
        y, p = (gg.cast(gg.reshape(each, (-1,)), "int64") for each in (y, p))
        place = y * self._side + p
        if not certain:
            inside = gg.logical_and(_within(y, self._side), _within(p, self._side))
            lost = gg.logical_not(inside)
            if ignore_class is not None:
                asked = gg.not_equal(y, ignore_class)
                inside, lost = (gg.logical_and(each, asked) for each in (inside, lost))
            self.outside.assign_add(gg.sum(gg.where(lost, weight, 0)))
            place, weight = gg.where(inside, place, 0), gg.where(inside, weight, 0)
        self.cells.assign(gg.scatter_add(self.cells, place, weight))

    @property
    def matrix(self) -> Array:
        """The counts: a row for each label's class, a column for each predicted one."""
        return self.cells.numpy().reshape(self._side, self._side)

    def _warn_of_lost(self, remedy: str) -> None:
        lost = float(self.outside)
        if lost:
            warn(
                f"metric {self.name!r}: {lost:g} samples do not count, since their "
                f"class is not from 0 to {self._side - 1}; {remedy}",
            )


def _within(numbers: gg.Tensor, classes: int) -> gg.Tensor:
    return gg.logical_and(gg.greater_equal(numbers, 0), gg.less(numbers, classes))
