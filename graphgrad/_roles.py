"""What the quantities of a graph are called in equations, and what they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import NamedTuple

import numpy as np

from graphgrad._adjoints import adjoints, loss_of
from graphgrad._graph import Graph
from graphgrad._node import Constant, Input, Node, State
from graphgrad._notation import Form
from graphgrad._ops._packing import Pack
from graphgrad._primitive import Primitive
from graphgrad._symbol import Symbol
from graphgrad._typeset import shown_number

__all__ = ["About", "Role", "Roles"]

# What the field calls these; whatever is not here is called by its own name.
WORDS = {
    "kernel": "W", "bias": "b", "gamma": "γ", "beta": "β", "embeddings": "E",
    "alpha": "α", "momentum": "m", "velocity": "v", "learning_rate": "η",
    "iterations": "t", "weights": "θ",
}  # fmt: skip
# So many quantities of one name are told apart by primes, and further by numbers.
PRIMES = 3
SETTINGS = {
    "beta_1": "β₁", "beta_2": "β₂", "epsilon": "ε", "momentum": "μ", "rho": "ρ",
    "weight_decay": "λ",
}  # fmt: skip


@dataclass(frozen=True)
class About:
    """What a model says of itself: its layers, its optimizer and their settings.

    ``layers`` are titles by path, ``numbers`` the layers' numbers, ``activated`` the
    layers whose output goes through an activation.
    """

    title: str = ""
    layers: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    activated: frozenset[str] = frozenset()
    optimizer: str = ""
    settings: Mapping[str, float] = field(default_factory=dict)
    is_model: bool = False


class Naming(NamedTuple):
    """What the names in equations come from: the model, and the graph it recorded.

    ``recorded`` is the graph before passes; without passes there is none.

    >>> import graphgrad as gg
    >>> gg.equations.Naming().about.is_model
    False
    """

    about: About = About()
    recorded: Graph | None = None


class Role(NamedTuple):
    """What a node is called, and what it is; a ``soft`` name is for who needs one."""

    symbol: Symbol
    meaning: str
    soft: bool = False


class Roles:
    """The roles of a graph's nodes, found in the graph or in the recorded one.

    ``recorded`` is the graph that passes made this one from; its names live on in the
    origins of nodes.
    """

    def __init__(
        self, graph: Graph, about: About, recorded: Graph | None = None
    ) -> None:
        """Name inputs, states, and what layers, the loss and derivatives are."""
        self.graph = graph
        self.about = about
        self.taken: dict[str, Node | str] = {}
        self.of: dict[Node, Role] = {}
        self.used: dict[str, float] = {}
        self.constants: dict[Node, Symbol] = {}
        self._counts: dict[str, int] = {}
        # What the states are called, by the names of their cells.
        self._cells: dict[str, Symbol] = {}
        source = recorded or graph
        self._further = {*graph.inputs[2:], *source.inputs[2:]}
        self.loss = loss_of(graph)
        self.numbers = dict(about.numbers)
        self._number_scopes(source)
        self._reserve_settings(source)
        found = self._in_recorded(source)
        if recorded is None:
            self.of.update(found)
        else:
            self._take_over(found)
            self._name_homes()

    # ---- names -----------------------------------------------------------------------

    def free(self, *wanted: Symbol) -> Symbol:
        """Return the first of these symbols that stands for nothing else yet."""
        last = wanted[-1]
        primed = (replace(last, primes=n) for n in range(1, PRIMES + 1))
        for symbol in (*wanted, *primed):
            if symbol.text not in self.taken:
                break
        else:
            symbol = self._counted(last)
        self.taken[symbol.text] = symbol.text
        return symbol

    # Where names go on is remembered, so that many of one name are found in a row.
    def _counted(self, last: Symbol) -> Symbol:
        for n in count(self._counts.get(last.text, PRIMES + 1)):
            symbol = _with_number(last, n)
            if symbol.text not in self.taken:
                self._counts[last.text] = n + 1
                return symbol
        raise AssertionError("numbers do not end")

    def setting(self, node: Node) -> Form | None:
        """Return what a constant of the optimizer is made of, if one setting fits."""
        op = node.op
        if node.scope != self.about.optimizer or not isinstance(op, Constant):
            return None
        if op.value is None or node.shape or float(op.value) in (0.0, 0.5, 1.0, 2.0):
            return None
        found = [
            (name, inverted)
            for name, value in self.about.settings.items()
            for inverted, meant in ((False, value), (True, 1 - value))
            if np.asarray(meant, node.dtype) == op.value
        ]
        if len(found) != 1:
            return None
        name, inverted = found[0]
        self.used[name] = self.about.settings[name]
        symbol = setting_symbol(name)
        form = Form("symbol", symbol.text, scalar=True, symbol=symbol)
        if not inverted:
            return form
        one = Form("number", "1", scalar=True)
        return Form("infix", "-", (one, form), scalar=True)

    def constant(self, node: Node) -> Symbol:
        """Return the symbol of an array that is fixed: 𝟏 where all of it is 1."""
        if node not in self.constants:
            letter = _letter(node)
            if letter is not None:
                sides = "×".join(map(str, node.shape))
                self.constants[node] = Symbol(letter, sides, bold=True)
            else:
                number = str(len(self.constants) + 1)
                self.constants[node] = self.free(Symbol("C", number, bold=True))
        return self.constants[node]

    # ---- the recorded graph ----------------------------------------------------------

    def _number_scopes(self, graph: Graph) -> None:
        for node in graph.operations:
            if node.phase == "forward" and node.scope and not self.about.numbers:
                self.numbers.setdefault(node.scope, len(self.numbers) + 1)

    def _reserve_settings(self, graph: Graph) -> None:
        self.taken["L"] = "L"
        for node in graph.nodes:
            if isinstance(node.op, Constant):
                self.setting(node)
        for name in self.used:
            text = setting_symbol(name).text
            self.taken[text] = text
        self.used.clear()

    def _in_recorded(self, graph: Graph) -> dict[Node, Role]:
        found: dict[Node, Role] = {}
        for node in graph.nodes:
            if node.is_leaf and not isinstance(node.op, Constant):
                found[node] = self._leaf(node)
        loss = loss_of(graph)
        pairs = adjoints(graph, loss) if loss is not None else {}
        if loss is not None and (loss.phase == "loss" or pairs):
            found[loss] = Role(Symbol("L"), "loss of the batch")
        self._name_layers(graph, found, pairs)
        for node, late in pairs.items():
            if node in found and late not in found and node is not loss:
                name = found[node].symbol
                symbol = Symbol("L", by=name, bold=bool(late.shape))
                soft = not _is_weight(node)
                meaning = f"gradient of the loss by {name.text}"
                found[late] = Role(self.free(symbol), meaning, soft)
        return found

    def _name_layers(
        self, graph: Graph, found: dict[Node, Role], pairs: Mapping[Node, Node]
    ) -> None:
        users = graph.users()
        scopes: dict[str, list[Node]] = {}
        for node in graph.operations:
            if node.phase == "forward" and node.scope and not node.op.has_effect:
                scopes.setdefault(node.scope, []).append(node)
        for scope, nodes in scopes.items():
            looks = scope in self.about.activated or not self.about.is_model
            inner = _last_reader(nodes) if looks else None
            end = _output(nodes, users, graph.outputs, inner)
            number = str(self._number(scope))
            title = self.about.layers.get(scope, "")
            layer = f"layer {scope}" + (f", {title}" if title else "")
            activated = scope in self.about.activated and inner is end
            if inner is not None and (inner is not end or activated):
                soft = inner not in pairs and not activated
                role = self._role("z", number, inner, f"pre-activation of {layer}")
                found[inner] = role._replace(soft=soft)
            if end is not None and end not in found:
                found[end] = self._role("a", number, end, f"output of {layer}")
            first = inner if inner in found else end
            late = pairs.get(first) if first is not None else None
            if late is not None and first is not None and late not in found:
                by = found[first].symbol.text
                meaning = f"gradient of the loss by {by}, ∂L/∂{by}"
                role = self._role("δ", number, late, meaning)
                found[late] = role._replace(soft=inner is None)

    def _role(self, base: str, sub: str, node: Node, meaning: str) -> Role:
        return Role(self.free(Symbol(base, sub, bold=bool(node.shape))), meaning)

    def _number(self, scope: str) -> int:
        return self.numbers.setdefault(scope, len(self.numbers) + 1)

    # ---- leaves ----------------------------------------------------------------------

    def _leaf(self, node: Node) -> Role:
        bold = bool(node.shape)
        if isinstance(node.op, Input):
            name = node.op.name
            if self.about.is_model and node in self._further:
                weight = Symbol("sample_weight", bold=bold)
                return Role(self.free(weight), "weights of the samples")
            meanings = {"x": "data of the batch", "y": "labels of the batch"}
            if self.about.is_model and name in meanings:
                wanted = Symbol("X" if name == "x" else name, bold=bold)
                return Role(self.free(wanted, word(name, bold)), meanings[name])
            return Role(self.free(word(name, bold)), f"input {name}")
        assert isinstance(node.op, State), "leaves are inputs, constants and states"
        kind, name = node.op.cell.kind, node.op.cell.name
        whole = Symbol(name.replace("/", "_"), bold=bold)
        symbol = self.free(*self._state_symbols(name, bold), whole)
        self._cells[name] = symbol
        return Role(symbol, f"{kind} {name}")

    # What the field calls it, and its own name; both with the layer's number.
    def _state_symbols(self, name: str, bold: bool) -> list[Symbol]:
        owner, _, last = name.rpartition("/")
        usual = WORDS.get(last)
        if owner in self.numbers:
            number = str(self.numbers[owner])
            own = Symbol(last, number, bold=bold)
            return [Symbol(usual, number, bold=bold), own] if usual else [own]
        slot, _, weight = name.removeprefix(f"{self.about.optimizer}/").partition("/")
        if self.about.optimizer and name.startswith(f"{self.about.optimizer}/"):
            base = WORDS.get(slot, slot)
            if not weight:
                return [Symbol(base, bold=bold)]
            of = self._cells.get(weight) or self._state_symbols(weight, bold)[0]
            return [Symbol(base, of, bold=bold)]
        slot, _, layer = name.partition("/")[2].partition("/")
        if layer in self.numbers:
            return [Symbol(slot, str(self.numbers[layer]), bold=bold)]
        if owner:
            return [Symbol(last, owner.replace("/", "_"), bold=bold)]
        return [Symbol(usual, bold=bold)] if usual else [word(last, bold)]

    # ---- the graph that runs ---------------------------------------------------------

    def _take_over(self, found: dict[Node, Role]) -> None:
        by_name = {node.name: (node, role) for node, role in found.items()}
        last: dict[str, Node] = {}
        for node in self.graph.nodes:
            for name in node.origins or (node.name,):
                if name in by_name and node.shape == by_name[name][0].shape:
                    last[name] = node
        for name, (_, role) in by_name.items():
            if name in last:
                self.of.setdefault(last[name], role)

    # States that several became, and gradients that were laid side by side.
    def _name_homes(self) -> None:
        for node in self.graph.nodes:
            if node in self.of or isinstance(node.op, Constant):
                continue
            if node.is_leaf:
                role = self._leaf(node)
                several = len(node.origins)
                if several > 1:
                    role = role._replace(meaning=f"{role.meaning}: {several} as one")
                self.of[node] = role
            elif isinstance(node.op, Pack) and self._packs_gradients(node):
                by = Symbol("θ", bold=True)
                symbol = self.free(Symbol("L", by=by, bold=True))
                self.of[node] = Role(symbol, "all gradients, side by side")

    def _packs_gradients(self, node: Node) -> bool:
        roles = [self.of.get(each) for each in node.inputs]
        return all(role is not None and role.symbol.by is not None for role in roles)


# What is made of one number only. Of what a tape has recorded, the values are gone.
def _letter(node: Node) -> str | None:
    value = node.op.value if isinstance(node.op, Constant) else None
    if value is None or not value.size or (value != value.flat[0]).any():
        return None
    return {1.0: "𝟏", 0.0: "𝟎"}.get(float(value.flat[0]))


def _with_number(symbol: Symbol, n: int) -> Symbol:
    if symbol.by is not None or isinstance(symbol.sub, Symbol):
        return replace(symbol, base=f"{symbol.base}_{n}")
    return replace(symbol, sub=f"{symbol.sub}_{n}" if symbol.sub else str(n))


def word(name: str, bold: bool = False) -> Symbol:
    """Return the symbol of a plain name; a number at its end stands below."""
    found = re.fullmatch(r"(.*[^\d_])_?(\d+)", name)
    base, sub = (found[1], found[2]) if found else (name, "")
    return Symbol(base, sub, bold=bold)


def setting_symbol(name: str) -> Symbol:
    """Return the symbol of a setting: β₁ for ``beta_1``."""
    usual = SETTINGS.get(name, name)
    base = usual.rstrip("₀₁₂₃₄₅₆₇₈₉")
    below = usual[len(base) :].translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    return Symbol(base, below)


def setting_meaning(name: str, value: float) -> str:
    """Say what a setting is."""
    return f"{name} = {shown_number(value)}"


# What others read, and the layer itself does not; of the shape that the layer's product
# has. A joint form of activation and loss may have left nothing of it.
def _output(
    nodes: list[Node],
    users: Mapping[Node, list[Node]],
    outputs: Iterable[Node],
    inner: Node | None,
) -> Node | None:
    ends, own = set(outputs), set(nodes)
    found = [
        node
        for node in nodes
        if not own.intersection(users[node])
        and (inner is None or node.shape == inner.shape)
        and (node in ends or any(map(_reads_on, users[node])))
    ]
    return found[-1] if found else None


def _reads_on(user: Node) -> bool:
    return user.phase in ("forward", "loss") and not user.op.has_effect


def _last_reader(nodes: list[Node]) -> Node | None:
    readers = [node for node in nodes if any(map(_is_parameter, node.inputs))]
    return readers[-1] if readers else None


def _is_parameter(node: Node) -> bool:
    while isinstance(node.op, Primitive) and node.op.view and len(node.inputs) == 1:
        node = node.inputs[0]
    return _is_weight(node)


def _is_weight(node: Node) -> bool:
    return isinstance(node.op, State) and node.op.cell.kind == "parameter"
