"""Configurations: what can be described by the arguments that made it, as JSON."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

import graphgrad as gg
from graphgrad.layers._names import nearest

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
    "register_keras_serializable",
    "serialize",
]

Named = Callable[..., Any]
T = TypeVar("T", bound=Named)

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

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)

# What users have registered, by full name and by itself.
_REGISTERED: dict[str, Named] = {}
_NAMES: dict[Named, str] = {}


class _Scope(threading.local):
    custom: Mapping[str, Named] = {}


_SCOPE = _Scope()


class ConfigError(gg.GraphgradError, ValueError):
    """A thing that cannot be described, or a description that fits nothing known."""


class Configurable:
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

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a thing, by name, fit for JSON."""
        return {
            name: serialize(self._argument(name)) for name in arguments_of(type(self))
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make the thing that ``config``, from `get_config`, describes."""
        return cls(**{name: deserialize(value) for name, value in config.items()})

    def _argument(self, name: str) -> Any:
        if hasattr(self, name):
            return getattr(self, name)
        raise ConfigError(
            f"{type(self).__name__} keeps no attribute {name!r} for its argument of "
            f"that name: write self.{name} = {name} in __init__, or define get_config"
        )


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
        named = (
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            inspect.Parameter.KEYWORD_ONLY,
        )
        names |= {p.name: None for p in parameters if p.kind in named}
        if all(p.kind is not inspect.Parameter.VAR_KEYWORD for p in parameters):
            break
    return list(names)


# ---- to and from JSON ----------------------------------------------------------------


def serialize(thing: Any) -> Any:
    """Return ``thing`` in what JSON has: numbers, text, lists and dicts.

    >>> import graphgrad as gg
    >>> serialize((1, gg.activations.relu))
    {'class_name': '__tuple__', 'items': [1, 'relu']}
    """
    if thing is None or isinstance(thing, bool | int | float | str):
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
    return {
        "module": f"graphgrad.{cls._door}" if built_in else None,
        "class_name": cls.__name__,
        "config": thing.get_config(),
        "registered_name": None if built_in else get_registered_name(cls),
    }


def _array(array: np.ndarray[Any, Any]) -> dict[str, Any]:
    value = {"value": array.tolist(), "dtype": str(array.dtype)}
    return {"class_name": "__numpy__", "config": value}


def _function_name(function: Named) -> Any:
    name = function.__name__
    if function in _NAMES:
        return {"class_name": "function", "config": _NAMES[function]}
    if getattr(gg.activations, name, None) is function:
        return name
    for module in ("losses", "metrics"):
        door = importlib.import_module(f"graphgrad.{module}")
        if getattr(door, name, None) is function:
            return {"class_name": "function", "config": name, "module": door.__name__}
    if getattr(gg, name, None) is function:
        return {"class_name": "function", "config": name, "module": "graphgrad"}
    if name == "<lambda>":
        raise ConfigError(
            "a lambda has no name by which it could be found again: define a function, "
            "and register it with @graphgrad.saving.register_keras_serializable()"
        )
    return {"class_name": "function", "config": name}


_WRITERS: dict[type, Callable[[Any], Any]] = {
    list: lambda items: [serialize(each) for each in items],
    tuple: lambda items: {"class_name": "__tuple__", "items": serialize(list(items))},
    dict: lambda pairs: {str(key): serialize(each) for key, each in pairs.items()},
    np.generic: lambda number: number.item(),
    np.dtype: str,
    np.ndarray: _array,
    Configurable: _described,
    FunctionType: _function_name,
}


def deserialize(value: Any, custom_objects: Mapping[str, Named] | None = None) -> Any:
    """Return what `serialize` wrote; only known and registered names are looked up.

    >>> deserialize(serialize((1, [2.5, None])))
    (1, [2.5, None])
    """
    with custom_object_scope(custom_objects or {}):
        return _made(value)


def _made(value: Any) -> Any:
    if isinstance(value, list):
        return [_made(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    name = value.get("class_name")
    if name == "__tuple__":
        return tuple(_made(each) for each in value.get("items", ()))
    if isinstance(name, str) and "config" in value:
        return _thing(value, name, value["config"])
    return {key: _made(each) for key, each in value.items()}


def _thing(value: Mapping[str, Any], name: str, config: Any) -> Any:
    if name == "__numpy__":
        return np.array(config["value"], config["dtype"])
    if name == "function":
        return _found(value, str(config))
    found = _found(value, name)
    if not (inspect.isclass(found) and hasattr(found, "from_config")):
        raise ConfigError(f"{name!r} is no class with a configuration: {found!r}")
    if not isinstance(config, Mapping):
        raise ConfigError(f"the configuration of {name!r} must be a dict: {config!r}")
    return found.from_config(config)


def _found(value: Mapping[str, Any], name: str) -> Any:
    module = value.get("module")
    if module is None:
        return get_registered_object(value.get("registered_name") or name)
    if module == "graphgrad":
        found = getattr(gg, name, None) if name in gg.__all__ else None
        if inspect.isfunction(found):
            return found
    elif module in [f"graphgrad.{door}" for door in DOORS]:
        door = importlib.import_module(module)
        if name in door.__all__:
            return getattr(door, name)
    raise ConfigError(
        f"{module}.{name} is not known to this version of graphgrad: it may come from "
        "a newer one, or from another library"
    )


# ---- the user's own ------------------------------------------------------------------


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Register a class or function, so that what uses it can be saved and loaded.

    It is known as ``package>name``; ``name`` is its own unless given.

    >>> @register_keras_serializable("tests")
    ... def double(x):
    ...     return x * 2
    >>> deserialize(serialize(double)) is double
    True
    """

    def register(thing: T) -> T:
        if not callable(thing):
            raise ConfigError(f"a class or a function is registered, got {thing!r}")
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ConfigError(
                f"{thing.__name__} defines no get_config: derive it from a class of "
                "graphgrad, or from graphgrad.saving.Configurable"
            )
        full = f"{package}>{name or thing.__name__}"
        _REGISTERED[full] = thing
        _NAMES[thing] = full
        return thing

    return register


def get_registered_name(thing: Named) -> str:
    """Return the name that ``thing`` is registered by, or its own.

    >>> get_registered_name(ConfigError)
    'ConfigError'
    """
    return _NAMES.get(thing, thing.__name__)


def get_registered_object(name: str) -> Named:
    """Return what is registered by ``name``, or given by a `custom_object_scope`.

    >>> with custom_object_scope({"Mine": ConfigError}):
    ...     get_registered_object("Mine") is ConfigError
    True
    """
    known = {**_REGISTERED, **_SCOPE.custom}
    for each in (name, name.rpartition(">")[2]):
        if each in known:
            return known[each]
    near = nearest(name, known)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ConfigError(
        f"nothing is registered as {name!r}{hint}: import what defines it, mark it "
        "with @graphgrad.saving.register_keras_serializable(), or pass "
        "custom_objects={...}"
    )


@contextlib.contextmanager
def custom_object_scope(objects: Mapping[str, Named]) -> Iterator[None]:
    """Let configurations name the ``objects`` inside the block.

    >>> with custom_object_scope({"Mine": ConfigError}):
    ...     get_registered_object("Mine").__name__
    'ConfigError'
    """
    before = _SCOPE.custom
    _SCOPE.custom = {**before, **objects}
    try:
        yield
    finally:
        _SCOPE.custom = before


def _is_built_in(cls: type) -> bool:
    return cls.__module__.startswith("graphgrad.")
