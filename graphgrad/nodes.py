"""What graphs are made of, for those who read or rewrite them."""

from graphgrad._adjoints import loss_of as loss_of
from graphgrad._context import line_of as line_of
from graphgrad._node import NOWHERE as NOWHERE
from graphgrad._node import Cell as Cell
from graphgrad._node import Constant as Constant
from graphgrad._node import Input as Input
from graphgrad._node import Leaf as Leaf
from graphgrad._node import Line as Line
from graphgrad._node import Node as Node
from graphgrad._node import Op as Op
from graphgrad._node import Place as Place
from graphgrad._node import State as State
from graphgrad._source_line import source_line as source_line

__all__ = [
    "NOWHERE",
    "Cell",
    "Constant",
    "Input",
    "Leaf",
    "Line",
    "Node",
    "Op",
    "Place",
    "State",
    "line_of",
    "loss_of",
    "source_line",
]
