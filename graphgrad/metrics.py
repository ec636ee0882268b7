"""Metrics: what is measured beside the loss."""

from __future__ import annotations

from graphgrad.layers._metrics import Accuracy as Accuracy
from graphgrad.layers._metrics import BinaryAccuracy as BinaryAccuracy
from graphgrad.layers._metrics import BinaryCrossentropy as BinaryCrossentropy
from graphgrad.layers._metrics import CategoricalAccuracy as CategoricalAccuracy
from graphgrad.layers._metrics import CategoricalCrossentropy as CategoricalCrossentropy
from graphgrad.layers._metrics import Mean as Mean
from graphgrad.layers._metrics import MeanMetricWrapper as MeanMetricWrapper
from graphgrad.layers._metrics import MeanSquaredError as MeanSquaredError
from graphgrad.layers._metrics import Metric as Metric
from graphgrad.layers._metrics import (
    SparseCategoricalAccuracy as SparseCategoricalAccuracy,
)
from graphgrad.layers._metrics import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from graphgrad.layers._metrics import binary_accuracy as binary_accuracy
from graphgrad.layers._metrics import binary_crossentropy as binary_crossentropy
from graphgrad.layers._metrics import categorical_accuracy as categorical_accuracy
from graphgrad.layers._metrics import (
    categorical_crossentropy as categorical_crossentropy,
)
from graphgrad.layers._metrics import get as get
from graphgrad.layers._metrics import mean_squared_error as mean_squared_error
from graphgrad.layers._metrics import (
    sparse_categorical_accuracy as sparse_categorical_accuracy,
)
from graphgrad.layers._metrics import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)

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
    "binary_accuracy",
    "binary_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "get",
    "mean_squared_error",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
]
