"""Recorder: one real step of a program, in which every value is copied as it comes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from graphgrad._measuring import Kept, is_idle, operations, program_of
from graphgrad._node import Node, State
from graphgrad._ops._packing import Unpack
from graphgrad._program import Program
from graphgrad._recording import Recording
from graphgrad._types import Array

__all__ = ["record", "recorded"]

# The step is run again for its times, so often or so long, in nanoseconds.
RUNS, ENOUGH = 5, 300_000_000

_now = time.perf_counter_ns


def record(thing: Any, *arrays: Any) -> Recording:
    """Run a program or a function of `jit` once on ``arrays``, and keep every value.

    What runs is the program's own step, with a copy taken after each node, since memory
    is used again later. For the times, the same step is run some more times without
    copies. All state is put back as it was, bit for bit, also after an error.
    ``model.record`` does this for a model and a batch.

    >>> import graphgrad as gg
    >>> w = gg.Variable([2.0, 3.0], name="w")
    >>> def halve(x):
    ...     w.assign(w / 2.0)
    ...     return gg.sum(w * x)
    >>> recording = gg.recording.record(gg.jit(halve), [1.0, 1.0])
    >>> recording.before["w"], recording.after["w"], w.numpy()
    (array([2., 3.]), array([1. , 1.5]), array([2., 3.]))
    """
    program, given = program_of(thing, arrays, "a recording", "model.record(x, y)")
    program._check(given)
    with program._lock, np.errstate(all="ignore"):
        program._feed(given)
        return recorded(program)


def recorded(
    program: Program, *, title: str = "", titles: Mapping[str, str] | None = None
) -> Recording:
    """Record the step of ``program`` on what its inputs hold now.

    ``title`` and ``titles`` say what the program and its scopes are called.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(gg.tanh, gg.Spec((2,))))
    >>> program.inputs[0][:] = 0.0
    >>> gg.recording.recorded(program, title="at rest")["tanh"]
    array([0., 0.], dtype=float32)
    """
    recorder, kept = _Recorder(program), Kept(program)
    before = _states(program)
    try:
        recorder.run()
        after = _states(program)
        began = _now()
        while recorder.timed < RUNS and (not recorder.timed or _now() < began + ENOUGH):
            kept.put_back()
            recorder.time()
    finally:
        kept.put_back()
    return Recording(
        program,
        recorder.values,
        operations(program, recorder.times(), recorder.timed),
        order=recorder.order,
        before=before,
        after=after,
        title=title,
        titles=titles,
    )


# By node: of what lies with others in one state, also the parts.
def _states(program: Program) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for node in program.graph.nodes:
        if isinstance(node.op, State):
            found[node.name] = node.op.cell.array.copy()
        elif isinstance(node.op, Unpack) and node.inputs[0].name in found:
            whole = found[node.inputs[0].name]
            found[node.name] = np.array(node.op.evaluate(whole))
    return found


class _Recorder:
    """Copies values in one run, and looks at the clock in others."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: dict[str, Array] = {}
        # Names in the order of execution; those of a loop come once.
        self.order: dict[str, None] = {}
        self.timed = 0
        self._rows: dict[Node, int] = {}
        self._spent: dict[str, list[int]] = {n.name: [] for n in program.graph.nodes}
        self._began = 0
        self._clocked = program.noted(self._look)

    def run(self) -> None:
        """Run the step, and copy what it computes."""
        self.program.noted(self._note, values=True)()

    def time(self) -> None:
        """Run the step, and note how long each node takes."""
        for spent in self._spent.values():
            spent.append(0)
        self._began = _now()
        self._clocked()
        self.timed += 1

    def times(self) -> dict[Node, float]:
        """Return what each operation took, in microseconds: the median of the runs."""
        plan = self.program.plan
        return {
            node: 0.0 if is_idle(plan, node) else float(np.median(spent)) / 1e3
            for node in self.program.graph.operations
            for spent in [self._spent[node.name]]
        }

    def _look(self, name: str) -> None:
        now = _now()
        self._spent[name][-1] += now - self._began
        self._began = _now()

    def _note(self, name: str, value: Any) -> None:
        self.order[name] = None
        if value is not None:
            self._keep(self.program.graph[name], value)

    # In a loop, the next round may overwrite what this one has left.
    def _keep(self, node: Node, value: Array) -> None:
        plan = self.program.plan
        if plan is None or node not in plan.block:
            self.values[node.name] = np.array(value)
            return
        start = self._rows.get(node, 0)
        stop = self._rows[node] = start + len(value)
        whole = self.values.setdefault(node.name, np.empty(node.shape, node.dtype))
        whole[start:stop] = value
