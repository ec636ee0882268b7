"""What every contestant does: train, predict, and differentiate a chain."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from importlib import metadata
from typing import Any, ClassVar, Protocol

import numpy as np

from benchmarks.problems import Array, Problem, Weights

__all__ = [
    "CannotError",
    "Chain",
    "Contestant",
    "Predict",
    "Trainer",
    "batches",
    "epoch_order",
]

Predict = Callable[[Array], Array]
# Returns the value of the chain and the gradient that it gave.
Chain = Callable[[], tuple[Any, Any]]


class CannotError(Exception):
    """Why a contestant takes no part in a workload."""


class Trainer(Protocol):
    """A model with its data, ready to be trained."""

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        ...


class Contestant(ABC):
    """A library, or a way of using it."""

    packages: ClassVar[tuple[str, ...]]

    def __init__(self, variant: str) -> None:
        """Choose among the ways of using the library."""
        self.variant = variant

    def versions(self) -> dict[str, str]:
        """Return the versions of the packages that compute."""
        return {each: metadata.version(each) for each in self.packages}

    @abstractmethod
    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""

    def predictor(self, problem: Problem, weights: Weights) -> Predict:
        """Return what gives the probabilities of rows, from NumPy to NumPy."""
        raise CannotError("it has no prediction of its own to measure")

    def chain(self, start: Array, repeats: int) -> Chain:
        """Return what runs ``y = tanh(y * w + b) - c`` so often, and d sum(y) / dw."""
        raise CannotError("it has no eager gradients")


def epoch_order(problem: Problem, rows: int, *, shuffle: bool) -> Array | None:
    """Return the order of an epoch's rows; None where they are taken as they are."""
    if not shuffle or rows <= problem.batch:
        return None
    return np.random.default_rng().permutation(rows)


def batches(problem: Problem, rows: int) -> Iterator[slice]:
    """Yield the batches of an epoch as slices of its order."""
    for start in range(0, rows, problem.batch):
        yield slice(start, min(start + problem.batch, rows))
