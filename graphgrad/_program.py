"""Program: a graph made ready to run by a backend, and what every run of it tells."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np

from graphgrad._backend import Backend, LendingBackend, in_use
from graphgrad._collector import collector_paused
from graphgrad._errors import ShapeError
from graphgrad._forks import fresh_in_forks
from graphgrad._graph import Graph
from graphgrad._inline import cell_of
from graphgrad._lent import check_lent, placeholder
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

    @collector_paused()
    def __init__(
        self,
        graph: Graph,
        backend: Backend | None = None,
        *,
        lent: Mapping[int, Array] = MappingProxyType({}),
    ) -> None:
        """Check the graph, and have it made ready to run.

        ``lent`` has, by position, arrays that are read where they lie: the program has
        none of its own for these inputs. `lend` says where others lie. What a backend
        does not read in place is not in the attribute `lent`, and is fed as ever.
        """
        graph.check()
        lent = _plain(lent)
        check_lent(graph, lent)
        self.graph = graph
        self.backend = backend or in_use()
        self.lent: tuple[int, ...] = ()
        self.runs = 0
        self._given: Mapping[int, Array] = {}
        if lent and isinstance(self.backend, LendingBackend):
            self.lent = tuple(sorted(lent))
            self.code = self.backend.code_over(graph, lent)
        else:
            self.code = self.backend.code(graph)
        self._step = self.code.step
        self.inputs, self.outputs = self.code.inputs, self.code.outputs
        if self.lent:
            self.lend(lent)
        self._recorded: Callable[[], None] | None = None
        # The nodes of a recorded run; those of a loop run several times, and are once.
        self._ran: dict[str, None] = {}
        self._lock = fresh_in_forks(threading.Lock())
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

    def lend(self, arrays: Mapping[int, Array]) -> None:
        """Read the inputs that are `lent` from these arrays, until told otherwise.

        They are of the shape and dtype of the inputs, and lie row by row in memory;
        among `inputs` they are read-only. Without any, let go of those that were lent
        before: the next run needs others.

        >>> import graphgrad as gg
        >>> graph = gg.trace(lambda x: gg.sum(x), gg.Spec((3,), gg.float64))
        >>> program = gg.Program(graph, lent={0: np.ones(3)})
        >>> data = np.arange(6.0).reshape(2, 3)
        >>> for row in data:
        ...     program.lend({0: row})
        ...     program.run()
        ...     print(program.outputs[0])
        3.0
        12.0
        """
        if arrays and set(arrays) != set(self.lent):
            raise ValueError(
                f"lend takes arrays for the inputs {list(self.lent)} of this program, "
                f"which are told when it is made, got them for {sorted(arrays)}"
            )
        given = _plain(arrays)
        check_lent(self.graph, given)
        inputs = list(self.inputs)
        for i in self.lent:
            inputs[i] = placeholder(self.graph.inputs[i])
            if given:
                inputs[i] = given[i].view()
                inputs[i].flags.writeable = False
        self.inputs, self._given = tuple(inputs), given
        if given or not self.lent:
            self._step = partial(self.code.step, *[given[i] for i in self.lent])
        else:
            self._step = self._refuse

    def _refuse(self) -> None:
        names = ", ".join(repr(self.graph.inputs[i].name) for i in self.lent)
        raise ValueError(
            f"{self!r} reads {names} where they lie, and nothing is lent: call `lend` "
            "before it runs"
        )

    def noted(
        self, note: Callable[..., Any], *, values: bool = False
    ) -> Callable[[], None]:
        """Return the step in another form, which calls ``note(name)`` after every node.

        Where a loop runs nodes over blocks of rows, it does so in every round.

        It has the same statements over the same arrays; `runs` does not count it. With
        ``values``, it calls ``note(name, value)``, with the result, or in a loop the
        rows of the round; the memory may be used again, and None is what is not told.

        >>> import graphgrad as gg
        >>> program = gg.Program(gg.trace(gg.tanh, gg.Spec((3,))))
        >>> program.noted(print)()
        x
        tanh
        """
        step = self.code.noted(note, values=values)
        if not self.lent:
            return step

        def over_lent() -> None:
            if not self._given:
                self._refuse()
            step(*[self._given[i] for i in self.lent])

        return over_lent

    def __call__(self, *arrays: Any) -> list[Array]:
        """Copy ``arrays`` in, run, and return copies of the outputs."""
        self._check(arrays)
        with np.errstate(all="ignore"), self._fed(arrays):
            self.run()
            return [np.array(each) for each in self.outputs]

    # For one run: what was lent before is then read again.
    @contextlib.contextmanager
    def _fed(self, arrays: Sequence[Any]) -> Iterator[None]:
        with self._lock:
            before = self._given
            for i, (own, given) in enumerate(zip(self.inputs, arrays, strict=True)):
                if i not in self.lent:
                    np.copyto(own, given, casting="unsafe")
            if self.lent:
                pairs = [(i, self.graph.inputs[i].dtype) for i in self.lent]
                self.lend({i: np.require(arrays[i], d, ("C", "A")) for i, d in pairs})
            try:
                yield
            finally:
                if self.lent:
                    self.lend(before)

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


# Of a masked array or a matrix, NumPy's functions compute something else.
def _plain(arrays: Mapping[int, Array]) -> Mapping[int, Array]:
    return {i: np.asarray(array) for i, array in arrays.items()}
