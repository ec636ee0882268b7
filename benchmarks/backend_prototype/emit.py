"""Emit: the text of a step in C, and of an epoch, the loop over its batches."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.backend_prototype.calls import call
from benchmarks.backend_prototype.loops import loop
from benchmarks.backend_prototype.places import C_TYPES
from benchmarks.backend_prototype.schedule import Schedule
from benchmarks.backend_prototype.text import Memory, comment

__all__ = ["emit"]

# The step itself is static: C libraries have functions of that name.
ENTRY = [
    "void run_step(void **memory, int32_t *note)",
    "{",
    "    step(memory, note);",
    "}",
]


def emit(schedule: Schedule, memory: Memory) -> str:
    """Write the file, with ``run_step`` and ``run_epoch``.

    ``memory`` points at the arrays of ``memory.roots``. With NOTES defined, a step
    writes the positions of the nodes that it has executed to ``note``.
    """
    lines = ['#include "runtime.h"', ""]
    lines += ["static void step(void **memory, int32_t *note)", "{"]
    for node, i in memory.number.items():
        kind = C_TYPES[node.dtype.name]
        lines.append(f"    {kind} *m{i} = memory[{i}]; {comment(node.name)}")
    lines += _notes(schedule, -1)
    for i, item in enumerate(schedule.items):
        write = loop if item.kind == "loop" else call
        lines += ["", *write(memory, item), *_notes(schedule, i)]
    return "\n".join([*lines, "}", "", *ENTRY, "", *_epoch(schedule, memory), ""])


def _notes(schedule: Schedule, item: int) -> Iterator[str]:
    done = schedule.executed[item]
    if done:
        yield "#ifdef NOTES"
        yield from (f"    *note++ = {position};" for position in done)
        yield "#endif"


def _epoch(schedule: Schedule, memory: Memory) -> Iterator[str]:
    yield "void run_epoch(void **memory, const char **data, const int64_t *order,"
    yield "               int64_t steps)"
    yield "{"
    yield "    for (int64_t s = 0; s < steps; s++) {"
    for i, node in enumerate(schedule.graph.inputs):
        rows = node.shape[0]
        size = node.nbytes // rows
        yield f"        for (int r = 0; r < {rows}; r++)"
        yield f"            memcpy((char *)memory[{memory.number[node]}] + r * {size},"
        yield f"                   data[{i}] + order[s * {rows} + r] * {size}, {size});"
    yield "        step(memory, NULL);"
    yield "    }"
    yield "}"
