"""Activations: functions of tensors with Keras' names, defaults and formulas.

They take arrays as well.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import graphgrad as gg
from graphgrad.layers._config import deserialize, is_described
from graphgrad.layers._names import UnknownNameError, refuse_type, resolve, spellings
from graphgrad.layers._shrinking import as_tensor as _tensor
from graphgrad.layers._shrinking import (
    glu,
    hard_shrink,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    sparsemax,
    squareplus,
    tanh_shrink,
    threshold,
    warn_if_alone,
)

__all__ = [
    "celu",
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
    "name_of",
    "relu",
    "relu6",
    "selu",
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

Activation = Callable[[gg.Tensor], gg.Tensor]

# Klambauer et al., Self-normalizing neural networks, 2017, equation 14.
_SELU_ALPHA = 1.6732632423543772
_SELU_SCALE = 1.0507009873554805

# A primitive with a parameter.
_BOUNDED_RELU: Any = gg.OPS["bounded_relu"]

# tanh is ±1 to the last bit of a float64 long before, and the cube in gelu is finite.
_GELU_BOUND = 10.0

# ---- pieces of straight lines --------------------------------------------------------


def linear(x: gg.Tensor) -> gg.Tensor:
    """Return ``x`` as it is.

    >>> import graphgrad as gg
    >>> linear(gg.tensor([-1.0, 2.0]))
    tensor([-1.,  2.])
    """
    return _tensor(x)


def relu(
    x: gg.Tensor,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> gg.Tensor:
    """Take x above ``threshold``, at most ``max_value``; below it a flatter line.

    ``x`` where it is above the threshold, ``negative_slope * (x - threshold)``
    elsewhere. The derivative at the threshold is the slope below it, and 0 at
    ``max_value``.

    >>> import graphgrad as gg
    >>> relu(gg.tensor([-2.0, 0.5, 9.0]), negative_slope=0.25, max_value=6.0)
    tensor([-0.5,  0.5,  6. ])
    """
    x = _tensor(x)
    bounded = isinstance(max_value, (int, float)) and max_value >= 0
    if bounded and threshold == 0 and negative_slope == 0:
        return _BOUNDED_RELU(max_value)(x)  # type: ignore[no-any-return]
    if threshold == 0:
        upper = gg.leaky_relu(x, negative_slope) if negative_slope else gg.relu(x)
    else:
        lower = (x - threshold) * negative_slope if negative_slope else 0
        upper = gg.where(gg.less_equal(x, threshold), lower, x)
    if max_value is None:
        return upper
    # In this order NaN, which no comparison holds for, stays NaN.
    return gg.where(gg.greater_equal(x, max_value), max_value, upper)


def relu6(x: gg.Tensor) -> gg.Tensor:
    """Take ``min(max(x, 0), 6)``; the derivative at 0 and at 6 is 0.

    >>> import graphgrad as gg
    >>> relu6(gg.tensor([-2.0, 0.5, 9.0]))
    tensor([0. , 0.5, 6. ])
    """
    return relu(x, max_value=6.0)


def leaky_relu(x: gg.Tensor, negative_slope: float = 0.2) -> gg.Tensor:
    """Take x where it is positive, else ``negative_slope * x``.

    The derivative at 0 is ``negative_slope``.

    >>> import graphgrad as gg
    >>> leaky_relu(gg.tensor([-2.0, 3.0]))
    tensor([-0.4,  3. ])
    """
    return relu(x, negative_slope=negative_slope)


def hard_sigmoid(x: gg.Tensor) -> gg.Tensor:
    """Take ``x / 6 + 1/2`` within 0 and 1; the derivative at the two corners is 1/6.

    >>> import graphgrad as gg
    >>> hard_sigmoid(gg.tensor([-4.0, 0.0, 3.0]))
    tensor([0. , 0.5, 1. ])
    """
    return gg.clip(_tensor(x) / 6 + 0.5, 0, 1)


def hard_tanh(x: gg.Tensor) -> gg.Tensor:
    """Take x within -1 and 1; the derivative at the two corners is 1.

    >>> import graphgrad as gg
    >>> hard_tanh(gg.tensor([-4.0, 0.5, 3.0]))
    tensor([-1. ,  0.5,  1. ])
    """
    return gg.clip(_tensor(x), -1, 1)


def hard_silu(x: gg.Tensor) -> gg.Tensor:
    """Take ``x * hard_sigmoid(x)``.

    >>> import graphgrad as gg
    >>> hard_silu(gg.tensor([-3.0, 0.0, 3.0]))
    tensor([-0.,  0.,  3.])
    """
    x = _tensor(x)
    return x * hard_sigmoid(x)


# ---- made of exponentials ------------------------------------------------------------


def elu(x: gg.Tensor, alpha: float | gg.Tensor = 1.0) -> gg.Tensor:
    """Take x where it is positive, else ``alpha * (exp(x) - 1)``.

    The derivative at 0 is ``alpha``.

    >>> import graphgrad as gg
    >>> elu(gg.tensor([-1000.0, 0.0, 2.0]))
    tensor([-1.,  0.,  2.])
    """
    return gg.elu(_tensor(x), alpha)


def selu(x: gg.Tensor) -> gg.Tensor:
    """Take ``1.0507 * elu(x, 1.6733)``, which keeps mean and variance through layers.

    >>> import graphgrad as gg
    >>> selu(gg.tensor([0.0, 1.0]))
    tensor([0.        , 1.05070099])
    """
    return elu(x, _SELU_ALPHA) * _SELU_SCALE


def celu(x: gg.Tensor, alpha: float = 1.0) -> gg.Tensor:
    """Take x where it is positive, else ``alpha * (exp(x / alpha) - 1)``.

    >>> import graphgrad as gg
    >>> celu(gg.tensor([-1000.0, 0.0, 2.0]), alpha=0.5)
    tensor([-0.5,  0. ,  2. ])
    """
    x = _tensor(x)
    if alpha == 1:
        return gg.elu(x)
    positive = gg.greater(x, 0)
    # The branch not taken must be finite, or its gradient is 0 times infinity.
    below = gg.expm1(gg.where(positive, 0, x) / alpha)
    return gg.where(positive, x, below * alpha)


def gelu(x: gg.Tensor, approximate: bool = False) -> gg.Tensor:
    """Take ``x Φ(x)``, Φ being the normal distribution: ``x (1 + erf(x/√2)) / 2``.

    ``approximate`` takes ``x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`` instead.

    >>> import graphgrad as gg
    >>> gelu(gg.tensor([-100.0, 0.0, 100.0]))
    tensor([ -0.,   0., 100.])
    """
    x = _tensor(x)
    if not approximate:
        return x * (gg.erf(x * math.sqrt(0.5)) + 1) * 0.5
    bounded = gg.clip(x, -_GELU_BOUND, _GELU_BOUND)
    inner = bounded * (gg.square(bounded) * 0.044715 + 1) * math.sqrt(2 / math.pi)
    return x * (gg.tanh(inner) + 1) * 0.5


def silu(x: gg.Tensor) -> gg.Tensor:
    """Take ``x σ(x)``; Keras also calls it swish.

    >>> import graphgrad as gg
    >>> silu(gg.tensor([-1000.0, 0.0, 1000.0]))
    tensor([  -0.,    0., 1000.])
    """
    x = _tensor(x)
    return x * gg.sigmoid(x)


def mish(x: gg.Tensor) -> gg.Tensor:
    """Take ``x tanh(softplus(x))``.

    >>> import graphgrad as gg
    >>> mish(gg.tensor([-1000.0, 0.0, 1000.0]))
    tensor([  -0.,    0., 1000.])
    """
    x = _tensor(x)
    return x * gg.tanh(gg.softplus(x))


def softplus(x: gg.Tensor) -> gg.Tensor:
    """Take ``log(1 + exp(x))``, without overflow.

    >>> import graphgrad as gg
    >>> softplus(gg.tensor([-1000.0, 1000.0]))
    tensor([   0., 1000.])
    """
    return gg.softplus(_tensor(x))


def softsign(x: gg.Tensor) -> gg.Tensor:
    """Take ``x / (1 + |x|)``.

    >>> import graphgrad as gg
    >>> softsign(gg.tensor([-3.0, 0.0, 1.0]))
    tensor([-0.75,  0.  ,  0.5 ])
    """
    return gg.OPS["softsign"]()(_tensor(x))


def tanh(x: gg.Tensor) -> gg.Tensor:
    """Take the hyperbolic tangent.

    >>> import graphgrad as gg
    >>> tanh(gg.tensor([-1000.0, 0.0]))
    tensor([-1.,  0.])
    """
    return gg.tanh(_tensor(x))


def sigmoid(x: gg.Tensor) -> gg.Tensor:
    """Take the logistic function ``σ(x) = 1 / (1 + exp(-x))``.

    >>> import graphgrad as gg
    >>> sigmoid(gg.tensor([-1000.0, 0.0, 1000.0]))
    tensor([0. , 0.5, 1. ])
    """
    return gg.sigmoid(_tensor(x))


def log_sigmoid(x: gg.Tensor) -> gg.Tensor:
    """Take ``log σ(x)``, which is ``-softplus(-x)``.

    >>> import graphgrad as gg
    >>> log_sigmoid(gg.tensor([-1000.0]))
    tensor([-1000.])
    """
    return -gg.softplus(-_tensor(x))


def exponential(x: gg.Tensor) -> gg.Tensor:
    """Take ``exp(x)``.

    >>> import graphgrad as gg
    >>> exponential(gg.tensor([0.0]))
    tensor([1.])
    """
    return gg.exp(_tensor(x))


def softmax(x: gg.Tensor, axis: int = -1) -> gg.Tensor:
    """Take ``exp(x) / Σ exp(x)`` along ``axis``: numbers that add up to 1.

    Along an axis of length 1 that is always 1: a warning says so.

    >>> import graphgrad as gg
    >>> softmax(gg.tensor([[1000.0, 1000.0]]))
    tensor([[0.5, 0.5]])
    """
    x = _tensor(x)
    warn_if_alone(x, axis)
    return gg.softmax(x, axis)


def log_softmax(x: gg.Tensor, axis: int = -1) -> gg.Tensor:
    """Take the logarithm of the softmax along ``axis``, exact where that saturates.

    >>> import graphgrad as gg
    >>> log_softmax(gg.tensor([[0.0, 1000.0]]))
    tensor([[-1000.,     0.]])
    """
    x = _tensor(x)
    warn_if_alone(x, axis)
    return gg.log_softmax(x, axis)


# ---- by name -------------------------------------------------------------------------

swish = silu
hard_swish = hard_silu

_FUNCTIONS: tuple[Callable[..., gg.Tensor], ...] = (
    celu, elu, exponential, gelu, glu, hard_shrink, hard_sigmoid, hard_silu, hard_tanh,
    leaky_relu, linear, log_sigmoid, log_softmax, mish, relu, relu6, selu, sigmoid,
    silu, soft_shrink, softmax, softplus, softsign, sparse_plus, sparse_sigmoid,
    sparsemax, squareplus, tanh, tanh_shrink,
)  # fmt: skip
_NAMES = spellings(_FUNCTIONS, swish=silu, hard_swish=hard_silu)


def get(identifier: Any) -> Activation:
    """Return the activation of a name, or the function itself; None means `linear`.

    A dict is a configuration.

    >>> get("relu") is relu, get(None) is linear
    (True, True)
    """
    if identifier is None:
        return linear
    if identifier == "threshold":
        raise UnknownNameError(
            "the activation threshold has no defaults: pass a function, such as "
            "lambda x: gg.activations.threshold(x, 0.5, 0.0)"
        )
    if isinstance(identifier, str):
        return resolve("activation", identifier, _NAMES)
    if is_described(identifier):
        return get(deserialize(identifier))
    if inspect.isclass(identifier) or not callable(identifier):
        refuse_type("an activation", identifier, "a name or a function of a tensor")
    return identifier  # type: ignore[no-any-return]


def name_of(activation: Callable[..., Any]) -> str:
    """Return the name to show for an activation.

    >>> name_of(relu), name_of(lambda x: x)
    ('relu', 'lambda')
    """
    name = getattr(activation, "__name__", type(activation).__name__)
    return "lambda" if name == "<lambda>" else str(name)
