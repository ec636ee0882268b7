"""Diagnosis: what a wrong gradient looks like beside the right one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import prod

import numpy as np

from graphgrad._types import Array
from graphgrad.testing._compare import FACTOR, dot, largest
from graphgrad.testing._examine import MANY, ROUNDINGS, Fault, element_name

__all__ = ["Evidence", "diagnose", "evidence_of", "looks_like_shape"]

NOT_FINITE = (
    "a derivative that is not finite where it should be (a division by 0, say, or 0 "
    "times infinity)"
)


@dataclass(frozen=True)
class Evidence:
    """The elements of one argument that were looked at, claimed beside numeric."""

    fault: Fault
    shape: tuple[int, ...]
    places: Array
    claimed: Array
    numeric: Array
    error: Array
    eps: float

    @property
    def wrong(self) -> Array:
        """Which elements do not agree."""
        rounding = ROUNDINGS * self.eps * largest(self.claimed)
        apart = np.abs(self.claimed - self.numeric)
        # What is not finite is near to nothing.
        return np.asarray(~(apart <= FACTOR * self.error + rounding))


def evidence_of(fault: Fault) -> Evidence:
    """Look at all elements of the argument, or at some around the wrong one.

    All results are asked for at once, unless the mistake then hides.
    """
    random = np.random.default_rng(0).uniform(0.5, 1.5, len(fault.u))
    found = _looked(fault, random)
    return found if np.any(found.wrong) else _looked(fault, fault.u)


def _looked(fault: Fault, u: Array) -> Evidence:
    subject, x = fault.subject, fault.subject.args[fault.arg]
    assert fault.index is not None
    start = min(max(0, fault.index - MANY // 2), max(0, x.size - MANY))
    places = np.arange(start, min(start + MANY, x.size))
    used = u != 0
    rows = []
    for i in map(int, places):
        direction = subject.unit(fault.arg, i)
        found = subject.slope(direction)
        numeric, error = u * found.value, np.abs(u) * found.error
        rows.append((np.sum(numeric[used]), np.sum(error[used])))
    numeric, error = np.array(rows).T
    claimed = _claimed(fault, u, places)
    return Evidence(fault, x.shape, places, claimed, numeric, error, subject.eps)


def _claimed(fault: Fault, u: Array, places: Array) -> Array:
    subject, arg = fault.subject, fault.arg
    if fault.mode == "rev":
        assert subject.pull is not None
        gradient = np.asarray(subject.pull(u, subject.args)[arg], np.float64)
        return gradient.reshape(-1)[places]
    assert subject.push is not None
    units = [subject.tangents(subject.unit(arg, int(i))) for i in places]
    moved = [subject.push(each, subject.args) for each in units]
    return np.array([dot([each], [u]) for each in moved])


def diagnose(found: Evidence, looks: str) -> tuple[list[str], str]:
    """Return sentences about the mistake, and one word for it."""
    wrong, name = found.wrong, found.fault.subject.names[found.fault.arg]
    count, all_ = int(np.sum(wrong)), len(wrong)
    lines = []
    if all_ > 1:
        looked = "" if all_ == prod(found.shape) else " that were looked at"
        places = _places(found)
        are = "is" if count == 1 else "are"
        lines.append(
            f"{count} of the {all_} elements of {name}{looked} {are} wrong{places}"
        )
    word, sentence = _pattern(found)
    if looks == "kink" and word != "not finite":
        return lines, looks
    told = f"it looks like {sentence}" if sentence else "it looks like no usual mistake"
    lines.append(told)
    return lines, word or looks


def _places(found: Evidence) -> str:
    wrong = found.places[found.wrong]
    if not 0 < len(wrong) <= 4 or len(wrong) == len(found.places):
        return ""
    fault = found.fault
    names = [element_name(fault.subject, fault.arg, int(i)) for i in wrong]
    return f": {', '.join(names)}"


def _pattern(found: Evidence) -> tuple[str, str]:
    wrong = found.wrong
    claimed, numeric = found.claimed[wrong], found.numeric[wrong]
    if not len(claimed):
        return "", ""
    if not np.all(np.isfinite(claimed)):
        return "not finite", NOT_FINITE
    if not np.any(claimed):
        return "zero", (
            "a derivative that is not there: the claim is 0 (a cast, a constant or "
            "stop_gradient on the way, or an input that a rule forgets)"
        )
    if np.all(np.abs(numeric) <= FACTOR * found.error[wrong]):
        return "not zero", "a derivative by what the result does not depend on"
    if np.all(np.abs(claimed - numeric) <= 1e-4 * np.abs(numeric)):
        return "noise", "rounding: a step on the way in low precision, or noisy values"
    return (
        _factor(found, claimed, numeric)
        or _one_slice(found)
        or _moved(found)
        or ("", "")
    )


def _factor(found: Evidence, claimed: Array, numeric: Array) -> tuple[str, str] | None:
    """Recognise wrong claims that are the same multiple of the right numbers."""
    with np.errstate(all="ignore"):
        ratios = claimed / numeric
    ratio = float(np.median(ratios))
    if not np.isfinite(ratio) or not np.allclose(ratios, ratio, rtol=1e-4):
        return None
    if np.isclose(ratio, 1, rtol=1e-4):
        return None
    if len(ratios) == 1 < len(found.wrong):
        return None  # any number is some multiple of another
    rest = _rest(found)
    if np.isclose(ratio, -1, rtol=1e-4):
        return "sign", f"a wrong sign{rest}"
    for sides, elements in _counts(found).items():
        for word, factor in (("too much", sides), ("too little", 1 / sides)):
            if np.isclose(ratio, factor, rtol=1e-4):
                return "factor", (
                    f"a factor: {ratio:.6g} times what it should be, {word} by "
                    f"{elements} (a sum in place of a mean, or the other way round, or "
                    f"a missing sum over what was broadcast){rest}"
                )
    return "factor", f"a factor: {ratio:.6g} times what it should be{rest}"


# A factor of 0 is 0: only what is right and is not tells that it is not everywhere.
def _rest(found: Evidence) -> str:
    right = found.numeric[~found.wrong]
    return ", and right elsewhere" if np.any(right) else ""


def _counts(found: Evidence) -> dict[int, str]:
    """Return the sizes over which a sum or a mean may have been forgotten, told."""
    shapes = [x.shape for x in found.fault.subject.args]
    told: dict[int, str] = {}
    for length in range(1, max(map(len, shapes)) + 1):
        for shape in shapes:
            for size in map(prod, combinations(shape, length)):
                whole = f"all {size} elements"
                some = f"the {size} elements of {length} axes"
                axes = whole if length == len(shape) else some
                one = f"the {size} elements of an axis"
                told.setdefault(size, one if length == 1 else axes)
    return {size: told[size] for size in sorted(told) if size > 2}


def _one_slice(found: Evidence) -> tuple[str, str] | None:
    """Recognise a gradient that is right for some results, and 0 for all others."""
    count = len(found.fault.u)
    if found.fault.mode != "rev" or count > MANY:
        return None
    looked = [_looked(found.fault, u) for u in np.eye(count)]
    wrong = [each for each in looked if np.any(each.wrong)]
    forgotten = [each for each in wrong if not np.any(each.claimed)]
    if 0 < len(forgotten) == len(wrong) < count:
        right = count - len(wrong)
        return "broadcast", (
            f"a missing sum over what was broadcast: it is right for {right} of the "
            f"{count} results, and 0 for the others"
        )
    return None


def _moved(found: Evidence) -> tuple[str, str] | None:
    """Recognise right numbers in wrong places."""
    if len(found.places) != prod(found.shape) or len(found.places) < 2:
        return None
    claimed = found.claimed.reshape(found.shape)
    numeric = found.numeric.reshape(found.shape)
    size = float(np.max(np.abs(numeric)))
    if claimed.ndim == 2:
        turned = numeric.T.reshape(claimed.shape)
        if np.allclose(claimed, turned, rtol=1e-4, atol=1e-6 * size):
            return "transposed", "the transpose of what it should be"
    for axis in range(claimed.ndim):
        if np.allclose(claimed, np.flip(numeric, axis), rtol=1e-4, atol=1e-6 * size):
            return "flipped", f"the right numbers in reverse order along axis {axis}"
    one, other = np.sort(claimed, axis=None), np.sort(numeric, axis=None)
    if np.allclose(one, other, rtol=1e-4, atol=1e-6 * size):
        return "permuted", "the right numbers in wrong places"
    return None


def looks_like_shape(
    shape: tuple[int, ...], expected: tuple[int, ...]
) -> tuple[str, str]:
    """Return one word and the end of a sentence about a gradient's wrong shape.

    >>> looks_like_shape((4, 3), (3,))[0], looks_like_shape((2, 3), (3, 2))[0]
    ('broadcast', 'transposed')
    """
    if len(shape) == 2 and shape[::-1] == expected:
        return "transposed", ": it looks like its transpose"
    padded = (1,) * (len(shape) - len(expected)) + expected
    if len(padded) == len(shape) and all(
        want in (1, got) for got, want in zip(shape, padded, strict=True)
    ):
        axes = [i for i in range(len(shape)) if shape[i] != padded[i]]
        axes += [i for i in range(len(shape) - len(expected)) if i not in axes]
        told = ", ".join(map(str, sorted(axes)))
        return "broadcast", (
            f": it looks like a missing sum over what was broadcast (axis {told})"
        )
    if prod(shape) == prod(expected):
        return "shape", ": it holds as many numbers, and may need a reshape"
    return "shape", ""
