"""What the tests of equations share: a reader of what is printed, and the laws."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from graphgrad._explain import values_of
from graphgrad._explanation import Explanation
from graphgrad._notation import Form, read
from graphgrad._terms import Applied, Number, Term

Array = np.ndarray
Values = Mapping[str, Array]

# ---- trees ---------------------------------------------------------------------------


def evaluated(term: Term, values: Values) -> Array:
    """Compute a term from the values of named nodes."""
    if isinstance(term, Applied):
        parts = [evaluated(each, values) for each in term.parts]
        with np.errstate(all="ignore"):
            return np.asarray(term.op.evaluate(*parts))
    return term.value if isinstance(term, Number) else values[term.node.name]


def check_trees(explained: Explanation, values: Values) -> None:
    """Compare what each equation says with the value of its node, in every bit."""
    for each in explained.statements:
        found = evaluated(each.term, values)
        np.testing.assert_array_equal(found, values[each.node.name])


# ---- printed text --------------------------------------------------------------------

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "Σ": np.sum, "Π": np.prod, "max": np.max, "min": np.min, "∀": np.all, "∃": np.any,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "σ": lambda x: 1 / (1 + np.exp(-x)),
    "H": lambda y, p: -y * np.log(p) - (1 - y) * np.log(1 - p),
    "relu": lambda x: np.maximum(x, 0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "max": np.maximum, "min": np.minimum, "stop": lambda x: x,
    "erf": np.vectorize(math.erf, otypes=[float]),
}  # fmt: skip
INFIX: dict[str, Callable[..., Any]] = {
    "+": np.add, "-": np.subtract, "⊙": np.multiply, "/": np.divide, "^": np.power,
    "=": np.equal, "≠": np.not_equal, "<": np.less, "≤": np.less_equal,
    ">": np.greater, "≥": np.greater_equal, "∧": np.logical_and, "∨": np.logical_or,
}  # fmt: skip
PREFIX: dict[str, Callable[..., Any]] = {
    "-": np.negative, "¬": np.logical_not, "√": np.sqrt, "∛": np.cbrt,
}  # fmt: skip


def padded(x: Array, text: str) -> Array:
    """Surround an array as `pad` says that it does."""
    parts = ast.literal_eval(f"[{text}]")
    value = parts.pop() if parts and not isinstance(parts[-1], tuple) else 0
    return np.pad(x, parts, constant_values=value) if parts else x


def flipped(x: Array, text: str) -> Array:
    """Turn an array round along the axes that a text names."""
    axes = () if text == "∅" else tuple(map(int, text.split(","))) if text else None
    return np.flip(x, axes)


def scanned(scan: Callable[..., Any]) -> Callable[[Array, str], Array]:
    """Return what runs along an axis, from its end if a text says so."""

    def run(x: Array, text: str) -> Array:
        axis = int(text.partition(",")[0])
        turn = np.flip if "reversed" in text else lambda x, _: x
        return np.asarray(turn(scan(turn(x, axis), axis), axis))

    return run


MOVES: dict[str, Callable[[Array, str], Any]] = {
    "pad": padded,
    "flip": flipped,
    "roll": lambda x, text: np.roll(x, *map(int, text.split(","))),
    "transpose": lambda x, text: np.transpose(x, tuple(map(int, text.split(",")))),
    "argmax": lambda x, text: np.argmax(x, int(text) if text else None),
    "argmin": lambda x, text: np.argmin(x, int(text) if text else None),
    "bounded_relu": lambda x, top: np.clip(x, 0, float(top)),
    "leaky_relu": lambda x, slope: np.where(x > 0, x, float(slope) * x),
    "elu": lambda x, depth: np.where(x > 0, x, float(depth) * np.expm1(x)),
    "cumsum": scanned(np.cumsum),
    "cumprod": scanned(np.cumprod),
}


FIXED: dict[str, Any] = {"∞": np.inf, "true": True, "false": False, "None": None}


class UnknownError(Exception):
    """What cannot be computed from text: random numbers, and words."""


class Reader:
    """Computes what a line of text says, given what its symbols mean."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        """Read with these symbols."""
        self.names = names

    def __call__(self, form: Form) -> Any:
        """Compute a tree."""
        return getattr(self, f"_{form.kind}")(form)

    def _number(self, form: Form) -> Any:
        return float(form.head)

    def _symbol(self, form: Form) -> Any:
        if form.head in FIXED:
            return FIXED[form.head]
        if re.match("C[₀-₉]", form.head) and form.head not in self.names:
            raise UnknownError(form.head)
        return self.names[form.head]

    def _words(self, form: Form) -> Any:
        raise UnknownError(form.head)

    def _text(self, form: Form) -> Any:
        if form.head == "…":
            return ...
        bounds = [int(each) if each else None for each in form.head.split(":")]
        return slice(*bounds)

    def _infix(self, form: Form) -> Any:
        if form.head in ("←", "+="):
            raise UnknownError(form.head)
        a, b = map(self, form.parts)
        if form.head == "·":
            return np.matmul(a, b) if np.ndim(a) and np.ndim(b) else a * b
        return INFIX[form.head](a, b)

    def _prefix(self, form: Form) -> Any:
        if form.head in REDUCTIONS:
            return self._reduced(form)
        return PREFIX[form.head](self(form.parts[0]))

    def _reduced(self, form: Form) -> Any:
        x = self(form.parts[0])
        if form.sub == "∅":
            return REDUCTIONS[form.head](x, axis=())
        named = form.sub.strip("()")
        axes = tuple(map(int, named.split(","))) if named else None
        keeps = form.sub.startswith("(")
        return REDUCTIONS[form.head](x, axis=axes, keepdims=keeps)

    def _postfix(self, form: Form) -> Any:
        x = self(form.parts[0])
        return x * x if form.head == "²" else np.swapaxes(x, -1, -2)

    def _call(self, form: Form) -> Any:
        if form.head in REDUCTIONS and len(form.parts) == 1:
            return self._reduced(form)
        parts = [self(each) for each in form.parts]
        if form.head in ("reshape", "broadcast"):
            shape = tuple(self._side(each) for each in form.sub.split("×") if each)
            move = np.reshape if form.head == "reshape" else np.broadcast_to
            return move(parts[0], shape)
        if form.head in MOVES:
            return MOVES[form.head](parts[0], form.sub)
        if form.head in ("concatenate", "stack"):
            return getattr(np, form.head)(parts, int(form.sub or 0))
        function = FUNCTIONS.get(form.head) or getattr(np, form.head, None)
        if function is None:
            raise UnknownError(form.head)
        return function(*parts)

    def _side(self, text: str) -> int:
        return int(text) if text.isdigit() else int(self.names[text])

    def _fence(self, form: Form) -> Any:
        parts = [self(each) for each in form.parts]
        if form.head == "||":
            return np.abs(parts[0])
        return np.concatenate([np.ravel(each) for each in parts])

    def _index(self, form: Form) -> Any:
        base, *entries = map(self, form.parts)
        return base[tuple(map(_entry, entries))]

    def _choice(self, form: Form) -> Any:
        return np.where(*map(self, form.parts))


def _entry(entry: Any) -> Any:
    known = isinstance(entry, slice) or entry is ... or entry is None
    return entry if known else np.asarray(entry, int)


def check_text(explained: Explanation, values: Values) -> int:
    """Compute each printed line from the values of the symbols, one after the other."""
    names = meanings(explained, values)
    checked = 0
    for each, equation in zip(explained.statements, explained.equations, strict=True):
        target, right = re.split(" [=←] ", equation.unicode, maxsplit=1)
        due = values[each.node.name]
        told = says(right, names, due)
        assert told is not False, f"{equation.unicode}: not {due}"
        checked += told is not None
        names[target] = due
    return checked


def says(
    text: str, names: Mapping[str, Any], due: Array, *, spread: bool = False
) -> bool | None:
    """Tell whether a text means ``due``.

    What is ``spread`` may be smaller, and repeated. None: it cannot be computed.
    """
    form = read(text)
    try:
        with np.errstate(all="ignore"):
            found = np.asarray(Reader(names)(form))
    except ValueError:
        return False
    except UnknownError:
        return None
    if spread and found.size < due.size:
        found = np.broadcast_to(found, due.shape)
    return found.size == due.size and agree(found.reshape(due.shape), due)


def agree(found: Array, due: Array) -> bool:
    """Tell whether two arrays are equal but for rounding."""
    scale = float(np.max(np.abs(due[np.isfinite(due)]), initial=1e-3))
    return np.allclose(found, due, rtol=2e-4, atol=2e-5 * scale, equal_nan=True)


def meanings(explained: Explanation, values: Values) -> dict[str, Any]:
    """Return the values of the symbols before the step."""
    names: dict[str, Any] = {}
    for node in explained.graph.nodes:
        if node.is_leaf and node in explained.roles.of:
            value = values[node.name]
            exact = value.astype(np.float64) if value.dtype.kind == "f" else value
            names[explained.roles.of[node].symbol.text] = exact
    for row in explained.where:
        if row.kind == "setting":
            names[str(row.formula)] = float(row.meaning.split(" = ")[1])
    for node, symbol in explained.roles.constants.items():
        names[symbol.text] = values[node.name]
    return names


def check(explained: Explanation, *arrays: Any) -> None:
    """Check all laws of one explanation with these inputs."""
    values = values_of(explained.graph, arrays)
    check_trees(explained, values)
    assert check_text(explained, values)
    check_links(explained)
    check_latex(explained)


def check_links(explained: Explanation) -> None:
    """Every operation is part of an equation, and no equation names another node."""
    named = {name for each in explained.equations for name in each.nodes}
    assert named == {node.name for node in explained.graph.operations}


def check_latex(explained: Explanation) -> None:
    """Braces, brackets and environments are closed in order."""
    pairs = {"{": "}", r"\left": r"\right"}
    for each in explained.equations:
        open_: list[str] = []
        for found in re.findall(r"\\[{}]|\\left\b|\\right\b|[{}]", each.latex):
            if found in pairs:
                open_.append(pairs[found])
            elif found in pairs.values():
                assert open_.pop() == found, each.latex
        assert not open_, each.latex
        assert each.latex.count(r"\begin{") == each.latex.count(r"\end{")


# ---- fixtures ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def check_equations() -> Callable[..., None]:
    """Return the laws of an explanation, checked on inputs."""
    return check


@pytest.fixture(scope="session")
def means() -> Callable[..., bool | None]:
    """Return what tells whether a text means an array."""
    return says


@pytest.fixture(scope="session")
def compute() -> Callable[[str, Mapping[str, Any]], Any]:
    """Return what computes a text, whose sums drop their axes."""

    def result(text: str, names: Mapping[str, Any]) -> Any:
        with np.errstate(all="ignore"):
            return Reader(names)(read(text))

    return result
