"""Dropout and noise: laws of their means, variances, shares, seeds and states."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers import AlphaDropout, Dropout, GaussianDropout, GaussianNoise

COUNT = 200_000
ONES = np.ones((COUNT // 100, 100), np.float32)
# Of a share or a mean of this many, five standard deviations of noise.
NOISE = 5 / math.sqrt(COUNT)

# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gg.layers
LAYERS = [Dropout, AlphaDropout, GaussianNoise, GaussianDropout]

each_layer = pytest.mark.parametrize("kind", LAYERS)


def trained(layer: gg.Layer, x: Any) -> np.ndarray:
    """Return what the layer gives in training."""
    return layer(x, training=True).numpy()


def normal() -> np.ndarray:
    """Return normal numbers of mean 0 and variance 1."""
    return np.random.default_rng(0).normal(size=ONES.shape).astype("float32")


# ---- distributions -------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_dropout_drops_its_share_and_keeps_the_mean(rate: float) -> None:
    """What is kept is divided by 1 - rate."""
    found = trained(Dropout(rate, seed=0), ONES)
    assert pytest.approx(rate, abs=NOISE) == np.mean(found == 0)
    np.testing.assert_allclose(found[found != 0], 1 / (1 - rate), rtol=1e-6)
    assert pytest.approx(1, abs=NOISE * math.sqrt(rate / (1 - rate))) == found.mean()


@pytest.mark.parametrize(
    "shape", [(None, 1, None), (None, None, 1), (1, 4, 5), [1] * 3]
)
def test_noise_is_the_same_along_axes_of_length_1(shape: Any) -> None:
    """As with Keras' noise_shape, None takes the length of the input."""
    x = np.ones((3, 4, 5), np.float32)
    found = trained(Dropout(0.5, shape, seed=3), x)
    for axis, side in enumerate(shape):
        if side == 1:
            assert np.all(found == np.take(found, [0], axis))
    assert len(np.unique(found)) <= 2


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.6])
def test_alpha_dropout_keeps_mean_0_and_variance_1(rate: float) -> None:
    """Self-normalizing: for inputs that have them, so have the outputs."""
    found = trained(AlphaDropout(rate, seed=0), normal())
    assert pytest.approx(0, abs=3 * NOISE) == found.mean()
    assert pytest.approx(1, abs=8 * NOISE) == found.var()


def test_alpha_dropout_puts_selus_floor_in_the_place_of_a_share() -> None:
    """Scaled and shifted by what Klambauer et al. derive; so it is in Keras."""
    rate, floor = 0.3, -1.0507009873554805 * 1.6732632423543772
    a = ((1 - rate) * (1 + rate * floor**2)) ** -0.5
    found = trained(AlphaDropout(rate, seed=0), ONES * 2)
    dropped = np.isclose(found, a * floor - a * floor * rate, rtol=1e-5)
    assert pytest.approx(rate, abs=NOISE) == dropped.mean()
    np.testing.assert_allclose(found[~dropped], a * 2 - a * floor * rate, rtol=1e-5)


@pytest.mark.parametrize("stddev", [0.1, 1.0, 2.5])
def test_gaussian_noise_is_added_with_its_deviation(stddev: float) -> None:
    """Mean and variance are those of a normal distribution around the input."""
    noise = trained(GaussianNoise(stddev, seed=0), ONES) - ONES
    assert pytest.approx(0, abs=stddev * NOISE) == noise.mean()
    assert pytest.approx(stddev, rel=NOISE) == noise.std()
    assert pytest.approx(0.6827, abs=NOISE) == np.mean(np.abs(noise) < stddev)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_gaussian_dropout_multiplies_by_noise_of_mean_1(rate: float) -> None:
    """Its variance is that of dropout, rate / (1 - rate); zeros stay zeros."""
    deviation = math.sqrt(rate / (1 - rate))
    found = trained(GaussianDropout(rate, seed=0), 2 * ONES) / 2
    assert pytest.approx(1, abs=deviation * NOISE) == found.mean()
    assert pytest.approx(deviation, rel=NOISE) == found.std()
    assert not np.any(trained(GaussianDropout(rate), 0 * ONES))


def test_normal_numbers_are_philox_s() -> None:
    """Like the uniform ones they depend on seed and counter alone, in any dtype."""
    words = np.array([0, 9, 0, 0], np.uint64)
    for dtype in ("float32", "float64"):
        bits = np.random.Philox(key=7, counter=words)
        expected = np.random.Generator(bits).standard_normal((2, 3), dtype)
        state = np.array([7, 9], np.uint64)
        found = gg.random_normal(state, (2, 3), dtype)
        assert dtype == found.dtype
        np.testing.assert_array_equal(expected, found.numpy())
    with pytest.raises(gg.ShapeError, match="random_normal needs a state of shape"):
        gg.random_normal(np.array([1, 2]), 3)
    with pytest.raises(gg.DTypeError, match="random_normal gives float32 or float64"):
        gg.random_normal(state, 3, "int64")


# ---- modes and states ----------------------------------------------------------------


@each_layer
@given(st.floats(0, 0.99))
def test_outside_training_the_input_passes(kind: Any, amount: float) -> None:
    """Also with the amount 0 in training, where no number is drawn."""
    x = ONES[:2]
    assert np.array_equal(x, kind(amount)(x).numpy())
    assert np.array_equal(x, trained(kind(0.0), x))


@each_layer
def test_the_same_seed_gives_the_same_noise_call_by_call(kind: Any) -> None:
    """And new noise at each call; another seed gives other noise."""
    one, same, other = kind(0.5, seed=4), kind(0.5, seed=4), kind(0.5, seed=5)
    first = trained(one, ONES)
    assert np.array_equal(first, trained(same, ONES))
    assert not np.array_equal(first, trained(one, ONES))
    assert not np.array_equal(first, trained(other, ONES))


@each_layer
def test_unseeded_layers_follow_the_random_seed(kind: Any) -> None:
    """And two layers of one model are no twins."""
    found = []
    for _ in range(2):
        gg.set_random_seed(1)
        found.append([trained(kind(0.5), ONES) for _ in range(2)])
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0][0], found[0][1])


@each_layer
def test_random_state_is_no_weight(kind: Any) -> None:
    """get_weights and counts leave it out, as in Keras; variables have it."""
    layer = kind(0.5, seed=7)
    layer(ONES[:1])
    assert [] == layer.weights
    assert [7, 0] == layer.variables[0].numpy().tolist()


def test_the_state_goes_on_when_the_rate_is_changed() -> None:
    """A schedule of the rate does not begin the noise again."""
    model = gg.Sequential([gg.Input((50,)), Dropout(0.5, seed=1)])
    model.compile("sgd", "mse")
    layer: Any = model.layers[0]
    with pytest.raises(gg.GraphgradError, match="no weight to train"):
        model.fit(ONES[:4, :50], ONES[:4, :50], verbose=0)
    first = trained(layer, ONES)
    layer.rate = 0.25
    assert [1, 1] == layer.state.numpy().tolist()
    second = trained(layer, ONES)
    assert [1, 2] == layer.state.numpy().tolist()
    assert pytest.approx(0.25, abs=NOISE) == np.mean(second == 0)
    assert not np.array_equal(first == 0, second == 0)


def test_a_rate_that_makes_no_sense_does_not_train() -> None:
    """Also where it is set after the layer was made."""
    model = gg.Sequential([gg.Input((3,)), Dropout(0.5), gg.Dense(1)])
    model.compile("sgd", "mse")
    model.layers[0].rate = 1.5
    with pytest.raises(ValueError, match=r"Dropout's rate must be.*below 1, got 1\.5"):
        model.fit(ONES[:4, :3], ONES[:4, :1], verbose=0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Dropout(1.0), "Dropout's rate must be at least 0 and below 1, got 1"),
        (lambda: Dropout(-0.1), "rate must be at least 0"),
        (lambda: LOOSE.Dropout("0.5"), "rate must be a number.*without quotes"),
        (lambda: Dropout(0.5, seed=-1), "Dropout's seed must be a whole number"),
        (lambda: LOOSE.Dropout(0.5, 3), "noise_shape has a whole number or None"),
        (lambda: AlphaDropout(1), "AlphaDropout's rate must be"),
        (lambda: GaussianDropout(1), "GaussianDropout's rate must be"),
        (lambda: GaussianNoise(-1), "GaussianNoise's stddev must be at least 0"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """Where the layer is made."""
    with pytest.raises(ValueError, match=said):
        make()


@pytest.mark.parametrize("shape", [(None, 2), (None, 1, 1)])
def test_noise_that_does_not_broadcast_is_refused(shape: Any) -> None:
    """The error names both shapes."""
    with pytest.raises(gg.ShapeError, match=r"noise_shape=\(batch.*\(batch, 3\)"):
        Dropout(0.5, shape)(np.ones((4, 3)))
