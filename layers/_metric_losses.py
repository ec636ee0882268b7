"""The losses as metrics: their means over samples, weighted by sample weights."""

from __future__ import annotations

from typing import Any

import graphgrad as gg
from graphgrad.layers import _losses
from graphgrad.layers._arguments import axis_number
from graphgrad.layers._loss_functions import cosine_similarity
from graphgrad.layers._metric import MeanMetricWrapper

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
]

# ---- of numbers ----------------------------------------------------------------------


class MeanSquaredError(MeanMetricWrapper):
    """The mean of the squared differences.

    >>> MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.MeanSquaredError(), name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """The mean of the absolute differences.

    >>> MeanAbsoluteError()([[1.0], [2.0]], [[1.0], [4.0]])
    1.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.MeanAbsoluteError(), name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """The mean of the absolute differences in percent of the labels.

    >>> MeanAbsolutePercentageError()([[1.0], [2.0]], [[1.0], [4.0]])
    50.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.MeanAbsolutePercentageError(), name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """The mean of the squared differences of ``log(1 + x)``.

    >>> MeanSquaredLogarithmicError()([[1.0], [2.0]], [[1.0], [2.0]])
    0.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.MeanSquaredLogarithmicError(), name, dtype)


class LogCoshError(MeanMetricWrapper):
    """The mean of ``log(cosh(difference))``.

    >>> LogCoshError()([[1.0], [2.0]], [[1.0], [2.0]])
    0.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.LogCosh(), name, dtype)

    def default_name(self) -> str:
        """Return Keras' name."""
        return "logcosh"


class CosineSimilarity(MeanMetricWrapper):
    """The mean cosine of the angle between labels and predictions, from -1 to 1.

    Larger is better: the loss of that name has the opposite sign.

    >>> CosineSimilarity()([[1.0, 0.0], [0.0, 1.0]], [[2.0, 0.0], [3.0, 0.0]])
    0.5
    """

    direction = "up"

    def __init__(
        self, name: str | None = None, dtype: str | None = None, axis: int = -1
    ) -> None:
        """Take a name, and the axis along which the vectors lie."""
        self.axis = axis_number("CosineSimilarity's axis", axis)
        super().__init__(_cosine, name, dtype, axis=self.axis)


def _cosine(y_true: Any, y_pred: Any, axis: int) -> gg.Tensor:
    return -cosine_similarity(y_true, y_pred, axis)


# ---- of classes and distributions ----------------------------------------------------


class KLDivergence(MeanMetricWrapper):
    """The mean of the Kullback-Leibler divergence, ``Σ y log(y / p)``.

    >>> KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]])
    0.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.KLDivergence(), name, dtype)


class Poisson(MeanMetricWrapper):
    """The mean of ``p - y log p``.

    >>> Poisson()([[0.0]], [[2.0]])
    2.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.Poisson(), name, dtype)


class Hinge(MeanMetricWrapper):
    """The mean of ``max(1 - y p, 0)``; labels 0 and 1 mean -1 and 1.

    >>> Hinge()([[1], [0]], [[0.5], [0.5]])
    1.0
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.Hinge(), name, dtype)


class SquaredHinge(MeanMetricWrapper):
    """The mean of ``max(1 - y p, 0)²``; labels 0 and 1 mean -1 and 1.

    >>> SquaredHinge()([[1], [0]], [[0.5], [0.5]])
    1.25
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.SquaredHinge(), name, dtype)


class CategoricalHinge(MeanMetricWrapper):
    """The mean of how far the wrong classes come within 1 of the right one.

    >>> CategoricalHinge()([[0, 1]], [[0.5, 1.0]])
    0.5
    """

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        """Take a name."""
        super().__init__(_losses.CategoricalHinge(), name, dtype)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean of the `binary_crossentropy` of the samples.

    >>> BinaryCrossentropy(from_logits=True)([[0.0]], [[50.0]])
    50.0
    """

    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        """Take a name, and the arguments of the loss."""
        loss = _losses.BinaryCrossentropy(from_logits, label_smoothing)
        self.from_logits, self.label_smoothing = loss.from_logits, loss.label_smoothing
        super().__init__(loss, name, dtype)


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the `categorical_crossentropy` of the samples.

    >>> CategoricalCrossentropy(from_logits=True)([[0.0, 1.0]], [[50.0, 0.0]])
    50.0
    """

    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        """Take a name, and the arguments of the loss."""
        loss = _losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)
        self.from_logits, self.label_smoothing = loss.from_logits, loss.label_smoothing
        self.axis = axis
        super().__init__(loss, name, dtype)


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the `sparse_categorical_crossentropy` of the samples.

    Those of the class ``ignore_class`` do not count.

    >>> SparseCategoricalCrossentropy(from_logits=True)([1], [[50.0, 0.0]])
    50.0
    """

    def __init__(
        self,
        name: str | None = None,
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        """Take a name, and the arguments of the loss."""
        loss = _losses.SparseCategoricalCrossentropy(
            from_logits, ignore_class, axis=axis
        )
        self.from_logits, self.ignore_class = loss.from_logits, ignore_class
        self.axis = axis
        super().__init__(loss, name, dtype)
