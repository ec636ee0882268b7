"""Contracts: what a model takes and gives, as data, and which inputs are unlike others.

>>> import graphgrad as gg
>>> model = gg.Sequential([gg.Input((2,)), gg.Dense(1)])
>>> model.contract.inputs.shape
(None, 2)
"""

from __future__ import annotations

from graphgrad.layers._absent import absent_names as _absent_names
from graphgrad.layers._contract import Contract as Contract
from graphgrad.layers._contract import Inputs as Inputs
from graphgrad.layers._drift import Drift as Drift
from graphgrad.layers._drift import DriftWarning as DriftWarning
from graphgrad.layers._drift import FeatureDrift as FeatureDrift
from graphgrad.layers._ranges import Ranges as Ranges
from graphgrad.layers._taken import Labels as Labels
from graphgrad.layers._taken import Values as Values
from graphgrad.layers._warning import ContractWarning as ContractWarning

__all__ = [
    "Contract",
    "ContractWarning",
    "Drift",
    "DriftWarning",
    "FeatureDrift",
    "Inputs",
    "Labels",
    "Ranges",
    "Values",
]

globals()["__getattr__"] = _absent_names(__name__, __all__)
