"""Hypothesis strategies: arrays, shapes, indices, layers, whole models with data."""

from __future__ import annotations

from graphgrad.testing._domains import Domain as Domain
from graphgrad.testing._domains import away_from as away_from
from graphgrad.testing._domains import between as between
from graphgrad.testing._domains import distinct as distinct
from graphgrad.testing._domains import positive as positive
from graphgrad.testing._hypothesis import smallest as smallest
from graphgrad.testing._strategies_arrays import arrays as arrays
from graphgrad.testing._strategies_arrays import floats as floats
from graphgrad.testing._strategies_layers import activations as activations
from graphgrad.testing._strategies_layers import inputs as inputs
from graphgrad.testing._strategies_layers import layers as layers
from graphgrad.testing._strategies_models import LossCase as LossCase
from graphgrad.testing._strategies_models import ModelCase as ModelCase
from graphgrad.testing._strategies_models import (
    losses_with_labels as losses_with_labels,
)
from graphgrad.testing._strategies_models import models as models
from graphgrad.testing._strategies_optimizers import optimizers as optimizers
from graphgrad.testing._strategies_optimizers import schedules as schedules
from graphgrad.testing._strategies_primitives import examples as examples
from graphgrad.testing._strategies_shapes import axes as axes
from graphgrad.testing._strategies_shapes import (
    broadcastable_shapes as broadcastable_shapes,
)
from graphgrad.testing._strategies_shapes import indices as indices
from graphgrad.testing._strategies_shapes import matmul_shapes as matmul_shapes
from graphgrad.testing._strategies_shapes import shapes as shapes

__all__ = [
    "Domain",
    "LossCase",
    "ModelCase",
    "activations",
    "arrays",
    "away_from",
    "axes",
    "between",
    "broadcastable_shapes",
    "distinct",
    "examples",
    "floats",
    "indices",
    "inputs",
    "layers",
    "losses_with_labels",
    "matmul_shapes",
    "models",
    "optimizers",
    "positive",
    "schedules",
    "shapes",
    "smallest",
]
