"""Indices: NumPy's meaning, gradients that add up, functional assignment."""

from __future__ import annotations

import math
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg

X = np.arange(24.0).reshape(2, 3, 4)

INDICES: dict[str, Any] = {
    "integer": 1,
    "negative": -1,
    "all integers": (1, 2, 3),
    "slice": slice(0, 1),
    "steps": (slice(None), slice(None, None, 2), slice(None, None, -1)),
    "backwards": (slice(None), slice(2, 0, -1), slice(-2, None, -3)),
    "empty": (slice(1, 1),),
    "beyond": (slice(-9, 9), slice(5, 9)),
    "ellipsis": (..., 0),
    "middle ellipsis": (0, ..., slice(1, 3)),
    "new axes": (None, 0, slice(None), None),
    "nothing": (),
    "list": [1, 0, 1],
    "array": np.array([[0, 1], [1, 1]]),
    "second axis": (slice(None), [2, 0]),
    "last axis": (..., np.array([3, 3, 0])),
    "pairs": (slice(None), [0, 1], [2, -1]),
    "broadcast": (np.array([[0], [1]]), np.array([0, 1])),
    "apart": ([0, 1], slice(None), [2, 3]),
    "with an integer": ([0, 1, 1], 2),
    "integer apart": (0, slice(None), [1, 3]),
    "with slices": ([1], slice(0, 2), slice(None, None, -2)),
    "with new axes": (None, [0, 1], None, [1, 2]),
    "numpy integer": np.int64(1),
    "array of no dimensions": (np.array(1), [0, 1]),
    "mask": X > 7,
    "mask of the first axis": np.array([False, True]),
    "mask of two axes": X[..., 0] > 7,
    "mask and list": (np.array([False, True]), [0, 2]),
    "empty list": [],
    "unsigned": np.array([1, 0], np.uint8),
}

each_index = pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)


@each_index
def test_indexing_is_numpys(index: Any) -> None:
    """The same elements in the same shape, eagerly and compiled."""
    expected = X[index]
    for actual in (gg.tensor(X)[index], gg.jit(lambda x: x[index])(X)):
        assert actual.shape == expected.shape
        np.testing.assert_array_equal(actual.numpy(), expected)


@each_index
def test_gradients_add_up_where_an_index_repeats(index: Any) -> None:
    """Each element gets the weights of all the places that it was taken to."""
    weights = np.arange(1.0, 1 + X[index].size).reshape(X[index].shape)
    expected = np.zeros_like(X)
    np.add.at(expected, index, weights)
    gradient = gg.grad(lambda x: gg.sum(x[index] * weights))
    for actual in (gradient(X), gg.jit(gradient)(X)):
        np.testing.assert_array_equal(actual.numpy(), expected)


@each_index
def test_scatter_add_is_numpys(index: Any) -> None:
    """A place that is named several times receives several additions."""
    value = np.arange(1.0, 1 + X[index].size).reshape(X[index].shape)
    expected = X.copy()
    np.add.at(expected, index, value)
    np.testing.assert_array_equal(gg.scatter_add(X, index, value).numpy(), expected)
    gradient = gg.grad(lambda v: gg.sum(gg.scatter_add(X, index, v) * X))(value)
    np.testing.assert_array_equal(gradient.numpy(), X[index])


@each_index
def test_set_at_is_assignment(index: Any) -> None:
    """What NumPy's assignment leaves, as a new tensor; gradients go to what is left."""
    value = 100 + np.arange(X[index].size, dtype=float).reshape(X[index].shape)
    expected = X.copy()
    expected[index] = value
    result = gg.set_at(gg.tensor(X), index, value)
    np.testing.assert_array_equal(result.numpy(), expected)
    weights = np.arange(1.0, 25).reshape(X.shape)
    by_x, by_value = gg.grad(
        lambda x, v: gg.sum(gg.set_at(x, index, v) * weights), argnums=(0, 1)
    )(X, value)
    np.testing.assert_array_equal(by_x.numpy(), np.where(expected == X, weights, 0))
    survivors = np.where(np.isin(value, expected), weights[index], 0)
    np.testing.assert_array_equal(by_value.numpy(), survivors)


def test_set_at_broadcasts_and_keeps_the_dtype() -> None:
    """As in NumPy, the value takes on the shape and the dtype of its place."""
    x = gg.tensor(np.zeros((2, 3), np.float32))
    result = gg.set_at(x, (slice(None), [0, 2]), [[1.5], [2]])
    assert result.dtype == np.float32
    np.testing.assert_array_equal(result.numpy(), [[1.5, 0, 1.5], [2, 0, 2]])
    gradient = gg.grad(lambda v: gg.sum(gg.set_at(x, slice(None), v)))(1.0)
    assert gradient.item() == 6.0
    assert gg.set_at([1, 2], 0, 9.7).tolist() == [9, 2]


@pytest.mark.parametrize("shape", [(), (1,), (4,), (1, 4), (3, 1), (1, 1), (3, 4)])
def test_set_at_broadcasts_in_programs(shape: tuple[int, ...]) -> None:
    """What is assigned there takes on the shape of its place, too."""
    x, value = np.zeros((3, 5)), 1.0 + np.arange(math.prod(shape)).reshape(shape)
    expected = x.copy()
    expected[:, 1:] = value
    put = gg.jit(lambda x, v: gg.set_at(x, (slice(None), slice(1, None)), v))
    np.testing.assert_array_equal(expected, put(x, value))


@pytest.mark.parametrize("shape", [(2,), (5,), (2, 4), (3, 2), (4, 1), (1, 3, 4)])
def test_what_does_not_broadcast_is_refused_while_tracing(
    shape: tuple[int, ...],
) -> None:
    """The error has both shapes."""
    put = gg.jit(lambda x, v: gg.set_at(x, (slice(None), slice(1, None)), v))
    with pytest.raises(gg.ShapeError, match=r"of shape \(3, 4\), got \("):
        put(np.zeros((3, 5)), np.zeros(shape))


@given(st.data())
def test_any_basic_index_is_numpys(data: st.DataObject) -> None:
    """Integers, slices, ellipses and new axes, of tensors of any shape."""
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    index = data.draw(hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True))
    actual, expected = gg.tensor(x)[index], x[index]
    (traced,) = gg.trace(lambda x: x[index], x).outputs
    assert actual.shape == expected.shape == traced.shape
    np.testing.assert_array_equal(actual.numpy(), expected)


@given(st.data())
def test_any_integer_index_is_numpys(data: st.DataObject) -> None:
    """Arrays that broadcast, for all axes or the first ones."""
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=4))
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    count = data.draw(st.integers(1, len(shape)))
    shapes = hnp.mutually_broadcastable_shapes(num_shapes=count, max_dims=2, max_side=3)
    index = tuple(
        data.draw(hnp.arrays(np.int64, each, elements=st.integers(-side, side - 1)))
        for each, side in zip(data.draw(shapes).input_shapes, shape, strict=False)
    )
    for actual in (gg.tensor(x)[index], gg.jit(lambda x, *i: x[i])(x, *index)):
        np.testing.assert_array_equal(actual.numpy(), x[index])


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (2, r"index 2 is out of bounds for axis 0 of shape \(2, 3, 4\)"),
        ((0, -4), "index -4 is out of bounds for axis 1"),
        ((0, 0, 0, 0), "too many indices: 4"),
        ((..., ...), "single ellipsis"),
        ([0, 2], "out of bounds"),
        (np.array([0.5]), "must be of integer"),
        (
            np.array([True, False, True]),
            "boolean index of length 3 does not match axis 0",
        ),
    ],
)
def test_wrong_indices_raise_index_errors(index: Any, message: str) -> None:
    """As in NumPy, and when the index is written, not when a program runs."""
    with pytest.raises(IndexError, match=message):
        gg.tensor(X)[index]
    with pytest.raises(IndexError, match=message):
        gg.trace(lambda x: x[index], X)


def test_traced_indices_out_of_bounds_raise_when_the_program_runs() -> None:
    """A program checks the indices that it is given, and never wraps them silently."""
    take = gg.jit(lambda x, i: x[i])
    assert take(X, np.array([1, -2])).shape == (2, 3, 4)
    with pytest.raises(IndexError, match="out of bounds"):
        take(X, np.array([1, 2]))


def test_masks_are_refused_in_a_trace() -> None:
    """The shape would depend on values; the message names gg.where."""
    with pytest.raises(gg.TraceError, match=r"gg\.where\(mask, x, 0\)"):
        gg.trace(lambda x: x[x > 1], X)
    with pytest.raises(gg.UnsupportedError, match=r"gg\.where"):
        gg.tensor(X)[True]


def test_one_and_many_tensors_as_indices() -> None:
    """A tensor of integers indexes, eagerly as a constant and traced as an input."""
    i = gg.tensor([1, 0])
    np.testing.assert_array_equal(gg.tensor(X)[i].numpy(), X[[1, 0]])
    np.testing.assert_array_equal(gg.tensor(X)[gg.tensor(1)].numpy(), X[1])
    picked = gg.jit(lambda x, i: x[i, 0])(X, np.array(1, np.int32))
    np.testing.assert_array_equal(picked.numpy(), X[1, 0])


def test_take_is_numpys() -> None:
    """Along an axis, in flat order, and with indices of any rank."""
    indices = np.array([[0, 2], [1, 1]])
    for axis in (None, 1, -1):
        expected = np.take(X, indices, axis)
        np.testing.assert_array_equal(gg.take(X, indices, axis).numpy(), expected)
        np.testing.assert_array_equal(np.take(gg.tensor(X), indices, axis), expected)
    np.testing.assert_array_equal(gg.take(X, 1, 2).numpy(), X[..., 1])
    with pytest.raises(gg.UnsupportedError, match="mode='raise' only, got 'clip'"):
        np.take(gg.tensor(X), indices, mode="clip")


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_take_along_axis_is_numpys(axis: int) -> None:
    """Also with the positions that argmax finds."""
    best = np.argmax(np.sin(X), axis=axis, keepdims=True)
    x: Any = gg.tensor(X)
    chosen: Any = gg.tensor(best)
    expected = np.take_along_axis(X, best, axis)
    np.testing.assert_array_equal(gg.take_along_axis(X, best, axis).numpy(), expected)
    recorded: Any = np.take_along_axis(x, chosen, axis)
    np.testing.assert_array_equal(recorded.numpy(), expected)
    with pytest.raises(IndexError, match="needs indices of 3 axes, got 1"):
        gg.take_along_axis(X, [0], axis)


def test_one_hot_by_hand() -> None:
    """A position beyond the depth gives zeros."""
    expected = [[0, 1, 0], [0, 0, 0]]
    assert gg.one_hot([1, 3], 3).tolist() == expected
    assert gg.one_hot([1, 3], 3).dtype == np.float32
    assert (
        gg.jit(lambda i: gg.one_hot(i, 3, "int64"))(np.array([1, 3])).tolist()
        == expected
    )


@pytest.mark.parametrize("width", [0, 5])
def test_gathering_rows_allocates_nothing(width: int) -> None:
    """A batch is taken by index into a planned buffer."""
    x = np.ones((50_000, *[20] * bool(width)))
    rows = np.arange(40_000)
    program = gg.Program(gg.trace(lambda x, i: x[i], x, rows))
    for own, given_ in zip(program.inputs, (x, rows), strict=True):
        own[...] = given_
    program.run()
    tracemalloc.start()
    program.run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000
    assert program.outputs[0].sum() == program.outputs[0].size


def test_integers_and_bools_can_be_indexed_and_replaced() -> None:
    """Data without gradients is taken and replaced as well."""
    assert gg.tensor([1, 2, 3])[[2, 0]].tolist() == [3, 1]
    assert gg.set_at([True, True], 0, False).tolist() == [False, True]
    assert gg.scatter_add([1, 1], [0, 0], 5).tolist() == [11, 1]


def test_scatter_add_takes_a_traced_index() -> None:
    """Which has a shape, but no values yet."""

    def count(index: gg.Tensor) -> gg.Tensor:
        return gg.scatter_add([0.0, 0.0], index, 1.0)

    graph = gg.trace(count, gg.Spec((3,), np.dtype(np.int64)))
    (counts,) = gg.Program(graph)(np.array([1, 0, 1]))
    assert [1, 2] == counts.tolist()


def row_sums(index: np.ndarray, part: np.ndarray, sides: tuple[int, ...]) -> gg.Program:
    """Return the program that adds ``part`` up at the rows of zeros."""
    specs = [gg.Spec(each.shape, each.dtype) for each in (index, part)]
    graph = gg.trace(lambda i, p: gg.scatter_add(np.zeros(sides), i, p), *specs)
    return gg.Program(graph)


@given(st.data())
def test_rows_add_up_in_programs_as_in_numpy(data: st.DataObject) -> None:
    """The same bits, from either end, in several chunks, from what is broadcast."""
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    places = data.draw(st.sampled_from([(0,), (1,), (700,), (40, 9), (3, 2, 200)]))
    sides = (5, *data.draw(st.sampled_from([(), (1,), (30,), (2, 13), (0,), (9000,)])))
    index = rng.integers(-5, 5, places)
    part = rng.normal(size=(*places[:-1], 1, *sides[1:]))
    expected = np.zeros(sides)
    np.add.at(expected, index, np.broadcast_to(part, (*places, *sides[1:])))
    (found,) = row_sums(index, part, sides)(index, part)
    np.testing.assert_array_equal(expected, found)


@pytest.mark.parametrize("wrong", [3, -4, 2**61])
def test_rows_out_of_bounds_are_refused_in_programs(wrong: int) -> None:
    """A flat place may not wrap around into another row."""
    part = np.ones((2, 8))
    program = row_sums(np.array([0, 1]), part, (3, 8))
    with pytest.raises(IndexError, match="out of bounds for an axis of length 3"):
        program(np.array([0, wrong]), part)


def test_rows_add_up_without_another_array() -> None:
    """Chunks have planned buffers; NumPy's own take up to 33 KB."""
    index = np.arange(3000) % 7
    part = np.ones((3000, 20))
    program = row_sums(index, part, (7, 20))
    program(index, part)
    tracemalloc.start()
    program.run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000
