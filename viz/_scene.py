"""Scene: the things in a picture of a graph, and the lines between them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from graphgrad import Graph, Program, describe, equation, short_name
from graphgrad.nodes import Constant, Input, Node, loss_of, source_line
from graphgrad.profiling import Profile
from graphgrad.viz._homes import Home, homes, is_part, state_kind
from graphgrad.viz._options import Options
from graphgrad.viz._weights import gradients

__all__ = ["Item", "Link", "Scene", "link_kind", "make_scene"]


@dataclass
class Item:
    """One thing drawn: a node of the graph, or a box that stands for several.

    ``share`` is its part of the time, in a profile; ``mark`` says what failed there;
    ``sign`` is +, − or ~ where two graphs are compared. ``x`` and ``y`` are its centre,
    from the top left, in points; the layout sets them.
    """

    id: str
    kind: str
    phase: str
    home: Home
    title: str
    tag: str = ""
    lines: tuple[str, ...] = ()
    tooltip: str = ""
    is_loss: bool = False
    is_output: bool = False
    mark: str = ""
    count: int = 1
    share: float | None = None
    sign: str = ""
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def is_operation(self) -> bool:
        """Whether it is one that the graph counts, such as a look at a weight."""
        return bool(self.tag)


@dataclass(frozen=True)
class Link:
    """One use of a value: ``kind`` is a key of the table of line styles."""

    source: str
    target: str
    kind: str
    phase: str
    count: int = 1
    sign: str = ""


@dataclass
class Scene:
    """Items by id, in the order of execution, and links, with what was left out."""

    items: dict[str, Item]
    links: list[Link]
    operations: int
    hidden: list[str] = field(default_factory=list)
    titles: dict[str, str] = field(default_factory=dict)
    profile: Profile | None = None

    @property
    def visible_operations(self) -> int:
        """How many operations have a box of their own."""
        return sum(item.is_operation for item in self.items.values())

    @property
    def prefix(self) -> str:
        """What ids of this picture begin with, so that several can stand in a page."""
        names = "\n".join(self.items).encode("utf-8", "replace")
        return f"g{hashlib.sha256(names).hexdigest()[:6]}_"


def make_scene(
    graph: Graph,
    options: Options,
    program: Program | None = None,
    profile: Profile | None = None,
    tags: Mapping[str, str] | None = None,
) -> Scene:
    """Return an item for every node of the graph, and a link for every edge.

    ``tags`` are what operations are called in place of the graph's own tags.
    """
    teller = _Teller(graph, options, program, profile)
    teller.tags = graph.tags() if tags is None else dict(tags)
    items = {node.name: teller.item(node) for node in graph.nodes}
    links = [
        Link(source.name, node.name, link_kind(source, node, i), node.phase)
        for node in graph.nodes
        for i, source in enumerate(node.inputs)
    ]
    return Scene(items, links, len(graph.operations), profile=profile)


def link_kind(source: Node, node: Node, position: int) -> str:
    """Return the kind of line from a node to one that reads it at a position."""
    if isinstance(source.op, Constant):
        return "constant"
    if node.op.has_effect and position == 0:
        return "assign"
    if node.phase in ("forward", "loss"):
        return "state" if is_part(node) else "flow"
    is_late = not source.is_leaf and source.phase in ("backward", "update")
    if node.phase == "backward":
        return "gradient" if is_late else "saved"
    if is_late:
        return "gradient" if source.phase == "backward" else "step"
    return "state" if state_kind(source) else "step"


class _Teller:
    """Says of each node of one graph what a reader should know."""

    def __init__(
        self,
        graph: Graph,
        options: Options,
        program: Program | None,
        profile: Profile | None,
    ) -> None:
        self.profile = profile
        self.graph = graph
        self.options = options
        self.program = program
        self.homes = homes(graph)
        self.tags: dict[str, str] = {}
        self.users = graph.users()
        self.outputs = set(graph.outputs)
        self.loss = loss_of(graph)
        self.gradients = gradients(graph)
        self.short = {
            node: self._short_state(node) for node in graph.nodes if state_kind(node)
        }
        self.known = Counter(
            (self.homes[node], short) for node, short in self.short.items()
        )

    def item(self, node: Node) -> Item:
        """Return the item of a node."""
        kind = _kind(node)
        timed = None if node.is_leaf else self.profile
        return Item(
            id=node.name,
            kind=kind,
            phase="" if node.is_leaf else node.phase,
            home=self.homes[node],
            title=node.op.name if kind == "operation" else self.reference(node),
            tag=self.tags.get(node.name, ""),
            lines=() if kind == "constant" else tuple(self._lines(node)),
            tooltip=self._tooltip(node),
            is_loss=node is self.loss,
            is_output=node in self.outputs and not node.is_leaf,
            share=None if timed is None else timed[node.name].share,
        )

    def reference(self, node: Node) -> str:
        """Return what equations call a node: the tag of an operation, or a name."""
        if node in self.short:
            short = self.short[node]
            return short if self.known[self.homes[node], short] == 1 else node.name
        if not node.is_leaf:
            return self.tags[node.name]
        if isinstance(node.op, Constant) and short_name(node) == node.name:
            return _array_text(node)
        return short_name(node)

    # Without what the place in the picture says anyway: layer, optimizer, parameter.
    def _short_state(self, node: Node) -> str:
        row, lane = self.homes[node]
        said = {row, *row.split("/")}
        if state_kind(node) != "parameter":
            said.add(lane.removeprefix("update "))
            said.update(user.scope for user in self.users[node])
        left = [part for part in node.name.split("/") if part not in said]
        return "/".join(left) or node.name

    def _lines(self, node: Node) -> list[str]:
        lines = []
        if self.options.show_equations and not node.is_leaf:
            text = equation(node, self.reference)
            names = [f"∂L/∂{_tail(each)}" for each in self.gradients.get(node, ())]
            lines.append(" = ".join([*names, text]))
        if self.options.show_shapes:
            lines.append(describe(node))
        if state_kind(node) not in ("", "parameter"):
            lines[-1:] = [" · ".join([state_kind(node), *lines[-1:]])]
        if self.options.show_buffers and self.program is not None:
            lines[-1:] = [" · ".join([*lines[-1:], *self._place(node)])]
        if self.profile is None or node.is_leaf:
            return lines
        row = self.profile[node.name]
        return [row.spent, *lines, *filter(None, [row.work])]

    # Nothing where the backend does not tell.
    def _place(self, node: Node) -> list[str]:
        plan = self.program.plan if self.program is not None else None
        if plan is None:
            return []
        if node in plan.buffer:
            return [plan.buffer[node].name]
        kind = plan.kind[node]
        return [{"leaf": "given", "call": "in state"}.get(kind, kind)]

    def _tooltip(self, node: Node) -> str:
        parts = [node.name, describe(node)]
        if not node.is_leaf:
            parts.insert(1, equation(node))
            parts += [repr(node.op)[:200], f"{node.phase} {node.scope}".strip()]
        parts += filter(None, [source_line(node)])
        if node.origins not in ((), (node.name,)):
            parts.append(f"recorded as {', '.join(node.origins)}")
        if self.program is not None:
            parts += self._place(node)
            if self.profile is not None:
                parts.append(f"median of {self.profile.runs:,} runs")
            elif not node.is_leaf:
                runs = self.program.runs
                parts.append("ran once" if runs == 1 else f"ran {runs:,} times")
        return " · ".join(parts)


def _kind(node: Node) -> str:
    if state_kind(node):
        return "parameter" if state_kind(node) == "parameter" else "state"
    if isinstance(node.op, Constant):
        return "constant"
    return "input" if isinstance(node.op, Input) else "operation"


# A constant of many elements, or one whose value has not been kept.
def _array_text(node: Node) -> str:
    value = node.op.value if isinstance(node.op, Constant) else None
    if value is None or not value.size:
        return describe(node)
    first = value.flat[0]
    if (value == first).all():
        return f"{first.item():.6g} {tuple(node.shape)}"
    return f"array {tuple(node.shape)}"


def _tail(node: Node) -> str:
    return node.name.rsplit("/", 1)[-1] or node.name
