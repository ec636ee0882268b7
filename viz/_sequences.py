"""Alignment of two sequences, in order: the longest, or the heaviest, in common."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from difflib import SequenceMatcher
from typing import TypeVar

__all__ = ["heaviest", "longest"]

Places = list[tuple[int, int]]
T = TypeVar("T")


def longest(one: Sequence[Hashable], other: Sequence[Hashable]) -> Places:
    """Return the places of elements that both have, in the same order.

    >>> longest("abcd", "acxd")
    [(0, 0), (2, 1), (3, 3)]
    """
    blocks = SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    return [(b.a + i, b.b + i) for b in blocks for i in range(b.size)]


def heaviest(
    one: Sequence[T], other: Sequence[T], weight: Callable[[T, T], float]
) -> Places:
    """Return the places of pairs in order that weigh most in all; 0 is no pair.

    >>> heaviest([1, 5, 2], [5, 1, 2], lambda a, b: a if a == b else 0)
    [(1, 0), (2, 2)]
    """
    best = [[0.0] * (len(other) + 1) for _ in range(len(one) + 1)]
    weights = [[weight(a, b) for b in other] for a in one]
    for i in range(len(one) - 1, -1, -1):
        row, below = best[i], best[i + 1]
        for j in range(len(other) - 1, -1, -1):
            w = weights[i][j]
            pair = below[j + 1] + w if w else 0.0
            row[j] = max(pair, below[j], row[j + 1])
    places, i, j = [], 0, 0
    while i < len(one) and j < len(other):
        w = weights[i][j]
        if w and best[i][j] == best[i + 1][j + 1] + w:
            places.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return places
