"""Program: a graph as straight-line NumPy over planned buffers, generated and run."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from graphgrad._collector import collector_paused
from graphgrad._errors import ShapeError
from graphgrad._graph import Graph
from graphgrad._inline import cell_of
from graphgrad._node import State
from graphgrad._operators import Shown
from graphgrad._plan import make_plan
from graphgrad._source import Source
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
    """A graph made ready to run: memory planned, NumPy source generated and compiled.

    ``inputs`` and ``outputs`` are its arrays: `run` computes the outputs from whatever
    the inputs and the state hold, and allocates nothing. `source` is the code, which
    needs NumPy alone. ``runs`` counts the runs.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(lambda x: x * 2.0, gg.Spec((3,), gg.float64)))
    >>> program.inputs[0][:] = [1, 2, 3]
    >>> program.run()
    >>> program.outputs[0]
    array([2., 4., 6.])
    """

    @collector_paused()
    def __init__(self, graph: Graph) -> None:
        """Check the graph; plan, generate and compile; take the memory."""
        graph.check()
        self.graph = graph
        self.plan = make_plan(graph)
        self.runs = 0
        self._source = Source(self.plan)
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
        self._step, self.inputs, self.outputs = self._source.build()

    @property
    def source(self) -> str:
        """The program as plain NumPy: paste it into a file and run it."""
        return self._source.text()

    @property
    def nbytes(self) -> int:
        """The memory of the planned buffers, in bytes."""
        return self.plan.nbytes

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
        return self._source.build_recorded(note)

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
        buffers = len(self.plan.buffers)
        return (
            f"<Program {self.graph.name}: {count} instructions, "
            f"{buffers} buffers, {self.nbytes:,} bytes>"
        )
