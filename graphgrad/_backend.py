"""Backend: what makes a graph run; NumPy, or whatever keeps the same contract."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from graphgrad._graph import Graph
    from graphgrad._node import Node
    from graphgrad._plan import Plan
    from graphgrad._types import Array

__all__ = ["Backend", "Code", "LendingBackend", "Step", "in_use", "using"]

# It takes the inputs that are lent, if there are any.
Step = Callable[..., None]


class Code(Protocol):
    """A graph made ready to run: what a backend hands to a `Program`.

    ``inputs`` and ``outputs`` are arrays that stay where they are. ``step`` computes
    the outputs and the new state from whatever inputs and state hold, and allocates
    nothing: it reads state as it was at the start, and has written it into the cells'
    own arrays by the end.

    >>> import graphgrad as gg
    >>> gg.Program(gg.trace(gg.tanh, gg.Spec((3,)))).code.nbytes
    12
    """

    @property
    def inputs(self) -> tuple[Array, ...]:
        """The arrays that are fed."""
        ...

    @property
    def outputs(self) -> tuple[Array, ...]:
        """The arrays that hold the results after a step."""
        ...

    @property
    def step(self) -> Step:
        """What runs."""
        ...

    @property
    def nbytes(self) -> int:
        """The size of its buffers in bytes."""
        ...

    @property
    def plan(self) -> Plan | None:
        """Where each result lies, or None where the backend does not tell."""
        ...

    def noted(self, note: Callable[..., Any], *, values: bool = False) -> Step:
        """Return the same step, which calls ``note(name)`` of each node that has run.

        A node is noted after its inputs. With ``values``, it is ``note(name, value)``:
        the result as it is at that moment, in memory that may be used again; in a loop
        over blocks of rows, those of the round; None if the backend does not tell.
        """
        ...

    def text(self) -> str:
        """Return what runs, for people to read."""
        ...


class Backend(Protocol):
    """What runs graphs: the passes of its own, and the code of a graph.

    >>> import graphgrad as gg
    >>> numpy = gg.backend.NumPy()
    >>> code = numpy.code(gg.trace(lambda x: x * 2.0, gg.Spec((3,))))
    >>> code.inputs[0][:] = 1.0
    >>> code.step()
    >>> code.outputs[0]
    array([2., 2., 2.], dtype=float32)
    """

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    def rules(self) -> tuple[Callable[[Node], Node | None], ...]:
        """Return what `passes.optimize` does to nodes for this backend alone.

        A rule sees a node, and returns its replacement or None; the rules of one call
        are for one graph.
        """
        ...

    def code(self, graph: Graph) -> Code:
        """Make a graph ready to run; refuse by name what this backend lacks."""
        ...


@runtime_checkable
class LendingBackend(Backend, Protocol):
    """A backend whose code can read inputs where they lie, without a copy."""

    def code_over(self, graph: Graph, lent: Mapping[int, Array]) -> Code:
        """Make a graph ready to run over arrays like those that are ``lent``.

        The step takes the inputs at these positions, in their order, and keeps none.
        """
        ...


class _InUse(threading.local):
    backend: Backend | None = None


_IN_USE = _InUse()


def in_use() -> Backend:
    """Return the backend that this thread's programs are made by.

    >>> import graphgrad as gg
    >>> gg.backend.in_use().name
    'numpy'
    """
    if _IN_USE.backend is None:
        # One for all threads: programs are kept by what made them.
        from graphgrad._numpy_backend import NUMPY

        _IN_USE.backend = NUMPY
    backend: Backend = _IN_USE.backend
    return backend


@contextlib.contextmanager
def using(backend: Backend) -> Iterator[Backend]:
    """Let this thread's programs in the block be made by ``backend``.

    Programs of other backends are kept, and run again after the block.

    >>> import graphgrad as gg
    >>> with gg.backend.using(gg.backend.NumPy()) as backend:
    ...     fast = gg.jit(lambda x: x + 1.0)
    ...     y = fast([1.0])
    >>> y
    tensor([2.])
    """
    before, _IN_USE.backend = in_use(), backend
    try:
        yield backend
    finally:
        _IN_USE.backend = before
