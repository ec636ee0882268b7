"""BatchClock: says when so many batches have passed, across epochs."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["BatchClock"]


class BatchClock:
    """Strikes every ``every`` batches; never if that is not a number.

    It is told the numbers of the batches in their epoch, of which some may be left out
    where several steps are taken at once.

    >>> clock = BatchClock(2)
    >>> [clock.strikes(batch) for batch in (0, 1, 2, 0, 1)]
    [False, True, False, True, False]
    """

    def __init__(self, every: int | str) -> None:
        """Start at 0."""
        self.every = every
        self._since = 0
        self._last = -1

    def get_state(self) -> list[int]:
        """Return where it stands."""
        return [self._since, self._last]

    def set_state(self, state: Sequence[int]) -> None:
        """Go on from there."""
        self._since, self._last = state

    def strikes(self, batch: int) -> bool:
        """Count up to ``batch``, and return whether it is time."""
        if not isinstance(self.every, int):
            return False
        self._since += batch - self._last if batch > self._last else batch + 1
        self._last = batch
        if self._since < self.every:
            return False
        self._since = 0
        return True
