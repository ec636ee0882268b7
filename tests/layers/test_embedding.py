"""Embedding: looks vectors up, trains them, and takes nothing that is no id."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg
from graphgrad.layers import Embedding
from graphgrad.layers._data import check_values

# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gg.layers
TABLE = np.arange(8, dtype=np.float32).reshape(4, 2)

ids = hnp.arrays(
    np.int64, hnp.array_shapes(min_dims=1, max_dims=3), elements=st.integers(0, 3)
)


def table(shape: Any, dtype: Any) -> np.ndarray:
    """Return the vectors (0, 1), (2, 3), ..."""
    return np.arange(np.prod(shape), dtype=dtype).reshape(shape)


def check(layer: Embedding, x: np.ndarray, what: str) -> None:
    """Check data as a model does whose first layer it is."""
    check_values(layer.input_values(), layer, what, x)


def model_of_ids(length: int = 3) -> gg.Sequential:
    """Return a compiled model of an embedding that is not the first layer."""
    model = gg.Sequential(
        [
            gg.Input((length,)),
            gg.layers.Identity(),
            Embedding(4, 2, table),
            gg.Flatten(),
        ]
    )
    model.compile("sgd", "mse")
    return model


@given(ids)
def test_each_id_becomes_its_vector(x: np.ndarray) -> None:
    """The vectors lie along a new last axis; values as in Keras 3.15.1."""
    layer = Embedding(4, 2, table)
    found = layer(x).numpy()
    assert np.array_equal(TABLE[x], found)
    assert np.array_equal(found, layer(x.astype(np.float32)).numpy())
    assert (None, *found.shape[1:]) == layer.compute_output_shape((None, *x.shape[1:]))


@given(ids)
def test_the_gradient_of_a_vector_adds_up_over_its_uses(x: np.ndarray) -> None:
    """An id that comes several times pulls as often, others not at all."""
    layer = Embedding(4, 2, table)
    layer.ensure_built((None, *x.shape[1:]))
    (found,) = gg.gradients(gg.sum(layer(x)), layer.trainable_weights)
    counts = np.bincount(x.ravel(), minlength=4)
    assert np.array_equal(np.repeat(counts[:, None], 2, axis=1), found.numpy())


def test_training_moves_the_vectors_that_occur() -> None:
    """The others stay as they were."""
    layer = Embedding(4, 2, input_length=3)
    model = gg.Sequential([layer, gg.Flatten(), gg.Dense(1)])
    assert (None, 3) == model.input_shape
    model.compile("sgd", "mse")
    before = layer.embeddings.numpy()
    x = np.array([[0, 1, 1], [1, 0, 3]])
    model.fit(x, np.ones(2), epochs=3, verbose=0)
    moved = np.any(layer.embeddings.numpy() != before, axis=1)
    assert [True, True, False, True] == moved.tolist()


@pytest.mark.parametrize("bad", [-1, 4, 0.5, -0.5, 1e30])
def test_what_is_no_id_is_an_error_with_its_place(bad: float) -> None:
    """Keras' backends wrap it, clip it, or fill in NaN."""
    x = np.array([[0, 1, 2], [3, bad, 0]], np.float32)
    said = r"whole numbers from 0 to 3, got .* at \[1, 1\] of the input"
    with pytest.raises(ValueError, match=said):
        Embedding(4, 2)(x)
    with pytest.raises(ValueError, match=r"at \[1, 1\] of x_train"):
        check(Embedding(4, 2), x, "x_train")


@pytest.mark.parametrize("bad", [-1, 4, 0.5, -4, 1e30])
def test_programs_take_no_such_id_either(bad: float) -> None:
    """Even where nobody has looked at the data, as behind another layer."""
    model = model_of_ids()
    model.predict(np.zeros((2, 3)), verbose=0)
    x = np.array([[0, 1, 2], [3, bad, 0]], np.float32)
    before = model.get_weights()
    with np.errstate(invalid="ignore"):
        with pytest.raises(IndexError, match="out of bounds"):
            model.predict(x, verbose=0)
        with pytest.raises(IndexError, match="out of bounds"):
            model.fit(x, np.zeros((2, 6)), verbose=0)
    assert all(map(np.array_equal, before, model.get_weights()))


@given(hnp.arrays(np.int64, (3, 2), elements=st.integers(-2, 6)))
def test_data_are_checked_for_exactly_that(x: np.ndarray) -> None:
    """Data pass if and only if all are ids."""
    layer = Embedding(4, 2)
    if np.all((x >= 0) & (x < 4)):
        check(layer, x, "x")
    else:
        with pytest.raises(gg.GraphgradError, match="got"):
            check(layer, x, "x")


def test_large_data_are_checked_part_by_part() -> None:
    """The place is that in the whole."""
    x = np.zeros((10_000, 1), np.int64)
    x[9_999] = 7
    with pytest.raises(ValueError, match=r"got 7 at \[9999, 0\] of x"):
        check(Embedding(4, 2), x, "x")


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda: Embedding(0, 2), ValueError, "input_dim must be a whole number of at"),
        (
            lambda: LOOSE.Embedding(4, 2.0),
            ValueError,
            "output_dim must be a whole number",
        ),
        (lambda: Embedding(2**24 + 1, 2), ValueError, "does not tell larger ids apart"),
        (lambda: Embedding(4, 2, mask_zero=True), TypeError, "no mask_zero: layers"),
        (lambda: Embedding(4, 2, weights=[TABLE]), TypeError, "call set_weights"),
        (
            lambda: Embedding(4, 2, lora_rank=1),
            TypeError,
            "takes no lora_rank: weights",
        ),
    ],
)
def test_arguments_are_checked(make: Any, error: type[Exception], said: str) -> None:
    """What is absent has a reason; Keras' defaults for it ask for nothing."""
    Embedding(4, 2, mask_zero=False, weights=None, lora_rank=None)
    with pytest.raises(error, match=said):
        make()


def test_large_tables_lie_row_by_row() -> None:
    """A tall narrow table and its slots stay apart from the other weights, in rows."""
    model = gg.Sequential([Embedding(700, 16), gg.Flatten(), gg.Dense(3), gg.Dense(1)])
    model.compile("adam", "mse")
    model.fit(np.array([[1, 2], [699, 0]]), [1.0, 2.0], verbose=0)
    vectors, kernel, *_ = model.weights
    assert vectors.cell.home is None
    assert kernel.cell.home is not None
    assert model.optimizer is not None
    slots = [each for each in model.optimizer.variables if each.shape == (700, 16)]
    assert len(slots) == 2
    for each in (vectors, *slots):
        assert each.cell.home is None
        assert each.cell.array.flags.c_contiguous
