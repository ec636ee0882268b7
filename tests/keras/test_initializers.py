"""Initializers: the bounds and deviations of Keras; no two libraries draw alike."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

RANDOM = [
    "RandomNormal(mean=0.5, stddev=0.2, seed=1)",
    "RandomUniform(-0.3, 0.1, seed=1)",
    "TruncatedNormal(stddev=0.3, seed=1)",
    "VarianceScaling(seed=1)",
    "VarianceScaling(2.0, 'fan_out', 'uniform', seed=1)",
    "VarianceScaling(0.5, 'fan_avg', 'untruncated_normal', seed=1)",
    "GlorotUniform(seed=1)",
    "GlorotNormal(seed=1)",
    "HeUniform(seed=1)",
    "HeNormal(seed=1)",
    "LecunUniform(seed=1)",
    "LecunNormal(seed=1)",
]
FIXED = ["Zeros()", "Ones()", "Constant(0.3)", "Identity()", "Identity(gain=2.0)"]
SHAPE = (60, 500)


@pytest.mark.parametrize("text", RANDOM)
def test_spread_and_bounds_are_those_of_keras(twins: Any, text: str) -> None:
    """Of 30,000 numbers mean and deviation differ by chance only: four deviations.

    Where the distribution ends, the largest of so many numbers lies close to its end.
    """
    theirs, ours = [
        twins.numbers(made(SHAPE)).astype(float)
        for made in twins.make(f"initializers.{text}")
    ]
    count, spread = theirs.size, theirs.std()
    assert abs(ours.mean() - theirs.mean()) < 4 * spread * (2 / count) ** 0.5
    assert ours.std() == pytest.approx(spread, rel=4 * (2 / count) ** 0.5)
    if "RandomNormal" not in text and "untruncated" not in text:
        assert ours.max() == pytest.approx(theirs.max(), abs=0.02 * spread)
        assert ours.min() == pytest.approx(theirs.min(), abs=0.02 * spread)


@pytest.mark.parametrize("text", FIXED)
def test_what_is_not_random_is_equal(twins: Any, text: str) -> None:
    """Constants and the identity, of a shape that is not square."""
    theirs, ours = twins.make(f"initializers.{text}")
    np.testing.assert_array_equal(twins.numbers(ours((2, 3))), theirs((2, 3)))


@pytest.mark.parametrize("shape", [(4, 4), (3, 5), (5, 3)])
def test_orthogonal_rows_or_columns(twins: Any, shape: tuple[int, int]) -> None:
    """The shorter side is orthogonal in both, with the length of the gain."""
    for made in twins.make("initializers.Orthogonal(gain=1.5, seed=3)"):
        matrix = twins.numbers(made(shape))
        small = matrix @ matrix.T if shape[0] <= shape[1] else matrix.T @ matrix
        np.testing.assert_allclose(small, 2.25 * np.eye(min(shape)), atol=1e-5)


@pytest.mark.parametrize(
    "name",
    [
        "glorot_uniform",
        "he_normal",
        "lecun_uniform",
        "zeros",
        "ones",
        "orthogonal",
        "random_normal",
        "random_uniform",
        "truncated_normal",
        "GlorotNormal",
    ],
)
def test_names_mean_the_same_class(twins: Any, name: str) -> None:
    """A name gives an initializer of the class of that name, with the same settings."""
    theirs, ours = twins.make(f"initializers.get({name!r})")
    # Which axes are fans is for convolutions; a seed is drawn where none is given.
    others = {"seed", "input_axes", "output_axes"}
    wanted = {k: v for k, v in theirs.get_config().items() if k not in others}
    found = {k: v for k, v in ours.get_config().items() if k not in others}
    assert (type(theirs).__name__, wanted) == (type(ours).__name__, found)
