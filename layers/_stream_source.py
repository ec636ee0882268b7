"""StreamSource: what puts the batches of a stream into the inputs of programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

import numpy as np

import graphgrad as gg
from graphgrad.layers._batches import Stream
from graphgrad.layers._data import Array
from graphgrad.layers._samples import Samples
from graphgrad.layers._sources import Look, ProgramFor

__all__ = ["StreamSource"]

# Kinds of batches whose programs a stream keeps at hand.
MAX_KINDS = 16


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
        # Of the batches so far the last one of the largest, by its rows.
        self._whole: tuple[int, gg.Program] | None = None

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

    @property
    def replays(self) -> bool:
        """Whether batches can be asked for by number, and nobody counts passes."""
        return self.stream.indexed and not self.stream.counts_passes

    def order(self, generator: np.random.Generator, *, within: bool) -> Array | None:
        """Return the batches in a new order, if they can be asked for by number."""
        if within or not self.stream.indexed:
            return None
        return generator.permutation(self.stream.length or 0)

    def begin(self, order: Array | None = None, at: int = 0) -> None:
        """Begin a pass, and leave out the batches before ``at``."""
        self.stream.begin(order)
        self._number = at
        for _ in repeat(None, at):
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
            self._programs[key] = self._program_for(self.size, batch, {})
        program = self._programs[key]
        for array, target in zip(batch.arrays, program.inputs, strict=True):
            np.copyto(target, array, casting="unsafe")
        if self._whole is None or self.size >= self._whole[0]:
            self._whole = self.size, program
        return program

    def again(self) -> gg.Program:
        """Return the program that has it: a stream gives no batch twice."""
        assert self._whole is not None, "a batch was loaded"
        return self._whole[1]

    def rest(self) -> Iterator[gg.Program]:
        """Check and copy all further batches, each when it is due."""
        while self.more():
            yield self.load()

    def renew(self) -> None:
        """Take the programs of the model as it is now, when they are needed."""
        seen = self._look()
        if seen is not self._seen:
            self._programs.clear()
            self._whole = None
        self._seen = seen

    def end(self) -> None:
        """Tell the stream that an epoch has ended."""
        self.stream.end()

    def let_go(self) -> None:
        """Do nothing: batches are copied."""
