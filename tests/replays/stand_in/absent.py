"""What has no counterpart in graphgrad, and how a test says so."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

import graphgrad as gg


class AbsentError(NotImplementedError):
    """Something that autograd has and graphgrad has not."""


def absent(name: str, kind: str) -> Callable[..., Any]:
    """Return a function that says, when it is called, that it is not there."""

    def call(*_args: Any, **_kwargs: Any) -> Any:
        raise AbsentError(kind, name)

    call.__name__ = name
    return call


def has_tensor(tree: Any) -> bool:
    """Return whether a tensor is among arguments, in lists too."""
    if isinstance(tree, dict):
        return has_tensor(list(tree.values()))
    if isinstance(tree, list | tuple):
        return any(map(has_tensor, tree))
    return isinstance(tree, gg.Tensor)


def is_complex(tree: Any) -> bool:
    """Return whether a complex number is among arguments."""
    if isinstance(tree, dict):
        return is_complex(list(tree.values()))
    if isinstance(tree, list | tuple):
        return any(map(is_complex, tree))
    return not isinstance(tree, gg.Tensor) and bool(np.iscomplexobj(tree))


class Missing(ModuleType):
    """A module of which every name is absent, but for those that are given."""

    def __init__(self, name: str, kind: str, **given: Any) -> None:
        super().__init__(name)
        self.kind = kind
        self.__path__ = []
        self.__dict__.update(given)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return absent(f"{self.__name__}.{name}", self.kind)
