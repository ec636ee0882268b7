"""Search: which step, and which of its operations, first was not finite."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

import graphgrad as gg
from graphgrad.layers._data import Array, is_modest
from graphgrad.layers._kept_state import KeptState
from graphgrad.layers._sites import layer_titles
from graphgrad.layers._sources import Source

if TYPE_CHECKING:
    from graphgrad.layers._probe import Probe
    from graphgrad.sites import Site

__all__ = ["Found", "Search", "restored", "sited", "told"]

# The state is copied when so many steps have run since the last copy: then that takes
# no time that anybody would notice, whatever its size.
OFTEN = 256

# Unasked, no more memory than this is taken for it.
LARGE = 1 << 26

Logs = dict[str, Any]
Run = Callable[[gg.Program], None]


# Where steps begin: the epoch, the order of the data, the batch of the pass over them,
# and that of the epoch.
Pass = tuple[int, Array | None, int, int]


class Found(NamedTuple):
    """What a search found: the step, or why there is none."""

    site: Site | None = None
    epoch: int = 0
    step: int = 0
    why_not: str = ""


class _Trial:
    """Steps that are run again, and do not count; whether what they change is kept."""

    def __init__(self) -> None:
        self.keeps = False
        self.runs: dict[gg.Program, int] = {}

    def run(self, program: gg.Program) -> None:
        """Run a step."""
        self.runs.setdefault(program, program.runs)
        program.run()


class Search:
    """Keeps what is needed to run the steps of a training once more, and does so.

    By the law that one seed gives the same bits, the state at the beginning of an epoch
    and the order of its samples are enough: a step costs nothing. Where batches cannot
    be asked for again, or callbacks may change the model between them, each step is
    looked at if the user asked for more than a warning.
    """

    def __init__(
        self,
        model: Any,
        source: Source,
        how: str,
        *,
        probes: Sequence[Probe] = (),
        alone: bool = True,
        watched: bool = False,
    ) -> None:
        """Keep nothing yet; ``alone`` no callbacks can change anything."""
        self.how = how
        self.model = model
        self.source = source
        self.asked = how in ("raise", "restore")
        # Whether each step is looked at, with the state before it at hand.
        self.each = self.asked and (watched or not source.replays)
        self._keeps = how != "ignore" and source.replays and not self.each
        self._alone = alone
        self._probes = probes
        self._state: KeptState | None = None
        self._seen: object = None
        self._passes: list[Pass] = []
        self._counts: list[int] = []
        self._steps = self._within = self._size = 0
        self._found: Found | None = None

    # ---- while all is well -----------------------------------------------------------

    def begin(self, epoch: int, order: Array | None, at: int, first: int) -> None:
        """Be told that an epoch begins at a batch of a pass over the data."""
        if self._keeps:
            if self._is_due() or not self._alone or not self._passes:
                self._keep()
            kept = None if order is None else _narrow(order)
            self._passes.append((epoch, kept, at, first))
            self._size += 0 if kept is None else kept.nbytes
        elif self.each:
            self._within = 0
            self._passes = [(epoch, order, at, first)]

    def ran(self, steps: int) -> None:
        """Be told how many steps have run since."""
        self._counts.append(steps)
        self._steps += steps

    # The orders of the epochs since the last copy take memory as well.
    def _is_due(self) -> bool:
        return self._steps >= OFTEN or self._size > LARGE

    def _keep(self) -> None:
        seen, state = self.model.seen(), self._state
        if seen is not self._seen:
            self._state, self._seen = self._copied(), seen
        elif self._is_due():
            if state is not None:
                state.take()
        elif state is None or not state.changed_by_others(self._steps):
            return
        else:
            state.take()
        self._passes, self._counts, self._steps, self._size = [], [], 0, 0

    def _copied(self) -> KeptState | None:
        variables = list(_variables(self.model, self._probes))
        size = sum(each.cell.array.nbytes for each in variables)
        return KeptState(variables) if self.asked or size <= LARGE else None

    def watching(self, run: Run) -> Run:
        """Return what runs a step, and looks at it if each is to be looked at."""
        if not self.each:
            return run

        def look(program: gg.Program) -> None:
            seen = self.model.seen()
            if self._state is None or self._seen is not seen:
                self._state, self._seen = self._copied(), seen
            else:
                self._state.take()
            run(program)
            if self._found is None and self._is_bad():
                self._found = self._recorded(program, self._passes[-1], self._within)
                self.model.stop_training = True
            self._within += 1

        return look

    # ---- when something is wrong -----------------------------------------------------

    def suspects(self, logs: Logs, *, weights: bool) -> bool:
        """Return whether the loss is not finite, or a weight, if that is asked."""
        if self.how == "ignore":
            return False
        if self._found is not None or not math.isfinite(logs["loss"]):
            return True
        return weights and not _are_finite(self.model.trainable_weights)

    def find(self) -> Found:
        """Find the step, and leave the state as it is now, or was before that step."""
        if self._found is not None:
            return self._found
        why_not = self._why_not()
        try:
            return Found(why_not=why_not) if why_not else self._replayed()
        except MemoryError:
            return Found(why_not="There is no memory to keep what a step computes")

    def blame(self, error: gg.GraphgradError, steps: int) -> None:
        """Give an error after so many steps of an epoch the site that they lead to."""
        if self._passes and not self.each:
            self.ran(steps - self._passes[-1][-1])
        error.site = self.find().site or error.site

    def _why_not(self) -> str:
        if not self.source.replays:
            return (
                "Its batches cannot be asked for again; with on_nonfinite='raise' or "
                "'restore' fit looks at every step, and says which operation it was"
            )
        if self._state is None:
            return (
                "The state is too large to be copied unasked; with on_nonfinite="
                "'raise' or 'restore' fit says which operation it was"
            )
        others = self._state.changed_by_others(self._steps)
        if others:
            return (
                f"Something else than training wrote {', '.join(others[:3])} "
                "meanwhile, a callback perhaps; with on_nonfinite='raise' or 'restore' "
                "and a hook for batches fit looks at every step"
            )
        return ""

    def _replayed(self) -> Found:
        assert self._state is not None, "there is a state to begin with"
        with self._unchanged() as trial, np.errstate(all="ignore"):
            self._state.put_back()
            before = KeptState(_variables(self.model, self._probes))
            for each, count in zip(self._passes, self._counts, strict=True):
                if each[-1] == 0:
                    self.model.reset_metrics()
                self.source.begin(*each[1:3])
                for step, program in enumerate(islice(self.source.rest(), count)):
                    before.take()
                    trial.run(program)
                    if not self._is_bad():
                        continue
                    self._state = before
                    found = self._recorded(program, each, step)
                    trial.keeps = self.how == "restore"
                    return found
        return Found(
            why_not="The same steps, run again from the copy of the state, stayed "
            "finite: the data gave other numbers, or a callback changed something"
        )

    # The state and the counts of runs, as they are now; the data go on where they were.
    @contextmanager
    def _unchanged(self) -> Iterator[_Trial]:
        now, trial = KeptState(_variables(self.model, self._probes)), _Trial()
        try:
            yield trial
        finally:
            if not trial.keeps:
                now.put_back()
            for program, count in trial.runs.items():
                program.runs = count
            _, order, at, _ = self._passes[-1]
            self.source.begin(order, at + self._counts[-1])
            self.source.let_go()

    # The batch is in the program's inputs; the state kept is that before the step.
    def _recorded(self, program: gg.Program, where: Pass, step: int) -> Found:
        from graphgrad.layers._culprit import culprit

        assert self._state is not None, "the state before the step is known"
        after = KeptState(_variables(self.model, self._probes))
        self._state.put_back()
        site = culprit(gg.recording.recorded(program))
        if site is not None:
            site = replace(site, titles=layer_titles(self.model))
        if self.how != "restore":
            after.put_back()
        number = where[-1] + step + 1
        why_not = "" if site else f"It was step {number}: the backend tells no more"
        return Found(site, where[0], number, why_not)

    def _is_bad(self) -> bool:
        loss = self.model.loss_tracker.result()
        return not np.isfinite(loss).all() or not _are_finite(
            self.model.trainable_weights
        )


# The numbers in an order are below their count: most fit into half of the memory.
def _narrow(order: Array) -> Array:
    fits = len(order) <= np.iinfo(np.int32).max
    return order.astype(np.int32) if fits else order


def _variables(model: Any, probes: Iterable[Any]) -> Iterator[gg.Variable]:
    # How many passes have begun no step knows, and none is begun twice.
    yield from (each for each in model.variables if each is not model._order)
    yield from model.optimizer.variables
    for metric in (model.loss_tracker, *model.metrics, *model.weighted_metrics):
        yield from metric.variables
    for probe in probes:
        yield from getattr(probe, "variables", ())


def _are_finite(weights: Iterable[gg.Variable]) -> bool:
    homes = dict.fromkeys(each.cell.home or each.cell for each in weights)
    return all(
        is_modest(cell.array) or bool(np.isfinite(cell.array).all()) for cell in homes
    )


# ---- what is said of it --------------------------------------------------------------

Told = TypeVar("Told", gg.NonFiniteError, gg.NonFiniteWarning)


def told(found: Found, loss: Any, epoch: int) -> str:
    """Write what is not finite, where that began, and the way out."""
    what = f"loss is {loss} in epoch {epoch + 1}"
    if np.isfinite(loss).all():
        what = (
            f"weights are not finite after epoch {epoch + 1}, though its loss is {loss}"
        )
    if found.site is None:
        from graphgrad.layers._culprit import TOO_LARGE

        return f"{what}: {TOO_LARGE}. {found.why_not}"
    from graphgrad.layers._culprit import sentence

    when = f"step {found.step}"
    if found.epoch != epoch:
        when = f"{when} of epoch {found.epoch + 1}"
    return f"{what}: in {when}, {sentence(found.site)}"


def restored(found: Found, weights: Iterable[gg.Variable]) -> str:
    """Write how the state is that was put back; nothing where none was found.

    Weights may be finite, and have grown for steps: then they are no use.
    """
    if not found.step:
        return ""
    sizes = [float(np.abs(each.cell.array).max(initial=0)) for each in weights]
    largest = max(sizes, default=0.0)
    text = (
        f". The state is that before step {found.step} again, the epoch's loss that "
        f"of the steps until then; the largest weight is {largest:.3g}"
    )
    if largest > _GROWN:
        text += (
            ": they had grown before, so that only an earlier state is of use: keep "
            "the best, with ModelCheckpoint(path, monitor='loss', save_best_only=True)"
        )
    return text


# A weight of this size is one that has run away.
_GROWN = 1e4


def sited(message: Told, found: Found) -> Told:
    """Give an error or a warning the site that was found."""
    message.site = found.site
    return message
