"""What graphs are made of, for those who read or rewrite them."""

from graphgrad._node import Cell as Cell
from graphgrad._node import Constant as Constant
from graphgrad._node import Input as Input
from graphgrad._node import Leaf as Leaf
from graphgrad._node import Node as Node
from graphgrad._node import Op as Op
from graphgrad._node import Place as Place
from graphgrad._node import State as State

__all__ = ["Cell", "Constant", "Input", "Leaf", "Node", "Op", "Place", "State"]
