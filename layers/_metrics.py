"""The metrics by name, and those of a model: each with a name of its own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Any

from graphgrad.layers import _accuracies, _losses
from graphgrad.layers._accuracies import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    accuracy_for,
)
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._auc import AUC
from graphgrad.layers._config import deserialize, is_described
from graphgrad.layers._confusion_matrix import ConfusionMatrix
from graphgrad.layers._confusion_metrics import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from graphgrad.layers._confusion_tradeoffs import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from graphgrad.layers._correlations import ConcordanceCorrelation, PearsonCorrelation
from graphgrad.layers._f_scores import F1Score, FBetaScore
from graphgrad.layers._identifiers import check_comparing
from graphgrad.layers._iou import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from graphgrad.layers._loss import Loss
from graphgrad.layers._metric import Mean, MeanMetricWrapper, Metric, Sum
from graphgrad.layers._metric_losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from graphgrad.layers._names import IdentifierError, refuse_type, resolve, spellings
from graphgrad.layers._regression_metrics import R2Score, RootMeanSquaredError
from graphgrad.layers._text import Names

__all__ = ["check", "get", "get_all"]

Shape = Sequence[int | None]
Made = Callable[..., Any]

# ---- by name -------------------------------------------------------------------------

_CLASSES: tuple[Made, ...] = (
    AUC,
    Accuracy,
    BinaryAccuracy,
    BinaryCrossentropy,
    BinaryIoU,
    CategoricalAccuracy,
    CategoricalCrossentropy,
    CategoricalHinge,
    ConcordanceCorrelation,
    ConfusionMatrix,
    CosineSimilarity,
    F1Score,
    FBetaScore,
    FalseNegatives,
    FalsePositives,
    Hinge,
    IoU,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanIoU,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    OneHotIoU,
    OneHotMeanIoU,
    PearsonCorrelation,
    Poisson,
    Precision,
    PrecisionAtRecall,
    R2Score,
    Recall,
    RecallAtPrecision,
    RootMeanSquaredError,
    SensitivityAtSpecificity,
    SparseCategoricalAccuracy,
    SparseCategoricalCrossentropy,
    SparseTopKCategoricalAccuracy,
    SpecificityAtSensitivity,
    SquaredHinge,
    TopKCategoricalAccuracy,
    TrueNegatives,
    TruePositives,
)
_METRICS: dict[str, Made] = spellings(
    _CLASSES,
    acc=Accuracy,
    bce=BinaryCrossentropy,
    BCE=BinaryCrossentropy,
    binary_iou=BinaryIoU,
    cce=CategoricalCrossentropy,
    f1=F1Score,
    fbeta_score=FBetaScore,
    iou=IoU,
    kld=KLDivergence,
    KLD=KLDivergence,
    log_cosh=LogCoshError,
    logcosh=LogCoshError,
    LogCosh=LogCoshError,
    mae=MeanAbsoluteError,
    MAE=MeanAbsoluteError,
    mape=MeanAbsolutePercentageError,
    MAPE=MeanAbsolutePercentageError,
    mean_iou=MeanIoU,
    mse=MeanSquaredError,
    MSE=MeanSquaredError,
    msle=MeanSquaredLogarithmicError,
    MSLE=MeanSquaredLogarithmicError,
    one_hot_iou=OneHotIoU,
    one_hot_mean_iou=OneHotMeanIoU,
    r2=R2Score,
    rmse=RootMeanSquaredError,
    RMSE=RootMeanSquaredError,
    scce=SparseCategoricalCrossentropy,
)
# Every other loss can be measured too, such as huber, or ce, which goes by the shapes.
_NAMES: dict[str, Made] = {
    **_METRICS,
    **{name: loss for name, loss in _losses._NAMES.items() if name not in _METRICS},
}
_ACCURACIES = [getattr(_accuracies, name) for name in _accuracies.__all__]


def check(identifier: Any) -> Any:
    """Return ``identifier`` if `get` can make a metric of it, else raise; make nothing.

    >>> check("acc")
    'acc'
    """
    if isinstance(identifier, str):
        if not _is_accuracy(identifier):
            _check_complete(resolve("metric", identifier, _NAMES))
    elif is_described(identifier):
        return check(deserialize(identifier))
    elif inspect.isclass(identifier) and issubclass(identifier, Metric | Loss):
        _check_complete(identifier)
        return check(identifier())
    elif _takes_values(identifier):
        raise IdentifierError(
            f"{identifier!r} takes values, not labels and outputs: keep it for code of "
            "your own, or measure a function of both"
        )
    elif inspect.isclass(identifier) or not (
        callable(identifier) or isinstance(identifier, Metric)
    ):
        expected = (
            "a name such as 'accuracy', a metric, or a function of labels and output"
        )
        refuse_type("a metric", identifier, expected)
    elif not isinstance(identifier, Metric | Loss):
        check_comparing("metric", identifier, {})
    return identifier


def get(
    identifier: Any,
    label_shape: Shape | None = None,
    output_shape: Shape | None = None,
    name: str | None = None,
) -> Metric:
    """Return the metric of a name, the object itself, or that of a function or a loss.

    A name is also the metric's, unless it gets another ``name``. Which accuracy
    ``accuracy`` is follows from the shapes; without them it counts equal numbers. The
    name of a loss measures that loss. A dict is a configuration.

    >>> get("acc", (32,), (32, 3)), get("huber")
    (<SparseCategoricalAccuracy name=acc>, <MeanMetricWrapper name=huber>)
    """
    wanted = check(identifier)
    if isinstance(wanted, Metric):
        return wanted
    if isinstance(wanted, str):
        return _named(wanted, label_shape, output_shape, name or wanted)
    if inspect.isfunction(wanted) and wanted in _losses._LOSSES:
        return MeanMetricWrapper(_losses.get(wanted), name or wanted.__name__)
    made = MeanMetricWrapper(wanted, name)
    if wanted in _ACCURACIES:
        made.direction = "up"
    return made


def _named(
    wanted: str, label_shape: Shape | None, output_shape: Shape | None, name: str
) -> Metric:
    made: Made
    if not _is_accuracy(wanted):
        made = resolve("metric", wanted, _NAMES)
    elif label_shape is None or output_shape is None:
        made = Accuracy
    else:
        made = accuracy_for(label_shape, output_shape)
    found: Any = made(name=name)
    return MeanMetricWrapper(found, name) if isinstance(found, Loss) else found


# A subclass may take labels and outputs, and give the base what it makes of them.
def _takes_values(metric: Any) -> bool:
    takers = (Mean.update_state, Sum.update_state)
    return isinstance(metric, Mean | Sum) and type(metric).update_state in takers


def _is_accuracy(name: str) -> bool:
    return name.lower() in ("accuracy", "acc")


def _check_complete(made: Made) -> None:
    parameters = inspect.signature(made).parameters.values()
    missing = [
        each.name
        for each in parameters
        if each.default is each.empty and each.kind is each.POSITIONAL_OR_KEYWORD
    ]
    if missing:
        owner = made.__name__
        example = ", ".join(f"{each}=..." for each in missing)
        raise ArgumentError(
            f"{owner} needs {' and '.join(missing)}: pass it as {owner}({example})"
        )


# ---- of a model ----------------------------------------------------------------------


def get_all(
    identifiers: Sequence[Any],
    label_shape: Shape,
    output_shape: Shape,
    taken: Collection[str] = (),
) -> list[Metric]:
    """Return the metrics for ``compile(metrics=...)``, each with a name of its own.

    A name that comes again gets ``_1``; numbers start anew with each list, so that a
    name never depends on what else was made in the process. Names in ``taken``, those
    of the metrics without weights, get ``weighted_`` put before them.

    >>> [each.name for each in get_all(["mse", "mse"], (32, 1), (32, 1))]
    ['mse', 'mse_1']
    >>> [each.name for each in get_all(["mse"], (32, 1), (32, 1), taken=["mse"])]
    ['weighted_mse']
    """
    if isinstance(identifiers, str) or not isinstance(identifiers, Sequence):
        refuse_type("metrics", identifiers, "a list, such as ['accuracy']")
    found: list[Metric] = []
    known: set[int] = set()
    names = Names({"loss", *taken})
    for each in identifiers:
        metric = get(each, label_shape, output_shape)
        if id(metric) in known:
            raise ArgumentError(
                f"{metric!r} stands twice in the list of metrics: one object counts "
                "once; make another one"
            )
        known.add(id(metric))
        name = _free_name(metric, names, taken, chosen=isinstance(each, Metric))
        if name != metric.name:
            metric.rename(name)
        found.append(metric)
    return found


# A name that the user chose for an object stays; others may get a number.
def _free_name(
    metric: Metric, names: Names, taken: Collection[str], *, chosen: bool
) -> str:
    base = metric.name if metric.has_own_name else metric.default_name()
    if base.startswith("val_"):
        raise ArgumentError(
            f"a metric cannot be named {base!r}: the history has names with val_ for "
            "validation"
        )
    if base in taken:
        base = f"weighted_{base}"
    if base in names.taken and chosen and metric.has_own_name:
        raise ArgumentError(
            f"two metrics are named {base!r}, and the history has room for "
            "one: give the other one a name=..."
        )
    return names.free(base)
