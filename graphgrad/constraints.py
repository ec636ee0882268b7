"""Constraints: what becomes of weights after each step."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._constraints import Constraint as Constraint
from graphgrad.layers._constraints import MaxNorm as MaxNorm
from graphgrad.layers._constraints import MinMaxNorm as MinMaxNorm
from graphgrad.layers._constraints import NonNeg as NonNeg
from graphgrad.layers._constraints import UnitNorm as UnitNorm
from graphgrad.layers._constraints import get as get
from graphgrad.layers._constraints import max_norm as max_norm
from graphgrad.layers._constraints import min_max_norm as min_max_norm
from graphgrad.layers._constraints import non_neg as non_neg
from graphgrad.layers._constraints import unit_norm as unit_norm
from graphgrad.layers._descriptions import deserialize_constraint as deserialize

__all__ = [
    "Constraint",
    "MaxNorm",
    "MinMaxNorm",
    "NonNeg",
    "UnitNorm",
    "deserialize",
    "get",
    "max_norm",
    "min_max_norm",
    "non_neg",
    "serialize",
    "unit_norm",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
