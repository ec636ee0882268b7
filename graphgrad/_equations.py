"""From the nodes of a graph to its equations: what is composed, and what is named."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from graphgrad._graph import Graph
from graphgrad._node import Constant, Node
from graphgrad._ops._movement import Movement
from graphgrad._primitive import Primitive
from graphgrad._roles import Role, Roles
from graphgrad._symbol import Symbol
from graphgrad._terms import Applied, Named, Number, Term, applied

__all__ = ["Statement", "statements"]

# So many operations in one equation can be read.
LONGEST = 12

# Conversions are not shown, and not counted; but no recursion may get deep.
DEEPEST = 50


class Statement(NamedTuple):
    """``target`` is (or, of state, becomes) what ``term`` says.

    ``node`` is the node whose value that is, ``state`` the leaf of the state, if there
    is one, and ``covers`` are all nodes that it takes.
    """

    term: Term
    node: Node
    covers: tuple[Node, ...]
    state: Node | None = None


def statements(graph: Graph, roles: Roles) -> list[Statement]:
    """Return the equations of a graph in the order in which they hold.

    What is read once is composed into its reader. After ``←`` the symbol of a state
    means its new value.
    """
    composer = _Composer(graph, roles)
    composer.compose()
    return composer.result()


class _Composer:
    def __init__(self, graph: Graph, roles: Roles) -> None:
        self.graph = graph
        self.roles = roles
        self.position = {node: i for i, node in enumerate(graph.nodes)}
        self.reads: dict[Node, int] = dict.fromkeys(graph.nodes, 0)
        for node in graph.nodes:
            for each in node.inputs:
                self.reads[each] += 1
        # How a node is read, and what the named ones are.
        self.terms: dict[Node, Term] = {}
        self.named: dict[Node, Term] = {}

    def compose(self) -> None:
        """Find the term of every node, and the nodes that get a name."""
        for node in self.graph.nodes:
            if isinstance(node.op, Constant):
                self.terms[node] = Number(node)
            elif node.is_leaf:
                self.terms[node] = Named(node)
            elif not node.op.has_effect:
                self._compose(node)

    def _compose(self, node: Node) -> None:
        given = [self.terms[each] for each in node.inputs]
        while sum(term.size for term in given) >= LONGEST or _is_deep(given):
            longest = max(given, key=lambda term: (term.size, term.depth))
            self._name(longest.node, longest)
            given = [self.terms[each] for each in node.inputs]
        term = applied(node, given)
        self.terms[node] = term
        if self._has_role(node) or (self.reads[node] > 1 and not _is_cheap(term)):
            self._name(node, term)

    def _has_role(self, node: Node) -> bool:
        role = self.roles.of.get(node)
        called = role is not None and not role.soft
        return called or (node in self.graph.outputs and self._is_output(node))

    def _name(self, node: Node, term: Term) -> None:
        self.named[node] = term
        self.terms[node] = Named(node)

    def _is_output(self, node: Node) -> bool:
        return all(each.inputs[1] is not node for each in self.graph.effects)

    # ---- the order, and the names that are left --------------------------------------

    def result(self) -> list[Statement]:
        """Return the equations in order, and give names to what has none."""
        placed: list[tuple[float, Statement]] = []
        renamed: dict[Node, Node] = {}
        last = self._last_reads()
        for effect in self.graph.effects:
            state, value = _written(effect), effect.inputs[1]
            late = last.get(state, -1)
            if late > self.position[value] and self._can_wait(state, value):
                term = self.terms[value]
                covers = (*term.covers, effect)
                placed.append((late + 0.5, Statement(term, value, covers, state)))
            elif late > self.position[value]:
                self._prime(effect, state, value, placed)
            elif value in self.named and self._is_free(value, renamed):
                renamed[value] = effect
            else:
                placed.append(self._becomes(effect, state, value))
        for node, term in self.named.items():
            placed.append(self._named(node, term, renamed.get(node)))
        placed.sort(key=lambda pair: pair[0])
        found = [each for _, each in placed]
        self._name_the_rest([each.node for each in found if each.state is None])
        return found

    def _is_free(self, value: Node, renamed: dict[Node, Node]) -> bool:
        role = self.roles.of.get(value)
        return (role is None or role.soft) and value not in renamed

    # Where the old value of each state is read for the last time.
    def _last_reads(self) -> dict[Node, int]:
        readers = [*self.named.items()]
        for effect in self.graph.effects:
            value = effect.inputs[1]
            if value not in self.named:
                term = self.terms[value]
                readers.append((value if isinstance(term, Applied) else effect, term))
        last: dict[Node, int] = {}
        for at, term in readers:
            for leaf in _leaves(term):
                last[leaf] = max(last.get(leaf, -1), self.position[at])
        return last

    # A new value that is made of the old one alone is the same later.
    def _can_wait(self, state: Node, value: Node) -> bool:
        if value in self.named:
            return False
        leaves = _leaves(self.terms[value])
        return all(each is state or isinstance(each.op, Constant) for each in leaves)

    def _becomes(
        self, effect: Node, state: Node, value: Node
    ) -> tuple[float, Statement]:
        term = self.terms[value]
        covers = (*term.covers, effect)
        at = value if isinstance(term, Applied) else effect
        return self.position[at], Statement(term, value, covers, state)

    def _prime(
        self,
        effect: Node,
        state: Node,
        value: Node,
        placed: list[tuple[float, Statement]],
    ) -> None:
        if isinstance(self.terms[value], Applied):
            self._name(value, self.terms[value])
            symbol = self.roles.of[state].symbol
            self.roles.of[value] = Role(
                self.roles.free(
                    Symbol(symbol.base, symbol.sub, 1, symbol.by, symbol.bold)
                ),
                f"new value of {symbol.text}",
            )
        end = Statement(self.terms[value], value, (effect,), state)
        # After everything that reads the old value.
        placed.append((len(self.position), end))

    def _named(
        self, node: Node, term: Term, effect: Node | None
    ) -> tuple[float, Statement]:
        if effect is None:
            return self.position[node], Statement(term, node, term.covers)
        state = _written(effect)
        self.roles.of[node] = self.roles.of[state]
        covers = (*term.covers, effect)
        return self.position[node], Statement(term, node, covers, state)

    def _name_the_rest(self, nodes: Sequence[Node]) -> None:
        results = [node for node in nodes if node in self.graph.outputs]
        fresh = [node for node in results if node not in self.roles.of]
        for i, node in enumerate(fresh, start=1):
            sub = str(i) if len(fresh) > 1 else ""
            symbol = self.roles.free(Symbol("y", sub, bold=bool(node.shape)))
            self.roles.of[node] = Role(symbol, "result")
        count = 0
        for node in nodes:
            if node not in self.roles.of:
                count += 1
                symbol = Symbol("u", str(count), bold=bool(node.shape))
                self.roles.of[node] = Role(self.roles.free(symbol), "in between")


def _written(effect: Node) -> Node:
    while effect.op.has_effect:
        effect = effect.inputs[0]
    return effect


# A look at something named, which costs nothing, may be repeated in every equation.
def _is_cheap(term: Term) -> bool:
    if not isinstance(term, Applied) or term.size > 1:
        return False
    looks = isinstance(term.op, Movement) and term.op.view
    return term.size == 0 or (looks and isinstance(term.op, Primitive))


def _is_deep(given: Sequence[Term]) -> bool:
    return any(term.depth >= DEEPEST for term in given)


def _leaves(term: Term) -> set[Node]:
    stack, found = [term], set()
    while stack:
        each = stack.pop()
        if isinstance(each, Applied):
            stack += each.parts
        else:
            found.add(each.node)
    return found
