"""Testing: are derivatives right? A kit for whoever writes one.

`check_grads` compares graphgrad's derivatives of a function with differences of its
values; `check_vjp` does so for a gradient written by hand, in whatever library.
"""

from graphgrad.testing._check_grads import check_grads as check_grads
from graphgrad.testing._check_primitive import check_primitive as check_primitive
from graphgrad.testing._check_vjp import check_vjp as check_vjp
from graphgrad.testing._coverage import Coverage as Coverage
from graphgrad.testing._coverage import coverage as coverage
from graphgrad.testing._report import GradientMismatch as GradientMismatch
from graphgrad.testing._report import GradientReport as GradientReport
from graphgrad.testing._report import Kink as Kink
from graphgrad.testing._report import NoPowerError as NoPowerError
from graphgrad.testing._report import Row as Row

__all__ = [
    "Coverage",
    "GradientMismatch",
    "GradientReport",
    "Kink",
    "NoPowerError",
    "Row",
    "check_grads",
    "check_primitive",
    "check_vjp",
    "coverage",
]
