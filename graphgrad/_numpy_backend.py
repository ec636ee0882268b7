"""NumPy as a backend: memory planned, source generated and compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphgrad._backend import Step
from graphgrad._graph import Graph
from graphgrad._node import Node
from graphgrad._plan import make_plan
from graphgrad._products import sums_as_products
from graphgrad._source import Source
from graphgrad._types import Array

__all__ = ["NumPy"]


class NumPyCode:
    """A graph as straight-line NumPy over planned buffers."""

    def __init__(self, graph: Graph) -> None:
        """Plan, generate and compile; take the memory."""
        self.plan = make_plan(graph)
        self.nbytes = self.plan.nbytes
        self._source = Source(self.plan)
        self.step, self.inputs, self.outputs = self._source.build()

    def noted(self, note: Callable[[str], Any]) -> Step:
        """Return the same statements over the same arrays, with a note after each."""
        return self._source.build_recorded(note)

    def value(self, node: Node) -> Array:
        """Return the array that has a node's result right after it was noted."""
        return self._source.array(node)

    def text(self) -> str:
        """Return the program as plain NumPy: paste it into a file and run it."""
        return self._source.text()


class NumPy:
    """The backend that is always there; it sums rows by products with ones.

    >>> import graphgrad as gg
    >>> graph = gg.trace(lambda x: gg.sum(x, axis=0), gg.Spec((3, 2)))
    >>> [node.op.name for node in gg.passes.optimize(graph).operations]
    ['matmul']
    """

    name = "numpy"

    def rules(self) -> tuple[Callable[[Node], Node | None], ...]:
        """Return the rules that are true of NumPy's calls alone."""
        return (sums_as_products(),)

    def code(self, graph: Graph) -> NumPyCode:
        """Make a graph ready to run."""
        return NumPyCode(graph)
