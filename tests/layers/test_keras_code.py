"""What code written for Keras does here: it works, or is told what to write instead."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import graphgrad as gg

RNG = np.random.default_rng(0)
X = RNG.normal(size=(12, 2)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.float32)

# What the next argument has to be is not for a type checker here.
LOOSE: Any = gg

HOOKS = {
    "train_step": "a step is one graph",
    "test_step": "a step is one graph",
    "predict_step": "a step is one graph",
    "make_train_function": "a step is one graph",
    "compute_loss": r"gg.losses.Loss.*add_loss",
    "compute_metrics": r"gg.metrics.Metric",
}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_of_keras_that_nothing_calls_is_refused(hook: str) -> None:
    """Training would go on without it, in silence."""
    kind = type("Net", (gg.Sequential,), {hook: print})
    model: Any = kind([gg.Input((2,)), gg.Dense(1)])
    with pytest.raises(TypeError, match=rf"Net defines {hook}.*{HOOKS[hook]}"):
        model.compile("sgd", "mse")
    assert not model.compiled


def test_other_methods_of_ones_own_model_are_its_own() -> None:
    """What nobody would call is nobody's business; call itself is honoured."""

    class Halved(gg.Sequential):
        def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
            return super().call(x, training) / 2

        def report(self) -> str:
            return "fine"

    model = Halved([gg.Input((2,)), gg.Dense(1, "sigmoid", kernel_initializer="zeros")])
    model.compile("sgd", "mse")
    np.testing.assert_array_equal(model.predict(X, verbose=0), np.full((12, 1), 0.25))
    assert model.report() == "fine"


class Scale(gg.Layer):
    """A layer as one writes it for Keras 3."""

    def build(self, input_shape: Any) -> None:
        """Make the weights."""
        width = input_shape[-1]
        self.factor = self.add_weight(shape=(width,), initializer="ones", name="factor")
        self.shift = self.add_weight(shape=[width], initializer="zeros", name=None)

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Scale and shift."""
        return x * self.factor + self.shift


def test_add_weight_takes_keras_arguments_by_name() -> None:
    """A weight that got no name is called weight."""
    layer = Scale(name="scale")
    np.testing.assert_array_equal(layer(X).numpy(), X)
    assert ["scale/factor", "scale/weight"] == [weight.name for weight in layer.weights]


def test_a_model_is_loaded_safely_in_any_case(tmp_path: Any) -> None:
    """Keras' safe_mode=True asks for what is always so; False for code from a file."""
    path = tmp_path / "model.safetensors"
    gg.Sequential([gg.Input((2,)), gg.Dense(1)]).save(path)
    assert LOOSE.load_model(path, safe_mode=True).built
    with pytest.raises(TypeError, match=r"load_model takes no safe_mode.*runs no code"):
        LOOSE.load_model(path, safe_mode=False)


class Positives(gg.metrics.Metric):
    """A metric as Keras' documentation has it."""

    def __init__(self, name: str = "positives") -> None:
        """Make the state."""
        super().__init__(name=name)
        self.seen = self.add_variable(shape=(), initializer="zeros", name="seen")
        self.other = self.add_variable((2,), "ones")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count labels."""
        self.seen.assign(self.seen + gg.sum(gg.cast(y_true, "float64")))

    def result(self) -> Any:
        """Return the count."""
        return self.seen


def test_add_variable_makes_the_state_of_a_metric() -> None:
    """By shape, initializer and name, in Keras' order."""
    metric = Positives()
    assert ["positives/seen", "positives/state_1"] == [v.name for v in metric.variables]
    assert [1.0, 1.0] == metric.other.numpy().tolist()
    model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
    model.compile("sgd", "mse", metrics=[metric])
    assert Y.sum() == model.evaluate(X, Y, verbose=0)[1]
