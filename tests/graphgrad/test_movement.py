"""Shapes and orders of elements: NumPy's results, views, named lengths, refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import graphgrad as gg

X = np.arange(24.0).reshape(2, 3, 4)

CALLS: dict[str, Any] = {
    "reshape": lambda m, x: m.reshape(x, (4, -1)),
    "reshape to a line": lambda m, x: m.reshape(x, -1),
    "ravel": lambda m, x: m.ravel(x),
    "transpose": lambda m, x: m.transpose(x),
    "transpose by axes": lambda m, x: m.transpose(x, (1, -1, 0)),
    "swapaxes": lambda m, x: m.swapaxes(x, 0, -1),
    "moveaxis": lambda m, x: m.moveaxis(x, 0, -1),
    "moveaxis of several": lambda m, x: m.moveaxis(x, (0, 1), (-1, 0)),
    "broadcast_to": lambda m, x: m.broadcast_to(x, (5, 2, 3, 4)),
    "expand_dims": lambda m, x: m.expand_dims(x, 1),
    "expand_dims of several": lambda m, x: m.expand_dims(x, (0, -1)),
    "squeeze": lambda m, x: m.squeeze(x[:1, :, :1]),
    "squeeze of one": lambda m, x: m.squeeze(x[:1, :, :1], 0),
    "flip": lambda m, x: m.flip(x),
    "flip of one": lambda m, x: m.flip(x, 1),
    "flip of several": lambda m, x: m.flip(x, (0, 2)),
    "roll": lambda m, x: m.roll(x, 5),
    "roll of one": lambda m, x: m.roll(x, -1, 2),
    "roll of several": lambda m, x: m.roll(x, (1, 7), (0, 1)),
    "roll by nothing": lambda m, x: m.roll(x, 3, 1),
    "repeat": lambda m, x: m.repeat(x, 2),
    "repeat along an axis": lambda m, x: m.repeat(x, 3, axis=-1),
    "repeat by counts": lambda m, x: m.repeat(x, [0, 2, 1], axis=1),
    "tile": lambda m, x: m.tile(x, 2),
    "tile by counts": lambda m, x: m.tile(x, (2, 1, 3)),
    "tile with new axes": lambda m, x: m.tile(x[0, 0], (2, 1, 3)),
    "atleast_1d": lambda m, x: m.atleast_1d(x[0, 0, 0]),
    "atleast_2d": lambda m, x: m.atleast_2d(x[0, 0]),
    "concatenate": lambda m, x: m.concatenate([x, x[:, :1]], axis=1),
    "concatenate flat": lambda m, x: m.concatenate([x, x[0]], axis=None),
    "stack": lambda m, x: m.stack([x, x * 2], axis=-1),
    "split": lambda m, x: m.stack(m.split(x, 2, axis=2)),
    "split at indices": lambda m, x: m.concatenate(m.split(x, [1, 2], axis=1)[::-1], 1),
    "pad": lambda m, x: m.pad(x, 1),
    "pad by pairs": lambda m, x: m.pad(
        x, ((0, 1), (2, 0), (1, 1)), constant_values=7.0
    ),
    "pad edge": lambda m, x: m.pad(x, (1, 2), mode="edge"),
    "pad reflect": lambda m, x: m.pad(x, ((1, 0), (0, 0), (2, 3)), mode="reflect"),
    "pad symmetric": lambda m, x: m.pad(x, 2, mode="symmetric"),
    "pad wrap": lambda m, x: m.pad(x, 3, mode="wrap"),
}

each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@each_call
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "bool"])
def test_results_are_numpys(call: Any, dtype: str) -> None:
    """The same elements at the same places, in the same dtype."""
    x = X.astype(dtype)
    actual, expected = call(gg, gg.tensor(x)), call(np, x)
    assert actual.dtype == expected.dtype
    np.testing.assert_array_equal(actual.numpy(), expected)


@each_call
def test_numpys_functions_record(call: Any) -> None:
    """np.reshape(t) is gg.reshape(t): through NumPy's protocol nothing is lost."""
    x = gg.tensor(X, requires_grad=True)
    result = call(np, x)
    assert isinstance(result, gg.Tensor)
    assert result.requires_grad


@each_call
def test_gradients_go_back_where_they_came_from(call: Any) -> None:
    """The gradient of weights is the sum of the weights at the places of an element."""
    shape = call(np, X).shape
    weights = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    gradient = gg.grad(lambda x: gg.sum(call(gg, x) * weights))(X)
    zero = np.zeros_like(X)
    for place in np.ndindex(X.shape):
        one = zero.copy()
        one[place] = 1
        moved = call(np, one) - call(np, zero)
        np.testing.assert_allclose(gradient.numpy()[place], np.sum(moved * weights))


@each_call
def test_compiled_results_are_the_same(call: Any) -> None:
    """Programs move elements as eager functions do."""
    np.testing.assert_array_equal(
        gg.jit(lambda x: call(gg, x))(X).numpy(), call(gg, X).numpy()
    )


@given(st.data())
def test_any_reshape_is_numpys(data: st.DataObject) -> None:
    """Whatever shapes fit, with or without a length left open."""
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
    x = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    target = data.draw(st.permutations(shape)) + data.draw(
        st.lists(st.just(1), max_size=2)
    )
    np.testing.assert_array_equal(gg.reshape(x, target).numpy(), x.reshape(target))
    if x.size and target:
        target[data.draw(st.integers(0, len(target) - 1))] = -1
        np.testing.assert_array_equal(gg.reshape(x, target).numpy(), x.reshape(target))


def test_named_lengths_go_through() -> None:
    """A length called batch is still called so after the shape has changed."""
    batch = gg.Dim(8, "batch")
    x = gg.Spec((batch, 2, 3))

    def shape(f: Any) -> str:
        (out,) = gg.trace(f, x).outputs
        return str(out.shape)

    assert shape(lambda x: gg.reshape(x, (-1, 6))) == "(batch, 6)"
    assert shape(lambda x: gg.reshape(x, (x.shape[0], -1))) == "(batch, 6)"
    assert shape(lambda x: x[:, 0]) == "(batch, 3)"
    assert shape(lambda x: gg.swapaxes(x, 0, 1)) == "(2, batch, 3)"
    assert shape(lambda x: gg.concatenate([x, x], axis=2)) == "(batch, 2, 6)"
    assert shape(lambda x: gg.pad(x, ((0, 0), (1, 0), (0, 0)))) == "(batch, 3, 3)"
    assert shape(lambda x: gg.reshape(x, (-1,))) == "(48,)"


def test_views_share_the_memory() -> None:
    """What NumPy does without a copy is done without a copy."""
    x = gg.tensor(X)
    for view in (x.T, gg.flip(x), x[1:, ::2], gg.reshape(x, -1), gg.swapaxes(x, 0, 1)):
        assert np.shares_memory(view.numpy(), x.numpy())


def test_a_length_that_stands_for_any_is_said() -> None:
    """Where a message counts elements, it counts them for one batch."""
    batch = gg.Spec((gg.Dim(32, "batch"), 1))
    with pytest.raises(gg.ShapeError, match=r"\(batch, 1\) has, 32 for a batch of 32"):
        gg.trace(lambda x: gg.reshape(x, (7, 3)), batch)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: gg.reshape(x, (5, 5)), r"as many elements as \(2, 3, 4\) has, 24"),
        (lambda x: gg.reshape(x, (-1, -1)), "cannot reshape"),
        (lambda x: gg.reshape(x, (5, -1)), "cannot reshape"),
        (lambda x: np.reshape(x, (4, 6), order="F"), "order='F'"),
        (lambda x: gg.transpose(x, (0, 0, 1)), "needs each of the 3 axes once"),
        (lambda x: gg.broadcast_to(x, (2, 3)), r"\(2, 3, 4\) does not broadcast"),
        (lambda x: gg.squeeze(x, 0), "squeeze drops axes of length 1, got axis=0"),
        (lambda x: gg.swapaxes(x, 0, 3), "axis 3 does not exist"),
        (lambda x: gg.concatenate([x, x[:, 0]], 0), "needs shapes equal but for that"),
        (lambda x: gg.concatenate([x][:0]), "needs one tensor or more, got none"),
        (lambda x: gg.stack([x, x[0]]), "stack needs equal shapes"),
        (lambda x: gg.split(x, 5, axis=1), "cannot cut length 3 into 5 equal parts"),
        (lambda x: gg.pad(x, -1), "widths of 0 or more"),
        (lambda x: np.pad(x, 1, mode="linear_ramp"), "takes the modes constant, edge"),
        (lambda x: gg.repeat(x, -1), "count of 0 or more, got -1"),
        (lambda x: gg.moveaxis(x, (0, 1), 0), "as many places as axes"),
    ],
)
def test_refusals_say_what_would_fit(call: Any, message: str) -> None:
    """The message names the shapes, eagerly and while tracing."""
    with pytest.raises((gg.ShapeError, gg.UnsupportedError), match=message):
        call(gg.tensor(X))
    with pytest.raises((gg.ShapeError, gg.UnsupportedError), match=message):
        gg.trace(call, X)


def test_joined_tensors_promote() -> None:
    """Tensors of several dtypes are joined in NumPy's common dtype."""
    joined = gg.concatenate([np.ones(1, np.float32), np.ones(1, np.int64)])
    assert joined.dtype == np.float64
