"""What is taken: which numbers inputs and labels may be, as data that checks read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["KINDS", "Labels", "Values"]

Array = np.ndarray[Any, Any]
Shape = tuple[int | None, ...]

# What data may hold, by the first letter of its dtype's kind: all is read as float32.
KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float"}


@dataclass(frozen=True)
class Values:
    """Which finite numbers are taken: bounds, both included, whole or not.

    ``also`` are numbers that are taken besides. Or the numbers of a data set are all
    of one of the ``sets``. ``hint`` says what to do about others.

    >>> print(Values(0, 4, whole=True))
    whole numbers from 0 to 4
    >>> print(Values(low=0), "|", Values(sets=((-1, 1), (0, 1))), "|", Values())
    numbers at least 0 | -1 and 1, or 0 and 1 | finite numbers
    """

    low: float | None = None
    high: float | None = None
    whole: bool = False
    also: tuple[float, ...] = ()
    sets: tuple[tuple[float, ...], ...] = ()
    hint: str = ""

    def misfits(self, x: Array) -> Array | None:
        """Return where numbers are that are not taken, or None if all are.

        >>> Values(0, 1).misfits(np.array([0.5, 2.0]))
        array([False,  True])
        """
        if self.sets:
            bad = self._in_no_set(x)
        elif self._holds_all(x):
            return None
        else:
            bad = np.zeros(x.shape, bool)
            # What is no number is in no range.
            if self.low is not None:
                bad |= ~(x >= self.low)
            if self.high is not None:
                bad |= ~(x <= self.high)
            if self.whole and x.dtype.kind == "f":
                bad |= x != np.floor(x)
        for each in self.also:
            bad &= x != each
        return bad if bad.any() else None

    # By two numbers, without an array as large as the data; by none if all are taken.
    def _holds_all(self, x: Array) -> bool:
        if not x.size:
            return True
        if self.low is not None and not np.minimum.reduce(x, None) >= self.low:
            return False
        if self.high is not None and not np.maximum.reduce(x, None) <= self.high:
            return False
        fractions = self.whole and x.dtype.kind == "f"
        return not fractions or not np.count_nonzero(x != np.floor(x))

    def _in_no_set(self, x: Array) -> Array:
        inside = [np.isin(x, each) for each in self.sets]
        if any(each.all() for each in inside):
            return np.zeros(x.shape, bool)
        bad: Array = ~np.logical_or.reduce(inside)
        return bad if bad.any() else ~inside[0]

    @property
    def between(self) -> bool:
        """Whether there are two bounds, and any numbers between them."""
        return None not in (self.low, self.high) and not self.whole

    def told(self, noun: str = "whole numbers") -> str:
        """Return the numbers in words; ``noun`` is what whole ones are called."""
        if self.sets:
            return ", or ".join(
                " and ".join(f"{value:g}" for value in each) for each in self.sets
            )
        known = [each for each in (self.low, self.high) if each is not None]
        ends = [f"{x:.0f}" if float(x).is_integer() else f"{x:g}" for x in known]
        if self.whole:
            text = " ".join([noun, *(["from", " to ".join(ends)] if ends[1:] else [])])
            if len(ends) == 1:
                text += f", at {'least' if self.high is None else 'most'} {ends[0]}"
        elif self.between:
            text = f"between {ends[0]} and {ends[1]}"
        elif ends:
            text = f"at {'least' if self.high is None else 'most'} {ends[0]}"
        else:
            text = "finite numbers"
        return ", or ".join([text, *(f"{each:g}" for each in self.also)])

    def __str__(self) -> str:
        """Say it in words."""
        text = self.told()
        return f"numbers {text}" if text.startswith(("at ", "between ")) else text


@dataclass(frozen=True)
class Labels:
    """What a loss compares with a model's output: what labels are, and their shape.

    ``kind`` is one of binary, one-hot, shares, class numbers, sides, counts, numbers
    and any. The ``shape`` has None for the batch; it is None as a whole if the loss
    takes labels of several shapes. ``classes`` is how many there are, if there are any.

    >>> import graphgrad as gg
    >>> gg.losses.SparseCategoricalCrossentropy().labels((None, 3)).classes
    3
    """

    loss: str
    kind: str
    shape: Shape | None
    values: Values
    classes: int | None = None

    @property
    def of_classes(self) -> bool:
        """Whether each label is that of a class, so that labels can be counted."""
        return self.classes is not None and self.kind not in ("one-hot", "shares")
