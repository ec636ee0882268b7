"""Layers: functions of tensors with weights, and `Sequential`, which stacks them."""

from graphgrad.layers._dense import Dense as Dense
from graphgrad.layers._dropout import Dropout as Dropout
from graphgrad.layers._layer import Layer as Layer
from graphgrad.layers._random_state import set_random_seed as set_random_seed
from graphgrad.layers._sequential import Sequential as Sequential
from graphgrad.layers._simple import Activation as Activation
from graphgrad.layers._simple import Flatten as Flatten
from graphgrad.layers._simple import Input as Input

__all__ = [
    "Activation",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "Layer",
    "Sequential",
    "set_random_seed",
]
