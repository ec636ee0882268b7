"""to_dot: whatever has a graph, as a `graphviz.Digraph`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from graphgrad import Graph, Program, Tensor, graph_of
from graphgrad.nodes import State
from graphgrad.profiling import Profile
from graphgrad.recording import Recording
from graphgrad.sites import Site
from graphgrad.stages import RUNNING, checked_stage
from graphgrad.viz._dot import dot_lines
from graphgrad.viz._failed import failure_facts, mark_failure, site_in
from graphgrad.viz._fold import apply_view
from graphgrad.viz._homes import homes, state_kind
from graphgrad.viz._legend import facts, heading, heading_rows
from graphgrad.viz._options import Options, make_options
from graphgrad.viz._scene import Scene, make_scene
from graphgrad.viz._svg import svg_lines
from graphgrad.viz._text import plain

if TYPE_CHECKING:
    import graphviz

    from graphgrad.callbacks import GraphRecorder

__all__ = [
    "Subject",
    "digraph_of",
    "facts_of",
    "scene_of",
    "subject_of",
    "svg_of",
    "to_dot",
    "whole_scene",
]


class Marking(Protocol):
    """What has something to say about the nodes of a scene, and in a line on top."""

    @property
    def facts(self) -> str:
        """The line below the title."""
        ...

    def mark(self, scene: Scene) -> None:
        """Say it in the scene's items and links."""
        ...


class Subject(NamedTuple):
    """What is drawn: a graph, its program and its profile if there are any, names.

    A comparison is drawn as a graph whose scene it marks.
    """

    graph: Graph
    program: Program | None
    title: str
    layers: dict[str, str]
    profile: Profile | None = None
    recording: Recording | None = None
    marking: Marking | None = None
    recorder: GraphRecorder | None = None
    site: Site | None = None
    message: str = ""


def to_dot(
    thing: Any,
    stage: str | None = None,
    *,
    phases: Iterable[str] | str | None = None,
    collapse: Any = False,
    **switches: bool,
) -> graphviz.Digraph:
    """Draw a tensor's history, a graph, a program or a model at a stage, as DOT.

    Each node of the graph is a node of the DOT text, by the same name, and each use of
    a value is an edge. ``stage`` is build, compile, fit, evaluate or predict; without
    it, a model shows the furthest of build, compile and fit that it has reached. A
    `Profile` is drawn as its graph, each operation with its time, and darker for more,
    a `Recording` as the graph that ran, a `GraphRecorder` as the graph of its step, a
    `Comparison` as both its graphs, with a sign at what is different, an error or a
    warning with a ``site`` as the graph up to the node that failed, which is marked.

    What leaves something out says so in the picture: ``phases`` names those to show;
    ``collapse`` puts operations into boxes: True for a box per layer, a phase or a
    layer by name, or several; "auto" does as little as makes the picture readable.
    The switches are show_shapes, show_equations, show_constants, show_saved and
    show_legend (all on), and show_buffers (where a program keeps each result).

    >>> import graphgrad as gg
    >>> x = gg.tensor([1.0, 2.0], requires_grad=True)
    >>> dot = gg.viz.to_dot(gg.sum(x * x))
    >>> print(dot.source.splitlines()[0])
    digraph "graph" {
    """
    options = make_options(phases, collapse, **switches)
    subject = subject_of(thing, stage)
    return digraph_of(subject, scene_of(subject, options), options)


def digraph_of(subject: Subject, scene: Scene, options: Options) -> graphviz.Digraph:
    """Return the digraph of a scene that has been made of ``subject``."""
    import graphviz

    line = facts_of(subject)
    label = heading(scene, subject.title, line, legend=options.show_legend)
    if not options.show_legend:
        label = heading(scene, "", "", legend=False)
    name = subject.graph.name or "graph"
    lines = dot_lines(scene, label)
    return graphviz.Digraph(name, body=[f"{line}\n" for line in lines])


def facts_of(subject: Subject) -> str:
    """Return the line below the title."""
    if subject.marking is not None:
        return subject.marking.facts
    if subject.site is not None:
        return failure_facts(subject.site)
    # To record a step does not count as a run, and to say so would contradict it.
    ran = subject.recording is None
    return facts(subject.graph, subject.program, subject.profile, ran=ran)


def svg_of(subject: Subject, scene: Scene, options: Options) -> str:
    """Return the same picture as SVG, which nothing but this library is needed for."""
    line = facts_of(subject)
    shown = options.show_legend
    told = (subject.title, line) if shown else ("", "")
    rows = heading_rows(scene, *told, legend=shown)
    lines = svg_lines(scene, rows, subject.title or "graph", _description(scene, line))
    return "\n".join(lines)


def _description(scene: Scene, line: str) -> str:
    rows = dict.fromkeys(item.home.row for item in scene.items.values())
    titles = [plain(scene.titles.get(row, row)) for row in rows if row]
    parts = [line, *scene.hidden, *(["; ".join(titles)] if titles else [])]
    return ". ".join(parts)


def scene_of(subject: Subject, options: Options) -> Scene:
    """Return what of ``subject`` is drawn under these options."""
    return apply_view(whole_scene(subject, options), options)


def whole_scene(subject: Subject, options: Options) -> Scene:
    """Return all of ``subject`` as it is drawn under these options."""
    scene = make_scene(subject.graph, options, subject.program, subject.profile)
    scene.titles = subject.layers
    if subject.site is not None:
        mark_failure(scene, subject.site)
    if subject.marking is not None:
        subject.marking.mark(scene)
    return scene


# ---- what can be drawn ---------------------------------------------------------------


def subject_of(thing: Any, stage: str | None = None) -> Subject:
    """Find the graph of ``thing``, or say what has one."""
    if callable(getattr(thing, "graph", None)) and hasattr(thing, "layers"):
        return _of_model(thing, checked_stage(thing, stage))
    if stage is not None:
        raise TypeError(
            f"only a model has stages, got stage={stage!r} for a {type(thing).__name__}"
        )
    own = getattr(thing, "_subject", None)
    if own is not None:
        drawn: Subject = own()
        return drawn
    if isinstance(thing, Profile | Recording):
        rows = _row_titles(thing.graph, thing.titles)
        return Subject(
            thing.graph,
            thing.program,
            thing.title,
            rows,
            profile=thing if isinstance(thing, Profile) else None,
            recording=thing if isinstance(thing, Recording) else None,
        )
    site = site_in(thing)
    if site is not None:
        return _of_site(site, "" if thing is site else str(thing))
    if isinstance(thing, Program | Graph | Tensor):
        return _of_graph(graph_of(thing) if isinstance(thing, Tensor) else thing)
    return _of_recorder(thing)


_FUNCTION = ": a function has a graph after gg.trace(f, gg.Spec(shape)) or gg.jit(f)"


# Only who asks for one loads what trains models.
def _of_recorder(thing: Any) -> Subject:
    from graphgrad.callbacks import GraphRecorder

    if not isinstance(thing, GraphRecorder):
        raise TypeError(
            "a picture is made of a Tensor, a Graph, a Program, a Profile, a "
            "Recording, a GraphRecorder, a Comparison, an error or a model, got a "
            f"{type(thing).__name__}{_FUNCTION if callable(thing) else ''}"
        )
    rows = _row_titles(thing.graph, thing.titles)
    return Subject(thing.graph, None, thing.title, rows, recorder=thing)


def _of_site(site: Site, message: str) -> Subject:
    title, rows = f"{site.kind} · {site.node}", _site_titles(site)
    return Subject(site.graph, None, title, rows, site=site, message=message)


def _of_graph(thing: Graph | Program) -> Subject:
    program = thing if isinstance(thing, Program) else None
    graph = thing.graph if isinstance(thing, Program) else thing
    return Subject(graph, program, graph.name, _row_titles(graph, {}))


def _of_model(model: Any, stage: str) -> Subject:
    program = None
    if stage in getattr(model, "stages", ()) and stage in RUNNING:
        program = model.program(stage)
    graph = program.graph if program is not None else model.graph(stage)
    names = {layer.path: layer.title() for layer in model.flattened()}
    title = f"{getattr(model, 'name', 'model')} · {stage}"
    return Subject(graph, program, title, _row_titles(graph, names))


def _row_titles(graph: Graph, names: dict[str, str]) -> dict[str, str]:
    sizes: dict[str, int] = {}
    together: dict[str, list[int]] = {}
    for node, home in homes(graph).items():
        if state_kind(node) == "parameter":
            if isinstance(node.op, State) and len(node.origins) > 1:
                together.setdefault(home.row, []).append(len(node.origins))
            else:
                sizes[home.row] = sizes.get(home.row, 0) + math.prod(node.shape)
    scopes = dict.fromkeys([*names, *(node.scope for node in graph.nodes)])
    metrics = _metric_rows(graph)
    titles = {}
    for scope in filter(None, scopes):
        count = sizes.get(scope, 0)
        noun = "parameter" if count == 1 else "parameters"
        kind = names.get(scope, "")
        if scope in metrics:
            kind = "running mean of the epoch" if scope == "loss" else "metric"
        if scope in together:
            arrays = together[scope]
            how = "as one" if len(arrays) == 1 else f"in {len(arrays):,} arrays"
            kind = f"update of {sum(arrays):,} weights {how}"
        parts = [scope, kind, f"{count:,} {noun}" if count else ""]
        titles[scope] = " · ".join(filter(None, parts))
    return titles


# A graph that broke off has not all of a layer's weights: only the layers can count.
def _site_titles(site: Site) -> dict[str, str]:
    scopes = dict.fromkeys(node.scope for node in site.graph.nodes if node.scope)
    return {
        scope: " · ".join(filter(None, [scope, site.titles.get(scope, "")]))
        for scope in scopes
    }


# The scopes that keep a metric's state.
def _metric_rows(graph: Graph) -> set[str]:
    return {
        home.row
        for node, home in homes(graph).items()
        if isinstance(node.op, State) and node.op.cell.kind == "metric"
    }
