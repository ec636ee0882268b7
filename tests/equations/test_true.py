"""Every printed equation is true of what ran, whatever the model is made of."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad import layers as gl
from graphgrad._explain import values_of

Check = Callable[..., None]
ROWS = 6
STAGES = ("build", "compile", "fit", "evaluate", "predict")

LAYERS: dict[str, Callable[[], gg.Layer]] = {
    "dense": lambda: gg.Dense(3, "relu"),
    "dense_all": lambda: gg.Dense(
        3, None, True, "he_normal", "ones", "l1", "l2", "l1l2", "max_norm", "non_neg"
    ),
    "activity": lambda: gl.ActivityRegularization(0.1, 0.2),
    "alpha_dropout": lambda: gl.AlphaDropout(0.3, seed=1),
    "batch_normalization": gl.BatchNormalization,
    "dropout": lambda: gg.Dropout(0.5, seed=1),
    "elu": lambda: gl.ELU(0.5),
    "embedding": lambda: gl.Embedding(2, 3, embeddings_regularizer="l2"),
    "gaussian_noise": lambda: gl.GaussianNoise(0.3, seed=1),
    "group_normalization": lambda: gl.GroupNormalization(2),
    "layer_normalization": gl.LayerNormalization,
    "leaky_relu": gl.LeakyReLU,
    "prelu": lambda: gl.PReLU("ones", "l2", "unit_norm", [1]),
    "relu": lambda: gl.ReLU(0.5, 0.1, 0.2),
    "repeat_vector": lambda: gl.RepeatVector(2),
    "rescaling": lambda: gl.Rescaling([1.0, 2.0, 3.0, 4.0], -1.0),
    "reshape": lambda: gl.Reshape((2, -1)),
    "rms_normalization": gl.RMSNormalization,
    "softmax": gl.Softmax,
    "unit_normalization": gl.UnitNormalization,
    "nested": lambda: gg.Sequential([gg.Dense(3, "gelu"), gg.Dense(2, "swish")]),
}


def made(kinds: Any, base: type) -> list[str]:
    """Return the names of the classes of a door that can be made as they are."""
    return [
        name
        for name in kinds.__all__
        if inspect.isclass(kind := getattr(kinds, name))
        and issubclass(kind, base)
        and kind is not base
        and all(
            each.default is not each.empty or each.kind is each.VAR_KEYWORD
            for each in inspect.signature(kind).parameters.values()
        )
    ]


LOSSES = made(gg.losses, gg.losses.Loss)


def data(classes: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return samples of zeros and ones, and labels of 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, (ROWS, 4)).astype("float32")
    labels = rng.integers(0, classes + 1, ROWS)
    y = np.eye(classes + 1)[labels] if classes > 1 else labels[:, None]
    return x, y.astype("float32")


def not_zero(name: str, y: np.ndarray) -> np.ndarray:
    """Return labels that a loss can divide by."""
    return y + 1 if "Percentage" in name else y


def trained(model: gg.Sequential, x: np.ndarray, y: np.ndarray) -> gg.Sequential:
    """Train for two steps, so that optimizers have a history."""
    model.fit(x, y, batch_size=ROWS, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_layers_at_every_stage(
    make: Callable[[], gg.Layer], check_equations: Check
) -> None:
    """Graphs as recorded, and programs as they ran."""
    gg.set_random_seed(1)
    x, y = data()
    model = gg.Sequential([gg.Input((4,)), make(), gg.Flatten(), gg.Dense(1)])
    model.compile("adam", "mse")
    trained(model, x, y)
    model.evaluate(x, y, batch_size=ROWS, verbose=0)
    model.predict(x, batch_size=ROWS, verbose=0)
    for stage in STAGES:
        given = (x,) if stage in ("build", "predict") else (x, y)
        check_equations(gg.explain(model, stage, example=given), *given)


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name: str, check_equations: Check) -> None:
    """The loss and its derivatives, with outputs that are probabilities."""
    gg.set_random_seed(1)
    x, y = data(2)
    loss = getattr(gg.losses, name)()
    model = gg.Sequential([gg.Input((4,)), gg.Dense(3, "softmax")])
    model.compile("sgd", loss)
    if len(model.graph("compile").inputs[1].shape) == 1:
        y = y.argmax(-1)
    y = not_zero(name, y)
    trained(model, x, y)
    for stage in ("compile", "fit"):
        check_equations(gg.explain(model, stage, example=(x, y)), x, y)


class Swirl(gl.Layer):
    """A layer of somebody's own, with a weight of its own name."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weight."""
        self.twist = self.add_weight("twist", (input_shape[-1] or 1,), "ones")

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Compute something nobody has written down before."""
        return gg.sin(x * self.twist) / (1.0 + gg.exp(-gg.abs(x))) - x[:, ::-1]


def quartic(y_true: gg.Tensor, y_pred: gg.Tensor) -> gg.Tensor:
    """Return a loss of somebody's own."""
    return gg.mean((y_pred - y_true) ** 4, axis=-1)


def test_what_users_write(check_equations: Check) -> None:
    """Layers, losses and metrics of one's own need nothing for their equations."""
    gg.set_random_seed(1)
    x, y = data()
    model = gg.Sequential([gg.Input((4,)), Swirl(name="swirl"), gg.Dense(1)])
    model.compile("adam", quartic, metrics=[quartic])
    trained(model, x, y)
    for stage in ("compile", "fit"):
        explained = gg.explain(model, stage, example=(x, y))
        check_equations(explained, x, y)
    lines = [each.unicode for each in gg.explain(model, "build").equations]
    assert "a₁ = sin(X ⊙ twist₁) / (1 + exp(−|X|)) − X[:, 3::-1]" in lines[0]


def test_a_weight_of_samples_has_a_name(check_equations: Check) -> None:
    """Programs with a third input are recorded with one."""
    x, y = data()
    weight = np.linspace(0.5, 1.5, ROWS).astype("float32")
    model = gg.Sequential([gg.Input((4,)), gg.Dense(2, "tanh"), gg.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, y, batch_size=ROWS, sample_weight=weight, verbose=0)
    explained = gg.explain(model, "fit")
    check_equations(explained, x, y, weight)
    assert "sample_weight" in str(explained)
    assert any(each.unicode.startswith("δ₁ = ") for each in explained.equations)


@pytest.mark.parametrize("watched", [False, True], ids=["plain", "watched"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_names_mean_the_same_in_what_was_recorded_and_in_what_ran(
    optimizer: str, *, watched: bool
) -> None:
    """Passes keep the map: δ₁ of the program is δ₁ of the recorded step."""
    gg.set_random_seed(1)
    x, y = data()
    model = gg.Sequential([gg.Input((4,)), gg.Dense(5, "relu"), gg.Dense(1, "sigmoid")])
    model.compile(optimizer, "bce")
    probes = (
        [gg.callbacks.LearningMonitor(None, None, None, None, None)] if watched else []
    )
    model.fit(x, y, batch_size=ROWS, epochs=2, verbose=0, callbacks=probes)
    found = []
    for explained in (
        gg.explain(model, "compile", example=(x, y)),
        gg.explain(model, "fit"),
    ):
        values = values_of(explained.graph, (x, y))
        found.append(
            {str(w.formula): values[w.node] for w in explained.where if w.node}
        )
    recorded, ran = found
    shared = {name for name in recorded if name in ran and not re.match("[um]", name)}
    assert {"X", "W₁", "z₁", "a₁", "L", "δ₁", "δ₂", "∂L/∂W₁", "∂L/∂b₂"} <= shared
    for name in shared:
        np.testing.assert_allclose(ran[name], recorded[name], rtol=1e-4, atol=1e-6)


def test_what_is_computed_here_is_what_the_program_computes() -> None:
    """The values that the laws compare with are those of a real step."""
    gg.set_random_seed(1)
    x, y = data()
    model = gg.Sequential([gg.Input((4,)), gg.Dense(5, "relu"), gg.Dense(1, "sigmoid")])
    model.compile("adam", "bce")
    program = trained(model, x, y).program("fit")
    values = values_of(program.graph, (x, y))
    results = program(x, y)
    for node, found in zip(program.graph.outputs, results, strict=True):
        np.testing.assert_allclose(found, values[node.name], rtol=1e-6)
    for effect in program.graph.effects:
        state: Any = effect.inputs[0].op
        due = values[effect.inputs[1].name]
        np.testing.assert_allclose(state.cell.array, due, rtol=1e-5, atol=1e-7)


@given(data=st.data())
def test_any_program_with_state(data: st.DataObject, check_equations: Check) -> None:
    """Symbols of state mean what they say also where new and old values are mixed."""
    count = data.draw(st.integers(1, 3))
    state = [gg.Variable(np.full(2, i + 0.5), name=f"s{i}") for i in range(count)]

    def record(x: gg.Tensor) -> gg.Tensor:
        known: list[Any] = [x, *state]
        for _ in range(data.draw(st.integers(1, 8))):
            a, b = (data.draw(st.sampled_from(known)) for _ in range(2))
            f = data.draw(st.sampled_from([gg.add, gg.subtract, gg.multiply]))
            known.append(f(a, b) if data.draw(st.booleans()) else gg.tanh(a))
            if data.draw(st.booleans()):
                value = data.draw(st.sampled_from(known))
                data.draw(st.sampled_from(state)).assign(value)
        return gg.identity(known[-1])

    graph = gg.trace(record, gg.Spec((2,), "float64"))
    if graph.operations:
        check_equations(gg.explain(graph), np.array([0.25, -0.75]))
