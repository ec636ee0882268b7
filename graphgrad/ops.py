"""Functions of tensors under the names and arguments that `keras.ops` has."""

from __future__ import annotations

from graphgrad import abs as abs
from graphgrad import abs as absolute
from graphgrad import add as add
from graphgrad import arccos as arccos
from graphgrad import arcsin as arcsin
from graphgrad import arctan as arctan
from graphgrad import arctan2 as arctan2
from graphgrad import broadcast_to as broadcast_to
from graphgrad import cast as cast
from graphgrad import cbrt as cbrt
from graphgrad import concatenate as concatenate
from graphgrad import cos as cos
from graphgrad import cosh as cosh
from graphgrad import cumprod as cumprod
from graphgrad import cumsum as cumsum
from graphgrad import divide as divide
from graphgrad import divide as true_divide
from graphgrad import dot as dot
from graphgrad import einsum as einsum
from graphgrad import equal as equal
from graphgrad import erf as erf
from graphgrad import exp as exp
from graphgrad import expand_dims as expand_dims
from graphgrad import expm1 as expm1
from graphgrad import flip as flip
from graphgrad import full_like as full_like
from graphgrad import greater as greater
from graphgrad import greater_equal as greater_equal
from graphgrad import hypot as hypot
from graphgrad import isfinite as isfinite
from graphgrad import isnan as isnan
from graphgrad import less as less
from graphgrad import less_equal as less_equal
from graphgrad import log as log
from graphgrad import log1p as log1p
from graphgrad import log_softmax as log_softmax
from graphgrad import logaddexp as logaddexp
from graphgrad import logical_and as logical_and
from graphgrad import logical_not as logical_not
from graphgrad import logical_or as logical_or
from graphgrad import matmul as matmul
from graphgrad import maximum as maximum
from graphgrad import minimum as minimum
from graphgrad import moveaxis as moveaxis
from graphgrad import multiply as multiply
from graphgrad import negative as negative
from graphgrad import norm as norm
from graphgrad import not_equal as not_equal
from graphgrad import ones_like as ones_like
from graphgrad import outer as outer
from graphgrad import power as power
from graphgrad import ravel as ravel
from graphgrad import relu as relu
from graphgrad import repeat as repeat
from graphgrad import roll as roll
from graphgrad import sigmoid as sigmoid
from graphgrad import sign as sign
from graphgrad import sin as sin
from graphgrad import sinc as sinc
from graphgrad import sinh as sinh
from graphgrad import softmax as softmax
from graphgrad import softplus as softplus
from graphgrad import split as split
from graphgrad import sqrt as sqrt
from graphgrad import square as square
from graphgrad import squeeze as squeeze
from graphgrad import stack as stack
from graphgrad import stop_gradient as stop_gradient
from graphgrad import subtract as subtract
from graphgrad import swapaxes as swapaxes
from graphgrad import take as take
from graphgrad import take_along_axis as take_along_axis
from graphgrad import tan as tan
from graphgrad import tanh as tanh
from graphgrad import tensordot as tensordot
from graphgrad import tile as tile
from graphgrad import transpose as transpose
from graphgrad import where as where
from graphgrad import zeros_like as zeros_like
from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._activations import celu as celu
from graphgrad.layers._activations import elu as elu
from graphgrad.layers._activations import hard_sigmoid as hard_sigmoid
from graphgrad.layers._activations import hard_silu as hard_silu
from graphgrad.layers._activations import hard_swish as hard_swish
from graphgrad.layers._activations import hard_tanh as hard_tanh
from graphgrad.layers._activations import leaky_relu as leaky_relu
from graphgrad.layers._activations import log_sigmoid as log_sigmoid
from graphgrad.layers._activations import relu6 as relu6
from graphgrad.layers._activations import selu as selu
from graphgrad.layers._activations import silu as silu
from graphgrad.layers._activations import softsign as softsign
from graphgrad.layers._activations import swish as swish
from graphgrad.layers._keras_ops import all as all
from graphgrad.layers._keras_ops import amax as amax
from graphgrad.layers._keras_ops import amin as amin
from graphgrad.layers._keras_ops import any as any
from graphgrad.layers._keras_ops import argmax as argmax
from graphgrad.layers._keras_ops import argmin as argmin
from graphgrad.layers._keras_ops import clip as clip
from graphgrad.layers._keras_ops import divide_no_nan as divide_no_nan
from graphgrad.layers._keras_ops import gelu as gelu
from graphgrad.layers._keras_ops import isinf as isinf
from graphgrad.layers._keras_ops import logical_xor as logical_xor
from graphgrad.layers._keras_ops import logsumexp as logsumexp
from graphgrad.layers._keras_ops import max as max
from graphgrad.layers._keras_ops import mean as mean
from graphgrad.layers._keras_ops import min as min
from graphgrad.layers._keras_ops import moments as moments
from graphgrad.layers._keras_ops import one_hot as one_hot
from graphgrad.layers._keras_ops import pad as pad
from graphgrad.layers._keras_ops import prod as prod
from graphgrad.layers._keras_ops import reciprocal as reciprocal
from graphgrad.layers._keras_ops import reshape as reshape
from graphgrad.layers._keras_ops import rsqrt as rsqrt
from graphgrad.layers._keras_ops import std as std
from graphgrad.layers._keras_ops import sum as sum
from graphgrad.layers._keras_ops import unstack as unstack
from graphgrad.layers._keras_ops import var as var
from graphgrad.layers._keras_tensors import arange as arange
from graphgrad.layers._keras_tensors import convert_to_numpy as convert_to_numpy
from graphgrad.layers._keras_tensors import convert_to_tensor as convert_to_tensor
from graphgrad.layers._keras_tensors import eye as eye
from graphgrad.layers._keras_tensors import full as full
from graphgrad.layers._keras_tensors import identity as identity
from graphgrad.layers._keras_tensors import is_tensor as is_tensor
from graphgrad.layers._keras_tensors import linspace as linspace
from graphgrad.layers._keras_tensors import ndim as ndim
from graphgrad.layers._keras_tensors import ones as ones
from graphgrad.layers._keras_tensors import shape as shape
from graphgrad.layers._keras_tensors import size as size
from graphgrad.layers._keras_tensors import zeros as zeros
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
    "abs",
    "absolute",
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "arccos",
    "arcsin",
    "arctan",
    "arctan2",
    "argmax",
    "argmin",
    "broadcast_to",
    "cast",
    "cbrt",
    "celu",
    "clip",
    "concatenate",
    "convert_to_numpy",
    "convert_to_tensor",
    "cos",
    "cosh",
    "cumprod",
    "cumsum",
    "divide",
    "divide_no_nan",
    "dot",
    "einsum",
    "elu",
    "equal",
    "erf",
    "exp",
    "expand_dims",
    "expm1",
    "eye",
    "flip",
    "full",
    "full_like",
    "gelu",
    "glu",
    "greater",
    "greater_equal",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "hypot",
    "identity",
    "is_tensor",
    "isfinite",
    "isinf",
    "isnan",
    "leaky_relu",
    "less",
    "less_equal",
    "linspace",
    "log",
    "log1p",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "matmul",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "moments",
    "moveaxis",
    "multiply",
    "ndim",
    "negative",
    "norm",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "outer",
    "pad",
    "power",
    "prod",
    "ravel",
    "reciprocal",
    "relu",
    "relu6",
    "repeat",
    "reshape",
    "roll",
    "rsqrt",
    "selu",
    "shape",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "size",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "split",
    "sqrt",
    "square",
    "squareplus",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "subtract",
    "sum",
    "swapaxes",
    "swish",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tanh_shrink",
    "tensordot",
    "threshold",
    "tile",
    "transpose",
    "true_divide",
    "unstack",
    "var",
    "where",
    "zeros",
    "zeros_like",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
