"""The source of a program: NumPy statements that a person can read, paste and run."""

from __future__ import annotations

import inspect
import itertools
import keyword
import re
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np

from graphgrad._listing import equation
from graphgrad._node import Constant, Node, State
from graphgrad._plan import Plan, stand_in
from graphgrad._primitive import Operand, Primitive
from graphgrad._types import Array, DType, describe, size_of

__all__ = ["Source"]

Step = Callable[[], None]

# Names that generated code uses for itself.
RESERVED = {"np", "math", "make", "step", "note", "arrays"}

# A function of NumPy that generated code calls, such as np.add.reduce.
CALLED = re.compile(r"\bnp((?:\.[a-z_]\w*)+)(?=\()")

WORDS = {0: "zero", 1: "one"}

_count = itertools.count()


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
        helpers = {each.__name__ for n in self.graph.nodes for each in _helpers_of(n)}
        taken = RESERVED | helpers | {buffer.name for buffer in plan.buffers}
        self.names = {
            node: Operand(_fresh_name(node.name, taken), plan.like[node])
            for node in self.graph.nodes
        }
        self.scratch = {
            node: [
                Operand(_fresh_name(f"{node.name}_scratch", taken), stand_in(spec))
                for _, spec in lent
            ]
            for node, lent in plan.scratch.items()
        }
        self.numbers = self._named_numbers(taken)
        self.built: dict[str, Any] = {}

    # The arrays of numbers that calls need, each made once.
    def _named_numbers(self, taken: set[str]) -> dict[tuple[float, DType], Operand]:
        found: dict[tuple[float, DType], Operand] = {}
        for node in self.graph.operations:
            for key in _numbers_of(node):
                if key not in found:
                    title = f"{WORDS.get(key[0], 'number')}_{key[1]}"
                    found[key] = Operand(_fresh_name(title, taken), np.array(*key))
        return found

    # ---- building --------------------------------------------------------------------

    def build(self) -> tuple[Step, tuple[Array, ...], tuple[Array, ...]]:
        """Compile the text and take the memory; return step, inputs and outputs."""
        namespace = self._execute("\n".join(self._module()))
        step, arrays = namespace["make"](**self._given())
        self.built = arrays
        inputs = tuple(arrays[self.names[node]] for node in self.graph.inputs)
        outputs = tuple(arrays[self.names[node]] for node in self.graph.outputs)
        return step, inputs, outputs

    def build_recorded(self, note: Callable[[str], None]) -> Step:
        """Compile the same step over the same arrays, with a note after each node."""
        header = ["def make(note, arrays):"]
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
            _comment(f"{title}: {count} instructions, {self.plan.nbytes:,} bytes"),
            "",
            *(["import math"] if self._helpers() else []),
            "import numpy as np",
            *self._helpers(),
            *self._functions(),
            "",
            "",
            f"def make({', '.join(self._given())}):",
            *self._memory(),
            *self._views(),
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

    # NumPy's functions by names of their own: to look them up anew at every call would
    # take a quarter of the time of a small call.
    def _functions(self) -> list[str]:
        lines = "\n".join(self._step(noted=False, short=False))
        found = dict.fromkeys(CALLED.findall(lines))
        made = [f"np{path.replace('.', '_')} = np{path}" for path in found]
        return ["", *made] if made else []

    def _arrays(self) -> list[str]:
        names: list[str] = [self.names[node] for node in self.graph.nodes]
        names += self.numbers.values()
        scratch = [
            name for node in self.plan.scratch for name in self._scratch_names(node)
        ]
        return names + scratch

    def _memory(self) -> list[str]:
        names = self.names
        lines = ["    # inputs"]
        lines += [f"    {names[n]} = {_fresh('zeros', n)}" for n in self.graph.inputs]
        lines.append("    # buffers, and the results that lie in them")
        lines += [
            f"    {buffer.name} = np.empty({buffer.size}, {_type(buffer.dtype)})"
            for buffer in self.plan.buffers
        ]
        lines += [
            f"    {names[node]} = {_slot(buffer.name, node.shape)}"
            for node, buffer in self.plan.buffer.items()
        ]
        lines += [
            f"    {name} = np.array({key[0]}, {_type(key[1])})"
            for key, name in self.numbers.items()
        ]
        for node, taken in self.plan.scratch.items():
            pairs = zip(self._scratch_names(node), taken, strict=True)
            lines += [
                f"    {name} = {_slot(buffer.name, spec.shape)}"
                for name, (buffer, spec) in pairs
            ]
        return lines + [
            f"    {names[node]} = {names[state]}"
            for node, state in self.plan.target.items()
        ]

    def _views(self) -> list[str]:
        lines = []
        for node in self.graph.nodes:
            if self.plan.kind[node] == "view":
                assert isinstance(node.op, Primitive), "only primitives make views"
                source = self.names[node.inputs[0]]
                lines.append(f"    {self.names[node]} = {node.op.view_code(source)}")
        return ["    # views", *lines] if lines else []

    def _scratch_names(self, node: Node) -> list[Operand]:
        return self.scratch.get(node, [])

    def _step(self, noted: bool, short: bool = True) -> list[str]:
        tags = self.graph.tags()
        lines = ["", "    def step():"]
        for node in self.graph.nodes:
            if self.plan.kind[node] == "call":
                lines += self._call(node, tags[node.name], short)
            if noted:
                lines.append(f"        note({node.name!r})")
        return [*lines, "        return None", ""]

    def _call(self, node: Node, tag: str, short: bool) -> list[str]:
        op = node.op
        assert isinstance(op, Primitive), "only primitives are called"
        inputs = [self.names[each] for each in node.inputs]
        inputs += self._scratch_names(node)
        inputs += [self.numbers[key] for key in _numbers_of(node)]
        code = op.emit(self.names[node], *inputs)
        if short:
            code = [CALLED.sub(_short_name, line) for line in code]
        where = f" · {node.scope}" if node.scope else ""
        comment = _comment(f"{tag} {describe(node)}{where}: {equation(node)}")
        return [f"        {comment}"] + [f"        {line}" for line in code]


def _numbers_of(node: Node) -> list[tuple[float, DType]]:
    if not isinstance(node.op, Primitive):
        return []
    return [(number, node.dtype) for number in node.op.numbers]


def _short_name(called: re.Match[str]) -> str:
    return "np" + called[1].replace(".", "_")


def _helpers_of(node: Node) -> tuple[Callable[..., Any], ...]:
    return node.op.helpers if isinstance(node.op, Primitive) else ()


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
def _comment(text: str) -> str:
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return f"# {shown}"


def _shape(shape: tuple[int, ...]) -> str:
    return repr(tuple(int(side) for side in shape))


# np.bool means Python's bool up to NumPy 1.
def _type(dtype: DType) -> str:
    return "np.bool_" if dtype.kind == "b" else f"np.{dtype}"


def _fresh(maker: str, node: Node) -> str:
    return f"np.{maker}({_shape(node.shape)}, {_type(node.dtype)})"


def _slot(buffer: str, shape: tuple[int, ...]) -> str:
    return f"{buffer}[:{int(size_of(shape))}].reshape({_shape(shape)})"


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
    numbers = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({numbers}, {dtype})"


def _fill(node: Node) -> str:
    if node.dtype.kind == "f":
        return f"rng.random({_shape(node.shape)})"
    return "0"
