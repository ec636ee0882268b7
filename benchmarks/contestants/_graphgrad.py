"""graphgrad, as its users call it."""

from __future__ import annotations

from typing import Any

import numpy as np

import graphgrad as gg
from benchmarks.contestants import _base
from benchmarks.problems import EPSILON, Array, Problem, Weights

__all__ = ["Contestant", "model_of"]


def model_of(problem: Problem, weights: Weights) -> gg.Sequential:
    """Return the compiled model."""
    *hidden, last = problem.sizes[1:]
    binary = problem.loss == "binary"
    layers: list[Any] = [gg.Input((problem.sizes[0],))]
    layers += [gg.Dense(units, problem.hidden) for units in hidden]
    layers += [gg.Dense(last, "sigmoid" if binary else "softmax")]
    model = gg.Sequential(layers)
    model.compile(
        optimizer=gg.optimizers.Adam(problem.rate, epsilon=EPSILON)
        if problem.optimizer == "adam"
        else gg.optimizers.SGD(problem.rate),
        loss=gg.losses.BinaryCrossentropy()
        if binary
        else gg.losses.SparseCategoricalCrossentropy(),
    )
    model.set_weights([each for pair in weights for each in pair])
    return model


class Trainer:
    """`fit`, without its progress bar."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Make and compile the model."""
        self.problem = problem
        self.x, self.y = x, y.astype(np.float32) if problem.loss == "binary" else y
        self.model = model_of(problem, weights)

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        history = self.model.fit(
            self.x,
            self.y,
            batch_size=self.problem.batch,
            epochs=epochs,
            shuffle=shuffle,
            verbose=0,
        )
        losses: list[float] = history.history["loss"]
        return losses

    def cost(self) -> tuple[int, int]:
        """Return the FLOPs of a step, and the bytes that it must read and write.

        These are what its graph reads from outside: the batch and all state; and what
        it assigns.
        """
        graph = self.model.graph("fit")
        outside = sum(node.nbytes for node in graph.nodes if node.is_leaf)
        assigned = sum(node.nbytes for node in graph.nodes if node.op.has_effect)
        return graph.flops(), outside + assigned


class Contestant(_base.Contestant):
    """graphgrad."""

    packages = ("graphgrad", "numpy")

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return `predict` of the model."""
        model = model_of(problem, weights)

        def predict(x: Array) -> Array:
            result: Array = model.predict(x, verbose=0)
            return result

        return predict

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Return what runs the chain forward and backward."""
        w = gg.tensor(np.full_like(start, 0.9), requires_grad=True)
        first, b, c = (gg.tensor(each) for each in (start, start * 0.5, start * 0.1))

        def run() -> tuple[Any, Any]:
            y = first
            for _ in range(repeats):
                y = gg.tanh(y * w + b) - c
            total = gg.sum(y)
            w.grad = None
            total.backward()
            assert w.grad is not None, "backward gives what asks for a gradient one"
            return total.numpy(), w.grad.numpy()

        return run
