"""Metrics: what is measured beside the loss, and what decisions it would bring."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._accuracies import Accuracy as Accuracy
from graphgrad.layers._accuracies import BinaryAccuracy as BinaryAccuracy
from graphgrad.layers._accuracies import CategoricalAccuracy as CategoricalAccuracy
from graphgrad.layers._accuracies import (
    SparseCategoricalAccuracy as SparseCategoricalAccuracy,
)
from graphgrad.layers._accuracies import (
    SparseTopKCategoricalAccuracy as SparseTopKCategoricalAccuracy,
)
from graphgrad.layers._accuracies import (
    TopKCategoricalAccuracy as TopKCategoricalAccuracy,
)
from graphgrad.layers._accuracies import binary_accuracy as binary_accuracy
from graphgrad.layers._accuracies import categorical_accuracy as categorical_accuracy
from graphgrad.layers._accuracies import (
    sparse_categorical_accuracy as sparse_categorical_accuracy,
)
from graphgrad.layers._accuracies import (
    sparse_top_k_categorical_accuracy as sparse_top_k_categorical_accuracy,
)
from graphgrad.layers._accuracies import (
    top_k_categorical_accuracy as top_k_categorical_accuracy,
)
from graphgrad.layers._auc import AUC as AUC
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._confusion_matrix import ConfusionMatrix as ConfusionMatrix
from graphgrad.layers._confusion_metrics import FalseNegatives as FalseNegatives
from graphgrad.layers._confusion_metrics import FalsePositives as FalsePositives
from graphgrad.layers._confusion_metrics import Precision as Precision
from graphgrad.layers._confusion_metrics import Recall as Recall
from graphgrad.layers._confusion_metrics import TrueNegatives as TrueNegatives
from graphgrad.layers._confusion_metrics import TruePositives as TruePositives
from graphgrad.layers._confusion_table import ConfusionTable as ConfusionTable
from graphgrad.layers._confusion_table import confusion_matrix as confusion_matrix
from graphgrad.layers._confusion_tradeoffs import PrecisionAtRecall as PrecisionAtRecall
from graphgrad.layers._confusion_tradeoffs import RecallAtPrecision as RecallAtPrecision
from graphgrad.layers._confusion_tradeoffs import (
    SensitivityAtSpecificity as SensitivityAtSpecificity,
)
from graphgrad.layers._confusion_tradeoffs import (
    SpecificityAtSensitivity as SpecificityAtSensitivity,
)
from graphgrad.layers._correlations import (
    ConcordanceCorrelation as ConcordanceCorrelation,
)
from graphgrad.layers._correlations import PearsonCorrelation as PearsonCorrelation
from graphgrad.layers._correlations import (
    concordance_correlation as concordance_correlation,
)
from graphgrad.layers._correlations import pearson_correlation as pearson_correlation
from graphgrad.layers._descriptions import deserialize_metric as deserialize
from graphgrad.layers._f_scores import F1Score as F1Score
from graphgrad.layers._f_scores import FBetaScore as FBetaScore
from graphgrad.layers._iou import BinaryIoU as BinaryIoU
from graphgrad.layers._iou import IoU as IoU
from graphgrad.layers._iou import MeanIoU as MeanIoU
from graphgrad.layers._iou import OneHotIoU as OneHotIoU
from graphgrad.layers._iou import OneHotMeanIoU as OneHotMeanIoU
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
from graphgrad.layers._loss_functions import categorical_hinge as categorical_hinge
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
from graphgrad.layers._metric import Mean as Mean
from graphgrad.layers._metric import MeanMetricWrapper as MeanMetricWrapper
from graphgrad.layers._metric import Metric as Metric
from graphgrad.layers._metric import Sum as Sum
from graphgrad.layers._metric_losses import BinaryCrossentropy as BinaryCrossentropy
from graphgrad.layers._metric_losses import (
    CategoricalCrossentropy as CategoricalCrossentropy,
)
from graphgrad.layers._metric_losses import CategoricalHinge as CategoricalHinge
from graphgrad.layers._metric_losses import CosineSimilarity as CosineSimilarity
from graphgrad.layers._metric_losses import Hinge as Hinge
from graphgrad.layers._metric_losses import KLDivergence as KLDivergence
from graphgrad.layers._metric_losses import LogCoshError as LogCoshError
from graphgrad.layers._metric_losses import MeanAbsoluteError as MeanAbsoluteError
from graphgrad.layers._metric_losses import (
    MeanAbsolutePercentageError as MeanAbsolutePercentageError,
)
from graphgrad.layers._metric_losses import MeanSquaredError as MeanSquaredError
from graphgrad.layers._metric_losses import (
    MeanSquaredLogarithmicError as MeanSquaredLogarithmicError,
)
from graphgrad.layers._metric_losses import Poisson as Poisson
from graphgrad.layers._metric_losses import (
    SparseCategoricalCrossentropy as SparseCategoricalCrossentropy,
)
from graphgrad.layers._metric_losses import SquaredHinge as SquaredHinge
from graphgrad.layers._metrics import get as get
from graphgrad.layers._regression_metrics import R2Score as R2Score
from graphgrad.layers._regression_metrics import (
    RootMeanSquaredError as RootMeanSquaredError,
)
from graphgrad.layers._threshold_report import Decision as Decision
from graphgrad.layers._threshold_report import ThresholdReport as ThresholdReport
from graphgrad.layers._threshold_report import threshold_report as threshold_report

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "ConfusionMatrix",
    "ConfusionTable",
    "CosineSimilarity",
    "Decision",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "ThresholdReport",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "concordance_correlation",
    "confusion_matrix",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "pearson_correlation",
    "poisson",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "threshold_report",
    "top_k_categorical_accuracy",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
