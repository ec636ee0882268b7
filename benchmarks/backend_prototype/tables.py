"""Tables: what was measured, as Markdown between two marks of a document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["tables", "write_between_marks"]

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"

COLUMNS = {
    "program": "NumPy program",
    "unfused": "C, a loop per node",
    "fused": "C, fused",
    "blas": "C, fused, OpenBLAS",
    "fit": "`fit`",
    "epoch": "C epoch",
}
SHARES = [
    "calls",
    "fusion",
    "around a step",
    "NumPy program / C, fused",
    "`fit` / C epoch",
]
COUNTS = [
    "workload",
    "nodes",
    "NumPy statements",
    "C, pieces of code, a loop per node",
    "fused",
    "buffers, NumPy",
    "buffers, C, fused",
    "made, NumPy",
    "made, C",
]


def tables(rows: Sequence[dict[str, Any]], machine: str) -> str:
    """Return the tables: times, where they go, and what no machine changes."""
    times = [[*_name(row), *[_time(row, each) for each in COLUMNS]] for row in rows]
    shares = [[*_name(row), *_shares(row)] for row in rows]
    parts = [
        machine,
        _table(["workload", "threads", *COLUMNS.values()], times),
        "Where the difference comes from, in microseconds per step:",
        _table(["workload", "threads", *SHARES], shares),
        "What does not depend on the machine, and what it takes to make a step:",
        _table(COUNTS, [_counts(row) for row in rows if row["threads"] == 1]),
    ]
    return "\n\n".join(parts)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _name(row: dict[str, Any]) -> list[str]:
    return [f"{row['name']}: {row['title']}", str(row["threads"])]


def _time(row: dict[str, Any], column: str) -> str:
    found = row["times"].get(column)
    if found is None:
        return "no OpenBLAS here"
    return f"{_round(found['median'])} ± {_round(found['spread'])}"


def _round(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2g}"


def _shares(row: dict[str, Any]) -> list[str]:
    medians = {name: each["median"] for name, each in row["times"].items()}
    around = medians["fit"] - medians["program"]
    left = medians["epoch"] - medians["fused"]
    return [
        f"{medians['program'] - medians['unfused']:,.1f}",
        f"{medians['unfused'] - medians['fused']:,.1f}",
        f"{around - left:,.1f}",
        f"{medians['program'] / medians['fused']:.1f}",
        f"{medians['fit'] / medians['epoch']:.1f}",
    ]


def _counts(row: dict[str, Any]) -> list[str]:
    return [
        row["name"],
        *[str(row[key]) for key in ("nodes", "statements")],
        *[str(row[key]) for key in ("loops_unfused", "loops_fused")],
        *[f"{row[key] / 1e3:,.1f} kB" for key in ("bytes_program", "bytes_fused")],
        f"{row['made']['program'] * 1e3:.0f} ms",
        f"{row['made']['fused'] * 1e3:,.0f} ms",
    ]


def write_between_marks(path: Path, text: str) -> None:
    """Put the text between the marks of a document, in place of what stood there."""
    document = path.read_text(encoding="utf-8")
    before, _, rest = document.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"{path} lacks the line {BEGIN} or, after it, {END}")
    path.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
