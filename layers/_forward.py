"""The forward pass that is going on: whether it trains, and what layers say on it."""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import graphgrad as gg

__all__ = [
    "Forward",
    "current_forward",
    "forward_pass",
    "pass_on_trial",
    "takes_training",
]


class Forward:
    """What layers share while they compute: the mode, and what they add to the loss.

    ``outputs`` has every layer that is not merely made of others, with its output;
    ``calling`` those whose `call` is under way, the outermost first. Of a pass on
    ``trial`` nothing is kept.
    """

    def __init__(self, training: bool, trial: bool = False) -> None:
        """Begin without layers."""
        self.training = training
        self.trial = trial
        self.losses: list[gg.Tensor] = []
        self.outputs: list[tuple[Any, gg.Tensor]] = []
        self.calling: list[Any] = []

    def in_mode(self, training: bool) -> Forward:
        """Return the same pass in another mode: what layers say, they say to both."""
        other = Forward(training, self.trial)
        other.losses, other.outputs = self.losses, self.outputs
        other.calling = self.calling
        return other


class _Current(threading.local):
    forward: Forward | None = None


_CURRENT = _Current()


def current_forward() -> Forward | None:
    """Return the forward pass of this thread, if one is going on."""
    return _CURRENT.forward


@contextmanager
def forward_pass(training: bool | None = None) -> Iterator[Forward]:
    """Begin a forward pass, or go on with the one around the block.

    ``training`` None is the mode of the pass around, or False.

    >>> with forward_pass(training=True), forward_pass() as forward:
    ...     forward.training
    True
    """
    outer = _CURRENT.forward
    if outer is None:
        inner = Forward(bool(training))
    elif training is None or training == outer.training:
        inner = outer
    else:
        inner = outer.in_mode(training)
    _CURRENT.forward, ended = inner, True
    try:
        yield inner
    except GeneratorExit:
        # Ctrl-C came before the block began, or at its end: this ends when the
        # exception is forgotten, and others may be under way.
        ended = _CURRENT.forward is inner
        raise
    finally:
        if ended:
            _CURRENT.forward = outer


@contextmanager
def pass_on_trial() -> Iterator[None]:
    """Begin a forward pass of its own, of which nothing is kept: to find shapes.

    >>> with forward_pass(training=True) as outer, pass_on_trial():
    ...     current_forward() is outer
    False
    """
    trial = Forward(training=False, trial=True)
    outer, _CURRENT.forward, ended = _CURRENT.forward, trial, True
    try:
        yield
    except GeneratorExit:
        ended = _CURRENT.forward is trial
        raise
    finally:
        if ended:
            _CURRENT.forward = outer


# Layers ask for it in every call; to look at a function takes as long as a small layer.
@lru_cache(maxsize=256)
def takes_training(call: Callable[..., Any]) -> bool:
    """Return whether a `call` can be told that the model is trained.

    >>> takes_training(lambda x: x), takes_training(lambda x, training: x)
    (False, True)
    """
    parameters: Mapping[str, inspect.Parameter] = inspect.signature(call).parameters
    if "training" in parameters:
        return True
    return any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
