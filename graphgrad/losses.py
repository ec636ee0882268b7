"""Losses: what training minimises, as classes and as functions."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._descriptions import deserialize_loss as deserialize
from graphgrad.layers._loss_functions import binary_crossentropy as binary_crossentropy
from graphgrad.layers._loss_functions import (
    binary_focal_crossentropy as binary_focal_crossentropy,
)
from graphgrad.layers._loss_functions import (
    categorical_crossentropy as categorical_crossentropy,
)
from graphgrad.layers._loss_functions import (
    categorical_focal_crossentropy as categorical_focal_crossentropy,
)
from graphgrad.layers._loss_functions import (
    categorical_generalized_cross_entropy as categorical_generalized_cross_entropy,
)
from graphgrad.layers._loss_functions import categorical_hinge as categorical_hinge
from graphgrad.layers._loss_functions import circle as circle
from graphgrad.layers._loss_functions import cosine_similarity as cosine_similarity
from graphgrad.layers._loss_functions import dice as dice
from graphgrad.layers._loss_functions import hinge as hinge
from graphgrad.layers._loss_functions import huber as huber
from graphgrad.layers._loss_functions import kl_divergence as kl_divergence
from graphgrad.layers._loss_functions import log_cosh as log_cosh
from graphgrad.layers._loss_functions import mean_absolute_error as mean_absolute_error
from graphgrad.layers._loss_functions import (
    mean_absolute_percentage_error as mean_absolute_percentage_error,
)
from graphgrad.layers._loss_functions import mean_squared_error as mean_squared_error
from graphgrad.layers._loss_functions import (
    mean_squared_logarithmic_error as mean_squared_logarithmic_error,
)
from graphgrad.layers._loss_functions import poisson as poisson
from graphgrad.layers._loss_functions import (
    sparse_categorical_crossentropy as sparse_categorical_crossentropy,
)
from graphgrad.layers._loss_functions import squared_hinge as squared_hinge
from graphgrad.layers._loss_functions import tversky as tversky
from graphgrad.layers._losses import BinaryCrossentropy as BinaryCrossentropy
from graphgrad.layers._losses import BinaryFocalCrossentropy as BinaryFocalCrossentropy
from graphgrad.layers._losses import CategoricalCrossentropy as CategoricalCrossentropy
from graphgrad.layers._losses import (
    CategoricalFocalCrossentropy as CategoricalFocalCrossentropy,
)
from graphgrad.layers._losses import (
    CategoricalGeneralizedCrossEntropy as CategoricalGeneralizedCrossEntropy,
)
from graphgrad.layers._losses import CategoricalHinge as CategoricalHinge
from graphgrad.layers._losses import Circle as Circle
from graphgrad.layers._losses import CosineSimilarity as CosineSimilarity
from graphgrad.layers._losses import Crossentropy as Crossentropy
from graphgrad.layers._losses import Dice as Dice
from graphgrad.layers._losses import FunctionLoss as FunctionLoss
from graphgrad.layers._losses import Hinge as Hinge
from graphgrad.layers._losses import Huber as Huber
from graphgrad.layers._losses import KLDivergence as KLDivergence
from graphgrad.layers._losses import LogCosh as LogCosh
from graphgrad.layers._losses import Loss as Loss
from graphgrad.layers._losses import MeanAbsoluteError as MeanAbsoluteError
from graphgrad.layers._losses import (
    MeanAbsolutePercentageError as MeanAbsolutePercentageError,
)
from graphgrad.layers._losses import MeanSquaredError as MeanSquaredError
from graphgrad.layers._losses import (
    MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
)
from graphgrad.layers._losses import Poisson as Poisson
from graphgrad.layers._losses import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from graphgrad.layers._losses import SquaredHinge as SquaredHinge
from graphgrad.layers._losses import Tversky as Tversky
from graphgrad.layers._losses import get as get
from graphgrad.layers._outputs import OutputError as OutputError
from graphgrad.layers._targets import LabelError as LabelError

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
    "LabelError",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "OutputError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_generalized_cross_entropy",
    "categorical_hinge",
    "circle",
    "cosine_similarity",
    "deserialize",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
