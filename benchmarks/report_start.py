"""The parts of the page that are about starting, memory and growth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import median

from benchmarks.aims import COMPILE_AIM, IMPORT_AIM, MEMORY_AIM
from benchmarks.contestants import CONTESTANTS
from benchmarks.growth import SWEEPS, exponent
from benchmarks.process import SCRIPT_PATIENCE
from benchmarks.results import OURS, Results
from benchmarks.tables import seconds, size, spread, table, three

__all__ = ["growth", "memory", "start"]

_UNITS = {
    "depth": "layers of 16 units, batch 32",
    "width": "units in each of two layers, batch 32",
    "batch": "rows in a batch, 784-25-15-1",
    "steps": "steps of one `fit`, 784-25-15-1, batch 32",
}


def start(results: Results) -> Iterator[str]:
    """Yield the tables of imports and first epochs."""
    if not results.imports:
        return
    yield "## start\n\nThe time of an import, in a new process each time."
    base = median(results.imports["numpy"])
    rows = []
    for name, found in results.imports.items():
        aim = f"at most {IMPORT_AIM:g}" if name == OURS else ""
        middle = median(found)
        package = f"`import {CONTESTANTS[name].package}`"
        row = [package, seconds(middle), spread(found), three(middle / base), aim]
        rows.append(row)
    yield table(["", "median", "spread", "x NumPy's", "aim"], rows)
    yield (
        "From the start of a process to the end of the first epoch of `tiny`: imports, "
        "the model, compiling, seven steps."
    )
    rows = []
    ours = median(results.first_epochs[OURS])
    for name, found in results.first_epochs.items():
        middle = median(found)
        row = [CONTESTANTS[name].title, seconds(middle), spread(found)]
        rows.append([*row, three(middle / ours)])
    yield table(["contestant", "median", "spread", "ratio"], rows)
    if results.compiling:
        middle = median(results.compiling)
        yield (
            "From `Sequential` to the end of the first step of the lesson's model, "
            f"784-25-15-1: {seconds(middle)} ({spread(results.compiling)}), "
            f"{seconds(middle / 3)} a layer; the aim is at most {seconds(COMPILE_AIM)}."
        )


def memory(results: Results) -> Iterator[str]:
    """Yield the table of the memory of `fit`."""
    if not results.memory:
        return
    share, more = MEMORY_AIM
    yield (
        "## memory\n\nWhat `fit` needs beside 60,000 x 784 data at its peak: one epoch "
        "of 784-25-15-1 with Adam. In one batch, the activations of all rows count too."
    )
    rows = []
    for each in results.memory:
        aim = share * each["data"] + more
        batch = "all rows" if each["batch"] == 60_000 else f"{each['batch']} rows"
        row = [each["dtype"], batch, size(each["data"]), size(each["beside"])]
        rows.append([*row, f"at most {size(aim)}"])
    head = ["data", "batch", "bytes of the data", "beside them", "aim"]
    yield table(head, rows)


def growth(results: Results, plots: Mapping[str, str]) -> Iterator[str]:
    """Yield the tables of growth, with the fitted exponents."""
    if not results.growth:
        return
    yield (
        "## growth\n\nHow graphgrad's time and memory grow. *First step* is from "
        "`Sequential` to the end of the first step, *memory* what the process needed "
        "more at its peak. The exponent is fitted to the larger half of the values: "
        "1 is linear. A step costs the same however many there are."
    )
    if "growth" in plots:
        yield f"![Time and memory against what grows]({plots['growth']})"
    for kind, points in results.growth.items():
        values = [float(value) for value, _ in points]
        rows = [
            [
                f"{value:,}",
                seconds(found["compile"]),
                seconds(found["step"]),
                size(found["bytes"]),
            ]
            for value, found in points
        ]
        if len(points) > 3:
            fitted = (
                exponent(values, [found[key] for _, found in points])
                for key in ("compile", "step", "bytes")
            )
            rows.append(["exponent", *(f"{each:.2f}" for each in fitted)])
        rows += [
            [f"{value:,}", f"more than {SCRIPT_PATIENCE} s", "", ""]
            for value in SWEEPS[kind][len(points) :][:1]
        ]
        title = f"{kind}: {_UNITS[kind]}"
        yield table([title, "first step", "a step", "memory"], rows)
