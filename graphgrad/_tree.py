"""Nested tuples, lists and dicts of arrays: taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["leaves", "map_tree", "rebuild"]


def leaves(tree: Any) -> list[Any]:
    """Return what a nest of tuples, lists and dicts holds; None holds nothing."""
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves(tree[key])]
    if isinstance(tree, tuple | list):
        return [leaf for branch in tree for leaf in leaves(branch)]
    return [] if tree is None else [tree]


def rebuild(tree: Any, values: Iterator[Any]) -> Any:
    """Build a nest like ``tree`` whose leaves are taken from ``values``."""
    if isinstance(tree, dict):
        return {key: rebuild(tree[key], values) for key in tree}
    if isinstance(tree, tuple | list):
        branches = [rebuild(branch, values) for branch in tree]
        if hasattr(tree, "_fields"):
            return type(tree)(*branches)
        return type(tree)(branches)
    return None if tree is None else next(values)


def map_tree(function: Callable[[Any], Any], tree: Any) -> Any:
    """Apply ``function`` to every leaf."""
    return rebuild(tree, map(function, leaves(tree)))


def structure(tree: Any) -> Any:
    """Return a hashable description of the nest without its leaves."""
    if isinstance(tree, dict):
        return ("dict", tuple((key, structure(tree[key])) for key in tree))
    if isinstance(tree, tuple | list):
        return (type(tree), tuple(structure(branch) for branch in tree))
    return None if tree is None else "leaf"
