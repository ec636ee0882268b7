"""Testing: are derivatives right? A kit for whoever writes one.

`check_grads` compares graphgrad's derivatives of a function with differences of its
values; `check_vjp` and `check_jvp` do so for a derivative that was written by
hand, in whatever library. `law_of` gives a primitive, a layer, a loss, a metric or an
optimizer its whole law in one line.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from graphgrad.testing._by_hand import check_jvp as check_jvp
from graphgrad.testing._by_hand import check_vjp as check_vjp
from graphgrad.testing._check_grads import check_grads as check_grads
from graphgrad.testing._check_primitive import check_primitive as check_primitive
from graphgrad.testing._coverage import Coverage as Coverage
from graphgrad.testing._coverage import coverage as coverage
from graphgrad.testing._report import GradientMismatch as GradientMismatch
from graphgrad.testing._report import GradientReport as GradientReport
from graphgrad.testing._report import Kink as Kink
from graphgrad.testing._report import NoPowerError as NoPowerError
from graphgrad.testing._report import Row as Row

if TYPE_CHECKING:
    from graphgrad.testing import strategies as strategies
    from graphgrad.testing._law_of import law_of as law_of
    from graphgrad.testing._laws import LawError as LawError
    from graphgrad.testing._layers import check_layer as check_layer
    from graphgrad.testing._losses import check_loss as check_loss
    from graphgrad.testing._metrics import check_metric as check_metric
    from graphgrad.testing._optimizers import check_optimizer as check_optimizer

# Where names are that are imported when they are first asked for: layers are not needed
# by who checks gradients, and strategies need Hypothesis.
_LAZY = {
    "LawError": "_laws",
    "check_layer": "_layers",
    "check_loss": "_losses",
    "check_metric": "_metrics",
    "check_optimizer": "_optimizers",
    "law_of": "_law_of",
}

__all__ = [
    "Coverage",
    "GradientMismatch",
    "GradientReport",
    "Kink",
    "LawError",
    "NoPowerError",
    "Row",
    "check_grads",
    "check_jvp",
    "check_layer",
    "check_loss",
    "check_metric",
    "check_optimizer",
    "check_primitive",
    "check_vjp",
    "coverage",
    "law_of",
    "strategies",
]


def __getattr__(name: str) -> Any:
    """Import what is not loaded yet when it is first asked for."""
    if name == "strategies":
        return importlib.import_module("graphgrad.testing.strategies")
    if name not in _LAZY:
        raise AttributeError(f"module 'graphgrad.testing' has no attribute {name!r}")
    module = importlib.import_module(f"graphgrad.testing.{_LAZY[name]}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return list(__all__)
