"""Hostile descriptions: whatever JSON says, a thing is made or refused."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphgrad as gg
from graphgrad.saving import (
    ConfigError,
    Configurable,
    deserialize_keras_object,
    register_keras_serializable,
    serialize_keras_object,
)


@register_keras_serializable("hostile")
class Power(gg.Layer):
    """A layer of the user's, with arguments of any kind."""

    def __init__(self, exponent: Any = 2.0, **options: Any) -> None:
        super().__init__(**options)
        self.exponent = exponent

    def call(self, x: gg.Tensor) -> gg.Tensor:
        """Take the power."""
        return x**2


@register_keras_serializable("hostile", "twice")
def double(x: Any) -> Any:
    """Double."""
    return x * 2


FLOATS = st.floats(allow_nan=False)
PLAIN = st.none() | st.booleans() | st.integers() | FLOATS | st.text()
KEYS = st.sampled_from(["class_name", "config", "items", "module"]) | st.text()


JSON = st.recursive(
    PLAIN | st.sampled_from(["__tuple__", "__dict__", "__numpy__", "function"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_json_is_a_value_or_refused(description: Any) -> None:
    """Nothing else than ConfigError comes of it."""
    with contextlib.suppress(ConfigError):
        deserialize_keras_object(description)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in a JSON value."""
    found = [path] if path else []
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, each in items:
        found += places(each, (*path, key))
    return found


MODEL = serialize_keras_object(
    gg.Sequential(
        [
            gg.Input((3,)),
            gg.Dense(2, double, kernel_initializer=gg.initializers.Constant(2.0)),
            gg.Sequential([gg.Dropout(0.5), Power((1, np.arange(3)))]),
        ]
    )
)


@given(st.sampled_from(places(MODEL)), JSON, st.booleans())
def test_a_wrong_value_anywhere_is_refused(
    place: tuple[Any, ...], wrong: Any, drop: bool
) -> None:
    """Or makes a model, if it is right by chance: never another error."""
    description = copy.deepcopy(MODEL)
    at = description
    for key in place[:-1]:
        at = at[key]
    if drop:
        del at[place[-1]]
    else:
        at[place[-1]] = wrong
    with contextlib.suppress(ConfigError):
        deserialize_keras_object(description)


def test_a_description_does_not_grow_without_end() -> None:
    """Python's own stack is not at its mercy."""
    nested: Any = serialize_keras_object(gg.Dense(1))
    for _ in range(60):
        nested = {**MODEL, "config": {**MODEL["config"], "layers": [nested]}}
    with pytest.raises(ConfigError, match="not deeper than 40"):
        deserialize_keras_object(nested)
    lists: Any = []
    for _ in range(100_000):
        lists = [lists]
    with pytest.raises(ConfigError, match="not deeper"):
        deserialize_keras_object(lists)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("builtins", "eval"),
        ("graphgrad", "jit"),
        ("graphgrad", "load_model"),
        ("graphgrad.losses", "get"),
        ("graphgrad.losses", "deserialize"),
        ("graphgrad.layers", "set_random_seed"),
        ("graphgrad.layers._saving", "load_model"),
        (None, "os.system"),
        (None, "__import__"),
    ],
)
@pytest.mark.parametrize("kind", ["function", "class"])
def test_only_what_computes_is_found_by_name(
    module: str | None, name: str, kind: str
) -> None:
    """A description names no code that does anything else."""
    described: dict[str, Any] = {"class_name": name, "config": {}, "module": module}
    if kind == "function":
        described = {"class_name": "function", "config": name, "module": module}
    with pytest.raises(ConfigError):
        deserialize_keras_object(described)


def test_what_a_constructor_says_is_passed_on() -> None:
    """The error names the thing, and the cause is kept."""
    described = serialize_keras_object(gg.Dense(3))
    described["config"]["units"] = -1
    with pytest.raises(ConfigError, match=r"Dense cannot be made.*units") as caught:
        deserialize_keras_object(described)
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_configurable_without_its_attribute_is_named() -> None:
    """A description that would be incomplete is refused."""

    class Forgetful(Configurable):
        def __init__(self, size: int) -> None:
            pass

    with pytest.raises(ConfigError, match=r"write self\.size = size"):
        Forgetful(1).get_config()
