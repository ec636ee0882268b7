"""Measure: NumPy's program and the C of one graph, in turn, after they agree."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import graphgrad as gg
from benchmarks.backend_prototype.compiled import C, numpys_blas
from benchmarks.backend_prototype.workloads import Training, Workload

__all__ = ["measure"]

Row = dict[str, Any]
Clock = Callable[[], float]

# With one thread, the time that this process computes: what else runs on the machine
# counts only as far as it takes cache and memory. With more, the time that passes.
CLOCKS = {1: time.process_time}

# Losses of the first steps may differ by this share: sums are in another order.
AGREEMENT = 1e-4
COMPARED = 5


def measure(workload: Workload, threads: int, rounds: int) -> Row:
    """Return the microseconds per step of every way to run a workload, and its counts.

    Each round runs them all, one after the other, each from the same state.
    """
    training = Training(workload)
    clock = CLOCKS.get(threads, time.perf_counter)
    programs, made = _make(training.graph, threads)
    _check(training, programs)
    timed = {
        name: _steps(training, program, clock) for name, program in programs.items()
    }
    steps = workload.rows // workload.batch * workload.epochs
    epoch = training.fitting(programs["fused"])
    timed |= {
        "fit": _timed(training, training.fit, steps, clock),
        "epoch": _timed(training, epoch, steps, clock),
    }
    found: dict[str, list[float]] = {name: [] for name in timed}
    for number in range(rounds + 1):
        for name, run in timed.items():
            taken = run()
            # The first round is for the caches.
            if number:
                found[name].append(taken)
    return {
        "name": workload.name,
        "title": workload.title,
        "threads": threads,
        "times": {name: _summary(each) for name, each in found.items()},
        "made": made,
        **_counts(programs),
    }


def _make(graph: gg.Graph, threads: int) -> tuple[dict[str, Any], dict[str, float]]:
    blas = numpys_blas()
    makers: dict[str, Callable[[], Any]] = {
        "program": lambda: gg.Program(graph),
        "unfused": lambda: gg.Program(graph, C(fuse=False, threads=threads)),
        "fused": lambda: gg.Program(graph, C(threads=threads)),
    }
    if blas is not None:
        makers["blas"] = lambda: gg.Program(graph, C(threads=threads, blas=blas))
    programs, made = {}, {}
    for name, make in makers.items():
        start = time.perf_counter()
        programs[name] = make()
        made[name] = time.perf_counter() - start
    return programs, made


def _check(training: Training, programs: dict[str, Any]) -> None:
    expected = training.losses(programs["program"], COMPARED)
    for name, program in programs.items():
        got = training.losses(program, COMPARED)
        if not np.allclose(got, expected, rtol=AGREEMENT):
            raise AssertionError(
                f"{training.workload.name}: {name} has the losses {got}, NumPy's "
                f"program {expected}; there is nothing to compare"
            )


# A step on a batch that is there already.
def _steps(training: Training, program: Any, clock: Clock) -> Callable[[], float]:
    steps = training.workload.steps

    def run() -> None:
        for _ in range(steps):
            program.run()

    timed = _timed(training, run, steps, clock)

    def loaded() -> float:
        training.load(program.inputs)
        return timed()

    return loaded


def _timed(
    training: Training, run: Callable[[], None], steps: int, clock: Clock
) -> Callable[[], float]:
    def timed() -> float:
        training.reset()
        with np.errstate(all="ignore"):
            start = clock()
            run()
            return (clock() - start) / steps * 1e6

    return timed


def _summary(times: list[float]) -> dict[str, float]:
    low, middle, high = statistics.quantiles(times, n=4)
    return {"median": middle, "spread": (high - low) / 2, "least": min(times)}


# What does not depend on the machine.
def _counts(programs: dict[str, Any]) -> dict[str, Any]:
    program, fused = programs["program"], programs["fused"]
    step = program.source.split("def step():")[1].split("return None")[0]
    lines = [line.strip() for line in step.splitlines()]
    return {
        "nodes": len(program.graph.operations),
        "statements": sum(1 for line in lines if line and not line.startswith("#")),
        "loops_unfused": len(programs["unfused"].code.schedule.items),
        "loops_fused": len(fused.code.schedule.items),
        "bytes_program": program.nbytes,
        "bytes_fused": fused.nbytes,
    }
