"""Told: what a failed check says, in words."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphgrad._primitive import Primitive
from graphgrad.testing._compare import CONTROL
from graphgrad.testing._diagnosis import diagnose, evidence_of, looks_like_shape
from graphgrad.testing._examine import ROUNDINGS, Fault, element_name
from graphgrad.testing._report import AGAIN, GradientMismatch, Kink, NoPowerError, Row
from graphgrad.testing._smallest import Again, smallest
from graphgrad.testing._snippet import snippet
from graphgrad.testing._subject import Subject, size_of

__all__ = [
    "Failure",
    "check_linear",
    "check_power",
    "check_repeats",
    "check_same",
    "check_shapes",
    "mismatch",
    "titled",
    "unlike",
]

__tracebackhide__ = True  # pytest shows the line of the test


Failure = GradientMismatch | NoPowerError

# How a gradient by hand is called.
VJP_USE = (
    "a vjp takes it first, vjp(cotangent, *args), and gives the gradients of "
    "sum(cotangent * f(*args))"
)


def titled(failure: Failure, f: Callable[..., Any]) -> Failure:
    """Begin what an error tells with what was checked, where that has a name.

    >>> titled(NoPowerError("it is too noisy"), abs)
    NoPowerError('abs: it is too noisy')
    """
    # NumPy 1's ufuncs have the short name alone.
    short = getattr(f, "__name__", repr(f))
    name = getattr(f, "__qualname__", short)
    if isinstance(f, Primitive) or "<" not in name:
        failure.args = (f"{name}: {failure}",)
    return failure


def mismatch(
    fault: Fault, functions: Mapping[str, Callable[..., Any]], again: Again
) -> GradientMismatch:
    """Return the error that tells of a fault, its diagnosis and a small example."""
    pair = fault.pair
    words: list[str] = []
    looks = ""
    if _at_edge(fault):
        looks = "not finite"
    elif fault.index is not None:
        with np.errstate(all="ignore"):
            words, looks = diagnose(evidence_of(fault), "kink" if pair.kink else "")
    code = snippet(functions, *smallest(again))
    shown = textwrap.indent(code, "    ")
    return GradientMismatch(
        "\n".join([_sentence(fault), *words]) + AGAIN + shown,
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
    told = f"the {what} by {where} is {pair.claimed:.8g}, and "
    if _at_edge(fault):
        return told + (
            f"the values {_missing(subject)} there: move the argument away from the "
            "edge of what the function takes"
        )
    if pair.kink:
        return told + (
            f"should be one of the slopes on the two sides, {pair.low:.8g} and "
            f"{pair.high:.8g}, or between them"
        )
    due = f"{pair.numeric:.8g} ± {pair.error:.1g}"
    if not np.isfinite(pair.claimed):
        return f"{told}should be {due}"
    return f"{told}should be {due} (relative error {pair.relative:.2g})"


# Where the values end a slope may be infinite, as a claim is; differences then find
# numbers that are far from each other.
def _at_edge(fault: Fault) -> bool:
    pair = fault.pair
    if not np.isfinite(pair.numeric):
        return True
    size = abs(pair.numeric) + fault.subject.scale
    lost = not pair.kink and pair.error > CONTROL * size
    return lost and not np.isfinite(pair.claimed)


def _missing(subject: Subject) -> str:
    finite = np.all(np.isfinite(subject.row))
    return "have no finite slope" if finite else "are not finite"


def _place(fault: Fault) -> tuple[int, ...]:
    assert fault.index is not None
    shape = fault.subject.args[fault.arg].shape
    return tuple(int(each) for each in np.unravel_index(fault.index, shape))


def check_same(subject: Subject) -> None:
    """Raise if the same arguments give other values when they are given once more."""
    with np.errstate(all="ignore"):
        again = subject.values(subject.points)
        apart = size_of([np.nan_to_num(again - subject.row)])
    if not apart or apart <= ROUNDINGS * subject.eps * subject.scale:
        return
    of = "f" if subject.what.startswith("gradient") else "a gradient of f"
    raise GradientMismatch(
        f"{of} is not deterministic: called twice with the same arguments, its values "
        f"are {apart:.2g} apart; give it a seed, or switch off what is random",
        argument=", ".join(subject.names),
        looks_like="not deterministic",
    )


def check_shapes(subject: Subject) -> None:
    """Raise unless each gradient has the shape, and the dtype, of its argument."""
    if subject.pull is None:
        return
    count = subject.row.size
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


def check_repeats(subject: Subject) -> None:
    """Raise if a gradient is another one when it is asked for once more."""
    assert subject.pull is not None
    u = np.random.default_rng(2).uniform(0.5, 1.5, subject.row.size)
    first, again = (subject.pull(u, subject.args) for _ in range(2))
    with np.errstate(all="ignore"):
        pairs = zip(first, again, strict=True)
        # Gradients of other shapes are told as that.
        apart = size_of([np.nan_to_num(x - y) for x, y in pairs if x.shape == y.shape])
    size = max(size_of(first), subject.scale)
    if not apart or apart <= ROUNDINGS * subject.eps * size:
        return
    raise GradientMismatch(
        f"the {subject.what} is not deterministic: for one cotangent and the same "
        f"arguments it came {apart:.2g} apart; give the rule a seed, or what it drew",
        argument=", ".join(subject.names),
        looks_like="not deterministic",
    )


def check_linear(subject: Subject, use: str = VJP_USE) -> None:
    """Raise unless gradients are linear in the cotangent, however it is used.

    Results are otherwise asked for one by one, by a cotangent of 1. ``use`` says how a
    rule is called.
    """
    check_repeats(subject)
    assert subject.pull is not None
    random = np.random.default_rng(2)
    count = subject.row.size
    one, other = random.uniform(0.5, 1.5, (2, count))
    pulled = [
        list(map(np.asarray, subject.pull(u, subject.args)))
        for u in (one, other, other - 3 * one)
    ]
    largest = subject.eps**0.5 * size_of([each for row in pulled for each in row])
    largest += ROUNDINGS**2 * subject.eps * subject.scale
    apart, still = False, True
    for first, second, both in zip(*pulled, strict=True):
        allowed = CONTROL * size_of([first, second, both]) + largest
        apart |= bool(np.any(np.abs(both - (second - 3 * first)) > allowed))
        still &= bool(np.all(np.abs(both - first) <= allowed))
    if not apart:
        return
    told, looks = "is not linear in the cotangent", "not linear"
    if still:
        told, looks = "does not depend on the cotangent", "no cotangent"
    raise GradientMismatch(
        f"the {subject.what} {told}: {use}",
        argument=", ".join(subject.names),
        looks_like=looks,
    )


def check_power(rows: Sequence[Row]) -> None:
    """Raise where a derivative that is wrong by `CONTROL` would have passed."""
    for row in rows:
        if row.moves and not row.tells and not any(map(_on_a_side, row.kinks)):
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


# A central difference finds the mean of both slopes, and so it tells that by itself.
def _on_a_side(kink: Kink) -> bool:
    size = abs(kink.left) + abs(kink.right)
    return abs(kink.claimed - (kink.left + kink.right) / 2) > 1e-6 * size


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
