"""Told: what a failed check says, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphgrad.testing._compare import CONTROL
from graphgrad.testing._diagnosis import diagnose, evidence_of, looks_like_shape
from graphgrad.testing._examine import ROUNDINGS, Fault, element_name
from graphgrad.testing._report import GradientMismatch, NoPowerError, Row
from graphgrad.testing._smallest import Again, smallest
from graphgrad.testing._snippet import snippet
from graphgrad.testing._subject import Subject

__all__ = ["check_power", "check_shapes", "mismatch", "unlike"]


def mismatch(
    fault: Fault, functions: Mapping[str, Callable[..., Any]], again: Again
) -> GradientMismatch:
    """Return the error that tells of a fault, its diagnosis and a small example."""
    pair = fault.pair
    words: list[str] = []
    looks = ""
    if fault.index is not None:
        words, looks = diagnose(evidence_of(fault), "kink" if pair.kink else "")
    code = snippet(functions, *smallest(again))
    shown = textwrap.indent(code, "    ")
    lines = [_sentence(fault), *words, "", "To see it again:", "", shown]
    return GradientMismatch(
        "\n".join(lines),
        argument=fault.subject.names[fault.arg],
        index=None if fault.index is None else _place(fault),
        claimed=pair.claimed,
        numeric=pair.numeric,
        error=pair.error,
        looks_like=looks,
        snippet=code,
    )


def _sentence(fault: Fault) -> str:
    subject, pair = fault.subject, fault.pair
    what = subject.what if fault.mode == "rev" else f"{subject.what} in forward mode"
    where = subject.names[fault.arg]
    if fault.index is not None:
        where = element_name(subject, fault.arg, fault.index)
    told = (
        f"the {what} by {where} is {pair.claimed:.8g}, and should be "
        f"{pair.numeric:.8g} ± {pair.error:.1g} (relative error {pair.relative:.2g})"
    )
    if not np.isfinite(pair.numeric):
        told += (
            "\nthe values have no finite slope there: move the argument away from the "
            "edge of what the function takes"
        )
    if pair.kink:
        told += (
            f"\nthe slopes on the two sides are {pair.low:.8g} and {pair.high:.8g}: "
            "any number between them would do"
        )
    return told


def _place(fault: Fault) -> tuple[int, ...]:
    assert fault.index is not None
    shape = fault.subject.args[fault.arg].shape
    return tuple(int(each) for each in np.unravel_index(fault.index, shape))


def check_shapes(subject: Subject) -> None:
    """Raise unless each gradient has the shape, and the dtype, of its argument."""
    if subject.pull is None:
        return
    count = subject.values(subject.points).size
    with np.errstate(all="ignore"):
        gradients = subject.pull(np.ones(count), subject.args)
    for name, x, g in zip(subject.names, subject.args, gradients, strict=True):
        array = np.asarray(g)
        if array.shape != x.shape:
            looks, why = looks_like_shape(array.shape, x.shape)
            raise GradientMismatch(
                f"the {subject.what} by {name} has the shape {array.shape}, and {name} "
                f"has {x.shape}{why}",
                argument=name,
                looks_like=looks,
            )
        if array.dtype.kind == "f" and array.dtype.itemsize < x.dtype.itemsize:
            raise GradientMismatch(
                f"the {subject.what} by {name} has the dtype {array.dtype}, and {name} "
                f"has {x.dtype}: something on the way back rounds",
                argument=name,
                looks_like="dtype",
            )


def check_power(rows: Sequence[Row]) -> None:
    """Raise where a derivative that is wrong by `CONTROL` would have passed."""
    for row in rows:
        if row.moves and not row.tells and not row.kinks:
            reason = (
                "the values jump there"
                if row.jumps
                else "the values are too noisy: compute them in float64, or without "
                "terms that cancel"
            )
            raise NoPowerError(
                f"the {row.what} by {row.argument} could not be checked: one that is "
                f"wrong by {CONTROL:g} of itself would have passed, for differences "
                f"tell it no better than by {row.finest:.1g}; {reason}"
            )


def unlike(subject: Subject, what: str, one: float, other: float, size: float) -> None:
    """Raise if two numbers differ by more than rounding that should be the same."""
    size = max(size, subject.scale)
    allowed = ROUNDINGS * subject.eps * size * max(subject.size, 1) ** 0.5
    if abs(one - other) > allowed:
        raise GradientMismatch(
            f"of the {subject.what}, {what} should be one number: they are {one:.8g} "
            f"and {other:.8g}; the two modes do not belong to one function",
            argument=", ".join(subject.names),
            claimed=one,
            numeric=other,
            looks_like="modes",
        )
