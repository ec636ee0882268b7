"""The losses by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import graphgrad as gg
from graphgrad.layers import _loss_functions
from graphgrad.layers._arguments import check_flag
from graphgrad.layers._config import deserialize, is_described
from graphgrad.layers._crossentropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from graphgrad.layers._divergences import (
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    Poisson,
)
from graphgrad.layers._focal_crossentropies import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
)
from graphgrad.layers._hinges import CategoricalHinge, Hinge, SquaredHinge
from graphgrad.layers._loss import Loss
from graphgrad.layers._loss_function import FunctionLoss
from graphgrad.layers._names import (
    UnknownNameError,
    refuse_type,
    resolve,
    spellings,
)
from graphgrad.layers._overlaps import Circle, Dice, Tversky
from graphgrad.layers._regressions import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from graphgrad.layers._taken import Labels
from graphgrad.layers._targets import Array

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalGeneralizedCrossEntropy",
    "CategoricalHinge",
    "Circle",
    "CosineSimilarity",
    "Crossentropy",
    "Dice",
    "FunctionLoss",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "get",
]

Shape = Sequence[int | None]


class Crossentropy(Loss):
    """The cross-entropy that labels and output call for, by their shapes.

    For one output per sample the binary one. For several the categorical one, if there
    is a label for each, or the sparse one, if labels are class numbers. The names
    ``crossentropy`` and ``ce`` stand for it.

    >>> loss = Crossentropy(from_logits=True)
    >>> loss([[0.0]], [[50.0]]), loss([1], [[50.0, 0.0]])
    (tensor(50.), tensor(50.))
    """

    reads_labels_as_given = True

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "crossentropy",
        dtype: str | None = None,
    ) -> None:
        """Take what all cross-entropies have."""
        super().__init__(name, reduction, dtype)
        self.from_logits = check_flag(f"{self.title()}'s from_logits", from_logits)

    def chosen(self, label_shape: Shape, output_shape: Shape) -> Loss:
        """Return the loss for labels and output of such shapes."""
        if len(output_shape) < 2 or output_shape[-1] == 1:
            return BinaryCrossentropy(self.from_logits)
        if len(label_shape) < len(output_shape) or label_shape[-1] == 1:
            return SparseCategoricalCrossentropy(self.from_logits)
        return CategoricalCrossentropy(self.from_logits)

    def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        """Return one value per sample."""
        return self.chosen(y_true.shape, y_pred.shape).call(y_true, y_pred)

    def check_output(self, y_pred: gg.Tensor) -> None:
        """Raise if logits come for probabilities, or the reverse."""
        self.chosen(y_pred.shape, y_pred.shape).check_output(y_pred)

    def label_spec(self, output_shape: Sequence[int]) -> gg.Spec:
        """Return what labels most probably are, before any are known."""
        return self.chosen((), output_shape).label_spec(output_shape)

    def labels(self, output_shape: Shape) -> Labels:
        """Return what the chosen loss takes; of several classes, either kind."""
        chosen = self.chosen((), output_shape).labels(output_shape)
        if chosen.kind == "binary":
            return replace(chosen, loss=self.title())
        either = "class numbers, or one-hot"
        return replace(chosen, loss=self.title(), kind=either, shape=None)

    def check(self, y: Array, output_shape: Shape) -> None:
        """Raise what the chosen loss raises."""
        self.chosen(y.shape, output_shape).check(y, output_shape)


# ---- by name -------------------------------------------------------------------------

_CLASSES: tuple[Callable[..., Loss], ...] = (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Crossentropy,
    Dice,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)
_NAMES = spellings(
    _CLASSES,
    bce=BinaryCrossentropy,
    BCE=BinaryCrossentropy,
    cce=CategoricalCrossentropy,
    ce=Crossentropy,
    huber_loss=Huber,
    kld=KLDivergence,
    KLD=KLDivergence,
    logcosh=LogCosh,
    mae=MeanAbsoluteError,
    MAE=MeanAbsoluteError,
    mape=MeanAbsolutePercentageError,
    MAPE=MeanAbsolutePercentageError,
    mse=MeanSquaredError,
    MSE=MeanSquaredError,
    msle=MeanSquaredLogarithmicError,
    MSLE=MeanSquaredLogarithmicError,
    scce=SparseCategoricalCrossentropy,
)
# What is asked for by such a name, and is none of the losses.
_ADVICE = {
    **dict.fromkeys(
        ("acc", "accuracy"),
        "that is a metric, metrics=['accuracy'], and has no gradient; minimise a "
        "cross-entropy, such as 'binary_crossentropy'",
    ),
    **dict.fromkeys(
        ("log_loss", "logloss", "nll", "nll_loss"),
        "minimise 'binary_crossentropy' for a yes or no, for classes "
        "'sparse_categorical_crossentropy', or 'categorical_crossentropy' if labels "
        "are one-hot",
    ),
    "l1": "minimise 'mean_absolute_error'",
    "l2": "minimise 'mean_squared_error'",
    "ctc": "losses of sequences are not there yet",
    "rmse": (
        "minimise 'mse', which has the same minimum, and measure "
        "metrics=['root_mean_squared_error']"
    ),
    "root_mean_squared_error": (
        "that is a metric; minimise 'mse', which has the same minimum"
    ),
}
# Whoever passes our function means our loss, with its checks.
_LOSSES: dict[Any, Callable[..., Loss]] = {
    getattr(_loss_functions, name): _NAMES[name]
    for name in _loss_functions.__all__
    if name in _NAMES
}


def get(identifier: Any) -> Loss:
    """Return the loss of a name, the object itself, or a function of labels and output.

    A dict is a configuration, as `graphgrad.saving.serialize_keras_object` writes it.

    >>> get("mse")
    <MeanSquaredError name=mean_squared_error, reduction=sum_over_batch_size>
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        return _named(identifier)
    if is_described(identifier):
        return get(deserialize(identifier))
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


def _named(name: str) -> Loss:
    advice = _ADVICE.get(name.lower())
    if advice:
        raise UnknownNameError(f"unknown loss {name!r}: {advice}")
    return resolve("loss", name, _NAMES)()
