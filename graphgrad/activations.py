"""Activations: functions of tensors with Keras' names, defaults and formulas."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._activations import celu as celu
from graphgrad.layers._activations import elu as elu
from graphgrad.layers._activations import exponential as exponential
from graphgrad.layers._activations import gelu as gelu
from graphgrad.layers._activations import get as get
from graphgrad.layers._activations import hard_sigmoid as hard_sigmoid
from graphgrad.layers._activations import hard_silu as hard_silu
from graphgrad.layers._activations import hard_swish as hard_swish
from graphgrad.layers._activations import hard_tanh as hard_tanh
from graphgrad.layers._activations import leaky_relu as leaky_relu
from graphgrad.layers._activations import linear as linear
from graphgrad.layers._activations import log_sigmoid as log_sigmoid
from graphgrad.layers._activations import log_softmax as log_softmax
from graphgrad.layers._activations import mish as mish
from graphgrad.layers._activations import relu as relu
from graphgrad.layers._activations import relu6 as relu6
from graphgrad.layers._activations import selu as selu
from graphgrad.layers._activations import sigmoid as sigmoid
from graphgrad.layers._activations import silu as silu
from graphgrad.layers._activations import softmax as softmax
from graphgrad.layers._activations import softplus as softplus
from graphgrad.layers._activations import softsign as softsign
from graphgrad.layers._activations import swish as swish
from graphgrad.layers._activations import tanh as tanh
from graphgrad.layers._descriptions import deserialize_activation as deserialize
from graphgrad.layers._descriptions import serialize_activation as serialize
from graphgrad.layers._shrinking import glu as glu
from graphgrad.layers._shrinking import hard_shrink as hard_shrink
from graphgrad.layers._shrinking import soft_shrink as soft_shrink
from graphgrad.layers._shrinking import sparse_plus as sparse_plus
from graphgrad.layers._shrinking import sparse_sigmoid as sparse_sigmoid
from graphgrad.layers._shrinking import sparsemax as sparsemax
from graphgrad.layers._shrinking import squareplus as squareplus
from graphgrad.layers._shrinking import tanh_shrink as tanh_shrink
from graphgrad.layers._shrinking import threshold as threshold

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
