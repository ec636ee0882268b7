"""graphgrad: autodiff from scratch on NumPy, Keras' Sequential on it, its graph drawn.

The engine is here; layers, models and pictures are loaded when they are first used.

>>> import graphgrad as gg
>>> x = gg.tensor([1.0, 2.0], requires_grad=True)
>>> gg.sum(x * x).backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from numpy import bool_ as bool_
from numpy import float32 as float32
from numpy import float64 as float64
from numpy import int32 as int32
from numpy import int64 as int64

from graphgrad import _display as _display
from graphgrad import _reverse as _reverse
from graphgrad._compose import dot as dot
from graphgrad._compose import full_like as full_like
from graphgrad._compose import log_softmax as log_softmax
from graphgrad._compose import logsumexp as logsumexp
from graphgrad._compose import mean as mean
from graphgrad._compose import norm as norm
from graphgrad._compose import ones_like as ones_like
from graphgrad._compose import outer as outer
from graphgrad._compose import softmax as softmax
from graphgrad._compose import std as std
from graphgrad._compose import tensordot as tensordot
from graphgrad._compose import var as var
from graphgrad._compose import zeros_like as zeros_like
from graphgrad._context import no_grad as no_grad
from graphgrad._context import phase as phase
from graphgrad._context import scope as scope
from graphgrad._einsum import einsum as einsum
from graphgrad._errors import DTypeError as DTypeError
from graphgrad._errors import GradientError as GradientError
from graphgrad._errors import GraphgradError as GraphgradError
from graphgrad._errors import InvariantError as InvariantError
from graphgrad._errors import NonFiniteError as NonFiniteError
from graphgrad._errors import NonFiniteWarning as NonFiniteWarning
from graphgrad._errors import OutOfMemoryError as OutOfMemoryError
from graphgrad._errors import ShapeError as ShapeError
from graphgrad._errors import TraceError as TraceError
from graphgrad._errors import UnsupportedError as UnsupportedError
from graphgrad._node import Node as Node
from graphgrad._ops._arithmetic import abs as abs
from graphgrad._ops._arithmetic import add as add
from graphgrad._ops._arithmetic import cbrt as cbrt
from graphgrad._ops._arithmetic import divide as divide
from graphgrad._ops._arithmetic import hypot as hypot
from graphgrad._ops._arithmetic import multiply as multiply
from graphgrad._ops._arithmetic import negative as negative
from graphgrad._ops._arithmetic import power as power
from graphgrad._ops._arithmetic import sign as sign
from graphgrad._ops._arithmetic import sqrt as sqrt
from graphgrad._ops._arithmetic import square as square
from graphgrad._ops._arithmetic import subtract as subtract
from graphgrad._ops._bends import elu as elu
from graphgrad._ops._bends import leaky_relu as leaky_relu
from graphgrad._ops._bends import relu as relu
from graphgrad._ops._choice import clip as clip
from graphgrad._ops._choice import equal as equal
from graphgrad._ops._choice import greater as greater
from graphgrad._ops._choice import greater_equal as greater_equal
from graphgrad._ops._choice import isfinite as isfinite
from graphgrad._ops._choice import isnan as isnan
from graphgrad._ops._choice import less as less
from graphgrad._ops._choice import less_equal as less_equal
from graphgrad._ops._choice import logical_and as logical_and
from graphgrad._ops._choice import logical_not as logical_not
from graphgrad._ops._choice import logical_or as logical_or
from graphgrad._ops._choice import maximum as maximum
from graphgrad._ops._choice import minimum as minimum
from graphgrad._ops._choice import not_equal as not_equal
from graphgrad._ops._choice import where as where
from graphgrad._ops._exponential import erf as erf
from graphgrad._ops._exponential import exp as exp
from graphgrad._ops._exponential import expm1 as expm1
from graphgrad._ops._exponential import log as log
from graphgrad._ops._exponential import log1p as log1p
from graphgrad._ops._exponential import logaddexp as logaddexp
from graphgrad._ops._exponential import xlogy as xlogy
from graphgrad._ops._joining import concatenate as concatenate
from graphgrad._ops._joining import flip as flip
from graphgrad._ops._joining import pad as pad
from graphgrad._ops._joining import roll as roll
from graphgrad._ops._joining import stack as stack
from graphgrad._ops._layout import atleast_1d as atleast_1d
from graphgrad._ops._layout import atleast_2d as atleast_2d
from graphgrad._ops._layout import expand_dims as expand_dims
from graphgrad._ops._layout import moveaxis as moveaxis
from graphgrad._ops._layout import ravel as ravel
from graphgrad._ops._layout import repeat as repeat
from graphgrad._ops._layout import split as split
from graphgrad._ops._layout import squeeze as squeeze
from graphgrad._ops._layout import swapaxes as swapaxes
from graphgrad._ops._layout import tile as tile
from graphgrad._ops._linalg import matmul as matmul
from graphgrad._ops._movement import broadcast_to as broadcast_to
from graphgrad._ops._movement import reshape as reshape
from graphgrad._ops._movement import transpose as transpose
from graphgrad._ops._question import all as all
from graphgrad._ops._question import any as any
from graphgrad._ops._question import argmax as argmax
from graphgrad._ops._question import argmin as argmin
from graphgrad._ops._random import random_normal as random_normal
from graphgrad._ops._random import random_uniform as random_uniform
from graphgrad._ops._reduction import max as max
from graphgrad._ops._reduction import min as min
from graphgrad._ops._reduction import prod as prod
from graphgrad._ops._reduction import sum as sum
from graphgrad._ops._scan import cumprod as cumprod
from graphgrad._ops._scan import cumsum as cumsum
from graphgrad._ops._sigmoids import sigmoid as sigmoid
from graphgrad._ops._sigmoids import sigmoid_cross_entropy as sigmoid_cross_entropy
from graphgrad._ops._sigmoids import softplus as softplus
from graphgrad._ops._structure import add_n as add_n
from graphgrad._ops._structure import assign as assign
from graphgrad._ops._structure import cast as cast
from graphgrad._ops._structure import identity as identity
from graphgrad._ops._structure import stop_gradient as stop_gradient
from graphgrad._ops._taking import getitem as getitem
from graphgrad._ops._taking import one_hot as one_hot
from graphgrad._ops._taking import scatter_add as scatter_add
from graphgrad._ops._taking import set_at as set_at
from graphgrad._ops._taking import take as take
from graphgrad._ops._taking import take_along_axis as take_along_axis
from graphgrad._ops._trigonometric import arccos as arccos
from graphgrad._ops._trigonometric import arcsin as arcsin
from graphgrad._ops._trigonometric import arctan as arctan
from graphgrad._ops._trigonometric import arctan2 as arctan2
from graphgrad._ops._trigonometric import cos as cos
from graphgrad._ops._trigonometric import cosh as cosh
from graphgrad._ops._trigonometric import sin as sin
from graphgrad._ops._trigonometric import sinc as sinc
from graphgrad._ops._trigonometric import sinh as sinh
from graphgrad._ops._trigonometric import tan as tan
from graphgrad._ops._trigonometric import tanh as tanh
from graphgrad._primitive import OPS as OPS
from graphgrad._primitive import Primitive as Primitive
from graphgrad._tensor import Tensor as Tensor
from graphgrad._tensor import tensor as tensor
from graphgrad._types import Dim as Dim
from graphgrad._types import Spec as Spec
from graphgrad._types import describe as describe
from graphgrad._variable import Variable as Variable

if TYPE_CHECKING:
    from graphgrad import activations as activations
    from graphgrad import backend as backend
    from graphgrad import callbacks as callbacks
    from graphgrad import config as config
    from graphgrad import constraints as constraints
    from graphgrad import contracts as contracts
    from graphgrad import datasets as datasets
    from graphgrad import equations as equations
    from graphgrad import initializers as initializers
    from graphgrad import layers as layers
    from graphgrad import losses as losses
    from graphgrad import metrics as metrics
    from graphgrad import models as models
    from graphgrad import nodes as nodes
    from graphgrad import ops as ops
    from graphgrad import optimizers as optimizers
    from graphgrad import passes as passes
    from graphgrad import profiling as profiling
    from graphgrad import recording as recording
    from graphgrad import regularizers as regularizers
    from graphgrad import saving as saving
    from graphgrad import sites as sites
    from graphgrad import stages as stages
    from graphgrad import testing as testing
    from graphgrad import utils as utils
    from graphgrad import viz as viz
    from graphgrad._explain import explain as explain
    from graphgrad._functional import grad as grad
    from graphgrad._functional import gradients as gradients
    from graphgrad._functional import hessian as hessian
    from graphgrad._functional import jacobian as jacobian
    from graphgrad._functional import jvp as jvp
    from graphgrad._functional import value_and_grad as value_and_grad
    from graphgrad._functional import vjp as vjp
    from graphgrad._graph import Graph as Graph
    from graphgrad._graph import graph_of as graph_of
    from graphgrad._inline import inline as inline
    from graphgrad._jit import jit as jit
    from graphgrad._listing import equation as equation
    from graphgrad._listing import short_name as short_name
    from graphgrad._program import Program as Program
    from graphgrad._program import record_execution as record_execution
    from graphgrad._trace import trace as trace
    from graphgrad.layers import Activation as Activation
    from graphgrad.layers import Dense as Dense
    from graphgrad.layers import Dropout as Dropout
    from graphgrad.layers import Flatten as Flatten
    from graphgrad.layers import Input as Input
    from graphgrad.layers import Layer as Layer
    from graphgrad.layers import Sequential as Sequential
    from graphgrad.layers import load_model as load_model
    from graphgrad.layers import set_random_seed as set_random_seed

__version__ = "0.1.0"

# What is imported on first use: graphs and models cost nothing to those who need none.
_LAZY_MODULES = frozenset(
    {
        "activations", "backend", "callbacks", "config", "constraints",
        "contracts", "datasets", "equations",
        "initializers", "layers", "losses", "metrics", "models", "nodes", "ops",
        "optimizers", "passes", "profiling", "recording", "regularizers", "saving",
        "sites", "stages", "testing", "utils", "viz",
    }
)  # fmt: skip
_LAZY_NAMES = {
    "explain": "_explain",
    "grad": "_functional",
    "gradients": "_functional",
    "hessian": "_functional",
    "jacobian": "_functional",
    "jvp": "_functional",
    "value_and_grad": "_functional",
    "vjp": "_functional",
    "Graph": "_graph",
    "graph_of": "_graph",
    "inline": "_inline",
    "jit": "_jit",
    "equation": "_listing",
    "short_name": "_listing",
    "Program": "_program",
    "record_execution": "_program",
    "trace": "_trace",
}

__all__ = [
    "OPS", "Activation", "DTypeError", "Dense", "Dim", "Dropout", "Flatten",
    "GradientError", "Graph", "GraphgradError", "Input", "InvariantError", "Layer",
    "Node", "NonFiniteError", "NonFiniteWarning", "OutOfMemoryError", "Primitive",
    "Program", "Sequential", "ShapeError", "Spec", "Tensor", "TraceError",
    "UnsupportedError", "Variable", "abs",
    "activations", "add", "add_n", "all", "any", "arccos", "arcsin", "arctan",
    "arctan2", "argmax", "argmin", "assign", "atleast_1d", "atleast_2d", "backend",
    "bool_", "broadcast_to", "callbacks", "cast", "cbrt", "clip", "concatenate",
    "config", "constraints", "contracts", "cos", "cosh", "cumprod", "cumsum",
    "datasets", "describe", "divide", "dot", "einsum", "elu", "equal", "equation",
    "equations", "erf", "exp", "expand_dims", "explain", "expm1", "flip", "float32",
    "float64", "full_like",
    "getitem", "grad", "gradients", "graph_of", "greater", "greater_equal", "hessian",
    "hypot", "identity", "initializers", "inline", "int32", "int64", "isfinite",
    "isnan", "jacobian", "jit", "jvp", "layers", "leaky_relu", "less", "less_equal",
    "load_model", "log", "log1p", "log_softmax", "logaddexp", "logical_and",
    "logical_not", "logical_or", "logsumexp", "losses", "matmul", "max", "maximum",
    "mean", "metrics", "min", "minimum", "models", "moveaxis", "multiply", "negative",
    "no_grad", "nodes", "norm", "not_equal", "one_hot", "ones_like", "ops",
    "optimizers", "outer", "pad", "passes", "phase", "power", "prod", "profiling",
    "random_normal", "random_uniform", "ravel", "record_execution", "recording",
    "regularizers", "relu", "repeat", "reshape", "roll", "saving", "scatter_add",
    "scope", "set_at", "set_random_seed", "short_name", "sigmoid",
    "sigmoid_cross_entropy", "sign", "sin", "sinc", "sinh", "sites", "softmax",
    "softplus", "split", "sqrt", "square", "squeeze", "stack", "stages", "std",
    "stop_gradient", "subtract", "sum", "swapaxes", "take", "take_along_axis", "tan",
    "tanh", "tensor", "tensordot", "testing", "tile", "trace", "transpose", "utils",
    "value_and_grad", "var", "viz", "vjp", "where", "xlogy", "zeros_like",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Import what is not loaded yet when it is first asked for."""
    if name in _LAZY_MODULES:
        return _loaded(name)
    if name in __all__:
        value = getattr(_loaded(_LAZY_NAMES.get(name, "layers")), name)
        globals()[name] = value
        return value
    if name.startswith("_"):
        raise AttributeError(f"module 'graphgrad' has no attribute {name!r}")
    absent = importlib.import_module("graphgrad.layers._absent")
    raise absent.error_of("graphgrad", name, __all__)


def _loaded(where: str) -> Any:
    try:
        return importlib.import_module(f"graphgrad.{where}")
    except ModuleNotFoundError as error:
        if error.name not in {"graphgrad.layers", "graphgrad.viz"}:
            raise
        raise ModuleNotFoundError(
            f"{error.name} is not where Python found graphgrad, in {__path__[0]}. In a "
            "checkout it is beside it, and is found once that is installed by  "
            "pip install -e .  there; or start Python elsewhere.",
            name=error.name,
        ) from None


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
