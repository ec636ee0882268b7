"""What a notebook shows of graphs, programs and tensors: their picture."""

from __future__ import annotations

from typing import Any

from graphgrad._graph import Graph
from graphgrad._program import Program
from graphgrad._tensor import Tensor

__all__: list[str] = []


# The engine does not know the exporter, which is imported when a picture is due.
def _show(self: Graph | Program | Tensor, **options: Any) -> dict[str, Any]:
    if isinstance(self, Tensor) and (self.node is None or self.node.is_leaf):
        return {"text/plain": repr(self)}
    from graphgrad.viz import mimebundle

    return mimebundle(self, **options)


for _shown in (Graph, Program, Tensor):
    setattr(_shown, "_repr_mimebundle_", _show)  # noqa: B010  # typed as no attribute
