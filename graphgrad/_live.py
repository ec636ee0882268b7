"""Live ranges: which results a program's buffers hold, from which step to which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphgrad._graph import Graph
from graphgrad._node import Node
from graphgrad._plan import Plan
from graphgrad._types import Shaped, size_of

__all__ = ["Live", "live_ranges", "memory_over"]


@dataclass(frozen=True)
class Live:
    """A part of a buffer while it is in use: ``nodes`` lie there one after the other.

    ``start`` and ``stop`` are the first and the last step at which it must be kept,
    counted in operations from 0. Working memory of one operation is ``scratch``.

    >>> import graphgrad as gg
    >>> fast = gg.jit(lambda x: gg.exp(x) @ x)
    >>> recording = gg.recording.record(fast, [[1.0]])
    >>> for each in recording.live:
    ...     print(each.buffer, each.nbytes, each.start, each.stop, each.nodes)
    b0 8 0 1 ('exp',)
    b1 8 1 1 ('matmul',)
    """

    buffer: str
    nbytes: int
    start: int
    stop: int
    nodes: tuple[str, ...]
    scratch: bool = False


def live_ranges(graph: Graph, plan: Plan | None) -> tuple[Live, ...]:
    """Return what lies in the buffers of a plan, in the order in which it begins.

    Results that overwrite each other, or look at each other, are one. State, inputs and
    constants are there before the step, and not in buffers.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(lambda x: gg.exp(x) + 1.0, gg.Spec((3,))))
    >>> [each.nodes for each in gg.recording.live_ranges(program.graph, program.plan)]
    [('exp', 'add')]
    """
    if plan is None:
        return ()
    steps = {node: i for i, node in enumerate(graph.operations)}
    members: dict[Node, list[Node]] = {}
    for node in graph.operations:
        members.setdefault(plan.root[node], []).append(node)
    found = [
        _range(graph, plan, root, nodes, steps)
        for root, nodes in members.items()
        if root in plan.buffer
    ]
    for node, lent in plan.scratch.items():
        step = steps[node]
        for buffer, spec in lent:
            nbytes = _nbytes(spec)
            found.append(Live(buffer.name, nbytes, step, step, (node.name,), True))
    return tuple(sorted(found, key=lambda each: (each.start, each.stop)))


def memory_over(steps: int, ranges: Iterable[Live]) -> tuple[int, ...]:
    """Return how many bytes of the buffers are in use at each of so many steps.

    >>> import graphgrad as gg
    >>> ranges = [gg.recording.Live("b0", 12, 0, 1, ("exp",))]
    >>> gg.recording.memory_over(3, ranges)
    (12, 12, 0)
    """
    changes = [0] * (steps + 1)
    for each in ranges:
        changes[each.start] += each.nbytes
        changes[each.stop + 1] -= each.nbytes
    used, total = [], 0
    for change in changes[:steps]:
        total += change
        used.append(total)
    return tuple(used)


def _range(
    graph: Graph, plan: Plan, root: Node, nodes: list[Node], steps: dict[Node, int]
) -> Live:
    last = plan.last[root]
    stop = steps[graph.nodes[last]] if last < len(graph.nodes) else len(steps) - 1
    # All others lie in the memory of the root; of a view, shape and dtype say nothing.
    held = plan.seen(root, root) if root in plan.local else root
    names = tuple(each.name for each in nodes)
    buffer = plan.buffer[root].name
    return Live(buffer, _nbytes(held), steps[nodes[0]], stop, names)


def _nbytes(held: Shaped) -> int:
    return int(size_of(held.shape)) * held.dtype.itemsize
