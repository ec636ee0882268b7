"""The language in which primitives write their equations, read into trees.

A `notation` is a line of mathematics over ``{0}``, ``{1}``, ... It is read once, and
then set as plain text, LaTeX or MathML, with parentheses where precedence needs them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphgrad._symbol import Symbol

__all__ = ["LEVELS", "Form", "filled", "read", "slot"]

# How tightly operators bind; what stands alone binds tightest.
LEVELS = {
    "←": 0, "+=": 0, "?": 1, "∨": 2, "∧": 3, "¬": 4,
    "=": 5, "≠": 5, "<": 5, "≤": 5, ">": 5, "≥": 5,
    "+": 6, "-": 6, "Σ": 7, "Π": 7, "∀": 7, "∃": 7,
    "·": 8, "⊙": 8, "@": 8, "/": 8, "^": 10, "√": 10, "∛": 10, "²": 11, "ᵀ": 11,
}  # fmt: skip
ATOM = 12

PREFIX = frozenset("-¬ΣΠ∀∃√∛")
INFIX = frozenset(LEVELS) - frozenset("?¬ΣΠ∀∃√∛²ᵀ")

# Letters that stand below or above the line belong to names, and are exponents.
LOWERED = str.maketrans("₍₎₀₁₂₃₄₅₆₇₈₉", "()0123456789")
RAISED = "⁰¹³⁴⁵⁶⁷⁸⁹ⁿᵗ⁻²"
RAISED_TO = str.maketrans(RAISED, "013456789nt-2")
WORD = rf"(?:(?!_\{{|_∅)[^\W{RAISED}ᵀ]|₋)+′*"

LOW = "[₀₁₂₃₄₅₆₇₈₉]"
LOWS = f"{LOW}+(?:,{LOW}+)*"

TOKEN = re.compile(
    rf"\s*(?:(?P<slot>⟨\d+⟩)|(?P<sub>_\{{[^}}]*\}}|{LOWS}|₍{LOWS}₎|_∅)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:e[+−-]?[0-9]+)?)"
    r"|(?P<op>\+=|[←?:;×∨∧¬=≠<≤>≥+\-−·⊙@/^√∛²ᵀΣΠ∀∃()\[\]|,…])"
    rf"|(?P<raised>[{RAISED}]+)|(?P<name>∂{WORD}/∂{WORD}|{WORD}))"
)


@dataclass(frozen=True)
class Form:
    """A piece of an equation: what it is, its operator or text, and its parts.

    The kinds are slot, symbol, number, text, array, infix, prefix, postfix, call,
    fence, index, choice, words and equation. ``scalar`` is true of a single number;
    ``sub`` is what stands below an operator, such as the axis of a sum, ``measured``
    of a number that it is the value of what has a name.
    """

    kind: str
    head: str = ""
    parts: tuple[Form, ...] = ()
    sub: str = ""
    scalar: bool = False
    symbol: Symbol | None = None
    value: Any = None
    measured: bool = field(default=False, compare=False)

    @property
    def level(self) -> int:
        """How tightly the outermost operator binds."""
        if self.kind == "prefix" and self.head == "-":
            return LEVELS["Σ"]
        if self.kind in ("infix", "postfix", "prefix"):
            return LEVELS[self.head]
        if self.kind == "number" and self.head.startswith("-"):
            return LEVELS["Σ"]
        if self.kind == "symbol" and self.symbol is not None and self.symbol.by:
            return LEVELS["·"] + 1
        return {"choice": 1, "words": 0, "equation": 0}.get(self.kind, ATOM)


def slot(i: int) -> str:
    """Return the mark by which a text to be read names input ``i``."""
    return f"⟨{i}⟩"


@cache
def read(text: str) -> Form:
    """Return the tree of an equation; what is no mathematics is kept as words.

    >>> read("⟨0⟩·⟨1⟩ + 1").head, read("σ(⟨0⟩)").kind, read("so ⟨0⟩ ← ⟨1⟩!").kind
    ('+', 'call', 'words')
    """
    reader = _Reader(text)
    try:
        form = reader.expression(0)
    except _UnreadableError:
        return _words(text)
    return form if reader.at_end() else _words(text)


def filled(form: Form, inputs: Sequence[Form]) -> Form:
    """Return the tree with ``inputs`` in its slots."""
    if form.kind == "slot":
        return inputs[int(form.head)]
    if not form.parts:
        return form
    parts = tuple([filled(each, inputs) for each in form.parts])
    scalar = form.scalar or (
        form.kind in ("infix", "prefix", "postfix", "call")
        and not form.sub
        and all(each.scalar for each in parts)
    )
    return replace(form, parts=parts, scalar=scalar)


def _words(text: str) -> Form:
    pieces = re.split(r"⟨(\d+)⟩", text)
    parts = tuple([Form("slot", each) for each in pieces[1::2]])
    return Form("words", "\0".join(pieces[::2]), parts)


class _UnreadableError(Exception):
    """Raised where a template is no formula of this grammar."""


class _Reader:
    """Reads tokens from left to right, by the precedence of operators."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        end = 0
        while end < len(text.rstrip()):
            found = TOKEN.match(text, end)
            kind = found.lastgroup if found else None
            if found is None or kind is None:
                self.tokens.append(("unknown", text[end:].lstrip()[0]))
                end = text.index(self.tokens[-1][1], end) + 1
                continue
            self.tokens.append((kind, found[kind].replace("−", "-")))
            end = found.end()

    # ---- tokens ----------------------------------------------------------------------

    @property
    def next(self) -> str:
        """The text of the next token; empty at the end."""
        return self.tokens[self.at][1] if not self.at_end() else ""

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self.tokens[self.at][0] if not self.at_end() else ""

    def at_end(self) -> bool:
        """Whether all has been read."""
        return self.at >= len(self.tokens)

    def take(self, wanted: str = "") -> str:
        """Go past a token, which is the one wanted if one is."""
        text = self.next
        if not text or (wanted and text != wanted):
            raise _UnreadableError
        self.at += 1
        return text

    # ---- expressions -----------------------------------------------------------------

    def expression(self, least: int) -> Form:
        """Read what binds as tightly as ``least`` or tighter."""
        left = self.operand()
        while True:
            op = self.next
            if op == "?" and least <= LEVELS["?"]:
                left = self.choice(left)
            elif self.kind == "op" and op in INFIX and LEVELS[op] >= least:
                self.take()
                right = self.expression(LEVELS[op] + (op != "^"))
                left = Form("infix", op, (left, right))
            else:
                return left

    def choice(self, condition: Form) -> Form:
        """Read the rest of ``condition ? a : b``."""
        self.take("?")
        first = self.expression(LEVELS["?"] + 1)
        self.take(":")
        return Form("choice", "?", (condition, first, self.expression(LEVELS["?"])))

    def operand(self) -> Form:
        """Read one operand with the signs before and behind it."""
        if self.kind == "op" and self.next in PREFIX:
            op = self.take()
            least = LEVELS["Σ"] if op == "-" else LEVELS[op]
            sub = self.below()
            deeper = LEVELS["²"] if op in "√∛" else least + 1
            return Form("prefix", op, (self.expression(deeper),), sub)
        form = self.atom()
        while self.kind == "raised" or (self.next and self.next in "²ᵀ["):
            if self.kind == "raised":
                exponent = read(self.take().translate(RAISED_TO))
                form = Form("infix", "^", (form, exponent))
            elif self.next == "[":
                form = Form("index", "[]", (form, *self.listed("[", "]")))
            else:
                form = Form("postfix", self.take(), (form,))
        return form

    def atom(self) -> Form:
        """Read what stands alone."""
        kind, text = self.kind, self.take()
        if kind == "slot":
            return Form("slot", text[1:-1])
        if kind == "number":
            return Form("number", text, scalar=True)
        if kind == "name":
            return self.named(text)
        self.at -= 1
        return self.enclosed(text)

    def enclosed(self, start: str) -> Form:
        """Read what stands between two characters, or an entry of an index."""
        if start in "…:":
            return self.bounds()
        if start == "(":
            self.take()
            form = self.expression(0)
            self.take(")")
            return form
        ends = {"[": "]", "|": "|"}
        if start not in ends:
            raise _UnreadableError
        return Form(
            "fence", start + ends[start], tuple(self.listed(start, ends[start]))
        )

    def named(self, text: str) -> Form:
        """Read a function with its arguments, or a name."""
        sub = self.below()
        if self.next == "(":
            name = text.rstrip("₀₁₂₃₄₅₆₇₈₉")
            sub = sub or text[len(name) :].translate(LOWERED)
            parts = self.listed("(", ")")
            if parts and parts[-1].kind == "text":
                sub = parts.pop().head
            return Form("call", name, tuple(parts), sub)
        if self.kind in ("slot", "name") and text.isidentifier():
            return Form("call", text, (self.expression(LEVELS["²"]),), sub)
        return Form("symbol", text + (f"_{sub}" if sub else ""))

    def below(self) -> str:
        """Read what stands below the line."""
        if self.kind != "sub":
            return ""
        text = self.take()
        return text.strip("_{}").translate(LOWERED)

    def listed(self, start: str, end: str) -> list[Form]:
        """Read expressions between brackets."""
        self.take(start)
        found: list[Form] = []
        while self.next != end:
            if self.next == ";":
                self.take()
                found.append(Form("text", self.rest(end)))
                break
            if found:
                self.take(",")
            found.append(self.bounds() if start == "[" else self.expression(0))
        self.take(end)
        return found

    # In an index, bounds such as 1:3 are no expressions.
    def bounds(self) -> Form:
        """Read an entry of an index or a list."""
        if self.next not in ("…", ":") and not self._colon_follows():
            return self.expression(0)
        return Form("text", self.rest(",", "]"))

    def rest(self, *ends: str) -> str:
        """Read text up to one of ``ends`` that closes nothing in it."""
        text, depth = "", 0
        while self.next and (depth or self.next not in ends):
            depth += {"(": 1, ")": -1}.get(self.next, 0)
            text += self.take()
        return text

    def _colon_follows(self) -> bool:
        return self.tokens[self.at + 1 : self.at + 2] == [("op", ":")]
