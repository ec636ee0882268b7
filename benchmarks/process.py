"""A process of a contestant, seen from the coordinator; and how each is started."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "SCRIPT_PATIENCE", "Process", "environment", "script"]

ROOT = Path(__file__).parents[1]
# Settings of these are for other programs; the benchmark makes its own.
_OTHERS = (
    "OPENBLAS_",
    "OMP_",
    "MKL_",
    "GOMP_",
    "KMP_",
    "XLA_",
    "TF_",
    "JAX_",
    "KERAS_",
    "PYTHONDONTWRITEBYTECODE",  # users' modules are compiled once
)
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "CPU_COUNT",  # of tinygrad
)
# Seconds for an answer of a contestant, and for a script.
PATIENCE = 150
SCRIPT_PATIENCE = 60


def environment(threads: int) -> dict[str, str]:
    """Return the variables that all processes are started with."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OTHERS)}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu"}
    return kept | dict.fromkeys(_THREADS, str(threads)) | quiet


def script(module: str, *arguments: str, threads: int) -> dict[str, Any] | None:
    """Run a module of the benchmarks in a process of its own; return what it found.

    The answer is None where it took too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module}", *arguments],
            cwd=ROOT,
            env=environment(threads),
            capture_output=True,
            text=True,
            check=False,
            timeout=SCRIPT_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} ended with\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


class Process:
    """Asks, and waits for the answer; a process that dies or hangs gives a reason."""

    def __init__(self, name: str, folder: Path, threads: int) -> None:
        """Start it."""
        self.name = name
        self.log = folder / f"{name}.log"
        self.started = time.perf_counter()
        with self.log.open("w", encoding="utf-8") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.worker", name, str(folder)],
                cwd=ROOT,
                env=environment(threads),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """Return the answer, or ``{"cannot": reason}``."""
        request = json.dumps({"do": do, **arguments})
        stdin, stdout = self.popen.stdin, self.popen.stdout
        assert stdin is not None, "the process was started with pipes"
        assert stdout is not None, "the process was started with pipes"
        try:
            stdin.write(request + "\n")
            stdin.flush()
        except OSError:
            return {"cannot": self._why_it_ended()}
        if not select.select([stdout], [], [], PATIENCE)[0]:
            self.popen.kill()
            return {"cannot": f"no answer within {PATIENCE} s"}
        line = stdout.readline()
        if not line:
            return {"cannot": self._why_it_ended()}
        reply: dict[str, Any] = json.loads(line)
        return reply

    def age(self) -> float:
        """Return the seconds since the process was started."""
        return time.perf_counter() - self.started

    def _why_it_ended(self) -> str:
        self.popen.wait()
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        told = [each.strip() for each in lines if each.strip()]
        return told[-1] if told else f"it ended with {self.popen.returncode}"

    def close(self) -> None:
        """Let it end."""
        if self.popen.stdin is not None:
            self.popen.stdin.close()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if self.popen.stdout is not None:
            self.popen.stdout.close()
