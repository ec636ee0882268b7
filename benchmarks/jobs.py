"""The workloads that all contestants are asked for, in the order of the page."""

from __future__ import annotations

from benchmarks.compare import Job
from benchmarks.problems import PROBLEMS

__all__ = ["JOBS"]

JOBS = (
    *(
        Job(
            each.name,
            each.group,
            each.title,
            "step",
            {"kind": "train", "name": each.name},
        )
        for each in PROBLEMS
    ),
    Job(
        "predict-1",
        "predict",
        "the probabilities of one sample, 784-25-15-1",
        "call",
        {"kind": "predict", "rows": 1},
    ),
    Job(
        "predict-10000",
        "predict",
        "the probabilities of 10,000 samples, 784-25-15-1",
        "call",
        {"kind": "predict", "rows": 10_000},
    ),
    Job(
        "eager-small",
        "eager",
        "a chain of 10,000 operations on 8 numbers, forward and backward",
        "operation",
        {"kind": "eager", "side": 1, "count": 10_000},
    ),
    Job(
        "eager-64",
        "eager",
        "a chain of 1,000 operations on 64 x 64 numbers, forward and backward",
        "operation",
        {"kind": "eager", "side": 64, "count": 1_000},
    ),
)
