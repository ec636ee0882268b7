"""Workloads: the trainings that are measured, and the graph of their step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import graphgrad as gg

__all__ = ["WORKLOADS", "Training", "Workload"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Workload:
    """A model, how many rows it is trained on, and how many steps a round takes.

    The rows are whole batches: the prototype has a step for one batch size.
    """

    name: str
    title: str
    sizes: tuple[int, ...]
    optimizer: str
    batch: int
    rows: int
    epochs: int
    steps: int

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes, and so one sigmoid as output."""
        return self.sizes[-1] == 1

    def model(self) -> Any:
        """Return the compiled model, its weights drawn from a seed."""
        gg.utils.set_random_seed(1)
        *hidden, last = self.sizes[1:]
        layers: list[Any] = [gg.Input((self.sizes[0],))]
        inner = "sigmoid" if self.is_binary else "relu"
        layers += [gg.Dense(units, inner) for units in hidden]
        layers += [gg.Dense(last, "sigmoid" if self.is_binary else "softmax")]
        model = gg.Sequential(layers)
        loss = "binary" if self.is_binary else "sparse_categorical"
        model.compile(optimizer=self.optimizer, loss=f"{loss}_crossentropy")
        return model

    def data(self) -> tuple[Array, Array]:
        """Return random rows, and labels that can be learned from them."""
        generator = np.random.default_rng(2)
        x = generator.random((self.rows, self.sizes[0]), np.float32)
        rule = generator.normal(size=(self.sizes[0], max(self.sizes[-1], 2)))
        return x, ((x - 0.5) @ rule).argmax(axis=1)


WORKLOADS = (
    Workload("tiny", "2-3-1, Adam, batch 32", (2, 3, 1), "adam", 32, 192, 50, 300),
    Workload(
        "digits-adam",
        "784-25-15-1, Adam, batch 32",
        (784, 25, 15, 1),
        "adam",
        32,
        60_000,
        1,
        500,
    ),
    Workload(
        "digits-sgd",
        "784-25-15-1, SGD, batch 32",
        (784, 25, 15, 1),
        "sgd",
        32,
        60_000,
        1,
        500,
    ),
    Workload(
        "mlp",
        "784-512-256-10, Adam, batch 128",
        (784, 512, 256, 10),
        "adam",
        128,
        6_400,
        1,
        20,
    ),
)


class Training:
    """A model that has been fitted once, the graph of its step, and its data as rows.

    `reset` gives the state back that it had then, so that whatever is compared starts
    from the same numbers.
    """

    def __init__(self, workload: Workload) -> None:
        """Fit two batches: that makes the graph."""
        self.workload = workload
        self.model = workload.model()
        self.x, self.y = workload.data()
        start = slice(0, 2 * workload.batch)
        self.model.fit(
            self.x[start], self.y[start], batch_size=workload.batch, verbose=0
        )
        self.graph: gg.Graph = self.model.graph("fit")
        label = self.graph.inputs[1]
        rows = self.y.reshape(-1, *label.shape[1:]).astype(label.dtype)
        self.data = (self.x, np.ascontiguousarray(rows))
        cells = [
            node.op.cell
            for node in self.graph.states
            if isinstance(node.op, gg.nodes.State)
        ]
        self._saved = [(cell, cell.array.copy()) for cell in cells]

    def reset(self) -> None:
        """Give the state back."""
        for cell, array in self._saved:
            cell.array[...] = array

    def state(self) -> dict[str, Array]:
        """Return copies of the state, by name."""
        return {cell.name: cell.array.copy() for cell, _ in self._saved}

    def load(self, inputs: tuple[Array, ...], batch: int = 0) -> None:
        """Put a batch into a program's inputs."""
        start = batch * self.workload.batch
        for array, rows in zip(inputs, self.data, strict=True):
            array[...] = rows[start : start + self.workload.batch]

    def losses(self, program: Any, steps: int) -> list[float]:
        """Return the losses of so many steps from the saved state."""
        self.reset()
        return [self._loss(program, step) for step in range(steps)]

    def _loss(self, program: Any, step: int) -> float:
        self.load(program.inputs, step % (self.workload.rows // self.workload.batch))
        program.run()
        return float(program.outputs[0])

    def fit(self) -> None:
        """Train as users do."""
        self.model.fit(
            self.x,
            self.y,
            batch_size=self.workload.batch,
            epochs=self.workload.epochs,
            verbose=0,
        )

    def fitting(self, program: Any) -> Callable[[], None]:
        """Return a function that trains as long by a code's ``run_epoch``."""
        generator = np.random.default_rng(3)

        def fit() -> None:
            for _ in range(self.workload.epochs):
                program.code.run_epoch(self.data, generator.permutation(len(self.x)))

        return fit
