"""Pictures of graphs: what `compile` builds and `fit` executes, node by node."""

from __future__ import annotations

from graphgrad.viz._compare import Comparison as Comparison
from graphgrad.viz._compare import Match as Match
from graphgrad.viz._compare import compare as compare
from graphgrad.viz._engines import RenderError as RenderError
from graphgrad.viz._failure import failure as failure
from graphgrad.viz._failure import show_failures as show_failures
from graphgrad.viz._notebook import mimebundle as mimebundle
from graphgrad.viz._page import Page as Page
from graphgrad.viz._plot_model import plot_model as plot_model
from graphgrad.viz._render import render as render
from graphgrad.viz._to_dot import to_dot as to_dot
from graphgrad.viz._to_html import to_html as to_html

__all__ = [
    "Comparison",
    "Match",
    "Page",
    "RenderError",
    "compare",
    "failure",
    "mimebundle",
    "plot_model",
    "render",
    "show_failures",
    "to_dot",
    "to_html",
]
