"""The source of a program: NumPy statements that a person can read, paste and run."""

from __future__ import annotations

import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from graphgrad._graph import Graph
from graphgrad._memory import aligned
from graphgrad._node import Constant, Node, State
from graphgrad._plan import Plan
from graphgrad._primitive import Primitive
from graphgrad._statements import Loop, Statements, comment
from graphgrad._types import Array, DType, Shaped, Spec, size_of

__all__ = ["Source"]

Step = Callable[..., None]

_count = itertools.count()


# Python's compiler moves all of a function's first block of instructions for each name
# that an inner function uses: a branch ends that block.
MANY = 200
BRANCH = ["    if np is None:  # ends a block of instructions", "        return None"]


class _Loader:
    """What tracebacks ask for the lines of a program, as of any module."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, _: str) -> str:
        """Return the text."""
        return self.text


class Source:
    """Writes a plan as a function ``make`` of the state, which returns ``step``."""

    def __init__(self, plan: Plan) -> None:
        """Give every node a Python name."""
        self.plan = plan
        self.graph = plan.graph
        self.statements = statements = Statements(plan, helper_names(self.graph))
        self.names, self.scratch = statements.names, statements.scratch
        self.numbers = statements.numbers
        # Asked for while the calls were written; as large as all results together.
        plan.like.clear()
        self.built: dict[str, Any] = {}
        # What a step is given, and what it looks at these through.
        self.lent = {self.names[node] for node in plan.lent}

    # ---- building --------------------------------------------------------------------

    def build(self) -> tuple[Step, list[Array | None], tuple[Array, ...]]:
        """Compile the text and take the memory; return step, inputs and outputs.

        The step takes the inputs that are lent, of which there is no array yet.
        """
        namespace = self._execute("\n".join(self._module()))
        step, arrays = namespace["make"](**self._given())
        self.built = arrays
        inputs = [arrays.get(self.names[node]) for node in self.graph.inputs]
        outputs = tuple(arrays[self.names[node]] for node in self.graph.outputs)
        return step, inputs, outputs

    def build_recorded(self, note: Callable[..., Any], *, values: bool = False) -> Step:
        """Compile the same step over the same arrays, with a note after each node.

        The note gets the node's name and, with ``values``, what it has computed.
        """
        header = ["def make(note, arrays):", *BRANCH]
        header += [f"    {name} = arrays[{name!r}]" for name in self.built]
        body = [*self._helpers(), *self._functions(), *header]
        body += [*self._step(noted=True, values=values), "    return step"]
        namespace = self._execute(
            "\n".join(["import math", "import numpy as np", *body])
        )
        step: Step = namespace["make"](note, self.built)
        return step

    def _execute(self, text: str) -> dict[str, Any]:
        title = f"graphgrad:program:{next(_count)}"
        namespace: dict[str, Any] = {"__name__": title, "__loader__": _Loader(text)}
        exec(compile(text, title, "exec"), namespace)  # noqa: S102  # our own text
        return namespace

    def _given(self) -> dict[str, Array]:
        given: dict[str, Array] = {}
        for node in self.graph.nodes:
            if isinstance(node.op, State):
                given[self.names[node]] = node.op.cell.array
            elif isinstance(node.op, Constant) and node.op.value is not None:
                given[self.names[node]] = node.op.value
        return given

    # ---- text ------------------------------------------------------------------------

    def text(self) -> str:
        """Return the module with made-up weights and inputs: it runs by itself."""
        lines = self._module()
        given = self._given()
        lines += ["", "", 'if __name__ == "__main__":']
        lines += ["    rng = np.random.default_rng(0)", "    state = {"]
        lines += [
            f"        {self.names[node]!r}: {_start(node)},"
            for node in self.graph.nodes
            if self.names[node] in given
        ]
        lines += ["    }", "    step, arrays = make(**state)"]
        for node in self.graph.inputs:
            name = self.names[node]
            if name in self.lent:
                lines.append(f"    {name} = {_fresh(node)}")
                lines.append(f"    {name}[...] = {_fill(node)}")
            else:
                lines.append(f"    arrays[{name!r}][...] = {_fill(node)}")
        lines.append(f"    step({self._taken()})")
        for node in self.graph.outputs:
            name = self.names[node]
            lines.append(f"    print({name!r}, arrays[{name!r}])")
        return "\n".join(lines) + "\n"

    def _module(self) -> list[str]:
        count = len(self.graph.operations)
        title = self.graph.name or "graph"
        lines = [
            comment(f"{title}: {count} instructions, {self.plan.nbytes:,} bytes"),
            "",
            *(["import math"] if helper_names(self.graph) else []),
            "import numpy as np",
            *self._helpers(),
            *self._functions(),
            *_apart([_text_of(aligned)]),
            "",
            "",
            f"def make({', '.join(self._given())}):",
            *(BRANCH if count > MANY else []),
            *self._memory(),
            *self._views(),
            *self._loops(),
            *self._step(noted=False),
        ]
        shown = ", ".join(f"{name!r}: {name}" for name in self._arrays())
        return [*lines, "    return step, {" + shown + "}"]

    def _helpers(self) -> list[str]:
        helpers: dict[str, None] = {}
        for node in self.graph.operations:
            for helper in _helpers_of(node):
                helpers[_text_of(helper)] = None
        return _apart(helpers)

    def _functions(self) -> list[str]:
        functions = self.statements.functions
        return ["", *(f"{name} = {path}" for name, path in functions.items())]

    # The names of the inputs that a step takes.
    def _taken(self) -> str:
        names = [self.names[node] for node in self.graph.inputs]
        return ", ".join(name for name in names if name in self.lent)

    def _arrays(self) -> list[str]:
        scratch = [name for names in self.scratch.values() for name in names]
        loops = [x.name for x in self._all_loops() if not self._reads_lent(x)]
        stored, scalars = self.plan.scalars, self.statements.scalars
        names = [
            name
            for node, name in self.names.items()
            if name not in self.lent and stored.get(node, True)
        ]
        constants = [name for node, name in scalars.items() if node.is_leaf]
        constants += self.statements.wide.values()
        return [*names, *self.numbers.values(), *constants, *scratch, *loops]

    def _memory(self) -> list[str]:
        names, scalars = self.names, self.statements.scalars
        lines = ["    # inputs"]
        lines += [
            f"    {names[n]} = {_fresh(n)}"
            for n in self.graph.inputs
            if n not in self.plan.lent
        ]
        lines.append("    # buffers, and the results that lie in them")
        lines += [
            f"    {buffer.name} = aligned({buffer.size}, {_type(buffer.dtype)})"
            for buffer in self.plan.buffers
        ]
        lines += self._results()
        for (number, dtype, shape), name in self.numbers.items():
            lines.append(f"    {name} = {_fresh(Spec(shape, dtype))}")
            lines.append(f"    {name}.fill({_literal(number)})")
        for (node, shape), wide in self.statements.wide.items():
            lines.append(f"    {wide} = {_fresh(Spec(shape, node.dtype))}")
            lines.append(f"    {wide}.fill({names[node]})")
        lines += [
            f"    {scalar} = {names[node]}[()]"
            for node, scalar in scalars.items()
            if node.is_leaf
        ]
        for node, taken in self.plan.scratch.items():
            pairs = zip(self.scratch[node], taken, strict=True)
            lines += [
                f"    {name} = {_slot(buffer.name, spec.shape)}"
                for name, (buffer, spec) in pairs
            ]
        return lines + [
            f"    {names[node]} = {names[state]}"
            for node, state in self.plan.target.items()
        ]

    # What is computed in place is one array with two names: NumPy is slow where two
    # arrays share memory.
    def _results(self) -> list[str]:
        first, lines = self.statements.arrays, []
        for node, buffer in self.plan.buffer.items():
            name, shape = self.names[node], node.shape
            if node in self.plan.local:
                shape = self.plan.seen(node, node).shape
            start, order = self.plan.start.get(node, 0), self.plan.order.get(node, "C")
            slot = _slot(buffer.name, shape, start, order)
            lines.append(f"    {name} = {slot if first[node] == name else first[node]}")
        return lines

    def _all_loops(self) -> list[Loop]:
        return list(self.statements.loops.values())

    def _reads_lent(self, loop: Loop) -> bool:
        return not self.lent.isdisjoint(loop.arrays)

    # For each loop the arrays of its rounds, cut once; or once a step, if these are
    # lent.
    def _loops(self, *, lent: bool = False) -> list[str]:
        lines = []
        for loop in self._all_loops():
            if self._reads_lent(loop) is not lent:
                continue
            block = loop.block
            lines += [
                f"    # blocks of {block.step:,} of {block.rows:,} rows",
                f"    {loop.name} = [",
                f"        ({', '.join(loop.parts.values())},)",
                f"        for i in range(0, {block.rows}, {block.step})",
                "    ]",
            ]
        return lines

    def _views(self, *, lent: bool = False) -> list[str]:
        lines = []
        for node in self.graph.nodes:
            if self.plan.kind[node] == "view" and (node in self.plan.lent) is lent:
                assert isinstance(node.op, Primitive), "only primitives make views"
                source = self.names[node.inputs[0]]
                lines.append(f"    {self.names[node]} = {node.op.view_code(source)}")
        return ["    # views", *lines] if lines else []

    def _step(self, *, noted: bool, values: bool = False) -> list[str]:
        lines = ["", f"    def step({self._taken()}):"]
        given = [*self._views(lent=True), *self._loops(lent=True)]
        lines += [f"    {line}" for line in given]
        for loop, nodes in self._parts():
            indent = " " * 8
            if loop is not None:
                lines.append(f"{indent}for {', '.join(loop.parts)}, in {loop.name}:")
                indent += " " * 4
            for node in nodes:
                code = self.statements.code.get(node, [])
                lines += [indent + line for line in code]
                if noted:
                    value = f", {self._result(node, loop)}" if values else ""
                    lines.append(f"{indent}note({node.name!r}{value})")
        return [*lines, "        return None", ""]

    # What has a node's result right after its statements; in a loop, the rows.
    def _result(self, node: Node, loop: Loop | None) -> str:
        if node in self.plan.scalars:
            return self.statements.scalars[node]
        if loop is not None and node in self.plan.block:
            return loop.arrays[self.statements.arrays[node]]
        return self.names[node]

    # The nodes in their order, those of a loop with what lies between them.
    def _parts(self) -> Iterator[tuple[Loop | None, Sequence[Node]]]:
        begins = {block.nodes[0]: block for block in self.statements.loops}
        nodes = iter(self.graph.nodes)
        for node in nodes:
            block = begins.get(node)
            part = [node]
            while block is not None and part[-1] is not block.nodes[-1]:
                part.append(next(nodes))
            yield (self.statements.loops[block] if block else None), part


def helper_names(graph: Graph) -> list[str]:
    """Return the names of the functions whose text a program of ``graph`` carries."""
    return [each.__name__ for node in graph.nodes for each in _helpers_of(node)]


def _helpers_of(node: Node) -> tuple[Callable[..., Any], ...]:
    return node.op.helpers if isinstance(node.op, Primitive) else ()


@cache
def _text_of(helper: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(helper)).rstrip()


def _apart(texts: Iterable[str]) -> list[str]:
    return [line for text in texts for line in ("", "", *text.split("\n"))]


def _shape(shape: tuple[int, ...]) -> str:
    return repr(tuple(int(side) for side in shape))


# np.bool means Python's bool up to NumPy 1.
def _type(dtype: DType) -> str:
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype}"


def _fresh(spec: Shaped) -> str:
    size, shape = int(size_of(spec.shape)), _shape(spec.shape)
    return f"aligned({size}, {_type(spec.dtype)}).reshape({shape})"


def _slot(buffer: str, shape: tuple[int, ...], start: int = 0, order: str = "C") -> str:
    stop = start + int(size_of(shape))
    how = "" if order == "C" else f", order={order!r}"
    return f"{buffer}[{start or ''}:{stop}].reshape({_shape(shape)}{how})"


# Constants and settings as they are, slots at rest, weights made up.
def _start(node: Node) -> str:
    shape, dtype = _shape(node.shape), _type(node.dtype)
    op = node.op
    if isinstance(op, State):
        if op.cell.kind == "parameter":
            return f"rng.normal(0, 0.1, {shape}).astype({dtype})"
        if op.cell.kind in {"slot", "metric"}:
            return f"np.zeros({shape}, {dtype})"
        value = op.cell.array
    else:
        assert isinstance(op, Constant), "others are computed"
        assert op.value is not None, "a program has the values of its constants"
        value = op.value
    first = value.flat[0] if value.size else np.zeros(())
    if value.ndim and (value == first).all():
        return f"np.full({shape}, {first.item()!r}, {dtype})"
    return f"np.array({_literal(value.tolist())}, {dtype})"


def _literal(numbers: Any) -> str:
    return repr(numbers).replace("nan", "np.nan").replace("inf", "np.inf")


def _fill(node: Node) -> str:
    if node.dtype.kind == "f":
        return f"rng.random({_shape(node.shape)})"
    return "0"
