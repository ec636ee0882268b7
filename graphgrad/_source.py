"""The source of a program: NumPy statements that a person can read, paste and run."""

from __future__ import annotations

import inspect
import itertools
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from graphgrad._graph import Graph
from graphgrad._node import Constant, Node, State
from graphgrad._plan import Plan
from graphgrad._primitive import Primitive
from graphgrad._statements import Loop, Statements, comment
from graphgrad._types import Array, DType, size_of

__all__ = ["Source"]

Step = Callable[[], None]

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

    # ---- building --------------------------------------------------------------------

    def build(self) -> tuple[Step, tuple[Array, ...], tuple[Array, ...]]:
        """Compile the text and take the memory; return step, inputs and outputs."""
        namespace = self._execute("\n".join(self._module()))
        step, arrays = namespace["make"](**self._given())
        self.built = arrays
        inputs = tuple(arrays[self.names[node]] for node in self.graph.inputs)
        outputs = tuple(arrays[self.names[node]] for node in self.graph.outputs)
        return step, inputs, outputs

    def array(self, node: Node) -> Array:
        """Return the array that holds a node's result, or in a loop a block of it."""
        found: Array = self.built[self.names[node]]
        return found

    def build_recorded(self, note: Callable[[str], Any]) -> Step:
        """Compile the same step over the same arrays, with a note after each node."""
        header = ["def make(note, arrays):", *BRANCH]
        header += [f"    {name} = arrays[{name!r}]" for name in self.built]
        body = [*self._helpers(), *self._functions(), *header]
        body += [*self._step(noted=True), "    return step"]
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
            lines.append(f"    arrays[{name!r}][...] = {_fill(node)}")
        lines.append("    step()")
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
            *(["import math"] if self._helpers() else []),
            "import numpy as np",
            *self._helpers(),
            *self._functions(),
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
                helpers[textwrap.dedent(inspect.getsource(helper))] = None
        return [
            line for text in helpers for line in ("", "", *text.rstrip().split("\n"))
        ]

    def _functions(self) -> list[str]:
        functions = self.statements.functions
        return ["", *(f"{name} = {path}" for name, path in functions.items())]

    def _arrays(self) -> list[str]:
        scratch = [name for names in self.scratch.values() for name in names]
        loops = [loop.name for loop in self.statements.loops.values()]
        return [*self.names.values(), *self.numbers.values(), *scratch, *loops]

    def _memory(self) -> list[str]:
        names = self.names
        lines = ["    # inputs"]
        lines += [f"    {names[n]} = {_fresh('zeros', n)}" for n in self.graph.inputs]
        lines.append("    # buffers, and the results that lie in them")
        lines += [
            f"    {buffer.name} = np.empty({buffer.size}, {_type(buffer.dtype)})"
            for buffer in self.plan.buffers
        ]
        lines += self._results()
        lines += [
            f"    {name} = np.full({_shape(shape)}, {number}, {_type(dtype)})"
            for (number, dtype, shape), name in self.numbers.items()
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

    # For each loop the arrays of its rounds, cut once.
    def _loops(self) -> list[str]:
        lines = []
        for loop in self.statements.loops.values():
            block = loop.block
            lines += [
                f"    # blocks of {block.step:,} of {block.rows:,} rows",
                f"    {loop.name} = [",
                f"        ({', '.join(loop.parts.values())},)",
                f"        for i in range(0, {block.rows}, {block.step})",
                "    ]",
            ]
        return lines

    def _views(self) -> list[str]:
        lines = []
        for node in self.graph.nodes:
            if self.plan.kind[node] == "view":
                assert isinstance(node.op, Primitive), "only primitives make views"
                source = self.names[node.inputs[0]]
                lines.append(f"    {self.names[node]} = {node.op.view_code(source)}")
        return ["    # views", *lines] if lines else []

    def _step(self, noted: bool) -> list[str]:
        lines = ["", "    def step():"]
        for loop, nodes in self._parts():
            indent = " " * 8
            if loop is not None:
                lines.append(f"{indent}for {', '.join(loop.parts)}, in {loop.name}:")
                indent += " " * 4
            for node in nodes:
                code = self.statements.code.get(node, [])
                lines += [indent + line for line in code]
                if noted:
                    lines.append(f"{indent}note({node.name!r})")
        return [*lines, "        return None", ""]

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


def _shape(shape: tuple[int, ...]) -> str:
    return repr(tuple(int(side) for side in shape))


# np.bool means Python's bool up to NumPy 1.
def _type(dtype: DType) -> str:
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype}"


def _fresh(maker: str, node: Node) -> str:
    return f"np.{maker}({_shape(node.shape)}, {_type(node.dtype)})"


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
    numbers = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({numbers}, {dtype})"


def _fill(node: Node) -> str:
    if node.dtype.kind == "f":
        return f"rng.random({_shape(node.shape)})"
    return "0"
