"""Equations: what `explain` returns, for those who show or read it in their own way.

>>> import graphgrad as gg
>>> explained = gg.explain(gg.trace(lambda x: gg.exp(-x), gg.Spec((3,))))
>>> [(each.number, each.unicode, each.nodes) for each in explained.equations]
[(1, 'y = exp(−x)', ('negative', 'exp'))]
"""

from graphgrad._explanation import Explanation as Explanation
from graphgrad._formula import Equation as Equation
from graphgrad._formula import Formula as Formula
from graphgrad._formula import NodeEquation as NodeEquation
from graphgrad._formula import Where as Where

__all__ = ["Equation", "Explanation", "Formula", "NodeEquation", "Where"]
