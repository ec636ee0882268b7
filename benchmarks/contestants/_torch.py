"""PyTorch, eager: a module, a loss, an optimizer, and the usual loop."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch
from torch import nn

from benchmarks.contestants import _base
from benchmarks.problems import BETA_1, BETA_2, EPSILON, Array, Problem, Weights

__all__ = ["Contestant"]

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def network(problem: Problem, weights: Weights) -> nn.Sequential:
    """Return the layers up to the logits."""
    layers: list[nn.Module] = []
    for kernel, bias in weights:
        linear = nn.Linear(*kernel.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(kernel.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        layers += [linear, nn.ReLU() if problem.hidden == "relu" else nn.Sigmoid()]
    return nn.Sequential(*layers[:-1])


class Trainer:
    """The loop over epochs and batches."""

    def __init__(
        self, problem: Problem, x: Array, y: Array, weights: Weights, *, fused: bool
    ) -> None:
        """Make module, loss and optimizer."""
        self.problem = problem
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.model = network(problem, weights)
        self.loss: nn.Module = nn.CrossEntropyLoss()
        if problem.loss == "binary":
            self.loss = nn.BCEWithLogitsLoss()
            self.y = self.y.float()[:, None]
        parameters = self.model.parameters()
        if problem.optimizer == "adam":
            self.optimizer: torch.optim.Optimizer = torch.optim.Adam(
                parameters,
                problem.rate,
                betas=(BETA_1, BETA_2),
                eps=EPSILON,
                fused=fused or None,
            )
        else:
            self.optimizer = torch.optim.SGD(
                parameters, problem.rate, fused=fused or None
            )

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        return [self._epoch(shuffle=shuffle) for _ in range(epochs)]

    def _epoch(self, *, shuffle: bool) -> float:
        rows, total = len(self.x), torch.zeros(())
        model, criterion, optimizer = self.model, self.loss, self.optimizer
        mixed = shuffle and rows > self.problem.batch
        order = torch.randperm(rows) if mixed else None
        for batch in _base.batches(self.problem, rows):
            where: Any = batch if order is None else order[batch]
            x, y = self.x[where], self.y[where]
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(x)
        return float(total) / rows


class Contestant(_base.Contestant):
    """PyTorch."""

    packages = ("torch",)

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w, fused=self.variant == "fused")

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return the module in inference mode."""
        if self.variant:
            raise _base.CannotError("an optimizer predicts nothing")
        model = network(problem, weights).append(nn.Sigmoid()).eval()

        def predict(x: Array) -> Array:
            with torch.inference_mode():
                result: Array = model(torch.from_numpy(x)).numpy()
            return result

        return predict

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Return what runs the chain forward and backward."""
        if self.variant:
            raise _base.CannotError("a chain has no optimizer")
        w = torch.from_numpy(np.full_like(start, 0.9)).requires_grad_()
        first, b, c = (torch.tensor(each) for each in (start, start * 0.5, start * 0.1))

        def run() -> tuple[Any, Any]:
            y = first
            for _ in range(repeats):
                y = torch.tanh(y * w + b) - c
            total = y.sum()
            w.grad = None
            total.backward()
            return total.item(), w.grad.numpy()

        return run
