"""Formula, Equation, Where: what an explanation is made of."""

from __future__ import annotations

from functools import cached_property
from html import escape
from typing import NamedTuple

from graphgrad._markup import Latex, MathML
from graphgrad._notation import Form
from graphgrad._typeset import Plain, typeset

__all__ = ["Equation", "Formula", "NodeEquation", "Where"]


class Formula:
    r"""A piece of mathematics: as plain text, as LaTeX, and as HTML with MathML.

    >>> import graphgrad as gg
    >>> formula = gg.explain(gg.trace(gg.sqrt, gg.Spec(()))).equations[0].formula
    >>> str(formula), formula.latex
    ('y = √x', 'y = \\sqrt{x}')
    """

    def __init__(self, form: Form) -> None:
        """Be what a tree says."""
        self.form = form

    @cached_property
    def unicode(self) -> str:
        """The formula as plain text."""
        return typeset(self.form, Plain())

    @cached_property
    def latex(self) -> str:
        """The formula as LaTeX, without dollars."""
        return typeset(self.form, Latex())

    @cached_property
    def html(self) -> str:
        """The formula as a ``math`` element, which browsers render by themselves."""
        inner = typeset(self.form, MathML())
        text = escape(self.unicode)
        return f'<math displaystyle="true" alttext="{text}"><mrow>{inner}</mrow></math>'

    def __str__(self) -> str:
        """Write the plain text."""
        return self.unicode

    def __repr__(self) -> str:
        """Show the plain text."""
        return f"<Formula {self.unicode}>"


class Equation(NamedTuple):
    """One equation: its number, its mathematics, and the nodes that it stands for.

    ``node`` has the value of the left side, and ``nodes`` are all operations that the
    equation takes, by name; ``substituted`` has numbers for symbols, if an example was
    given, and ``unprinted`` has each symbol that stays, with words that say why.

    >>> import graphgrad as gg
    >>> explained = gg.explain(gg.trace(lambda x: gg.tanh(x) * 2.0, gg.Spec((3,))))
    >>> equation = explained.equations[0]
    >>> equation.number, equation.unicode, equation.nodes
    (1, 'y = 2·tanh(x)', ('tanh', 'multiply'))
    """

    number: int
    formula: Formula
    node: str
    nodes: tuple[str, ...]
    tags: tuple[str, ...]
    phase: str
    scope: str
    shape: str
    substituted: Formula | None = None
    unprinted: tuple[tuple[Formula, str], ...] = ()

    @property
    def shown(self) -> Formula:
        """The equation, with numbers if there are any."""
        return self.substituted or self.formula

    @property
    def unicode(self) -> str:
        """The equation as plain text."""
        return self.formula.unicode

    @property
    def latex(self) -> str:
        """The equation as LaTeX, without dollars."""
        return self.formula.latex

    @property
    def html(self) -> str:
        """The equation as a ``math`` element."""
        return self.formula.html


class NodeEquation(NamedTuple):
    """The equation of one node, and what it adds to the derivatives by its inputs.

    ``where`` says what the node and its inputs are.

    >>> import graphgrad as gg
    >>> found = gg.explain(gg.trace(gg.exp, gg.Spec((3,)))).node("exp")
    >>> found.formula, found.vjp
    (<Formula y = exp(x)>, (<Formula ∂L/∂x += ∂L/∂y ⊙ y>,))
    >>> [(str(each.formula), each.kind) for each in found.where]
    [('y', 'f32 (3,)'), ('x', 'f32 (3,)')]
    """

    formula: Formula
    vjp: tuple[Formula, ...]
    where: tuple[Where, ...]


class Where(NamedTuple):
    """What a symbol stands for: dtype and shape, the meaning, and the node, if one.

    >>> import graphgrad as gg
    >>> gg.explain(gg.trace(gg.exp, gg.Spec((3,)))).where[0]
    Where(formula=<Formula x>, kind='f32 (3,)', meaning='input x', node='x')
    """

    formula: Formula
    kind: str
    meaning: str
    node: str = ""
