"""The derivative of a primitive in the notation of its equations, from its own rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphgrad._equations import statements
from graphgrad._node import Constant, Node
from graphgrad._notation import Form
from graphgrad._primitive import Primitive
from graphgrad._reverse import sum_to
from graphgrad._roles import About, Roles
from graphgrad._tensor import Tensor
from graphgrad._terms import Term, form_of, number_text, symbol_form, unmoved
from graphgrad._trace import trace
from graphgrad._types import Shaped, Spec

__all__ = ["Rule", "rule_of"]


class Rule(NamedTuple):
    """The cotangent of one input over slots: 0 is g, 1 the result, 2 on the inputs.

    ``before`` are pairs of a symbol and what it stands for in ``cotangent``.
    """

    cotangent: Form
    before: tuple[tuple[Form, Form], ...]


def rule_of(
    op: Primitive, i: int, out: Shaped, inputs: Sequence[Shaped]
) -> Rule | None:
    """Return the rule by which input ``i`` gets its cotangent; None if it gets none.

    The primitive's own `vjp` is traced on symbols: there is no second table of rules.
    """
    if inputs[i].dtype.kind != "f" or out.dtype.kind != "f":
        return None
    found: list[Tensor | None] = []

    def rule(g: Tensor, y: Tensor, *x: Tensor) -> Tensor:
        term = op.vjp(i, g, y, *x)
        found.append(term)
        return g if term is None else sum_to(term, inputs[i].shape)

    kept = [Spec(each.shape, each.dtype) for each in (out, out, *inputs)]
    graph = trace(rule, *kept)
    if found[0] is None:
        return None
    roles = Roles(graph, About())
    for node in graph.inputs:
        # What stands in a slot is filled in later.
        roles.taken.pop(roles.of[node].symbol.text)
    slots = {node: str(at) for at, node in enumerate(graph.inputs)}

    def called(term: Term) -> Form:
        return _called(term.node, slots, roles)

    if graph.outputs[0].is_leaf:
        return Rule(called(Term(graph.outputs[0])), ())
    *before, last = statements(graph, roles)
    pairs = [(called(Term(e.node)), form_of(e.term, called)) for e in before]
    return Rule(form_of(unmoved(last.term, inputs[i].shape), called), tuple(pairs))


def _called(node: Node, slots: dict[Node, str], roles: Roles) -> Form:
    if node in slots:
        return Form("slot", slots[node], scalar=not node.shape)
    if isinstance(node.op, Constant) and not node.shape:
        return Form("number", number_text(node), scalar=True)
    if isinstance(node.op, Constant):
        return symbol_form(roles.constant(node), node.shape)
    return symbol_form(roles.of[node].symbol, node.shape)
