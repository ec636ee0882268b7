"""How notebooks show graphs, tensors and models: as SVG, with text for the rest."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from graphgrad.viz._render import svg_text

__all__ = ["mimebundle"]


def mimebundle(
    thing: Any,
    include: Container[str] | None = None,
    exclude: Container[str] | None = None,
) -> dict[str, Any]:
    """Return what a notebook shows for ``thing``: its picture if it can be drawn.

    Never raises: without an engine, or without a graph yet, there is the text alone.
    ``include`` and ``exclude`` are IPython's lists of MIME types.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: x + 1.0, gg.Spec((3,)))
    >>> mimebundle(graph, include=["text/plain"])
    {'text/plain': '<Graph: 1 operations, 3 nodes>'}
    """
    bundle: dict[str, Any] = {"text/plain": repr(thing)}
    if _wanted("image/svg+xml", include, exclude):
        try:
            bundle["image/svg+xml"] = svg_text(thing)
        except Exception:  # noqa: BLE001  # a display must not raise
            return bundle
    return bundle


def _wanted(
    kind: str, include: Container[str] | None, exclude: Container[str] | None
) -> bool:
    return (include is None or kind in include) and kind not in (exclude or ())
