"""Layers of the user's own, and models in models: traced and trained like others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from cases.stacks import Residual, Scale, Shape, compiled, data

import graphgrad as gg

# ---- layers of one's own -------------------------------------------------------------


def test_a_layer_without_build_and_shape_is_built_and_drawn_like_others() -> None:
    """Inner layers are built by tracing the call; their scope is their path."""
    model = compiled(Residual(4, name="block"))
    assert ["block/dense/kernel", "block/dense/bias"] == [
        weight.name for weight in model.weights[:2]
    ]
    assert (None, 7) == model.layers[0].compute_output_shape((None, 3))
    scopes = {node.scope for node in model.graph("build").operations}
    assert {"block", "block/dense", "dense"} == scopes


def test_finding_a_shape_leaves_no_trace() -> None:
    """An unbuilt layer says its output's shape without drawing or keeping weights."""
    gg.set_random_seed(0)
    first = gg.Dense(2)([[1.0]]).numpy()
    gg.set_random_seed(0)
    layer = Residual(4)
    assert (None, 7) == layer.compute_output_shape((None, 3))
    assert [] == layer.weights
    assert not layer.built
    assert np.array_equal(first, gg.Dense(2)([[1.0]]).numpy())


def test_a_shape_is_traced_once_until_the_layer_changes() -> None:
    """Using a model does not trace its layers again; a changed attribute does."""
    calls = []

    class Wide(gg.Layer):
        def __init__(self, times: int, **options: Any) -> None:
            super().__init__(**options)
            self.times = times

        def call(self, x: gg.Tensor) -> gg.Tensor:
            calls.append(x.shape)
            return gg.concatenate([x] * self.times, axis=-1)

    model = gg.Sequential([gg.Input((2,)), Wide(2)])
    x = np.ones((3, 2), np.float32)
    model.predict(x, verbose=0)
    known = len(calls)
    assert (3, 4) == model.predict(x, verbose=0).shape
    assert known == len(calls)
    model.layers[0].times = 3
    assert (3, 6) == model.predict(x, verbose=0).shape


def test_inner_layers_know_whether_the_model_is_trained() -> None:
    """A call that does not hand on training still drops in training, and only then."""
    layer = Residual(50, 0.5)
    layer.inner[0] = gg.Dense(50, kernel_initializer="ones")
    x = np.ones((1, 3), np.float32)
    kept = layer(x, training=True).numpy()[0, 3:]
    assert {0.0, 6.0} == set(kept.tolist())
    assert np.all(layer(x).numpy()[0, 3:] == 3)


def test_weights_go_by_two_names() -> None:
    """Keras calls them variables as well."""
    model = compiled(Scale(), gg.Dense(2, trainable=False))
    assert model.trainable_weights == model.trainable_variables
    assert model.non_trainable_weights == model.non_trainable_variables
    assert 2 == len(model.non_trainable_variables)


def test_inner_weights_are_trained() -> None:
    """The weights of inner layers move with the others."""
    model = compiled(Residual(4))
    before = model.get_weights()
    x, y = data()
    model.fit(x, y, epochs=2, verbose=0)
    assert all(
        not np.array_equal(old, new)
        for old, new in zip(before, model.get_weights(), strict=True)
    )


def test_a_variable_that_was_only_assigned_is_a_weight() -> None:
    """Nothing that looks like a weight is left untrained in silence."""

    class Shift(gg.Layer):
        def build(self, input_shape: Shape) -> None:
            self.offset = gg.Variable(np.zeros(3, np.float32))

        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x + self.offset

    model = compiled(Shift())
    assert "shift/offset" == model.trainable_weights[0].name
    model.fit(*data(), verbose=0)
    assert np.any(model.get_weights()[0] != 0)


def test_what_a_layer_adds_to_the_loss_is_minimised_and_reported() -> None:
    """add_loss is part of the loss of fit and evaluate, and has gradients."""

    class Costly(Scale):
        def call(self, x: gg.Tensor) -> gg.Tensor:
            self.add_loss(gg.sum(gg.square(self.factor)))
            return x * self.factor

    model = compiled(Costly())
    plain = compiled(Scale())
    plain.set_weights(model.get_weights())
    x, y = data()
    costly = model.evaluate(x, y, verbose=0)
    assert costly == pytest.approx(plain.evaluate(x, y, verbose=0) + 3, rel=1e-6)
    model.fit(x, y, verbose=0, batch_size=12)
    assert np.all(model.get_weights()[0] < plain.get_weights()[0])


def test_regularizers_count_while_their_weight_is_trained() -> None:
    """A penalty belongs to what training can change, as in Keras."""

    class Heavy(Scale):
        def build(self, input_shape: Shape) -> None:
            self.factor = self.add_weight(
                "factor", (3,), "ones", regularizer=lambda w: 2 * gg.sum(gg.square(w))
            )

    model = compiled(Heavy(name="heavy"))
    x, y = data()
    assert [6.0] == [float(loss) for loss in model.losses]
    loss = model.evaluate(x, y, verbose=0)
    model.layers[0].trainable = False
    assert [] == model.losses
    assert model.evaluate(x, y, verbose=0) == pytest.approx(loss - 6, rel=1e-6)


def test_an_argument_that_is_misspelt_is_told_apart() -> None:
    """The error names the argument that was meant."""
    with pytest.raises(TypeError, match=r"Scale takes no argument 'nmae'.*'name'"):
        Scale(nmae="x")
    with pytest.raises(ValueError, match="float32"):
        Scale(dtype="float64")


def test_a_layer_that_returns_no_tensor_is_refused() -> None:
    """The error names the layer."""

    class Numb(gg.Layer):
        def call(self, x: gg.Tensor) -> gg.Tensor:
            return None  # type: ignore[return-value]  # that is the fault

    with pytest.raises(TypeError, match=r"'numb'.*NoneType, expected a tensor"):
        compiled(Numb())


# ---- changes -------------------------------------------------------------------------


def test_an_attribute_set_after_fit_takes_effect() -> None:
    """Keras would go on with the step that it traced first."""
    model = compiled(gg.Dropout(0.5, seed=3), Scale())
    x, y = data()
    model.fit(x, y, verbose=0)
    assert "random_uniform" in {n.op.name for n in model.graph("fit").nodes}
    model.layers[0].rate = 0.0
    model.fit(x, y, verbose=0)
    assert "random_uniform" not in {n.op.name for n in model.graph("fit").nodes}


@pytest.mark.parametrize("which", ["layer", "weight", "model"])
def test_freezing_after_fit_takes_effect(which: str) -> None:
    """Keras ignores it once fit has run."""
    model = compiled(Scale(name="scale"))
    x, y = data()
    model.fit(x, y, verbose=0)
    frozen = {
        "layer": lambda: setattr(model.layers[0], "trainable", False),
        "weight": lambda: setattr(model.weights[0], "trainable", False),
        "model": lambda: setattr(model, "trainable", False),
    }
    frozen[which]()
    before = model.get_weights()
    if which == "model":
        with pytest.raises(gg.GraphgradError, match="no weight to train"):
            model.fit(x, y, verbose=0)
        model.trainable = True
        model.layers[0].trainable = False
    model.fit(x, y, verbose=0)
    after = model.get_weights()
    assert np.array_equal(before[0], after[0])
    assert not np.array_equal(before[1], after[1])


def test_freezing_a_model_freezes_the_statistics_within_it() -> None:
    """As in Keras the flag of a model is set for all layers in it, inner ones too."""
    norm = gg.layers.BatchNormalization()
    inner = gg.Sequential([gg.Sequential([norm])])
    model = compiled(inner, Scale())
    x, y = data()
    model.fit(x, y, verbose=0)
    before = norm.moving_mean.numpy()
    inner.trainable = False
    assert not norm.trainable
    model.fit(x, y, verbose=0)
    assert np.array_equal(before, norm.moving_mean.numpy())
    inner.trainable = True
    model.fit(x, y, verbose=0)
    assert not np.array_equal(before, norm.moving_mean.numpy())


def test_fitting_again_makes_no_new_program() -> None:
    """What has not changed is not compiled anew."""
    model = compiled(Residual(2, 0.5))
    x, y = data()
    model.fit(x, y, verbose=0)
    program = model.program("fit")
    model.fit(x, y, epochs=2, verbose=0)
    assert program is model.program("fit")
    assert 3 == program.runs


# ---- models in models ----------------------------------------------------------------


def test_a_model_in_a_model_computes_and_trains_as_its_layers_would() -> None:
    """Nesting changes names, not numbers."""
    x, y = data()
    flat = compiled(gg.Dense(4, "tanh"), gg.Dense(2, "relu"))
    inner = gg.Sequential([gg.Dense(4, "tanh"), gg.Dense(2, "relu")], name="inner")
    nested = compiled(inner)
    nested.set_weights(flat.get_weights())
    names = [weight.name for weight in nested.weights]
    assert ["inner/dense/kernel", "inner/dense/bias"] == names[:2]
    assert np.array_equal(flat.predict(x, verbose=0), nested.predict(x, verbose=0))
    flat.fit(x, y, epochs=3, shuffle=False, verbose=0)
    nested.fit(x, y, epochs=3, shuffle=False, verbose=0)
    for one, other in zip(flat.get_weights(), nested.get_weights(), strict=True):
        assert np.array_equal(one, other)
    assert inner.weights == nested.weights[:4]


def test_an_inner_model_gives_its_input_shape_to_the_outer() -> None:
    """A built model as the first layer says what the input is."""
    inner = gg.Sequential([gg.Input((3,)), gg.Dense(4)])
    outer = gg.Sequential([inner, gg.Dense(1)])
    assert (None, 3) == outer.input_shape
    assert (None, 1) == outer.output_shape
    assert outer.built


def test_a_change_of_an_inner_model_asks_for_compile() -> None:
    """What is compiled is not trained with other layers in silence."""
    inner = gg.Sequential([gg.Dense(4)])
    model = compiled(inner)
    x, y = data()
    model.fit(x, y, verbose=0)
    inner.add(gg.Dense(4))
    with pytest.raises(gg.GraphgradError, match="other layers than when"):
        model.fit(x, y, verbose=0)
    model.compile("sgd", "binary_crossentropy")
    model.fit(x, y, verbose=0)
    assert 6 == len(model.weights)


def test_a_model_is_no_part_of_itself() -> None:
    """An endless model is refused."""
    model = gg.Sequential([gg.Dense(1)])
    with pytest.raises(ValueError, match="part of itself"):
        model.add(gg.Sequential([model]))
