"""MyGrad: tensors on NumPy; the loop and Adam are NumPy."""

from __future__ import annotations

from typing import Any

import mygrad as mg
import numpy as np
from mygrad.nnet.activations import relu, sigmoid
from mygrad.nnet.losses import softmax_crossentropy

from benchmarks.contestants import _base
from benchmarks.contestants._numpy import optimizer_of
from benchmarks.problems import Array, Problem, Weights

__all__ = ["Contestant"]

# It guards arrays against changes unless told not to, as its manual says for speed.
mg.turn_memory_guarding_off()


def logits(problem: Problem, parameters: Any, x: Any) -> Any:
    """Return what goes into the last activation."""
    hidden = relu if problem.hidden == "relu" else sigmoid
    for kernel, bias in parameters[:-1]:
        x = hidden(mg.matmul(x, kernel) + bias)
    kernel, bias = parameters[-1]
    return mg.matmul(x, kernel) + bias


class Trainer:
    """The loop over epochs and batches."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Make tensors of the weights."""
        self.problem, self.x = problem, x
        self.y = y.astype(np.float32) if problem.loss == "binary" else y
        self.weights = [tuple(mg.tensor(each) for each in pair) for pair in weights]
        self.flat = [each for pair in self.weights for each in pair]
        self.optimizer = optimizer_of(problem, [each.data for each in self.flat])

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        return [self._epoch(shuffle=shuffle) for _ in range(epochs)]

    def _epoch(self, *, shuffle: bool) -> float:
        problem, rows, total = self.problem, len(self.x), 0.0
        order = _base.epoch_order(problem, rows, shuffle=shuffle)
        for batch in _base.batches(problem, rows):
            where = batch if order is None else order[batch]
            x, y = self.x[where], self.y[where]
            z = logits(problem, self.weights, x)
            if problem.loss == "binary":
                z = z[:, 0]
                loss = mg.mean(mg.logaddexp(0, z) - z * y)
            else:
                loss = softmax_crossentropy(z, y)
            loss.backward()
            self.optimizer.step([each.grad for each in self.flat])
            total += loss.item() * len(x)
        return total / rows


class Contestant(_base.Contestant):
    """MyGrad."""

    packages = ("mygrad",)

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return the forward pass without a graph."""

        def predict(x: Array) -> Array:
            with mg.no_autodiff:
                result: Array = sigmoid(logits(problem, weights, x)).data
            return result

        return predict

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Return what runs the chain forward and backward."""
        w, b, c = mg.tensor(np.full_like(start, 0.9)), start * 0.5, start * 0.1

        def run() -> tuple[Any, Any]:
            y = start
            for _ in range(repeats):
                y = mg.tanh(y * w + b) - c
            total = mg.sum(y)
            total.backward()
            return total.item(), w.grad

        return run
