"""The functions of keras.ops, backend and config, by Keras' names and arguments."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import backend, config, ops

X = np.array([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]])
REDUCTIONS = ["amax", "amin", "max", "mean", "min", "prod", "std", "sum", "var"]


@pytest.mark.parametrize("name", [*REDUCTIONS, "all", "any", "argmax", "argmin"])
@pytest.mark.parametrize("axis", [0, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_third_argument_keeps_the_axes(
    name: str, axis: int, keepdims: bool
) -> None:
    """In NumPy it is a dtype, or where the result goes."""
    expected = getattr(np, name)(X, axis=axis, keepdims=keepdims)
    assert np.allclose(expected, getattr(ops, name)(X, axis, keepdims), rtol=1e-12)


@pytest.mark.parametrize("name", REDUCTIONS)
def test_axes_may_be_a_list(name: str) -> None:
    """As in Keras; without any, all are reduced."""
    expected = getattr(np, name)(X)
    for axes in ([0, 1], (0, 1), None):
        assert np.allclose(expected, getattr(ops, name)(X, axes), rtol=1e-12)


def test_functions_are_the_formulas() -> None:
    """Those that have other arguments than NumPy's, or are made of others."""
    positive = np.abs(X)
    pairs = [
        (np.log(np.exp(X).sum(0, keepdims=True)), ops.logsumexp(X, 0, True)),
        (np.clip(X, -1, 1), ops.clip(X, x_min=-1, x_max=1)),
        (np.pad(X, 1, constant_values=9), ops.pad(X, 1, "constant", 9)),
        (np.pad(X, 1, mode="reflect"), ops.pad(X, 1, "reflect")),
        (X.reshape(3, 2), ops.reshape(X, newshape=(3, 2))),
        (1 / X, ops.reciprocal(X)),
        (1 / np.sqrt(positive), ops.rsqrt(positive)),
        (X.mean(0), ops.moments(X, [0])[0]),
        (X.var(0, keepdims=True), ops.moments(X, 0, True)[1]),
        (np.maximum(X.max(0), 1), ops.max(X, 0, initial=1)),
        (np.minimum(X.min(0), -1), ops.min(X, 0, initial=-1)),
        (X[:, 1], ops.unstack(X, axis=1)[1]),
        ([True, True, False, False], ops.isinf([np.inf, -np.inf, np.nan, 1.0])),
        (np.logical_xor(X > 0, X > 1), ops.logical_xor(X > 0, X > 1)),
        (np.eye(3)[[2, 0]].T, ops.one_hot([2, 0], 3, axis=0)),
    ]
    for expected, actual in pairs:
        assert np.allclose(expected, actual, rtol=1e-12)


def test_a_quotient_by_0_is_0_and_has_no_gradient() -> None:
    """Neither infinity nor NaN comes of it."""
    assert [1.5, 0.0] == ops.divide_no_nan([3.0, 4.0], [2.0, 0.0]).tolist()
    gradient = gg.grad(lambda x: gg.sum(ops.divide_no_nan(x, [2.0, 0.0])))
    assert [0.5, 0.0] == gradient([3.0, 4.0]).tolist()


def test_wrong_arguments_are_refused() -> None:
    """With what was expected."""
    with pytest.raises(ValueError, match="2 parts, and num says 3"):
        ops.unstack(X, num=3)
    with pytest.raises(ValueError, match="dense"):
        ops.one_hot([1], 3, sparse=True)


# ---- tensors made --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (1.5, "float32"),
        ([1.5, 2.0], "float32"),
        ([1, 2], "int32"),
        ([2**40], "int64"),
        ([True], "bool"),
        (np.array([1.5]), "float64"),
        (np.array([1.5], "float32"), "float32"),
        (gg.tensor([1.5]), "float64"),
    ],
)
def test_numbers_become_tensors_of_keras_dtypes(value: Any, dtype: str) -> None:
    """Arrays and tensors keep theirs."""
    made = ops.convert_to_tensor(value)
    assert dtype == made.dtype
    assert np.array_equal(value, made)
    assert "float64" == ops.convert_to_tensor(value, "float64").dtype
    assert isinstance(ops.convert_to_numpy(value), np.ndarray)


def test_variables_and_lists_of_tensors_are_converted() -> None:
    """A variable gives its value, which later assignments leave alone."""
    w = gg.Variable([1.0, 2.0])
    value = ops.convert_to_tensor(w)
    w.assign([3.0, 4.0])
    assert [1.0, 2.0] == value.tolist()
    gradient = gg.grad(lambda x: gg.sum(ops.convert_to_tensor([x, x * x])))
    assert 1 + 2 * 3.0 == float(gradient(3.0))


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (np.zeros((2, 3), "float32"), ops.zeros((2, 3))),
        (np.ones(2, "int32"), ops.ones(2, dtype="int32")),
        (np.full((2,), 7, "float32"), ops.full((2,), 7)),
        (np.eye(2, 3, 1, "float32"), ops.eye(2, 3, 1)),
        (np.eye(2, dtype="float64"), ops.identity(2, "float64")),
        (np.arange(3, dtype="int32"), ops.arange(3)),
        (np.arange(1, 2, 0.25, dtype="float32"), ops.arange(1, 2, 0.25)),
        (np.linspace(0, 1, 4, False, dtype="float32"), ops.linspace(0, 1, 4, False)),
    ],
)
def test_constants_are_those_of_numpy(expected: Any, actual: gg.Tensor) -> None:
    """In Keras' dtypes."""
    assert np.array_equal(expected, actual)
    assert expected.dtype == actual.dtype


@pytest.mark.parametrize("x", [X, X.tolist(), gg.tensor(X)])
def test_shapes_are_tuples(x: Any) -> None:
    """Also of what is no tensor yet."""
    assert ((2, 3), 2, 6) == (ops.shape(x), ops.ndim(x), ops.size(x))
    assert isinstance(x, gg.Tensor) == ops.is_tensor(x)


def test_a_layer_of_ops_trains_and_is_saved_by_name() -> None:
    """Ops are traced like our own functions, and descriptions know them."""

    class Standard(gg.layers.Layer):
        """Each sample less its mean, by its spread."""

        def call(self, x: gg.Tensor) -> gg.Tensor:
            """Compute with ops alone."""
            centered = x - ops.mean(x, -1, True)
            return centered * ops.rsqrt(ops.var(x, -1, True) + backend.epsilon())

    pick = gg.layers.Lambda(ops.amax, arguments={"axis": -1, "keepdims": True})
    model = gg.Sequential([gg.Input((3,)), gg.Dense(4), Standard(), pick])
    model.compile("sgd", "mse")
    history = model.fit(X, X[:, :1], epochs=3, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    again: Any = gg.layers.deserialize(gg.layers.serialize(pick))
    assert again.function is ops.amax


# ---- names ---------------------------------------------------------------------------


def test_what_there_is_not_gets_advice() -> None:
    """`hasattr` is False, and the error has the names that are near."""
    assert not hasattr(ops, "while_loop")
    with pytest.raises(AttributeError, match="did you mean 'concatenate'"):
        getattr(ops, "concat")  # noqa: B009 -- type checkers know it is not there
    with pytest.raises(AttributeError, match=r"it is graphgrad\.ops\.mean"):
        getattr(backend, "mean")  # noqa: B009


# ---- settings ------------------------------------------------------------------------


@pytest.mark.parametrize("module", [backend, config])
def test_settings_are_fixed(module: Any) -> None:
    """What is so may be set; another value is refused with the reason."""
    assert (1e-7, "float32", "numpy") == (
        module.epsilon(),
        module.floatx(),
        module.backend(),
    )
    module.set_floatx("float32")
    module.set_epsilon(1e-7)
    with pytest.raises(ValueError, match="models compute in float32"):
        module.set_floatx("float64")
    with pytest.raises(ValueError, match="one of 'float16'"):
        module.set_floatx("double")
    with pytest.raises(ValueError, match=r"Adam\(epsilon=\.\.\.\)"):
        module.set_epsilon(1e-3)
    assert (1e-7, "float32") == (module.epsilon(), module.floatx())


def test_clearing_a_session_collects_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing else: names never depend on earlier models."""
    calls: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda: calls.append(1))
    assert gg.utils.clear_session is backend.clear_session
    backend.clear_session(free_memory=False)
    assert [] == calls
    backend.clear_session()
    assert [1] == calls
    assert "dense" == gg.Sequential([gg.Dense(1)]).layers[0].name
