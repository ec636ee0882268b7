"""Data: arrays, frames and tensors of any kind are the same numbers, or refused."""

from __future__ import annotations

import array
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import graphgrad as gg
from graphgrad.layers import _data, _labels
from graphgrad.layers._data import as_data, gather

Array = np.ndarray[Any, Any]

X = np.arange(40, dtype=np.float32).reshape(10, 4) / 40
Y = (np.arange(10) % 2).astype(np.float32)


def network(loss: str = "binary_crossentropy") -> gg.Sequential:
    """Return a small compiled model, the same each time."""
    gg.set_random_seed(5)
    model = gg.Sequential([gg.Dense(3, "tanh"), gg.Dense(1, "sigmoid")])
    model.compile("adam", loss)
    return model


def trained(x: Any, y: Any, **options: Any) -> list[Array]:
    """Return the weights after two epochs over data."""
    model = network()
    model.fit(x, y, batch_size=3, epochs=2, verbose=0, **options)
    return model.get_weights()


def same(first: list[Array], second: list[Array]) -> bool:
    """Return whether all weights are the same bits."""
    return all(map(np.array_equal, first, second))


class Tensor:
    """What another library's tensor offers at least: DLPack, and nothing else."""

    def __init__(self, data: Array) -> None:
        self.data = data

    def __dlpack__(self, **options: Any) -> Any:
        return self.data.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.data.__dlpack_device__()


class Wrapped:
    """What can be made an array of."""

    def __init__(self, data: Array) -> None:
        self.data = data

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return self.data


class Matrix(Array):
    """A class of arrays with ways of its own, as np.matrix is."""

    def __getitem__(self, index: Any) -> Any:
        """Give what nobody expects."""
        return np.ndarray.__getitem__(self, index)[None]


NAMES = ["a", "b", "c", "d"]

KINDS: dict[str, Any] = {
    "list": (X.tolist(), Y.tolist()),
    "tuple of rows": (tuple(map(tuple, X.tolist())), tuple(Y.tolist())),
    "pandas": (pd.DataFrame(X, columns=NAMES), pd.Series(Y)),
    "polars": (pl.DataFrame(X, schema=NAMES), pl.Series(Y)),
    "labels in a frame": (X, pd.DataFrame({"label": Y})),
    "labels in a polars frame": (X, pl.DataFrame({"label": Y})),
    "tensor": (gg.tensor(X), gg.tensor(Y)),
    "DLPack": (Tensor(X), Tensor(Y)),
    "array protocol": (Wrapped(X), Wrapped(Y)),
    "column order": (np.asfortranarray(X), Y[:, None]),
    "every other row": (np.repeat(X, 2, axis=0)[::2], np.repeat(Y, 2)[::2]),
    "another byte order": (X.astype(">f4"), Y.astype(">f8")),
    "objects": (X.astype(object), Y.astype(object)),
    "integer labels": (X, Y.astype(int)),
    "bool labels": (X, Y.astype(bool)),
    "unsigned labels": (X, Y.astype(np.uint8)),
    "float64": (X.astype(float), Y.astype(float)),
    "labels (n, 1)": (X, Y[:, None]),
    "stdlib array": (X, array.array("f", Y.tolist())),
    "matrix": (X.view(Matrix), Y),
    "unmasked": (np.ma.masked_array(X), Y),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shuffle", [False, True])
def test_all_kinds_of_data_train_the_same_bits(kind: str, shuffle: bool) -> None:
    """What holds the same numbers trains the same weights."""
    assert same(trained(X, Y, shuffle=shuffle), trained(*KINDS[kind], shuffle=shuffle))


@pytest.mark.parametrize("dtype", ["uint8", "bool", "int16", "float16", "int64"])
def test_other_dtypes_train_as_float32(dtype: str) -> None:
    """Numbers are converted batch by batch to what the model computes in."""
    x = (np.arange(40).reshape(10, 4) % 7).astype(dtype)
    assert same(trained(x, Y), trained(x.astype(np.float32), Y))


MIXED: dict[str, list[Any]] = {
    "number": [1, 2, 3, 4],
    "share": [0.5, 0.25, 0.0, 1.0],
    "flag": [True, False, True, True],
}
COLUMNS = np.array(list(MIXED.values()), np.float32).T


@pytest.mark.parametrize("library", [pd, pl])
def test_frames_of_mixed_columns_are_numbers(library: Any) -> None:
    """Integers, floats and truth values side by side need no conversion."""
    np.testing.assert_array_equal(COLUMNS, as_data(library.DataFrame(MIXED), "x"))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, 2], dtype="Int64"),
        pd.Series([True, False], dtype="boolean"),
        pd.Series([1.0, 2.0], dtype="Float32"),
    ],
)
def test_nullable_columns_are_numbers(column: pd.Series) -> None:
    """Pandas' own dtypes are what they look like."""
    expected = column.to_numpy(dtype=np.float64)
    np.testing.assert_array_equal(expected, as_data(column, "y"))
    np.testing.assert_array_equal(
        expected[:, None], as_data(pd.DataFrame({"c": column}), "x")
    )


WRONG: dict[str, tuple[Any, str]] = {
    "text column": (
        pd.DataFrame({"a": [1, 2], "city": ["x", "y"]}),
        r"'city'.*dummies",
    ),
    "polars text": (
        pl.DataFrame({"a": [1, 2], "city": ["x", "y"]}),
        r"'city'.*dummies",
    ),
    "category": (
        pd.DataFrame({"kind": pd.Categorical([1, 2])}),
        "'kind'.*category.*dummies",
    ),
    "polars category": (
        pl.DataFrame({"kind": pl.Series(["u", "v"], dtype=pl.Categorical)}),
        "'kind'.*dummies",
    ),
    "dates": (pd.DataFrame({"day": pd.to_datetime(["2020-01-01"])}), "'day'.*days"),
    "missing": (
        pd.DataFrame({"a": pd.array([1, None], "Int64")}),
        r"x\[1, 0\] \(c.* is nan",
    ),
    "polars missing": (pl.DataFrame({"a": [1.0, None]}), r"x\[1, 0\] \(c.* is nan"),
    "no column": (pd.DataFrame(index=[0, 1]), "without columns"),
    "masked": (np.ma.masked_equal(X, X[0, 1]), "masked"),
    "dict": ({"a": X, "b": X}, "dict with 'a', 'b'"),
    "tuple of inputs": ((X, X), "tuple of 2 arrays"),
    "text": ("data", "text"),
    "complex": (X + 1j, "real"),
    "None inside": (np.array([[1, None]], object), "None"),
    "number": (3.0, "single number"),
    "numbers in no order": ({1.0, 2.0}, "is a set, which has no order"),
    "a function": (lambda: iter([X]), r"to be called: pass <lambda>\(\)"),
    "a class": (gg.callbacks.Callback, r"pass Callback\(\)"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_no_table_of_numbers_is_refused(kind: str) -> None:
    """The message names the place and the way out."""
    data, message = WRONG[kind]
    with pytest.raises((ValueError, TypeError), match=message):
        network().predict(data, verbose=0)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e39, -1e39])
@pytest.mark.parametrize("which", ["x", "y"])
def test_what_is_no_finite_float32_is_refused(value: float, which: str) -> None:
    """Before anything changes: also what float64 still tells from infinity."""
    model = gg.Sequential([gg.Input((1,)), gg.Dense(1)])
    model.compile("sgd", "mse")
    before = model.get_weights()
    given = {"x": np.ones((3, 1)), "y": np.ones((3, 1))}
    given[which][1, 0] = value
    way_out = "or fill them in" if np.isnan(value) else "or scale the data"
    place = rf"{which}\[1(, 0)?\] is .*{way_out}"
    for call in (model.fit, model.evaluate):
        with pytest.raises(ValueError, match=place):
            call(given["x"], given["y"], verbose=0)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


WITH_NAN = {"age": [1.0, 2.0], "size": [3.0, np.nan]}
LETTERS = ["a", "b"]

NAMED: list[tuple[Any, str]] = [
    (pd.DataFrame(WITH_NAN), r"x\[1, 1\] \(column 'size'\) is nan"),
    (pd.DataFrame(WITH_NAN, LETTERS), r"x\[1, 1\] \(row 'b', column 'size'\) is nan"),
    (pd.DataFrame(WITH_NAN, [7, 9]), r"\(row 9, column 'size'\)"),
    (pd.DataFrame(WITH_NAN).rename(columns={"size": 5}), r"\(column 5\)"),
    (pd.Series(WITH_NAN["size"], LETTERS), r"x\[1\] \(row 'b'\) is nan"),
    (pd.Series(WITH_NAN["size"]), r"x\[1\] is nan"),
    (pl.DataFrame(WITH_NAN), r"x\[1, 1\] \(column 'size'\) is nan"),
    (pl.Series(WITH_NAN["size"]), r"x\[1\] is nan"),
    (WITH_NAN["size"], r"x\[1\] is nan"),
]


@pytest.mark.parametrize(("data", "said"), NAMED)
def test_rows_and_columns_with_names_are_named(data: Any, said: str) -> None:
    """By the labels of the frame; a row that is called by its number is not."""
    with pytest.raises(ValueError, match=said):
        as_data(data, "x")


def test_text_labels_are_told_how_they_become_numbers() -> None:
    """The call that numbers them stands in the message."""
    with pytest.raises(ValueError, match=r"np\.unique\(labels, return_inverse=True\)"):
        network().fit(X, np.array(["cat", "dog"] * 5), verbose=0)


def test_a_sparse_matrix_is_told_to_be_made_dense() -> None:
    """Compressed rows have a method for it."""

    class Sparse:
        tocsr = toarray = None

    with pytest.raises(ValueError, match=r"x\.toarray\(\)"):
        network().predict(Sparse(), verbose=0)


def test_a_tensor_that_cannot_be_read_says_why() -> None:
    """The other library's reason is passed on."""

    class Remote:
        def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
            raise TypeError("it lives on a GPU")

    with pytest.raises(ValueError, match=r"Remote.*lives on a GPU"):
        network().predict(Remote(), verbose=0)


def test_data_on_a_disk_stay_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Training over a memory-mapped array takes memory for batches and checks only."""
    monkeypatch.setattr(_data, "CHUNK", 1 << 14)
    rows, width = 20_000, 64
    path = tmp_path / "x.npy"
    disk = np.lib.format.open_memmap(path, "w+", np.float64, (rows, width))
    disk[:] = np.arange(width) / width
    disk[::2] *= -1
    y = np.arange(rows) % 2
    disk.flush()
    x = np.load(path, mmap_mode="r")
    model = gg.Sequential([gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    tracemalloc.start()
    try:
        model.fit(x, y, batch_size=128, verbose=0, validation_split=0.1)
        model.predict(x, verbose=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert x.nbytes == rows * width * 8
    # Labels, their checks and the order of the rows are a few numbers per row.
    assert peak < x.nbytes / 6
    assert same(
        trained(np.load(path, mmap_mode="r")[:50], y[:50]),
        trained(np.array(x[:50]), y[:50]),
    )


@pytest.mark.parametrize("change", [np.asfortranarray, lambda a: a[:, ::2]])
def test_a_batch_costs_a_batch_whatever_the_layout(change: Any) -> None:
    """NumPy's take would copy all data that do not lie row by row, at every step."""
    x = change(np.zeros((20_000, 40), np.float32))
    target = np.empty((32, x.shape[1]), np.float32)
    take = gather(x, target)
    tracemalloc.start()
    try:
        take(np.arange(32) * 7)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < x.nbytes / 100


def test_inputs_of_a_model_of_width_one_may_be_flat() -> None:
    """(n,) and (n, 1) mean the same."""
    model = gg.Sequential([gg.Dense(1)])
    model.compile("sgd", "mse")
    flat = np.arange(6.0)
    model.fit(flat, 2 * flat, verbose=0)
    np.testing.assert_array_equal(
        model.predict(flat, verbose=0), model.predict(flat[:, None], verbose=0)
    )


def test_predictions_are_float32() -> None:
    """Whatever the inputs are."""
    assert network().predict(X.astype(float), verbose=0).dtype == np.float32


def test_large_labels_are_checked_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same labels are right and wrong, and the message speaks of the whole."""
    monkeypatch.setattr(_labels, "LARGE", 4)
    monkeypatch.setattr(_labels, "CHUNK", 3)
    network().fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match=r"got 7.0 at y\[8\] \(4 of class 0, 5 of 1"):
        network().fit(X, np.where(np.arange(10) == 8, 7, Y), verbose=0)


def test_numbers_that_fit_another_shape_are_told_how() -> None:
    """The call that reshapes stands in the message."""
    model = gg.Sequential([gg.Input((2, 2)), gg.layers.Flatten(), gg.Dense(1)])
    with pytest.raises(ValueError, match=r"x\.reshape\(\(-1, 2, 2\)\)"):
        model.predict(X, verbose=0)


def test_complex_objects_are_told_to_be_taken_apart() -> None:
    """Also where the numbers come as objects."""
    with pytest.raises(ValueError, match=r"\.real"):
        network().predict((X + 1j).astype(object), verbose=0)


def test_a_frame_of_one_dtype_is_not_copied() -> None:
    """Its rows are gathered from where it keeps them."""
    frame = pd.DataFrame(np.zeros((10, 4), np.float32))
    assert np.shares_memory(as_data(frame, "x"), frame.to_numpy())


def test_frames_of_the_same_rows_in_another_order_are_refused() -> None:
    """By position each sample would have another one's label; Keras trains that."""
    frame, labels = pd.DataFrame(X, columns=NAMES), pd.Series(Y)
    model = gg.Sequential([gg.Input((X.shape[1],)), gg.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    mixed = frame.sample(frac=1, random_state=0)
    with pytest.raises(ValueError, match=r"pass y\.loc\[x\.index\]"):
        model.fit(mixed, labels, verbose=0)
    with pytest.raises(ValueError, match=r"validation_data\[1\]\.loc"):
        model.fit(frame, labels, verbose=0, validation_data=(mixed, labels))
    model.fit(mixed, labels.loc[mixed.index], verbose=0)
    model.fit(mixed, labels.to_numpy(), verbose=0)
    model.fit(mixed.reset_index(drop=True), labels, verbose=0)
    model.fit(frame.set_index(frame.index + 100), labels, verbose=0)
