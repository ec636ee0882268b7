"""How time and memory of graphgrad grow: ``python -m benchmarks.growth depth 300``."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

import graphgrad as gg
from benchmarks.problems import LESSON
from benchmarks.usage import peak_bytes, resident_bytes
from benchmarks.worker import stay_on_so_many_cores

__all__ = ["SWEEPS", "exponent", "measure"]

clock = time.perf_counter

# What grows, and the values that it takes.
SWEEPS: dict[str, tuple[int, ...]] = {
    "depth": (10, 30, 100, 300, 1000, 3000),
    "width": (16, 64, 256, 1024, 2048),
    "batch": (1, 8, 64, 512, 4096, 16384),
    "steps": (10, 100, 1000, 10_000),
}


def sizes_of(kind: str, value: int) -> tuple[int, ...]:
    """Return the sizes of the layers, the input's first."""
    if kind == "depth":
        return (16,) * value + (1,)
    if kind == "width":
        return (value, value, value, 1)
    return LESSON


def measure(kind: str, value: int) -> dict[str, Any]:
    """Return seconds until a model has made its first step, of a step, and bytes.

    ``steps`` are those of one `fit`; elsewhere it is called until time has been enough.
    """
    # The first model of a process pays for imports.
    run(sizes_of("batch", 1), 8, 1)
    sizes = sizes_of(kind, value)
    rows = value if kind == "batch" else 32
    before = resident_bytes()
    epochs = value if kind == "steps" else 1
    compiling, step = run(sizes, rows, epochs)
    return {
        "compile": compiling,
        "step": step,
        "bytes": max(0, peak_bytes() - before),
    }


def run(sizes: Sequence[int], rows: int, epochs: int) -> tuple[float, float]:
    """Return the seconds to the end of the first step, and of a later one."""
    rng = np.random.default_rng(0)
    x, y = rng.random((rows, sizes[0]), np.float32), rng.integers(0, 2, rows)
    start = clock()
    layers: list[Any] = [gg.Input((sizes[0],))]
    layers += [gg.Dense(units, "sigmoid") for units in sizes[1:]]
    model = gg.Sequential(layers)
    model.compile(optimizer="adam", loss="binary_crossentropy")
    model.fit(x, y, batch_size=rows, verbose=0)
    compiling = clock() - start
    model.fit(x, y, batch_size=rows, verbose=0)
    times: list[float] = []
    begun = clock()
    while len(times) < 3 or (clock() - begun < 0.3 and len(times) < 200):
        start = clock()
        model.fit(x, y, batch_size=rows, epochs=epochs, verbose=0)
        times.append((clock() - start) / epochs)
    return compiling, statistics.median(times)


def exponent(values: Sequence[float], results: Sequence[float]) -> float:
    """Return the power by which results grow, fitted to the larger half of the values.

    >>> round(exponent([1, 10, 100, 1000], [5, 5, 300, 30_000]), 6)
    2.0
    """
    half = len(values) // 2
    logs = np.log(np.maximum(results[half:], 1e-12))
    slope, _ = np.polyfit(np.log(values[half:]), logs, 1)
    return float(slope)


if __name__ == "__main__":
    stay_on_so_many_cores()
    sys.stdout.write(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
