"""Composed functions: NumPy's values, stable formulas, float32 kept, all traceable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

X = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, -1.0]])
AXES = [None, 0, 1, -1, (0, 1)]

# Our function beside NumPy's, or the formula written out.
PAIRS: dict[str, tuple[Any, Any]] = {
    "softmax": (gg.softmax, lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    "log_softmax": (
        gg.log_softmax,
        lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True)),
    ),
    "softmax over columns": (
        lambda x: gg.softmax(x, axis=0),
        lambda x: np.exp(x) / np.exp(x).sum(0),
    ),
    "logsumexp": (gg.logsumexp, lambda x: np.log(np.exp(x).sum())),
    "logsumexp kept": (
        lambda x: gg.logsumexp(x, axis=1, keepdims=True),
        lambda x: np.log(np.exp(x).sum(1, keepdims=True)),
    ),
    "norm": (gg.norm, np.linalg.norm),
    "norm 1": (lambda x: gg.norm(x, 1, axis=1), lambda x: np.linalg.norm(x, 1, axis=1)),
    "norm 2": (lambda x: gg.norm(x, 2, axis=0), lambda x: np.linalg.norm(x, 2, axis=0)),
    "norm inf": (
        lambda x: gg.norm(x, math.inf, axis=1, keepdims=True),
        lambda x: np.linalg.norm(x, math.inf, axis=1, keepdims=True),
    ),
    "norm -inf": (
        lambda x: gg.norm(x, -math.inf, axis=1),
        lambda x: np.linalg.norm(x, -math.inf, axis=1),
    ),
    "norm fro": (lambda x: gg.norm(x, "fro"), lambda x: np.linalg.norm(x, "fro")),
    "std with ddof": (lambda x: gg.std(x, 0, ddof=1), lambda x: np.std(x, 0, ddof=1)),
    "var with ddof": (lambda x: gg.var(x, ddof=2), lambda x: np.var(x, ddof=2)),
    "outer": (lambda x: gg.outer(x, x[0]), lambda x: np.outer(x, x[0])),
    "dot": (lambda x: gg.dot(x, x.T), lambda x: np.dot(x, x.T)),
    "tensordot": (lambda x: gg.tensordot(x, x), lambda x: np.tensordot(x, x)),
    "zeros_like": (gg.zeros_like, np.zeros_like),
    "ones_like": (gg.ones_like, np.ones_like),
    "full_like": (lambda x: gg.full_like(x, 7), lambda x: np.full_like(x, 7)),
}

each_pair = pytest.mark.parametrize(("ours", "numpys"), PAIRS.values(), ids=PAIRS)


@each_pair
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_values_are_numpys(ours: Any, numpys: Any, dtype: str) -> None:
    """The same values and shapes, in the dtype of the input, eagerly and compiled."""
    x = X.astype(dtype)
    expected = numpys(x)
    for actual in (ours(gg.tensor(x)), gg.jit(ours)(x)):
        assert actual.dtype == dtype
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual.numpy(), expected, rtol=2e-6)


@pytest.mark.parametrize("ours", [ours for ours, _ in PAIRS.values()], ids=PAIRS)
def test_float32_needs_no_float64(ours: Any) -> None:
    """No node of value or gradient is wider than the input."""
    graph = gg.trace(gg.grad(lambda x: gg.sum(ours(x))), X.astype("float32"))
    assert np.dtype("float64") not in {node.dtype for node in graph.nodes}


@each_pair
def test_gradients_are_slopes(ours: Any, numpys: Any) -> None:
    """The gradient along a direction is the difference quotient of NumPy's values."""
    x = X + 0.25
    weights = np.cos(np.arange(np.size(numpys(x)))).reshape(np.shape(numpys(x)))
    direction = np.sin(np.arange(1.0, 7)).reshape(x.shape)
    gradient = gg.grad(lambda x: gg.sum(ours(x) * weights))(x)
    eps = 1e-6
    ends = [np.sum(numpys(x + sign * eps * direction) * weights) for sign in (1, -1)]
    slope = (ends[0] - ends[1]) / (2 * eps)
    assert abs(np.sum(gradient.numpy() * direction) - slope) < 1e-7 * (1 + abs(slope))


def test_numpys_names_work_on_tensors() -> None:
    """np.mean(t) and np.linalg.norm(t) are ours."""
    x = gg.tensor(X, requires_grad=True)
    for result in (np.mean(x), np.linalg.norm(x), np.dot(x, x.T), np.var(x, axis=0)):
        assert isinstance(result, gg.Tensor)
        assert result.requires_grad
    assert not isinstance(np.zeros_like(x), np.ndarray)


def test_integers_average_as_floats() -> None:
    """Integers give float64, as in NumPy; a wanted dtype converts before."""
    assert gg.mean([1, 2]).item() == 1.5
    assert gg.mean([1, 2]).dtype == np.float64
    assert gg.mean([1, 2], dtype="float32").dtype == np.float32
    assert gg.std([True, False]).item() == 0.5


@given(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_softmax_does_not_overflow(a: float, b: float) -> None:
    """Two shares, whose logarithms are exact also where a share vanishes."""
    shares = gg.softmax([a, b]).numpy()
    np.testing.assert_allclose(shares.sum(), 1)
    exact = gg.log_softmax([a, b]).numpy()
    np.testing.assert_allclose(exact, -np.logaddexp(0, [b - a, a - b]), atol=1e-12)
    total = gg.logsumexp([a, b]).item()
    np.testing.assert_allclose(total, np.logaddexp(a, b), rtol=1e-12, atol=1e-12)


def test_logsumexp_of_infinities() -> None:
    """The limits, without a warning."""
    assert gg.logsumexp([-math.inf, 0.0]).item() == 0
    assert gg.logsumexp([math.inf, 0.0]).item() == math.inf
    assert gg.logsumexp([-math.inf, -math.inf]).item() == -math.inf


@pytest.mark.parametrize(
    ("left", "right"),
    [((), (3,)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (2, 3, 4)), ((4, 2, 3), (3, 2)),
     ((5, 2, 3), (2, 3, 4))],
)  # fmt: skip
def test_dot_is_numpys_for_all_ranks(left: Any, right: Any) -> None:
    """Numbers, vectors, matrices and beyond, where dot and matmul differ."""
    a, b = (np.arange(1.0, 1 + np.prod(s)).reshape(s) for s in (left, right))
    np.testing.assert_allclose(gg.dot(a, b).numpy(), np.dot(a, b))


@pytest.mark.parametrize("axes", [0, 1, 2, (2, 0), ((0, 2), (1, 0)), ((-1, 0), (0, 1))])
def test_tensordot_is_numpys(axes: Any) -> None:
    """By a number of axes or by their names."""
    a = (
        np.arange(24.0).reshape(2, 3, 4)
        if isinstance(axes, tuple)
        else np.ones((2, 4, 2))
    )
    b = (
        np.arange(24.0).reshape(4, 2, 3)
        if isinstance(axes, tuple)
        else np.ones((4, 2, 3))
    )
    if axes in (1, 2):
        a, b = np.ones((3, 4, 2)), np.ones((4, 2, 3) if axes == 2 else (2, 3))
    actual = gg.tensordot(a, b, axes)
    np.testing.assert_allclose(actual.numpy(), np.tensordot(a, b, axes))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda x: gg.norm(x, 3),
            "norm takes ord=None, 1, 2, inf.*got ord=3 for 2 axes",
        ),
        (lambda x: gg.norm(x, "nuc"), "got ord='nuc'"),
        (lambda x: np.mean(x, where=True), "mean on tensors takes no where="),
        (lambda x: np.std(x, where=False), "std on tensors takes no where="),
        (
            lambda x: gg.tensordot(x, x, 1),
            r"equal lengths, got axes \(1,\) of \(2, 3\)",
        ),
        (lambda x: gg.dot(x, x), "matmul needs shapes"),
        (lambda x: gg.softmax(x, axis=2), "axis 2 does not exist"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    """What is not supported is refused by name."""
    with pytest.raises((gg.ShapeError, gg.UnsupportedError), match=message):
        call(gg.tensor(X))


@pytest.mark.parametrize(
    "call",
    [
        lambda x: gg.mean(x, dtype="float32"),
        lambda x: gg.var(x, dtype="float32"),
        lambda x: gg.std(x, dtype="float32"),
        lambda x: gg.sum(x, dtype="float32"),
        lambda x: gg.cumsum(x, dtype="float32"),
        lambda x: gg.outer(x, x),
        lambda x: gg.dot(x, x),
        gg.norm,
        gg.logsumexp,
        lambda x: gg.einsum("i,i", x, x),
        lambda x: gg.concatenate([x, x], axis=None),
        lambda x: gg.take(x, np.array([0])),
        lambda x: gg.set_at(x, 0, x[1]),
        lambda x: gg.scatter_add(x, np.array([0]), x[1]),
        lambda x: gg.one_hot(x.astype(int), 2),
        lambda x: gg.where(x > 1.0, x, x),
        lambda x: gg.clip(x, x, x),
    ],
)
def test_functions_of_bare_arrays_give_tensors(call: Any) -> None:
    """Rules compute on bare arrays; what users call gives tensors of them."""
    assert isinstance(call(np.array([1.0, 2.0])), gg.Tensor)
