"""One workload: what the contestants compute is compared, then they take turns."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.process import Process

__all__ = ["Comparison", "Job", "compare"]

# Libraries differ in where Adam adds epsilon, and in the order of sums.
TOLERANCE = 2e-3
# Threads of a BLAS spin for a while after their work: the next turn waits for them.
PAUSE = 0.06


@dataclass
class Job:
    """What is asked of every contestant."""

    name: str
    group: str
    title: str
    unit: str
    request: dict[str, Any]


@dataclass
class Comparison:
    """What came of a job: for each contestant its rounds, or why there are none."""

    job: Job
    rounds: dict[str, list[float]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    cannot: dict[str, str] = field(default_factory=dict)
    values: dict[str, list[float]] = field(default_factory=dict)
    cost: tuple[int, int] | None = None


def say(text: str) -> None:
    """Tell whoever waits."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def disagree(ours: Sequence[float], theirs: Sequence[float]) -> str | None:
    """Return how numbers differ that should be the same; None if they do not."""
    expected, actual = np.array(ours), np.array(theirs)
    if expected.shape == actual.shape and np.allclose(
        actual, expected, rtol=TOLERANCE, atol=1e-5
    ):
        return None
    return f"it computes something else: {theirs[-1]:.6g} where {ours[-1]:.6g} is right"


def compare(
    job: Job, processes: Sequence[Process], *, rounds: int, seconds: float
) -> Comparison:
    """Check, warm up, and let the contestants take turns.

    A contestant that has used up its ``seconds`` takes part no longer.
    """
    say(f"{job.name}: {job.title}")
    result = Comparison(job)
    ready = []
    for process in processes:
        reply = _prepare(job, process, result)
        time.sleep(PAUSE)
        if "cannot" in reply:
            result.cannot[process.name] = reply["cannot"]
            say(f"  {process.name}: cannot, {reply['cannot']}")
        else:
            ready.append(process)
            if "cost" in reply:
                result.cost = (reply["cost"][0], reply["cost"][1])
    used = dict.fromkeys((each.name for each in ready), 0.0)
    for turn in range(rounds):
        shift = turn % max(1, len(ready))
        for process in [*ready[shift:], *ready[:shift]]:
            # A second turn is worth more time than a later one.
            if used[process.name] < (3 * seconds if turn < 2 else seconds):
                _take_turn(process, result, used)
    for process in ready:
        process.ask("close")
        told = [1e6 * each for each in result.rounds.get(process.name, [])]
        if told:
            say(
                f"  {process.name}: {np.median(told):,.2f} us "
                f"({min(told):,.2f} to {max(told):,.2f}, {len(told)} rounds)"
            )
    return result


def _prepare(job: Job, process: Process, result: Comparison) -> dict[str, Any]:
    reply = process.ask("open", **job.request)
    if "cannot" in reply:
        return reply
    result.values[process.name] = reply["values"]
    # The first that could do it is the reference: graphgrad, as the list begins.
    reference = next(iter(result.values.values()))
    reason = disagree(reference, reply["values"])
    return {"cannot": reason} if reason else process.ask("warm")


def _take_turn(process: Process, result: Comparison, used: dict[str, float]) -> None:
    name = process.name
    reply = process.ask("round")
    time.sleep(PAUSE)
    if "cannot" in reply:
        result.cannot[name] = reply["cannot"]
        used[name] = float("inf")
        return
    used[name] += reply["seconds"]
    result.rounds.setdefault(name, []).append(reply["seconds"] / reply["count"])
    result.times.setdefault(name, []).extend(reply.get("times", ()))
