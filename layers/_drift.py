"""Drift: which inputs lie outside of the ranges of those of training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

import graphgrad as gg
from graphgrad.layers._data import Array, DataError
from graphgrad.layers._frames import row_label
from graphgrad.layers._ranges import Ranges, as_read
from graphgrad.layers._warning import ContractWarning

__all__ = ["Drift", "DriftMeter", "DriftWarning", "FeatureDrift", "known_ranges"]

# Features of which messages speak.
_SHOWN = 5


class DriftWarning(ContractWarning):
    """Inputs lie outside of the ranges of those that the model was trained on."""


@dataclass(frozen=True)
class FeatureDrift:
    """How far a feature, numbered along the last axis, lies outside of its range.

    ``low`` and ``high`` are those of training, ``least`` and ``largest`` those that
    came; ``outside`` numbers lie outside, the first of them in ``row``. ``far`` is how
    far the farthest does, in standard deviations of training: infinite for a feature
    that never varied. ``name`` is that of the column, if the model knows it, and
    ``label`` what the index of a frame calls the row, where that says more.

    >>> FeatureDrift(0, 0.0, 1.0, 0.0, 3.0, outside=1, row=4, far=8.0).row
    4
    """

    feature: int
    low: float
    high: float
    least: float
    largest: float
    outside: int
    row: int
    far: float
    name: str | None = None
    label: str | None = None

    def __str__(self) -> str:
        """Say it in words."""
        named = "" if self.name is None else f" ({self.name!r})"
        way = f"{self.far:.3g} std beyond" if np.isfinite(self.far) else "beyond"
        often = "once" if self.outside == 1 else f"{self.outside:,} times, first"
        return (
            f"feature {self.feature}{named} from {self.least:.4g} to "
            f"{self.largest:.4g}, {way} {self.low:.4g} to {self.high:.4g} "
            f"({often} in row {self.label or self.row})"
        )


@dataclass(frozen=True)
class Drift:
    """The features that lie outside of their ranges, the farthest first; false if none.

    ``rows`` is how many samples were looked at, ``rows_outside`` how many of them have
    a number outside.

    >>> bool(Drift(rows=3, rows_outside=0, features=())), str(Drift(3, 0, ()))
    (False, 'all 3 rows lie within the ranges of training')
    """

    rows: int
    rows_outside: int
    features: tuple[FeatureDrift, ...]

    def __bool__(self) -> bool:
        """Whether anything lies outside."""
        return bool(self.features)

    def labelled(self, x: Any) -> Drift:
        """Return it with what the index of the frame ``x`` calls the rows.

        >>> Drift(3, 0, ()).labelled([[1.0]])
        Drift(rows=3, rows_outside=0, features=())
        """
        found = [replace(e, label=row_label(x, e.row)) for e in self.features]
        return replace(self, features=tuple(found))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values, fit for JSON; an infinite distance is None."""
        found = asdict(self)
        found["features"] = [
            {**each, "far": each["far"] if np.isfinite(each["far"]) else None}
            for each in found["features"]
        ]
        return found

    def __str__(self) -> str:
        """Return a line for all, and one for each of the first features."""
        if not self:
            return f"all {self.rows:,} rows lie within the ranges of training"
        rows = f"{self.rows_outside:,} of {self.rows:,} rows"
        lines = [f"{rows} lie outside of the ranges of training:"]
        lines += map(str, self.features[:_SHOWN])
        more = len(self.features) - _SHOWN
        if more > 0:
            lines.append(f"and {more:,} more {'feature' if more == 1 else 'features'}")
        return "\n  ".join(lines)


class DriftMeter:
    """Compares rows with the ranges of training as they pass, and keeps none of them.

    >>> meter = DriftMeter(Ranges(2, (0.0,), (1.0,), (0.5,), (0.5,)))
    >>> meter.add(np.array([[0.5], [2.0]]))
    >>> print(meter.drift())
    1 of 2 rows lie outside of the ranges of training:
      feature 0 from 0.5 to 2, 2 std beyond 0 to 1 (once in row 1)
    """

    def __init__(self, seen: Ranges, names: Sequence[str] | None = None) -> None:
        """Begin; ``names`` are those of the features."""
        self._seen = seen
        self._names = names
        self._low, self._high = np.array(seen.low), np.array(seen.high)
        self._rows = self._rows_outside = 0
        self._least = np.full(len(seen), np.inf)
        self._largest = -self._least
        self._outside = np.zeros(len(seen), np.int64)
        self._first = np.full(len(seen), -1, np.int64)

    def add(self, x: Array) -> None:
        """Take rows in."""
        wide = as_read(x).reshape(len(x), -1, x.shape[-1] if x.ndim > 1 else 1)
        if wide.shape[2] != len(self._low):
            raise DataError(
                f"the ranges of training are of {len(self._low)} features, got inputs "
                f"of shape {x.shape}, with {wide.shape[2]} along the last axis"
            )
        bad = (wide < self._low) | (wide > self._high)
        in_row: Array = np.logical_or.reduce(bad, axis=1)
        new = in_row.any(axis=0) & (self._first < 0)
        self._first[new] = self._rows + in_row.argmax(axis=0)[new]
        self._rows += len(x)
        self._rows_outside += int(in_row.any(axis=1).sum())
        self._outside += bad.sum(axis=(0, 1))
        self._least = np.minimum(self._least, wide.min(axis=(0, 1)))
        self._largest = np.maximum(self._largest, wide.max(axis=(0, 1)))

    def drift(self) -> Drift:
        """Return what lies outside so far."""
        beyond = np.maximum(self._low - self._least, self._largest - self._high)
        std = np.array(self._seen.std)
        with np.errstate(divide="ignore", invalid="ignore"):
            far = np.where(std > 0, beyond / std, np.inf)
        found = np.flatnonzero(self._outside)
        order = found[np.argsort(-far[found], kind="stable")]
        return Drift(self._rows, self._rows_outside, tuple(self._each(order, far)))

    def _each(self, order: Array, far: Array) -> Iterable[FeatureDrift]:
        columns = (self._low, self._high, self._least, self._largest, self._outside)
        for at in map(int, order):
            low, high, least, largest, outside = (each[at].item() for each in columns)
            row, distance = int(self._first[at]), float(far[at])
            name = self._names[at] if self._names else None
            yield FeatureDrift(
                at, low, high, least, largest, outside, row, distance, name
            )


def known_ranges(seen: Ranges | None) -> Ranges:
    """Return ranges, or raise how they are recorded."""
    if seen is None:
        raise gg.GraphgradError(
            "no ranges of training inputs were recorded: fit with "
            "callbacks=[gg.callbacks.InputRanges()]"
        )
    return seen
