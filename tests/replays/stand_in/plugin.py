"""The plugin of pytest: autograd's names for the stand-ins, and what became of a test.

Each line of `REPLAYS_OUT` has the outcome of one test, its reason and its name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from stand_in import checks, transforms
from stand_in.absent import AbsentError, Missing
from stand_in.arrays import Numpy

# What a test that failed met, by a piece of its error: kinds of what is absent.
KINDS = {
    "for %: 'Tensor'": "functions",
    "'nuc'": "functions",
    "ord=3": "functions",
    "ord=4": "functions",
    "einsum takes a string": "functions",
    "where() got some positional-only": "functions",
    "complex128": "complex numbers",
    "has no attribute 'pop'": "autograd's internals",
    "the function returned float": "a constant has no gradient: an error, not zeros",
    "grad needs a scalar": "an array of one number is not a scalar",
    "a list holds tensor": "a list of tensors is not an array",
    "<class 'list'>": "a list of numbers is one array",
    "a cotangent of shape (5, 4, 3) is due": "a cotangent has the shape of the value",
    ".type": "autograd's own types and names",
    "assert 'of' == 'grad'": "autograd's own types and names",
}
INTERNALS = ("extend", "tracer", "util", "misc", "misc.fixed_points")


def _modules() -> dict[str, ModuleType]:
    """Return the modules by the names that tests import."""
    internal = "autograd's internals"
    core = Missing("autograd.core", internal, make_vjp=transforms.make_vjp)
    wrap = Missing("autograd.wrap_util", internal, unary_to_nary=_unary_to_nary)
    random = ModuleType("autograd.numpy.random")
    random.__dict__.update(np.random.__dict__)
    scipy = ("", ".stats", ".stats.multivariate_normal", ".special", ".signal")
    return {
        "autograd": transforms,
        "autograd.numpy": Numpy("autograd.numpy", np),
        "autograd.numpy.random": random,
        "autograd.numpy.linalg": Numpy("autograd.numpy.linalg", np.linalg),
        "autograd.numpy.fft": Numpy("autograd.numpy.fft", np.fft),
        "autograd.test_util": checks,
        "autograd.builtins": transforms,
        "autograd.core": core,
        "autograd.wrap_util": wrap,
        **{
            f"autograd.{name}": Missing(f"autograd.{name}", internal)
            for name in INTERNALS
        },
        **{
            f"autograd.scipy{name}": Missing(f"autograd.scipy{name}", "SciPy")
            for name in (*scipy, ".linalg", ".integrate")
        },
    }


def _unary_to_nary(operator: Any) -> Any:
    """Return an operator of functions of several arguments, of one of them."""

    def of(fun: Any, argnum: int = 0) -> Any:
        def call(*args: Any) -> Any:
            one = transforms.of_one(fun, args, argnum)
            return operator(one, args[argnum])

        return call

    return of


def pytest_configure() -> None:
    """Give the stand-ins autograd's names."""
    for name, module in _modules().items():
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Skip what met something absent, and write down what became of the test."""
    report = yield
    if call.when != "call":
        return report
    reason = _reason(call.excinfo.value if call.excinfo else None)
    if reason and report.failed:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, f"Skipped: {reason}")
    elif report.passed and checks.done["complex"]:
        reason = "but for complex numbers"
        if not checks.done["checks"]:
            report.outcome, reason = "skipped", "complex numbers"
            report.longrepr = (str(item.path), 0, f"Skipped: {reason}")
    with Path(os.environ["REPLAYS_OUT"]).open("a", encoding="utf-8") as file:
        file.write(f"{report.outcome}\t{reason}\t{item.name}\n")
    checks.done.update(checks=0, complex=0)
    return report


def _reason(error: BaseException | None) -> str:
    """Return why a test that failed could not pass, or nothing."""
    while error is not None:
        if isinstance(error, AbsentError):
            return str(error.args[0])
        for piece, kind in KINDS.items():
            if piece in str(error):
                return kind
        error = error.__cause__ or error.__context__
    return ""
