"""Profile: what each node, layer and phase of a program takes, as numbers and text."""

from __future__ import annotations

import csv
import html
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from graphgrad._keeping import RunOf
from graphgrad._measured import Group, Measured, Operation, sum_of
from graphgrad._program import Program
from graphgrad._quantities import percent, quantity, rate, table
from graphgrad._roles import Naming

__all__ = ["Profile"]

PHASES = ("forward", "loss", "backward", "update")

# Rows of the printed table of operations; all are in ``nodes``.
SHOWN = 15


class Profile(RunOf):
    """What a program takes, per operation, per layer and per phase.

    ``nodes`` has a row for each operation, in the order in which they run; `layers`,
    `phases` and `total` are sums of them. ``step_us`` is the median time of a whole
    run without a clock between the instructions, and ``fastest_us`` the least, which
    show what the sums are worth, and whether the machine was busy with other things;
    ``loading_us`` that of putting a batch into the program, or None; ``clock_us`` is
    what a look at the clock takes, which is subtracted from each time. `print` shows
    tables, ``gg.viz.render(profile, "step.svg")`` the graph.

    It goes over its operations, and has keys: ``profile["matmul"]``, the tag in the
    picture, ``profile["F2"]``, or what is in a layer, ``profile["dense"]``. Copied or
    pickled, it takes along the graph with its variables, and no program.

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
        naming: Naming | None = None,
    ) -> None:
        """Keep what was measured of ``program``; ``titles`` describe scopes."""
        super().__init__(program, naming)
        self.nodes = tuple(nodes)
        self.runs = runs
        self.step_us = step_us
        self.fastest_us = fastest_us
        self.clock_us = clock_us
        self.loading_us = loading_us
        self.title = title or program.graph.name or "program"
        self.titles = dict(titles or {})

    # ---- rows ------------------------------------------------------------------------

    def __getitem__(self, key: str) -> Any:
        """Return an `Operation` by name or tag, or the `Group` of a layer or the like.

        A layer goes by its name, or by its title if no other has the same.
        """
        if key not in self._keys:
            hint = _meant(str(key), self._keys)
            raise KeyError(f"the profile has no operation or layer {key!r}: {hint}")
        return self._keys[key]

    def __contains__(self, key: object) -> bool:
        """Return whether this is a key, or one of the rows."""
        return key in self._keys or key in self.nodes

    def __iter__(self) -> Iterator[Operation]:
        """Go over the operations in the order in which they run."""
        return iter(self.nodes)

    def __len__(self) -> int:
        """Count the operations."""
        return len(self.nodes)

    # Names of operations come first: they are unique.
    @cached_property
    def _keys(self) -> dict[str, Operation | Group]:
        groups = {each.name: each for each in self.layers if each.name}
        count = Counter(self.titles.values())
        titled = {
            title: groups[name]
            for name, title in self.titles.items()
            if name in groups and count[title] == 1
        }
        tagged = {row.tag: row for row in self.nodes}
        return {**titled, **groups, **tagged, **{row.name: row for row in self.nodes}}

    # ---- sums ------------------------------------------------------------------------

    @property
    def total(self) -> Group:
        """All operations together."""
        return sum_of("total", self.nodes)

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
        return tuple(sum_of(name, rows) for name, rows in found.items())

    def of(self, names: Iterable[str] | str, name: str = "") -> Group:
        """Return the sum over the operations of these keys, called ``name``.

        >>> import graphgrad as gg
        >>> fast = gg.jit(lambda x: gg.exp(x) + x)
        >>> profile = gg.profiling.profile(fast, 1.0, steps=5)
        >>> profile.of(["exp", "add"]).operations
        2
        """
        rows: dict[str, Operation] = {}
        for key in [names] if isinstance(names, str) else names:
            found = self[key]
            inside = [row for row in self if row.scope == found.name]
            each = inside if isinstance(found, Group) else [found]
            rows |= {row.name: row for row in each}
        return sum_of(name, list(rows.values()))

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

    def to_csv(self, path: str | os.PathLike[str] | TextIO | None = None) -> str | None:
        """Write the operations as a table of comma-separated values, one a line.

        ``path`` may be an open text file; without it, the text is returned.

        >>> import graphgrad as gg
        >>> profile = gg.profiling.profile(gg.jit(gg.exp), 1.0, steps=5)
        >>> profile.to_csv()[:33]
        'name,tag,primitive,scope,phase,sh'
        """
        rows = [row.to_dict() for row in self.nodes]
        text = io.StringIO(newline="")
        names = list(rows[0]) if rows else ["name"]
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "shape": "x".join(map(str, row["shape"]))})
        if path is None:
            return text.getvalue()
        if isinstance(path, str | os.PathLike):
            with Path(path).open("w", newline="", encoding="utf-8") as file:
                file.write(text.getvalue())
        else:
            path.write(text.getvalue())
        return None

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


def _meant(key: str, known: Iterable[str]) -> str:
    import difflib

    bare = {each.lower(): each for each in known}
    near = [repr(bare[each]) for each in difflib.get_close_matches(key.lower(), bare)]
    return f"did you mean {' or '.join(near)}?" if near else "see its nodes and layers"


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
