"""Regularizers: what the size of weights and outputs adds to the loss."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._descriptions import deserialize_regularizer as deserialize
from graphgrad.layers._regularizers import L1 as L1
from graphgrad.layers._regularizers import L1L2 as L1L2
from graphgrad.layers._regularizers import L2 as L2
from graphgrad.layers._regularizers import (
    OrthogonalRegularizer as OrthogonalRegularizer,
)
from graphgrad.layers._regularizers import Regularizer as Regularizer
from graphgrad.layers._regularizers import get as get
from graphgrad.layers._regularizers import l1 as l1
from graphgrad.layers._regularizers import l1_l2 as l1_l2
from graphgrad.layers._regularizers import l2 as l2
from graphgrad.layers._regularizers import (
    orthogonal_regularizer as orthogonal_regularizer,
)

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "OrthogonalRegularizer",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "orthogonal_regularizer",
    "serialize",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
