"""Initializers: the first values of weights."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._descriptions import deserialize_initializer as deserialize
from graphgrad.layers._initializers import Constant as Constant
from graphgrad.layers._initializers import GlorotNormal as GlorotNormal
from graphgrad.layers._initializers import GlorotUniform as GlorotUniform
from graphgrad.layers._initializers import HeNormal as HeNormal
from graphgrad.layers._initializers import HeUniform as HeUniform
from graphgrad.layers._initializers import Identity as Identity
from graphgrad.layers._initializers import IdentityInitializer as IdentityInitializer
from graphgrad.layers._initializers import Initializer as Initializer
from graphgrad.layers._initializers import LecunNormal as LecunNormal
from graphgrad.layers._initializers import LecunUniform as LecunUniform
from graphgrad.layers._initializers import Ones as Ones
from graphgrad.layers._initializers import Orthogonal as Orthogonal
from graphgrad.layers._initializers import (
    OrthogonalInitializer as OrthogonalInitializer,
)
from graphgrad.layers._initializers import RandomNormal as RandomNormal
from graphgrad.layers._initializers import RandomUniform as RandomUniform
from graphgrad.layers._initializers import TruncatedNormal as TruncatedNormal
from graphgrad.layers._initializers import VarianceScaling as VarianceScaling
from graphgrad.layers._initializers import Zeros as Zeros
from graphgrad.layers._initializers import constant as constant
from graphgrad.layers._initializers import get as get
from graphgrad.layers._initializers import glorot_normal as glorot_normal
from graphgrad.layers._initializers import glorot_uniform as glorot_uniform
from graphgrad.layers._initializers import he_normal as he_normal
from graphgrad.layers._initializers import he_uniform as he_uniform
from graphgrad.layers._initializers import identity as identity
from graphgrad.layers._initializers import lecun_normal as lecun_normal
from graphgrad.layers._initializers import lecun_uniform as lecun_uniform
from graphgrad.layers._initializers import ones as ones
from graphgrad.layers._initializers import orthogonal as orthogonal
from graphgrad.layers._initializers import random_normal as random_normal
from graphgrad.layers._initializers import random_uniform as random_uniform
from graphgrad.layers._initializers import truncated_normal as truncated_normal
from graphgrad.layers._initializers import variance_scaling as variance_scaling
from graphgrad.layers._initializers import zeros as zeros

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "IdentityInitializer",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "OrthogonalInitializer",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
