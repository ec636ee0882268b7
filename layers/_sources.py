"""Sources: what puts batch after batch into the inputs of programs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

import graphgrad as gg
from graphgrad.layers._batches import Stream
from graphgrad.layers._data import Array, Rows, gather
from graphgrad.layers._samples import Samples

__all__ = ["ArraySource", "Source", "StreamSource"]

# The program for a batch of so many rows, with these labels, weighted or not.
ProgramFor = Callable[[int, Samples], gg.Program]

# What a model is made of now; as long as it is the same, so are the programs.
Look = Callable[[], object]

# Kinds of batches whose programs a stream keeps at hand.
MAX_KINDS = 16


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

    def order(self, generator: np.random.Generator, *, within: bool) -> Array | None:
        """Return a new order for a pass; ``within`` batches alone, if that is so."""
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


class ArraySource:
    """Batches of arrays; a last, smaller batch has a program of its own."""

    def __init__(
        self, samples: Samples, batch: int, program_for: ProgramFor, look: Look
    ) -> None:
        """Get the one or two programs that the number of rows needs."""
        self.count = len(samples)
        self.batch = min(batch, self.count)
        self.size = 0
        self._rows = self._order = samples.rows
        self._next = self.count
        self._samples = samples
        self._program_for = program_for
        self._look = look
        self._seen: object = None
        self.programs: dict[int, gg.Program] = {}
        self._gathers: dict[int, list[Rows]] = {}
        self.renew()

    def renew(self) -> None:
        """Take the programs of the model as it is now."""
        seen = self._look()
        if seen is self._seen:
            return
        for size in {self.batch, self.count % self.batch or self.batch}:
            program = self._program_for(size, self._samples)
            if program is not self.programs.get(size):
                self.programs[size] = program
                pairs = zip(self._samples.arrays, program.inputs, strict=True)
                self._gathers[size] = [gather(data, own) for data, own in pairs]
        self._seen = seen

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

    def order(self, generator: np.random.Generator, *, within: bool) -> Array:
        """Return the rows in a new order, all or within their batches."""
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
        self._order = order if rows is None or order is None else rows[order]
        if order is None:
            self._order = rows
        self._next = at * self.batch

    def more(self) -> bool:
        """Return whether the pass has another batch."""
        return self._next < self.count

    def load(self) -> gg.Program:
        """Copy the next rows into the program of their number."""
        return next(self.rest())

    def rest(self) -> Iterator[gg.Program]:
        """Copy rows and rows into the programs of their numbers, to the end."""
        order, arrays = self._order, self._samples.arrays
        batch, count = self.batch, self.count
        for start in range(self._next, count, batch):
            stop = self._next = min(start + batch, count)
            self.size = size = stop - start
            program = self.programs[size]
            if order is None:
                for target, data in zip(program.inputs, arrays, strict=True):
                    target[...] = data[start:stop]
            else:
                index = order[start:stop]
                for take in self._gathers[size]:
                    take(index)
            yield program

    def end(self) -> None:
        """Do nothing: arrays stay as they are."""


class StreamSource:
    """Batches of a stream, each checked as arrays are before its step runs."""

    def __init__(
        self,
        stream: Stream,
        convert: Callable[[object, int], Samples],
        program_for: ProgramFor,
        look: Look,
    ) -> None:
        """Keep ``convert``, which checks a batch, given its number."""
        self.stream = stream
        self.size = 0
        self._convert = convert
        self._program_for = program_for
        self._look = look
        self._seen: object = None
        self._number = 0
        self._programs: dict[object, gg.Program] = {}

    @property
    def steps(self) -> int | None:
        """The batches of a pass, if their number is known."""
        return self.stream.length

    @property
    def samples(self) -> None:
        """The samples of a pass: unknown."""

    @property
    def once(self) -> bool:
        """Whether there is one pass alone, as over a generator."""
        return self.stream.once

    def order(self, generator: np.random.Generator, *, within: bool) -> Array | None:
        """Return the batches in a new order, if they can be asked for by number."""
        if within or not self.stream.indexed:
            return None
        return generator.permutation(self.stream.length or 0)

    def begin(self, order: Array | None = None, at: int = 0) -> None:
        """Begin a pass, and leave out the batches before ``at``."""
        self.stream.begin(order)
        self._number = at
        for _ in itertools.repeat(None, at):
            if self.stream.more():
                self.stream.next()

    def more(self) -> bool:
        """Return whether the pass has another batch."""
        return self.stream.more()

    def load(self) -> gg.Program:
        """Check the next batch and copy it into the program that takes such ones."""
        batch = self._convert(self.stream.next(), self._number)
        self._number += 1
        self.size = len(batch)
        kind = tuple(array.shape for array in batch.arrays)
        key = (kind, batch.weight is not None)
        if key not in self._programs:
            if len(self._programs) >= MAX_KINDS:
                self._programs.clear()
            self._programs[key] = self._program_for(self.size, batch)
        program = self._programs[key]
        for array, target in zip(batch.arrays, program.inputs, strict=True):
            np.copyto(target, array, casting="unsafe")
        return program

    def rest(self) -> Iterator[gg.Program]:
        """Check and copy all further batches, each when it is due."""
        while self.more():
            yield self.load()

    def renew(self) -> None:
        """Take the programs of the model as it is now, when they are needed."""
        seen = self._look()
        if seen is not self._seen:
            self._programs.clear()
        self._seen = seen

    def end(self) -> None:
        """Tell the stream that an epoch has ended."""
        self.stream.end()
