"""Saved models: the file is whole and readable, and what is loaded goes on the same."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cases.saved import Net, Scaled, assert_same, data, go_on, made, through_file
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers._compile_config import arguments_of_compile
from graphgrad.layers._saving import restore_training, save_model
from graphgrad.saving import SavingError, register_keras_serializable


@register_keras_serializable("tests")
def apart(y_true: Any, y_pred: Any) -> Any:
    """Be a loss of the user's."""
    return gg.mean(gg.square(y_true - y_pred), axis=-1)


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where to save."""
    return str(tmp_path / "model.safetensors")


# ---- what is loaded goes on ----------------------------------------------------------


def through_restore(model: gg.Sequential, path: str) -> gg.Sequential:
    """Save, and give the state to a model like it, with other weights."""
    save_model(model, path)
    other = made(seed=1)
    assert {} == restore_training(other, path)
    return other


WAYS: dict[str, Any] = {
    "file": through_file,
    "restore": through_restore,
    "deepcopy": lambda model, _: copy.deepcopy(model),
    "pickle": lambda model, _: pickle.loads(pickle.dumps(model)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_kept_model_goes_on_bit_for_bit(path: str, way: str, before: int) -> None:
    """Weights, slots, counters, dropout and metrics are all there."""
    model = made()
    go_on(model, epochs=before)
    other = WAYS[way](model, path)
    assert type(other) is Net
    assert not set(model.variables) & set(other.variables)
    assert_same(go_on(model), go_on(other))


OPTIMIZERS = st.sampled_from(
    [
        lambda: gg.optimizers.SGD(0.1),
        lambda: gg.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda: gg.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        lambda: gg.optimizers.AdamW(0.01, amsgrad=True, clipnorm=1.0),
        lambda: gg.optimizers.Adam(
            gg.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5), use_ema=True
        ),
        lambda: gg.optimizers.Nadam(0.01, gradient_accumulation_steps=2),
        lambda: gg.optimizers.Ftrl(0.1, l1_regularization_strength=0.01),
        lambda: "adam",
    ]
)
LOSSES = st.sampled_from(["mse", "mae", gg.losses.Huber(0.5), apart])
METRICS = st.lists(
    st.sampled_from(["mse", apart, gg.losses.mean_squared_error]),
    unique_by=str,
)
LAYERS = st.one_of(
    st.builds(gg.Dense, st.integers(1, 4), st.sampled_from(["relu", "tanh", gg.sin])),
    st.builds(gg.Dropout, st.floats(0, 0.8)),
    st.builds(Scaled),
    st.builds(gg.Activation, st.just("tanh"), name=st.none()),
)
STACKS = st.lists(LAYERS, max_size=3)


@given(STACKS, STACKS, OPTIMIZERS, LOSSES, METRICS, st.integers(0, 2), st.booleans())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_drawn_models_go_on_bit_for_bit(
    tmp_path: Path,
    outer: Any,
    inner: Any,
    optimizer: Any,
    loss: Any,
    metrics: Any,
    epochs: int,
    built: bool,
) -> None:
    """Whatever they are made of, and however long they were trained."""
    path = str(tmp_path / "drawn.safetensors")
    nested = [gg.Sequential(inner)] if inner else []
    start = [gg.Input((3,))] if built else []
    model = gg.Sequential([*start, *nested, *outer, gg.Dense(1)])
    model.compile(optimizer(), loss, metrics=metrics)
    if epochs:
        go_on(model, epochs=epochs)
    other = through_file(model, path)
    assert model.get_config() == other.get_config()
    assert model.get_compile_config() == other.get_compile_config()
    gg.set_random_seed(1)
    first = go_on(model)
    gg.set_random_seed(1)
    assert_same(first, go_on(other))


def test_training_in_pieces_is_training_in_one(path: str) -> None:
    """Each epoch in a process of its own, as it were."""
    whole = made()
    expected = go_on(whole, epochs=4)
    pieces = made()
    found: Any = None
    for epoch in range(4):
        save_model(pieces, path, extra={"epoch": epoch})
        pieces = made(seed=epoch + 5)
        assert {"epoch": epoch} == restore_training(pieces, path)
        found = go_on(pieces, epochs=1)
        # What evaluate leaves in the metrics, fit begins anew.
    assert_same(expected[1:], found[1:])


@pytest.mark.parametrize("when", ["before", "after"])
def test_frozen_weights_stay_frozen_and_can_be_thawed(path: str, when: str) -> None:
    """Layers and single weights, frozen before or after compile, keep their slots."""
    model = made()
    go_on(model)
    for freeze in (model.layers[1], model.weights[0]):
        freeze.trainable = False
    if when == "before":
        model.compile("adam", "mse")
    go_on(model)
    other = through_file(model, path)
    names = [[w.name for w in m.trainable_weights] for m in (model, other)]
    assert ["dense/kernel", "dense/bias"] == names[0] == names[1]
    assert_same(go_on(model), go_on(other))
    for each in (model, other):
        each.trainable = True
        each.weights[0].trainable = True
    assert_same(go_on(model), go_on(other))


def test_a_learning_rate_that_was_assigned_is_kept(path: str) -> None:
    """It is state, and what the optimizer says of itself."""
    model = made()
    assert model.optimizer is not None
    model.optimizer.learning_rate = 0.125
    other = through_file(model, path)
    assert other.optimizer is not None
    assert 0.125 == float(other.optimizer.learning_rate)
    assert 0.125 == other.get_compile_config()["optimizer"]["config"]["learning_rate"]


def test_loading_leaves_the_source_of_randomness_alone(path: str) -> None:
    """What is drawn after it is what would have been drawn without."""
    made().save(path)
    gg.set_random_seed(3)
    first = gg.Dense(2)([[1.0]]).numpy()
    gg.set_random_seed(3)
    gg.load_model(path)
    assert np.array_equal(first, gg.Dense(2)([[1.0]]).numpy())


def test_a_diverged_model_is_kept_as_it_is(path: str) -> None:
    """NaN is a value, too: saving is no place to lose a model."""
    model = made()
    model.weights[0].assign(np.full(3, np.nan))
    other = through_file(model, path)
    assert np.isnan(other.get_weights()[0]).all()


def test_what_a_model_was_compiled_with_is_kept_by_name() -> None:
    """Every argument that means something comes back; also by get_compile_config."""
    model = made(metrics=["mse", apart])
    config = json.loads(json.dumps(model.get_compile_config()))
    assert set(config) <= set(arguments_of_compile())
    assert {"optimizer", "loss", "metrics"} <= set(config)
    other = gg.Sequential([gg.Input((3,)), gg.Dense(1, "sigmoid")])
    other.compile_from_config(config)
    assert config == other.get_compile_config()
    with pytest.raises(gg.GraphgradError, match="not compiled"):
        gg.Sequential([gg.Dense(1)]).get_compile_config()
    for wrong in (
        {"optimiser": "adam"},
        ["adam"],
        {"optimizer": "adma", "loss": "mse"},
    ):
        with pytest.raises((gg.GraphgradError, TypeError)):
            other.compile_from_config(wrong)  # type: ignore[arg-type]


# ---- parts of it ---------------------------------------------------------------------


def test_a_model_may_be_loaded_without_its_compile_state(path: str) -> None:
    """For use alone; it says what it lacks."""
    model = made()
    go_on(model)
    model.save(path)
    other = gg.load_model(path, compile=False)
    x, y = data()
    assert np.array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))
    with pytest.raises(gg.GraphgradError, match="is not compiled"):
        other.fit(x, y)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_model_without_weights_is_saved_as_such(path: str, compiled: bool) -> None:
    """Its architecture is all there is."""
    model = gg.Sequential([gg.Dense(2), gg.Dense(1)])
    if compiled:
        model.compile("adam", "mse")
    other = through_file(model, path)
    assert not other.built
    assert model.get_config() == other.get_config()
    x, y = data()
    if compiled:
        other.fit(x, y, verbose=0)
    assert (10, 1) == other.predict(x, verbose=0).shape


def test_a_model_that_was_compiled_before_it_was_built(path: str) -> None:
    """Slots that are not made yet are not missed; each draws its own order."""
    model = gg.Sequential([gg.Dense(2), gg.Dense(1)])
    model.compile("adam", "mse", metrics=["mse"])
    model.build((None, 3))
    other = through_file(model, path)
    assert_same(go_on(model)[:3], go_on(other)[:3])
    assert_same(model.get_weights(), other.get_weights())


def test_extra_comes_back(path: str) -> None:
    """Whatever JSON or arrays can hold."""
    extra = {"epoch": 3, "best": float("inf"), "order": (1, 2), "at": np.arange(3)}
    save_model(made(), path, extra=extra)
    found = restore_training(made(), path)
    np.testing.assert_equal(found, extra)


# ---- going on with a training --------------------------------------------------------


def test_only_a_training_of_the_same_model_goes_on(path: str) -> None:
    """The error names all that differs, and nothing has changed."""
    save_model(made(), path)
    other = made(optimizer="sgd", seed=1)
    before = [v.numpy() for v in other.variables]
    with pytest.raises(SavingError, match=r"'optimizer/adam/.*in the file alone"):
        restore_training(other, path)
    assert_same(before, [v.numpy() for v in other.variables])
    made().save_weights(path)
    with pytest.raises(SavingError, match="holds no training"):
        restore_training(made(), path)
    with pytest.raises(gg.GraphgradError, match="is not compiled"):
        restore_training(gg.Sequential([gg.Dense(1)]), path)


def test_a_model_is_built_to_go_on(path: str) -> None:
    """The file knows the shape of the input."""
    models = []
    for _ in range(2):
        model = gg.Sequential([gg.Dense(2), gg.Dense(1)])
        model.compile("adam", "mse")
        models.append(model)
    go_on(models[0])
    models[0].save(path)
    restore_training(models[1], path)
    assert_same(go_on(models[0]), go_on(models[1]))
