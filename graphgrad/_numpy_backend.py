"""NumPy as a backend: memory planned, source generated and compiled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from graphgrad._backend import Step
from graphgrad._graph import Graph
from graphgrad._lent import placeholder
from graphgrad._long import long_products
from graphgrad._node import Node
from graphgrad._plan import make_plan
from graphgrad._products import sums_as_products
from graphgrad._room import require_memory
from graphgrad._source import Source
from graphgrad._spreading import spread_constants
from graphgrad._types import Array

__all__ = ["NUMPY", "NumPy"]


class NumPyCode:
    """A graph as straight-line NumPy over planned buffers."""

    def __init__(
        self, graph: Graph, lent: Mapping[int, Array] = MappingProxyType({})
    ) -> None:
        """Plan, generate and compile; take the memory."""
        apart = [node for i, node in enumerate(graph.inputs) if i not in lent]
        _require_room(graph, max(map(_nbytes, graph.nodes), default=0))
        self.plan = make_plan(graph, {graph.inputs[i]: x for i, x in lent.items()})
        self.nbytes = self.plan.nbytes
        _require_room(graph, self.nbytes + sum(map(_nbytes, apart)))
        self._source = Source(self.plan)
        self.step, own, self.outputs = self._source.build()
        pairs = zip(graph.inputs, own, strict=True)
        self.inputs = tuple([placeholder(n) if x is None else x for n, x in pairs])

    def noted(self, note: Callable[..., Any], *, values: bool = False) -> Step:
        """Return the same statements over the same arrays, with a note after each."""
        return self._source.build_recorded(note, values=values)

    def text(self) -> str:
        """Return the program as plain NumPy: paste it into a file and run it."""
        return self._source.text()


class NumPy:
    """The backend that is always there: sums of rows are products with ones.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.sum(x, axis=0), gg.Spec((3, 2)))
    >>> [node.op.name for node in gg.passes.optimize(graph).operations]
    ['matmul']
    """

    name = "numpy"

    def rules(self) -> tuple[Callable[[Node], Node | None], ...]:
        """Return the rules that are true of NumPy's calls alone."""
        return (sums_as_products(), long_products, spread_constants())

    def code(self, graph: Graph) -> NumPyCode:
        """Make a graph ready to run."""
        return NumPyCode(graph)

    def code_over(self, graph: Graph, lent: Mapping[int, Array]) -> NumPyCode:
        """Make a graph ready to run over arrays that lie elsewhere."""
        return NumPyCode(graph, lent)


def _require_room(graph: Graph, nbytes: int) -> None:
    require_memory(nbytes, f"a program of {graph.name or 'a function'!r}")


def _nbytes(node: Node) -> int:
    return node.nbytes


NUMPY = NumPy()
