"""compare: two graphs side by side, layer by layer and operation by operation."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from graphgrad import Graph
from graphgrad.nodes import Node
from graphgrad.viz._align import align
from graphgrad.viz._compare_text import text_of
from graphgrad.viz._difference import differences, how_of
from graphgrad.viz._homes import homes
from graphgrad.viz._to_dot import Subject, subject_of

__all__ = ["Comparison", "Match", "compare"]


class Match(NamedTuple):
    """Counterparts: nodes before and after, what became of them, and how they differ.

    ``how`` is same, changed (one for one), packed, merged, fused, folded or split;
    ``what`` says in words what is different.

    >>> import graphgrad as gg
    >>> one, other = (gg.trace(gg.tanh, gg.Spec((n,))) for n in (3, 4))
    >>> [match.what for match in gg.viz.compare(one, other).changed]
    [('shape (3,) → (4,)',), ('shape (3,) → (4,)',)]
    """

    before: tuple[Node, ...]
    after: tuple[Node, ...]
    how: str
    what: tuple[str, ...] = ()


class Comparison:
    """Two graphs and what is different: `str` lists it, `to_html` and `render` show it.

    ``matched`` are all counterparts in the order of ``before``, ``changed`` those of
    them that are not the same; ``removed`` are the nodes of ``before`` and ``added``
    those of ``after`` that have none. ``method`` says how counterparts were found: by
    ``origins`` (one graph was made from the other by passes), or by ``layers``.
    ``titles`` are what the graphs are called.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.exp(x) * gg.exp(x), gg.Spec((3,)))
    >>> found = gg.viz.compare(graph, gg.passes.merge_common(graph))
    >>> [(len(each.before), each.how) for each in found.changed]
    [(2, 'merged')]
    """

    def __init__(
        self, before: Subject, after: Subject, titles: tuple[str, str]
    ) -> None:
        """Find the counterparts, and look at each."""
        self.titles = titles
        self.before: Graph = before.graph
        self.after: Graph = after.graph
        self.layers: Mapping[str, str] = {**before.layers, **after.layers}
        found = align(self.before, self.after, (before.layers, after.layers))
        self.method = found.method
        self.rows = found.rows
        self._sources = found.sources
        self.partners: dict[Node, list[Node]] = {}
        for one, other in found.partners():
            self.partners.setdefault(one, []).append(other)
        self.matched = tuple([self._match(*group) for group in found.groups])

    # What to_dot, render and to_html draw.
    def _subject(self) -> Subject:
        from graphgrad.viz._union import union_of

        union = union_of(self)
        title = " → ".join(self.titles)
        return Subject(union.graph, None, title, dict(self.layers), marking=union)

    def _match(self, before: tuple[Node, ...], after: tuple[Node, ...]) -> Match:
        what: tuple[str, ...] = ()
        if len(before) == len(after) == 1:
            what = differences(before[0], after[0], self.heirs)
        return Match(before, after, how_of(before, after, what), what)

    @cached_property
    def heirs(self) -> Mapping[Node, Sequence[Node]]:
        """All nodes after that a node before is, or went into."""
        found = {node: list(others) for node, others in self.partners.items()}
        for node, origins in self._sources.items():
            for each in origins:
                found.setdefault(each, []).append(node)
        return found

    def sources(self, node: Node) -> tuple[Node, ...]:
        """Return the nodes before that passes made a node after from."""
        return self._sources.get(node, ())

    @property
    def changed(self) -> tuple[Match, ...]:
        """The counterparts that are not the same."""
        return tuple([each for each in self.matched if each.how != "same"])

    @cached_property
    def removed(self) -> tuple[Node, ...]:
        """The nodes of ``before`` without a counterpart."""
        return tuple([n for n in self.before.nodes if n not in self.partners])

    @cached_property
    def added(self) -> tuple[Node, ...]:
        """The nodes of ``after`` without a counterpart."""
        known = {node for match in self.matched for node in match.after}
        return tuple([node for node in self.after.nodes if node not in known])

    # ---- marks -----------------------------------------------------------------------

    def marks(self) -> Iterator[tuple[str, Node, Match | None]]:
        """Go over what is different: a sign (+, −, ~), the node, and its match."""
        for match in self.changed:
            for node in match.after:
                yield "~", node, match
        for node in self.removed:
            yield "−", node, None
        for node in self.added:
            yield "+", node, None

    @cached_property
    def homes(self) -> dict[Node, tuple[str, str]]:
        """The layer, as it is called after, and the phase of every node."""
        found = {}
        for graph, rows in ((self.before, self.rows), (self.after, {})):
            for node, home in homes(graph).items():
                phase = "" if node.is_leaf else node.phase
                found[node] = (rows.get(home.row, home.row), phase)
        return found

    def __str__(self) -> str:
        """List what is different, with counts by layer and phase."""
        return text_of(self)

    def _repr_html_(self) -> str:
        """Show the list in a notebook."""
        return f"<pre>{html.escape(str(self))}</pre>"

    def __repr__(self) -> str:
        """Say how much is different."""
        counts = f"+{len(self.added)} −{len(self.removed)} ~{len(self.changed)}"
        same = len(self.matched) - len(self.changed)
        return f"<Comparison {' → '.join(self.titles)}: {counts}, {same} the same>"


def compare(
    before: Any,
    after: Any = None,
    *,
    stages: str | Sequence[str] | None = None,
) -> Comparison:
    """Compare two graphs: what was added, removed and changed, in which layer.

    ``before`` and ``after`` are whatever `to_dot` takes: models, graphs, programs.
    Nodes of a graph that passes made from the other are counterparts of those they
    were recorded as. Else layers are counterparts by name, then by kind and order,
    and in them operations of one phase and primitive, in order.

    ``stages`` is a stage for both models, or a pair. A single model is compared with
    itself at two stages, compile and fit if not said otherwise: what optimisation did.

    >>> import graphgrad as gg
    >>> model = gg.Sequential([gg.Input((2,)), gg.Dense(3), gg.Dense(1)])
    >>> print(gg.viz.compare(model, stages=("build", "build")))
    sequential · build → sequential · build, by layers
    4 operations, and nothing is different
    """
    if after is None:
        after = before
        stages = ("compile", "fit") if stages is None else stages
    pair = _pair(stages)
    if before is after and pair[0] == pair[1] and pair[0] is None:
        raise ValueError(
            "this compares a thing with itself: name two stages of a model, as in "
            "stages=('compile', 'fit'), or two graphs"
        )
    found = [
        subject_of(each, at) for each, at in zip((before, after), pair, strict=True)
    ]
    one, other = (each.title or "graph" for each in found)
    titles = (one, other) if one != other else (f"{one} before", f"{other} after")
    if before is after:
        titles = one, other
    return Comparison(found[0], found[1], titles)


def _pair(stages: str | Sequence[str] | None) -> tuple[str | None, str | None]:
    if stages is None or isinstance(stages, str):
        return stages, stages
    if len(stages) != 2:
        raise ValueError(f"stages is one stage or a pair of them, got {stages!r}")
    return stages[0], stages[1]
