"""Program: a graph made ready to run by a backend, and what every run of it tells."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from graphgrad._backend import Backend, in_use
from graphgrad._errors import ShapeError
from graphgrad._graph import Graph
from graphgrad._inline import cell_of
from graphgrad._node import State
from graphgrad._operators import Shown
from graphgrad._plan import Plan
from graphgrad._types import Array, describe

__all__ = ["Program", "record_execution"]


class _Recording(threading.local):
    names: list[str] | None = None


_RECORDING = _Recording()


@contextlib.contextmanager
def record_execution() -> Iterator[list[str]]:
    """Collect the names of the nodes that programs execute in the block, in order.

    Programs then run with a note after every instruction, so that the list is what ran
    and not what was meant to run. Only this thread is recorded.

    >>> import graphgrad as gg
    >>> double = gg.jit(lambda x: x + x)
    >>> with gg.record_execution() as record:
    ...     y = double([1.0, 2.0])
    >>> record
    ['x', 'add']
    """
    before, _RECORDING.names = _RECORDING.names, []
    try:
        yield _RECORDING.names
    finally:
        _RECORDING.names = before


class Program(Shown):
    """A graph made ready to run: with NumPy, memory planned and source compiled.

    ``inputs`` and ``outputs`` are its arrays: `run` computes the outputs from whatever
    the inputs and the state hold, and allocates nothing. `source` is the code; that of
    NumPy needs nothing else. ``runs`` counts the runs. ``backend`` made ``code``; it is
    the one in use (`graphgrad.backend`) if none is given.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(lambda x: x * 2.0, gg.Spec((3,), gg.float64)))
    >>> program.inputs[0][:] = [1, 2, 3]
    >>> program.run()
    >>> program.outputs[0]
    array([2., 4., 6.])
    """

    def __init__(self, graph: Graph, backend: Backend | None = None) -> None:
        """Check the graph, and have it made ready to run."""
        graph.check()
        self.graph = graph
        self.backend = backend or in_use()
        self.runs = 0
        self.code = self.backend.code(graph)
        self._step = self.code.step
        self.inputs, self.outputs = self.code.inputs, self.code.outputs
        self._recorded: Callable[[], None] | None = None
        # The nodes of a recorded run; those of a loop run several times, and are once.
        self._ran: dict[str, None] = {}
        self._lock = threading.Lock()
        cells = [cell_of(node) for node in graph.effects]
        self._written = list(dict.fromkeys(cell.home or cell for cell in cells))
        for node in graph.states:
            assert isinstance(node.op, State), "states are leaves"
            cell = node.op.cell
            # Who lives in the array of a home can move no more than the home can.
            (cell.home or cell).bound = cell.bound = True

    @property
    def source(self) -> str:
        """What runs, as text; plain NumPy can be pasted into a file and run."""
        return self.code.text()

    @property
    def plan(self) -> Plan | None:
        """Where each result lies in memory; None if the backend does not tell."""
        return self.code.plan

    @property
    def nbytes(self) -> int:
        """The memory of the planned buffers, in bytes."""
        return self.code.nbytes

    def run(self) -> None:
        """Compute the outputs from the inputs and the state, in place."""
        if _RECORDING.names is None:
            self._step()
        else:
            self._run_recorded(_RECORDING.names)
        self.runs += 1
        for cell in self._written:
            cell.writes += 1

    def noted(self, note: Callable[[str], Any]) -> Callable[[], None]:
        """Return the step in another form, which calls ``note(name)`` after every node.

        Where a loop runs nodes over blocks of rows, it does so in every round.

        It has the same statements over the same arrays; `runs` does not count it.

        >>> import graphgrad as gg
        >>> program = gg.Program(gg.trace(gg.tanh, gg.Spec((3,))))
        >>> program.noted(print)()
        x
        tanh
        """
        return self.code.noted(note)

    def __call__(self, *arrays: Any) -> list[Array]:
        """Copy ``arrays`` in, run, and return copies of the outputs."""
        self._check(arrays)
        with self._lock, np.errstate(all="ignore"):
            for own, given in zip(self.inputs, arrays, strict=True):
                np.copyto(own, given, casting="unsafe")
            self.run()
            return [np.array(each) for each in self.outputs]

    def _check(self, arrays: Sequence[Any]) -> None:
        due = [describe(node) for node in self.graph.inputs]
        got = [describe(np.asarray(each)) for each in arrays]
        if due != got:
            raise ShapeError(
                f"the program takes {', '.join(due)}; got {', '.join(got)}"
            )

    # The recorded form is the same statements over the same arrays, with a note after
    # each; it is generated when somebody first asks for it.
    def _run_recorded(self, names: list[str]) -> None:
        if self._recorded is None:
            self._recorded = self.noted(self._ran.setdefault)
        self._ran.clear()
        try:
            self._recorded()
        finally:
            names += self._ran

    def __repr__(self) -> str:
        """Say how large the program is."""
        count = len(self.graph.operations)
        buffers = f"{len(self.plan.buffers)} buffers, " if self.plan else ""
        return (
            f"<Program {self.graph.name}: {count} instructions, "
            f"{buffers}{self.nbytes:,} bytes>"
        )
