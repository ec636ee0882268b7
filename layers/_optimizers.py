"""The optimizers by name, with Keras' names, defaults and formulas."""

from __future__ import annotations

from typing import Any

from graphgrad.layers._config import deserialize, is_described
from graphgrad.layers._names import refuse_type, resolve
from graphgrad.layers._optimizer import LearningRateError, Optimizer, OptimizerError
from graphgrad.layers._optimizers_adam import Adam, Adamax, AdamW, Nadam
from graphgrad.layers._optimizers_ftrl import Ftrl
from graphgrad.layers._optimizers_plain import SGD, Lion
from graphgrad.layers._optimizers_rms import Adadelta, Adagrad, RMSprop

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "LearningRateError",
    "Lion",
    "Nadam",
    "Optimizer",
    "OptimizerError",
    "RMSprop",
    "get",
]

_NAMES: dict[str, type[Optimizer]] = {
    each.__name__.lower(): each
    for each in (
        Adadelta,
        Adagrad,
        Adam,
        Adamax,
        AdamW,
        Ftrl,
        Lion,
        Nadam,
        RMSprop,
        SGD,
    )
}


def get(identifier: Any) -> Optimizer:
    """Return the optimizer of a name, in upper or lower case, or the object itself.

    A dict is a configuration.

    >>> get("adam")
    <Adam(0.001) name=adam>
    """
    if isinstance(identifier, str):
        return resolve("optimizer", identifier, _NAMES, fold=True)()
    if is_described(identifier):
        return get(deserialize(identifier))
    if not isinstance(identifier, Optimizer):
        expected = "a name such as 'adam', or an optimizer such as Adam(0.001)"
        refuse_type("the optimizer", identifier, expected)
    return identifier
