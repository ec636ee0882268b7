"""Sources: what puts batch after batch into the inputs of programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

import numpy as np

import graphgrad as gg
from graphgrad.layers._data import Array, Rows, gather
from graphgrad.layers._samples import Samples

__all__ = ["ArraySource", "Look", "ProgramFor", "Source"]

# Arrays that a program reads where they lie, by the input that they are.
Lent = dict[int, Array]

# The program for a batch of so many rows, with these labels, weighted or not.
ProgramFor = Callable[[int, Samples, Lent], gg.Program]

# What a model is made of now; as long as it is the same, so are the programs.
Look = Callable[[], object]

# As many batches are gathered together if each has SMALL bytes at most: to gather a few
# rows takes twice as long as to copy them.
TOGETHER, SMALL = 16, 1 << 12

# Batches of more bytes, in float32, are read where they lie and not copied. For smaller
# ones, a copy takes less time than to say where they lie, and no memory to speak of.
LARGE = 1 << 20


class Source(Protocol):
    """What a loop needs: passes over batches, each put into a program to be run."""

    # Rows of the batch that was loaded last.
    size: int

    @property
    def steps(self) -> int | None:
        """The batches of a pass, if their number is known."""
        ...

    @property
    def samples(self) -> int | None:
        """The samples of a pass, if their number is known."""
        ...

    @property
    def once(self) -> bool:
        """Whether there is one pass alone."""
        ...

    @property
    def replays(self) -> bool:
        """Whether a pass in the same order gives the same batches again."""
        ...

    def order(self, generator: np.random.Generator, *, within: bool) -> Array | None:
        """Return a new order for a pass; ``within`` batches alone, if that is so.

        None says that the order stays.
        """
        ...

    def begin(self, order: Array | None = None, at: int = 0) -> None:
        """Begin a pass at the batch ``at``."""
        ...

    def more(self) -> bool:
        """Return whether the pass has another batch."""
        ...

    def load(self) -> gg.Program:
        """Put the next batch into the program that takes it."""
        ...

    def rest(self) -> Iterator[gg.Program]:
        """Load all further batches of the pass, one after the other."""
        ...

    def renew(self) -> None:
        """Take the programs of the model as it is now."""
        ...

    def end(self) -> None:
        """Say that an epoch has ended."""
        ...

    def again(self) -> gg.Program:
        """Have the last whole batch, of as many rows as any, in its program again."""
        ...

    def let_go(self) -> None:
        """Let programs hold nothing of the data any more."""
        ...


class _Group(NamedTuple):
    """Batches whose rows are gathered together; each is copied when it is due.

    A batch alone is gathered into the program's inputs, and there is nothing to copy.
    """

    rows: int
    gathers: list[Rows]
    batches: list[tuple[int, gg.Program, list[tuple[Array, Array]]]]


class ArraySource:
    """Batches of arrays; a last, smaller batch has a program of its own."""

    def __init__(
        self,
        samples: Samples,
        batch: int,
        program_for: ProgramFor,
        look: Look,
        *,
        in_order: bool = False,
    ) -> None:
        """Get the one or two programs that the number of rows needs.

        Batches that are taken ``in_order`` are runs of rows, and need no copy.
        """
        self.count = len(samples)
        self.batch = min(batch, self.count)
        self.size = 0
        self._rows = self._order = samples.rows
        self._next = self.count
        self._samples = samples
        self._in_order = in_order and samples.rows is None
        self._program_for = program_for
        self._look = look
        self._seen: object = None
        self.programs: dict[int, gg.Program] = {}
        # Groups of as many batches as are gathered at a time, and the last one.
        self._groups: tuple[_Group, _Group] | None = None
        # The first row of the group that was gathered last, in the order of this pass.
        self._held: int | None = None
        self.renew()

    def renew(self) -> None:
        """Take the programs of the model as it is now."""
        seen = self._look()
        if seen is self._seen:
            return
        sizes = {self.batch, self.count % self.batch or self.batch}
        programs = {size: self._program(size) for size in sizes}
        if programs != self.programs:
            self.programs, self._groups = programs, None
            self._held = None
        self._seen = seen

    def _program(self, size: int) -> gg.Program:
        lent = self._lent(size) if self._in_order else {}
        return self._program_for(size, self._samples, lent)

    # The first rows of arrays that are large, and lie as a program would lay them.
    def _lent(self, size: int) -> Lent:
        found = {}
        for i, array in enumerate(self._samples.arrays):
            flags = array.flags
            plain = flags.c_contiguous and flags.aligned and array.dtype.isnative
            if plain and array.dtype.char not in "eg" and 4 * array[:size].size > LARGE:
                found[i] = array[:size]
        return found

    @property
    def steps(self) -> int:
        """The batches of a pass."""
        return -(-self.count // self.batch)

    @property
    def samples(self) -> int:
        """The samples of a pass."""
        return self.count

    @property
    def once(self) -> bool:
        """Whether there is one pass alone: no."""
        return False

    @property
    def replays(self) -> bool:
        """Whether a pass in the same order gives the same batches again: yes."""
        return True

    def order(self, generator: np.random.Generator, *, within: bool) -> Array | None:
        """Return the rows in a new order, all or within their batches.

        What is read where it lies stays in its order.
        """
        if any(program.lent for program in self.programs.values()):
            return None
        if not within:
            return generator.permutation(self.count)
        starts = range(0, self.count, self.batch)
        stops = [min(start + self.batch, self.count) for start in starts]
        parts = [
            start + generator.permutation(stop - start)
            for start, stop in zip(starts, stops, strict=True)
        ]
        return np.concatenate(parts)

    def begin(self, order: Array | None = None, at: int = 0) -> None:
        """Begin a pass at the batch ``at``, over the rows in ``order``."""
        rows = self._rows
        if order is None or rows is None:
            self._order = rows if order is None else order
        else:
            self._order = rows[order]
        self._next = at * self.batch
        self._held = None

    def more(self) -> bool:
        """Return whether the pass has another batch."""
        return self._next < self.count

    def load(self) -> gg.Program:
        """Copy the next rows into the program of their number."""
        return next(self.rest())

    def rest(self) -> Iterator[gg.Program]:
        """Copy rows and rows into the programs of their numbers, to the end."""
        order = self._order
        return self._in_place() if order is None else self._gathered(order)

    def _lend(self, program: gg.Program, start: int, stop: int) -> None:
        parts = [array[start:stop] for array in self._samples.arrays]
        program.lend({i: parts[i] for i in program.lent})
        for i, part in enumerate(parts):
            if i not in program.lent:
                program.inputs[i][...] = part

    def again(self) -> gg.Program:
        """Copy its rows, or lend them: others may have used the program since."""
        stop = max(self._next // self.batch, 1) * self.batch
        program, order = self.programs[self.batch], self._order
        if order is None:
            self._lend(program, stop - self.batch, stop)
            return program
        rows = order[stop - self.batch : stop]
        for data, target in zip(self._samples.arrays, program.inputs, strict=True):
            gather(data, target)(rows)
        return program

    def end(self) -> None:
        """Do nothing: arrays stay as they are."""

    def let_go(self) -> None:
        """Take back what was lent."""
        for program in self.programs.values():
            if program.lent:
                program.lend({})

    # ---- loading ---------------------------------------------------------------------

    def _in_place(self) -> Iterator[gg.Program]:
        arrays, count = self._samples.arrays, self.count
        for start in range(self._next, count, self.batch):
            stop = self._next = min(start + self.batch, count)
            self.size = stop - start
            program = self.programs[self.size]
            if program.lent:
                self._lend(program, start, stop)
            else:
                for target, data in zip(program.inputs, arrays, strict=True):
                    target[...] = data[start:stop]
            yield program

    def _gathered(self, order: Array) -> Iterator[gg.Program]:
        whole, last = self._groups = self._groups or self._grouped()
        first = self._next // whole.rows * whole.rows
        for start in range(first, self.count, whole.rows):
            group = whole if start + whole.rows <= self.count else last
            if start != self._held:
                index = order[start : start + group.rows]
                for take in group.gathers:
                    take(index)
                self._held = start
            taken = -(-(self._next - start) // self.batch)
            for size, program, copies in group.batches[taken:]:
                for target, part in copies:
                    target[...] = part
                self.size = size
                self._next += size
                yield program

    def _grouped(self) -> tuple[_Group, _Group]:
        nbytes = sum(each.nbytes for each in self.programs[self.batch].inputs)
        many = min(TOGETHER, self.count // self.batch) if nbytes <= SMALL else 1
        rows = many * self.batch
        return self._group(rows), self._group(self.count % rows or rows)

    def _group(self, rows: int) -> _Group:
        starts = range(0, rows, self.batch)
        sizes = [min(self.batch, rows - start) for start in starts]
        programs = [self.programs[size] for size in sizes]
        gathered: Sequence[Array] = programs[0].inputs
        copies: list[list[tuple[Array, Array]]] = [[]]
        if len(sizes) > 1:
            gathered = [np.empty((rows, *e.shape[1:]), e.dtype) for e in gathered]
            copies = [
                [
                    (target, room[start : start + len(target)])
                    for target, room in zip(program.inputs, gathered, strict=True)
                ]
                for start, program in zip(starts, programs, strict=True)
            ]
        pairs = zip(self._samples.arrays, gathered, strict=True)
        takes = [gather(data, target) for data, target in pairs]
        return _Group(rows, takes, list(zip(sizes, programs, copies, strict=True)))
