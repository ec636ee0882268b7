"""The metrics by name: accuracies, and the losses as metrics."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from graphgrad.layers._accuracies import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    accuracy_for,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
)
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._loss import Loss
from graphgrad.layers._loss_functions import (
    binary_crossentropy,
    categorical_crossentropy,
    mean_squared_error,
    sparse_categorical_crossentropy,
)
from graphgrad.layers._metric import Mean, MeanMetricWrapper, Metric
from graphgrad.layers._names import refuse_type, resolve, spellings
from graphgrad.layers._text import unique_name

__all__ = [
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "Mean",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "Metric",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "accuracy_for",
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "check",
    "get",
    "get_all",
    "mean_squared_error",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
]

Shape = Sequence[int | None]

# ---- losses, measured ----------------------------------------------------------------


class MeanSquaredError(MeanMetricWrapper):
    """The mean of the squared differences.

    >>> MeanSquaredError()([[1.0], [2.0]], [[1.0], [4.0]])
    2.0
    """

    def __init__(self, name: str | None = "mean_squared_error") -> None:
        """Take a name."""
        super().__init__(mean_squared_error, name)


class BinaryCrossentropy(MeanMetricWrapper):
    """The mean of the `binary_crossentropy` of the samples.

    >>> BinaryCrossentropy(from_logits=True)([[0.0]], [[50.0]])
    50.0
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        """Take a name, and the arguments of the function."""
        super().__init__(
            binary_crossentropy,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
        )


class CategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the `categorical_crossentropy` of the samples.

    >>> CategoricalCrossentropy(from_logits=True)([[0.0, 1.0]], [[50.0, 0.0]])
    50.0
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        """Take a name, and the arguments of the function."""
        super().__init__(
            categorical_crossentropy,
            name,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(MeanMetricWrapper):
    """The mean of the `sparse_categorical_crossentropy` of the samples.

    >>> SparseCategoricalCrossentropy(from_logits=True)([1], [[50.0, 0.0]])
    50.0
    """

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        *,
        from_logits: bool = False,
    ) -> None:
        """Take a name, and the arguments of the function."""
        super().__init__(sparse_categorical_crossentropy, name, from_logits=from_logits)


# ---- by name -------------------------------------------------------------------------

_CLASSES: tuple[Callable[..., Metric], ...] = (
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    MeanSquaredError,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
)
_NAMES = spellings(
    _CLASSES,
    acc=Accuracy,
    bce=BinaryCrossentropy,
    BCE=BinaryCrossentropy,
    mse=MeanSquaredError,
    MSE=MeanSquaredError,
)


def check(identifier: Any) -> Any:
    """Return ``identifier`` if `get` can make a metric of it, else raise; make nothing.

    >>> check("acc")
    'acc'
    """
    if isinstance(identifier, str):
        if not _is_accuracy(identifier):
            resolve("metric", identifier, _NAMES)
    elif inspect.isclass(identifier) and issubclass(identifier, Metric):
        return check(identifier())
    elif inspect.isclass(identifier) or not (
        callable(identifier) or isinstance(identifier, Metric)
    ):
        expected = (
            "a name such as 'accuracy', a metric, or a function of labels and output"
        )
        refuse_type("a metric", identifier, expected)
    return identifier


def get(
    identifier: Any,
    label_shape: Shape | None = None,
    output_shape: Shape | None = None,
    name: str | None = None,
) -> Metric:
    """Return the metric of a name, the object itself, or a function's.

    A name is also the metric's, unless it gets another ``name``. Which accuracy
    ``accuracy`` is follows from the shapes; without them it counts equal numbers.

    >>> get("acc", (32,), (32, 3))
    <SparseCategoricalAccuracy name=acc>
    """
    wanted = check(identifier)
    if isinstance(wanted, Metric):
        return wanted
    if isinstance(wanted, Loss):
        return MeanMetricWrapper(wanted.call, name or wanted.name)
    if not isinstance(wanted, str):
        return MeanMetricWrapper(wanted, name)
    made: Callable[..., Metric]
    if not _is_accuracy(wanted):
        made = resolve("metric", wanted, _NAMES)
    elif label_shape is None or output_shape is None:
        made = Accuracy
    else:
        made = accuracy_for(label_shape, output_shape)
    return made(name=name or wanted)


def get_all(
    identifiers: Sequence[Any], label_shape: Shape, output_shape: Shape
) -> list[Metric]:
    """Return the metrics for ``compile(metrics=...)``, each with a name of its own.

    A name that comes again gets ``_1``, as in Keras.

    >>> [each.name for each in get_all(["mse", "mse"], (32, 1), (32, 1))]
    ['mse', 'mse_1']
    """
    if isinstance(identifiers, str) or not isinstance(identifiers, Sequence):
        refuse_type("metrics", identifiers, "a list, such as ['accuracy']")
    found: list[Metric] = []
    taken = {"loss"}
    for each in identifiers:
        metric = get(each, label_shape, output_shape)
        if metric.name in taken and not isinstance(each, Metric):
            free = unique_name(metric.name, taken)
            metric = get(each, label_shape, output_shape, free)
        if metric.name in taken:
            raise ArgumentError(
                f"two metrics are named {metric.name!r}, and the history has room for "
                "one: give the other one a name=..."
            )
        taken.add(metric.name)
        found.append(metric)
    return found


def _is_accuracy(name: str) -> bool:
    return name.lower() in ("accuracy", "acc")
