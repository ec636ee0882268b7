"""The trainings that are measured: their models, data and first weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LESSON", "PROBLEMS", "Problem", "Weights", "find", "load", "make", "save"]

Array = NDArray[Any]
Weights = list[tuple[Array, Array]]


@dataclass(frozen=True)
class Problem:
    """A model of dense layers, what it is trained on, and how.

    ``loss`` is "binary" (one sigmoid) or "classes" (softmax); ``epochs`` are those of
    one call of `fit`. The contestants are compared on ``check_rows`` rows.
    """

    name: str
    group: str
    title: str
    rows: int
    sizes: tuple[int, ...]
    batch: int
    hidden: str = "sigmoid"
    loss: str = "binary"
    optimizer: str = "adam"
    rate: float = 0.001
    epochs: int = 1
    check_rows: int = 320
    check_epochs: int = 3

    @property
    def steps(self) -> int:
        """The number of steps of an epoch; the last may have fewer rows."""
        return -(-self.rows // self.batch)


LESSON = (784, 25, 15, 1)
# Adam as Keras and graphgrad have it; every contestant is given the same numbers.
BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7

PROBLEMS = (
    Problem(
        "tiny",
        "tiny",
        "200 x 2, 2-3-1, Adam, batch 32, `fit` of 100 epochs",
        200,
        (2, 3, 1),
        32,
        rate=0.01,
        epochs=100,
        check_rows=200,
    ),
    Problem(
        "xor",
        "tiny",
        "XOR, 2-3-1, Adam, one batch of 4, `fit` of 500 epochs",
        4,
        (2, 3, 1),
        4,
        rate=0.01,
        epochs=500,
        check_rows=4,
        check_epochs=50,
    ),
    Problem(
        "digits-adam",
        "digits",
        "60,000 x 784, 784-25-15-1, Adam, batch 32",
        60_000,
        LESSON,
        32,
    ),
    Problem(
        "digits-sgd",
        "digits",
        "60,000 x 784, 784-25-15-1, SGD, batch 32",
        60_000,
        LESSON,
        32,
        optimizer="sgd",
        rate=0.01,
    ),
    Problem(
        "mlp",
        "mlp",
        "12,800 x 784, 784-512-256-10 relu, softmax, Adam, batch 128",
        12_800,
        (784, 512, 256, 10),
        128,
        hidden="relu",
        loss="classes",
        check_rows=640,
    ),
    Problem(
        "wide",
        "wide",
        "640 x 784, three layers of 2,048, relu, softmax, Adam, batch 64",
        640,
        (784, 2048, 2048, 2048, 10),
        64,
        hidden="relu",
        loss="classes",
        rate=0.0001,
        check_rows=192,
        check_epochs=2,
    ),
    Problem(
        "deep",
        "deep",
        "6,400 x 64, 64 layers of 64, relu, softmax, Adam, batch 64",
        6_400,
        (*(64,) * 65, 10),
        64,
        hidden="relu",
        loss="classes",
        rate=0.0001,
        check_rows=192,
        check_epochs=2,
    ),
    Problem(
        "full",
        "full",
        "60,000 x 784 in one batch, 784-25-15-1, Adam",
        60_000,
        LESSON,
        60_000,
        epochs=3,
        check_rows=60_000,
    ),
)


def find(name: str) -> Problem:
    """Return the problem of that name."""
    return next(each for each in PROBLEMS if each.name == name)


def make(problem: Problem, mnist: str | None) -> tuple[Array, Array, Weights]:
    """Return data and first weights: the digits of ``mnist``, else random pixels."""
    rng = np.random.default_rng(0)
    if problem.name == "xor":
        x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
        return x, np.array([0, 1, 1, 0]), first_weights(problem, rng)
    if mnist is not None and problem.sizes[0] == 784:
        x, labels = _digits(mnist, problem.rows)
    else:
        x = rng.random((problem.rows, problem.sizes[0]), np.float32)
        labels = rng.integers(0, 10, problem.rows)
    y = labels == 0 if problem.loss == "binary" else labels
    return x, y.astype(np.int64), first_weights(problem, rng)


def _digits(folder: str, rows: int) -> tuple[Array, Array]:
    import graphgrad as gg

    (x, y), _ = gg.datasets.mnist.load_data(folder)
    return x[:rows].reshape(rows, -1).astype(np.float32) / 255, y[:rows]


def first_weights(problem: Problem, rng: np.random.Generator) -> Weights:
    """Return Glorot's weights for sigmoid, He's for relu, and biases of zero."""
    weights = []
    for fan_in, fan_out in zip(problem.sizes, problem.sizes[1:], strict=False):
        fans = fan_in if problem.hidden == "relu" else (fan_in + fan_out) / 2
        scale = (2 if problem.hidden == "relu" else 1) / fans
        kernel = rng.normal(0, scale**0.5, (fan_in, fan_out)).astype(np.float32)
        weights.append((kernel, np.zeros(fan_out, np.float32)))
    return weights


def save(problem: Problem, folder: Path, mnist: str | None) -> None:
    """Write data and weights where the processes of the contestants find them."""
    if (folder / f"{problem.name}-x.npy").exists():
        return
    x, y, weights = make(problem, mnist)
    np.save(folder / f"{problem.name}-x.npy", x)
    np.save(folder / f"{problem.name}-y.npy", y)
    flat = [each for pair in weights for each in pair]
    np.savez(folder / f"{problem.name}-weights.npz", *flat)


def load(problem: Problem, folder: Path) -> tuple[Array, Array, Weights]:
    """Read what `save` wrote; labels come as whole numbers, one a row."""
    x = np.load(folder / f"{problem.name}-x.npy")
    y = np.load(folder / f"{problem.name}-y.npy")
    with np.load(folder / f"{problem.name}-weights.npz") as file:
        flat = list(file.values())
    return x, y, list(zip(flat[::2], flat[1::2], strict=True))
