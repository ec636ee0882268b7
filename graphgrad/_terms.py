"""Terms: what nodes compute, composed; each can be written, and evaluated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphgrad._node import Constant, Node
from graphgrad._notation import Form, filled, read, slot
from graphgrad._ops._movement import BroadcastTo, Reshape, Transpose
from graphgrad._ops._reduction import Sum
from graphgrad._ops._structure import Cast
from graphgrad._primitive import Primitive
from graphgrad._symbol import Symbol
from graphgrad._types import Array, Shape, broadcast
from graphgrad._typeset import shown_number

__all__ = [
    "Applied",
    "Named",
    "Number",
    "Term",
    "applied",
    "form_of",
    "symbol_form",
    "unmoved",
]

# The same numbers in another shape or order, or repeated.
MOVES = (Reshape, Transpose, BroadcastTo)

# What a constant that came from a setting, such as β₁, is written as.
Settings = Callable[[Node], "Form | None"]


class Term:
    """A quantity that equations are made of: the value of ``node``.

    ``size`` counts the operations in it that are shown, ``depth`` is how many stand
    in each other, and ``covers`` are their nodes.
    """

    __slots__ = ("covers", "depth", "node", "size")

    def __init__(
        self, node: Node, size: int = 0, covers: tuple[Node, ...] = ()
    ) -> None:
        """Stand for the value of a node."""
        self.node = node
        self.size = size
        self.depth = 0
        self.covers = covers

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.node.shape


class Named(Term):
    """A quantity that has a name."""

    __slots__ = ()


class Number(Term):
    """A constant of the graph."""

    __slots__ = ()

    @property
    def value(self) -> Array:
        """The constant itself."""
        assert isinstance(self.node.op, Constant), "numbers are constants"
        value: Array = np.asarray(self.node.op.value)
        return value


class Applied(Term):
    """A primitive of terms.

    ``parts`` may be simpler than the node's inputs, where the result is the same.
    """

    __slots__ = ("op", "parts", "small")

    def __init__(
        self,
        node: Node,
        parts: Sequence[Term],
        given: Sequence[Term],
        op: Primitive | None = None,
        small: Shape | None = None,
    ) -> None:
        """Apply a primitive, the node's, to ``parts``, which came from ``given``.

        It may be ``small``, of a shape that is repeated to that of the node.
        """
        assert isinstance(node.op, Primitive), "operations apply primitives"
        self.op = op or node.op
        self.parts = tuple(parts)
        own = 0 if op is None and is_transparent(node) else 1
        covers = dict.fromkeys(each for term in given for each in term.covers)
        size = own + sum(each.size for each in parts)
        self.small = small
        super().__init__(node, size, (*covers, node))
        self.depth = 1 + max((each.depth for each in (*parts, *given)), default=0)

    @property
    def shape(self) -> Shape:
        """The shape of the value."""
        return self.node.shape if self.small is None else self.small


def is_transparent(node: Node) -> bool:
    """Tell whether equations do not show an operation: it does not change numbers."""
    op = node.op
    if isinstance(op, Cast):
        return np.can_cast(node.inputs[0].dtype, op.dtype, "same_kind")
    return isinstance(op, Primitive) and op.notation == "{0}"


def applied(node: Node, given: Sequence[Term]) -> Term:
    """Return the term of a node, given those of its inputs, without idle moves.

    Where an elementwise operation repeats an operand by itself, nobody needs to say
    that it was repeated before; and a sum of all does not depend on their order.
    """
    op = node.op
    parts = list(given)
    if isinstance(op, Primitive) and op.elementwise:
        numbers = [_number_in(each) for each in given]
        if node.shape and all(numbers):
            return _repeated(node, numbers, given)
        parts = [_as_operand(i, parts, node.shape) for i in range(len(parts))]
    elif isinstance(op, Sum) and not node.shape:
        parts = [_unmoved(parts[0], Reshape, Transpose)]
        axes = tuple(range(len(parts[0].shape)))
        return Applied(node, parts, given, Sum(axes))
    elif isinstance(op, Reshape):
        parts = [_unmoved(parts[0], Reshape)]
    return Applied(node, parts, given)


def unmoved(term: Term, due: Shape) -> Term:
    """Return the simplest term that broadcasts to what this one is."""
    return _as_operand(0, [term], due, exact=False)


# The single number that a term repeats, if there is one.
def _number_in(term: Term) -> Term | None:
    if not term.shape:
        return term
    inner = [each for each in _below_moves(term) if not each.shape]
    return inner[-1] if inner else None


# What is computed of one number, repeated, is one number.
def _repeated(
    node: Node, numbers: Sequence[Term | None], given: Sequence[Term]
) -> Term:
    parts = [each for each in numbers if each is not None]
    inner = Applied(node, parts, given, small=())
    return Applied(node, [inner], [inner], BroadcastTo(node.shape))


def _as_operand(
    i: int, parts: Sequence[Term], due: Shape, *, exact: bool = True
) -> Term:
    others = [each.shape for j, each in enumerate(parts) if j != i]
    best = parts[i]
    for inner in _below_moves(parts[i]):
        if not exact or broadcast(*others, inner.shape) == due:
            best = inner
    return best


# A single number stays what it is, however it is moved; others may be repeated only.
def _below_moves(term: Term) -> Iterator[Term]:
    repeats = True
    while isinstance(term, Applied) and isinstance(term.op, MOVES):
        inner = term.parts[0]
        added = len(term.shape) - len(inner.shape)
        wider = isinstance(term.op, Reshape) and added >= 0
        widened = wider and term.shape == (1,) * added + inner.shape
        repeats = repeats and (widened or isinstance(term.op, BroadcastTo))
        term = inner
        if repeats or int(np.prod(term.shape)) == 1:
            yield term


def _unmoved(term: Term, *moves: type[Primitive]) -> Term:
    while isinstance(term, Applied) and isinstance(term.op, moves):
        term = term.parts[0]
    return term


# ---- writing -------------------------------------------------------------------------


def symbol_form(symbol: Symbol, shape: Shape) -> Form:
    """Return the tree that is one symbol."""
    return Form("symbol", symbol.text, scalar=not shape, symbol=symbol)


def form_of(term: Term, named: Callable[[Term], Form]) -> Form:
    """Return the tree of a term; ``named`` gives those of named terms and numbers."""
    if not isinstance(term, Applied):
        return named(term)
    forms = [form_of(each, named) for each in term.parts]
    op = term.op
    if op is term.node.op and is_transparent(term.node):
        return forms[0]
    form = filled(read(op.formula(*[slot(i) for i in range(len(forms))])), forms)
    if form.sub and _names_all(op, term.parts[0].shape):
        form = replace(form, sub="")
    return replace(form, scalar=not term.shape)


# That a sum is over all axes goes without saying, unless it keeps them.
def _names_all(op: Primitive, shape: Shape) -> bool:
    axes: Any = getattr(op, "axes", None)
    if getattr(op, "keepdims", False):
        return False
    return axes is not None and tuple(axes) == tuple(range(len(shape)))


def number_text(node: Node) -> str:
    """Write a constant of one element; a named length by its name."""
    op = node.op
    assert isinstance(op, Constant), "numbers are constants"
    if op.text is not None:
        return op.text
    value: Any = np.asarray(op.value).item()
    return shown_number(value)
