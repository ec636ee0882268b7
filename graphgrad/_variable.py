"""Variable: a tensor with a name and a value that can be assigned."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphgrad._context import CONTEXT
from graphgrad._node import Cell, Node, Place, State
from graphgrad._operators import FUNCTIONS
from graphgrad._tensor import Tensor, plain
from graphgrad._types import Array, check_dtype

__all__ = ["Variable"]


class Variable(Tensor):
    """A tensor with a name whose value can be assigned: a weight, a counter, a slot.

    Programs read it when they start and write it where they assign it.

    >>> import graphgrad as gg
    >>> w = gg.Variable([1.0, 2.0], name="w")
    >>> w.assign(w * 3)
    >>> w.numpy()
    array([3., 6.])
    """

    __slots__ = ("cell", "trainable")

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
        array = np.array(plain(value), dtype=dtype)
        check_dtype(array.dtype, f"variable {name!r}")
        self.cell = Cell(name, array, kind)
        self.trainable = trainable
        super().__init__(None, self._fresh_node())

    def _fresh_node(self) -> Node:
        array = self.cell.array
        version = self.cell.version
        return Node(State(self.cell), (), array.shape, array.dtype, Place(), version)

    @property
    def name(self) -> str:
        """The name, unique in its model."""
        return self.cell.name

    @property
    def node(self) -> Node | None:
        """The leaf that stands for the value now."""
        tape = CONTEXT.tape
        if tape is not None:
            return tape.read(self.cell)
        if not self.trainable:
            return None
        if self._node is None or self._node.saved != self.cell.version:
            self._node = self._fresh_node()
        return self._node

    # In a trace a variable has no value: the graph must read it anew in each run.
    @property
    def _value(self) -> Any:
        return None if CONTEXT.tape is not None else self.cell.array

    @_value.setter
    def _value(self, value: Any) -> None:
        assert value is None, "a variable keeps its value in its cell"

    def assign(self, value: Any) -> None:
        """Take over ``value``, of the same shape; in a trace, record that.

        Graphs recorded earlier refuse to differentiate through the old value.
        """
        FUNCTIONS["assign"](self, value)

    def numpy(self) -> Array:
        """Return a copy of the value."""
        return self.cell.array.copy()
