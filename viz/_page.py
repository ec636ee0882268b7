"""Page: an interactive view of a graph as one HTML file that needs nothing else."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import Any

from graphgrad.viz._page_data import json_text
from graphgrad.viz._page_parts import fingerprint, script, style, template
from graphgrad.viz._render import write
from graphgrad.viz._text import plain

__all__ = ["Page", "page_of"]

_HOLE = re.compile(r"\{\{(\w+)\}\}")


class Page:
    """A page of HTML: ``html`` is its text; `save` writes it; a notebook shows it.

    >>> import graphgrad as gg
    >>> page = gg.viz.to_html(gg.trace(gg.tanh, gg.Spec((3,))))
    >>> page
    <Page: tanh, 2 nodes>
    >>> page.html.splitlines()[0]
    '<!DOCTYPE html>'
    """

    def __init__(self, html: str, title: str, nodes: int) -> None:
        """Hold the text of a page that shows so many nodes."""
        self.html = html
        self.title = title
        self.nodes = nodes

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the page into a file, whole or not at all; return its path.

        >>> import graphgrad as gg, pathlib, tempfile
        >>> page = gg.viz.to_html(gg.trace(gg.tanh, gg.Spec((3,))))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page.save(pathlib.Path(folder, "tanh.html")).name
        'tanh.html'
        """
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a page's name ends in .html; got {path.name!r}")
        write(path, self.html.encode("utf-8"))
        return path

    def __repr__(self) -> str:
        """Say what the page shows."""
        return f"<Page: {self.title}, {self.nodes:,} nodes>"

    def _repr_html_(self) -> str:
        inner = html.escape(self.html)
        title = html.escape(plain(self.title))
        return (
            f'<iframe title="{title}" srcdoc="{inner}" width="100%" height="680" '
            'sandbox="allow-scripts allow-downloads" '
            'style="border: 1px solid #C4C9D1; border-radius: 8px"></iframe>'
        )


def page_of(data: dict[str, Any]) -> Page:
    """Return the page that shows ``data``, as `page_data` makes it."""
    code, look = script(data), style(data)
    title = plain(data["title"] or "graph")
    holes = {
        "title": html.escape(title),
        "script_hash": fingerprint(code),
        "style_hash": fingerprint(look),
        "style": look,
        "data": json_text(data),
        "script": code,
    }
    text = _HOLE.sub(lambda match: holes[match[1]], template())
    return Page(text, title, len(data["nodes"]))
