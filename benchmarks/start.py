"""How long it takes to begin: imports, the first epoch, compiling."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS
from benchmarks.process import ROOT, Process, environment

__all__ = ["first_epochs", "imports"]

_IMPORT = (
    "import time; start = time.perf_counter(); import {}; "
    "print(time.perf_counter() - start)"
)
# The small ones take many turns: their imports are compared to tenths.
_QUICK = ("graphgrad", "numpy")
_TURNS = 5


def imports(
    names: Sequence[str], *, rounds: int, threads: int
) -> dict[str, list[float]]:
    """Return the seconds of importing each library, in processes that take turns."""
    found: dict[str, list[float]] = {}
    packages = {each: CONTESTANTS[each].package for each in names}
    for turn in range(rounds):
        for name, package in packages.items():
            quick = name in _QUICK
            if not package or (turn >= 3 and not quick):
                continue
            times = [_import(package, threads) for _ in range(_TURNS if quick else 1)]
            found.setdefault(name, []).extend(filter(None, times))
    return {name: times for name, times in found.items() if times}


def _import(package: str, threads: int) -> float | None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT.format(package)],
        cwd=ROOT,
        env=environment(threads),
        capture_output=True,
        text=True,
        check=False,
    )
    # Libraries may print, before and after.
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def first_epochs(
    names: Sequence[str], folder: Path, *, rounds: int, threads: int
) -> dict[str, list[float]]:
    """Return the seconds from a process' start to the end of its first epoch."""
    found: dict[str, list[float]] = {}
    for _ in range(min(rounds, 3)):
        for name in names:
            process = Process(name, folder, threads)
            reply: dict[str, Any] = process.ask("first", name="tiny")
            if "cannot" not in reply:
                found.setdefault(name, []).append(process.age())
            process.close()
    return found
