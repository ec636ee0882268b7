"""Explanation: a graph as numbered equations, with what each symbol stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from graphgrad._equations import Statement, statements
from graphgrad._explained import as_html, as_latex, as_markdown, as_text
from graphgrad._formula import Equation, Formula, NodeEquation, Where
from graphgrad._graph import Graph
from graphgrad._node import Constant, Input, Node, State
from graphgrad._notation import PREFIX, Form, filled, read, slot
from graphgrad._primitive import Primitive
from graphgrad._reverse import reachable
from graphgrad._roles import About, Roles, setting_meaning, setting_symbol
from graphgrad._rules import Rule, rule_of
from graphgrad._symbol import Symbol
from graphgrad._terms import Number, Term, form_of, number_text, symbol_form
from graphgrad._types import Array, describe
from graphgrad._typeset import shown_number

__all__ = ["Explanation"]

# Arrays of more elements are not written out where numbers are put in.
SMALL = 16

# What schools do not teach.
SIGNS = {
    "⊙": "Multiply each element by its partner.",
    "₍": "The axes in these parentheses are kept, with length one.",
    "ᵀ": "Exchange rows and columns.",
    "←": "Become: from here on, the symbol means the new value.",
}


class Explanation:
    """The equations of a graph, made by `explain`.

    `str` gives plain text; `markdown`, `latex` and `html` the same for documents.
    ``equations`` are the equations, ``where`` what each symbol stands for, and `node`
    gives the equation of one node alone.

    >>> import graphgrad as gg
    >>> w = gg.Variable(3.0, name="w")
    >>> def step(x):
    ...     loss = (w * x - 1) ** 2
    ...     (slope,) = gg.gradients(loss, [w])
    ...     gg.assign(w, w - 0.5 * slope)
    ...     return loss
    >>> print(gg.explain(gg.trace(step, 0.0)))
    step
    <BLANKLINE>
    Forward
      (1)  u₁ = w·x − 1       F1, F2
      (2)  L = u₁²            F3
    <BLANKLINE>
    Backward
      (3)  ∂L/∂w = 1·2·u₁·x   B4–B6
    <BLANKLINE>
    Forward
      (4)  w ← w − 0.5·∂L/∂w  F7–F9
    <BLANKLINE>
    where
      x      f64 ()  input x
      w      f64 ()  parameter w
      u₁     f64 ()  in between
      L      f64 ()  loss of the batch
      ∂L/∂w  f64 ()  gradient of the loss by w
      ←              Become: from here on, the symbol means the new value.
    """

    def __init__(
        self,
        graph: Graph,
        about: About | None = None,
        recorded: Graph | None = None,
        values: Mapping[str, Array] | None = None,
    ) -> None:
        """Explain ``graph``; ``values`` of its nodes are put in for symbols."""
        self.graph = graph
        self.about = about or About()
        self.roles = Roles(graph, self.about, recorded)
        self.values = values
        self.statements = statements(graph, self.roles)
        self._tags = graph.tags()
        self._named = {tag: name for name, tag in self._tags.items()}
        # The name of one node may be the tag of another: then it means the former.
        self._named |= {each.name: each.name for each in graph.nodes}
        self._met: dict[Node, None] = {}
        self._words: dict[str, Primitive] = {}
        self._rules: dict[Any, Rule | None] = {}
        # The new values of states, which have the states' names.
        self._new = {each.node for each in self.statements if each.state is not None}
        loss = self.roles.loss
        self._before = graph.nodes if loss is None else reachable([loss])
        self.equations = tuple(self._equations())
        self.where = tuple(self._where())

    @property
    def title(self) -> str:
        """What is explained."""
        return self.about.title or self.graph.name or "graph"

    @cached_property
    def metrics(self) -> frozenset[str]:
        """The scopes that keep a metric's state."""
        return frozenset(
            each.scope
            for each in self.graph.effects
            if isinstance(state := each.inputs[0].op, State)
            and state.cell.kind == "metric"
        )

    # ---- equations -------------------------------------------------------------------

    def _equations(self) -> Iterator[Equation]:
        for number, each in enumerate(self.statements, start=1):
            taken = {n for n in each.covers if not n.is_leaf}
            covers = sorted(taken, key=lambda node: node.number)
            place = each.node.place if not each.node.is_leaf else covers[-1].place
            form = self._whole(each)
            self._note(form, covers)
            yield Equation(
                number,
                Formula(form),
                each.node.name,
                tuple([node.name for node in covers]),
                tuple([self._tags[node.name] for node in covers]),
                place.phase,
                place.scope,
                describe(each.node),
                self._substituted(each),
                tuple(self._unprinted(each)),
            )

    def _whole(self, each: Statement) -> Form:
        target = self._called(Term(each.state or each.node))
        op = "=" if each.state is None else "←"
        return Form("equation", op, (target, form_of(each.term, self._called)))

    def _called(self, term: Term) -> Form:
        node = term.node
        if isinstance(node.op, Constant):
            return self._constant(node)
        self._met[node] = None
        return symbol_form(self.roles.of[node].symbol, node.shape)

    def _constant(self, node: Node) -> Form:
        setting = self.roles.setting(node)
        if setting is not None:
            return setting
        if not node.shape:
            return Form("number", number_text(node), scalar=True)
        return symbol_form(self.roles.constant(node), node.shape)

    def node(self, name: str) -> NodeEquation:
        """Return the equation of one node alone, and the rule of its derivative.

        The rule is the primitive's own, traced on symbols: of each input, what it adds
        to the derivative by that input. Nodes without a name in the equations are
        called by their tags, and ``name`` may be a tag.

        >>> import graphgrad as gg
        >>> found = gg.explain(gg.trace(gg.sigmoid, gg.Spec((3,)))).node("sigmoid")
        >>> str(found.formula), [str(each) for each in found.vjp]
        ('y = σ(x)', ['∂L/∂x += ∂L/∂y ⊙ y ⊙ (1 − y)'])
        """
        node = self.graph[self._named.get(name, name)]
        op = node.op
        target = self._alone(node)
        if not isinstance(op, Primitive):
            return NodeEquation(Formula(target), (), self._told(node))
        inputs = [self._alone(each) for each in node.inputs]
        text = op.formula(*[slot(i) for i in range(len(inputs))])
        form = filled(read(text), inputs)
        if not op.has_effect:
            form = Form("equation", "=", (target, form))
        rules = self._rules_of(node, op, target, inputs)
        asked = node in self._before and not op.has_effect
        vjp = tuple(rules) if asked else ()
        return NodeEquation(Formula(form), vjp, self._told(node))

    def _told(self, node: Node) -> tuple[Where, ...]:
        told = []
        for each in dict.fromkeys((node, *node.inputs)):
            if not each.op.has_effect and not isinstance(each.op, Constant):
                role = self.roles.of.get(each)
                meaning = role.meaning if role is not None else each.op.name
                formula = Formula(self._alone(each))
                told.append(Where(formula, describe(each), meaning, each.name))
        return tuple(told)

    def _rules_of(
        self, node: Node, op: Primitive, target: Form, inputs: list[Form]
    ) -> Iterator[Formula]:
        slots = [_derivative(target), target, *inputs]
        for i, each in enumerate(node.inputs):
            asked = self.roles.loss is None or not isinstance(each.op, Input)
            if isinstance(each.op, Constant) or not asked:
                continue
            known = (op, i, describe(node), *map(describe, node.inputs))
            if known not in self._rules:
                self._rules[known] = rule_of(op, i, node, node.inputs)
            rule = self._rules[known]
            if rule is None:
                continue
            for name, meant in rule.before:
                yield Formula(Form("equation", "=", (name, filled(meant, slots))))
            sides = _derivative(inputs[i]), filled(rule.cotangent, slots)
            yield Formula(Form("equation", "+=", sides))

    def _alone(self, node: Node) -> Form:
        if isinstance(node.op, Constant):
            return self._constant(node)
        role = self.roles.of.get(node)
        if role is None or node.op.has_effect:
            return symbol_form(Symbol(self._tags[node.name]), node.shape)
        symbol = role.symbol
        if node in self._new:
            symbol = replace(symbol, primes=symbol.primes + 1)
        return symbol_form(symbol, node.shape)

    # ---- numbers ---------------------------------------------------------------------

    def _substituted(self, each: Statement) -> Formula | None:
        if self.values is None:
            return None
        first = form_of(each.term, self._valued)
        form = whole = self._whole(each)
        results = [self._value_form(each.node)] if self._is_small(each.node) else []
        for step in (first, *results):
            if step not in (form.parts[1], whole.parts[1]):
                form = Form("equation", "=", (form, step))
        return Formula(form)

    def _valued(self, term: Term) -> Form:
        if isinstance(term, Number) and not term.shape:
            return Form("number", number_text(term.node), scalar=True)
        return self._value_form(term.node)

    def _value_form(self, node: Node) -> Form:
        assert self.values is not None, "numbers were asked for"
        value = np.asarray(self.values[node.name])
        if not value.shape:
            text = shown_number(value.item(), 4)
            return Form("number", text, scalar=True, measured=True)
        if self._is_small(node):
            return Form("array", node.name, value=value)
        return self._called(Term(node))

    # What a constant is stands in the list of symbols.
    def _unprinted(self, each: Statement) -> Iterator[tuple[Formula, str]]:
        if self.values is None:
            return
        met: dict[Node, None] = {}

        def meet(term: Term) -> Form:
            met[term.node] = None
            return self._valued(term)

        form_of(each.term, meet)
        shown: dict[str, tuple[Formula, str]] = {}
        for node in (*met, each.state or each.node):
            if not self._is_small(node) and not isinstance(node.op, Constant):
                formula = Formula(self._called(Term(node)))
                shown.setdefault(formula.unicode, (formula, _why_unprinted(node)))
        yield from shown.values()

    def _is_small(self, node: Node) -> bool:
        return int(np.prod(node.shape)) <= SMALL and len(node.shape) <= 2

    # ---- what symbols stand for ------------------------------------------------------

    # Within the formula of an operation, heads of parts do not mean that operation.
    def _note(self, form: Form, covers: list[Node]) -> None:
        shown = set(_heads(form))
        for node in covers:
            if isinstance(node.op, Primitive):
                slots = [slot(i) for i in range(len(node.inputs))]
                whole = read(node.op.formula(*slots))
                if _is_word(whole) and whole.head in shown:
                    self._words.setdefault(whole.head, node.op)

    def _where(self) -> Iterator[Where]:
        said: set[Symbol] = set()
        for node in sorted(self._met, key=lambda each: each.number):
            role = self.roles.of.get(node)
            if role is None or role.symbol in said:
                continue
            said.add(role.symbol)
            formula = Formula(symbol_form(role.symbol, node.shape))
            yield Where(formula, describe(node), role.meaning, node.name)
        for name, value in self.roles.used.items():
            formula = Formula(symbol_form(setting_symbol(name), ()))
            yield Where(formula, "setting", setting_meaning(name, value))
        for node, symbol in self.roles.constants.items():
            formula = Formula(symbol_form(symbol, node.shape))
            yield Where(formula, describe(node), _told_constant(node), node.name)
        for head, op in self._words.items():
            kind = "text" if head in PREFIX else "symbol"
            yield Where(Formula(Form(kind, head)), "", _meaning(op))
        for sign, meaning in SIGNS.items():
            if any(sign in each.unicode for each in self.equations):
                yield Where(Formula(Form("text", sign)), "", meaning)

    # ---- documents -------------------------------------------------------------------

    def __str__(self) -> str:
        """Write the equations as plain text."""
        return as_text(self)

    def markdown(self) -> str:
        """Return the equations as Markdown with LaTeX between ``$$``."""
        return as_markdown(self)

    def latex(self) -> str:
        """Return the equations as the body of a LaTeX document that uses amsmath."""
        return as_latex(self)

    def html(self) -> str:
        """Return the equations as a piece of HTML with MathML, without scripts."""
        return as_html(self)

    def _repr_markdown_(self) -> str:
        return as_markdown(self)

    def __repr__(self) -> str:
        """Say how many equations there are."""
        return f"<Explanation {self.title}: {len(self.equations)} equations>"


def _derivative(by: Form) -> Form:
    symbol = by.symbol or Symbol(by.head)
    return symbol_form(Symbol("L", by=symbol), () if by.scalar else (1,))


def _why_unprinted(node: Node) -> str:
    sides = " × ".join(map(str, node.shape))
    many = len(node.shape) > 2
    return f"({sides}) {'has too many axes' if many else 'is too large'} to print"


def _is_word(form: Form) -> bool:
    return form.kind == "call" or (form.kind == "prefix" and form.head in "ΣΠ∀∃")


def _heads(form: Form) -> Iterator[str]:
    if _is_word(form):
        yield form.head
    for part in form.parts:
        yield from _heads(part)


# The first sentence of what a primitive says of itself, and its formula if it has one.
def _meaning(op: Primitive) -> str:
    first, *rest = (type(op).__doc__ or "").split("\n\n")
    plain = " ".join(first.replace("``", "").split())
    sentence = plain.split(":")[0].split("; ")[0].rstrip(".") + "."
    if rest and rest[0].strip().startswith("It is ``"):
        sentence += f" It is {rest[0].split('``')[1]}."
    return sentence


def _told_constant(node: Node) -> str:
    value = node.op.value if isinstance(node.op, Constant) else None
    if value is None:
        return "constant"
    text = np.array2string(value, separator=", ", threshold=8, edgeitems=2)
    return f"constant {' '.join(text.split())}"
