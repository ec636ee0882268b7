"""Recorder: one real step of a program, in which every value is copied as it comes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphgrad._measuring import Kept, is_idle, operations, program_of
from graphgrad._node import Node, State
from graphgrad._ops._packing import Unpack
from graphgrad._program import Program
from graphgrad._recording import Recording
from graphgrad._roles import Naming
from graphgrad._types import Array

__all__ = ["Observer", "observe", "record", "recorded"]

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
    with np.errstate(all="ignore"), program._fed(given):
        return recorded(program)


def recorded(
    program: Program,
    *,
    title: str = "",
    titles: Mapping[str, str] | None = None,
    naming: Naming | None = None,
) -> Recording:
    """Record the step of ``program`` on what its inputs hold now.

    ``title`` and ``titles`` say what the program and its scopes are called,
    ``naming`` what its equations are named after.

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
        naming=naming,
    )


def observe(
    program: Program,
    see: Callable[[Node, Array], Any],
    done: Callable[[], Any] | None = None,
) -> None:
    """Run the step of ``program`` once on what its inputs hold, to look at its values.

    ``see(node, array)`` is called for each node when its value has been computed. The
    array is the program's own, which it uses again: copy what is to be kept. ``done()``
    is called after the step, when state is as the step left it. Then all state is put
    back as it was, bit for bit, also after an error.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(lambda x: gg.tanh(x) + 1.0, gg.Spec((2,))))
    >>> program.inputs[0][:] = 0.0
    >>> found = {}
    >>> gg.recording.observe(program, lambda n, a: found.update({n.name: a.max()}))
    >>> float(found["tanh"]), float(found["add"])
    (0.0, 1.0)
    """
    Observer(program).run(see, done)


class Observer:
    """What `observe` does, again and again on one program.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(gg.exp, gg.Spec((1,))))
    >>> observer, found = gg.recording.Observer(program), []
    >>> for program.inputs[0][:] in (0.0, 1.0):
    ...     observer.run(lambda node, array: found.append((node.name, float(array[0]))))
    >>> [(name, round(value, 2)) for name, value in found]
    [('x', 0.0), ('exp', 1.0), ('x', 1.0), ('exp', 2.72)]
    """

    def __init__(self, program: Program) -> None:
        """Generate the step in a form that can be looked at."""
        self.program = program
        self._rounds = _Rounds(program)
        self._see: Callable[[Node, Array], Any] = _ignore
        self._step = program.noted(self._note, values=True)

    def run(
        self,
        see: Callable[[Node, Array], Any],
        done: Callable[[], Any] | None = None,
    ) -> None:
        """Run the step once, as `observe` does."""
        self._rounds = _Rounds(self.program)
        self._see = see
        kept = Kept(self.program)
        try:
            with np.errstate(all="ignore"):
                self._step()
            if done is not None:
                done()
        finally:
            self._see = _ignore
            kept.put_back()

    def _note(self, name: str, value: Any) -> None:
        whole = None if value is None else self._rounds.whole(name, value)
        if whole is not None:
            self._see(self.program.graph[name], np.asarray(whole))


def _ignore(node: Node, array: Array) -> None:
    """See nothing: between two runs, nobody looks."""


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
        self._rounds = _Rounds(program)
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
        whole = None if value is None else self._rounds.whole(name, value)
        if whole is not None:
            self.values[name] = np.array(whole)


class _Rounds:
    """Puts together what a loop computes in several rounds, over blocks of rows."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._rows: dict[str, int] = {}
        self._parts: dict[str, Array] = {}

    # In a loop, the next round may overwrite what this one has left.
    def whole(self, name: str, value: Array) -> Array | None:
        """Return the value of a node, if it is complete, given what is computed now."""
        plan, node = self._program.plan, self._program.graph[name]
        if plan is None or node not in plan.block:
            return value
        start = self._rows.get(name, 0)
        stop = self._rows[name] = start + len(value)
        if not start:
            self._parts[name] = np.empty(node.shape, node.dtype)
        self._parts[name][start:stop] = value
        return self._parts.pop(name) if stop == node.shape[0] else None
