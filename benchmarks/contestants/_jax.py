"""JAX: one compiled call per step, or one per epoch."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.contestants import _base
from benchmarks.problems import BETA_1, BETA_2, EPSILON, Array, Problem, Weights

__all__ = ["Contestant"]


def logits(problem: Problem, parameters: Any, x: Any) -> Any:
    """Return what goes into the last activation."""
    hidden = jax.nn.relu if problem.hidden == "relu" else jax.nn.sigmoid
    for kernel, bias in parameters[:-1]:
        x = hidden(x @ kernel + bias)
    kernel, bias = parameters[-1]
    return x @ kernel + bias


def mean_loss(problem: Problem, parameters: Any, x: Any, y: Any) -> Any:
    """Return the mean loss of a batch."""
    z = logits(problem, parameters, x)
    if problem.loss == "binary":
        return jnp.mean(jnp.logaddexp(0, z[:, 0]) - z[:, 0] * y)
    picked = jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]
    return jnp.mean(jax.nn.logsumexp(z, axis=1) - picked)


def update(problem: Problem, state: Any, gradients: Any) -> Any:
    """Return the state after a step: parameters, moments, velocities, count."""
    parameters, moments, velocities, count = state
    tree = jax.tree.map
    if problem.optimizer == "sgd":
        moved = tree(lambda p, g: p - problem.rate * g, parameters, gradients)
        return moved, moments, velocities, count
    count = count + 1
    moments = tree(lambda m, g: m + (g - m) * (1 - BETA_1), moments, gradients)
    velocities = tree(
        lambda v, g: v + (g * g - v) * (1 - BETA_2), velocities, gradients
    )
    rate = problem.rate * jnp.sqrt(1 - BETA_2**count) / (1 - BETA_1**count)
    moved = tree(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON),
        parameters,
        moments,
        velocities,
    )
    return moved, moments, velocities, count


class Trainer:
    """The loop over epochs; over batches in Python or in a scan."""

    def __init__(
        self, problem: Problem, x: Array, y: Array, weights: Weights, *, scan: bool
    ) -> None:
        """Put data and state where JAX has them."""
        self.problem, self.scan = problem, scan
        labels = y.astype(np.float32 if problem.loss == "binary" else np.int32)
        self.x, self.y = jnp.asarray(x), jnp.asarray(labels)
        parameters = jax.tree.map(jnp.array, weights)
        moments, velocities = (jax.tree.map(jnp.zeros_like, weights) for _ in "mv")
        self.state = parameters, moments, velocities, jnp.zeros((), jnp.float32)
        self.step = jax.jit(self._step, donate_argnums=(0, 1))
        self.whole = jax.jit(self._whole, donate_argnums=(0, 1))

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        return [self._epoch(shuffle=shuffle) for _ in range(epochs)]

    def _epoch(self, *, shuffle: bool) -> float:
        problem, x, y, state = self.problem, self.x, self.y, self.state
        rows = len(x)
        order = _base.epoch_order(problem, rows, shuffle=shuffle)
        total: Any = np.zeros((), np.float32)
        if rows <= problem.batch:
            state, total = self.step(state, total, None, x, y)
        else:
            found = np.arange(rows) if order is None else order
            indices, full = found.astype(np.int32), rows // problem.batch
            first = 0
            if self.scan:
                first = full * problem.batch
                table = indices[:first].reshape(full, problem.batch)
                state, total = self.whole(state, total, table, x, y)
            for start in range(first, rows, problem.batch):
                batch = indices[start : start + problem.batch]
                state, total = self.step(state, total, batch, x, y)
        self.state = state
        return float(total) / rows

    def _step(self, state: Any, total: Any, indices: Any, x: Any, y: Any) -> Any:
        if indices is not None:
            x, y = x[indices], y[indices]
        loss, gradients = jax.value_and_grad(partial(mean_loss, self.problem))(
            state[0], x, y
        )
        return update(self.problem, state, gradients), total + loss * len(x)

    def _whole(self, state: Any, total: Any, table: Any, x: Any, y: Any) -> Any:
        def body(carry: Any, indices: Any) -> Any:
            state, total = carry
            return self._step(state, total, indices, x, y), None

        return jax.lax.scan(body, (state, total), table)[0]


class Contestant(_base.Contestant):
    """JAX."""

    packages = ("jax", "jaxlib")

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        scan = self.variant == "scan"
        if scan and len(x) <= problem.batch:
            raise _base.CannotError(
                "an epoch is one step: there is nothing to scan over"
            )
        return Trainer(problem, x, y, w, scan=scan)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return the compiled forward pass."""
        if self.variant == "scan":
            raise _base.CannotError("there are no steps to scan over")
        forward = jax.jit(lambda p, x: jax.nn.sigmoid(logits(problem, p, x)))
        parameters = jax.tree.map(jnp.array, weights)
        return lambda x: np.asarray(forward(parameters, x))

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Return what runs the chain forward and backward, each operation by itself."""
        if self.variant == "scan":
            raise _base.CannotError("there are no steps to scan over")
        w = jnp.full_like(start, 0.9)
        first, b, c = (jnp.asarray(each) for each in (start, start * 0.5, start * 0.1))

        def total(w: Any) -> Any:
            y = first
            for _ in range(repeats):
                y = jnp.tanh(y * w + b) - c
            return y.sum()

        gradient = jax.value_and_grad(total)

        def run() -> tuple[Any, Any]:
            value, found = gradient(w)
            return float(value), np.asarray(found)

        return run
