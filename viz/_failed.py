"""What went wrong as a part of a picture: the node that failed, marked, and why."""

from __future__ import annotations

from typing import Any

from graphgrad import describe
from graphgrad.sites import Site, Stand, in_words
from graphgrad.viz._scene import Item, Scene
from graphgrad.viz._text import plain

__all__ = ["NO_SITE", "failure_facts", "mark_failure", "site_in"]

NO_SITE = (
    "a failure is an error or a warning that arose in a graph and has a site, got a "
    "{} without one"
)


def site_in(thing: Any) -> Site | None:
    """Return the site of an error or a warning, or the one that ``thing`` is."""
    if isinstance(thing, Site):
        return thing
    if not isinstance(thing, BaseException):
        return None
    site = getattr(thing, "site", None)
    if site is None:
        raise TypeError(NO_SITE.format(type(thing).__name__))
    return site if isinstance(site, Site) else None


def mark_failure(scene: Scene, site: Site) -> None:
    """Mark the node that failed; what has no result is not said to have a shape."""
    for item in scene.items.values():
        node = site.graph[item.id]
        if isinstance(node.op, Stand):
            item.lines = () if node in site.graph.outputs else (describe(node),)
    item = scene.items[site.node]
    item.mark = site.kind
    item.title = f"{site.node} · {site.kind}"
    item.is_loss = item.is_output = False
    item.lines = tuple(filter(None, _lines(item, site)))
    if site.layer in scene.titles:
        scene.titles[site.layer] += f" · {site.kind} here"
    for name, found in site.numbers.items():
        if name in scene.items and name != site.node:
            scene.items[name].lines += (in_words(found),)


def _lines(item: Item, site: Site) -> tuple[str, ...]:
    if site.numbers:
        return (*item.lines, f"{site.kind}: {site.actual}")
    due = f"expected {site.expected}" if site.expected else ""
    got = f"got {site.actual}" if site.actual else ""
    return (site.equation, due, got)


def failure_facts(site: Site) -> str:
    """Return a line that says where and what.

    >>> import graphgrad as gg
    >>> failure_facts(Site("shape", "matmul", "matmul", gg.trace(gg.abs, 1.0)))
    'shape error at matmul, forward'
    """
    word = site.kind if site.numbers else f"{site.kind} error"
    where = [site.node, site.layer and f"in {site.layer}", site.phase]
    fix = f" · fix: {site.fix}" if site.fix else ""
    return plain(f"{word} at {', '.join(filter(None, where))}{fix}")
