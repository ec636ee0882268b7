"""Trees of equations as lines of text, with parentheses where precedence needs them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np

from graphgrad._notation import ATOM, LEVELS, Form
from graphgrad._symbol import Symbol, lowered, raised
from graphgrad._types import Array

__all__ = ["Medium", "Plain", "shown_number", "typeset"]

LOWER = str.maketrans("₋₀₁₂₃₄₅₆₇₈₉", "-0123456789")
# An axis, which stands below; in parentheses where it is kept.
SHORT = re.compile(r"\d+|\(\d+\)")
PRODUCTS = frozenset(["·", "⊙", "@"])


class Medium(ABC):
    """How the pieces of an equation are written in one kind of text."""

    # Operators that group what they stand over by themselves, as a fraction's bar does.
    grouping: frozenset[str] = frozenset()

    @abstractmethod
    def symbol(self, symbol: Symbol) -> str:
        """Write the name of a quantity."""

    @abstractmethod
    def word(self, text: str) -> str:
        """Write the name of a function, or a name that a notation uses."""

    @abstractmethod
    def number(self, text: str) -> str:
        """Write a number, or an entry of an index."""

    @abstractmethod
    def array(self, rows: list[list[str]], *, flat: bool) -> str:
        """Write an array by its elements, row by row; ``flat`` if it has one axis."""

    @abstractmethod
    def infix(self, op: str, left: str, right: str) -> str:
        """Write an operator between two operands; × stands for scaling."""

    @abstractmethod
    def prefix(self, op: str, sub: str, operand: str) -> str:
        """Write an operator before its operand."""

    @abstractmethod
    def power(self, base: str, exponent: str, *, plain: bool) -> str:
        """Write a power; ``plain`` if the exponent is a name or a number."""

    @abstractmethod
    def call(self, head: str, sub: str, arguments: Sequence[str]) -> str:
        """Write a function of arguments."""

    @abstractmethod
    def fenced(self, fence: str, parts: Sequence[str]) -> str:
        """Write parts between the two characters of ``fence``."""

    @abstractmethod
    def index(self, base: str, entries: Sequence[str]) -> str:
        """Write a part of an array."""

    @abstractmethod
    def choice(self, condition: str, first: str, second: str) -> str:
        """Write a choice between two values."""

    @abstractmethod
    def words(self, pieces: Sequence[str], parts: Sequence[str]) -> str:
        """Write what is no mathematics: text with operands between its pieces."""


def typeset(form: Form, medium: Medium) -> str:
    """Write a tree in a medium.

    >>> from graphgrad._notation import read
    >>> typeset(read("(a + b)·c - exp(-x²) / √(y + 1)"), Plain())
    '(a + b) ⊙ c − exp(−x²) / √(y + 1)'
    """
    return _Setter(medium).text(form)


class _Setter:
    def __init__(self, medium: Medium) -> None:
        self.medium = medium

    def text(self, form: Form) -> str:
        written: str = getattr(self, f"_{form.kind}")(form)
        return written

    def texts(self, forms: Sequence[Form]) -> list[str]:
        return [self.text(each) for each in forms]

    # ---- what stands alone -----------------------------------------------------------

    def _slot(self, form: Form) -> str:
        return self.medium.word(f"x{lowered(form.head)}")

    def _symbol(self, form: Form) -> str:
        if form.symbol is not None:
            return self.medium.symbol(form.symbol)
        name = form.head.rstrip("₋₀₁₂₃₄₅₆₇₈₉")
        return self.medium.symbol(Symbol(name, form.head[len(name) :].translate(LOWER)))

    def _number(self, form: Form) -> str:
        return self.medium.number(form.head)

    _text = _number

    def _array(self, form: Form) -> str:
        return self.medium.array(_rows(form.value), flat=form.value.ndim < 2)

    def _call(self, form: Form) -> str:
        return self.medium.call(form.head, form.sub, self.texts(form.parts))

    def _fence(self, form: Form) -> str:
        return self.medium.fenced(form.head, self.texts(form.parts))

    def _index(self, form: Form) -> str:
        base, *entries = form.parts
        return self.medium.index(self._base(base), self.texts(entries))

    def _choice(self, form: Form) -> str:
        grouped = "?" in self.medium.grouping
        parts = [self.text(e) if grouped else self._at(2, e) for e in form.parts]
        return self.medium.choice(*parts)

    def _words(self, form: Form) -> str:
        return self.medium.words(form.head.split("\0"), self.texts(form.parts))

    def _equation(self, form: Form) -> str:
        left, right = form.parts
        compared = right.kind == "infix" and LEVELS[right.head] in (0, LEVELS["="])
        second = self._parenthesised(right) if compared else self.text(right)
        return self.medium.infix(form.head, self.text(left), second)

    # ---- operators -------------------------------------------------------------------

    def _infix(self, form: Form) -> str:
        op, (left, right) = form.head, form.parts
        if op == "^":
            plain = right.kind in ("symbol", "number")
            grouped = "^" in self.medium.grouping
            exponent = self.text(right) if grouped or plain else self._at(ATOM, right)
            return self.medium.power(self._base(left), exponent, plain=plain)
        if op == "/" and "/" in self.medium.grouping:
            return self.medium.infix(op, self.text(left), self.text(right))
        if op in PRODUCTS or op == "/":
            return self._product(form)
        level = LEVELS[op]
        tied = op in "+∨∧"
        first = self._at(level + (level == LEVELS["="]), left)
        second = self._at(level if tied or op == "←" else level + 1, right)
        if op in "+-" and _is_negative(right):
            second = self._parenthesised(right)
        return self.medium.infix(op, first, second)

    # Where one factor is a number, it comes first; such a product may stand for any.
    def _product(self, form: Form) -> str:
        kind, (left, right) = _product_kind(form), form.parts
        if kind == "×" and right.scalar and (not left.scalar or _is_first(right, left)):
            left, right = right, left
        first, second = self._at(LEVELS["·"], left), self._at(LEVELS["·"] + 1, right)
        if kind == "/" and right.scalar and left.head == "Σ":
            # The sum of all, divided, is the sum of all that are divided.
            first = self.text(left)
        elif _is_open(left):
            first = self._grouped(left)
        if kind != "/" and _is_open(right) and right.kind == "prefix":
            second = self.text(right)
        inner = _product_kind(left)
        if inner and inner not in ("×", kind) and (inner, kind) != ("@", "/"):
            first = self._grouped(left)
        inner = _product_kind(right)
        if inner and inner != "/" and (kind == "×" or inner == kind == "⊙"):
            second = self.text(right)
        return self.medium.infix(kind, first, second)

    def _prefix(self, form: Form) -> str:
        op, (operand,) = form.head, form.parts
        if op in "√∛":
            inner = self.text(operand) if op in self.medium.grouping else None
            inner = self._base(operand) if inner is None else inner
        else:
            inner = self._at(LEVELS["·"] if op in "-ΣΠ∀∃" else LEVELS[op] + 1, operand)
        return self.medium.prefix(op, form.sub, inner)

    def _postfix(self, form: Form) -> str:
        exponent = {"²": "2", "ᵀ": "ᵀ"}[form.head]
        return self.medium.power(self._base(form.parts[0]), exponent, plain=True)

    # ---- parentheses -----------------------------------------------------------------

    def _at(self, level: int, form: Form) -> str:
        return self.text(form) if self._level(form) >= level else self._grouped(form)

    def _grouped(self, form: Form) -> str:
        if self._level(form) == ATOM:
            return self.text(form)
        return self._parenthesised(form)

    def _parenthesised(self, form: Form) -> str:
        return self.medium.fenced("()", [self.text(form)])

    # What a power, a root or an index is of.
    def _base(self, form: Form) -> str:
        return self.text(form) if form.level == ATOM else self._parenthesised(form)

    def _level(self, form: Form) -> int:
        groups = form.kind in ("infix", "prefix", "choice")
        return ATOM if groups and form.head in self.medium.grouping else form.level


def _product_kind(form: Form) -> str:
    """Return ×, ⊙, @ or / for scaling, products of elements, of matrices, quotients."""
    if form.kind != "infix" or LEVELS[form.head] != LEVELS["·"]:
        return ""
    if form.head == "·":
        return "×" if any(each.scalar for each in form.parts) else "⊙"
    return form.head


# Whether what follows would be taken for a part of the sum.
def _is_open(form: Form) -> bool:
    if form.kind == "prefix":
        return form.head in "ΣΠ"
    kind = _product_kind(form)
    # A product ends with its second factor; a fraction of a sum is open from the start.
    return bool(kind) and _is_open(form.parts[kind != "/"])


def _is_first(right: Form, left: Form) -> bool:
    return _is_fixed(right) and not _is_fixed(left)


# What is measured stands where its name stood.
def _is_fixed(form: Form) -> bool:
    return form.kind == "number" and not form.measured


def _is_negative(form: Form) -> bool:
    return form.head.startswith("-") and form.kind in ("prefix", "number")


# ---- plain text ----------------------------------------------------------------------


class Plain(Medium):
    """Equations as plain Unicode."""

    def symbol(self, symbol: Symbol) -> str:
        """Write the name of a quantity."""
        return symbol.text

    def word(self, text: str) -> str:
        """Write a name as it is."""
        return text

    def number(self, text: str) -> str:
        """Write a number with a true minus, in its exponent too."""
        text = f"−{text[1:]}" if text.startswith("-") else text
        return text.replace("e-", "e−") if text.lstrip("−")[:1].isdigit() else text

    def array(self, rows: list[list[str]], *, flat: bool) -> str:
        """Write the elements in brackets, as NumPy does."""
        lines = [f"[{', '.join(row)}]" for row in rows]
        return lines[0] if flat else f"[{', '.join(lines)}]"

    def infix(self, op: str, left: str, right: str) -> str:
        """Write products of numbers and matrices close together."""
        if op in "×@":
            return f"{left}·{right}"
        return f"{left} {op.replace('-', '−')} {right}"

    def prefix(self, op: str, sub: str, operand: str) -> str:
        """Write sums and products with a space."""
        space = " " if op in "ΣΠ∀∃" else ""
        return f"{op.replace('-', '−')}{lowered(sub)}{space}{operand}"

    def power(self, base: str, exponent: str, *, plain: bool) -> str:
        """Write the exponent above the line if there are such letters."""
        above = exponent if exponent == "ᵀ" else raised(exponent.replace("−", "-"))
        return f"{base}^{exponent}" if above is None else f"{base}{above}"

    def call(self, head: str, sub: str, arguments: Sequence[str]) -> str:
        """Write the arguments in parentheses."""
        inner = ", ".join(arguments)
        if not sub or SHORT.fullmatch(sub):
            return f"{head}{lowered(sub)}({inner})"
        return f"{head}({inner}; {sub})"

    def fenced(self, fence: str, parts: Sequence[str]) -> str:
        """Write the two characters as they are."""
        return f"{fence[0]}{', '.join(parts)}{fence[1]}"

    def index(self, base: str, entries: Sequence[str]) -> str:
        """Write the entries in brackets."""
        return f"{base}[{', '.join(entries)}]"

    def choice(self, condition: str, first: str, second: str) -> str:
        """Write a choice as programs do."""
        return f"{condition} ? {first} : {second}"

    def words(self, pieces: Sequence[str], parts: Sequence[str]) -> str:
        """Put the operands between the pieces."""
        text = pieces[0]
        for part, piece in zip(parts, pieces[1:], strict=True):
            text += part + piece
        return text


# ---- numbers -------------------------------------------------------------------------


def shown_number(value: float | bool, digits: int = 7) -> str:
    """Write a number as mathematicians do: 1 and not 1.0."""
    if isinstance(value, bool | int):
        return str(int(value)) if not isinstance(value, bool) else str(value).lower()
    text = f"{value:.{digits}g}"
    return {"inf": "∞", "-inf": "-∞", "nan": "NaN", "-0": "0"}.get(text, text)


def _rows(array: Array) -> list[list[str]]:
    matrix = np.atleast_2d(array)
    return [
        [shown_number(each, 4).replace("-", "−") for each in row]
        for row in matrix.tolist()
    ]
