"""tinygrad: a step under TinyJit, compiled for the CPU."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants import _base
from benchmarks.problems import BETA_1, BETA_2, EPSILON, Array, Problem, Weights

__all__ = ["Contestant"]

os.environ.setdefault("DEV", "CPU")
os.environ["TRAINING"] = "1"  # or its optimizers refuse

# tinygrad compiles with clang. Where there is none, the one inside of Zig does it: it
# must be told apart from Zig's own ways of naming a target.
_WRAPPER = """#!{python}
import os, sys, ziglang
zig = os.path.join(os.path.dirname(ziglang.__file__), "zig")
drop = ("--target", "-march", "-fno-ident")
own = ["-mcpu=native", "-g0", "-fno-sanitize=all", "-fno-stack-protector"]
rest = [each for each in sys.argv[1:] if not each.startswith(drop)]
os.execv(zig, [zig, "cc", *own, *rest])
"""


def provide_compiler() -> None:
    """Let ``CC`` be a clang, unless there is one."""
    if shutil.which(os.environ.get("CC", "clang")) is None:
        path = Path(tempfile.mkdtemp(prefix="zig-")) / "clang"
        path.write_text(_WRAPPER.format(python=sys.executable), encoding="utf-8")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        os.environ["CC"] = str(path)


provide_compiler()
from tinygrad import Tensor, TinyJit, nn  # noqa: E402


def logits(problem: Problem, parameters: Any, x: Any) -> Any:
    """Return what goes into the last activation."""
    for kernel, bias in parameters[:-1]:
        x = x.dot(kernel) + bias
        x = x.relu() if problem.hidden == "relu" else x.sigmoid()
    kernel, bias = parameters[-1]
    return x.dot(kernel) + bias


class Trainer:
    """The loop over epochs and batches."""

    def __init__(self, problem: Problem, x: Array, y: Array, weights: Weights) -> None:
        """Make tensors of the weights, and a compiled step for each size of batch."""
        self.problem, self.x = problem, x
        self.y = y.astype(np.float32 if problem.loss == "binary" else np.int32)
        self.weights = [tuple(Tensor(each) for each in pair) for pair in weights]
        flat = [each for pair in self.weights for each in pair]
        if problem.optimizer == "adam":
            self.optimizer = nn.optim.Adam(flat, problem.rate, BETA_1, BETA_2, EPSILON)
        else:
            self.optimizer = nn.optim.SGD(flat, problem.rate)
        counts = {b.stop - b.start for b in _base.batches(problem, len(x))}
        self.steps = {count: TinyJit(self._step) for count in counts}

    def _step(self, x: Any, y: Any) -> Any:
        self.optimizer.zero_grad()
        z = logits(self.problem, self.weights, x)
        if self.problem.loss == "binary":
            loss = z[:, 0].binary_crossentropy_logits(y)
        else:
            loss = z.sparse_categorical_crossentropy(y)
        loss.backward()
        return loss.realize(*self.optimizer.schedule_step())

    def run(self, epochs: int, *, shuffle: bool) -> list[float]:
        """Train; return the mean loss of each epoch."""
        return [self._epoch(shuffle=shuffle) for _ in range(epochs)]

    def _epoch(self, *, shuffle: bool) -> float:
        problem, rows, total = self.problem, len(self.x), 0.0
        order = _base.epoch_order(problem, rows, shuffle=shuffle)
        for batch in _base.batches(problem, rows):
            where = batch if order is None else order[batch]
            x, y = self.x[where], self.y[where]
            loss = self.steps[len(x)](Tensor(x).realize(), Tensor(y).realize())
            total += loss.item() * len(x)
        return total / rows


class Contestant(_base.Contestant):
    """tinygrad."""

    packages = ("tinygrad",)

    def trainer(self, problem: Problem, x: Array, y: Array, w: Weights) -> Trainer:
        """Make the model with these weights, for these data."""
        return Trainer(problem, x, y, w)

    def predictor(self, problem: Problem, weights: Weights) -> _base.Predict:
        """Return the compiled forward pass."""
        parameters = [tuple(Tensor(each) for each in pair) for pair in weights]
        compiled: dict[int, Any] = {}

        def predict(x: Array) -> Array:
            if len(x) not in compiled:
                compiled[len(x)] = TinyJit(
                    lambda x: logits(problem, parameters, x).sigmoid().realize()
                )
            result: Array = compiled[len(x)](Tensor(x).realize()).numpy()
            return result

        return predict

    def chain(self, start: Array, repeats: int) -> _base.Chain:
        """Refuse: nothing is computed before all is known."""
        raise _base.CannotError("it is lazy: operations do not run one by one")
