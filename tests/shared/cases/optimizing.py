"""Optimizers, their steps and arguments."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.optimizers import Optimizer

Array = np.ndarray[Any, Any]


KINDS = [
    "SGD",
    "RMSprop",
    "Adam",
    "AdamW",
    "Adagrad",
    "Adadelta",
    "Adamax",
    "Nadam",
    "Ftrl",
    "Lion",
]


def any_of(value: object) -> Any:
    """Return a value of the wrong type, which a type checker would refuse."""
    return value


def weight(start: Any = (1.0, -2.0, 0.5), name: str = "w") -> gg.Variable:
    """Return a weight to train."""
    return gg.Variable(np.array(start), name=name)


def after(optimizer: Optimizer, grads: Any, start: Any = (1.0, -2.0, 0.5)) -> Array:
    """Return the values of a weight after steps with these gradients."""
    variable = weight(start)
    for each in grads:
        optimizer.apply([(each, variable)])
    return variable.numpy()
