"""Statements: the NumPy calls of a program's step, and the names that they use."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable

import numpy as np

from graphgrad._listing import equation
from graphgrad._node import Node
from graphgrad._plan import Plan, stand_in
from graphgrad._primitive import Operand, Primitive
from graphgrad._types import DType, describe

__all__ = ["Statements", "comment"]

# Names that generated code uses for itself.
RESERVED = {"np", "math", "make", "step", "note", "arrays"}

# A function of NumPy that generated code calls, such as np.add.reduce.
CALLED = re.compile(r"\bnp((?:\.[a-z_]\w*)+)(?=\()")

WORDS = {0: "zero", 1: "one"}

Number = tuple[float, DType]


class Statements:
    """For each node of a plan its name, and for each call its lines.

    ``functions`` are NumPy's by the names that the lines have for them: to look one up
    in its module at every call would take a quarter of the time of a small call.
    """

    def __init__(self, plan: Plan, taken: Iterable[str]) -> None:
        """Name everything; write the calls."""
        graph = plan.graph
        self.functions: dict[str, str] = {}
        used = {*RESERVED, *taken, *(buffer.name for buffer in plan.buffers)}
        self.names: dict[Node, str] = {
            node: _fresh_name(node.name, used) for node in graph.nodes
        }
        self.scratch: dict[Node, list[str]] = {
            node: [_fresh_name(f"{node.name}_scratch", used) for _ in lent]
            for node, lent in plan.scratch.items()
        }
        self.numbers: dict[Number, str] = {}
        for number in [each for node in graph.nodes for each in _numbers_of(node)]:
            if number not in self.numbers:
                title = f"{WORDS.get(number[0], 'number')}_{number[1]}"
                self.numbers[number] = _fresh_name(title, used)
        tags = graph.tags()
        self.code = {
            node: self._call(plan, node, tags[node.name])
            for node in graph.nodes
            if plan.kind[node] == "call"
        }

    def _call(self, plan: Plan, node: Node, tag: str) -> list[str]:
        assert isinstance(node.op, Primitive), "only primitives are called"
        operands = [Operand(self.names[x], plan.like[x]) for x in node.inputs]
        lent = zip(self.scratch[node], plan.scratch[node], strict=True)
        operands += [Operand(name, stand_in(spec)) for name, (_, spec) in lent]
        for number in _numbers_of(node):
            operands.append(Operand(self.numbers[number], np.array(*number)))
        code = node.op.emit(Operand(self.names[node], plan.like[node]), *operands)
        where = f" · {node.scope}" if node.scope else ""
        title = comment(f"{tag} {describe(node)}{where}: {equation(node)}")
        return [title, *(CALLED.sub(self._short_name, line) for line in code)]

    def _short_name(self, called: re.Match[str]) -> str:
        name = "np" + called[1].replace(".", "_")
        self.functions[name] = called[0]
        return name


def _numbers_of(node: Node) -> list[tuple[float, DType]]:
    if not isinstance(node.op, Primitive):
        return []
    return [(number, node.dtype) for number in node.op.numbers]


# ASCII alone: Python takes some other letters for the same name.
def _fresh_name(name: str, taken: set[str]) -> str:
    base = re.sub(r"[^A-Za-z0-9_]", "_", name)
    own = base.startswith("np_") or not base.isidentifier()
    if own or keyword.iskeyword(base):
        base = f"n_{base}"
    fresh, count = base, 1
    while fresh in taken:
        fresh, count = f"{base}_v{count}", count + 1
    taken.add(fresh)
    return fresh


# Names are the users': in a comment, they stay on its line.
def comment(text: str) -> str:
    """Write a comment."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return f"# {shown}"
