"""to_html: whatever has a graph, as an interactive page in one file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from graphgrad import explain
from graphgrad.recording import Recording
from graphgrad.recording import record as record_program
from graphgrad.stages import STAGES
from graphgrad.viz._fold import apply_view
from graphgrad.viz._options import make_options
from graphgrad.viz._page import Page, page_of
from graphgrad.viz._page_data import page_data
from graphgrad.viz._page_material import Material
from graphgrad.viz._to_dot import (
    Subject,
    facts_of,
    subject_of,
    whole_scene,
)

__all__ = ["to_html"]


def to_html(
    thing: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    stage: str | None = None,
    phases: Iterable[str] | str | None = None,
    collapse: Any = None,
    record: Any = None,
    show_values: bool = True,
    **switches: bool,
) -> Page:
    """Show ``thing`` as an interactive page: one file, for any browser, offline.

    ``thing``, ``stage`` and the switches are those of `to_dot`, but for
    ``show_legend`` and ``show_buffers``: a page shows both. ``phases`` and ``collapse``
    say what is shown and closed when the page opens; its reader can change both.
    Without ``collapse``, as little is closed as makes the picture readable. With
    ``path``, the page is also written there, whole or not at all.

    With ``record``, one real step is run and every value kept, to step through: a batch
    (x, y) for a model, which is at stage "fit" unless another is given, or the arrays
    that a program or a function of `jit` takes. Nothing is trained by that. A
    `Recording` is shown likewise. The page then holds what the numbers are like, and a
    sample of the numbers themselves, unless ``show_values`` is False.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))
    >>> gg.viz.to_html(graph)
    <Page: graph, 4 nodes>
    >>> fast = gg.jit(lambda x: gg.tanh(x) * 2.0)
    >>> gg.viz.to_html(fast, record=([0.0, 1.0],))
    <Page: program, 4 nodes>
    """
    for name in ("show_legend", "show_buffers"):
        if name in switches:
            raise TypeError(f"a page has no option {name!r}: it always shows them")
    if record is not None:
        thing, stage = recording_of(thing, record, stage), None
    subject = subject_of(thing, stage)
    material = material_of(subject, phases, collapse, **switches)
    material.show_values = show_values
    # Two graphs at once, or one that broke off, are no sequence of equations.
    whole = subject.marking is None and subject.site is None
    if whole and switches.get("show_equations", True):
        material.explained = explain(thing, stage)
    page = page_of(page_data(material))
    if path is not None:
        page.save(path)
    return page


def recording_of(thing: Any, record: Any, stage: str | None) -> Recording:
    """Run a step of ``thing`` on the arrays of ``record``; return what it computed."""
    if not isinstance(record, tuple | list):
        raise TypeError(
            "record is a tuple: (x, y) for a model, the arrays for a program; got a "
            f"{type(record).__name__}"
        )
    if callable(getattr(thing, "record", None)):
        made: Recording = thing.record(*record, stage=stage or "fit")
        return made
    if stage is not None:
        raise TypeError(
            f"only a model has stages, got stage={stage!r} for a {type(thing).__name__}"
        )
    return record_program(thing, *record)


def material_of(
    subject: Subject,
    phases: Iterable[str] | str | None = None,
    collapse: Any = None,
    **switches: bool,
) -> Material:
    """Return what the sections of a page about ``subject`` are made from."""
    chosen = make_options(phases, collapse)
    options = make_options(None, False, **switches)
    scene = whole_scene(subject, options)
    # Names that do not occur are refused, though nothing is folded here.
    apply_view(scene, chosen)
    return Material(
        graph=subject.graph,
        scene=apply_view(scene, options),
        title=subject.title or "graph",
        facts=_facts(subject),
        stage=_stage(subject.title),
        program=subject.program,
        profile=subject.profile,
        marking=subject.marking,
        recorder=subject.recorder,
        recording=subject.recording,
        site=subject.site,
        message=subject.message,
        options=options,
        phases=chosen.phases,
        collapse=None if collapse is None else chosen.collapse,
    )


# The fix of a failure stands above the page already.
def _facts(subject: Subject) -> str:
    text = facts_of(subject)
    return text if subject.site is None else text.partition(" · fix: ")[0]


def _stage(title: str) -> str:
    end = title.rpartition(" · ")[2]
    return end if end in STAGES else ""
