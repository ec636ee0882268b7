"""What is said of data, labels, metrics and warnings, and where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import graphgrad as gg
from graphgrad import layers
from graphgrad.layers._targets import counted


def data(rows: int = 8) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    x = np.arange(2.0 * rows).reshape(rows, 2) / rows
    return x, np.arange(rows) % 2


def model_of(*parts: Any, loss: Any = "mse", **options: Any) -> gg.Sequential:
    """Return a compiled model of layers."""
    model = gg.Sequential(list(parts))
    model.compile(optimizer="sgd", loss=loss, **options)
    return model


# ---- data and labels -----------------------------------------------------------------


class Endless(gg.utils.PyDataset):
    """Batches without an end that is known."""

    def __getitem__(self, index: int) -> Any:
        """Return the same batch always."""
        return data()


def test_a_data_set_without_a_length_needs_steps() -> None:
    """Else it would train for ever; num_batches does as well as __len__."""

    class Counted(Endless):
        @property
        def num_batches(self) -> int:
            return 3

    model = model_of(gg.Dense(1))
    with pytest.raises(ValueError, match=r"define __len__.*steps_per_epoch"):
        model.fit(Endless(), verbose=0)
    with pytest.raises(ValueError, match=r"define __len__.*validation_steps"):
        model.fit(*data(), validation_data=Endless(), verbose=0)
    model.fit(Endless(), steps_per_epoch=2, verbose=0)
    model.fit(Counted(), verbose=0)
    assert model.optimizer is not None
    assert int(model.optimizer.iterations) == 5


def test_an_input_is_no_tensor() -> None:
    """There is no functional API, and the message says what there is."""
    with pytest.raises(TypeError, match=r"no functional API.*gg.Sequential\("):
        layers.Dense(2)(gg.Input((4,)))


OTHERS: dict[str, tuple[Any, str]] = {
    "text": ([["1", "2", "3.5"]], r"pass np\.asarray\(x, dtype=float\)"),
    "words": ([["1", "2", "c"]], "turn text into numbers first"),
    "column": (pd.DataFrame({"a": ["1", "2"]}), r"column\.astype\(float\)"),
    "letters": (pd.DataFrame({"a": ["1", "b"]}), "get_dummies"),
    "lazy": (pl.LazyFrame({"a": [1.0]}), r"pass x\.collect\(\)"),
    "none": ([[1, None, 3]], r"x\[0, 1\] is None"),
    "cell": (np.array([[1, 2, "c"]], object), r"x\[0, 2\] is 'c'"),
    "labels": (np.ones(5), "one number a sample, as labels are"),
    "turned": (np.ones((3, 5)), r"pass x\.T if"),
    "axis": (np.ones((1, 5, 3)), r"pass x\[0\]"),
    "other": (np.ones((5, 4)), r"begins with Input\(\(4,\)\)"),
    "large": (np.ones((2, 5, 3)), r"begins with Input\(\(5, 3\)\)"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_way_out_fits_the_data(name: str) -> None:
    """It names a call that makes of them what is taken, or where they are not."""
    x, said = OTHERS[name]
    model = model_of(gg.Input((3,)), gg.Dense(1))
    with pytest.raises(ValueError, match=said):
        model.predict(x, verbose=0)


def test_counts_name_large_classes_whole() -> None:
    """A class is its number, whatever its length."""
    assert counted(np.array([2**62, 0])) == f"1 of class 0, 1 of {2**62}"
    assert counted(np.array([True, 0.5])) == "1 of class 0.5, 1 of 1"
    assert counted(np.array([True, False])) == "1 of class 0, 1 of 1"


@pytest.mark.parametrize(
    ("loss", "labels"),
    [
        ("mse", np.zeros(4)),
        ("sparse_categorical_crossentropy", np.zeros(4)),
        ("categorical_crossentropy", np.eye(3)[[0, 1, 2, 0]]),
    ],
)
def test_one_label_a_sample_and_rows_of_outputs_ask_for_flatten(
    loss: str, labels: Any
) -> None:
    """It was forgotten where the output still has the rows of the input."""
    model = model_of(gg.Dense(3, "softmax"), loss=loss)
    with pytest.raises(gg.ShapeError, match=r"\(batch, 8, 3\).*put Flatten\(\)"):
        model.fit(np.ones((4, 8, 3)), labels, verbose=0)


def test_shapes_of_labels_are_written_as_python_does() -> None:
    """There is a comma after a single length only."""
    model = model_of(gg.Dense(3, "softmax"), loss="sparse_categorical_crossentropy")
    with pytest.raises(gg.ShapeError, match=r"the shape \(n, 8\)$"):
        model.fit(np.ones((4, 8, 3)), np.zeros((4, 7, 1)), verbose=0)


@pytest.mark.parametrize(
    ("values", "way_out"),
    [
        ((1, 2), "1 and 2: pass y == 2"),
        ((0, 255), "0 and 255: pass y == 255"),
        ((-1, 0), "-1 and 0: pass y == 0"),
        ((-1, 1), r"\(y \+ 1\) / 2"),
        ((0, 1, 2), "more than two classes"),
    ],
)
def test_two_classes_of_other_names_are_mapped(values: Any, way_out: str) -> None:
    """The message names the two values, and how they become 0 and 1."""
    x, _ = data(12)
    model = model_of(gg.Dense(1, "sigmoid"), loss="binary_crossentropy")
    with pytest.raises(ValueError, match=way_out):
        model.fit(x, np.resize(values, 12), verbose=0)


def test_the_place_of_a_label_says_where_the_labels_are() -> None:
    """In validation_data, or in a batch."""
    x, y = data()
    model = model_of(gg.Dense(1, "sigmoid"), loss="binary_crossentropy")
    with pytest.raises(ValueError, match=r"2 at validation_data\[1\]\[2\] \(1 of"):
        model.fit(x, y, validation_data=(x, np.arange(8)), verbose=0)
    with pytest.raises(ValueError, match=r"^validation_data\[1\]: .*\(8, 3\)"):
        model.fit(x, y, validation_data=(x, np.zeros((8, 3))), verbose=0)
    with pytest.raises(ValueError, match=r"2 at y\[2\] of batch 0 \(1 of"):
        model.fit(iter([(x, np.arange(8))]), verbose=0)
    with pytest.raises(ValueError, match=r"2 at y\[2\] \(1 of class 0, 1 of 1"):
        model.fit(x, np.arange(8), verbose=0)


@pytest.mark.parametrize("classes", [2, 3])
def test_one_hot_labels_for_one_unit_have_a_way_out(classes: int) -> None:
    """As many units with softmax; for two classes the class numbers will do."""
    x, y = data()
    model = model_of(gg.Dense(1, "sigmoid"), loss="binary_crossentropy")
    with pytest.raises(gg.ShapeError, match=f"{classes} units.*softmax") as raised:
        model.fit(x, np.eye(classes)[y], verbose=0)
    assert ("y.argmax(-1)" in str(raised.value)) == (classes == 2)


@pytest.mark.parametrize("loss", ["kl_divergence", "categorical_crossentropy"])
def test_one_sigmoid_unit_is_not_said_to_be_a_softmax(loss: str) -> None:
    """The words fit whatever the activation is."""
    with pytest.raises(ValueError, match="tell a single class from") as raised:
        model_of(gg.Input((2,)), gg.Dense(1, "sigmoid"), loss=loss)
    assert "its softmax" not in str(raised.value)


# ---- metrics and warnings ------------------------------------------------------------


@pytest.mark.parametrize("units", [1, 3])
def test_accuracy_says_nothing_about_numbers(units: int) -> None:
    """A regression is measured by its error; from_logits has nothing to do with it."""
    with pytest.warns(UserWarning, match="says nothing about numbers.*'mae'") as caught:
        model_of(gg.Input((2,)), gg.Dense(units), metrics=["accuracy"])
    assert "logits" not in str(caught[0].message)


def test_logits_are_mentioned_where_the_loss_is_of_classes() -> None:
    """There, the threshold is what is wrong."""
    loss = gg.losses.BinaryCrossentropy(from_logits=True)
    with pytest.warns(UserWarning, match=r"for logits, use BinaryAccuracy\("):
        model_of(gg.Input((2,)), gg.Dense(1), loss=loss, metrics=["accuracy"])


def test_a_warning_points_to_the_line_of_the_users() -> None:
    """However deep in the library it was found."""
    with pytest.warns(UserWarning, match="numbers") as caught:
        model_of(gg.Input((2,)), gg.Dense(1), metrics=["accuracy"])
    assert caught[0].filename == __file__


def test_a_loss_that_is_nan_is_warned_of_once_a_training() -> None:
    """The first epoch says it; the next training says it again."""
    x, y = data()
    for _ in range(2):
        model = gg.Sequential([gg.Dense(1)])
        model.compile(gg.optimizers.SGD(1e30), "mse")
        with pytest.warns(RuntimeWarning, match="step was too large") as caught:
            model.fit(1e3 * x, y, epochs=4, verbose=0)
        assert len(caught) == 1
        assert caught[0].filename == __file__


def test_a_picture_of_no_known_kind_is_refused() -> None:
    """The message has the kinds."""
    history = model_of(gg.Dense(1)).fit(*data(), verbose=0)
    with pytest.raises(ValueError, match=r"\.svg or, .* as \.png, .*'h.html'"):
        history.plot("h.html")


# ---- one sample, and sets ------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "way_out"),
    [
        ([1.0, 2.0], lambda x: [x]),
        ((1.0, 2.0), lambda x: [x]),
        (pd.Series([1.0, 2.0]), lambda x: x.to_numpy()[None]),
        (pl.Series([1.0, 2.0]), lambda x: x.to_numpy()[None]),
        (np.array([1.0, 2.0]), lambda x: x[None]),
        (gg.tensor([1.0, 2.0]), lambda x: x[None]),
    ],
)
def test_the_way_out_of_one_sample_is_one_for_its_kind(x: Any, way_out: Any) -> None:
    """What is told can be done, and is taken then."""
    model = model_of(gg.Input((2,)), gg.Dense(1))
    told = {list: "[x]", tuple: "[x]", pd.Series: "to_numpy()[None]"}
    told |= {pl.Series: "axis, x.to_numpy()[None]"}
    with pytest.raises(gg.ShapeError) as error:
        model.predict(x, verbose=0)
    assert str(error.value).endswith(told.get(type(x), "x[None]"))
    assert model.predict(way_out(x), verbose=0).shape == (1, 1)


def test_a_row_of_a_frame_is_a_frame_of_one_row() -> None:
    """As is said of a series that has rows by position."""
    model, frame = model_of(gg.Input((2,)), gg.Dense(1)), pd.DataFrame(data()[0])
    with pytest.raises(gg.ShapeError, match=r"df.iloc\[\[0\]\]"):
        model.predict(frame.iloc[0])
    assert model.predict(frame.iloc[[0]], verbose=0).shape == (1, 1)


@pytest.mark.parametrize("some", [{1, 2}, frozenset({1}), set(), {1: 2}.keys()])
@pytest.mark.parametrize("call", ["predict", "fit", "labels", "weights", "check"])
def test_a_set_is_no_data(some: Any, call: str) -> None:
    """It has no order that labels could have, too."""
    model = model_of(gg.Input((2,)), gg.Dense(1))
    x, y = data()
    calls: dict[str, Any] = {
        "predict": lambda: model.predict(some),
        "fit": lambda: model.fit(some, y),
        "labels": lambda: model.fit(x, some),
        "weights": lambda: model.fit(x, y, sample_weight=some),
        "check": lambda: model.contract.check(some),
    }
    with pytest.raises(gg.GraphgradError, match="which has no order and nothing twice"):
        calls[call]()
