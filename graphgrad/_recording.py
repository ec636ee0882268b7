"""Recording: one step of a program as it ran, with every value it computed."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from graphgrad._array_facts import Statistics, statistics
from graphgrad._keeping import RunOf
from graphgrad._live import Live, live_ranges, memory_over
from graphgrad._measured import Operation
from graphgrad._program import Program
from graphgrad._quantities import quantity, table
from graphgrad._roles import Naming
from graphgrad._types import Array, describe

__all__ = ["Recording"]

# Rows of the printed table; all are in ``nodes``.
SHOWN = 80


class Recording(RunOf, Mapping[str, Array]):
    """One step of a program as it ran: what each node computed, when and how long.

    It is a mapping from nodes, in the order in which they ran, to their values, copied
    at the moment at which they were computed: ``recording["matmul"]``. Other keys lead
    to the same arrays: the tag in the picture, ``recording["F2"]``, and the layer with
    the primitive, ``recording["dense/matmul"]``, which is the first one there.

    ``order`` names what ran, ``nodes`` has a row for each operation with its time, the
    median of a few more runs of the same step; ``before`` and ``after`` have the state
    by the name of its node. Of the memory, ``live`` says which results were kept in
    which buffer from which step to which, and ``memory`` how many bytes were in use at
    each. `print` shows a table, `graphgrad.viz.to_html` the graph, to step through.

    Arrays are read-only. Copied or pickled, it takes along the graph with its
    variables, and no program.

    >>> import graphgrad as gg
    >>> fast = gg.jit(lambda x: gg.square(x) + x)
    >>> recording = gg.recording.record(fast, [1.0, 2.0, 3.0])
    >>> recording["square"], recording["F2"]
    (array([1., 4., 9.]), array([ 2.,  6., 12.]))
    """

    def __init__(
        self,
        program: Program,
        values: Mapping[str, Array],
        nodes: Sequence[Operation],
        *,
        order: Iterable[str],
        before: Mapping[str, Array],
        after: Mapping[str, Array],
        title: str = "",
        titles: Mapping[str, str] | None = None,
        naming: Naming | None = None,
    ) -> None:
        """Keep what was recorded of ``program``; ``titles`` describe scopes."""
        super().__init__(program, naming)
        self._values = dict(values)
        self.nodes = tuple(nodes)
        self.order = tuple(order)
        self.before = dict(before)
        self.after = dict(after)
        self.live: tuple[Live, ...] = live_ranges(program.graph, program.plan)
        self.memory = memory_over(len(self.nodes), self.live)
        self.title = title or program.graph.name or "program"
        self.titles = dict(titles or {})
        for array in (*self._values.values(), *before.values(), *after.values()):
            array.flags.writeable = False

    # Two recordings are not compared number by number, as mappings are.
    def __eq__(self, other: object) -> bool:
        """Return whether it is the same object."""
        return self is other

    def __hash__(self) -> int:
        """Return what goes with that."""
        return id(self)

    # ---- values ----------------------------------------------------------------------

    def __getitem__(self, key: str) -> Array:
        """Return a node's value by name, tag, or layer and primitive."""
        return self._values[self.name_of(key)]

    def __iter__(self) -> Iterator[str]:
        """Go over the names of the nodes in the order in which they ran."""
        return iter(self._values)

    def __len__(self) -> int:
        """Count the nodes that have a value."""
        return len(self._values)

    def name_of(self, key: str) -> str:
        """Return the name of the node that ``key`` leads to.

        >>> import graphgrad as gg
        >>> recording = gg.recording.record(gg.jit(gg.exp), 1.0)
        >>> recording.name_of("F1")
        'exp'
        """
        name = self._keys.get(key)
        if name in self._values:
            return name
        if name is not None:
            raise KeyError(
                f"the backend {self.program.backend.name!r} does not tell what "
                f"{name!r} is: record with the one in use before"
            )
        raise KeyError(f"the recording has no node {key!r}: {self._hint(str(key))}")

    def statistics(self, key: str) -> Statistics:
        """Return min, mean, max, the counts of NaN, Inf and zeros, and a histogram.

        >>> import graphgrad as gg
        >>> recording = gg.recording.record(gg.jit(gg.log), [0.0, 1.0, -1.0])
        >>> found = recording.statistics("log")
        >>> found.max, found.nan, found.inf, found.zeros
        (0.0, 1, 1, 1)
        """
        return statistics(self[key])

    # Names of nodes come first: they are unique.
    @cached_property
    def _keys(self) -> dict[str, str]:
        paths: dict[str, str] = {}
        for row in self.nodes:
            for last in (row.primitive, row.name):
                if row.scope:
                    paths.setdefault(f"{row.scope}/{last}", row.name)
        tags = {row.tag: row.name for row in self.nodes}
        return {**paths, **tags, **{each.name: each.name for each in self.graph.nodes}}

    def _hint(self, key: str) -> str:
        import difflib

        bare = {each.lower(): each for each in self._keys}
        near = difflib.get_close_matches(key.lower(), bare)
        names = [repr(bare[each]) for each in near]
        return f"did you mean {' or '.join(names)}?" if names else "list(it) has all"

    # ---- how it looks ----------------------------------------------------------------

    def __str__(self) -> str:
        """Show a table of the operations, with what their results are like."""
        count = len(self.nodes)
        peak = f", up to {quantity(max(self.memory))}B in buffers" if self.live else ""
        changed = [
            name
            for name, array in self.after.items()
            if array.tobytes() != self.before[name].tobytes()
        ]
        lines = [f"{self.title}: one step of {count} operations{peak}"]
        if self.after:
            lines.append(f"  state changed: {', '.join(changed) or 'none'}")
        header = ["operation", "min", "mean", "max", "zero", "NaN", "Inf", "µs", ""]
        rows = [self._row(row) for row in self.nodes[:SHOWN]]
        text = "\n".join([*lines, "", table(header, rows)])
        more = count - SHOWN
        return text if more <= 0 else f"{text}\n… and {more} more: see its nodes"

    def _row(self, row: Operation) -> list[str]:
        name = f"{row.tag} {row.name}"
        told = f" {describe(self.graph[row.name])} {row.scope}".rstrip()
        if row.name not in self._values:
            return [name, *["not told"] * 3, *[""] * 3, f"{row.time_us:,.1f}", told]
        found = self.statistics(row.name)
        numbers = (found.min, found.mean, found.max)
        counts = (found.zeros, found.nan, found.inf)
        return [
            name,
            *("" if each is None else f"{each + 0.0:.4g}" for each in numbers),
            *(f"{each:,}" if each else "" for each in counts),
            f"{row.time_us:,.1f}",
            told,
        ]

    def __repr__(self) -> str:
        """Say what was recorded."""
        return (
            f"<Recording of {self.title}: {len(self.nodes)} operations, "
            f"{len(self)} values>"
        )

    def _repr_html_(self) -> str:
        """Show the table in a notebook."""
        return f"<pre>{html.escape(str(self))}</pre>"
