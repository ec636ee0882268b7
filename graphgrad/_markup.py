"""Equations as LaTeX and as MathML, which browsers render and screen readers read."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from graphgrad._symbol import GREEK, LATEX_ESCAPES, Symbol, latex_word
from graphgrad._typeset import Medium

__all__ = ["Latex", "MathML", "latex_text"]

LATEX_OPS = {
    "ᵀ": r"{}^{\top}", "₍": r"{}_{(\cdot)}",
    "×": r"\cdot", "@": r"\cdot", "⊙": r"\odot", "←": r"\leftarrow", "∨": r"\lor",
    "∧": r"\land", "≠": r"\neq", "≤": r"\leq", "≥": r"\geq", "¬": r"\lnot ",
    "Σ": r"\sum", "Π": r"\prod", "∀": r"\forall", "∃": r"\exists",
    "∞": r"\infty", "…": r"\ldots", "+=": r"\mathrel{+}=",
}  # fmt: skip
# In plain text, × stands between sizes, and not for what scales.
WRITTEN = {"∂": r"\partial", "×": r"\times"}
MATHML_OPS = {"-": "−", "Σ": "∑", "Π": "∏"}
LATEX_FENCES = {
    "()": (r"\left(", r"\right)"),
    "[]": (r"\left[", r"\right]"),
    "||": (r"\left|", r"\right|"),
}
# Functions that LaTeX sets upright by itself.
UPRIGHT = "arccos arcsin arctan cos cosh exp log max min sin sinh tan tanh"
LATEX_FUNCTIONS = frozenset(UPRIGHT.split())
SPECIAL = {**LATEX_ESCAPES, "–": "--", "·": r"$\cdot$"}
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))


class Latex(Medium):
    """Equations as LaTeX, for MathJax, KaTeX, notebooks and papers."""

    grouping = frozenset("/√∛^?")

    def symbol(self, symbol: Symbol) -> str:
        """Write the name of a quantity."""
        return symbol.latex

    def word(self, text: str) -> str:
        """Write a letter in italics, a word upright."""
        if text in LATEX_FUNCTIONS:
            return rf"\{text}"
        written = latex_word(text)
        return written.replace(r"\mathrm", r"\operatorname", 1)

    def number(self, text: str) -> str:
        """Write a number; what stands in an index is upright."""
        if text in LATEX_OPS:
            return LATEX_OPS[text]
        mantissa, mark, exponent = text.partition("e")
        if mark and exponent.lstrip("+-").isdigit() and mantissa:
            power = rf"10^{{{int(exponent)}}}"
            return power if mantissa == "1" else rf"{mantissa} \cdot {power}"
        plain = all(c in "0123456789.-:" for c in text)
        return text if plain else latex_word(text)

    def array(self, rows: list[list[str]], *, flat: bool) -> str:
        """Write a matrix."""
        cells = [[self.number(each.replace("−", "-")) for each in row] for row in rows]
        lines = r" \\ ".join(" & ".join(row) for row in cells)
        return rf"\begin{{bmatrix}} {lines} \end{{bmatrix}}"

    def infix(self, op: str, left: str, right: str) -> str:
        """Write quotients as fractions."""
        if op == "/":
            return rf"\frac{{{left}}}{{{right}}}"
        return f"{left} {LATEX_OPS.get(op, op)} {right}"

    def prefix(self, op: str, sub: str, operand: str) -> str:
        """Write roots over, and signs before what they are of."""
        if op in "√∛":
            return rf"\sqrt{'[3]' if op == '∛' else ''}{{{operand}}}"
        below = f"_{{{latex_word(sub)}}}" if sub else ""
        space = "" if op in "-¬" else " "
        return f"{LATEX_OPS.get(op, op)}{below}{space}{operand}"

    def power(self, base: str, exponent: str, *, plain: bool) -> str:
        """Write the exponent above the line."""
        above = r"\top" if exponent == "ᵀ" else exponent
        # A symbol with primes has something above already.
        inner = f"{{{base}}}" if "'" in base or "^" in base else base
        return f"{inner}^{{{above}}}"

    def call(self, head: str, sub: str, arguments: Sequence[str]) -> str:
        """Write the arguments in parentheses as high as they are."""
        below = f"_{{{latex_word(sub)}}}" if sub else ""
        return f"{self.word(head)}{below}{self.fenced('()', arguments)}"

    def fenced(self, fence: str, parts: Sequence[str]) -> str:
        """Write the two characters as high as what they stand around."""
        left, right = LATEX_FENCES[fence]
        return f"{left}{', '.join(parts)}{right}"

    def index(self, base: str, entries: Sequence[str]) -> str:
        """Write the entries in brackets."""
        return f"{base}{self.fenced('[]', entries)}"

    def choice(self, condition: str, first: str, second: str) -> str:
        """Write the two cases below each other."""
        return (
            rf"\begin{{cases}} {first} & \text{{if }} {condition} \\ "
            rf"{second} & \text{{otherwise}} \end{{cases}}"
        )

    def words(self, pieces: Sequence[str], parts: Sequence[str]) -> str:
        """Write the pieces as text."""
        written = [rf"\text{{{latex_text(each)}}}" if each else "" for each in pieces]
        ends = [*parts, ""]
        return "".join(a + b for a, b in zip(written, ends, strict=True))


def latex_text(text: str) -> str:
    """Write plain text for LaTeX, the mathematics in it too."""
    written = []
    for c in text:
        if c in GREEK or c in LATEX_OPS or c == "∂":
            command = WRITTEN.get(c) or LATEX_OPS.get(c) or latex_word(c)
            written.append(f"${command}$")
        elif c in LOWERED:
            written.append(f"$_{LOWERED[c]}$")
        else:
            written.append(SPECIAL.get(c, c))
    return "".join(written)


class MathML(Medium):
    """Equations as MathML: what stands inside of a ``math`` element."""

    grouping = frozenset("/√∛^?")

    def symbol(self, symbol: Symbol) -> str:
        """Write the name of a quantity."""
        return symbol.mathml

    def word(self, text: str) -> str:
        """Write an identifier: one letter is set in italics, a word upright."""
        return f"<mi>{escape(text)}</mi>"

    def number(self, text: str) -> str:
        """Write a number, or an entry of an index."""
        if text.startswith("-"):
            return f"<mrow><mo>−</mo>{self.number(text[1:])}</mrow>"
        tag = "mn" if text[:1].isdigit() else "mi"
        text = text.replace("e-", "e−") if tag == "mn" else text
        return f"<{tag}>{escape(text)}</{tag}>"

    def array(self, rows: list[list[str]], *, flat: bool) -> str:
        """Write a matrix in brackets."""
        lines = "".join(
            "<mtr>" + "".join(f"<mtd><mn>{each}</mn></mtd>" for each in row) + "</mtr>"
            for row in rows
        )
        return f"<mrow><mo>[</mo><mtable>{lines}</mtable><mo>]</mo></mrow>"

    def infix(self, op: str, left: str, right: str) -> str:
        """Write quotients as fractions."""
        if op == "/":
            return f"<mfrac><mrow>{left}</mrow><mrow>{right}</mrow></mfrac>"
        sign = "·" if op in "×@" else op.replace("-", "−")
        return f"{left}<mo>{escape(sign)}</mo>{right}"

    def prefix(self, op: str, sub: str, operand: str) -> str:
        """Write roots over, and signs before what they are of."""
        if op == "√":
            return f"<msqrt>{operand}</msqrt>"
        if op == "∛":
            return f"<mroot><mrow>{operand}</mrow><mn>3</mn></mroot>"
        sign = f"<mo>{MATHML_OPS.get(op, op)}</mo>"
        if sub:
            sign = f"<munder>{sign}<mtext>{escape(sub)}</mtext></munder>"
        return sign + operand

    def power(self, base: str, exponent: str, *, plain: bool) -> str:
        """Write the exponent above the line."""
        above = {"2": "<mn>2</mn>", "ᵀ": "<mi>⊤</mi>"}.get(exponent, exponent)
        return f"<msup><mrow>{base}</mrow><mrow>{above}</mrow></msup>"

    def call(self, head: str, sub: str, arguments: Sequence[str]) -> str:
        """Write the arguments in parentheses."""
        name = self.word(head)
        if sub:
            name = f"<msub>{name}<mtext>{escape(sub)}</mtext></msub>"
        return name + self.fenced("()", arguments)

    def fenced(self, fence: str, parts: Sequence[str]) -> str:
        """Write the two characters around what they group."""
        inner = "<mo>,</mo>".join(parts)
        return f"<mrow><mo>{fence[0]}</mo>{inner}<mo>{fence[1]}</mo></mrow>"

    def index(self, base: str, entries: Sequence[str]) -> str:
        """Write the entries in brackets."""
        return base + self.fenced("[]", entries)

    def choice(self, condition: str, first: str, second: str) -> str:
        """Write the two cases below each other."""
        rows = "".join(
            f"<mtr><mtd>{value}</mtd><mtd>{when}</mtd></mtr>"
            for value, when in (
                (first, f"<mtext>if\u00a0</mtext>{condition}"),
                (second, "<mtext>otherwise</mtext>"),
            )
        )
        return f"<mrow><mo>{{</mo><mtable>{rows}</mtable></mrow>"

    def words(self, pieces: Sequence[str], parts: Sequence[str]) -> str:
        """Write the pieces as text."""
        written = [f"<mtext>{escape(p)}</mtext>" if p else "" for p in pieces]
        return "".join(a + b for a, b in zip(written, [*parts, ""], strict=True))
