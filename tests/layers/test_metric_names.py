"""What metrics are called, alone and in a list, and what is no metric."""

from __future__ import annotations

import math
from typing import Any

import pytest

import graphgrad as gg
from graphgrad.layers import _losses, _metrics
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._config import serialize
from graphgrad.metrics import (
    AUC,
    BinaryAccuracy,
    BinaryIoU,
    Mean,
    MeanMetricWrapper,
    Precision,
    Sum,
)

# ---- names ---------------------------------------------------------------------------

UNFINISHED = [
    name
    for name, made in _metrics._NAMES.items()
    if "At" in made.__name__ or ("IoU" in made.__name__ and made is not BinaryIoU)
]


@pytest.mark.parametrize("name", sorted(set(_metrics._NAMES) - set(UNFINISHED)))
def test_a_metric_is_called_as_the_user_wrote(name: str) -> None:
    """Its name, the key in the history, is the string itself."""
    assert name == _metrics.check(name) == _metrics.get(name).name


@pytest.mark.parametrize("name", UNFINISHED)
def test_a_metric_that_needs_an_argument_says_which(name: str) -> None:
    """A name has no room for it."""
    expected = r"needs \w+.*: pass it as \w+\(\w+=..."
    for identifier in (name, _metrics._NAMES[name]):
        with pytest.raises(ArgumentError, match=expected):
            _metrics.check(identifier)


def test_functions_classes_and_losses_are_metrics() -> None:
    """Each has its own name."""

    def miss(y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
        return abs(y_true - y_pred)

    assert "miss" == _metrics.get(miss).name
    assert "lambda" == _metrics.get(lambda _, y_pred: y_pred).name
    assert "binary_accuracy" == _metrics.get(BinaryAccuracy).name
    own = BinaryAccuracy(name="mine")
    assert _metrics.get(own) is own
    smooth = _metrics.get(_losses.BinaryCrossentropy(label_smoothing=1))
    assert "binary_crossentropy" == smooth.name
    assert pytest.approx(math.log(2)) == smooth([[1.0]], [[0.5]])
    assert 2.0 == _metrics.get(gg.losses.mean_squared_error)([1.0, 2.0], [1.0, 4.0])
    assert 1.5 == _metrics.get("huber")([[1.0]], [[3.0]])
    again = _metrics.get(serialize(own))
    assert ("mine", BinaryAccuracy) == (again.name, type(again))


@pytest.mark.parametrize("name", ["ce", "crossentropy"])
@pytest.mark.parametrize(
    ("y", "p", "loss"),
    [
        ([1, 0], [[0.8], [0.4]], _losses.BinaryCrossentropy),
        ([1, 0], [[0.2, 0.8], [0.6, 0.4]], _losses.SparseCategoricalCrossentropy),
        ([[0, 1], [1, 0]], [[0.2, 0.8], [0.6, 0.4]], _losses.CategoricalCrossentropy),
    ],
)
def test_the_cross_entropy_follows_from_shapes(
    name: str, y: Any, p: Any, loss: Any
) -> None:
    """Keras' documentation promises it; Keras 3.15.1 raises."""
    expected = -(math.log(0.8) + math.log(0.6)) / 2
    assert pytest.approx(expected) == _metrics.get(name)(y, p)
    assert pytest.approx(expected) == loss()(y, p).item()


def test_a_function_that_returns_no_tensor_is_refused() -> None:
    """NumPy inside of a metric would be no part of the graph."""
    constant: Any = lambda *_: 0.0  # noqa: E731  # typed, it could not be passed
    with pytest.raises(TypeError, match="metric 'lambda' returned float"):
        MeanMetricWrapper(constant)([1.0], [1.0])


@pytest.mark.parametrize("thing", [3, None, ["mse"], dict])
def test_what_is_no_metric_is_refused(thing: Any) -> None:
    """The message says what would do."""
    with pytest.raises(TypeError, match="a metric must be a name such as 'accuracy'"):
        _metrics.check(thing)


@pytest.mark.parametrize("thing", [Mean(), Sum(), Mean])
def test_what_takes_values_is_no_metric_of_a_model(thing: Any) -> None:
    """In Keras, Mean takes the labels for values and the outputs for weights."""
    with pytest.raises(TypeError, match="takes values, not labels and outputs"):
        _metrics.check(thing)


def test_a_typing_error_gets_advice() -> None:
    """Keras says only that it could not interpret the identifier, and only in fit."""
    with pytest.raises(ValueError, match="did you mean 'accuracy'"):
        _metrics.check("acuracy")
    with pytest.raises(ValueError, match="did you mean 'f1_score'"):
        _metrics.check("f1score_")


# ---- in a list -----------------------------------------------------------------------


def names(*metrics: Any, taken: Any = ()) -> list[str]:
    """Return the names that metrics get in a model with one output."""
    found = _metrics.get_all(metrics, (2, 1), (2, 1), taken)
    return [each.name for each in found]


def test_a_list_of_metrics_has_unique_names() -> None:
    """A name that comes again gets a number, unless the user chose it."""
    made = _metrics.get_all(["acc", "acc", BinaryAccuracy()], (2, 1), (2, 1))
    assert ["acc", "acc_1", "binary_accuracy"] == [each.name for each in made]
    assert "acc_1/total" == made[1].variables[0].name
    mine = [BinaryAccuracy(name="mine"), AUC(name="mine")]
    with pytest.raises(ArgumentError, match="two metrics are named 'mine'"):
        names(*mine)
    with pytest.raises(
        TypeError, match=r"metrics must be a list, such as \['accuracy'"
    ):
        _metrics.get_all("accuracy", (2, 1), (2, 1))


def test_names_do_not_depend_on_earlier_models() -> None:
    """In Keras the second model of a process has val_auc_1 (tensorflow#43645)."""
    for _ in range(2):
        assert ["auc", "auc_1", "precision"] == names(AUC(), AUC(), Precision())
    first, second = AUC(), AUC()
    assert ["auc", "auc_1"] == names(first, second)
    assert "auc_1/above" == second.above.name
    assert ["auc", "auc_1"] == names(second, first)


def test_a_weighted_metric_says_so_where_names_meet() -> None:
    """As in Keras."""
    assert ["weighted_acc", "mse"] == names("acc", "mse", taken=["acc"])
    assert ["weighted_acc", "weighted_acc_1"] == names("acc", "acc", taken=["acc"])
    assert ["weighted_mine"] == names(AUC(name="mine"), taken=["mine"])


def test_a_metric_counts_once() -> None:
    """One object in two places would take in every batch twice."""
    auc = AUC()
    with pytest.raises(ArgumentError, match="stands twice"):
        names(auc, auc)


def test_names_that_the_history_needs_are_refused() -> None:
    """A metric named val_loss would overwrite the loss of validation."""
    with pytest.raises(ArgumentError, match="cannot be named 'val_loss'"):
        names(AUC(name="val_loss"))
    with pytest.raises(ArgumentError, match="two metrics are named 'loss'"):
        names(AUC(name="loss"))
