"""The process of one contestant: reads a line of JSON, does it, writes a line of JSON.

Whatever libraries print goes to the log, not between the lines.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import traceback
from pathlib import Path
from typing import Any

THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))


def stay_on_so_many_cores() -> None:
    """Leave the libraries no more cores than threads, where the system can do that."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))[:THREADS]
        os.sched_setaffinity(0, cores)


def threads() -> list[str]:
    """Return what each library with threads of its own is, if that can be found."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    found = []
    for pool in threadpool_info():
        kernel = pool.get("architecture")
        what = " ".join(filter(None, (pool["internal_api"], pool["version"], kernel)))
        found.append(f"{what}, {pool['num_threads']} threads")
    return sorted(set(found))


class Worker:
    """Holds the contestant and the task that is under way."""

    def __init__(self, name: str, folder: Path) -> None:
        """Import the library."""
        from benchmarks.contestants import contestant

        self.folder = folder
        self.contestant = contestant(name)
        self.task: Any = None

    def do(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out a request; what the contestant cannot do comes back as a reason."""
        from benchmarks.contestants._base import CannotError

        try:
            return self._do(**request)
        except CannotError as reason:
            return {"cannot": str(reason)}
        except Exception as error:  # noqa: BLE001 (a peer may raise anything)
            traceback.print_exc()
            text = str(error).strip().splitlines()
            return {"cannot": f"{type(error).__name__}: {text[0] if text else ''}"}

    def _do(self, do: str, **arguments: Any) -> dict[str, Any]:
        from benchmarks.tasks import TASKS

        if do == "hello":
            return {"versions": self.contestant.versions(), "threads": threads()}
        if do == "open":
            self.task = None
            gc.collect()
            kind = TASKS[arguments.pop("kind")]
            self.task = kind(self.contestant, self.folder, **arguments)
            return self.task.check()  # type: ignore[no-any-return]
        if do == "first":
            return self._first(**arguments)
        if do == "close":
            self.task = None
            gc.collect()
            return {}
        reply: dict[str, Any] = getattr(self.task, do)()
        return reply

    # One epoch, as the first thing that this process does.
    def _first(self, name: str) -> dict[str, Any]:
        from benchmarks.problems import find, load

        problem = find(name)
        trainer = self.contestant.trainer(problem, *load(problem, self.folder))
        return {"losses": trainer.run(1, shuffle=True)}


def main(name: str, folder: str) -> None:
    """Answer requests until there are no more."""
    stay_on_so_many_cores()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(name, Path(folder))
    for line in sys.stdin:
        request = json.loads(line)
        start = time.perf_counter()
        reply = worker.do(request)
        reply["took"] = time.perf_counter() - start
        answers.write(json.dumps(reply) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
