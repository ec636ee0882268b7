"""Saved models: the file is whole and readable, and what is loaded goes on the same."""

from __future__ import annotations

import copy
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

import graphgrad as gg
from graphgrad.layers._compile_config import arguments_of_compile
from graphgrad.layers._saving import restore_training, save_model
from graphgrad.saving import SavingError, register_keras_serializable


@register_keras_serializable("tests")
class Scaled(gg.Layer):
    """A layer of the user's, with a weight and what is no weight."""

    def __init__(self, start: Any = "ones", **options: Any) -> None:
        super().__init__(**options)
        self.start = start

    def build(self, input_shape: Any) -> None:
        """Make two weights of one name."""
        self.factor = self.add_weight("w", (input_shape[-1],), self.start)
        self.kept = self.add_weight("w", (), "zeros", trainable=False)

    def call(self, x: gg.Tensor, training: bool = False) -> gg.Tensor:
        """Multiply, and count the steps of training."""
        if training:
            gg.assign(self.kept, self.kept + 1)
        return x * self.factor


@register_keras_serializable("tests")
def apart(y_true: Any, y_pred: Any) -> Any:
    """Be a loss of the user's."""
    return gg.mean(gg.square(y_true - y_pred), axis=-1)


@register_keras_serializable("tests")
class Net(gg.Sequential):
    """A model of the user's."""

    def answer(self) -> int:
        """Return what other models lack."""
        return 42


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return where to save."""
    return str(tmp_path / "model.safetensors")


def data(rows: int = 10, width: int = 3) -> tuple[Any, Any]:
    """Return samples with labels 0 and 1."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, width)).astype("float32")
    return x, (x.sum(axis=1) > 0).astype("float32")


def made(seed: int = 0, **options: Any) -> gg.Sequential:
    """Return a compiled model with state of all kinds."""
    gg.set_random_seed(seed)
    inner = gg.Sequential([gg.Dense(4, "tanh"), gg.Dropout(0.25)], name="inner")
    model = Net(
        [gg.Input((3,)), Scaled(), inner, gg.Dropout(0.5), gg.Dense(1, "sigmoid")]
    )
    arguments = {
        "optimizer": gg.optimizers.Adam(0.05),
        "loss": gg.losses.BinaryCrossentropy(label_smoothing=0.1),
        "metrics": ["accuracy", "mse"],
    }
    model.compile(**{**arguments, **options})
    return model


def go_on(model: gg.Sequential, **options: Any) -> Any:
    """Train, measure and predict; return all that comes out, and all state."""
    x, y = data()
    arguments = {"epochs": 2, "batch_size": 4, "shuffle": False, "verbose": 0}
    # What is drawn may diverge; NaN is compared like any number.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "loss is", RuntimeWarning)
        logs = model.fit(x, y, **{**arguments, **options}).history
    found = [logs, model.evaluate(x, y, verbose=0), model.predict(x, verbose=0)]
    assert model.optimizer is not None
    state = [*model.variables, *model.optimizer.variables]
    return [*found, *[variable.numpy() for variable in state]]


def assert_same(one: Any, other: Any) -> None:
    """Compare bit by bit, with NaN as a number."""
    for first, second in zip(one, other, strict=True):
        np.testing.assert_equal(first, second)


# ---- what is loaded goes on ----------------------------------------------------------


def through_file(model: gg.Sequential, path: str) -> gg.Sequential:
    """Save and load."""
    model.save(path)
    return gg.load_model(path)


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


# ---- weights -------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["save", "save_weights"])
def test_weights_are_loaded_by_name(path: str, call: str) -> None:
    """From a file of weights or of a model, whatever else the model remembers."""
    model = made()
    go_on(model)
    getattr(model, call)(path)
    other = gg.Sequential([gg.Input((3,)), *made(seed=1).layers])
    random = [v.numpy() for v in other.variables if v.cell.kind == "random"]
    other.load_weights(path)
    assert_same(model.get_weights(), other.get_weights())
    assert_same(random, [v.numpy() for v in other.variables if v.cell.kind == "random"])


def small(*units: int) -> gg.Sequential:
    """Return a model of named layers."""
    layers = [gg.Dense(n, name=f"layer{i}") for i, n in enumerate(units)]
    return gg.Sequential([gg.Input((3,)), *layers])


def test_weights_that_do_not_fit_are_named_together(path: str) -> None:
    """Missing, unknown and of another shape; nothing is changed."""
    small(2, 3, 1).save_weights(path)
    model = small(2, 4)
    before = model.get_weights()
    with pytest.raises(SavingError) as caught:
        model.load_weights(path)
    for part in (
        "'layer1/kernel' has shape (2, 4), the file (2, 3)",
        "'layer1/bias' has shape (4,), the file (3,)",
        "'layer2/kernel' is in the file alone",
        "Nothing was loaded; skip_mismatch=True",
    ):
        assert part in str(caught.value)
    assert_same(before, model.get_weights())
    with pytest.raises(SavingError, match="'layer3/bias' is missing in the file"):
        small(2, 3, 1, 1).load_weights(path)


def test_what_fits_is_loaded_if_that_is_wanted(path: str) -> None:
    """And the rest is named in a warning, with the line of the call."""
    model = small(2, 3)
    model.save_weights(path)
    other = small(2, 4)
    before = other.get_weights()
    with pytest.warns(UserWarning, match="'layer1/kernel' has shape") as caught:
        other.load_weights(path, skip_mismatch=True)
    assert __file__ == caught[0].filename
    assert_same(model.get_weights()[:2], other.get_weights()[:2])
    assert_same(before[2:], other.get_weights()[2:])


def test_a_model_without_weights_cannot_take_any(path: str) -> None:
    """The error says how it gets some."""
    small(1).save_weights(path)
    for call in ("load_weights", "save_weights"):
        with pytest.raises(SavingError, match=r"has no weights yet.*gg\.Input"):
            getattr(gg.Sequential([gg.Dense(1)]), call)(path)


def test_other_programs_read_our_weights(path: str) -> None:
    """By the format's own library, under the names that the model shows."""
    model = made()
    model.save(path)
    found = load_file(path)
    names = ["scaled/w", "scaled/w_1", "inner/dense/kernel", "inner/dense/bias"]
    assert set(names) < set(found)
    for name, value in zip(names[:1] + names[2:], model.weights[:1], strict=False):
        assert np.array_equal(value.numpy(), found[name])
    with safe_open(path, "numpy") as file:
        texts = file.metadata()
    assert "graphgrad" == texts["format"]
    assert gg.__version__ == texts["graphgrad_version"]
    assert "Net" == json.loads(texts["model"])["class_name"]


def test_weights_of_other_programs_are_read(path: str) -> None:
    """If they have our names; wider numbers are rounded, but not to infinity."""
    model = small(2)
    kernel, bias = np.full((3, 2), 0.1), np.ones(2, np.float16)
    save_file({"layer0/kernel": kernel, "layer0/bias": bias}, path)
    model.load_weights(path)
    assert_same([kernel.astype("float32"), [1.0, 1.0]], model.get_weights())
    with pytest.raises(SavingError, match="holds weights, but no model"):
        gg.load_model(path)
    save_file({"layer0/kernel": kernel * 1e300, "layer0/bias": bias}, path)
    with pytest.raises(SavingError, match="beyond float32"):
        model.load_weights(path)


# ---- the user's own ------------------------------------------------------------------


def test_what_is_not_registered_is_named_when_it_is_saved(path: str) -> None:
    """The warning says how to load it, and so it is loaded."""

    class Plain(gg.Layer):
        def call(self, x: gg.Tensor) -> gg.Tensor:
            return x + 1

    def half(x: gg.Tensor) -> gg.Tensor:
        return x / 2

    model = gg.Sequential([gg.Input((3,)), Plain(), gg.Dense(2, half)])
    with pytest.warns(UserWarning, match="is not registered") as caught:
        model.save(path)
    assert ["Plain", "half"] == [str(w.message).split("'")[1] for w in caught]
    assert all(w.filename == __file__ for w in caught)
    with pytest.raises(SavingError, match="nothing is registered as 'Plain'"):
        gg.load_model(path)
    other = gg.load_model(path, custom_objects={"Plain": Plain, "half": half})
    x, _ = data()
    assert np.array_equal(model.predict(x, verbose=0), other.predict(x, verbose=0))
    with gg.saving.custom_object_scope({"Plain": Plain, "half": half}):
        model.save(path)
        assert type(gg.load_model(path).layers[0]) is Plain


def test_a_lambda_is_refused_when_it_is_saved(path: str) -> None:
    """Before anything is written."""
    with pytest.raises(SavingError, match="lambda"):
        gg.Sequential([gg.Input((3,)), gg.Activation(lambda x: x)]).save(path)
    assert not Path(path).exists()


def test_a_model_of_a_registered_class_is_loaded_as_one(path: str) -> None:
    """Its methods are there."""
    model = Net([gg.Input((2,)), gg.Dense(1)])
    other = through_file(model, path)
    assert isinstance(other, Net)
    assert 42 == other.answer()


# ---- clones, JSON --------------------------------------------------------------------


def test_a_clone_has_new_weights_and_shares_nothing() -> None:
    """Also of what nobody registered, lambdas too; it is not compiled."""

    class Plain(Scaled):
        pass

    twice = gg.Dense(3, lambda x: x * 2)
    model = Net([gg.Input((3,)), twice, twice, Plain(), gg.Activation(lambda x: x + 1)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clone = gg.models.clone_model(model)
    assert [type(a) for a in model] == [type(a) for a in clone]
    assert clone[0] is clone[1]
    assert not set(clone.variables) & set(model.variables)
    assert not np.array_equal(clone.get_weights()[0], model.get_weights()[0])
    clone.set_weights(model.get_weights())
    x, _ = data()
    assert np.array_equal(model.predict(x, verbose=0), clone.predict(x, verbose=0))
    with pytest.raises(gg.GraphgradError, match="not compiled"):
        clone.fit(x, x)


@pytest.mark.parametrize("recursive", [True, False])
def test_a_clone_function_makes_each_layer(recursive: bool) -> None:
    """Those of inner models too if that is wanted."""
    seen = []

    def wider(layer: gg.Layer) -> gg.Layer:
        seen.append(layer.name)
        config = layer.get_config()
        if isinstance(layer, gg.Dense) and layer.units > 1:
            config["units"] = 9
        return type(layer).from_config(config)

    clone = gg.models.clone_model(made(), clone_function=wider, recursive=recursive)
    inside = ["dense", "dropout"] if recursive else ["inner"]
    assert ["scaled", *inside, "dropout", "dense"] == seen
    assert (9 if recursive else 4) == clone[1].layers[0].units  # type: ignore[attr-defined]
    assert clone.built


def test_what_cannot_be_cloned_is_refused() -> None:
    """No model, the same layer, an input that is not there."""
    with pytest.raises(ValueError, match="needs a model"):
        gg.models.clone_model(gg.Dense(1))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must return a new layer"):
        gg.models.clone_model(made(), clone_function=lambda layer: layer)
    with pytest.raises(ValueError, match="takes no input_tensors"):
        gg.models.clone_model(made(), input_tensors=3)  # type: ignore[arg-type]


def test_json_makes_the_model_with_new_weights() -> None:
    """The arguments of json.dumps are handed on."""
    model = made()
    text = model.to_json(indent=2)
    assert "\n  " in text
    other = gg.models.model_from_json(text)
    assert model.get_config() == other.get_config()
    assert [w.shape for w in model.weights] == [w.shape for w in other.weights]
    for wrong in ("{", '{"class_name": 1}', "NaN", "[" * 100_000, "1" * 9_999):
        with pytest.raises(SavingError):
            gg.models.model_from_json(wrong)
    with pytest.raises(SavingError, match="describes no model, but <Dense"):
        gg.models.model_from_json(
            json.dumps(gg.saving.serialize_keras_object(gg.Dense(1)))
        )
    with pytest.raises(SavingError, match="must be JSON text, got dict"):
        gg.models.model_from_json(model.get_config())  # type: ignore[arg-type]


def test_a_copy_leaves_the_history_behind() -> None:
    """It has not been trained itself."""
    model = made()
    go_on(model)
    assert copy.deepcopy(model).history is None
    assert pickle.loads(pickle.dumps(model)).history is None


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
