"""What does not fit a loss is said before training: labels, outputs, arguments."""

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
    OutputError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
    Tversky,
)

# ---- labels --------------------------------------------------------------------------

FITTING: list[tuple[Any, Any, tuple[int, ...]]] = [
    (Hinge(), [-1, 1], (2, 1)),
    (Hinge(), [[0], [1]], (2, 1)),
    (Hinge(), [True, False], (2, 1)),
    (SquaredHinge(), [[1, 1]], (1, 2)),
    (CategoricalHinge(), [[0, 1, 0]], (1, 3)),
    (KLDivergence(), [[0.5, 0.5]], (1, 2)),
    (Poisson(), [0, 3, 1.5], (3, 1)),
    (MeanSquaredLogarithmicError(), [0, 7], (2, 1)),
    (MeanAbsolutePercentageError(), [-1, 0.1], (2, 1)),
    (Dice(), [[0, 1], [1, 0.5]], (2, 2)),
    (Circle(), [7, -2, 7], (3, 2)),
    (Circle(), [[7], [2]], (2, 2)),
    (CategoricalGeneralizedCrossEntropy(), [0, 1], (2, 2)),
    (SparseCategoricalCrossentropy(axis=1), [[0, 1, 1, 0]], (1, 2, 4)),
    (Crossentropy(), [0, 1], (2, 1)),
    (Crossentropy(), [[0], [1]], (2, 2)),
    (Crossentropy(), [2, 1], (2, 3)),
    (Crossentropy(), [[0, 1, 0]], (1, 3)),
]


@pytest.mark.parametrize(("loss", "y", "output"), FITTING)
def test_labels_that_fit_pass(loss: Any, y: Any, output: Any) -> None:
    """Whatever the batch is called."""
    for batch in (len(y), None):
        loss.check(np.array(y), (batch, *output[1:]))


REFUSED: list[tuple[Any, Any, tuple[int, ...], type[Exception], str]] = [
    (Hinge(), [0, 0.5], (2, 1), LabelError, r"-1 and 1, or 0 and 1, got 0\.5 at y\[1"),
    (Hinge(), [-1, 0, 1], (3, 1), LabelError, r"got 0 at y\[1\].*there are labels -1"),
    (
        SquaredHinge(),
        [1, 2],
        (2, 1),
        LabelError,
        r"got 2 at y\[1\] \(1 of class 1, 1 of 2\); turn two",
    ),
    (Hinge(), [[1, 1]], (1, 1), gg.ShapeError, "one label per output"),
    (CategoricalHinge(), [1, 2], (2, 3), gg.ShapeError, r"np\.eye\(3\)\[y\]"),
    (CategoricalHinge(), [[-1, 1]], (1, 2), LabelError, r"got -1 at y\[0, 0\]"),
    (KLDivergence(), [[2, 3]], (1, 2), LabelError, "divide each row by its sum"),
    (KLDivergence(), [0, 1], (2, 3), gg.ShapeError, "SparseCategoricalCrossentropy"),
    (Poisson(), [1, -1], (2, 1), LabelError, r"at least 0, got -1 at y\[1\] \(1 of 2"),
    (MeanSquaredLogarithmicError(), [-0.5], (1, 1), LabelError, "got -0.5 at"),
    (Dice(), [0, 255], (2, 1), LabelError, "inside of the region"),
    (Tversky(), [[-1, 0]], (1, 2), LabelError, "between 0 and 1, got -1"),
    (BinaryFocalCrossentropy(), [-1, 1], (2, 1), LabelError, r"pass \(y \+ 1\) / 2"),
    (CategoricalFocalCrossentropy(), [0, 1], (2, 3), gg.ShapeError, r"np\.eye\(3\)"),
    (CategoricalGeneralizedCrossEntropy(), [0, 2], (2, 2), LabelError, "0 to 1, got 2"),
    (Circle(), [[0, 1]], (1, 2), gg.ShapeError, "one class number"),
    (
        Circle(),
        [0.5],
        (1, 2),
        LabelError,
        r"class numbers, got 0\.5 at y\[0\] \(1 of 1\); for",
    ),
    (Huber(), [[1, 2]], (1, 1), gg.ShapeError, "nothing is broadcast"),
    (LogCosh(), [np.nan], (1, 1), LabelError, "hold nan"),
    (CosineSimilarity(), [1, 2], (2, 2), gg.ShapeError, r"the shape \(n, 2\)"),
    (Crossentropy(), [0, 2], (2, 1), LabelError, "between 0 and 1, got 2"),
    (Crossentropy(), [0, 3], (2, 3), LabelError, "from 0 to 2, got 3"),
    (
        SparseCategoricalCrossentropy(axis=1),
        [[0, 3]],
        (1, 3, 2),
        LabelError,
        "from 0 to 2, got 3",
    ),
]


@pytest.mark.parametrize(("loss", "y", "output", "kind", "said"), REFUSED)
def test_labels_that_do_not_fit_are_refused(
    loss: Any, y: Any, output: Any, kind: type[Exception], said: str
) -> None:
    """Keras trains on every one of these, or fails in the midst of a graph."""
    with pytest.raises(kind, match=said) as caught:
        loss.check(np.array(y), output)
    assert isinstance(caught.value, ValueError)


def test_percentages_of_zero_give_a_warning() -> None:
    """Keras divides by 1e-7, and the loss is a billion without a word."""
    y = np.array([[1.0], [0.0], [0.0]])
    with pytest.warns(UserWarning, match=r"got 0.0 at y\[1, 0\] \(2 of 3\): a miss by"):
        MeanAbsolutePercentageError().check(y, (3, 1))


# ---- outputs -------------------------------------------------------------------------

ACTIVATIONS: dict[str, Any] = {
    "linear": lambda x: x,
    "sigmoid": gg.sigmoid,
    "softmax": gg.softmax,
    "tanh": gg.tanh,
}


def record(loss: Loss, activation: str, width: int) -> gg.Graph:
    """Trace the loss of a layer's output."""
    shape = (gg.Dim(32, "batch"), width)
    return gg.trace(
        lambda x, w, y: loss(y, ACTIVATIONS[activation](x @ w)),
        gg.Spec((shape[0], 2)),
        gg.Spec((2, width)),
        loss.label_spec(shape),
    )


@pytest.mark.parametrize(
    ("loss", "activation", "width", "said"),
    [
        (BinaryFocalCrossentropy(), "linear", 1, "'sigmoid', or none, and the loss"),
        (BinaryFocalCrossentropy(from_logits=True), "sigmoid", 1, "expects logits"),
        (CategoricalFocalCrossentropy(), "tanh", 3, "expects probabilities"),
        (CategoricalFocalCrossentropy(), "softmax", 1, "an output for each class"),
        (CategoricalGeneralizedCrossEntropy(), "linear", 3, "activation 'softmax'$"),
        (KLDivergence(), "linear", 3, "activation 'softmax'$"),
        (KLDivergence(), "sigmoid", 1, "an output for each class"),
        (Dice(), "linear", 3, "activation 'sigmoid'$"),
        (Tversky(), "tanh", 3, "comes from tanh"),
        (CosineSimilarity(), "linear", 1, "one number per sample"),
        (Crossentropy(), "linear", 1, "'sigmoid', or none"),
        (Crossentropy(), "linear", 3, "'softmax', or none"),
        (Crossentropy(from_logits=True), "softmax", 3, "expects logits"),
    ],
)
def test_outputs_of_another_kind_are_refused(
    loss: Loss, activation: str, width: int, said: str
) -> None:
    """Where it is certain that they are no probabilities, no logits, no vectors."""
    with pytest.raises(OutputError, match=said):
        record(loss, activation, width)


@pytest.mark.parametrize(
    ("loss", "activation", "width"),
    [
        (Hinge(), "linear", 1),
        (Hinge(), "tanh", 1),
        (Hinge(), "sigmoid", 1),
        (Poisson(), "linear", 1),
        (CategoricalHinge(), "softmax", 3),
        (CosineSimilarity(), "linear", 2),
        (Circle(), "linear", 2),
        (BinaryFocalCrossentropy(from_logits=True), "linear", 1),
        (Crossentropy(), "sigmoid", 1),
        (Crossentropy(), "softmax", 3),
    ],
)
def test_what_may_be_right_passes(loss: Loss, activation: str, width: int) -> None:
    """Only what is certainly wrong is refused."""
    assert record(loss, activation, width).outputs[0].shape == ()


@pytest.mark.parametrize(
    "make",
    [
        losses.BinaryCrossentropy,
        BinaryFocalCrossentropy,
        losses.CategoricalCrossentropy,
        CosineSimilarity,
    ],
)
def test_the_axis_of_the_samples_is_refused(make: Any) -> None:
    """Values per column would be taken for values per sample, and weighed as such."""
    p = np.full((2, 2), 0.5)
    with pytest.raises(gg.ShapeError, match=r"axis 0 of .* is that of the samples"):
        make(axis=0)(p, p)
    with pytest.raises(gg.ShapeError, match="has no axis 2"):
        make(axis=2)(p, p)


def test_a_number_of_weights_per_class_is_checked() -> None:
    """It is known when the output is."""
    with pytest.raises(ValueError, match="alpha has 2 numbers for 3 classes"):
        record(CategoricalFocalCrossentropy(alpha=[0.5, 0.5]), "softmax", 3)


QUOTED: Any = "1"
HALF: Any = 0.5


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Huber(delta=0), "Huber's delta must be above 0"),
        (lambda: Huber(delta=QUOTED), "write it without quotes"),
        (lambda: BinaryFocalCrossentropy(gamma=-1), "gamma must be at least 0"),
        (lambda: BinaryFocalCrossentropy(alpha=2), "alpha must be .*at most 1"),
        (lambda: CategoricalGeneralizedCrossEntropy(q=0), "q must be above 0"),
        (lambda: CategoricalFocalCrossentropy(alpha=[1, -1]), "alpha must be at least"),
        (lambda: CosineSimilarity(axis=True), "axis must be a whole number, got True"),
        (lambda: Dice(axis=(QUOTED,)), r"a whole number or several, got \('1',\)"),
        (lambda: Circle(gamma=0), "gamma must be above 0"),
        (lambda: MeanSquaredError(reduction="average"), "reduction must be one of"),
        (lambda: MeanSquaredError(dtype="float16"), "must be None or 'float32', got"),
        (lambda: SparseCategoricalCrossentropy(ignore_class=HALF), "whole number"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """Where the loss is made."""
    with pytest.raises(ValueError, match=said):
        make()


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
