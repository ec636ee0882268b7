"""Losses: what training minimises, as classes and as functions."""

from __future__ import annotations

from graphgrad.layers._losses import BinaryCrossentropy as BinaryCrossentropy
from graphgrad.layers._losses import CategoricalCrossentropy as CategoricalCrossentropy
from graphgrad.layers._losses import FunctionLoss as FunctionLoss
from graphgrad.layers._losses import Loss as Loss
from graphgrad.layers._losses import MeanSquaredError as MeanSquaredError
from graphgrad.layers._losses import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from graphgrad.layers._losses import binary_crossentropy as binary_crossentropy
from graphgrad.layers._losses import (
    categorical_crossentropy as categorical_crossentropy,
)
from graphgrad.layers._losses import get as get
from graphgrad.layers._losses import mean_squared_error as mean_squared_error
from graphgrad.layers._losses import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from graphgrad.layers._outputs import OutputError as OutputError
from graphgrad.layers._targets import LabelError as LabelError

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "FunctionLoss",
    "LabelError",
    "Loss",
    "MeanSquaredError",
    "OutputError",
    "SparseCategoricalCrossentropy",
    "binary_crossentropy",
    "categorical_crossentropy",
    "get",
    "mean_squared_error",
    "sparse_categorical_crossentropy",
]
