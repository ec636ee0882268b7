"""Checked: the whole check of subjects, whoever wrote their derivatives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphgrad._types import Array
from graphgrad.testing._arguments import Arguments
from graphgrad.testing._compare import dot
from graphgrad.testing._examine import Fault, Settings, examine
from graphgrad.testing._report import (
    GradientMismatch,
    GradientReport,
    NoPowerError,
    Row,
)
from graphgrad.testing._subject import Subject, flat
from graphgrad.testing._told import (
    Failure,
    check_power,
    check_same,
    check_shapes,
    mismatch,
    titled,
    unlike,
)

__all__ = ["checked"]

__tracebackhide__ = True  # pytest shows the line of the test


def checked(
    subjects: Callable[[Arguments], Iterable[Subject]],
    asked: tuple[Arguments, Settings],
    functions: Mapping[str, Callable[..., Any]],
) -> GradientReport:
    """Check what ``subjects`` makes of arguments, or raise what tells of its fault.

    ``functions`` are those of the user by the names that the check has for them.
    """
    arguments, settings = asked

    def rows_at(arrays: Sequence[Array]) -> list[Row]:
        found = subjects(replace(arguments, leaves=list(arrays)))
        return [row for subject in found for row in _checked(subject, settings)]

    def fails(arrays: Sequence[Array]) -> bool:
        try:
            rows_at(arrays)
        except Fault:
            return True
        return False

    failure: Failure
    try:
        with np.errstate(all="ignore"):
            return GradientReport(tuple(rows_at(arguments.leaves)))
    except Fault as fault:
        failure = mismatch(fault, functions, (arguments, fails))
    except (GradientMismatch, NoPowerError) as error:
        failure = error
    raise titled(failure, functions["f"]).with_traceback(None)


def _checked(subject: Subject, settings: Settings) -> list[Row]:
    check_same(subject)
    check_shapes(subject)
    rows = examine(subject, settings)
    # Two roundings need not be alike.
    if any(row.moves for row in rows) and subject.push is not None:
        if subject.pull is not None:
            _check_adjoint(subject, settings)
        if subject.what != "gradient":
            _check_symmetry(subject, settings)
    check_power(rows)
    return rows


def _check_adjoint(subject: Subject, settings: Settings) -> None:
    """Check that reverse and forward mode are each other's transpose, to rounding."""
    assert subject.pull is not None
    assert subject.push is not None
    random = np.random.default_rng(settings.seed + 1)
    v = subject.tangents(subject.random(random))
    pushed = subject.push(v, subject.args)
    u = np.asarray(random.normal(size=pushed.shape))
    pulled = subject.pull(u, subject.args)
    one, other = dot(pulled, v), float(np.sum(u * pushed))
    size = dot([abs(np.asarray(g)) for g in pulled], [abs(d) for d in v])
    size += float(np.sum(np.abs(u * pushed))) + _around(subject, u)
    unlike(subject, "<u, J v> and <J^T u, v>", other, one, size)


def _check_symmetry(subject: Subject, settings: Settings) -> None:
    """Check that <u, H v> is <v, H u>, as for every second derivative."""
    assert subject.push is not None
    random = np.random.default_rng(settings.seed + 2)
    pairs = [subject.tangents(subject.random(random)) for _ in range(2)]
    first, second = (subject.push(each, subject.args) for each in pairs)
    one = float(np.sum(flat(pairs[0]) * second))
    other = float(np.sum(flat(pairs[1]) * first))
    size = float(np.sum(np.abs(flat(pairs[0]) * second)))
    size += float(np.sum(np.abs(flat(pairs[1]) * first)))
    size += _around(subject, flat(pairs[0])) + _around(subject, flat(pairs[1]))
    unlike(subject, "<u, H v> and <v, H u>", one, other, size)


# A derivative may be small because larger terms cancel, of the size of the values.
def _around(subject: Subject, u: Array) -> float:
    return float(np.sum(np.abs(u * subject.row)))
