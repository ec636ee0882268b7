"""What a notebook shows of graphs, programs and tensors: their picture."""

from __future__ import annotations

from typing import Any

from graphgrad._operators import Shown
from graphgrad._ops._families import register
from graphgrad._tensor import Tensor

__all__ = ["show"]


# The engine does not know the exporter, which is imported when a picture is due.
@register
def show(thing: Shown, **options: Any) -> dict[str, Any]:
    """Return the picture of a graph, a program, or a tensor with a history."""
    if isinstance(thing, Tensor) and (thing.node is None or thing.node.is_leaf):
        return {"text/plain": repr(thing)}
    from graphgrad.viz import mimebundle

    return mimebundle(thing, **options)
