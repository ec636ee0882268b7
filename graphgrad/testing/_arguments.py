"""Arguments: the float arrays among what a function is called with, by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import index
from typing import Any

import numpy as np

from graphgrad._errors import GradientError, GraphgradError
from graphgrad._tensor import Tensor
from graphgrad._tree import leaves, map_tree, rebuild
from graphgrad._types import Array
from graphgrad.testing._asked import (
    as_array,
    called,
    check_finite,
    check_floats,
    kinds_of,
)

__all__ = ["Arguments", "names_of"]

__tracebackhide__ = True  # pytest shows the line of the test


@dataclass(frozen=True)
class Arguments:
    """All arguments of a call; ``leaves`` are the arrays that are differentiated."""

    args: tuple[Any, ...]
    names: list[str]
    leaves: list[Array]
    # For each leaf of each argument: whether it is differentiated.
    marks: list[list[bool]]

    @classmethod
    def of(
        cls,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        argnums: int | Sequence[int] | None,
        dtype: np.dtype[Any],
    ) -> Arguments:
        """Find the float arrays, and name them after the parameters of ``f``."""
        chosen = _chosen(argnums, len(args))
        parameters = names_of(f, len(args))
        trees = tuple(map(_plain, args, parameters))
        names: list[str] = []
        found: list[Array] = []
        marks: list[list[bool]] = []
        for i, (tree, name) in enumerate(zip(trees, parameters, strict=True)):
            marks.append([])
            for path, leaf in _paths(tree, name):
                mine = i in chosen and is_float(leaf)
                marks[-1].append(mine)
                if mine:
                    check_finite(path, leaf)
                    names.append(path)
                    found.append(leaf.astype(dtype))
        if not chosen:
            raise GradientError(f"argnums names none of the arguments: got {argnums!r}")
        if not found:
            asked = sorted(chosen)
            which = ", ".join(parameters[i] for i in asked)
            raise GraphgradError(
                "there is nothing to differentiate: none of the arguments "
                f"{which} is, or holds, a float array: "
                f"got {kinds_of([trees[i] for i in asked])}; write 2.0 for 2"
            )
        return cls(trees, names, found, marks)

    @property
    def points(self) -> list[Array]:
        """The same numbers in float64, where differences are taken."""
        return [each.astype(np.float64) for each in self.leaves]

    def filled(self, arrays: Iterable[Any]) -> list[Any]:
        """Return all arguments, with these in the places of `leaves`."""
        rest = iter(arrays)
        filled = []
        for tree, marks in zip(self.args, self.marks, strict=True):
            pairs = zip(leaves(tree), marks, strict=True)
            filled.append(
                rebuild(tree, iter([next(rest) if m else x for x, m in pairs]))
            )
        return filled

    def tangents(self, arrays: Sequence[Any]) -> tuple[Any, ...]:
        """Return these like the arguments that are differentiated, without the others.

        None stands for leaves of them that are not.
        """
        rest = iter(arrays)
        filled = []
        for tree, marks in zip(self.args, self.marks, strict=True):
            if any(marks):
                parts = [next(rest) if mark else None for mark in marks]
                filled.append(rebuild(tree, iter(parts)))
        return tuple(filled)

    def closed(self, f: Callable[..., Any]) -> Callable[..., list[Any]]:
        """Return ``f`` of the float arrays alone; it gives a list of float tensors.

        ``f`` itself takes tensors, also for floats that are not differentiated.
        """
        whole = replace(self, args=tuple(map_tree(_tensor_of, self.args)))

        def function(*arrays: Any) -> list[Any]:
            tree = called(f, whole.filled(map(_as_tensor, arrays)), "f(*args)")
            results = [_as_tensor(each) for each in leaves(tree)]
            floats = [each for each in results if each.dtype.kind == "f"]
            if not floats:
                check_floats("f", tree)
            return floats

        return function


def _chosen(argnums: Any, count: int) -> set[int]:
    """Return which arguments are meant, the last being -1 too, or raise."""
    if argnums is None:
        return set(range(count))
    several = isinstance(argnums, tuple | list | range | np.ndarray)
    try:
        wanted = [_position(each) for each in (argnums if several else (argnums,))]
    except TypeError:
        raise TypeError(
            f"argnums must be a position of args, or several: got {argnums!r}"
        ) from None
    for each in wanted:
        if not -count <= each < count:
            raise GradientError(f"argnums names argument {each}, got {count} arguments")
    return {each % count for each in wanted}


def _position(value: Any) -> int:
    if isinstance(value, bool | np.bool_):
        raise TypeError
    return index(value)


def names_of(f: Callable[..., Any], count: int) -> list[str]:
    """Return the names of the first parameters; x, or x0, x1, ... if there are none.

    >>> names_of(lambda a, *others: a, 3)
    ['a', 'others[0]', 'others[1]']
    >>> names_of(lambda *all: all, 2)
    ['x0', 'x1']
    """
    fallback = ["x"] if count == 1 else [f"x{i}" for i in range(count)]
    try:
        parameters = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        return fallback
    names: list[str] = []
    for each in parameters:
        if each.kind is each.VAR_POSITIONAL:
            missing = count - len(names) if names else 0
            names += [f"{each.name}[{i}]" for i in range(max(missing, 0))]
        elif each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD):
            names.append(each.name)
    return names[:count] if len(names) >= count else fallback


def is_float(value: Any) -> bool:
    """Tell whether it is an array that can have a gradient."""
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


# Lists of numbers are arrays, as everywhere; nests of arrays stay nests.
def _plain(value: Any, name: str) -> Any:
    if isinstance(value, Tensor):
        return value.numpy() if value.dtype.kind == "f" else value
    if isinstance(value, dict):
        return {key: _plain(each, f"{name}[{key!r}]") for key, each in value.items()}
    if isinstance(value, tuple | list):
        flat = leaves(value)
        if isinstance(value, list) and flat and all(np.isscalar(x) for x in flat):
            return as_array(name, value)
        return rebuild(value, iter([_plain(each, name) for each in flat]))
    if isinstance(value, float | np.floating | np.ndarray):
        return np.asarray(value)
    return value


def _paths(tree: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        for key, branch in tree.items():
            yield from _paths(branch, f"{name}[{key!r}]")
    elif isinstance(tree, tuple | list):
        for i, branch in enumerate(tree):
            yield from _paths(branch, f"{name}[{i}]")
    elif tree is not None:
        yield name, tree


def _as_tensor(value: Any) -> Tensor:
    return value if isinstance(value, Tensor) else Tensor(np.asarray(value))


def _tensor_of(value: Any) -> Any:
    return Tensor(value) if is_float(value) else value
