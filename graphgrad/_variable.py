"""Variable: a tensor with a name and a value that can be assigned."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from graphgrad._context import CONTEXT
from graphgrad._node import Cell, Fixed, Node, Place, State
from graphgrad._operators import FUNCTIONS
from graphgrad._tensor import Tensor, plain
from graphgrad._types import Array, check_dtype

__all__ = ["Variable"]


class _Flags:
    # Another object after a flag of any variable was set.
    now: object = object()


class Variable(Tensor):
    """A tensor with a name whose value can be assigned: a weight, a counter, a slot.

    Programs read it when they start and write it where they assign it.

    >>> import graphgrad as gg
    >>> w = gg.Variable([1.0, 2.0], name="w")
    >>> w.assign(w * 3).numpy()
    array([3., 6.])
    """

    __slots__ = ("_leaf", "_seen", "_snapshot", "_trainable", "cell")

    # For whoever remembers what depends on the flags of variables.
    _flags: ClassVar[_Flags] = _Flags()

    def __init__(
        self,
        value: Any,
        *,
        name: str = "variable",
        dtype: Any = None,
        trainable: bool = True,
        kind: str = "parameter",
    ) -> None:
        """Hold a copy of ``value``."""
        array = np.array(plain(value), dtype=dtype, order="C")
        check_dtype(array.dtype, f"variable {name!r}")
        self.cell = Cell(name, array, kind)
        self._trainable = trainable
        self._seen = -1
        self._snapshot: Array | None = None
        self._leaf = Node(State(self.cell), (), array.shape, array.dtype, Place())

    @property
    def name(self) -> str:
        """The name, unique in its model."""
        return self.cell.name

    @property
    def trainable(self) -> bool:
        """Whether training changes the variable, and derivatives are taken by it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = value
        self._flags.now = object()

    @property
    def path(self) -> str:
        """The name, which tells the layers that the variable is a part of."""
        return self.cell.name

    @property
    def value(self) -> Tensor:
        """The value that the variable has now; later assignments do not change it.

        >>> import graphgrad as gg
        >>> w = gg.Variable(1.0)
        >>> before = w.value
        >>> float(w.assign(2.0)), float(before)
        (2.0, 1.0)
        """
        return Tensor(self._value, self.node)

    @property
    def _node(self) -> Node | None:  # type: ignore[override]  # never assigned
        tape = CONTEXT.tape
        if tape is not None:
            return tape.read(self.cell)
        return self._leaf if self._trainable else None

    # In a trace a variable has no value: the graph must read it anew in each run. Else
    # it is a copy, which no program writes into: what was computed from it stays true.
    @property
    def _value(self) -> Any:
        if CONTEXT.tape is not None:
            return None
        if self._snapshot is None or self._seen != self.cell.version:
            self._seen = self.cell.version
            self._snapshot = self.cell.array.copy()
        return self._snapshot

    # Another one each time: a single number is kept, and may be assigned anew.
    def _constant(self) -> Fixed:
        return Fixed(self._value)

    def assign(self, value: Any) -> Tensor:
        """Take over ``value``, of the same shape; in a trace, record that.

        The variable is returned; in a trace, its new value. What was computed from the
        old value keeps it, and its derivatives.
        """
        return FUNCTIONS["assign"](self, value)  # type: ignore[no-any-return]

    def assign_add(self, value: Any) -> Tensor:
        """Add ``value``; in a trace, record that.

        >>> import graphgrad as gg
        >>> count = gg.Variable(1.0)
        >>> float(count.assign_add(2))
        3.0
        """
        return self.assign(self + value)

    def assign_sub(self, value: Any) -> Tensor:
        """Subtract ``value``; in a trace, record that."""
        return self.assign(self - value)

    def numpy(self) -> Array:
        """Return a copy of the value."""
        return self.cell.array.copy()

    def item(self) -> Any:
        """Return the one element as a Python number.

        >>> import graphgrad as gg
        >>> gg.Variable(2.0).item()
        2.0
        """
        return self.cell.array.item()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the value with the name; the history stays behind."""
        cell = self.cell
        return _unpickle, (cell.array, cell.name, self.trainable, cell.kind)

    def __deepcopy__(self, memo: dict[int, Any]) -> Variable:
        """Copy the value into a variable of its own."""
        return _unpickle(*self.__reduce__()[1])


def _unpickle(value: Array, name: str, trainable: bool, kind: str) -> Variable:
    return Variable(value, name=name, trainable=trainable, kind=kind)
