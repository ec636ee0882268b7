"""source_line: where the operation of a node was written, as a reader sees it."""

from __future__ import annotations

import linecache
import os

from graphgrad._node import Line, Node

__all__ = ["line_text", "source_line"]

_LONGEST = 80


def source_line(node: Node) -> str:
    """Return the file, the number and the text of the line that a node comes from.

    For an operation of a trace, that is the innermost line outside of graphgrad which
    asked for it; within a layer of graphgrad's own, the line that made the layer, and
    likewise for losses, metrics and optimizers. A derivative has the line of what it is
    the derivative of. Where no line is known, the text is empty.

    >>> import graphgrad as gg
    >>> from graphgrad.nodes import source_line
    >>> graph = gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))
    >>> print(source_line(graph["tanh"]).partition(": ")[2])
    graph = gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,)))
    """
    return line_text(node.place.line)


def line_text(line: Line) -> str:
    """Return a line as `source_line` does, without the folder that its file is in."""
    if not line.file:
        return ""
    folder, name = os.path.split(line.file)
    # A cell of a notebook is a file whose name says nothing.
    if os.path.split(folder)[1].startswith("ipykernel_"):
        name = "cell"
    place = f"{name.strip('<>')}:{line.number}"
    text = " ".join(linecache.getline(line.file, line.number).split())
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST - 1]}…"
    return f"{place}: {text}" if text else place
