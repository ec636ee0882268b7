"""Alignment of two sequences: the pairs in order that weigh most together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any

import numpy as np

__all__ = ["codes", "heaviest", "longest"]

Array = np.ndarray[Any, Any]
Places = list[tuple[int, int]]

# Up to so many pairs are in one table; more are halved first.
_TABLE = 250_000


def longest(one: Sequence[Hashable], other: Sequence[Hashable]) -> Places:
    """Return the places of as many equal elements as there are in the same order.

    >>> longest("abcd", "acxd")
    [(0, 0), (2, 1), (3, 3)]
    """
    here, there = codes(one, other)
    return heaviest(len(one), len(other), lambda i: (there == here[i]).astype(np.int64))


def codes(*sequences: Sequence[Hashable]) -> list[Array]:
    """Return the elements of several sequences as numbers, the same for equal ones.

    >>> codes("ab", "bc")
    [array([0, 1]), array([1, 2])]
    """
    known: dict[Hashable, int] = {}
    return [
        np.array([known.setdefault(each, len(known)) for each in row], np.int64)
        for row in sequences
    ]


def heaviest(count: int, other: int, weights: Callable[[int], Array]) -> Places:
    """Return the places of the pairs in order that weigh most in all.

    ``weights(i)`` are those of element ``i`` with each of the ``other``, whole numbers;
    0 is no pair.

    >>> table = np.array([[0, 0, 5], [1, 0, 0], [0, 1, 0]])
    >>> heaviest(3, 3, lambda i: table[i])
    [(0, 2)]
    """
    found: Places = []
    stack = [(0, count, 0, other)]
    while stack:
        top, low, left, right = stack.pop()
        if top == low or left == right:
            continue
        if low - top == 1 or (low - top) * (right - left) <= _TABLE:
            rows = [weights(i)[left:right] for i in range(top, low)]
            found += [(i + top, j + left) for i, j in _traced(rows)]
            continue
        middle = (top + low) // 2
        above = _best(weights(i)[left:right] for i in range(top, middle))
        below = _best(
            weights(i)[left:right][::-1] for i in range(low - 1, middle - 1, -1)
        )
        at = left + int(np.argmax(above + below[::-1]))
        stack += [(middle, low, at, right), (top, middle, left, at)]
    return found


# How much the best pairs weigh, for each number of elements of the other sequence.
def _best(rows: Iterable[Array]) -> Array:
    best = np.zeros(1, np.int64)
    for row in rows:
        best = _next(best, row)
    return best


def _next(best: Array, row: Array) -> Array:
    if len(best) == 1:
        best = np.zeros(len(row) + 1, np.int64)
    new = np.empty_like(best)
    new[0] = 0
    np.maximum.accumulate(np.maximum(best[1:], best[:-1] + row), out=new[1:])
    return new


def _traced(rows: Sequence[Array]) -> Places:
    table = [np.zeros(len(rows[0]) + 1, np.int64)]
    for row in rows:
        table.append(_next(table[-1], row))
    i, j, found = len(rows), len(rows[0]), []
    while i and j:
        if table[i][j] == table[i - 1][j]:
            i -= 1
        elif table[i][j] == table[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found.append((i, j))
    return found[::-1]
