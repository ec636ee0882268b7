"""Initializers keep their distributions, seeds and shapes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers import _initializers as init
from graphgrad.layers._arguments import ArgumentError
from graphgrad.layers._config import deserialize, serialize
from graphgrad.layers._initializer import RandomInitializer
from graphgrad.layers._random_state import set_random_seed
from graphgrad.layers._scaling import fans

# Name, how the variance follows from the fans; from the reference, section 1.2.
SCALED: dict[str, Callable[[int, int], float]] = {
    "glorot_uniform": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "glorot_normal": lambda fan_in, fan_out: 2 / (fan_in + fan_out),
    "he_uniform": lambda fan_in, _: 2 / fan_in,
    "he_normal": lambda fan_in, _: 2 / fan_in,
    "lecun_uniform": lambda fan_in, _: 1 / fan_in,
    "lecun_normal": lambda fan_in, _: 1 / fan_in,
}
RANDOM: list[Any] = [
    init.RandomNormal,
    init.RandomUniform,
    init.TruncatedNormal,
    init.VarianceScaling,
    init.GlorotNormal,
    init.GlorotUniform,
    init.HeNormal,
    init.HeUniform,
    init.LecunNormal,
    init.LecunUniform,
    init.Orthogonal,
]
shapes = st.lists(st.integers(1, 6), min_size=2, max_size=4).map(tuple)


@pytest.mark.parametrize("name", SCALED)
@pytest.mark.parametrize("shape", [(300, 200), (3, 2, 100, 50)])
def test_the_variance_follows_from_the_fans(name: str, shape: tuple[int, ...]) -> None:
    """Inputs and outputs decide how wide the values are spread around 0."""
    set_random_seed(0)
    values = init.get(name)(shape, "float64")
    expected = SCALED[name](*fans(shape))
    # Of a normal variable the variance is known to √(2/n), of a uniform one to less.
    noise = 5 * math.sqrt(2 / values.size)
    assert pytest.approx(expected, rel=noise) == values.var()
    assert pytest.approx(0, abs=5 * math.sqrt(expected / values.size)) == values.mean()


@pytest.mark.parametrize("name", SCALED)
@given(fan_in=st.integers(1, 20), fan_out=st.integers(1, 20))
def test_no_value_is_beyond_the_limit(name: str, fan_in: int, fan_out: int) -> None:
    """Uniform ones end at √(3 variance), normal ones at two standard deviations."""
    variance = SCALED[name](fan_in, fan_out)
    limit = math.sqrt(3 * variance)
    if "normal" in name:
        limit = 2 * math.sqrt(variance) / 0.87962566103423978
    assert np.abs(init.get(name)((fan_in, fan_out), "float64")).max() <= limit


@given(st.floats(0.1, 5), st.floats(-5, 5), st.integers(0, 100))
def test_truncated_normal_ends_at_two_deviations(
    stddev: float, mean: float, seed: int
) -> None:
    """No value is further from the mean than twice the standard deviation."""
    values = init.TruncatedNormal(mean, stddev, seed)((50,), "float64")
    assert np.abs(values - mean).max() <= 2 * stddev * (1 + 1e-12)


@given(shapes, st.integers(0, 100))
def test_orthogonal_has_orthonormal_rows_or_columns(
    shape: tuple[int, ...], seed: int
) -> None:
    """The fewer of rows and columns are perpendicular and of length `gain`."""
    kernel = init.Orthogonal(2.0, seed)(shape, "float64").reshape(-1, shape[-1])
    small = kernel if kernel.shape[0] <= kernel.shape[1] else kernel.T
    np.testing.assert_allclose(small @ small.T, 4 * np.eye(len(small)), atol=1e-9)


@given(shapes, st.floats(-3, 3))
def test_fixed_values(shape: tuple[int, ...], value: float) -> None:
    """Zeros, ones and constants are what they say, in any shape and dtype."""
    for dtype in (np.float32, np.float64):
        made = [init.Zeros(), init.Ones(), init.Constant(value)]
        found = [each(shape, dtype) for each in made]
        for array, expected in zip(found, (0, 1, dtype(value)), strict=True):
            assert (shape, dtype) == (array.shape, array.dtype)
            assert (array == expected).all()


def test_constant_arrays_broadcast_or_are_refused() -> None:
    """An array is repeated along missing axes; one that does not fit is an error."""
    found = init.Constant([1.0, 2.0])((3, 2))
    assert [[1, 2]] * 3 == found.tolist()
    with pytest.raises(gg.ShapeError, match=r"Constant has a value of shape \(2,\)"):
        init.Constant([1.0, 2.0])((2, 3))


@pytest.mark.parametrize("shape", [(3,), (2, 2, 2)])
def test_identity_is_a_matrix(shape: tuple[int, ...]) -> None:
    """Other ranks are refused."""
    assert [[2, 0], [0, 2]] == init.Identity(2)((2, 2)).tolist()
    with pytest.raises(gg.ShapeError, match="Identity makes matrices"):
        init.Identity()(shape)


def test_orthogonal_needs_two_axes() -> None:
    """A vector has no rows and columns."""
    with pytest.raises(gg.ShapeError, match="at least two axes"):
        init.Orthogonal()((3,))


@pytest.mark.parametrize("make", RANDOM)
def test_a_seed_gives_the_same_values_at_every_call(make: Any) -> None:
    """So it is in Keras, and two objects with one seed agree."""
    one, other = make(seed=3), make(seed=3)
    assert (one((4, 5)) == one((4, 5))).all()
    assert (one((4, 5)) == other((4, 5))).all()


@pytest.mark.parametrize("make", RANDOM)
def test_without_a_seed_every_call_gives_new_values(make: Any) -> None:
    """Unlike in Keras, two layers that share an initializer are no twins."""
    shared = make()
    assert (shared((4, 5)) != shared((4, 5))).any()


@pytest.mark.parametrize("make", RANDOM)
def test_the_random_seed_fixes_all_values(make: Any) -> None:
    """Unseeded initializers draw from graphgrad's own source."""
    found = []
    for _ in range(2):
        set_random_seed(7)
        found.append(make()((4, 5)))
    assert (found[0] == found[1]).all()


def test_float32_and_float64_agree() -> None:
    """The dtype changes the precision, not the values."""
    made = init.GlorotUniform(seed=1)
    assert (made((5, 5), "float64").astype("float32") == made((5, 5))).all()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("glorot_uniform", init.GlorotUniform),
        ("GlorotUniform", init.GlorotUniform),
        ("normal", init.RandomNormal),
        ("uniform", init.RandomUniform),
        ("zero", init.Zeros),
        ("one", init.Ones),
        ("identity", init.Identity),
        ("IdentityInitializer", init.Identity),
        ("orthogonal", init.Orthogonal),
        ("random_normal", init.RandomNormal),
        ("truncated_normal", init.TruncatedNormal),
        ("variance_scaling", init.VarianceScaling),
        (init.HeNormal, init.HeNormal),
    ],
)
def test_keras_names(name: Any, made: type) -> None:
    """Class names, snake case and Keras' aliases; a class is called."""
    assert type(init.get(name)) is made


@pytest.mark.parametrize(
    "made",
    [
        init.Zeros(),
        init.Ones(),
        init.Constant([0.5, 1.0]),
        init.Identity(2.0),
        init.RandomNormal(1.0, 0.1, seed=1),
        init.RandomUniform(-1.0, 2.0, seed=2),
        init.VarianceScaling(2.0, "fan_out", "uniform", seed=3),
        *[make(seed=4) for make in RANDOM],
    ],
    ids=repr,
)
def test_a_description_makes_the_initializer_again(made: Any) -> None:
    """Through JSON, with the same values for the same seed."""
    config = json.loads(json.dumps(made.get_config()))
    assert made.get_config() == type(made).from_config(config).get_config()
    again = deserialize(json.loads(json.dumps(serialize(made))))
    assert repr(made) == repr(again)
    assert np.array_equal(made((2, 2)), again((2, 2)))


def test_older_spellings_are_the_classes() -> None:
    """Scripts write initializers.glorot_uniform(seed=1)."""
    door = gg.initializers
    assert (door.glorot_uniform, door.zeros) == (init.GlorotUniform, init.Zeros)
    own = {"get", "serialize", "deserialize"}
    lower = {name for name in door.__all__ if name.islower()} - own
    assert all(type(init.get(name)) is getattr(door, name) for name in lower)


def test_a_function_is_an_initializer() -> None:
    """It gets shape and dtype, and what it returns is checked."""
    halves = init.get(lambda shape, _: np.full(shape, 0.5))
    assert (np.float32, 0.5) == (halves((2,)).dtype, halves((2,))[0])
    with pytest.raises(gg.ShapeError, match=r"asked for shape \(2,\), but returned"):
        init.get(lambda *_: np.zeros(3))((2,))


@pytest.mark.parametrize("thing", [3, None, dict])
def test_what_is_no_initializer_is_refused(thing: Any) -> None:
    """The message says what would do."""
    with pytest.raises(TypeError, match="an initializer must be a name"):
        init.get(thing)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: init.RandomNormal(stddev=-1), "stddev must be at least 0"),
        (lambda: init.RandomUniform(1, 0), "maxval must be at least 1"),
        (lambda: init.VarianceScaling(scale=0), "scale must be above 0"),
        (lambda: init.VarianceScaling(mode="fan"), "mode must be one of 'fan_in'"),
        (lambda: init.VarianceScaling(distribution="x"), "distribution must be one of"),
        (lambda: RANDOM[5](seed=0.5), "GlorotUniform's seed must be a whole"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """A wrong argument is an error where the initializer is made."""
    with pytest.raises(ArgumentError, match=said):
        make()


def test_an_initializer_of_ones_own() -> None:
    """A subclass states its values, and is seeded like the others."""

    class Dice(RandomInitializer):
        def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
            return rng.integers(1, 7, shape)

    values = init.get(Dice(seed=0))((100,))
    assert {1, 2, 3, 4, 5, 6} == set(values.tolist())
    assert "Dice(seed=0)" == repr(Dice(seed=0))
