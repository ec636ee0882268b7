"""Configurations: what can be described by the arguments that made it, as JSON."""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

import graphgrad as gg
from graphgrad.layers._array_text import array_from, described_array
from graphgrad.layers._changes import Marked
from graphgrad.layers._names import RENAMED, nearest, refuse_unknown
from graphgrad.layers._registry import (
    ConfigError,
    Named,
    custom_object_scope,
    get_registered_name,
    get_registered_object,
    making,
    name_in_description,
    register_keras_serializable,
)
from graphgrad.layers._written import Written

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = [
    "ConfigError",
    "Configurable",
    "arguments_of",
    "custom_object_scope",
    "deserialize",
    "get_registered_name",
    "get_registered_object",
    "is_described",
    "register_keras_serializable",
    "serialize",
]

# The public modules whose classes and functions a configuration may name.
DOORS = (
    "activations",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.schedules",
    "regularizers",
)

# What doors offer to users alone, not to configurations.
_DOOR_S_OWN = ("get", "serialize", "deserialize")

# Those whose functions it may name: what computes with tensors, and does nothing else.
_FUNCTIONS = ("activations", "losses", "metrics", "ops")
_ENGINE = ("graphgrad._ops.", "graphgrad._compose")

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

# Things in things; models of more are beyond Python's stack when they compute.
_DEPTH = 40

# Whole numbers of more digits are refused by Python's own reader of JSON.
_BITS = 4096


class Configurable(Written, Marked):
    """What can be described by the arguments that made it, and be made again.

    Every argument of the constructor is kept in an attribute of its name, as it came or
    as what was made of it. A constructor that takes ``**options`` for its base has the
    arguments of its base as well.

    >>> class Power(Configurable):
    ...     def __init__(self, exponent=2.0):
    ...         self.exponent = exponent
    >>> Power(3.0).get_config()
    {'exponent': 3.0}
    >>> Power.from_config({"exponent": 3.0}).exponent
    3.0
    """

    # The public module that exports the classes of this kind.
    _door: ClassVar[str] = ""

    if not TYPE_CHECKING:

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            """Say of a misspelt argument what it is, before what is missing."""
            if kwargs:
                _check_spelling(cls, args, kwargs)
            return super().__new__(cls)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a thing, by name, fit for JSON."""
        found = {
            name: serialize(self._argument(name)) for name in arguments_of(type(self))
        }
        activation: Any = found.get("activation")
        ours = isinstance(activation, dict) and _is_built_in(type(self))
        # As in Keras: our classes take the name of an activation.
        if ours and activation.get("module") == "graphgrad.activations":
            found["activation"] = activation["config"]
        return found

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the thing that ``config``, from `get_config`, describes."""
        with making(cls.__name__, config):
            return cls(**{name: deserialize(value) for name, value in config.items()})

    def _argument(self, name: str) -> Any:
        if hasattr(self, name):
            return getattr(self, name)
        raise ConfigError(
            f"{type(self).__name__} keeps no attribute {name!r} for its argument of "
            f"that name: write self.{name} = {name} in __init__, or define get_config"
        )


# Where an argument is missing, another name may stand for it.
def _check_spelling(cls: type, args: Any, kwargs: Mapping[str, Any]) -> None:
    try:
        inspect.signature(cls).bind(*args, **kwargs)
    except TypeError:
        valid = arguments_of(cls)
        unknown = [name for name in kwargs if name not in valid]
        likely = [name for name in unknown if name in RENAMED or nearest(name, valid)]
        refuse_unknown(cls.__name__, likely, valid, RENAMED)


def arguments_of(cls: type) -> list[str]:
    """Return the names of a constructor's arguments, those of its bases too.

    >>> class Base:
    ...     def __init__(self, name=None): ...
    >>> class Own(Base):
    ...     def __init__(self, units, **options): ...
    >>> arguments_of(Own)
    ['units', 'name']
    """
    names: dict[str, None] = {}
    for each in cls.__mro__:
        if "__init__" not in vars(each):
            continue
        _, *parameters = inspect.signature(vars(each)["__init__"]).parameters.values()
        names |= {p.name: None for p in parameters if p.kind in _NAMED}
        if all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters):
            break
    return list(names)


# ---- to what JSON has ----------------------------------------------------------------


def serialize(thing: Any) -> Any:
    """Return ``thing`` in what JSON has: numbers, text, lists and dicts.

    What JSON lacks is written as a dict with a ``class_name``, as in Keras.

    >>> import graphgrad as gg
    >>> serialize((1, gg.initializers.Zeros()))["items"][1]["class_name"]
    'Zeros'
    """
    try:
        return _written(thing)
    except RecursionError:
        raise ConfigError(
            f"a {type(thing).__name__} contains itself, or things in things without "
            "end, and cannot be described"
        ) from None


def _written(thing: Any) -> Any:
    if thing is None or isinstance(thing, bool | str):
        return thing
    for kind, write in _WRITERS.items():
        if isinstance(thing, kind):
            return write(thing)
    raise ConfigError(
        f"a {type(thing).__name__} cannot be written as JSON: {thing!r}; make its "
        "class a subclass of graphgrad.saving.Configurable, and register it"
    )


def _described(thing: Configurable) -> dict[str, Any]:
    cls = type(thing)
    built_in = _is_built_in(cls)
    config: Any = thing.get_config()
    if not isinstance(config, Mapping):
        raise ConfigError(f"{cls.__name__}.get_config must return a dict: {config!r}")
    return {
        "module": f"graphgrad.{cls._door}" if built_in else None,
        "class_name": cls.__name__,
        "config": {str(name): _finished(value) for name, value in config.items()},
        "registered_name": None if built_in else name_in_description(cls),
    }


# What a get_config of the user's left to be written; dicts may be descriptions already.
def _finished(value: Any) -> Any:
    if isinstance(value, list):
        return [_finished(each) for each in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: _finished(each) for name, each in value.items()}
    return _written(value)


def _number(number: Any) -> Any:
    if isinstance(number, int):
        if int(number).bit_length() > _BITS:
            raise ConfigError("a whole number of so many digits cannot be written")
        return int(number)
    value = float(number)
    if np.isfinite(value):
        return value
    return {"class_name": "__float__", "config": str(value)}


def _dict(pairs: dict[Any, Any]) -> dict[str, Any]:
    if "class_name" not in pairs and all(isinstance(key, str) for key in pairs):
        return {key: _written(each) for key, each in pairs.items()}
    items = [[_written(key), _written(each)] for key, each in pairs.items()]
    return {"class_name": "__dict__", "items": items}


def _tuple(items: tuple[Any, ...]) -> dict[str, Any]:
    return {"class_name": "__tuple__", "items": [_written(each) for each in items]}


def _function(function: Named) -> Any:
    name = function.__name__
    if function.__module__.startswith(_ENGINE) and getattr(gg, name, None) is function:
        return {"class_name": "function", "config": name, "module": "graphgrad"}
    for module in (f"graphgrad.{door}" for door in _FUNCTIONS):
        if _behind(module).get(name) is function:
            return {"class_name": "function", "config": name, "module": module}
    return {"class_name": "function", "config": name_in_description(function)}


_WRITERS: dict[type, Callable[[Any], Any]] = {
    list: lambda items: [_written(each) for each in items],
    tuple: _tuple,
    dict: _dict,
    int: _number,
    float: _number,
    np.generic: lambda number: _written(number.item()),
    np.dtype: str,
    np.ndarray: described_array,
    Configurable: _described,
    FunctionType: _function,
}


# ---- and back ------------------------------------------------------------------------


class _Depth(threading.local):
    now = 0


_HERE = _Depth()


def is_described(value: Any) -> bool:
    """Return whether ``value`` is what `serialize` writes for an object or a function.

    >>> is_described(serialize(is_described)), is_described("relu")
    (True, False)
    """
    return isinstance(value, Mapping) and {"class_name", "config"} <= value.keys()


def deserialize(value: Any, custom_objects: Mapping[str, Named] | None = None) -> Any:
    """Return what `serialize` wrote; only known and registered names are looked up.

    >>> deserialize(serialize((1, [2.5, None])))
    (1, [2.5, None])
    """
    with custom_object_scope(custom_objects or {}):
        try:
            return _made(value)
        except RecursionError:
            raise ConfigError(_TOO_DEEP) from None


_TOO_DEEP = f"a description may hold things in things, but not deeper than {_DEPTH}"


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return [_made(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    name = value.get("class_name")
    if name in ("__tuple__", "__dict__"):
        return _collected(name, value.get("items"))
    if isinstance(name, str) and "config" in value:
        return _thing(value, name, value["config"])
    return {key: _made(each) for key, each in value.items()}


def _collected(name: str, items: Any) -> Any:
    if not isinstance(items, list):
        raise ConfigError(f"the items of a {name} must be a list, got {items!r}")
    made = [_made(each) for each in items]
    if name == "__tuple__":
        return tuple(made)
    try:
        return {key: each for key, each in made}  # noqa: C416 -- dict() takes text too
    except (TypeError, ValueError) as error:
        raise ConfigError(f"the items of a {name} must be pairs: {error}") from error


def _thing(value: Mapping[str, Any], name: str, config: Any) -> Any:
    if name == "__numpy__":
        return array_from(config)
    if name == "__float__" and config in ("nan", "inf", "-inf"):
        return float(config)
    if name == "function":
        return _found(value, config)
    found = _found(value, name)
    from_config = getattr(found, "from_config", None)
    if not inspect.isclass(found) or from_config is None:
        raise ConfigError(f"{name!r} is no class with a configuration: {found!r}")
    with _deeper(), making(name, config):
        return from_config(config)


@contextlib.contextmanager
def _deeper() -> Iterator[None]:
    if _HERE.now >= _DEPTH:
        raise ConfigError(_TOO_DEEP)
    _HERE.now += 1
    try:
        yield
    finally:
        _HERE.now -= 1


def _found(value: Mapping[str, Any], name: Any) -> Any:
    module = value.get("module")
    known = value.get("registered_name") or name
    if not isinstance(known, str) or not isinstance(name, str):
        raise ConfigError(f"a name must be text, got {known!r} and {name!r}")
    if module is None:
        return get_registered_object(known)
    found = _offered(str(module), name, function=value["class_name"] == "function")
    if found is not None:
        return found
    raise ConfigError(
        f"{module}.{name} is not known to this version of graphgrad: it may come from "
        "a newer one, or from another library"
    )


def _offered(module: str, name: str, *, function: bool) -> Any:
    """Return what a public module offers for descriptions by a name, or None."""
    if module == "graphgrad":
        found = getattr(gg, name, None) if name in gg.__all__ else None
        ours = getattr(found, "__module__", "").startswith(_ENGINE)
        return found if function and ours and inspect.isfunction(found) else None
    doors = _FUNCTIONS if function else DOORS
    if module not in [f"graphgrad.{door}" for door in doors]:
        return None
    found = _behind(module).get(name)
    return found if inspect.isfunction(found) or not function else None


@functools.cache
def _behind(module: str) -> dict[str, Any]:
    door = importlib.import_module(module)
    return {
        name: getattr(door, name) for name in door.__all__ if name not in _DOOR_S_OWN
    }


def _is_built_in(cls: type[Configurable]) -> bool:
    if cls._door not in DOORS or not cls.__module__.startswith("graphgrad."):
        return False
    return _behind(f"graphgrad.{cls._door}").get(cls.__name__) is cls
