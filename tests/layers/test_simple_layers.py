"""Layers of shapes, scales, activations and functions; and Input."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad.layers._config import deserialize, register_keras_serializable, serialize

# What the golden values of Keras 3.15.1 below were computed from.
X = np.array([[1, 2, -1], [3, -2, 0.5], [-1, 0, 2], [0, 1, 4]], np.float32)
G = np.array([[1, -2, 0.5], [0.25, 3, -1], [2, 1, -0.5], [-1, 0.5, 1.5]], np.float32)
X3 = np.arange(12, dtype=np.float32).reshape(2, 2, 3) ** 2 / 10
CLOSE: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-6}

# Where arguments are wrong on purpose, no checker of types need know.
LOOSE: Any = gg.layers


# ---- activations ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (gl.ReLU(), [[1, 2, 0], [3, 0, 0.5], [0, 0, 2], [0, 1, 4]]),
        (
            gl.ReLU(2.5, 0.1, 0.5),
            [[1, 2, -0.15], [2.5, -0.25, 0], [-0.15, -0.05, 2], [-0.05, 1, 2.5]],
        ),
        (gl.LeakyReLU(), [[1, 2, -0.3], [3, -0.6, 0.5], [-0.3, 0, 2], [0, 1, 4]]),
        (
            gl.LeakyReLU(alpha=0.1),
            [[1, 2, -0.1], [3, -0.2, 0.5], [-0.1, 0, 2], [0, 1, 4]],
        ),
        (
            gl.ELU(0.5),
            [[1, 2, -0.3160603], [3, -0.4323324, 0.5], [-0.3160603, 0, 2], [0, 1, 4]],
        ),
        (
            gl.Softmax(),
            [
                [0.2594965, 0.7053846, 0.035119],
                [0.9184229, 0.0061883, 0.0753887],
                [0.0420101, 0.1141952, 0.8437947],
                [0.0171478, 0.0466126, 0.9362395],
            ],
        ),
        (
            gl.Rescaling(0.5, -1.0),
            [[-0.5, 0, -1.5], [0.5, -2, -0.75], [-1.5, -1, 0], [-1, -0.5, 1]],
        ),
        (gl.PReLU("zeros"), [[1, 2, 0], [3, 0, 0.5], [0, 0, 2], [0, 1, 4]]),
    ],
    ids=lambda each: each.title() if isinstance(each, gg.Layer) else "",
)
def test_values_are_keras_s(layer: gg.Layer, expected: Any) -> None:
    """From Keras 3.15.1."""
    np.testing.assert_allclose(layer(X).numpy(), expected, **CLOSE)


def test_softmax_takes_other_axes_of_a_sample() -> None:
    """From Keras 3.15.1; the batch's axis is refused."""
    expected = [
        [[0.2890505, 0.1824255, 0.1090968], [0.7109495, 0.8175744, 0.8909032]],
        [[0.0109869, 0.0060598, 0.0033348], [0.9890131, 0.9939402, 0.9966652]],
    ]
    np.testing.assert_allclose(gl.Softmax(1)(X3).numpy(), expected, rtol=1e-4)
    for axis in (0, -2, 2):
        with pytest.raises(gg.ShapeError, match=f"axis {axis} to be one after"):
            gl.Softmax(axis)(X)


def test_prelu_learns_its_slopes_as_in_keras() -> None:
    """Outputs and gradients are those of Keras 3.15.1."""
    layer = gl.PReLU(gg.initializers.Constant(0.3))
    y: Any = [[1, 2, -0.3], [3, -0.6, 0.5], [-0.3, 0, 2], [0, 1, 4]]
    np.testing.assert_allclose(layer(X).numpy(), y, **CLOSE)
    by_input = gg.grad(lambda t: gg.sum(layer(t) * G))(X).numpy()
    expected: Any = [[1, -2, 0.15], [0.25, 0.9, -1], [0.6, 0, -0.5], [0, 0.5, 1.5]]
    np.testing.assert_allclose(by_input, expected, **CLOSE)
    (by_alpha,) = gg.gradients(gg.sum(layer(X) * G), layer.trainable_weights)
    np.testing.assert_allclose(by_alpha.numpy(), [-2, -6, -0.5], **CLOSE)


def test_prelu_shares_slopes_along_axes() -> None:
    """Axes are counted from 1, without the batch's."""
    layer = gl.PReLU("ones", shared_axes=[1])
    assert np.array_equal(X3, layer(X3).numpy())
    assert (1, 3) == layer.alpha.shape
    assert (1, 1) == tuple(_built(gl.PReLU(shared_axes=[1, 2])).alpha.shape)
    assert (2, 1) == tuple(_built(gl.PReLU(shared_axes=2)).alpha.shape)
    with pytest.raises(gg.ShapeError, match=r"the axes \[3\]"):
        gl.PReLU(shared_axes=[3])(X3)
    with pytest.raises(gg.ShapeError, match=r"samples to which \(1, 3\) broadcasts"):
        layer(X3[:, :, :2])


def _built(layer: Any) -> Any:
    layer(X3)
    return layer


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: gl.ReLU(-1), "ReLU's max_value must be at least 0"),
        (lambda: LOOSE.ReLU(negative_slope=None), "negative_slope must be a number"),
        (lambda: gl.LeakyReLU(-0.1), "LeakyReLU's negative_slope must be at least 0"),
        (lambda: LOOSE.ELU("1"), "ELU's alpha must be a number.*without quotes"),
        (lambda: gl.PReLU(shared_axes=[0]), "axes of a sample, counted from 1"),
        (lambda: LOOSE.Softmax("last"), "Softmax's axis must be a whole number"),
        (lambda: gl.Rescaling("big"), "Rescaling's scale must be finite numbers"),
        (lambda: gl.Rescaling(1.0, np.inf), "Rescaling's offset must be finite"),
        (lambda: gl.Reshape((-1, -1)), "-1 once at most"),
        (lambda: gl.Reshape((0, 2)), "lengths of at least 1"),
        (lambda: LOOSE.Reshape(4), "made of whole numbers, got 4"),
        (lambda: gl.Permute((0, 1)), "names the axes 1, 2"),
        (lambda: gl.RepeatVector(0), "n must be at least 1"),
        (lambda: LOOSE.RepeatVector(1.5), "must be made of whole numbers"),
        (lambda: LOOSE.Lambda("relu"), "Lambda is of a function of a tensor"),
    ],
)
def test_arguments_are_checked(make: Any, said: str) -> None:
    """Where the layer is made."""
    with pytest.raises(ValueError, match=said):
        make()


# ---- shapes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "shape"), [((3, 2), (3, 2)), ((-1,), (6,)), ((3, -1, 1), (3, 2, 1))]
)
def test_reshape_keeps_the_order_of_a_sample(target: Any, shape: Any) -> None:
    """As NumPy's reshape of every sample does."""
    layer = gl.Reshape(target)
    assert np.array_equal(X3.reshape(2, *shape), layer(X3).numpy())
    assert (None, *shape) == layer.compute_output_shape((None, 2, 3))


@pytest.mark.parametrize(
    ("make", "x", "said"),
    [
        (lambda: gl.Reshape((4,)), X3, r"samples of 4 numbers.*6 numbers per sample"),
        (lambda: gl.Reshape((4, -1)), X3, "samples of a multiple of 4 numbers"),
        (lambda: gl.Permute((2, 1)), X, "2 axes after the batch"),
        (lambda: gl.RepeatVector(2), X3, r"two axes, \(batch, width\)"),
        (lambda: gl.Rescaling([1.0, 2.0]), X, r"its scale of shape \(2,\) broadcasts"),
    ],
)
def test_what_does_not_fit_is_refused(make: Any, x: Any, said: str) -> None:
    """Before anything is computed, with the layer's name and the shape."""
    with pytest.raises(gg.ShapeError, match=said):
        make()(x)


def test_permute_and_repeat_vector_move_samples() -> None:
    """Axes are counted from 1; a vector is repeated along a new axis."""
    assert np.array_equal(X3.transpose(0, 2, 1), gl.Permute((2, 1))(X3).numpy())
    expected = np.stack([X, X], axis=1)
    assert np.array_equal(expected, gl.RepeatVector(2)(X).numpy())


def test_flatten_takes_one_order_of_axes() -> None:
    """Keras' data_format is taken where it changes nothing."""
    assert (2, 6) == gl.Flatten(data_format="channels_last")(X3).shape
    with pytest.raises(TypeError, match=r"no data_format: the axes.*Permute"):
        gl.Flatten(data_format="channels_first")


def test_identity_is_a_node_of_its_own() -> None:
    """It can be seen in a picture, and is the input."""
    model = gg.Sequential([gg.Input((3,)), gl.Identity(name="here")])
    assert np.array_equal(X, model.predict(X, verbose=0))
    assert "here" in {node.scope for node in model.graph("build").operations}


def test_activity_regularization_adds_to_the_loss() -> None:
    """By the sums over the batch, divided by its size."""
    model = gg.Sequential([gg.Input((3,)), gl.ActivityRegularization(0.1, 0.01)])
    model.compile("sgd", "mse")
    expected = (0.1 * np.abs(X).sum() + 0.01 * np.square(X).sum()) / 4
    assert pytest.approx(expected, rel=1e-6) == model.evaluate(X, X, verbose=0)


# ---- functions -----------------------------------------------------------------------


@register_keras_serializable("tests")
def powered(x: gg.Tensor, power: int = 2) -> gg.Tensor:
    """Return a power, a function that descriptions can name."""
    return x**power


@pytest.mark.parametrize("output_shape", [None, (3,), lambda shape: shape])
def test_lambda_computes_a_function(output_shape: Any) -> None:
    """With its arguments, in the program as well; the shape may be given."""
    layer = gl.Lambda(powered, output_shape, arguments={"power": 3})
    model = gg.Sequential([gg.Input((3,)), layer])
    assert (None, 3) == model.output_shape
    np.testing.assert_allclose(model.predict(X, verbose=0), X**3, rtol=1e-6)
    assert "Lambda(powered)" == layer.title()


def test_lambda_tells_of_training() -> None:
    """If the function has an argument of that name."""
    layer = gl.Lambda(lambda x, training: x * 2 if training else x)
    assert np.array_equal(X * 2, layer(X, training=True).numpy())
    assert np.array_equal(X, layer(X).numpy())


def test_lambda_is_described_by_its_function_s_name() -> None:
    """A lambda has none: the error says how to give it one."""
    layer = gl.Lambda(powered, (3,), {"power": 3})
    again = deserialize(json.loads(json.dumps(serialize(layer))))
    assert layer.get_config() == again.get_config()
    assert np.array_equal(layer(X).numpy(), again(X).numpy())
    with pytest.raises(ValueError, match="register_keras_serializable"):
        gl.Lambda(lambda x: x).get_config()


GLOBAL = gg.Dense(3)


def test_lambda_holds_no_weights() -> None:
    """They would be left out of training in silence, as in Keras."""
    inner, variable = gg.Dense(3), gg.Variable(np.ones(3, np.float32))
    several = [inner]

    class Holder:
        def __init__(self) -> None:
            self.inner = inner

        def __call__(self, x: gg.Tensor) -> gg.Tensor:
            return self.inner(x)

        use = __call__

    for function in (
        Holder(),
        Holder().use,
        lambda x: several[0](x) * 2,
        inner,
        lambda x: inner(x) * 2,
        lambda x: GLOBAL(x) * 2,
        lambda x: x * variable,
        inner.call,
    ):
        with pytest.raises(ValueError, match="would not train: write a subclass"):
            gl.Lambda(function)
    with pytest.raises(ValueError, match="shape"):
        gl.Lambda(lambda x: x, (4,))(X)
    with pytest.raises(TypeError, match="no mask: layers here know no masks"):
        gl.Lambda(powered, mask=lambda *_: None)


# ---- Input ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [
        gg.Input((4,)),
        gg.Input([4]),
        gg.Input(shape=(4,), dtype="int32", name="ids"),
        gg.Input(batch_shape=(None, 4)),
        gl.InputLayer((4,), sparse=False, ragged=None),
    ],
)
def test_input_states_a_shape(made: gg.Input) -> None:
    """In each of Keras' ways."""
    model = gg.Sequential([made, gg.Dense(1)])
    assert (None, 4) == model.input_shape


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (
            lambda: LOOSE.Input(2),
            ValueError,
            r"such as \(784,\), got 2; did you mean \(2,\)",
        ),
        (gg.Input, ValueError, "needs the shape of one sample.*got None"),
        (lambda: LOOSE.Input((None, 3)), ValueError, "all lengths must be known"),
        (lambda: gg.Input((0,)), ValueError, r"got \(0,\)"),
        (lambda: gg.Input((3,), 32), TypeError, "no batch_size, got 32.*any size"),
        (lambda: gg.Input(batch_shape=(8, 3)), TypeError, "no batch_size, got 8"),
        (lambda: gg.Input((3,), dtype="float64"), ValueError, "compute in float32"),
        (lambda: gg.Input((3,), sparse=True), TypeError, "no sparse: data are dense"),
        (lambda: gg.Input((3,), shap=3), TypeError, "did you mean 'shape'"),
    ],
)
def test_input_is_checked(make: Any, error: type[Exception], said: str) -> None:
    """The message says what is due, and what was probably meant."""
    with pytest.raises(error, match=said):
        make()
