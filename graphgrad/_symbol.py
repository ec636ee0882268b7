"""Symbol: what equations call a quantity, in plain text, LaTeX and MathML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

__all__ = ["GREEK", "LATEX_ESCAPES", "Symbol", "latex_word", "lowered", "raised"]

NAMES = (
    "alpha beta gamma delta varepsilon zeta eta theta iota kappa lambda mu nu xi pi "
    "rho sigma tau upsilon varphi chi psi omega"
)
GREEK = dict(zip("αβγδεζηθικλμνξπρστυφχψω", NAMES.split(), strict=True))
LOWERED = dict(zip("-,()0123456789", "₋,₍₎₀₁₂₃₄₅₆₇₈₉", strict=True))
RAISED = dict(zip("0123456789nt-", "⁰¹²³⁴⁵⁶⁷⁸⁹ⁿᵗ⁻", strict=True))
# What LaTeX would take for commands, as text.
LATEX_ESCAPES = {
    **{c: rf"\{c}" for c in "_#$%&{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\^{}",
}  # fmt: skip


def lowered(text: str) -> str:
    """Write ``text`` below the line, or after an underscore where it cannot be."""
    if set(text) <= set(LOWERED):
        return "".join(map(LOWERED.__getitem__, text))
    return f"_{text}" if text else ""


def raised(text: str) -> str | None:
    """Write ``text`` above the line; None where it cannot be."""
    if set(text) <= set(RAISED):
        return "".join(map(RAISED.__getitem__, text))
    return None


@dataclass(frozen=True)
class Symbol:
    """A name with what stands below it, such as W₁; or ∂L/∂W₁, a derivative ``by`` it.

    ``bold`` is true of arrays, which LaTeX sets in bold.
    """

    base: str
    sub: str | Symbol = ""
    primes: int = 0
    by: Symbol | None = None
    bold: bool = False

    @property
    def text(self) -> str:
        """The symbol in plain text."""
        if self.by is not None:
            return f"∂{self.base}/∂{self.by.text}" + "′" * self.primes
        below = self.sub
        tail = f"_{below.text}" if isinstance(below, Symbol) else lowered(below)
        return self.base + tail + "′" * self.primes

    @property
    def latex(self) -> str:
        """The symbol in LaTeX."""
        primes = "'" * self.primes
        if self.by is not None:
            top = rf"\partial {latex_word(self.base)}"
            return rf"\frac{{{top}}}{{\partial {self.by.latex}}}{primes}"
        return latex_word(self.base, bold=self.bold) + self._latex_below() + primes

    def _latex_below(self) -> str:
        if isinstance(self.sub, Symbol):
            return f"_{{{self.sub.latex}}}"
        return f"_{{{latex_word(self.sub)}}}" if self.sub else ""

    @property
    def mathml(self) -> str:
        """The symbol in MathML."""
        if self.by is not None:
            above = f"<mrow><mo>∂</mo>{_identifier(self.base)}</mrow>"
            below = f"<mrow><mo>∂</mo>{self.by.mathml}</mrow>"
            return self._primed(f"<mfrac>{above}{below}</mfrac>")
        name = _identifier(self.base)
        if not self.sub:
            return self._primed(name)
        sub = self.sub
        below = sub.mathml if isinstance(sub, Symbol) else _identifier(sub)
        return self._primed(f"<msub>{name}{below}</msub>")

    def _primed(self, text: str) -> str:
        if not self.primes:
            return text
        return f"<msup>{text}<mo>{'′' * self.primes}</mo></msup>"


def latex_word(text: str, *, bold: bool = False) -> str:
    """Write a name for LaTeX: a letter in italics, a word upright."""
    if text in GREEK:
        greek = rf"\{GREEK[text]}"
        return rf"\boldsymbol{{{greek}}}" if bold else greek
    special = {"𝟏": r"\mathbf{1}", "𝟎": r"\mathbf{0}"}
    if text in special:
        return special[text]
    escaped = "".join(map(_in_mathematics, text))
    if len(text) == 1 or text.lstrip("-").isdigit():
        return rf"\mathbf{{{escaped}}}" if bold and text.isascii() else escaped
    return rf"\mathrm{{{escaped}}}".replace("×", r"\times ")


# The long commands are for text only. In Markdown, < would begin an element of HTML.
def _in_mathematics(c: str) -> str:
    if c == "<":
        return "{<}"
    escaped = LATEX_ESCAPES.get(c, c)
    return rf"\text{{{escaped}}}" if len(escaped) > 2 else escaped


def _identifier(text: str) -> str:
    tag = "mn" if text.isdigit() else "mi"
    return f"<{tag}>{escape(text)}</{tag}>"
