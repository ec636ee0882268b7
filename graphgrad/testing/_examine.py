"""Examine: all comparisons for one subject, and where the first one fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from graphgrad._types import Array
from graphgrad.testing._compare import (
    CONTROL,
    FACTOR,
    Pair,
    Tolerance,
    dot,
    largest,
    weigh,
)
from graphgrad.testing._report import Kink, Row
from graphgrad.testing._slopes import Slope
from graphgrad.testing._subject import Subject

__all__ = ["Fault", "Settings", "examine"]

__tracebackhide__ = True  # pytest shows the line of the test

# Up to so many elements each is moved by itself, and up to so many entries the whole
# Jacobian is compared; beyond, directions and cotangents are random.
MANY, ENTRIES = 64, 1024
RANDOM, SINGLE = 4, 12
# Roundings that a claim may have gathered on its way.
ROUNDINGS = 64
# So often are arguments moved, and by such a share, to see which claims are rounding.
SHAKES, SHIFT = 6, 1.5e-8


@dataclass(frozen=True)
class Settings:
    """How a user wants it."""

    rtol: float
    atol: float
    seed: int
    directions: int | None = None


@dataclass(frozen=True)
class Fault(Exception):  # noqa: N818  # it is caught here, and told as a mismatch
    """A claim that does not hold, and all that is known about it."""

    subject: Subject
    mode: str
    arg: int
    index: int | None
    u: Array
    pair: Pair


class _Claim(NamedTuple):
    """A claim that no difference can tell."""

    mode: str
    cotangent: int
    direction: Sequence[Array]
    number: float


class Examination:
    """One subject: the claims, made once, beside slopes, one for each direction."""

    def __init__(self, subject: Subject, settings: Settings) -> None:
        """Ask for the claims."""
        self.subject, self.settings = subject, settings
        self.random = np.random.default_rng(settings.seed)
        count = subject.row.size
        few = subject.size <= MANY and settings.directions is None
        whole = few and count * subject.size <= ENTRIES
        self.cotangents = (
            list(np.eye(count))
            if whole
            else [self.random.uniform(0.5, 1.5, count) for _ in range(2)]
        )
        self.rows: dict[tuple[str, str], Row] = {}
        self.untold: dict[tuple[str, str], list[_Claim]] = {}
        self.pulled = self._pulled(subject.args)
        self.eps = subject.eps
        self.sizes = [list(map(largest, row)) for row in self.pulled]
        by = self.eps * (1 if self.eps > 1e-10 else ROUNDINGS)
        self.near = self._shifted(by)
        self.shaken = self._shaken()

    def _pulled(self, args: Sequence[Array]) -> list[list[Array]]:
        pull = self.subject.pull
        if pull is None:
            return []
        return [[np.asarray(g) for g in pull(u, args)] for u in self.cotangents]

    # How far the claims move if the arguments are rounded otherwise; in float64, where
    # there is room, a little more. At a kink a claim jumps, which is no rounding.
    def _shaken(self) -> list[list[Array]]:
        if not self.pulled:
            return []
        return [
            [_rounding(g, h, self.eps**0.5) for g, h in zip(row, other, strict=True)]
            for row, other in zip(self.pulled, self._pulled(self.near), strict=True)
        ]

    def _shifted(self, by: float) -> list[Array]:
        moved = []
        for x in self.subject.args:
            signs = self.random.choice([-1, 1], x.shape)
            shares = by * signs * self.random.uniform(1, 2, x.shape)
            moved.append((x + shares * _sizes(x)).astype(x.dtype))
        return moved

    # ---- comparing -------------------------------------------------------------------

    def run(self) -> list[Row]:
        """Compare everything; the first claim that does not hold raises `Fault`."""
        for arg, index, direction in self._directions():
            self._compare(arg, index, direction)
        # Along a random direction terms may cancel, and what is left be lost in noise.
        if self.settings.directions and not all(r.tells for r in self.rows.values()):
            self._compare(None, None, list(map(np.sign, self.pulled[0])))
        for key, row in self.rows.items():
            row.moves = row.moves and (row.tells or self._moves(self.untold[key]))
        return list(self.rows.values())

    def _compare(
        self, arg: int | None, index: int | None, direction: list[Array]
    ) -> None:
        found = self.subject.slope(direction)
        pushed = self._pushed(direction)
        for mode, i, pair in self._pairs(direction, found, pushed):
            claim = _Claim(mode, i, direction, pair.claimed)
            if not (pair.agrees or self._is_rounding(claim, pair)):
                self._blame(mode, i, arg, index, direction, pair)
            self._note(mode, arg, index, pair)
            if not pair.tells:
                key = self._key(mode, arg)
                self.untold.setdefault(key, []).append(claim)

    # Rounding is another number wherever arguments are a little different; what is only
    # too small to be told nearly stays as it is.
    def _moves(self, claims: Sequence[_Claim]) -> bool:
        size = max(abs(each.number) for each in claims)
        return size * CONTROL > max(map(self._moved, claims))

    # A claim and a difference that are both rounding need not be alike.
    def _is_rounding(self, claim: _Claim, pair: Pair) -> bool:
        size = max(abs(pair.claimed), abs(pair.numeric))
        if pair.kink or not size <= self.eps**0.5 * self.subject.scale:
            return False
        return abs(pair.claimed - pair.numeric) <= FACTOR * self._moved(claim)

    def _moved(self, claim: _Claim) -> float:
        found = [self._claimed_at(*each, claim) for each in self._elsewhere]
        return max(abs(each - claim.number) for each in found)

    @cached_property
    def _elsewhere(self) -> list[tuple[list[Array], list[list[Array]]]]:
        places = [self._shifted(max(self.eps, SHIFT)) for _ in range(SHAKES)]
        return [(args, self._pulled(args)) for args in places]

    def _claimed_at(
        self, args: Sequence[Array], pulled: list[list[Array]], claim: _Claim
    ) -> float:
        if claim.mode == "rev":
            return dot(pulled[claim.cotangent], claim.direction)
        assert self.subject.push is not None
        moved = self.subject.push(self.subject.tangents(claim.direction), args)
        return dot([moved], [self.cotangents[claim.cotangent]])

    def _directions(self) -> Iterator[tuple[int | None, int | None, list[Array]]]:
        subject = self.subject
        sizes = [each.size for each in subject.args]
        places = [(arg, i) for arg, size in enumerate(sizes) for i in range(size)]
        if self.settings.directions is not None:
            for _ in range(self.settings.directions):
                yield None, None, subject.random(self.random)
            return
        if len(places) > MANY:
            for _ in range(RANDOM):
                yield None, None, subject.random(self.random)
            chosen = self.random.choice(len(places), SINGLE, replace=False)
            places = [places[int(each)] for each in sorted(chosen)]
        for arg, i in places:
            yield arg, i, subject.unit(arg, i)

    def _pushed(self, direction: Sequence[Array]) -> Array | None:
        push = self.subject.push
        if push is None:
            return None
        return push(self.subject.tangents(direction), self.subject.args)

    def _pairs(
        self, direction: Sequence[Array], found: Slope, pushed: Array | None
    ) -> Iterator[tuple[str, int, Pair]]:
        for i, u in enumerate(self.cotangents):
            if self.pulled:
                lengths = list(map(np.abs, direction))
                rounding = ROUNDINGS * self.eps * dot(self.sizes[i], lengths)
                rounding += 4 * dot(self.shaken[i], lengths)
                claimed = dot(self.pulled[i], direction)
                yield "rev", i, weigh(claimed, found, u, self._within(rounding))
            if pushed is not None:
                size = float(np.sum(np.abs(u))) * largest(pushed)
                within = self._within(ROUNDINGS * self.eps * size)
                yield "fwd", i, weigh(dot([pushed], [u]), found, u, within)

    def _within(self, rounding: float) -> Tolerance:
        return Tolerance(self.settings.rtol, self.settings.atol, rounding)

    def _note(self, mode: str, arg: int | None, index: int | None, pair: Pair) -> None:
        key = self._key(mode, arg)
        row = self.rows.setdefault(key, Row(*key))
        row.compared += 1
        if pair.jump:
            row.jumps += 1
            return
        row.tells |= pair.tells
        row.moves |= pair.claimed != 0
        row.finest = min(row.finest, pair.finest)
        if pair.kink:
            element = (
                None
                if arg is None or index is None
                else element_name(self.subject, arg, index)
            )
            row.kinks.append(Kink(element, pair.low, pair.high, pair.claimed))
        else:
            row.apart = max(row.apart, abs(pair.claimed - pair.numeric))
            row.largest = max(row.largest, abs(pair.numeric))

    def _key(self, mode: str, arg: int | None) -> tuple[str, str]:
        name = "all" if arg is None else self.subject.names[arg]
        what = self.subject.what if mode == "rev" else f"{self.subject.what}, forward"
        return what, name

    # ---- who is to blame -------------------------------------------------------------

    def _blame(
        self,
        mode: str,
        i: int,
        arg: int | None,
        index: int | None,
        direction: Sequence[Array],
        pair: Pair,
    ) -> None:
        """Raise for the element that is wrong, which is looked for among all that move.

        Where several elements are at kinks, a direction may fail though no element
        does: the slopes of one side are then those of different sides of the elements.
        """
        u = self.cotangents[i]
        self._blame_not_finite(i, pair)
        if arg is not None and index is not None:
            raise Fault(self.subject, mode, arg, index, u, pair)
        places = [
            (arg, index)
            for arg, each in enumerate(direction)
            for index in range(each.size)
        ]
        place = self._search(mode, i, places)
        if place is not None:
            raise Fault(self.subject, mode, *place[:2], u, place[2])
        if not pair.kink:
            raise Fault(self.subject, mode, 0, None, u, pair)

    # 0 times infinity is NaN: forward mode then gives that along any direction, and
    # the gradient at the element where it arises.
    def _blame_not_finite(self, i: int, pair: Pair) -> None:
        if np.isfinite(pair.claimed) or not self.pulled:
            return
        for arg, gradient in enumerate(self.pulled[i]):
            places = np.flatnonzero(~np.isfinite(gradient))
            if len(places):
                index = int(places[0])
                pair = self.pair_of("rev", i, [(arg, index)])
                raise Fault(self.subject, "rev", arg, index, self.cotangents[i], pair)

    def _search(
        self, mode: str, i: int, places: list[tuple[int, int]]
    ) -> tuple[int, int, Pair] | None:
        pair = self.pair_of(mode, i, places)
        if pair.agrees:
            return None
        if len(places) == 1:
            return (*places[0], pair)
        half = len(places) // 2
        first = self._search(mode, i, places[:half])
        return first or self._search(mode, i, places[half:])

    def pair_of(self, mode: str, i: int, places: Sequence[tuple[int, int]]) -> Pair:
        """Compare along a direction in which these elements move alike."""
        direction = self.subject.zeros()
        for arg, index in places:
            direction[arg].reshape(-1)[index] = 1
        found = self.subject.slope(direction)
        pairs = self._pairs(direction, found, self._pushed(direction))
        return next(pair for m, k, pair in pairs if (m, k) == (mode, i))


def examine(subject: Subject, settings: Settings) -> list[Row]:
    """Compare all claims of a subject; raise `Fault` where one does not hold."""
    with np.errstate(all="ignore"):
        return Examination(subject, settings).run()


def element_name(subject: Subject, arg: int, index: int) -> str:
    """Return an element as its user writes it."""
    shape = subject.args[arg].shape
    place = ", ".join(str(int(each)) for each in np.unravel_index(index, shape))
    return f"{subject.names[arg]}[{place}]" if shape else subject.names[arg]


# What is 0 is moved like the largest beside it.
def _sizes(x: Array) -> Array:
    return np.where(x == 0, np.max(np.abs(x), initial=0.0) or 1.0, x)


def _rounding(claim: Array, other: Array, most: float) -> Array:
    moved = np.abs(claim.astype(np.float64) - other)
    return np.where(moved <= most * largest(claim), moved, 0.0)
