"""Equations: what `explain` returns, for those who show or read it in their own way.

>>> import graphgrad as gg
>>> explained = gg.explain(gg.trace(lambda x: gg.exp(-x), gg.Spec((3,))))
>>> [(each.number, each.unicode, each.nodes) for each in explained.equations]
[(1, 'y = exp(−x)', ('negative', 'exp'))]
"""

from graphgrad._explain import naming_of as naming_of
from graphgrad._explanation import Explanation as Explanation
from graphgrad._formula import Equation as Equation
from graphgrad._formula import Formula as Formula
from graphgrad._formula import NodeEquation as NodeEquation
from graphgrad._formula import Where as Where
from graphgrad._roles import Naming as Naming

__all__ = [
    "Equation",
    "Explanation",
    "Formula",
    "Naming",
    "NodeEquation",
    "Where",
    "naming_of",
]
