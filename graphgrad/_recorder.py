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

_now = time.perf_counter_ns


def record(thing: Any, *arrays: Any) -> Recording:
    """Run a program or a function of `jit` once on ``arrays``, and keep every value.

    What runs is the program's own step, with a copy taken after each node, since memory
    is used again later. It runs twice, the first time to warm up; all state is put
    back as it was, bit for bit, also after an error. ``model.record`` does this for a
    model and a batch.

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
        for own, each in zip(program.inputs, given, strict=True):
            np.copyto(own, each, casting="unsafe")
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
        kept.put_back()
        recorder.run()
        after = _states(program)
    finally:
        kept.put_back()
    return Recording(
        program,
        recorder.values,
        operations(program, recorder.times(), runs=1),
        order=recorder.spent,
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
    """Copies values, and looks at the clock before and after."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.values: dict[str, Array] = {}
        # Names in the order of execution, with the time so far: loops add it up.
        self.spent: dict[str, int] = {}
        self._rounds: dict[Node, int] = {}
        self._began = 0
        self._step = program.noted(self._note)

    def run(self) -> None:
        """Run the step, and forget what was recorded before."""
        self.values.clear()
        self.spent.clear()
        self._rounds.clear()
        self._began = _now()
        self._step()

    def times(self) -> dict[Node, float]:
        """Return what each operation took, in microseconds."""
        plan = self.program.plan
        return {
            node: 0.0 if is_idle(plan, node) else self.spent.get(node.name, 0) / 1e3
            for node in self.program.graph.operations
        }

    def _note(self, name: str) -> None:
        now = _now()
        self.spent[name] = self.spent.get(name, 0) + now - self._began
        node = self.program.graph[name]
        array = self.program.code.value(node)
        if array is not None:
            self._keep(node, array)
        self._began = _now()

    # In a loop, the next round may overwrite what this one has left.
    def _keep(self, node: Node, array: Array) -> None:
        plan = self.program.plan
        block = None if plan is None else plan.block.get(node)
        if plan is None or block is None:
            self.values[node.name] = np.array(array)
            return
        start = self._rounds.get(node, 0)
        stop = self._rounds[node] = min(start + block.step, block.rows)
        whole = self.values.setdefault(node.name, np.empty(node.shape, node.dtype))
        here = array[: stop - start] if node in plan.local else array[start:stop]
        whole[start:stop] = here
