"""Weights as users ask for them: the arguments of add_weight, and the first values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

import graphgrad as gg
from graphgrad.layers._arguments import ArgumentError

__all__ = ["Wanted", "first_values", "wanted"]

Array = np.ndarray[Any, Any]

# Keras 3's order, and the one that starts with the name.
_KERAS = ("shape", "initializer", "dtype")
_NAME_FIRST = ("name", *_KERAS)


class Wanted(NamedTuple):
    """What a call of `add_weight` asks for; None is what was left out."""

    name: str | None
    shape: tuple[int, ...]
    initializer: Any
    dtype: Any


def wanted(owner: str, args: Sequence[Any], **named: Any) -> Wanted:
    """Return what ``add_weight(*args, **named)`` asks for; ``owner`` is in errors.

    The name may come first, as in ``("kernel", (2, 3), "zeros")``; what comes first and
    is no text is the shape, as in Keras 3.

    >>> wanted("layer 'dense'", [(2, 3), "zeros"], name="kernel")
    Wanted(name='kernel', shape=(2, 3), initializer='zeros', dtype=None)
    >>> wanted("layer 'dense'", ["kernel", (2, 3)]).shape
    (2, 3)
    """
    names = _NAME_FIRST if args and isinstance(args[0], str) else _KERAS
    if args and args[0] is None and named.get("name") is None:
        names = _NAME_FIRST
    if len(args) > len(names):
        raise ArgumentError(
            f"{owner}: add_weight takes {', '.join(names)} in this order, and all else "
            f"by name; got {len(args)} arguments"
        )
    found = {name: value for name, value in named.items() if value is not None}
    for name, value in zip(names, args, strict=False):
        if name in found:
            raise ArgumentError(f"{owner}: add_weight got two values for {name}")
        found[name] = value
    own = found.get("name")
    if own is not None and not isinstance(own, str):
        raise ArgumentError(f"{owner}: a weight's name must be text, got {own!r}")
    return Wanted(
        own,
        _checked_shape(owner, found.get("shape")),
        found.get("initializer"),
        found.get("dtype"),
    )


def _checked_shape(owner: str, shape: Any) -> tuple[int, ...]:
    if shape is None:
        return ()
    several = isinstance(shape, list | tuple)
    if several and all(_is_length(side) for side in shape):
        return tuple(int(side) for side in shape)
    hint = f"; write ({shape},)" if _is_length(shape) else ""
    raise ArgumentError(
        f"{owner}: a weight's shape must be a tuple of whole numbers of at least 0, "
        f"such as (3, 2), got {shape!r}{hint}"
    )


def _is_length(side: Any) -> bool:
    return isinstance(side, Integral) and not isinstance(side, bool) and int(side) >= 0


def first_values(
    initializer: Callable[..., Any], shape: tuple[int, ...], dtype: Any, what: str
) -> Array:
    """Return what ``initializer`` gives for ``what``, if it has the shape.

    >>> first_values(lambda shape, dtype: np.ones(shape), (2,), "float32", "kernel")
    array([1., 1.], dtype=float32)
    """
    given = initializer(shape, dtype)
    value = given.numpy() if isinstance(given, gg.Tensor) else np.asarray(given)
    if value.shape != shape:
        name = getattr(initializer, "__name__", type(initializer).__name__)
        raise gg.ShapeError(
            f"initializer {name} was asked for shape {shape} of {what!r}, but returned "
            f"shape {value.shape}"
        )
    return value.astype(np.dtype(dtype))
