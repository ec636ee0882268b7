"""Profile: what each node, layer and phase of a program takes, as numbers and text."""

from __future__ import annotations

import csv
import html
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graphgrad._graph import Graph
from graphgrad._program import Program
from graphgrad._quantities import percent, quantity, rate, table
from graphgrad._types import Shape

__all__ = ["Group", "Measured", "Operation", "Profile"]

PHASES = ("forward", "loss", "backward", "update")

# Rows of the printed table of operations; all are in ``nodes``.
SHOWN = 15


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


class Profile:
    """What a program takes, per operation, per layer and per phase.

    ``nodes`` has a row for each operation, in the order in which they run; `layers`,
    `phases` and `total` are sums of them. ``step_us`` is the median time of a whole
    run without a clock between the instructions, and ``fastest_us`` the least, which
    show what the sums are worth, and whether the machine was busy with other things;
    ``loading_us`` that of putting a batch into the program, or None; ``clock_us`` is
    what a look at the clock takes, which is subtracted from each time. `print` shows
    tables, ``gg.viz.render(profile, "step.svg")`` the graph.

    >>> import graphgrad as gg
    >>> fast = gg.jit(lambda x: gg.square(x) + x)
    >>> profile = gg.profiling.profile(fast, [1.0, 2.0, 3.0], steps=5)
    >>> [(row.name, row.flops, row.nbytes) for row in profile.nodes]
    [('square', 3, 48), ('add', 3, 72)]
    >>> profile.total.flops == profile.graph.flops()
    True
    """

    def __init__(
        self,
        program: Program,
        nodes: Sequence[Operation],
        *,
        runs: int,
        step_us: float,
        fastest_us: float,
        clock_us: float,
        loading_us: float | None = None,
        title: str = "",
        titles: Mapping[str, str] | None = None,
    ) -> None:
        """Keep what was measured of ``program``; ``titles`` describe scopes."""
        self.program = program
        self.nodes = tuple(nodes)
        self.runs = runs
        self.step_us = step_us
        self.fastest_us = fastest_us
        self.clock_us = clock_us
        self.loading_us = loading_us
        self.title = title or program.graph.name or "program"
        self.titles = dict(titles or {})
        self._by_name = {row.name: row for row in self.nodes}

    @property
    def graph(self) -> Graph:
        """The graph that ran."""
        return self.program.graph

    def __getitem__(self, name: str) -> Operation:
        """Return the row of the operation of that name."""
        if name not in self._by_name:
            known = ", ".join(self._by_name)
            raise KeyError(f"no operation {name!r}; the profile has {known}")
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        """Return whether there is an operation of that name."""
        return name in self._by_name

    # ---- sums ------------------------------------------------------------------------

    @property
    def total(self) -> Group:
        """All operations together."""
        return _sum("total", self.nodes)

    @property
    def phases(self) -> tuple[Group, ...]:
        """The sums by phase, in the order of a step."""
        found = dict.fromkeys(row.phase for row in self.nodes)
        order = sorted(found, key=lambda each: (*PHASES, each).index(each))
        return self._groups(order, "phase")

    @property
    def layers(self) -> tuple[Group, ...]:
        """The sums by layer, loss, metric and optimizer, as they come first."""
        return self._groups(dict.fromkeys(row.scope for row in self.nodes), "scope")

    def _groups(self, names: Iterable[str], key: str) -> tuple[Group, ...]:
        found: dict[str, list[Operation]] = {name: [] for name in names}
        for row in self.nodes:
            found[getattr(row, key)].append(row)
        return tuple(_sum(name, rows) for name, rows in found.items())

    def of(self, names: Iterable[str], name: str = "") -> Group:
        """Return the sum over the operations of these names, called ``name``.

        >>> import graphgrad as gg
        >>> fast = gg.jit(lambda x: gg.exp(x) + x)
        >>> profile = gg.profiling.profile(fast, 1.0, steps=5)
        >>> profile.of(["exp", "add"]).operations
        2
        """
        return _sum(name, [self[each] for each in names])

    # ---- out of it -------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists and dicts, fit for JSON.

        >>> import graphgrad as gg
        >>> profile = gg.profiling.profile(gg.jit(gg.exp), 1.0, steps=5)
        >>> profile.to_dict()["nodes"][0]["primitive"]
        'exp'
        """
        return {
            "title": self.title,
            "runs": self.runs,
            "step_us": self.step_us,
            "fastest_us": self.fastest_us,
            "loading_us": self.loading_us,
            "clock_us": self.clock_us,
            "total": self.total.to_dict(),
            "phases": [each.to_dict() for each in self.phases],
            "layers": [each.to_dict() for each in self.layers],
            "nodes": [each.to_dict() for each in self.nodes],
        }

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the operations as a table of comma-separated values, one a line.

        >>> import graphgrad as gg, pathlib, tempfile
        >>> profile = gg.profiling.profile(gg.jit(gg.exp), 1.0, steps=5)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     profile.to_csv(path := pathlib.Path(folder, "step.csv"))
        ...     print(path.read_text(encoding="utf-8")[:33])
        name,tag,primitive,scope,phase,sh
        """
        rows = [row.to_dict() for row in self.nodes]
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]) if rows else ["name"])
            writer.writeheader()
            for row in rows:
                shape = "x".join(map(str, row["shape"]))
                writer.writerow({**row, "shape": shape})

    # ---- how it looks ----------------------------------------------------------------

    def __str__(self) -> str:
        """Show tables: the step, phases, layers, and the slowest operations."""
        parts = [self._summary(), table(*self._by_phase())]
        if len(self.layers) > 1:
            parts.append(table(*self._by_layer()))
        return "\n\n".join([*parts, self._slowest()])

    def __repr__(self) -> str:
        """Say what was measured."""
        return (
            f"<Profile of {self.title}: {len(self.nodes)} operations, "
            f"{self.step_us:,.1f} µs a step, {_times(self.runs)}>"
        )

    def _repr_html_(self) -> str:
        """Show the tables in a notebook."""
        return f"<pre>{html.escape(str(self))}</pre>"

    def _summary(self) -> str:
        total, count = self.total, len(self.nodes)
        rates = f"{rate(total.gflops_per_s)} GFLOP/s · {rate(total.gbytes_per_s)} GB/s"
        fastest = f"fastest {self.fastest_us:,.1f} µs"
        lines = [
            f"{self.title}: {count} operations, medians of {_times(self.runs)}",
            f"  one step        {self.step_us:>10,.1f} µs · {fastest}",
            f"  its operations  {total.time_us:>10,.1f} µs · {total.work} · {rates}",
        ]
        if self.loading_us is not None:
            lines.append(f"  loading a batch {self.loading_us:>10,.1f} µs")
        return "\n".join(lines)

    def _by_phase(self) -> tuple[list[str], list[list[str]]]:
        rows = [[each.name, *_cells(each)] for each in (*self.phases, self.total)]
        return ["phase", *_HEADINGS], rows

    def _by_layer(self) -> tuple[list[str], list[list[str]]]:
        phases = [each.name for each in self.phases if len(self.phases) > 1]
        rows = []
        for each in self.layers:
            times = [each.times_us.get(phase) for phase in phases]
            shown = ["" if time is None else f"{time:,.1f}" for time in times]
            rows.append([each.name or "(none)", *shown, *_cells(each)])
        return ["layer", *phases, *_HEADINGS], rows

    def _slowest(self) -> str:
        order = sorted(self.nodes, key=lambda row: -row.time_us)[:SHOWN]
        rows = [
            [f"{row.tag} {row.name}", *_cells(row), f" {row.scope}"] for row in order
        ]
        text = table(["operation", *_HEADINGS, ""], rows)
        if len(order) == len(self.nodes):
            return text
        share = percent(sum(row.share for row in order))
        return f"{text}\nThe {len(order)} slowest of {len(self.nodes)}: {share}"


def _sum(name: str, rows: Sequence[Operation]) -> Group:
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


# ---- text ----------------------------------------------------------------------------

_HEADINGS = ("µs", "share", "FLOP", "byte", "GFLOP/s", "GB/s")


def _cells(each: Measured) -> list[str]:
    return [
        f"{each.time_us:,.1f}",
        percent(each.share),
        quantity(each.flops).strip(),
        quantity(each.nbytes).strip(),
        rate(each.gflops_per_s),
        rate(each.gbytes_per_s),
    ]


def _times(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs:,} runs"
