"""Optimizers: how weights change by their gradients."""

from __future__ import annotations

from graphgrad.layers._optimizers import SGD as SGD
from graphgrad.layers._optimizers import Adam as Adam
from graphgrad.layers._optimizers import Optimizer as Optimizer
from graphgrad.layers._optimizers import OptimizerError as OptimizerError
from graphgrad.layers._optimizers import RMSprop as RMSprop
from graphgrad.layers._optimizers import get as get

__all__ = [
    "SGD",
    "Adam",
    "Optimizer",
    "OptimizerError",
    "RMSprop",
    "get",
]
