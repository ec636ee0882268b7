"""What looking into a program's runs needs: which one, its state kept, its costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphgrad._measured import Operation
from graphgrad._node import Cell, Node, State
from graphgrad._ops._packing import Pack
from graphgrad._plan import Plan
from graphgrad._primitive import Primitive
from graphgrad._program import Program
from graphgrad._types import Array, size_of

__all__ = ["Kept", "bytes_of", "flops_of", "is_idle", "operations", "program_of"]

# How results come about that no instruction of a step computes: a view is made once and
# for all, and what is computed right into the state needs no copy.
IDLE = frozenset({"view", "assigned"})


class Kept:
    """The state that a program may write, and its count of runs, as they were."""

    def __init__(self, program: Program) -> None:
        """Copy it."""
        self._program = program
        states = [n.op for n in program.graph.states if isinstance(n.op, State)]
        self._before: list[tuple[Cell, Array]] = [
            (state.cell, state.cell.array.copy()) for state in states
        ]
        self._runs = program.runs

    def put_back(self) -> None:
        """Write it back; what was read meanwhile, and kept, is outdated."""
        for cell, array in self._before:
            np.copyto(cell.array, array)
            (cell.home or cell).writes += 1
        self._program.runs = self._runs


def program_of(
    thing: Any, arrays: Sequence[Any], what: str, model: str
) -> tuple[Program, Sequence[Any]]:
    """Return the program that runs ``thing`` on ``arrays``, and the arrays it takes.

    ``what`` and ``model`` are for the message: what was asked for, and the call that
    does it for a model.
    """
    if isinstance(thing, Program):
        return thing, arrays
    prepare = getattr(thing, "prepare", None)
    if prepare is None or not hasattr(thing, "programs"):
        raise TypeError(
            f"{what} is made of a Program or of a function of gg.jit, got "
            f"{type(thing).__name__}; of a model, {model} makes it"
        )
    program, given = prepare(*arrays)
    return program, given


def is_idle(plan: Plan | None, node: Node) -> bool:
    """Return whether no instruction of a step has anything to do for ``node``."""
    if plan is None:
        return False
    if plan.kind[node] in IDLE or not isinstance(node.op, Pack):
        return plan.kind[node] in IDLE
    # What has been computed into its place already is not packed once more.
    buffer, start = plan.buffer.get(node), 0
    for each in node.inputs:
        if plan.buffer.get(each) is not buffer or plan.start.get(each, -1) != start:
            return False
        start += int(size_of(each.shape))
    return buffer is not None


def flops_of(node: Node) -> int:
    """Return the floating-point operations that the primitive of ``node`` counts."""
    op = node.op
    return int(op.flops(node, *node.inputs)) if isinstance(op, Primitive) else 0


def bytes_of(plan: Plan | None, node: Node) -> int:
    """Return the bytes that a step reads and writes for ``node``, each once."""
    if is_idle(plan, node):
        return 0
    read = [*dict.fromkeys(node.inputs)]
    if node.op.has_effect:
        read = read[1:]
    return node.nbytes + sum(each.nbytes for each in read)


def operations(
    program: Program, times: Mapping[Node, float], runs: int
) -> list[Operation]:
    """Return a row for each operation of ``program``, given what it takes, in µs."""
    total, tags = sum(times.values()), program.graph.tags()
    return [
        Operation(
            name=node.name,
            time_us=spent,
            share=spent / total if total else 0.0,
            flops=flops_of(node),
            nbytes=bytes_of(program.plan, node),
            tag=tags[node.name],
            primitive=node.op.name,
            scope=node.scope,
            phase=node.phase,
            shape=node.shape,
            dtype=str(node.dtype),
            runs=runs,
        )
        for node, spent in times.items()
    ]
