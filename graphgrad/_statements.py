"""Statements: the NumPy calls of a program's step, and the names that they use."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable
from typing import Any

from graphgrad._blocks import Block
from graphgrad._listing import equation
from graphgrad._node import Constant, Node
from graphgrad._plan import Plan, stand_in
from graphgrad._primitive import Operand, Primitive
from graphgrad._scalars import takes_scalar
from graphgrad._types import DType, Shape, Spec, describe, size_of

__all__ = ["Statements", "comment"]

# Names that generated code uses for itself.
RESERVED = {
    *("np", "math", "aligned", "make", "step", "note", "arrays", "i", "range", "float"),
}

# A function of NumPy that generated code calls, such as np.add.reduce.
CALLED = re.compile(r"\bnp((?:\.[a-z_]\w*)+)(?=\()")

WORDS: dict[float, str] = {0: "zero", 1: "one", -1: "minus_one"}

# Up to so many elements, NumPy takes longer to meet one number beside an array than to
# meet an array full of it. Powers look for one number, and have quick ways for some.
WIDE = 512
WIDENED = {"add", "subtract", "multiply", "divide"}

# The dtype and shape of an array full of a number.
Number = tuple[float, DType, Shape]


class Loop:
    """A loop over blocks of rows: the names of what it runs over, with their values.

    ``name`` is that of the list of blocks, ``parts`` the expressions for one that
    begins at the row ``i``.
    """

    def __init__(self, block: Block, used: set[str]) -> None:
        """Run over nothing yet; take no name that is used."""
        self.block = block
        self.name = _fresh_name("blocks", used)
        self.parts: dict[str, str] = {}
        # The name of the rows by that of the array.
        self.arrays: dict[str, str] = {}
        self._used = used

    def rows(self, array: str) -> str:
        """Return the name for the rows of ``array`` that are computed at once."""
        return self._part(array, f"{array}[i : i + {self.block.step}]")

    def part(self, array: str) -> str:
        """Return the name for as much of ``array`` as a block takes."""
        return self._part(array, f"{array}[: {self.block.rows} - i]")

    def _part(self, array: str, value: str) -> str:
        if array not in self.arrays:
            self.arrays[array] = _fresh_name(f"{array}_rows", self._used)
        self.parts[self.arrays[array]] = value
        return self.arrays[array]


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
        for number in [each for n in graph.nodes for each in _numbers_of(n, plan)]:
            if number not in self.numbers:
                plural = "s" if number[2] else ""
                title = f"{WORDS.get(number[0], 'number')}{plural}_{number[1]}"
                self.numbers[number] = _fresh_name(title, used)
        self.scalars = _scalar_names(plan, self.names, used)
        self.wide: dict[tuple[Node, Shape], str] = {}
        for node in graph.nodes:
            for each in _widened(node, plan):
                if (each, node.shape) not in self.wide:
                    fresh = _fresh_name(f"{self.names[each]}_wide", used)
                    self.wide[each, node.shape] = fresh
        self.loops: dict[Block, Loop] = {
            block: Loop(block, used) for block in dict.fromkeys(plan.block.values())
        }
        self.arrays = _first_names(plan, self.names)
        tags = graph.tags()
        self.code = {
            node: self._call(plan, node, tags[node.name])
            for node in graph.nodes
            if plan.kind[node] == "call"
        }

    def _call(self, plan: Plan, node: Node, tag: str) -> list[str]:
        assert isinstance(node.op, Primitive), "only primitives are called"
        operands = [self._operand(plan, each, node) for each in node.inputs]
        loop = self.loops[plan.block[node]] if node in plan.block else None
        for name, (_, spec) in zip(self.scratch[node], plan.scratch[node], strict=True):
            shown = loop.part(name) if loop else name
            operands.append(Operand(shown, stand_in(spec)))
        for number in _numbers_of(node, plan):
            name, shape = self.numbers[number], number[2]
            shown = loop.part(name) if loop and shape else name
            operands.append(Operand(shown, stand_in(Spec(shape, number[1]))))
        if node in plan.scalars:
            code = self._expression(plan, node)
        else:
            code = node.op.emit(self._operand(plan, node, node), *operands)
        where = f" · {node.scope}" if node.scope else ""
        title = comment(f"{tag} {describe(node)}{where}: {equation(node)}")
        return [title, *(CALLED.sub(self._short_name, line) for line in code)]

    def _expression(self, plan: Plan, node: Node) -> list[str]:
        assert isinstance(node.op, Primitive), "only primitives are computed"
        name, array = self.scalars[node], self.names[node]
        read = [
            self.scalars.get(each) or f"{self.names[each]}[()]" for each in node.inputs
        ]
        code = [f"{name} = {node.op.scalar.format(*read)}"]
        return [*code, f"{array}[()] = {name}"] if plan.scalars[node] else code

    # What a node reads or writes at once: an array, or in a loop some of its rows.
    def _operand(self, plan: Plan, source: Node, node: Node) -> Operand:
        if source is not node and not source.shape and takes_scalar(node, source):
            return self._copied(plan, source, node)
        if source in _widened(node, plan):
            return Operand(self.wide[source, node.shape], plan.like[node])
        block = plan.block.get(node)
        if block is None or not block.takes_rows(source, node):
            return Operand(self.names[source], plan.like[source])
        loop, name = self.loops[block], self.arrays[source]
        if source in plan.local:
            return Operand(loop.part(name), stand_in(plan.seen(source, node)))
        return Operand(loop.rows(name), plan.like[source][: block.step])

    # NumPy is slow from one dtype to another, unless it meets Python's number, which is
    # the same if it is a float.
    def _copied(self, plan: Plan, source: Node, node: Node) -> Operand:
        name, like = self.names[source], plan.like[source]
        scalar = self.scalars.get(source)
        floats = source.dtype.kind == node.dtype.kind == "f"
        if floats and source.dtype != node.dtype:
            return Operand(f"float({scalar})" if scalar else f"{name}.item()", like)
        return Operand(scalar or name, like)

    def _short_name(self, called: re.Match[str]) -> str:
        name = "np" + called[1].replace(".", "_")
        self.functions[name] = called[0]
        return name


# Two nodes that lie in one place are one array, which is called as the first is.
def _first_names(plan: Plan, names: dict[Node, str]) -> dict[Node, str]:
    first: dict[Any, str] = {}
    found = dict(names)
    for node, buffer in plan.buffer.items():
        where = plan.start.get(node, 0), plan.order.get(node, "C")
        place = (buffer.name, where, node.shape, node in plan.local)
        found[node] = first.setdefault(place, names[node])
    return found | {node: names[state] for node, state in plan.target.items()}


# Of constants, too, which are read anew at every step.
def _scalar_names(
    plan: Plan, names: dict[Node, str], used: set[str]
) -> dict[Node, str]:
    scalars = {}
    for node, stored in plan.scalars.items():
        for each in node.inputs:
            if isinstance(each.op, Constant) and each not in scalars:
                scalars[each] = _fresh_name(f"{names[each]}_scalar", used)
        name = names[node]
        scalars[node] = _fresh_name(f"{name}_scalar", used) if stored else name
    return scalars


def _widened(node: Node, plan: Plan) -> list[Node]:
    if node.op.name not in WIDENED or not _is_small(node, plan):
        return []
    return [x for x in node.inputs if isinstance(x.op, Constant) and not x.shape]


def _is_small(node: Node, plan: Plan) -> bool:
    small = node.shape != () and size_of(node.shape) <= WIDE
    return (
        small
        and plan.kind[node] == "call"
        and node not in plan.block
        and all(plan.like[x].flags.c_contiguous for x in (node, *node.inputs))
    )


def _numbers_of(node: Node, plan: Plan) -> list[Number]:
    if not isinstance(node.op, Primitive):
        return []
    dtype, shape = node.dtype, plan.seen(node, node).shape
    beside = shape if _is_small(node, plan) else ()
    plain: list[Number] = [(number, dtype, beside) for number in node.op.numbers]
    return plain + [(number, dtype, shape) for number in node.op.filled]


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
