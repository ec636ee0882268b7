"""Node: one application of a primitive, or a leaf; what graphs are made of."""

from __future__ import annotations

import itertools
import math
import os
from typing import Any, NamedTuple

from graphgrad._types import Array, DType, Shape, describe

__all__ = [
    "NOWHERE",
    "Cell",
    "Constant",
    "Fixed",
    "Input",
    "Leaf",
    "Line",
    "Node",
    "Op",
    "Place",
    "State",
    "constructor",
    "snake_case",
]

_next_number = itertools.count().__next__


class Line:
    """A line of a file, where something was written; a file "" is unknown.

    Where a thing was written makes it no other thing: all lines are equal. Pickles hold
    none, for they may be read on another machine.
    """

    __slots__ = ("file", "number")

    def __init__(self, file: str = "", number: int = 0) -> None:
        """Note a file as Python calls it, and a line of it, from 1 on."""
        self.file = file
        self.number = number

    def __eq__(self, other: object) -> bool:
        """Be equal to every other line."""
        return isinstance(other, Line)

    def __hash__(self) -> int:
        """Be like every other line."""
        return 0

    def __deepcopy__(self, memo: Any) -> Line:
        """Stay: a copy was written at the same place."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Leave the place behind."""
        return Line, ()

    def __repr__(self) -> str:
        """Name the line without the folder of its file."""
        return f"{os.path.split(self.file)[1]}:{self.number}" if self.file else "?"


NOWHERE = Line()


class Place(NamedTuple):
    """Where a node belongs: the layer, loss or optimizer, and the phase of the step.

    ``constant`` is true of what was recorded under `no_grad`: no gradient goes through.
    ``of`` is the node whose derivative rule recorded this one; in a graph, its name.
    ``line`` is where a traced operation was written, as far as that is known.
    """

    scope: str = ""
    phase: str = "forward"
    constant: bool = False
    of: Node | str = ""
    line: Line = NOWHERE


class Op:
    """What a node applies: a `Primitive`, or the kind of `Leaf` that it is."""

    __slots__ = ()
    name: str = "op"
    is_leaf: bool = False
    has_effect: bool = False


def constructor(cls: Any) -> Any:
    """Return the `__init__` of a primitive: it takes the static parameters in order."""
    known = {name: f"cls.{name}" for name in cls.fields if hasattr(cls, name)}
    taken = [f"{k}={known[k]}" if k in known else k for k in cls.fields]
    lines = [f"    put(self, {name!r}, {name})" for name in cls.fields]
    text = "\n".join([f"def __init__({', '.join(['self', *taken])}):", *lines])
    namespace = {"cls": cls, "put": object.__setattr__}
    exec(text, namespace)  # noqa: S102  # our own text
    return namespace["__init__"]


def snake_case(name: str) -> str:
    """Write a class name as a function name.

    >>> snake_case("AddN")
    'add_n'
    """
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Leaf(Op):
    """The op of a node without inputs: its value comes from outside the graph."""

    __slots__ = ()
    is_leaf = True


class Input(Leaf):
    """An argument of a traced function, or a tensor whose gradient is asked for."""

    __slots__ = ("name",)

    def __init__(self, name: str = "input") -> None:
        """Name the input as the traced function names its argument."""
        self.name = name


class Constant(Leaf):
    """A value fixed when the graph was recorded; None where only its shape was kept."""

    __slots__ = ("text", "value")
    name = "constant"

    def __init__(self, value: Array | None, text: str | None = None) -> None:
        """Hold ``value``; ``text`` is what a reader sees in its place."""
        self.value = value
        self.text = text


class Fixed(Constant):
    """A constant on a tape: it has no node, and so a shape and a dtype of its own.

    Of a constant the tape keeps no more than that and, for a reader, a single number.
    """

    __slots__ = ("dtype", "shape")

    def __init__(self, value: Array) -> None:
        """Note what ``value`` is like."""
        self.value = value if value.ndim == 0 else None
        self.text = None
        self.shape: Shape = value.shape
        self.dtype: DType = value.dtype


class Cell:
    """A named array that outlives a step: a weight, an optimizer slot, a counter.

    It may be a part of another cell, its ``home``, from the element ``start`` on.
    ``bound`` says that a program holds its array, which then stays where it is.
    """

    __slots__ = (
        "__weakref__",
        "array",
        "bound",
        "home",
        "kind",
        "name",
        "start",
        "writes",
    )

    def __init__(self, name: str, array: Array, kind: str = "parameter") -> None:
        """Hold ``array`` itself, not a copy: programs write into it."""
        self.name = name
        self.array = array
        self.kind = kind
        self.home: Cell | None = None
        self.start = 0
        self.bound = False
        self.writes = 0

    @property
    def version(self) -> int:
        """A number that grows with every change of the array."""
        return self.writes if self.home is None else self.writes + self.home.writes


class State(Leaf):
    """The value that a cell has when the graph starts."""

    __slots__ = ("cell",)

    def __init__(self, cell: Cell) -> None:
        """Read ``cell``."""
        self.cell = cell

    @property
    def name(self) -> str:  # type: ignore[override]  # a leaf is called like its cell
        """The name of the cell."""
        return self.cell.name


class Node:
    """One application of ``op`` to ``inputs``, with the shape and dtype of its result.

    On a tape, ``saved`` holds those inputs that the op's VJP reads, and for the others
    what has their shape and dtype; ``result`` is the result, if it is read; constants
    among the inputs are `Fixed`, not nodes; and ``number`` is the order of recording.
    In a `Graph`, ``name`` is unique and ``origins`` are the names of the recorded nodes
    that this one came from.

    >>> import graphgrad as gg
    >>> node = gg.trace(gg.tanh, gg.Spec((3,)))["tanh"]
    >>> node.op, node.shape, node.phase, [each.name for each in node.inputs]
    (tanh, (3,), 'forward', ['x'])
    """

    __slots__ = (
        "__weakref__",
        "dtype",
        "grad",
        "hooks",
        "inputs",
        "name",
        "number",
        "op",
        "origins",
        "place",
        "result",
        "saved",
        "shape",
    )

    def __init__(
        self,
        op: Op,
        inputs: tuple[Node, ...],
        shape: Shape,
        dtype: DType,
        place: Place,
        saved: Any = None,
        result: Any = None,
    ) -> None:
        """Record one application; numbers grow, so that inputs come before users."""
        self.op = op
        self.inputs = inputs
        self.shape = shape
        self.dtype = dtype
        self.place = place
        self.saved = saved
        self.result = result
        self.number = _next_number()
        self.name = ""
        self.origins: tuple[str, ...] = ()
        self.grad: Any = None
        self.hooks: list[Any] | None = None

    @property
    def scope(self) -> str:
        """The layer, loss or optimizer that recorded this node."""
        return self.place.scope

    @property
    def phase(self) -> str:
        """The phase of the step: forward, loss, backward or update."""
        return self.place.phase

    @property
    def derivative_of(self) -> str:
        """The name of the node whose derivative rule recorded this one, if one did.

        It is the name that the node had when it was recorded: see ``origins``.
        """
        of = self.place.of
        return of if isinstance(of, str) else ""

    @property
    def is_leaf(self) -> bool:
        """Whether the value comes from outside the graph."""
        return self.op.is_leaf

    @property
    def nbytes(self) -> int:
        """The size of the result in bytes."""
        return int(math.prod(self.shape)) * self.dtype.itemsize

    def __repr__(self) -> str:
        """Say what the node is and what it gives."""
        return f"<Node {self.name or self.op.name} {describe(self)}>"
