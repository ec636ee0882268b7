"""Losses by their names, as functions, and from descriptions."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import losses
from graphgrad.layers._config import (
    ConfigError,
    deserialize,
    register_keras_serializable,
    serialize,
)
from graphgrad.losses import (
    BinaryFocalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    CategoricalHinge,
    Circle,
    CosineSimilarity,
    Crossentropy,
    Dice,
    FunctionLoss,
    Hinge,
    Huber,
    KLDivergence,
    LabelError,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)

# ---- names ---------------------------------------------------------------------------

ALIASES = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "mape": "MeanAbsolutePercentageError",
    "msle": "MeanSquaredLogarithmicError",
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
}


THINGS = sorted({*losses.__all__} - {"get", "serialize", "deserialize"})


@pytest.mark.parametrize("name", THINGS)
def test_every_name_of_the_door_leads_to_a_loss(name: str) -> None:
    """A class by both its spellings, a function by its name and as it is."""
    thing = getattr(losses, name)
    if isinstance(thing, type):
        if issubclass(thing, Loss) and thing not in (Loss, FunctionLoss):
            assert type(losses.get(name)) is type(losses.get(thing)) is thing
    else:
        loss = losses.get(name)
        assert type(losses.get(thing)) is type(loss) is not FunctionLoss


@pytest.mark.parametrize("alias", ALIASES)
def test_keras_aliases(alias: str) -> None:
    """In small letters and in large ones."""
    for each in (alias, alias.upper()):
        assert ALIASES[alias] == type(losses.get(each)).__name__


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ce", Crossentropy),
        ("crossentropy", Crossentropy),
        ("logcosh", LogCosh),
        ("log_cosh", LogCosh),
        ("huber", Huber),
        ("huber_loss", Huber),
        ("cce", losses.CategoricalCrossentropy),
        ("scce", SparseCategoricalCrossentropy),
    ],
)
def test_more_names(name: str, kind: type) -> None:
    """What Keras takes, and what people write nevertheless."""
    assert type(losses.get(name)) is kind


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("mean_sqared_error", "did you mean 'mean_squared_error'"),
        ("Mse", "did you mean 'mse'"),
        ("rmse", "minimise 'mse', which has the same minimum"),
        ("RMSE", "root_mean_squared_error"),
        ("ctc", "losses of sequences are not there"),
    ],
)
def test_unknown_names_are_answered(name: str, said: str) -> None:
    """At compile, with what was probably meant; Keras says it at fit, with nothing."""
    model = gg.Sequential([gg.Dense(1)])
    with pytest.raises(ValueError, match=said):
        model.compile(loss=name)


def test_the_crossentropy_is_that_of_the_shapes() -> None:
    """Keras' rule: one output, class numbers, or a label for each class."""
    loss = Crossentropy(from_logits=True)
    z = np.array([[2.0, 1.0, 0.0], [0.0, 1.0, -1.0]])
    n = np.array([1, 0])
    expected = losses.SparseCategoricalCrossentropy(from_logits=True)(n, z).item()
    for y in (n, n[:, None], n.astype(np.float32), np.eye(3)[n]):
        assert pytest.approx(expected) == loss(y, z).item()
    binary = losses.BinaryCrossentropy(from_logits=True)(n, z[:, :1]).item()
    assert pytest.approx(binary) == loss(n, z[:, :1]).item()
    assert loss.reads_labels_as_given


# ---- functions -----------------------------------------------------------------------


def test_a_function_of_ours_by_name_with_arguments() -> None:
    """As Keras' wrapper; an unknown name is answered."""
    loss = FunctionLoss("huber", delta=2.0)
    assert Huber(2.0)([[0.0]], [[5.0]]).item() == loss([[0.0]], [[5.0]]).item()
    assert "huber" == loss.name
    with pytest.raises(ValueError, match="unknown loss function 'hubber': did you"):
        FunctionLoss("hubber")
    with pytest.raises(TypeError, match="a loss function must be a function"):
        FunctionLoss(3)  # type: ignore[arg-type]


def test_a_function_gets_labels_as_they_are() -> None:
    """Class numbers for several outputs, or columns of two kinds."""
    loss = FunctionLoss(losses.sparse_categorical_crossentropy)
    p = np.array([[0.5, 0.5], [0.25, 0.75]])
    assert loss([1, 0], p).item() == SparseCategoricalCrossentropy()([1, 0], p).item()

    def weighed(y: gg.Tensor, p: gg.Tensor) -> gg.Tensor:
        return gg.squeeze(y[:, 1:] * gg.square(y[:, :1] - p), -1)

    assert 7.0 == FunctionLoss(weighed)([[1, 2], [3, 3]], [[0.0], [1.0]]).item()
    assert FunctionLoss.reads_labels_as_given
    assert not Loss.reads_labels_as_given


def test_values_of_another_number_than_samples_are_refused() -> None:
    """A mean over the wrong axis would be weighed as if it were samples."""
    loss = FunctionLoss(lambda y, p: gg.mean(gg.square(y - p), axis=0), "columns")
    y = np.zeros((3, 2))
    with pytest.raises(gg.ShapeError, match=r"loss 'columns' returned .*axis=-1"):
        loss(y, y)


def test_a_loss_of_ones_own_may_take_labels_as_given() -> None:
    """Then their shape is not checked, their numbers are."""

    class Own(Loss):
        reads_labels_as_given = True

        def call(self, y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
            return gg.mean(y_true, axis=-1) - gg.squeeze(y_pred, -1)

    Own().check(np.zeros((3, 7)), (3, 1))
    with pytest.raises(LabelError, match="Own: the labels hold nan"):
        Own().check(np.array([[np.nan]]), (1, 1))


# ---- configurations ------------------------------------------------------------------

CONFIGURED: list[Loss] = [
    losses.BinaryCrossentropy(True, 0.1, -1, "sum", "mine"),
    BinaryFocalCrossentropy(True, 0.5, 1.0, label_smoothing=0.2),
    losses.CategoricalCrossentropy(label_smoothing=0.25),
    CategoricalFocalCrossentropy(alpha=[0.5, 1.0], gamma=3.0),
    CategoricalFocalCrossentropy(alpha=0.5),
    CategoricalGeneralizedCrossEntropy(q=0.25),
    CategoricalHinge("none"),
    Circle(8.0, 0.25, remove_diagonal=False),
    CosineSimilarity(axis=1),
    Crossentropy(from_logits=True),
    Dice(axis=(1, 2)),
    FunctionLoss("huber", delta=2.0),
    FunctionLoss(losses.mean_squared_error, "own", "mean_with_sample_weight"),
    Hinge(),
    Huber(2.0),
    KLDivergence(),
    LogCosh(),
    MeanAbsoluteError(dtype="float32"),
    MeanAbsolutePercentageError(),
    MeanSquaredError("sum", "mine"),
    MeanSquaredLogarithmicError(),
    Poisson(),
    SparseCategoricalCrossentropy(ignore_class=-1, axis=1),
    SquaredHinge(),
    Tversky(0.25, 0.75, axis=1),
]


@pytest.mark.parametrize("loss", CONFIGURED)
def test_a_configuration_makes_the_loss_again(loss: Loss) -> None:
    """Through JSON, by its class, by its description, and by `get`."""
    config = json.loads(json.dumps(loss.get_config()))
    assert config == type(loss).from_config(config).get_config()
    described = json.loads(json.dumps(serialize(loss)))
    for again in (deserialize(described), losses.get(described)):
        assert type(again) is type(loss)
        assert config == again.get_config()


def test_every_loss_of_the_door_is_configured_above() -> None:
    """So that none is forgotten."""
    classes = [getattr(losses, name) for name in losses.__all__]
    found = {each for each in classes if isinstance(each, type)}
    found = {each for each in found if issubclass(each, Loss)} - {Loss}
    assert found == {type(loss) for loss in CONFIGURED}


def test_functions_of_ones_own_are_registered_to_be_found() -> None:
    """By name, with their arguments; a lambda has none."""

    @register_keras_serializable("tests")
    def stretched(y: gg.Tensor, p: gg.Tensor, by: float = 1.0) -> gg.Tensor:
        return gg.mean(abs(y - p), axis=-1) * by

    loss = FunctionLoss(stretched, by=3.0)
    again = deserialize(json.loads(json.dumps(serialize(loss))))
    assert 6.0 == loss([[1.0]], [[3.0]]).item() == again([[1.0]], [[3.0]]).item()
    with pytest.raises(ConfigError, match="a lambda has no name"):
        FunctionLoss(lambda y, p: y - p).get_config()


@pytest.mark.parametrize("reduction", ["none", None])
def test_a_loss_that_is_not_one_number_is_refused_at_compile(reduction: Any) -> None:
    """Training minimises one number, and a history has one for each epoch."""
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    loss = gg.losses.MeanSquaredError(reduction=reduction)
    with pytest.raises(gg.ShapeError, match="one number: use another reduction than"):
        model.compile("sgd", loss)
    assert not model.compiled
