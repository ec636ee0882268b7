"""Descriptions: what is written as JSON is made again; what is not one is refused."""

from __future__ import annotations

import copy
import functools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.layers._config import arguments_of
from graphgrad.saving import (
    ConfigError,
    custom_object_scope,
    deserialize_keras_object,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)


def through_json(thing: Any) -> Any:
    """Describe a thing, write that as strict JSON, and make the thing again."""
    text = json.dumps(serialize_keras_object(thing), allow_nan=False)
    return deserialize_keras_object(json.loads(text))


@register_keras_serializable("tests")
class Power(gg.Layer):
    """A layer of the user's, with arguments of any kind."""

    def __init__(self, exponent: Any = 2.0, **options: Any) -> None:
        super().__init__(**options)
        self.exponent = exponent

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Take the power."""
        return x**2


@register_keras_serializable("tests", "twice")
def double(x: Any) -> Any:
    """Double."""
    return x * 2


# ---- values --------------------------------------------------------------------------

FLOATS = st.floats(allow_nan=False)
ARRAYS = st.builds(
    lambda dtype, shape, seed: (
        np.random.default_rng(seed).integers(0, 2**10, shape).astype(dtype)
    ),
    st.sampled_from(["bool", "int8", "uint64", "float16", "float32", "float64"]),
    st.lists(st.integers(0, 9), max_size=3),
    st.integers(0, 9),
)
PLAIN = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
KEYS = st.sampled_from(["class_name", "config", "items", "module"]) | st.text()
VALUES = st.recursive(
    PLAIN,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.dictionaries(st.integers() | st.tuples(st.text()), inner, max_size=2)
    ),
    max_leaves=12,
)


@given(VALUES)
def test_values_come_back(value: Any) -> None:
    """Lists, tuples, dicts with keys of any kind, and numbers come back as they are."""
    again = through_json(value)
    assert value == again
    assert repr(value) == repr(again)


@given(VALUES)
def test_arguments_of_any_value_come_back(value: Any) -> None:
    """What a layer was given is what the layer made again has."""
    again = through_json(Power(value, name="power"))
    assert type(again) is Power
    assert repr(value) == repr(again.exponent)


@given(ARRAYS)
def test_arrays_come_back_bit_by_bit(array: Any) -> None:
    """Dtype, shape and values, be it short or long."""
    again = through_json(array)
    assert (array.dtype, array.shape) == (again.dtype, again.shape)
    assert array.tobytes() == again.tobytes()


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_json_has_no_number_for_comes_back(number: float) -> None:
    """NaN and the infinities, alone and in arrays."""
    assert repr(number) == repr(through_json(number))
    assert np.array_equal(
        np.array([number, 1]), through_json(np.array([number, 1])), equal_nan=True
    )


def test_numbers_of_numpy_become_pythons() -> None:
    """An argument may have come out of an array."""
    assert [3, 0.5, True] == through_json([np.int64(3), np.float32(0.5), np.True_])
    assert "float32" == through_json(np.dtype("float32"))


@pytest.mark.parametrize(
    "thing",
    [
        b"bytes",
        {1, 2},
        1j,
        object(),
        np.array(["a"]),
        np.array([1j]),
        2**5000,
        np.tanh,
        functools.partial(double, 1),
        [].append,
        np.datetime64("2020-01-01"),
    ],
)
def test_what_cannot_be_described_is_refused(thing: Any) -> None:
    """At the time of saving, not of loading."""
    with pytest.raises(ConfigError):
        serialize_keras_object([thing])


def test_a_lambda_is_refused_with_the_way_out() -> None:
    """It has no name by which loading could find it."""
    with pytest.raises(ConfigError, match="define a function, and register it"):
        serialize_keras_object(gg.Activation(lambda x: x))


def test_what_contains_itself_is_refused() -> None:
    """It has no end."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ConfigError, match="contains itself"):
        serialize_keras_object(endless)


@pytest.mark.parametrize(
    "function",
    [gg.activations.relu, gg.losses.mean_squared_error, gg.tanh, gg.softmax, double],
)
def test_functions_come_back_by_name(function: Any) -> None:
    """Those of the doors, of the engine, and registered ones."""
    assert function is through_json(function)
    assert function is through_json(Power(function)).exponent
    assert function is through_json(gg.Activation(function)).activation


def test_an_activation_of_a_layer_of_ours_is_written_by_its_name() -> None:
    """As in Keras, whose scripts compare it with a name."""
    assert "relu" == gg.Dense(1, "relu").get_config()["activation"]
    assert "linear" == gg.Dense(1).get_config()["activation"]


# ---- names ---------------------------------------------------------------------------


def test_registered_names_are_those_of_keras() -> None:
    """Package, sign, name; the name alone is found too where there is one."""
    assert "tests>twice" == get_registered_name(double)
    assert double is get_registered_object("tests>twice")
    assert "tests>Power" == serialize_keras_object(Power())["registered_name"]
    assert "strange name>also: [1]" == get_registered_name(
        register_keras_serializable("strange name", "also: [1]")(
            lambda x: x,
        )
    )


def test_a_name_that_is_registered_again_is_the_last() -> None:
    """A cell of a notebook runs more than once."""
    first, second = (
        register_keras_serializable("tests", "again")(copy.copy(f))
        for f in (lambda x: x, lambda x: x + 1)
    )
    assert get_registered_object("tests>again") in (first, second)
    assert get_registered_object("tests>again")(1) == 2


def test_what_cannot_be_named_is_not_registered() -> None:
    """Objects, classes without a description, names that are no text."""
    with pytest.raises(ConfigError, match="class or a function"):
        register_keras_serializable()(Power())
    with pytest.raises(ConfigError, match="defines no get_config"):
        register_keras_serializable()(dict)
    with pytest.raises(ConfigError, match="package must be text"):
        register_keras_serializable(Power)  # type: ignore[arg-type]
    with (
        pytest.raises(ConfigError, match="class or a function"),
        custom_object_scope(
            {"x": 3}  # type: ignore[dict-item]
        ),
    ):
        pass


def test_an_unknown_name_says_what_to_do() -> None:
    """The nearest name, the decorator, and the argument."""
    with pytest.raises(
        ConfigError, match=r"did you mean 'tests>Power'.*custom_objects"
    ):
        get_registered_object("tests>Powr")


def test_custom_objects_count_inside_of_the_block_alone() -> None:
    """Inner ones go before outer and registered ones."""

    class Other(Power):
        pass

    described = serialize_keras_object(Power())
    with custom_object_scope({"Power": Power, "tests>Power": Other}):
        assert type(deserialize_keras_object(described)) is Other
    assert type(deserialize_keras_object(described)) is Power
    described = serialize_keras_object(Other())
    made = deserialize_keras_object(described, {"Other": Other})
    assert type(made) is Other
    with pytest.raises(ConfigError, match="'Other'"):
        deserialize_keras_object(described)


def test_get_config_may_leave_the_writing_to_us() -> None:
    """Tuples, arrays, functions and layers in a config of the user's are described."""

    @register_keras_serializable("tests")
    class Own(gg.Layer):
        def __init__(self, inner: Any = None, **options: Any) -> None:
            super().__init__(**options)
            self.wrapped = inner

        def get_config(self) -> dict[str, Any]:
            return {"name": self.name, "inner": self.wrapped}

    inner = (gg.Dense(2), double, np.float32(2), {"a": np.arange(3)})
    again = through_json(Own(inner)).wrapped
    assert (2, double, 2.0) == (again[0].units, *again[1:3])
    assert [0, 1, 2] == again[3]["a"].tolist()


def test_arguments_are_those_of_all_bases_that_are_asked() -> None:
    """The rule by which a description is complete."""
    base = ["name", "trainable", "dtype", "activity_regularizer"]
    assert ["exponent", *base] == arguments_of(Power)


# ---- built-in things -----------------------------------------------------------------

INITIALIZERS = st.sampled_from(
    [
        *("zeros", "he_normal", "orthogonal"),
        gg.initializers.Constant(0.5),
        gg.initializers.VarianceScaling(2.0, "fan_out", "uniform", seed=3),
    ]
)
LAYERS = st.one_of(
    st.builds(
        gg.Dense,
        st.integers(1, 5),
        st.sampled_from([None, "relu", "softmax", gg.tanh, double]),
        st.booleans(),
        INITIALIZERS,
        trainable=st.booleans(),
    ),
    st.builds(gg.Dropout, st.floats(0, 0.9), seed=st.none() | st.integers(0, 9)),
    st.builds(gg.Activation, st.sampled_from(["tanh", double])),
    st.builds(Power, FLOATS),
    st.builds(gg.Flatten),
)
STACKS = st.recursive(
    st.lists(LAYERS, min_size=1, max_size=3),
    lambda inner: st.lists(LAYERS | inner.map(gg.Sequential), min_size=1, max_size=3),
    max_leaves=6,
)


@given(STACKS, st.booleans())
def test_models_come_back(layers: Any, built: bool) -> None:
    """Architecture, names, flags and shapes; twice described is the same."""
    model = gg.Sequential(([gg.Input((3,))] if built else []) + layers, name="drawn")
    again = through_json(model)
    assert model.get_config() == again.get_config()
    assert json.loads(again.to_json()) == json.loads(model.to_json())
    names = [[(w.name, w.shape) for w in m.variables] for m in (model, again)]
    assert names[0] == names[1]
    trained = [[w.name for w in m.trainable_weights] for m in (model, again)]
    assert trained[0] == trained[1]


@pytest.mark.parametrize("shape", [(3,), (2, 4)])
def test_a_model_of_an_input_alone_comes_back(shape: tuple[int, ...]) -> None:
    """Layers may still be added to either."""
    again = through_json(gg.Sequential([gg.Input(shape)]))
    again.add(gg.Dense(1))
    assert (None, *shape) == again.input_shape
