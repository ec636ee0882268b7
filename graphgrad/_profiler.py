"""Profiler: runs of a program, with a clock after every instruction."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphgrad._measuring import Kept, is_idle, operations, program_of
from graphgrad._node import Node
from graphgrad._profile import Profile
from graphgrad._program import Program
from graphgrad._roles import Naming

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Profiler", "profile"]

# Without a number of steps, a profile takes about so long, within these bounds.
SECONDS = 1.0
LEAST, MOST = 10, 200

# Looks at the clock from which it is known how long one takes.
LOOKS = 2000

_now = time.perf_counter_ns


class Profiler:
    """Measures runs of one program, each once with and once without the clock.

    For loops of one's own, which put other data into ``program.inputs`` before each
    run; `profile` is that loop for one set of arrays. When the block ends, however it
    ends, all state that the program writes is put back, and so is its count of runs.

    >>> import graphgrad as gg
    >>> program = gg.Program(gg.trace(lambda x: x + 1, gg.Spec((1,))))
    >>> with gg.profiling.Profiler(program, steps=3) as profiler:
    ...     while profiler.goes_on():
    ...         program.inputs[0][:] = 2.0
    ...         profiler.run()
    >>> profiler.profile().runs, program.runs
    (3, 0)
    """

    def __init__(self, program: Program, steps: int | None = None) -> None:
        """Be ready to run ``steps`` times, or for about a second."""
        if steps is not None and (isinstance(steps, bool) or not _is_count(steps)):
            raise ValueError(f"steps is a whole number of at least 1, got {steps!r}")
        self.program = program
        self.steps = steps
        self.runs = 0
        self._marks: list[Any] = []
        self._noted = program.noted(_noting(self._marks))
        self._clock = _price(self._marks)
        self._whole: list[int] = []
        self._spent: dict[str, list[float]] = {n.name: [] for n in program.graph.nodes}
        self._until = 0.0
        self._kept: Kept | None = None

    def __enter__(self) -> Self:
        """Copy the state that the program may write."""
        self._kept = Kept(self.program)
        return self

    def __exit__(self, *_: object) -> None:
        """Put it back."""
        assert self._kept is not None, "a block that ends has begun"
        self._kept.put_back()

    def goes_on(self) -> bool:
        """Return whether more runs are due."""
        if self.steps is not None:
            return self.runs < self.steps
        if not self.runs:
            return True
        late = time.perf_counter() > self._until
        return self.runs < LEAST or (self.runs < MOST and not late)

    def run(self) -> None:
        """Run the program twice, and note the times; the first time also to warm up."""
        if not self.runs:
            self.program.run()
            self._run_noted()
            self._until = time.perf_counter() + SECONDS
        # Who comes second finds the caches filled.
        for noted in (False, True) if self.runs % 2 else (True, False):
            if noted:
                self._take(self._run_noted())
            else:
                start = _now()
                self.program.run()
                self._whole.append(_now() - start)
        self.runs += 1

    def _run_noted(self) -> list[Any]:
        marks = self._marks
        marks.clear()
        marks += ("", _now())
        self._noted()
        return marks

    # A node may be noted several times in a run: its times are added.
    def _take(self, marks: list[Any]) -> None:
        times = marks[1::2]
        run = dict.fromkeys(self._spent, 0.0)
        for name, start, end in zip(marks[2::2], times, times[1:], strict=False):
            run[name] += end - start - self._clock
        for name, spent in run.items():
            self._spent[name].append(spent)

    def profile(
        self,
        *,
        loading: list[int] | None = None,
        title: str = "",
        titles: Mapping[str, str] | None = None,
        naming: Naming | None = None,
    ) -> Profile:
        """Return the medians of the runs so far; ``loading`` are further times, in ns.

        ``title`` and ``titles`` say what the program and its scopes are called,
        ``naming`` what its equations are named after.
        """
        times = {node: self._time(node) for node in self.program.graph.operations}
        nodes = operations(self.program, times, self.runs)
        return Profile(
            self.program,
            nodes,
            runs=self.runs,
            step_us=float(np.median(self._whole)) / 1e3,
            fastest_us=min(self._whole) / 1e3,
            clock_us=self._clock / 1e3,
            loading_us=float(np.median(loading)) / 1e3 if loading else None,
            title=title,
            titles=titles,
            naming=naming,
        )

    # In microseconds; what is measured of nothing is noise.
    def _time(self, node: Node) -> float:
        if is_idle(self.program.plan, node):
            return 0.0
        return max(float(np.median(self._spent[node.name])) / 1e3, 0.0)


# Numbers and names, one after the other: no containers, which the garbage collector
# would count and then go through in the middle of a run.
def _noting(marks: list[Any]) -> Callable[[str], None]:
    append, now = marks.append, _now

    def note(name: str) -> None:
        append(name)
        append(now())

    return note


def _price(marks: list[Any]) -> float:
    """Return how many nanoseconds go by between two notes with nothing between."""
    marks.clear()
    deque(map(_noting(marks), [""] * LOOKS), maxlen=0)
    return float(np.median(np.diff(marks[1::2])))


def profile(thing: Any, *arrays: Any, steps: int | None = None) -> Profile:
    """Run a program or a function of `jit` on ``arrays``, and return what it takes.

    It runs ``steps`` times with a clock after each instruction, and as often without;
    if not given, for about a second, and 10 times at least. State is left as it was,
    so that nothing has been trained, counted or drawn. ``model.profile`` does this for
    a model and its data.

    >>> import graphgrad as gg
    >>> fast = gg.jit(lambda x: x @ x)
    >>> profile = gg.profiling.profile(fast, [[1.0, 2.0], [3.0, 4.0]], steps=5)
    >>> profile["matmul"].flops, profile["matmul"].shape, profile.runs
    (16, (2, 2), 5)
    """
    program, given = program_of(thing, arrays, "a profile", "model.profile(x, y)")
    program._check(given)
    profiler = Profiler(program, steps)
    with np.errstate(all="ignore"), program._fed(given), profiler:
        while profiler.goes_on():
            profiler.run()
    return profiler.profile()


def _is_count(steps: Any) -> bool:
    return isinstance(steps, int | np.integer) and bool(steps >= 1)
