"""Optimizers: how weights change by their gradients."""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._config import serialize as serialize
from graphgrad.layers._descriptions import deserialize_optimizer as deserialize
from graphgrad.layers._optimizers import SGD as SGD
from graphgrad.layers._optimizers import Adadelta as Adadelta
from graphgrad.layers._optimizers import Adagrad as Adagrad
from graphgrad.layers._optimizers import Adam as Adam
from graphgrad.layers._optimizers import Adamax as Adamax
from graphgrad.layers._optimizers import AdamW as AdamW
from graphgrad.layers._optimizers import Ftrl as Ftrl
from graphgrad.layers._optimizers import LearningRateError as LearningRateError
from graphgrad.layers._optimizers import Lion as Lion
from graphgrad.layers._optimizers import Nadam as Nadam
from graphgrad.layers._optimizers import Optimizer as Optimizer
from graphgrad.layers._optimizers import OptimizerError as OptimizerError
from graphgrad.layers._optimizers import RMSprop as RMSprop
from graphgrad.layers._optimizers import get as get
from graphgrad.optimizers import schedules as schedules

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
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
