"""Measure the prototype, each number of threads in a process of its own; write tables.

``python -m benchmarks.backend_prototype [--rounds N] [--only NAME] [--print]``
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.backend_prototype.compiled import compiler
from benchmarks.backend_prototype.measure import measure
from benchmarks.backend_prototype.tables import tables, write_between_marks
from benchmarks.backend_prototype.workloads import WORKLOADS

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "backends.md"

# Products of the other workloads are too small to be divided. Two threads come first:
# they must have both cores to themselves.
RUNS = [("mlp", 2), *[(each.name, 1) for each in WORKLOADS]]
QUIET = 0.5


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backend_prototype")
    parser.add_argument(
        "--rounds", type=int, default=15, help="rounds, 15 if not given"
    )
    parser.add_argument("--only", help="the name of one workload")
    parser.add_argument("--print", action="store_true", help="print, write no document")
    parser.add_argument("--threads", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.threads:
        print(json.dumps(_measured(options.only, options.threads, options.rounds)))
        return
    if compiler() is None:
        sys.exit("there is no C compiler (cc) on the path: install one, such as gcc")
    runs = [run for run in RUNS if options.only in (None, run[0])]
    if not runs:
        parser.error(
            f"--only takes one of {', '.join(each.name for each in WORKLOADS)}"
        )
    load, notes = os.getloadavg()[0], [_machine(options.rounds)]
    if load > QUIET:
        runs = [(name, threads) for name, threads in runs if threads == 1]
        notes.append(
            f"Two threads were left out: other programs were running (load {load:.1f})."
        )
    rows = [_in_a_process(name, threads, options.rounds) for name, threads in runs]
    text = tables(rows, " ".join(notes))
    if options.print or options.only:
        print(text)
    else:
        write_between_marks(DOCUMENT, text)


def _measured(name: str, threads: int, rounds: int) -> dict[str, Any]:
    (workload,) = (each for each in WORKLOADS if each.name == name)
    return measure(workload, threads, rounds)


# OpenBLAS reads the number of threads when NumPy is imported.
def _in_a_process(name: str, threads: int, rounds: int) -> dict[str, Any]:
    count = {key: str(threads) for key in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")}
    told = ["--only", name, "--threads", str(threads), "--rounds", str(rounds)]
    print(f"{name}, threads: {threads}", file=sys.stderr)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.backend_prototype", *told],
        env=os.environ | count,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _machine(rounds: int) -> str:
    version = subprocess.run(
        [compiler() or "cc", "--version"], capture_output=True, text=True, check=True
    )
    return (
        f"Python {platform.python_version()}, NumPy {np.__version__}, "
        f"{version.stdout.splitlines()[0]}, {platform.machine()}, {os.cpu_count()} "
        f"cores. Microseconds per step: median of {rounds} rounds in turn, ± half of "
        "what lies between the quartiles."
    )


if __name__ == "__main__":
    main()
