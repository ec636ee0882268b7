"""All that a run of the benchmarks has found."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.compare import Comparison

__all__ = ["OURS", "Results", "ratio"]

OURS = "graphgrad"


@dataclass
class Results:
    """What the page and the plots are made from; what was not asked for is empty."""

    command: str
    threads: int
    machine: dict[str, str]
    data: str
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    pools: dict[str, list[str]] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    speeds: dict[str, float] = field(default_factory=dict)
    comparisons: list[Comparison] = field(default_factory=list)
    imports: dict[str, list[float]] = field(default_factory=dict)
    first_epochs: dict[str, list[float]] = field(default_factory=dict)
    compiling: list[float] = field(default_factory=list)
    memory: list[dict[str, Any]] = field(default_factory=list)
    growth: dict[str, list[tuple[int, dict[str, float]]]] = field(default_factory=dict)
    minutes: float = 0.0

    def floor(self, comparison: Comparison) -> float | None:
        """Return the least seconds of a step: FLOPs by GEMM, and bytes by copying."""
        if comparison.cost is None or not self.speeds:
            return None
        flops, size = comparison.cost
        return flops / self.speeds["gemm"] + size / self.speeds["copy"]


def ratio(comparison: Comparison, name: str) -> float | None:
    """Return the peer's median time over ours."""
    rounds = comparison.rounds
    if name not in rounds or OURS not in rounds:
        return None
    return median(rounds[name]) / median(rounds[OURS])
