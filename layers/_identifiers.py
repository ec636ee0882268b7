"""What arguments may be: names, objects or functions; and what is left out, and why."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import graphgrad as gg
from graphgrad.layers._config import deserialize, is_described
from graphgrad.layers._names import (
    IdentifierError,
    UnknownArgumentError,
    refuse_type,
    resolve,
)

__all__ = [
    "Absent",
    "FixedArguments",
    "FixedError",
    "check_comparing",
    "find",
    "refuse_absent",
]

# For an argument of Keras' that does nothing here: the values that ask for nothing, and
# why there is no more.
Absent = Mapping[str, tuple[tuple[Any, ...], str]]


class FixedError(gg.GraphgradError, AttributeError):
    """An attribute that only counted when weights or state were made."""


def find(what: str, identifier: Any, base: type, names: Mapping[str, Any]) -> Any:
    """Return the object of a name, the object itself, or a function of a tensor.

    None stays None, and a dict is a configuration. ``what`` says in the error what kind
    of thing was looked for.

    >>> find("shade", "dark", str, {"dark": lambda: "#000"})
    '#000'
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return resolve(what, identifier, names)()
    if is_described(identifier):
        return find(what, deserialize(identifier), base, names)
    if inspect.isclass(identifier) and issubclass(identifier, base):
        return identifier()
    if inspect.isclass(identifier) or not callable(identifier):
        expected = f"a name, a {base.__name__}, a function of a tensor, or None"
        refuse_type(f"a {what}", identifier, expected)
    return identifier


def check_comparing(what: str, function: Any, arguments: Mapping[str, Any]) -> None:
    """Raise if a function, of a loss or a metric, cannot take labels and outputs.

    >>> check_comparing("loss", lambda y_true, y_pred: y_pred - y_true, {})
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(None, None, **arguments)
    except TypeError as error:
        name = getattr(function, "__name__", type(function).__name__)
        raise IdentifierError(
            f"a {what} function is called with labels and outputs, (y_true, y_pred), "
            f"which {name}{signature} does not take: {error}"
        ) from None


def refuse_absent(owner: str, options: dict[str, Any], absent: Absent) -> None:
    """Take arguments that are absent here out of ``options``, or say why they are.

    >>> options = {"renorm": False, "name": "norm"}
    >>> refuse_absent("Norm", options, {"renorm": ((False,), "it is rarely used")})
    >>> options
    {'name': 'norm'}
    """
    for name, (idle, reason) in absent.items():
        if name not in options:
            continue
        value = options.pop(name)
        if not any(value is each for each in idle):
            raise UnknownArgumentError(f"{owner} takes no {name}: {reason}")


class FixedArguments:
    """What refuses to change arguments from which weights have already been made.

    >>> import graphgrad as gg
    >>> layer = gg.Dense(2)
    >>> y = layer([[1.0]])
    >>> layer.units = 3
    Traceback (most recent call last):
    ...
    graphgrad.layers._identifiers.FixedError: Dense's units counted when layer 'dense' \
was built: make a new layer, Dense(units=...)
    """

    _fixed: ClassVar[frozenset[str]] = frozenset()

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, unless it is an argument that no longer counts."""
        if name in self._fixed and vars(self).get("built"):
            kind = type(self).__name__
            layer = getattr(self, "name", kind)
            raise FixedError(
                f"{kind}'s {name} counted when layer {layer!r} was built: make a new "
                f"layer, {kind}({name}=...)"
            )
        super().__setattr__(name, value)
