"""Reports: what was checked, how finely, and what was found."""

from __future__ import annotations

from dataclasses import dataclass, field

from graphgrad._errors import GraphgradError

__all__ = ["AGAIN", "GradientMismatch", "GradientReport", "Kink", "NoPowerError", "Row"]

# What stands above the program, at the end of a message.
AGAIN = "\n\nTo see it again:\n\n"


class GradientMismatch(GraphgradError, AssertionError):  # noqa: N818  # as it reads
    """A derivative is not the one of the values; the message says where, and how.

    ``argument`` and ``index`` name the element, ``claimed``, ``numeric`` and ``error``
    are the two derivatives and the error of the second, ``looks_like`` is the diagnosis
    and ``snippet`` a program that shows the failure with small arguments.
    """

    def __init__(
        self,
        message: str,
        *,
        argument: str,
        index: tuple[int, ...] | None = None,
        claimed: float | None = None,
        numeric: float | None = None,
        error: float | None = None,
        looks_like: str = "",
        snippet: str = "",
    ) -> None:
        super().__init__(message)
        self.argument, self.index, self.looks_like = argument, index, looks_like
        self.claimed, self.numeric, self.error = claimed, numeric, error
        self.snippet = snippet


class NoPowerError(GraphgradError, AssertionError):
    """The check could not have told a derivative that is wrong by one in a thousand."""


@dataclass(frozen=True)
class Kink:
    """A point where the slopes on the two sides differ, and the derivative given there.

    ``element`` is the argument's element; None, where several move at once.

    >>> import graphgrad as gg
    >>> print(gg.testing.check_grads(gg.relu, (0.0,), order=1).kinks[0])
    x: the slopes are 0 and 1, the derivative given is 0
    """

    element: str | None
    left: float
    right: float
    claimed: float

    def __str__(self) -> str:
        """Return it as a sentence."""
        where = self.element or "a direction"
        return (
            f"{where}: the slopes are {self.left:.6g} and {self.right:.6g}, "
            f"the derivative given is {self.claimed:.6g}"
        )


@dataclass
class Row:
    """What was found for one kind of derivative, by one argument or by all at once.

    ``apart`` is the largest difference between a claim and a difference of values,
    ``largest`` the largest of the latter.

    >>> import graphgrad as gg
    >>> row = gg.testing.check_grads(gg.sin, ([0.5, 1.0],), order=1).rows[0]
    >>> row.what, row.argument, row.compared, row.worst < 1e-9
    ('gradient', 'x', 4, True)
    """

    what: str
    argument: str
    compared: int = 0
    apart: float = 0.0
    largest: float = 0.0
    finest: float = float("inf")
    tells: bool = False
    moves: bool = False
    jumps: int = 0
    kinks: list[Kink] = field(default_factory=list)

    @property
    def worst(self) -> float:
        """The largest difference, as a share of the largest derivative."""
        return self.apart / self.largest if self.largest and self.moves else 0.0


@dataclass(frozen=True)
class GradientReport:
    """All comparisons of a check that has passed; ``str`` gives a table.

    ``rows`` has one for each derivative and argument: how many numbers were compared,
    the worst relative difference, and the least relative mistake that would have been
    found, infinite where the derivative is 0. ``kinks`` are points where the derivative
    is a convention, between the slopes of the two sides.

    >>> import graphgrad as gg
    >>> report = gg.testing.check_grads(gg.sin, (0.5,), order=1)
    >>> report.rows[0].what, report.rows[0].argument, report.kinks
    ('gradient', 'x', ())
    """

    rows: tuple[Row, ...]

    @property
    def kinks(self) -> tuple[Kink, ...]:
        """The points where a convention was found."""
        return tuple(kink for row in self.rows for kink in row.kinks)

    def __str__(self) -> str:
        """Return a table, and a line for each kink and for what cannot be told."""
        head = ("derivative", "by", "compared", "worst", "would find")
        table = [head, *map(_cells, self.rows)]
        widths = [max(len(row[i]) for row in table) for i in range(len(head))]
        padded = [map(str.ljust, row, widths) for row in table]
        lines = ["  ".join(cells).rstrip() for cells in padded]
        lines += [f"kink at {kink}" for kink in dict.fromkeys(map(str, self.kinks))]
        lines += [
            f"{row.what} by {row.argument}: {row.jumps} could not be compared, where "
            "the values jump"
            for row in self.rows
            if row.jumps
        ]
        return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    finest = f"{row.finest:.0e}" if row.moves else "is 0"
    return row.what, row.argument, f"{row.compared:,}", f"{row.worst:.0e}", finest
