"""What the machine can do: the speed of a large GEMM, and of copying memory."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.worker import THREADS, stay_on_so_many_cores

__all__ = ["copy_speed", "gemm_speed"]

clock = time.perf_counter
REPEATS = 7


def gemm_speed(side: int = 2048) -> float:
    """Return the FLOPs per second of a product of square float32 matrices."""
    rng = np.random.default_rng(0)
    a, b = (rng.random((side, side), np.float32) for _ in "ab")
    out = np.empty_like(a)
    best = float("inf")
    for _ in range(REPEATS):
        start = clock()
        np.matmul(a, b, out=out)
        best = min(best, clock() - start)
    return float(2 * side**3 / best)


def copy_speed(size: int = 1 << 28) -> float:
    """Return the bytes per second that are read and written by copies, by threads."""
    source, target = np.ones(size // 4, np.float32), np.zeros(size // 4, np.float32)
    parts = list(
        zip(
            np.array_split(target, THREADS),
            np.array_split(source, THREADS),
            strict=True,
        )
    )
    best = float("inf")
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in range(REPEATS):
            start = clock()
            list(pool.map(lambda part: np.copyto(*part), parts))
            best = min(best, clock() - start)
    return float(2 * size / best)


if __name__ == "__main__":
    stay_on_so_many_cores()
    speeds = {"gemm": gemm_speed(), "copy": copy_speed()}
    sys.stdout.write(json.dumps(speeds))
