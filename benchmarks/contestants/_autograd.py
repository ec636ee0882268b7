"""HIPS autograd: gradients of NumPy functions; the loop and Adam are NumPy."""

from __future__ import annotations

from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad

from benchmarks.contestants import _base
from benchmarks.contestants._numpy import optimizer_of
from benchmarks.problems import Array, Problem, Weights

__all__ = ["Contestant"]


def sigmoid(x: Any) -> Any:
    """Return the sigmoid of every element."""
    return 1 / (1 + anp.exp(-x))


def logits(problem: Problem, parameters: Any, x: Any) -> Any:
    """Return what goes into the last activation."""
    for kernel, bias in parameters[:-1]:
        x = anp.dot(x, kernel) + bias
        x = anp.maximum(x, 0) if problem.hidden == "relu" else sigmoid(x)
    kernel, bias = parameters[-1]
    return anp.dot(x, kernel) + bias


def mean_loss(parameters: Any, problem: Problem, x: Array, y: Array) -> Any:
    """Return the mean loss of a batch."""
    z = logits(problem, parameters, x)
    if problem.loss == "binary":
        return anp.mean(anp.logaddexp(0, z[:, 0]) - z[:, 0] * y)
    z = z - anp.max(z, axis=1, keepdims=True)
    return anp.mean(anp.log(anp.sum(anp.exp(z), axis=1)) - z[np.arange(len(y)), y])


class Trainer:
    """The loop over epochs and batches."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Copy the weights."""
        self.problem, self.x = problem, x
        self.y = y.astype(np.float32) if problem.loss == "binary" else y
        self.weights = [(kernel.copy(), bias.copy()) for kernel, bias in weights]
        self.optimizer = optimizer_of(
            problem, [each for pair in self.weights for each in pair]
        )
        self.gradient = value_and_grad(mean_loss)

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        return [self._epoch(shuffle=shuffle) for _ in range(epochs)]

    def _epoch(self, *, shuffle: bool) -> float:
        problem, rows, total = self.problem, len(self.x), 0.0
        order = _base.epoch_order(problem, rows, shuffle=shuffle)
        for batch in _base.batches(problem, rows):
            where = batch if order is None else order[batch]
            x, y = self.x[where], self.y[where]
            loss, gradients = self.gradient(self.weights, problem, x, y)
            self.optimizer.step([each for pair in gradients for each in pair])
            total += float(loss) * len(x)
        return total / rows


class Contestant(_base.Contestant):
    """HIPS autograd."""

    packages = ("autograd",)

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return the forward pass, which is NumPy where nothing is differentiated."""
        return lambda x: sigmoid(logits(problem, weights, x))

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Return what runs the chain forward and backward."""
        w, b, c = np.full_like(start, 0.9), start * 0.5, start * 0.1

        def total(w: Any) -> Any:
            y = start
            for _ in range(repeats):
                y = anp.tanh(y * w + b) - c
            return anp.sum(y)

        gradient = value_and_grad(total)
        return lambda: gradient(w)
