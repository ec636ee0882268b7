"""The shipped digits are UCI's, and their split is what the docstring says."""

from __future__ import annotations

import doctest
import importlib
from importlib.resources import files

import numpy as np
import pytest

from graphgrad.datasets import digits

# The first line of UCI's optdigits.tes, a zero.
FIRST = """
0,0,5,13,9,1,0,0,0,0,13,15,10,15,5,0,0,3,15,2,0,11,8,0,0,4,12,0,0,8,8,0,
0,5,8,0,0,9,8,0,0,4,11,0,1,12,7,0,0,2,14,5,10,12,0,0,0,0,6,13,10,0,0,0
"""
# The class distribution of the test set in UCI's optdigits.names.
COUNTS = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_shapes_dtypes_and_ranges() -> None:
    """Both parts are uint8, with images of values 0 to 16 and labels 0 to 9."""
    train, test = digits.load_data()
    for (images, labels), count in [(train, 1500), (test, 297)]:
        assert (count, 8, 8) == images.shape
        assert (count,) == labels.shape
        assert images.dtype == labels.dtype == np.uint8
        assert (0, 16) == (images.min(), images.max())
        assert set(range(10)) == set(labels.tolist())


def test_the_data_are_those_of_uci() -> None:
    """The first image and the class distribution are the published ones."""
    (x_train, y_train), (_, y_test) = digits.load_data()
    assert [int(word) for word in FIRST.split(",")] == x_train[0].ravel().tolist()
    assert 0 == y_train[0]
    assert COUNTS == np.bincount(np.append(y_train, y_test)).tolist()


def test_the_split_is_balanced() -> None:
    """Each digit makes up 9 to 11 % of either part, in whole per cent."""
    for _, labels in digits.load_data():
        shares = np.bincount(labels, minlength=10) / len(labels)
        assert set(np.round(100 * shares)) <= {9.0, 10.0, 11.0}


def test_images_and_labels_belong_together() -> None:
    """The mean images of the training digits recognise most of the test digits."""
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    means = np.stack([x_train[y_train == digit].mean(axis=0) for digit in range(10)])
    distances = ((x_test[:, None] - means) ** 2).sum(axis=(2, 3))
    assert (distances.argmin(axis=1) == y_test).mean() > 0.8


def test_each_call_returns_arrays_of_its_own() -> None:
    """Writing into what one call returned changes no other call's arrays."""
    (images, _), _ = digits.load_data()
    images[:] = 99
    (again, _), _ = digits.load_data()
    assert 16 == again.max()


def test_the_licence_note_is_shipped_beside_the_data() -> None:
    """CC BY asks for the authors, the licence and the changes."""
    note = files("graphgrad.datasets").joinpath("DIGITS.md").read_text("utf-8")
    for words in ["Alpaydin", "Kaynak", "CC BY 4.0", "What was changed"]:
        assert words in note


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_the_examples_run(name: str) -> None:
    """The doctests of the public modules pass, and there are some."""
    module = importlib.import_module(f"graphgrad.datasets.{name}")
    failed, attempted = doctest.testmod(module)
    assert 0 == failed
    assert attempted > 0
