"""A run of the benchmarks, from the first process to the last number."""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import start
from benchmarks.compare import compare, say
from benchmarks.contestants import CONTESTANTS
from benchmarks.growth import SWEEPS
from benchmarks.jobs import JOBS
from benchmarks.machine import describe
from benchmarks.problems import find, save
from benchmarks.process import Process, script
from benchmarks.results import Results

__all__ = ["GROUPS", "run"]

GROUPS = (*dict.fromkeys(each.group for each in JOBS), "start", "memory", "growth")
# For the rounds of one contestant at one workload.
SECONDS = 6.0


def run(options: argparse.Namespace) -> Results:
    """Measure what the options ask for."""
    begun = time.perf_counter()
    results = Results(
        command=_command(options),
        threads=options.threads,
        machine=describe(options.threads),
        data="MNIST" if options.mnist else "random pixels and labels",
    )
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as place:
        folder = Path(place)
        names = _present(options.contestants, results)
        _measure_floor(options.threads, results)
        _compare_all(options, names, folder, results)
        if "start" in options.only:
            _start(options, names, folder, results)
    if "memory" in options.only:
        results.memory = _memory(options.threads)
    if "growth" in options.only:
        results.growth = _growth(options.threads)
    # Once more: other work on the machine must not make the floor a high one.
    _measure_floor(options.threads, results)
    results.minutes = (time.perf_counter() - begun) / 60
    return results


def _measure_floor(threads: int, results: Results) -> None:
    say("floor: GEMM and copying")
    for name, speed in (script("floor", threads=threads) or {}).items():
        results.speeds[name] = max(speed, results.speeds.get(name, 0.0))


def _command(options: argparse.Namespace) -> str:
    words = ["make bench"]
    if options.only != list(GROUPS):
        words.append(f"ONLY={','.join(options.only)}")
    words.append(f"ROUNDS={options.rounds}")
    if options.mnist:
        words.append("MNIST=FOLDER")
    return " ".join(words)


def _present(names: Sequence[str], results: Results) -> list[str]:
    """Return the contestants whose libraries are installed."""
    found = []
    for name in names:
        package = CONTESTANTS[name].package.split(".")[0]
        if not package or importlib.util.find_spec(package):
            found.append(name)
        else:
            results.absent[name] = f"{package} is not installed"
    return found


def _compare_all(
    options: argparse.Namespace, names: Sequence[str], folder: Path, results: Results
) -> None:
    jobs = [each for each in JOBS if each.group in options.only]
    if not jobs:
        return
    processes = []
    try:
        for name in names:
            process = Process(name, folder, options.threads)
            processes.append(process)
        taking_part = []
        for process in processes:
            hello = process.ask("hello")
            if "cannot" in hello:
                results.absent[process.name] = hello["cannot"]
                continue
            taking_part.append(process)
            results.versions[process.name] = hello["versions"]
            results.pools[process.name] = hello["threads"]
        for job in jobs:
            save(find(job.request.get("name", "digits-adam")), folder, options.mnist)
            results.comparisons.append(
                compare(job, taking_part, rounds=options.rounds, seconds=SECONDS)
            )
    finally:
        for process in processes:
            process.close()


def _start(
    options: argparse.Namespace, names: Sequence[str], folder: Path, results: Results
) -> None:
    say("start: imports, first epochs, compiling")
    rounds, threads = options.rounds, options.threads
    results.imports = start.imports(names, rounds=rounds, threads=threads)
    save(find("tiny"), folder, None)
    results.first_epochs = start.first_epochs(
        names, folder, rounds=rounds, threads=threads
    )
    for _ in range(rounds):
        told = script("growth", "batch", "32", threads=threads)
        if told is not None:
            results.compiling.append(told["compile"])


def _memory(threads: int) -> list[dict[str, Any]]:
    say("memory: of fit, beside the data")
    rows = []
    for batch in (32, 60_000):
        for dtype in ("float32", "float64", "uint8"):
            told = script("memory", dtype, str(batch), threads=threads)
            if told is not None:
                rows.append({"dtype": dtype, "batch": batch, **told})
    return rows


def _growth(threads: int) -> dict[str, list[tuple[int, dict[str, float]]]]:
    found: dict[str, list[tuple[int, dict[str, float]]]] = {}
    for kind, values in SWEEPS.items():
        say(f"growth: {kind} {', '.join(map(str, values))}")
        points = found.setdefault(kind, [])
        for value in values:
            told = script("growth", kind, str(value), threads=threads)
            if told is None:  # and larger ones would take longer
                break
            points.append((value, told))
    return found
