"""`autograd.test_util`: its checks, done by `graphgrad.testing`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import numpy as np

import graphgrad as gg
from stand_in.absent import is_complex
from stand_in.transforms import arrays, float64

Function = Callable[..., Any]

# How many checks ran, and how many were left out for their complex arguments, in the
# test that runs; `stand_in.plugin` reads and clears it.
done = {"checks": 0, "complex": 0}


def check_grads(
    f: Function,
    argnum: int | Sequence[int] | None = None,
    modes: Sequence[str] = ("fwd", "rev"),
    order: int = 2,
) -> Function:
    """Return the check of ``f`` at arguments; one at complex numbers is left out."""

    def check(*args: Any, **kwargs: Any) -> None:
        if is_complex((args, kwargs)):
            done["complex"] += 1
            return
        gg.testing.check_grads(
            lambda *args: f(*args, **kwargs),
            float64(args),
            argnums=argnum,
            modes=modes,
            order=order,
            directions=2,  # which is one more than autograd takes
        )
        done["checks"] += 1

    return check


def combo_check(fun: Function, argnum: Any, **settings: Any) -> Function:
    """Return the check of ``fun`` at every combination of the values in lists."""

    def check(*args: Any, **kwargs: Any) -> None:
        for chosen in product(*args):
            for options in product(*kwargs.values()):
                named = dict(zip(kwargs, options, strict=True))
                check_grads(fun, argnum, **settings)(*chosen, **named)

    return check


def scalar_close(a: Any, b: Any) -> bool:
    """Return whether two numbers are as close as autograd asks for."""
    return bool(abs(a - b) < 1e-6 or abs(a - b) / abs(a + b) < 1e-6)


def check_equivalent(x: Any, y: Any) -> None:
    """Compare two nests of arrays."""
    if isinstance(x, list | tuple):
        for a, b in zip(x, y, strict=True):
            check_equivalent(a, b)
        return
    np.testing.assert_allclose(arrays(x), arrays(y), rtol=1e-6, atol=1e-6)
