"""A training loop in NumPy, written by hand: no allocation, no copy that is not needed.

Every array is made once, every call writes into one of them.
"""

from __future__ import annotations

import numpy as np

from benchmarks.contestants import _base
from benchmarks.problems import BETA_1, BETA_2, EPSILON, Array, Problem, Weights

__all__ = ["Contestant", "Trainer", "optimizer_of"]


class Adam:
    """Adam over parameters; the gradients are left alone."""

    def __init__(self, parameters: list[Array], rate: float) -> None:
        """Make the moments, and scratch for each parameter."""
        self.rate, self.count = rate, 0
        self.sets = [
            (each, np.zeros_like(each), np.zeros_like(each), np.empty_like(each))
            for each in parameters
        ]

    def step(self, gradients: list[Array]) -> None:
        """Move every parameter."""
        self.count += 1
        unbias = (1 - BETA_2**self.count) ** 0.5 / (1 - BETA_1**self.count)
        rate = self.rate * unbias
        for gradient, each in zip(gradients, self.sets, strict=True):
            parameter, moment, velocity, scratch = each
            np.subtract(gradient, moment, out=scratch)
            np.multiply(scratch, 1 - BETA_1, out=scratch)
            np.add(moment, scratch, out=moment)
            np.multiply(gradient, gradient, out=scratch)
            np.subtract(scratch, velocity, out=scratch)
            np.multiply(scratch, 1 - BETA_2, out=scratch)
            np.add(velocity, scratch, out=velocity)
            np.sqrt(velocity, out=scratch)
            np.add(scratch, EPSILON, out=scratch)
            np.divide(moment, scratch, out=scratch)
            np.multiply(scratch, rate, out=scratch)
            np.subtract(parameter, scratch, out=parameter)


class SGD:
    """Plain gradient descent."""

    def __init__(self, parameters: list[Array], rate: float) -> None:
        """Make scratch for each parameter."""
        self.rate = rate
        self.sets = [(each, np.empty_like(each)) for each in parameters]

    def step(self, gradients: list[Array]) -> None:
        """Move every parameter."""
        for gradient, (parameter, scratch) in zip(gradients, self.sets, strict=True):
            np.multiply(gradient, self.rate, out=scratch)
            np.subtract(parameter, scratch, out=parameter)


def optimizer_of(problem: Problem, parameters: list[Array]) -> Adam | SGD:
    """Return the optimizer; it serves the libraries too that have none."""
    kind = Adam if problem.optimizer == "adam" else SGD
    return kind(parameters, problem.rate)


def sigmoid(x: Array) -> None:
    """Put the sigmoid of ``x`` into its place."""
    np.negative(x, out=x)
    np.exp(x, out=x)
    np.add(x, 1, out=x)
    np.reciprocal(x, out=x)


class Step:
    """Forward and backward for batches of so many rows."""

    def __init__(
        self, problem: Problem, weights: Weights, gradients: Weights, rows: int
    ) -> None:
        """Make the arrays of a batch."""
        sizes = problem.sizes
        self.binary = problem.loss == "binary"
        self.relu = problem.hidden == "relu"
        self.weights, self.gradients, self.rows = weights, gradients, rows
        self.x = np.empty((rows, sizes[0]), np.float32)
        self.y = np.empty(rows, np.float32 if self.binary else np.int64)
        self.outs = [np.empty((rows, size), np.float32) for size in sizes[1:]]
        self.deltas = [np.empty_like(each) for each in self.outs]
        self.masks = [np.empty(each.shape, bool) for each in self.outs[:-1]]
        self.losses = np.empty(rows, np.float32)
        self.column = np.empty((rows, 1), np.float32)
        self.arange = np.arange(rows)

    def forward(self, x: Array) -> None:
        """Fill ``outs``; the last holds what goes into the last activation."""
        for i, (kernel, bias) in enumerate(self.weights):
            out = self.outs[i]
            np.matmul(x, kernel, out=out)
            np.add(out, bias, out=out)
            if i + 1 < len(self.weights):
                if self.relu:
                    np.maximum(out, 0, out=out)
                else:
                    sigmoid(out)
            x = out

    def finish(self, y: Array) -> float:
        """Return the sum of the losses; make the last output's gradient."""
        out, delta = self.outs[-1], self.deltas[-1]
        losses, column = self.losses, self.column
        if self.binary:
            logits = out[:, 0]
            np.logaddexp(0, logits, out=losses)
            total = losses.sum() - logits @ y
            sigmoid(out)
            np.subtract(logits, y, out=delta[:, 0])
        else:
            np.max(out, axis=1, keepdims=True, out=column)
            np.subtract(out, column, out=out)
            np.exp(out, out=delta)
            np.sum(delta, axis=1, keepdims=True, out=column)
            total = np.log(column, out=losses[:, None]).sum()
            total -= out[self.arange, y].sum()
            np.divide(delta, column, out=delta)
            delta[self.arange, y] -= 1
        np.divide(delta, self.rows, out=delta)
        return float(total)

    def backward(self, x: Array) -> None:
        """Fill the gradients."""
        for i in reversed(range(len(self.weights))):
            delta = self.deltas[i]
            before = self.outs[i - 1] if i else x
            kernel_gradient, bias_gradient = self.gradients[i]
            np.matmul(before.T, delta, out=kernel_gradient)
            np.sum(delta, axis=0, out=bias_gradient)
            if not i:
                break
            below = self.deltas[i - 1]
            np.matmul(delta, self.weights[i][0].T, out=below)
            if self.relu:
                np.greater(before, 0, out=self.masks[i - 1])
                np.multiply(below, self.masks[i - 1], out=below)
            else:  # before is s, and s (1 - s) the slope
                np.multiply(below, before, out=below)
                np.subtract(1, before, out=before)
                np.multiply(below, before, out=below)


class Trainer:
    """The loop over epochs and batches."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Make parameters, gradients and steps."""
        self.problem, self.x = problem, x
        self.y = y.astype(np.float32) if problem.loss == "binary" else y
        own = [(kernel.copy(), bias.copy()) for kernel, bias in weights]
        gradients = [(np.empty_like(k), np.empty_like(b)) for k, b in own]
        self.optimizer = optimizer_of(problem, [each for pair in own for each in pair])
        self.gradients = [each for pair in gradients for each in pair]
        counts = {b.stop - b.start for b in _base.batches(problem, len(x))}
        self.steps = {n: Step(problem, own, gradients, n) for n in counts}

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        return [self._epoch(shuffle=shuffle) for _ in range(epochs)]

    def _epoch(self, *, shuffle: bool) -> float:
        rows, total = len(self.x), 0.0
        order = _base.epoch_order(self.problem, rows, shuffle=shuffle)
        for batch in _base.batches(self.problem, rows):
            step = self.steps[batch.stop - batch.start]
            if order is None:
                x, y = self.x[batch], self.y[batch]
            else:
                # Without a mode, take checks the indices in a copy of its own.
                x, y, indices = step.x, step.y, order[batch]
                np.take(self.x, indices, axis=0, out=x, mode="clip")
                np.take(self.y, indices, out=y, mode="clip")
            step.forward(x)
            total += step.finish(y)
            step.backward(x)
            self.optimizer.step(self.gradients)
        return total / rows


class Contestant(_base.Contestant):
    """NumPy alone."""

    packages = ("numpy",)

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return the forward pass, in a new array for each layer."""

        def predict(x: Array) -> Array:
            for kernel, bias in weights:
                x = x @ kernel
                x += bias
                sigmoid(x)
            return x

        return predict
