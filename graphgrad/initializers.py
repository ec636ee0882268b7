"""Initializers: the first values of weights."""

from __future__ import annotations

from graphgrad.layers._initializers import Constant as Constant
from graphgrad.layers._initializers import GlorotNormal as GlorotNormal
from graphgrad.layers._initializers import GlorotUniform as GlorotUniform
from graphgrad.layers._initializers import HeNormal as HeNormal
from graphgrad.layers._initializers import HeUniform as HeUniform
from graphgrad.layers._initializers import Identity as Identity
from graphgrad.layers._initializers import Initializer as Initializer
from graphgrad.layers._initializers import LecunNormal as LecunNormal
from graphgrad.layers._initializers import LecunUniform as LecunUniform
from graphgrad.layers._initializers import Ones as Ones
from graphgrad.layers._initializers import Orthogonal as Orthogonal
from graphgrad.layers._initializers import RandomNormal as RandomNormal
from graphgrad.layers._initializers import RandomUniform as RandomUniform
from graphgrad.layers._initializers import TruncatedNormal as TruncatedNormal
from graphgrad.layers._initializers import VarianceScaling as VarianceScaling
from graphgrad.layers._initializers import Zeros as Zeros
from graphgrad.layers._initializers import get as get

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "get",
]
