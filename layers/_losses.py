"""The losses by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import graphgrad as gg
from graphgrad.layers._crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from graphgrad.layers._loss import FunctionLoss, Loss
from graphgrad.layers._loss_functions import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from graphgrad.layers._names import refuse_type, resolve, spellings

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "FunctionLoss",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]


class MeanSquaredError(Loss):
    """The mean of the squared differences between labels and predictions.

    >>> MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    tensor(2.)
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
    ) -> None:
        """Take Keras' arguments."""
        super().__init__(name, reduction)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return mean_squared_error(y_true, y_pred)


# ---- by name -------------------------------------------------------------------------

_CLASSES: tuple[Callable[..., Loss], ...] = (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
_NAMES = spellings(
    _CLASSES,
    bce=BinaryCrossentropy,
    BCE=BinaryCrossentropy,
    mse=MeanSquaredError,
    MSE=MeanSquaredError,
)
# Whoever passes our function means our loss, with its checks.
_LOSSES: dict[Any, type[Loss]] = {
    binary_crossentropy: BinaryCrossentropy,
    categorical_crossentropy: CategoricalCrossentropy,
    mean_squared_error: MeanSquaredError,
    sparse_categorical_crossentropy: SparseCategoricalCrossentropy,
}


def get(identifier: Any) -> Loss:
    """Return the loss of a name, the object itself, or a function of labels and output.

    >>> get("mse")
    <MeanSquaredError name=mean_squared_error, reduction=sum_over_batch_size>
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        return resolve("loss", identifier, _NAMES)()
    if inspect.isclass(identifier) and issubclass(identifier, Loss):
        return get(identifier())
    if inspect.isclass(identifier) or not callable(identifier):
        expected = (
            "a name such as 'mse', a loss, or a function of labels and predictions"
        )
        refuse_type("a loss", identifier, expected)
    function: Any = identifier
    if inspect.isfunction(function) and function in _LOSSES:
        return _LOSSES[function]()
    return FunctionLoss(function)
