"""Rows of a profile: what operations take, one by one and together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphgrad._quantities import percent, quantity
from graphgrad._types import Shape

__all__ = ["Group", "Measured", "Operation", "sum_of"]


@dataclass(frozen=True)
class Measured:
    """Time and work of one run: of an operation, or of several together.

    ``time_us`` is in microseconds, the median over the runs, or a sum of medians;
    ``share`` is its part of the time of all operations. ``flops`` are what the
    primitives count. ``nbytes`` are the inputs and the results, as if each were read
    or written once; of what is no instruction, such as a view, there are none.
    """

    name: str
    time_us: float
    share: float
    flops: int
    nbytes: int

    @property
    def gflops_per_s(self) -> float | None:
        """Thousand million floating-point operations a second; None without time."""
        return self.flops / self.time_us / 1e3 if self.time_us else None

    @property
    def gbytes_per_s(self) -> float | None:
        """Thousand million bytes a second; None without time."""
        return self.nbytes / self.time_us / 1e3 if self.time_us else None

    @property
    def spent(self) -> str:
        """The time with its share, as pictures show it."""
        if self.is_idle:
            return "no instruction"
        return f"{self.time_us:,.1f} µs · {percent(self.share)}"

    @property
    def work(self) -> str:
        """What is computed and moved, as pictures show it."""
        if self.is_idle:
            return ""
        return f"{quantity(self.flops)}FLOP · {quantity(self.nbytes)}B"

    @property
    def is_idle(self) -> bool:
        """Whether a step has nothing to do for it."""
        return not (self.time_us or self.flops or self.nbytes)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers by name, fit for JSON."""
        return {
            "time_us": self.time_us,
            "share": self.share,
            "flops": self.flops,
            "bytes": self.nbytes,
            "gflops_per_s": self.gflops_per_s,
            "gbytes_per_s": self.gbytes_per_s,
        }


@dataclass(frozen=True)
class Operation(Measured):
    """One operation of the graph: ``name`` and ``tag`` are those of the picture."""

    tag: str
    primitive: str
    scope: str
    phase: str
    shape: Shape
    dtype: str
    runs: int

    def to_dict(self) -> dict[str, Any]:
        """Return all that is known of the operation by name, fit for JSON."""
        return {
            "name": self.name,
            "tag": self.tag,
            "primitive": self.primitive,
            "scope": self.scope,
            "phase": self.phase,
            "shape": [int(side) for side in self.shape],
            "dtype": self.dtype,
            "runs": self.runs,
            **super().to_dict(),
        }


@dataclass(frozen=True)
class Group(Measured):
    """Several operations; ``times_us`` has their times by phase."""

    operations: int
    times_us: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the sums by name, fit for JSON."""
        return {
            "name": self.name,
            "operations": self.operations,
            "times_us": dict(self.times_us),
            **super().to_dict(),
        }


def sum_of(name: str, rows: Sequence[Operation]) -> Group:
    """Return the sum over ``rows``, called ``name``."""
    times: dict[str, float] = {}
    for row in rows:
        times[row.phase] = times.get(row.phase, 0.0) + row.time_us
    return Group(
        name,
        sum(row.time_us for row in rows),
        sum(row.share for row in rows),
        sum(row.flops for row in rows),
        sum(row.nbytes for row in rows),
        len(rows),
        times,
    )
