"""einsum: NumPy's values and gradients for labels of every kind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg

SIZES = {"i": 2, "j": 3, "k": 4, "l": 1}
CASES = [
    ("ij,jk->ik", "ij", "jk"),
    ("ij,jk", "ij", "jk"),
    ("ji", "ji"),
    ("ii", "ii"),
    ("ii->i", "ii"),
    ("iij->j", "iij"),
    ("ij->", "ij"),
    ("bij,bjk->bik", "jij", "jjk"),
    ("i,j,k->kji", "i", "j", "k"),
    ("ij,kj,j->ik", "ij", "kj", "j"),
    ("ij,ij->ij", "ij", "ij"),
    ("ij,jk,kl->il", "ij", "jk", "kl"),
    ("...ij,jk->...ik", "kjij", "jk"),
    ("...ij,...jk->...ik", "lij", "kjk"),
    ("i...,i...->...", "ijk", "ik"),
    ("...,...", "ij", "j"),
    ("a,a,a", "k", "k", "k"),
    ("ijj,k->ik", "ijj", "k"),
    ("ij,ij->j", "lj", "ij"),
    (" i j , j -> i ", "ij", "j"),
]


def operands(shapes: tuple[str, ...]) -> list[np.ndarray]:
    """Return an array for each word of labels, whose lengths are those of SIZES."""
    rng = np.random.default_rng(0)
    return [rng.normal(size=[SIZES[label] for label in word]) for word in shapes]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_values_and_gradients_are_numpys(case: tuple[str, ...]) -> None:
    """The value is that of NumPy, and so is what the gradient says of unit arrays."""
    subscripts, *shapes = case
    arrays = operands(tuple(shapes))
    expected = np.einsum(subscripts, *arrays)
    compiled = gg.jit(lambda *xs: gg.einsum(subscripts, *xs))
    for actual in (gg.einsum(subscripts, *arrays), compiled(*arrays)):
        assert actual.shape == expected.shape
        np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-12, atol=1e-12)
    weights = np.cos(np.arange(expected.size)).reshape(expected.shape)
    gradients = gg.grad(
        lambda *xs: gg.sum(gg.einsum(subscripts, *xs) * weights),
        argnums=tuple(range(len(arrays))),
    )(*arrays)
    for i, gradient in enumerate(gradients):
        check_multilinear(subscripts, arrays, i, weights, gradient.numpy())


def check_multilinear(
    subscripts: str,
    arrays: list[np.ndarray],
    i: int,
    weights: np.ndarray,
    gradient: np.ndarray,
) -> None:
    """Compare a gradient with the einsum of unit arrays, in which it is linear."""
    for place in np.ndindex(arrays[i].shape):
        unit = np.zeros_like(arrays[i])
        unit[place] = 1
        value = np.einsum(subscripts, *arrays[:i], unit, *arrays[i + 1 :])
        np.testing.assert_allclose(gradient[place], np.sum(value * weights), atol=1e-12)


@given(st.data())
def test_any_two_operands_are_numpys(data: st.DataObject) -> None:
    """Labels in any order and number, repeated or not, kept or summed."""
    words = [data.draw(st.text("ijkl", max_size=3)) for _ in range(2)]
    seen = sorted(set("".join(words)))
    kept = st.lists(st.sampled_from(seen), unique=True) if seen else st.just([])
    output = "".join(data.draw(kept))
    subscripts = f"{','.join(words)}->{output}"
    arrays = operands(tuple(words))
    actual, expected = gg.einsum(subscripts, *arrays), np.einsum(subscripts, *arrays)
    assert actual.shape == np.shape(expected)
    np.testing.assert_allclose(actual.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_numpys_function_records() -> None:
    """np.einsum on a tensor is ours."""
    x = gg.tensor(np.eye(2), requires_grad=True)
    assert np.einsum("ij->i", x).requires_grad


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: gg.einsum("ij,jk", x), "names 2 operands, got 1"),
        (lambda x: gg.einsum("i", x), "'i' does not label 2 axes"),
        (lambda x: gg.einsum("i1->i", x), "a label is a letter"),
        (lambda x: gg.einsum("ij->ik", x), "each label of the result occurs"),
        (
            lambda x: gg.einsum("ij->ii", x),
            "each label of the result occurs in it once",
        ),
        (lambda x: gg.einsum("ii", x), "label 'i' has the lengths 2 and 3"),
        (lambda x: gg.einsum(x, [0, 1]), "takes a string of labels"),
    ],
)
def test_refusals(call: Any, message: str) -> None:
    """Labels that do not fit are named."""
    with pytest.raises((gg.ShapeError, gg.UnsupportedError), match=message):
        call(gg.tensor(np.ones((2, 3))))
