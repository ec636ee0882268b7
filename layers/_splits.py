"""Splits: a share of the samples that is kept from training, to validate on."""

from __future__ import annotations

import math

import numpy as np

from graphgrad.layers._data import Array, DataError
from graphgrad.layers._samples import Samples, classes_of
from graphgrad.layers._warning import warn

__all__ = ["split"]

# With labels of more values than this, none of them is a class.
MOST_CLASSES = 100

# What is less likely than this did not come about by chance.
CHANCE = 1e-3


def split(
    samples: Samples, fraction: float, *, stratify: bool = False
) -> tuple[Samples, Samples]:
    """Split off the last ``fraction`` of the samples, before any shuffle.

    With ``stratify`` the last share of every class. A warning names the classes that
    are in one part only if that is no chance, as in sorted data.

    >>> samples = Samples(np.zeros((4, 1)), np.array([0, 0, 1, 1]))
    >>> train, held_out = split(samples, 0.5, stratify=True)
    >>> train.rows, held_out.rows
    (array([0, 2]), array([1, 3]))
    """
    count = len(samples)
    _check(fraction)
    train: Array | range
    held_out: Array | range
    if stratify:
        train, held_out = _by_class(samples, fraction)
    else:
        at = math.floor(count * (1 - fraction))
        train, held_out = range(at), range(at, count)
    if 0 in (len(train), len(held_out)):
        raise DataError(
            f"validation_split={fraction} of {count} samples leaves {len(train)} to "
            f"train on and {len(held_out)} to validate on; both need at least one"
        )
    _check_weights(samples, slice(len(train)) if isinstance(train, range) else train)
    if not isinstance(train, range) and not isinstance(held_out, range):
        return samples.choice(train), samples.choice(held_out)
    _warn_if_sorted(samples, len(train), fraction)
    return samples.part(0, len(train)), samples.part(len(train), count)


def _check(fraction: float) -> None:
    if (
        isinstance(fraction, bool)
        or not isinstance(fraction, int | float | np.floating)
        or not 0 < fraction < 1
    ):
        hint = "for data of your own use validation_data=(x, y)"
        if isinstance(fraction, int | float) and 1 < fraction < 100:
            hint = f"{fraction} % are {fraction / 100:g}"
        raise DataError(
            f"validation_split is a share between 0 and 1, got {fraction!r}; {hint}"
        )


def _check_weights(samples: Samples, train: Array | slice) -> None:
    if samples.weight is not None and not samples.weight[train].any():
        raise DataError(
            "sample_weight is 0 for all samples that validation_split leaves to train "
            "on: nothing would be learned; use stratify=True, or shuffle the samples"
        )


def _by_class(samples: Samples, fraction: float) -> tuple[Array, Array]:
    classes = None if samples.y is None else classes_of(samples.y)
    if classes is None:
        raise DataError(
            "stratify=True needs one class per sample, a whole number or a row with "
            "one 1; y holds others; leave stratify out"
        )
    held_out = np.zeros(len(samples), bool)
    for each in np.unique(classes):
        rows = np.flatnonzero(classes == each)
        # A class of one sample is to be learned.
        held_out[rows[max(math.floor(len(rows) * (1 - fraction)), 1) :]] = True
    return np.flatnonzero(~held_out), np.flatnonzero(held_out)


def _warn_if_sorted(samples: Samples, at: int, fraction: float) -> None:
    classes = None if samples.y is None else classes_of(samples.y)
    if classes is None:
        return
    known, counts = np.unique(classes, return_counts=True)
    if len(known) > MOST_CLASSES:
        return
    often = dict(zip(known.tolist(), counts.tolist(), strict=True))
    trained, validated = set(classes[:at].tolist()), set(classes[at:].tolist())
    unseen = [c for c in validated - trained if fraction ** often[c] < CHANCE]
    untested = [c for c in trained - validated if (1 - fraction) ** often[c] < CHANCE]
    parts = [
        f"{_listed(found)} {where}"
        for found, where in (
            (unseen, "only among those to validate on"),
            (untested, "only among those to train on"),
        )
        if found
    ]
    if parts:
        warn(
            f"validation_split={fraction} takes the last {len(classes) - at} samples, "
            f"and the data are sorted: {', '.join(parts)}; use stratify=True, or "
            "shuffle the samples first",
            UserWarning,
        )


def _listed(classes: list[int]) -> str:
    few = ", ".join(map(str, sorted(classes)[:5]))
    more = ", ..." if len(classes) > 5 else ""
    return f"class {few}{more} is" if len(classes) == 1 else f"classes {few}{more} are"
