"""RunOf: the program that was measured or recorded, kept by this process alone."""

from __future__ import annotations

from typing import Any

from graphgrad._graph import Graph
from graphgrad._program import Program
from graphgrad._roles import Naming

__all__ = ["RunOf"]


class RunOf:
    """What is told of a program that ran: its graph goes along in a copy, it does not.

    >>> import pickle
    >>> import graphgrad as gg
    >>> fast = gg.jit(lambda x: gg.square(x))
    >>> recording = gg.recording.record(fast, [1.0, 2.0])
    >>> copy = pickle.loads(pickle.dumps(recording))
    >>> copy.program is recording.program, copy.program.graph is copy.graph
    (False, True)
    """

    def __init__(self, program: Program, naming: Naming | None = None) -> None:
        """Keep the program that ran, and what its equations are named after."""
        self.graph: Graph = program.graph
        self.naming = naming or Naming()
        self._program: Program | None = program

    @property
    def program(self) -> Program:
        """The program that ran; of a copy, another one of the same graph."""
        if self._program is None:
            self._program = Program(self.graph)
        return self._program

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the program, which is run by this process alone."""
        return vars(self) | {"_program": None}
