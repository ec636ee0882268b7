"""What users register, so that a description may name it; and errors of saving."""

from __future__ import annotations

import contextlib
import inspect
import reprlib
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import graphgrad as gg
from graphgrad.layers._names import nearest
from graphgrad.layers._text import shortened

__all__ = [
    "ConfigError",
    "CustomObjectScope",
    "Named",
    "SavingError",
    "custom_object_scope",
    "get_registered_name",
    "get_registered_object",
    "making",
    "name_in_description",
    "notes_of_unregistered",
    "register_keras_serializable",
]

Named = Callable[..., Any]
T = TypeVar("T", bound=Named)

# What users have registered, by full name and by itself.
_REGISTERED: dict[str, Named] = {}
# What has given way in there is gone when nobody else has it.
_NAMES: weakref.WeakKeyDictionary[Named, str] = weakref.WeakKeyDictionary()


class SavingError(gg.GraphgradError, ValueError):
    """A model that cannot be saved, or a file that it cannot be loaded from."""

    def __init__(self, message: str) -> None:
        """Say what is wrong, also where a file would have it said in megabytes."""
        super().__init__(shortened(message))


class ConfigError(SavingError):
    """A thing that cannot be described, or a description that fits nothing known."""


@contextlib.contextmanager
def making(name: str, config: Any) -> Iterator[None]:
    """Tell of anything that goes wrong in here what cannot be made of ``config``."""
    if not isinstance(config, Mapping):
        raise ConfigError(
            f"the configuration of {name!r} must be a dict: {reprlib.repr(config)}"
        )
    try:
        yield
    except (ConfigError, RecursionError):
        raise
    except Exception as error:
        raise ConfigError(
            f"{name} cannot be made of its description: {type(error).__name__}: {error}"
        ) from error


class _Notes:
    """What was described by a name that nobody has registered."""

    def __init__(self, *, apart: bool) -> None:
        self.apart = apart
        self.things: dict[str, Named] = {}

    def name(self, thing: Named) -> str:
        """Return the name that ``thing`` gets, and remember it."""
        name = thing.__name__
        if self.apart:
            name = f"{name} {len(self.things)}"
        self.things[name] = thing
        return name


class _Scope(threading.local):
    custom: Mapping[str, Named] = {}
    notes: _Notes | None = None


_SCOPE = _Scope()


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Register a class or function, so that what uses it can be saved and loaded.

    It is known as ``package>name``; ``name`` is its own unless given. What was known by
    that name before gives way, as when a notebook's cell runs again.

    >>> from graphgrad.layers._config import deserialize, serialize
    >>> @register_keras_serializable("tests")
    ... def double(x):
    ...     return x * 2
    >>> deserialize(serialize(double)) is double
    True
    """
    _check_name("package", package)
    if name is not None:
        _check_name("name", name)

    def register(thing: T) -> T:
        _check_thing(thing, described=True)
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
    if not hasattr(thing, "__name__"):
        raise ConfigError(f"a class or a function has a name, got {thing!r}")
    return _NAMES.get(thing, thing.__name__)


def get_registered_object(name: str) -> Named:
    """Return what is registered by ``name``, or given by a `custom_object_scope`.

    >>> with custom_object_scope({"Mine": ConfigError}):
    ...     get_registered_object("Mine") is ConfigError
    True
    """
    _check_name("the name of what is registered", name)
    known = {**_REGISTERED, **_SCOPE.custom}
    for each in (name, name.rpartition(">")[2]):
        if each in known:
            return known[each]
    near = nearest(name, known)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    own = name.rpartition(">")[2]
    raise ConfigError(
        f"nothing is registered as {name!r}{hint}: import what defines it, mark it "
        "with @graphgrad.saving.register_keras_serializable(), or pass "
        f"custom_objects={{{own!r}: ...}}"
    )


@contextlib.contextmanager
def custom_object_scope(objects: Mapping[str, Named]) -> Iterator[None]:
    """Let descriptions name the ``objects`` inside the block.

    >>> with custom_object_scope({"Mine": ConfigError}):
    ...     get_registered_object("Mine").__name__
    'ConfigError'
    """
    if not isinstance(objects, Mapping):
        raise TypeError(
            "custom objects are a dict of names and what they name, such as "
            f"{{'Mine': Mine}}, got {objects!r}"
        )
    for name, thing in objects.items():
        _check_name("the name of a custom object", name)
        _check_thing(thing)
    before = _SCOPE.custom
    _SCOPE.custom = {**before, **objects}
    try:
        yield
    finally:
        _SCOPE.custom = before


# Keras' other name for it.
CustomObjectScope = custom_object_scope


def name_in_description(thing: Named) -> str:
    """Return the name by which a class or function of the user's is found again.

    >>> name_in_description(ConfigError)
    'ConfigError'
    """
    if thing in _NAMES:
        return _NAMES[thing]
    for name, each in _SCOPE.custom.items():
        if each is thing:
            return name
    if thing.__name__ == "<lambda>" and not (_SCOPE.notes and _SCOPE.notes.apart):
        raise ConfigError(
            "a lambda has no name by which it could be found again: define a function, "
            "and register it with @graphgrad.saving.register_keras_serializable()"
        )
    return _SCOPE.notes.name(thing) if _SCOPE.notes else thing.__name__


@contextlib.contextmanager
def notes_of_unregistered(*, apart: bool = False) -> Iterator[dict[str, Named]]:
    """Collect what the block describes by names that nobody has registered.

    With ``apart`` each gets a name of its own, also a lambda: for descriptions that are
    used at once, with what was collected as custom objects.

    >>> with notes_of_unregistered() as found:
    ...     name = name_in_description(ConfigError)
    >>> list(found)
    ['ConfigError']
    """
    before = _SCOPE.notes
    _SCOPE.notes = _Notes(apart=apart)
    try:
        yield _SCOPE.notes.things
    finally:
        _SCOPE.notes = before


def _check_name(what: str, name: Any) -> None:
    if not isinstance(name, str) or not name:
        raise ConfigError(f"{what} must be text, got {name!r}")


def _check_thing(thing: Any, *, described: bool = False) -> None:
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        raise ConfigError(
            f"a class or a function has a name by which it is found, got {thing!r}"
        )
    if described and inspect.isclass(thing) and not hasattr(thing, "get_config"):
        raise ConfigError(
            f"{thing.__name__} defines no get_config: derive it from a class of "
            "graphgrad, or from graphgrad.saving.Configurable"
        )
