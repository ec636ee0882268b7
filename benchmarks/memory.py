"""The memory of `fit` beside its data: ``python -m benchmarks.memory uint8 32``."""

from __future__ import annotations

import json
import sys

import numpy as np

import graphgrad as gg
from benchmarks.problems import LESSON
from benchmarks.usage import peak_bytes, resident_bytes
from benchmarks.worker import stay_on_so_many_cores

__all__ = ["measure"]


def model() -> gg.Sequential:
    """Return the lesson's model, compiled."""
    made = gg.Sequential(
        [gg.Input(LESSON[:1]), *(gg.Dense(units, "sigmoid") for units in LESSON[1:])]
    )
    made.compile(optimizer="adam", loss="binary_crossentropy")
    return made


def measure(dtype: str, batch: int, rows: int = 60_000) -> dict[str, int]:
    """Return the bytes of the data, and what `fit` needed beside them at its peak."""
    small = np.zeros((64, LESSON[0]), np.float32)
    model().fit(small, np.zeros(64), verbose=0)  # all modules are there from here on
    rng = np.random.default_rng(0)
    x, y = np.empty((rows, LESSON[0]), dtype), rng.integers(0, 2, rows)
    # Row by row, so that the peak is that of fit.
    for row in x:
        row[:] = rng.random(LESSON[0], np.float32) * (255 if dtype == "uint8" else 1)
    trained = model()
    before = resident_bytes()
    trained.fit(x, y, batch_size=batch, verbose=0)
    return {"data": x.nbytes, "beside": max(0, peak_bytes() - before)}


if __name__ == "__main__":
    stay_on_so_many_cores()
    sys.stdout.write(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
