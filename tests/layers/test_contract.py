"""model.contract: data, which says exactly what the checks let pass."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad.contracts import Contract, Inputs, Labels, Values

NUMBERS = st.sampled_from([-2.0, -1.0, 0.0, 0.5, 1.0, 2.0, 3.0, 7.0])

VALUES = st.builds(
    Values,
    low=st.none() | st.integers(-2, 1),
    high=st.none() | st.integers(1, 3),
    whole=st.booleans(),
    also=st.sampled_from([(), (7.0,)]),
    sets=st.sampled_from([(), ((-1, 1), (0, 1))]),
)


def model(*layers: Any, loss: str = "mse", width: int = 2) -> gg.Sequential:
    """Return a compiled model."""
    gg.set_random_seed(0)
    made = gg.Sequential([gg.Input((width,)), *layers])
    made.compile("sgd", loss)
    return made


def ids() -> gg.Sequential:
    """Return a model of five ids."""
    embedding = gg.layers.Embedding(5, 2)
    return model(embedding, gg.layers.Flatten(), gg.Dense(1), width=3)


# ---- values --------------------------------------------------------------------------


def taken(values: Values, x: np.ndarray) -> list[bool]:
    """Say of each number whether it is taken, by the words of the class alone."""
    if values.sets:
        inside = [[n in each for n in x] for each in values.sets]
        either = [any(found) for found in zip(*inside, strict=True)]
        fits = next((found for found in inside if all(found)), None)
        found = fits or (inside[0] if all(either) else either)
    else:
        found = [
            (values.low is None or n >= values.low)
            and (values.high is None or n <= values.high)
            and (not values.whole or n == round(n))
            for n in x
        ]
    return [ok or n in values.also for ok, n in zip(found, x, strict=True)]


@given(VALUES, hnp.arrays(np.float64, st.integers(1, 5), elements=NUMBERS))
def test_misfits_are_what_the_words_exclude(values: Values, x: np.ndarray) -> None:
    """Also where a glance at the least and the largest number is not enough."""
    bad = values.misfits(x)
    found = [True] * len(x) if bad is None else (~bad).tolist()
    assert taken(values, x) == found


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_in_no_range(bad: float) -> None:
    """A comparison with NaN is false, whichever it is."""
    found = Values(0, 4, whole=True).misfits(np.array([1.0, bad]))
    assert found is not None
    assert [False, True] == found.tolist()


@pytest.mark.parametrize("kind", [np.bool_, np.uint8, np.int16, np.float32])
def test_all_kinds_of_numbers_are_compared(kind: Any) -> None:
    """Whole ones are whole."""
    assert Values(0, 1, whole=True).misfits(np.array([0, 1], kind)) is None
    assert Values(1, 1).misfits(np.array([0, 1], kind)) is not None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (Values(), "finite numbers"),
        (Values(0, 1), "numbers between 0 and 1"),
        (Values(low=0.5), "numbers at least 0.5"),
        (Values(high=2), "numbers at most 2"),
        (Values(whole=True), "whole numbers"),
        (Values(0, 2**24, whole=True), "whole numbers from 0 to 16777216"),
        (Values(low=1, whole=True), "whole numbers, at least 1"),
        (Values(high=1, whole=True), "whole numbers, at most 1"),
        (Values(0, 2, whole=True, also=(-1,)), "whole numbers from 0 to 2, or -1"),
        (Values(sets=((-1, 1), (0, 1))), "-1 and 1, or 0 and 1"),
    ],
)
def test_values_are_said_in_words(values: Values, said: str) -> None:
    """Messages and the table have the same words."""
    assert said == str(values)


# ---- the contract is what is checked -------------------------------------------------

LOSSES: list[tuple[str, int, str, int | None]] = [
    ("binary_crossentropy", 1, "binary", 2),
    ("binary_focal_crossentropy", 2, "binary", 2),
    ("categorical_crossentropy", 3, "one-hot", 3),
    ("categorical_focal_crossentropy", 3, "one-hot", 3),
    ("categorical_hinge", 3, "one-hot", 3),
    ("sparse_categorical_crossentropy", 3, "class numbers", 3),
    ("categorical_generalized_cross_entropy", 3, "class numbers", 3),
    ("circle", 2, "class numbers", None),
    ("hinge", 1, "sides", 2),
    ("squared_hinge", 1, "sides", 2),
    ("kl_divergence", 3, "shares", 3),
    ("dice", 2, "shares", None),
    ("tversky", 2, "shares", None),
    ("poisson", 1, "counts", None),
    ("msle", 1, "numbers", None),
    ("mse", 1, "numbers", None),
    ("mae", 2, "numbers", None),
    ("mape", 1, "numbers", None),
    ("huber", 1, "numbers", None),
    ("log_cosh", 1, "numbers", None),
    ("cosine_similarity", 2, "numbers", None),
    ("crossentropy", 1, "binary", 2),
    ("crossentropy", 3, "class numbers, or one-hot", 3),
]


@pytest.mark.parametrize(("name", "outputs", "kind", "classes"), LOSSES)
def test_each_loss_says_what_labels_are(
    name: str, outputs: int, kind: str, classes: int | None
) -> None:
    """The table of docs/contracts.md."""
    found = gg.losses.get(name).labels((None, outputs))
    assert (kind, classes) == (found.kind, found.classes)


def test_no_loss_is_left_out() -> None:
    """All that have a name of their own are in the list above."""
    known = {type(gg.losses.get(name)) for name, *_ in LOSSES}
    kinds = {getattr(gg.losses, name) for name in gg.losses.__all__}
    losses = {k for k in kinds if isinstance(k, type) and issubclass(k, gg.losses.Loss)}
    assert known == losses - {gg.losses.Loss, gg.losses.FunctionLoss}


@given(
    st.sampled_from(LOSSES),
    st.lists(NUMBERS, min_size=6, max_size=6),
    st.integers(1, 6),
)
@pytest.mark.filterwarnings("ignore:.*divides by labels")
def test_labels_pass_if_and_only_if_the_contract_takes_them(
    case: tuple[str, int, str, int | None], numbers: list[float], count: int
) -> None:
    """There is no other rule."""
    name, outputs, *_ = case
    loss = gg.losses.get(name)
    found = loss.labels((None, outputs))
    sides: Any = (found.shape or (None,))[1:]
    y: np.ndarray = np.resize(np.array(numbers[:count]), (2, *sides))
    try:
        loss.check(y, (2, outputs))
    except gg.losses.LabelError:
        passed = False
    else:
        passed = True
    assert passed == (found.values.misfits(y) is None)


@given(hnp.arrays(np.int64, (2, 3), elements=st.integers(-2, 6)))
def test_inputs_pass_if_and_only_if_the_contract_takes_them(x: np.ndarray) -> None:
    """The same in a program that is there already, and in one that is not."""
    made, ready = ids(), ids()
    ready.predict(np.zeros((2, 3)), verbose=0)
    fits = made.contract.inputs.values.misfits(x) is None
    for each in (made, ready):
        if fits:
            each.predict(x, verbose=0)
        else:
            with pytest.raises(gg.GraphgradError, match="whole numbers from 0 to 4"):
                each.predict(x, verbose=0)


@pytest.mark.parametrize("stage", ["fit", "evaluate", "predict", "train_on_batch"])
def test_all_stages_check_also_after_a_load(stage: str, tmp_path: Path) -> None:
    """A violation names layer, place, what was expected and what came."""
    ids().save(tmp_path / "ids.safetensors")
    loaded = gg.load_model(tmp_path / "ids.safetensors")
    x, y = np.array([[0, 1, 9]]), np.zeros(1)
    data = (x,) if stage == "predict" else (x, y)
    options = {} if "batch" in stage else {"verbose": 0}
    said = r"layer 'embedding' .* from 0 to 4, got 9 at \[0, 2\] of x"
    with pytest.raises(ValueError, match=said):
        getattr(loaded, stage)(*data, **options)


def test_a_layer_of_ones_own_says_what_it_takes() -> None:
    """Also as the first of a model that is the first layer of another."""

    class Share(gg.layers.Layer):
        def input_values(self) -> Values:
            return Values(0, 1)

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return gg.log(x + 1)

    inner = gg.Sequential([Share(name="share"), gg.Dense(2)], name="inner")
    outer = model(inner, gg.Dense(1))
    assert outer.contract.inputs.values == Values(0, 1)
    assert (outer.contract.inputs.layer, inner.name) == ("share", "inner")
    said = r"layer 'share' \(Share\(\)\) expected numbers between 0 and 1, got 2 at \[0"
    for _ in range(2):
        with pytest.raises(ValueError, match=said):
            outer.predict(np.array([[2.0, 0.0]]), verbose=0)
        outer.predict(np.array([[1.0, 0.0]]), verbose=0)


def test_a_loss_of_ones_own_says_what_labels_are() -> None:
    """And has the check, the counts and the way out."""

    class Stars(gg.losses.MeanSquaredError):
        label_kind = "stars"

        def label_values(self, output_shape: Any) -> Values:
            return Values(1, 5, whole=True, hint="five stars are most")

        def label_classes(self, output_shape: Any) -> int:
            return 5

    made = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    made.compile("sgd", Stars())
    assert str(made.contract).endswith("stars from 1 to 5  Stars")
    said = (
        r"Stars: labels are stars from 1 to 5, got 6 at y\[1\] "
        r"\(2 of class 1, 1 of 6\); "
        "five stars are most"
    )
    with pytest.raises(ValueError, match=said):
        made.fit(np.ones((3, 2)), [1, 6, 1], verbose=0)


# ---- what it holds -------------------------------------------------------------------


def test_a_contract_grows_as_the_model_does() -> None:
    """What is not known yet is None."""
    made = gg.Sequential([gg.Dense(1, "sigmoid", name="out")])
    kinds = ("bool", "int", "uint", "float")
    first = Inputs("out", "Dense(1, sigmoid)", None, kinds, Values())
    assert Contract(first, None, None, None) == made.contract
    made.compile("sgd", "binary_crossentropy")
    assert made.contract.labels is None
    made.build((None, 2))
    labels = Labels("BinaryCrossentropy", "binary", (None, 1), Values(0, 1), 2)
    built = Inputs("out", "Dense(1, sigmoid)", (None, 2), kinds, Values())
    assert Contract(built, (None, 1), labels, None) == made.contract
    made.add(gg.Dense(3))
    assert made.contract.labels is None
    assert made.contract.outputs == (None, 3)


def test_a_model_without_layers_takes_nothing() -> None:
    """There is nobody to ask."""
    with pytest.raises(gg.GraphgradError, match="has no layers"):
        gg.Sequential().contract  # noqa: B018


def test_labels_that_the_loss_reads_as_given_have_no_shape() -> None:
    """A function takes what it gets."""
    made = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    made.compile("sgd", lambda y, p: gg.mean(gg.square(y - p), axis=-1))
    assert made.contract.labels == Labels("lambda", "any", None, Values())
    assert "labels  as given    any: finite numbers" in str(made.contract)


def test_a_contract_is_fit_for_json_and_stays_after_a_load(tmp_path: Path) -> None:
    """It is derived again, and is the same."""
    made = ids()
    x = np.array([[0, 1, 2], [4, 3, 2]])
    ranges = gg.callbacks.InputRanges()
    made.fit(x, np.zeros(2), verbose=0, callbacks=[ranges])
    assert made.contract.seen is not None
    made.save(tmp_path / "ids.safetensors")
    loaded = gg.load_model(tmp_path / "ids.safetensors").contract
    assert loaded == made.contract
    assert json.loads(json.dumps(loaded.to_dict())) == loaded.to_dict()
    assert loaded.to_dict()["labels"]["shape"] == [None, 1]
    assert "seen    3 features  2 of each feature" in str(loaded)
    assert "input   not built  finite numbers" in str(
        gg.Sequential([gg.Dense(1)]).contract
    )


# ---- labels of one class -------------------------------------------------------------

ONE_CLASS: list[tuple[str, Any, Any, Any]] = [
    ("binary_crossentropy", gg.Dense(1, "sigmoid"), np.ones(11), [0]),
    ("hinge", gg.Dense(1), -np.ones((11, 1)), [[1]]),
    ("sparse_categorical_crossentropy", gg.Dense(3, "softmax"), np.full(11, 2), [0]),
    (
        "categorical_crossentropy",
        gg.Dense(3, "softmax"),
        np.eye(3)[[1] * 11],
        [[1, 0, 0]],
    ),
]


@pytest.mark.parametrize(("loss", "last", "y", "other"), ONE_CLASS)
def test_labels_of_one_class_are_warned_of(
    loss: str, last: Any, y: Any, other: Any
) -> None:
    """Keras learns to say it always, with an accuracy of 1."""
    made = model(copy.deepcopy(last), loss=loss)
    with pytest.warns(UserWarning, match=r"y holds the class .* alone, 11 times"):
        made.fit(np.ones((11, 2)), y, verbose=0)
    mixed = np.concatenate([y[1:], other])
    made.fit(np.ones((11, 2)), mixed, verbose=0)


@pytest.mark.parametrize(("loss", "last", "y"), [each[:3] for each in ONE_CLASS])
def test_fewer_labels_of_one_class_may_be_chance(loss: str, last: Any, y: Any) -> None:
    """And batches are no data set."""
    made = model(copy.deepcopy(last), loss=loss)
    x = np.ones((11, 2))
    made.fit(x[:10], y[:10], verbose=0)
    made.train_on_batch(x, y)
    made.evaluate(x, y, verbose=0)
    made.fit(iter([(x, y)]), verbose=0, steps_per_epoch=1)


def test_one_number_to_be_met_is_no_class() -> None:
    """A constant may be learned."""
    model(gg.Dense(1)).fit(np.ones((20, 2)), np.ones(20), verbose=0)


def test_sorted_labels_are_warned_of_once() -> None:
    """That a split leaves one class is said of the split."""
    made = model(gg.Dense(1, "sigmoid"), loss="binary_crossentropy")
    with pytest.warns(UserWarning, match="the data are sorted") as caught:
        made.fit(np.ones((40, 2)), [0] * 20 + [1] * 20, verbose=0, validation_split=0.5)
    assert len(caught) == 1


# ---- what it costs -------------------------------------------------------------------


def test_a_contract_costs_a_prediction_nothing() -> None:
    """No function of these modules is called for a few samples that any layer takes."""
    made, x = model(gg.Dense(3), gg.Dense(1)), np.ones((1, 2), np.float32)
    made.predict(x, verbose=0)
    made.predict(x, verbose=0)
    called: set[str] = set()

    def note(frame: FrameType, _event: str, _: Any) -> None:
        called.add(Path(frame.f_code.co_filename).stem)

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        made.predict(x, verbose=0)
    finally:
        sys.setprofile(before)
    assert "_evaluation" in called
    assert not called & {"_contract", "_drift", "_input_ranges", "_ranges", "_taken"}


def test_an_ignored_class_below_0_is_not_what_is_wrong() -> None:
    """The hint is about the label that is too large."""
    loss = gg.losses.SparseCategoricalCrossentropy(ignore_class=-1)
    with pytest.raises(gg.GraphgradError, match="give the last layer more units"):
        loss.check(np.array([-1, 0, 7]), (3, 3))
    with pytest.raises(gg.GraphgradError, match="number the classes"):
        loss.check(np.array([-1, 0, -2]), (3, 3))


def test_a_bound_may_be_infinite() -> None:
    """It is written as such."""
    assert str(gg.contracts.Values(0, float("inf"))) == "numbers between 0 and inf"
