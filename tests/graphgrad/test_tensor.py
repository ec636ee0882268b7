"""Tensors: creation, dtypes, NumPy's protocols, and what is refused with a reason."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

DTYPES = ["float32", "float64", "int64", "int32", "uint8", "bool"]
SCALARS = [2, 2.5, True, np.float32(2), np.float64(2), np.int64(2)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_creation_keeps_numpys_dtype(dtype: str) -> None:
    """Floats, integers and bools are taken as they are."""
    array = np.ones((2, 3), dtype)
    assert gg.tensor(array).dtype == array.dtype
    assert gg.tensor([1, 0], dtype=dtype).dtype == np.dtype(dtype)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([1j], "real"),
        (["a"], "numbers"),
        ([None], "numbers"),
        (np.float16(1), "float32"),
    ],
)
def test_other_dtypes_are_refused_with_a_reason(value: Any, reason: str) -> None:
    """Complex numbers, text and objects have no gradient to speak of."""
    with pytest.raises(gg.DTypeError, match=reason):
        gg.tensor(value)


def test_integers_cannot_require_a_gradient() -> None:
    """The message names the float dtype to use."""
    with pytest.raises(gg.GradientError, match="dtype='float32'"):
        gg.tensor([1, 2], requires_grad=True)


@given(st.sampled_from(DTYPES[:5]), st.sampled_from(DTYPES[:5]))
def test_dtypes_promote_as_numpys(left: str, right: str) -> None:
    """The result of mixed dtypes is NumPy's."""
    a, b = np.ones(2, left), np.ones(2, right)
    assert (gg.tensor(a) + gg.tensor(b)).dtype == (a + b).dtype
    assert (gg.tensor(a) / gg.tensor(b)).dtype == np.result_type(a / b, np.float32)


@given(st.sampled_from(["float32", "float64", "int64"]), st.sampled_from(SCALARS))
def test_python_numbers_are_weak_and_numpys_are_strong(dtype: str, scalar: Any) -> None:
    """NEP 50: a Python number adapts, a NumPy scalar counts as an array."""
    x = gg.tensor(np.ones(2, dtype))
    expected = np.dtype(dtype)
    if isinstance(scalar, np.generic):
        expected = np.result_type(expected, scalar.dtype)
    elif isinstance(scalar, float) and dtype == "int64":
        expected = np.dtype(np.float64)
    assert (x * scalar).dtype == expected
    assert (scalar * x).dtype == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (np.exp, np.exp),
        (lambda x: np.sum(x, axis=0), lambda a: np.sum(a, axis=0)),
        (lambda x: np.where(x > 1, x, 0), lambda a: np.where(a > 1, a, 0)),
        (lambda x: np.ones((2, 2)) * x, lambda a: a),
        (lambda x: np.ones((2, 2)) @ x, lambda a: np.ones((2, 2)) @ a),
        (lambda x: np.concatenate([x, x]), lambda a: np.concatenate([a, a])),
        (np.linalg.norm, np.linalg.norm),
        (np.add.reduce, np.add.reduce),
        (lambda x: np.expand_dims(x, 1), lambda a: np.expand_dims(a, 1)),
        (lambda x: 2 / x - x**2 + (-x), lambda a: 2 / a - a**2 + (-a)),
    ],
)
def test_numpys_functions_record(found: Any, expected: Any) -> None:
    """NumPy's protocols give NumPy's values, as tensors with a history."""
    a = np.array([[0.5, 1.0], [1.5, 2.0]])
    x = gg.tensor(a, requires_grad=True)
    y = found(x)
    assert isinstance(y, gg.Tensor)
    assert y.requires_grad
    np.testing.assert_allclose(y.detach().numpy(), expected(a), rtol=1e-15)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (np.cov, "np.cov"),
        (np.linalg.svd, "np.linalg.svd"),
        (np.fft.fft, "np.fft"),
        (np.add.accumulate, "np.add.accumulate"),
        (lambda x: np.nextafter(x, x), "np.nextafter"),
        (lambda x: np.exp(x, out=np.zeros((2, 2))), "out"),
    ],
)
def test_other_numpy_functions_are_refused_by_name(call: Any, name: str) -> None:
    """Never an object array with a silent zero gradient."""
    x = gg.tensor(np.ones((2, 2)), requires_grad=True)
    with pytest.raises(gg.UnsupportedError, match=name):
        call(x)


def test_numpy_answers_questions_about_values() -> None:
    """What gives Python's bools and ints needs no recording."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    assert np.allclose(x, [1.0, 2.0])
    assert np.array_equal(x, x.detach())
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2,), 1, 2)


def test_an_array_is_a_copy_of_the_values() -> None:
    """Whoever asks for an array gets one; a program's memory is not handed out."""
    x = gg.tensor([1.0], requires_grad=True)
    array = np.array(x * 2)
    array[0] = 5
    assert [2.0] == np.asarray(x * 2, "float32").tolist()
    assert np.int64 == np.asarray(gg.tensor([1, 2])).dtype
    w = gg.Variable([1.0])
    np.asarray(w)[0] = 5
    assert [1.0] == w.tolist()


@pytest.mark.parametrize("make", [gg.tensor, gg.sum, lambda x: 2.0 * gg.exp(x)])
def test_a_list_cannot_silently_drop_a_gradient(make: Any) -> None:
    """Tensors in a list are joined by what records it."""
    x = gg.tensor(1.0, requires_grad=True)
    with pytest.raises(gg.GraphgradError, match=r"gg\.stack"):
        make([[1.0, x * 2], [0.0, 1.0]])
    assert [[1.0, 2.0]] == gg.tensor([[1.0, x.detach() * 2]]).tolist()


def test_item_assignment_names_the_functional_way() -> None:
    """Tensors are immutable."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    with pytest.raises(gg.UnsupportedError, match=r"gg\.set_at"):
        x[0] = 3.0
    y = gg.set_at(x, 0, 3.0)
    gg.sum(y * y).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 4.0]


def test_indexing_len_and_iteration_are_numpys() -> None:
    """Basic and advanced indices give NumPy's parts, and gradients flow back."""
    a = np.arange(12.0).reshape(3, 4)
    x = gg.tensor(a, requires_grad=True)
    for index in (0, -1, (slice(None, None, -1), 1), [0, 2, 0], a > 5, (..., None, 2)):
        assert np.array_equal(x[index].detach().numpy(), a[index])
    assert len(x) == 3
    assert [row.shape for row in x] == [(4,)] * 3
    gg.sum(x[[0, 0, 2]]).backward()
    assert x.grad is not None
    assert x.grad.tolist() == [[2.0] * 4, [0.0] * 4, [1.0] * 4]


def test_repr_shows_value_dtype_and_maker() -> None:
    """What a person needs to see."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    assert repr(x * 2) == "tensor([2., 4.], from multiply)"
    assert repr(gg.tensor([1.0], dtype="float32")) == "tensor([1.], dtype=float32)"


def test_pickle_and_deepcopy_keep_the_value_not_the_history() -> None:
    """A copy of a result is a leaf."""
    x = gg.tensor([1.0, 2.0], requires_grad=True)
    for copied in (pickle.loads(pickle.dumps(x * 2.0)), copy.deepcopy(x * 2.0)):
        assert copied.tolist() == [2.0, 4.0]
        assert copied.requires_grad
        assert copied.node is not None
        assert copied.node.is_leaf


def test_numbers_of_one_element() -> None:
    """bool, float, int and index of single elements."""
    assert float(gg.tensor(2.5)) == 2.5
    assert int(gg.tensor(2)) == 2
    assert f"{gg.tensor(3.456):.2f}" == "3.46"
    assert bool(gg.tensor(1.0))
    assert ["a", "b", "c"][gg.tensor(1)] == "b"
    with pytest.raises(TypeError, match="integer"):
        ["a"][gg.tensor(0.0)]  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="no length"):
        len(gg.tensor(1.0))


def test_comparisons_give_bools_and_no_gradient() -> None:
    """Comparing is not differentiable, and chains of it work as in NumPy."""
    x = gg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    chosen = (x > 1) & ~(x >= 3) | (x == 1)
    assert chosen.dtype == np.bool_
    assert not chosen.requires_grad
    assert chosen.tolist() == [True, True, False]


def test_variables_count_up_and_down_also_in_programs() -> None:
    """assign_add and assign_sub are recorded like assign."""
    count = gg.Variable(5.0)
    count.assign_add(2)
    count.assign_sub(0.5)
    assert 6.5 == float(count)

    def down() -> gg.Tensor:
        count.assign_sub(1)
        return gg.identity(count)

    step = gg.jit(down)
    assert [5.5, 4.5] == [float(step()), float(step())]
    assert 4.5 == float(count)


def test_variables_are_assigned_and_checked() -> None:
    """A variable keeps its dtype and shape."""
    w = gg.Variable(np.zeros(2), name="w", dtype="float32")
    w.assign([1.0, 2.0])
    assert w.numpy().tolist() == [1.0, 2.0]
    assert w.dtype == np.float32
    with pytest.raises(gg.ShapeError, match=r"'w' has shape \(2,\)"):
        w.assign([1.0, 2.0, 3.0])
    assert w.numpy().tolist() == [1.0, 2.0]
