"""What a contestant is asked to do: train, predict, or differentiate a chain."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from benchmarks.contestants._base import Contestant
from benchmarks.problems import find, load

__all__ = ["TASKS", "Task"]

Reply = dict[str, Any]
clock = time.perf_counter

# A round lasts at least so many seconds, unless one call takes longer.
ROUND = 0.25
# One call is a round where it takes so many seconds.
LONG = 2.0


class Task(Protocol):
    """A piece of work that is checked once, warmed up, and then timed in rounds."""

    def check(self) -> Reply:
        """Return numbers that every contestant must have alike."""
        ...

    def warm(self) -> Reply:
        """Be ready: compile, and find out how many calls make a round."""
        ...

    def round(self) -> Reply:
        """Return the seconds of a round and what was done in them."""
        ...


def calls_of_a_round(call: Callable[[], Any]) -> int:
    """Return how many calls last as long as a round should."""
    start = clock()
    call()
    return max(1, min(2_000, round(ROUND / (clock() - start))))


class Train:
    """Call after call of a training, each of the problem's number of epochs."""

    def __init__(self, contestant: Contestant, folder: Path, name: str) -> None:
        """Read the data."""
        self.contestant, self.problem = contestant, find(name)
        self.data = load(self.problem, folder)
        self.trainer: Any = None
        self.calls = 1

    def check(self) -> Reply:
        """Train on a few rows, in their order; the losses are the same for all."""
        problem, (x, y, weights) = self.problem, self.data
        rows = problem.check_rows
        trainer = self.contestant.trainer(problem, x[:rows], y[:rows], weights)
        return {"values": trainer.run(problem.check_epochs, shuffle=False)}

    def warm(self) -> Reply:
        """Train once."""
        self.trainer = self.contestant.trainer(self.problem, *self.data)
        start = clock()
        self._call()
        # Where even the call that compiles is short, the next one tells how short.
        if clock() - start < LONG:
            self.calls = calls_of_a_round(self._call)
        cost = getattr(self.trainer, "cost", None)
        return {"cost": cost()} if cost else {}

    def round(self) -> Reply:
        """Train on all rows in a new order each epoch, as `fit` does."""
        start = clock()
        for _ in range(self.calls):
            self._call()
        seconds = clock() - start
        return {
            "seconds": seconds,
            "count": self.calls * self.problem.epochs * self.problem.steps,
        }

    def _call(self) -> None:
        self.trainer.run(self.problem.epochs, shuffle=True)


class Predict:
    """Call after call for the probabilities of so many rows, each call timed."""

    def __init__(self, contestant: Contestant, folder: Path, rows: int) -> None:
        """Read the data of the lesson's model."""
        problem = find("digits-adam")
        x, _, weights = load(problem, folder)
        self.x = x[:rows]
        self.predict = contestant.predictor(problem, weights)
        self.calls = 1

    def check(self) -> Reply:
        """Return the first probabilities."""
        return {"values": np.ravel(self.predict(self.x))[:16].astype(float).tolist()}

    def warm(self) -> Reply:
        """Predict twice."""
        self.predict(self.x)
        self.calls = calls_of_a_round(lambda: self.predict(self.x))
        return {}

    def round(self) -> Reply:
        """Return the time of each call."""
        times = []
        for _ in range(self.calls):
            start = clock()
            self.predict(self.x)
            times.append(clock() - start)
        return {"seconds": sum(times), "count": len(times), "times": times}


class Eager:
    """A chain of operations on arrays of a size, forward and backward."""

    def __init__(
        self, contestant: Contestant, folder: Path, side: int, count: int
    ) -> None:
        """Prepare the chain; four operations are one link."""
        shape = (8,) if side == 1 else (side, side)
        values = np.linspace(0.1, 1.0, int(np.prod(shape)), dtype=np.float32)
        self.chain = contestant.chain(values.reshape(shape), count // 4)
        self.count = count
        self.calls = 1

    def check(self) -> Reply:
        """Return the value, and some of the gradient."""
        value, gradient = self.chain()
        return {"values": [float(value), *np.ravel(gradient)[:8].astype(float)]}

    def warm(self) -> Reply:
        """Run once."""
        self.calls = calls_of_a_round(self.chain)
        return {}

    def round(self) -> Reply:
        """Return the time of all operations, their derivatives included."""
        start = clock()
        for _ in range(self.calls):
            self.chain()
        return {"seconds": clock() - start, "count": self.calls * self.count}


TASKS: dict[str, Callable[..., Task]] = {
    "train": Train,
    "predict": Predict,
    "eager": Eager,
}
