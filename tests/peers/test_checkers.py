"""The table of docs/testing.md: what other libraries' gradient checks find."""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from graphgrad.testing import GradientMismatch, check_vjp

# Where types are checked they are not installed.
anp: Any = importlib.import_module("autograd.numpy")
extend: Any = importlib.import_module("autograd.extend")
autograd_tests: Any = importlib.import_module("autograd.test_util")
jax: Any = importlib.import_module("jax")
jax_tests: Any = importlib.import_module("jax.test_util")
torch: Any = importlib.import_module("torch")

PAGE = Path(__file__).parents[2] / "docs" / "testing.md"
HEAD = "| rule | should | autograd | JAX | PyTorch | graphgrad |"

# Away from what is special, and with 0 among them.
USUAL, WITH_0 = [0.5, -1.0, 2.0], [-1.0, 0.0, 2.0]


class Rule(NamedTuple):
    """A function, and what is said to be its derivative, for any library's functions.

    ``xp`` has their names as NumPy has them.
    """

    name: str
    right: bool
    f: Callable[[Any, Any], Any]
    df: Callable[[Any, Any], Any]
    at: list[float] = USUAL


RULES = [
    Rule("`sin`, right", True, lambda xp, x: xp.sin(x), lambda xp, x: xp.cos(x)),
    Rule("`sin`, wrong sign", False, lambda xp, x: xp.sin(x), lambda xp, x: -xp.cos(x)),
    Rule(
        "`sin`, twice too large",
        False,
        lambda xp, x: xp.sin(x),
        lambda xp, x: 2 * xp.cos(x),
    ),
    Rule("`sin`, 0", False, lambda xp, x: xp.sin(x), lambda xp, x: 0 * xp.cos(x)),
    Rule(
        "`sin`, 1.001 times too large",
        False,
        lambda xp, x: xp.sin(x),
        lambda xp, x: 1.001 * xp.cos(x),
    ),
    Rule(
        "`sin`, 1.00001 times too large",
        False,
        lambda xp, x: xp.sin(x),
        lambda xp, x: 1.00001 * xp.cos(x),
    ),
    Rule(
        "`sin` times 1e-9, twice too large",
        False,
        lambda xp, x: 1e-9 * xp.sin(x),
        lambda xp, x: 2e-9 * xp.cos(x),
    ),
    Rule(
        "`relu`, right, 0 at 0",
        True,
        lambda xp, x: xp.where(x > 0, x, 0 * x),
        lambda xp, x: xp.where(x > 0, 1 + 0 * x, 0 * x),
        WITH_0,
    ),
    Rule(
        "`abs`, 2 at 0",
        False,
        lambda xp, x: xp.abs(x),
        lambda xp, x: xp.where(x == 0, 2 + 0 * x, xp.sign(x)),
        WITH_0,
    ),
    Rule(
        "`1e8 x²`, right", True, lambda xp, x: 1e8 * xp.square(x), lambda _, x: 2e8 * x
    ),
]


# ---- the four checks, each of which raises, or returns what there is to say ----------


def by_autograd(rule: Rule) -> str:
    """Check a primitive with a VJP."""
    f: Any = extend.primitive(lambda x: rule.f(np, x))
    extend.defvjp(f, lambda _, x: lambda g: g * rule.df(anp, x))
    autograd_tests.check_grads(f, modes=["rev"])(np.array(rule.at))
    return ""


def by_jax(rule: Rule) -> str:
    """Check a function with a custom VJP, in 64 bits."""
    f: Any = jax.custom_vjp(lambda x: rule.f(jax.numpy, x))
    f.defvjp(
        lambda x: (f(x), x),
        lambda x, g: (g * rule.df(jax.numpy, x),),
    )
    with jax.enable_x64(True):
        jax_tests.check_grads(f, (jax.numpy.array(rule.at),), 2, modes=["rev"])
    return ""


def by_torch(rule: Rule) -> str:
    """Check an autograd.Function."""

    class Function(torch.autograd.Function):  # type: ignore[misc]
        """The rule."""

        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            """Return the value."""
            ctx.save_for_backward(x)
            return rule.f(torch, x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            """Return the gradient."""
            return g * rule.df(torch, *ctx.saved_tensors)

    x = torch.tensor(rule.at, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(Function.apply, (x,))
    return ""


def by_graphgrad(rule: Rule) -> str:
    """Check a VJP of NumPy's arrays; say what it looks like."""
    report = check_vjp(
        lambda x: rule.f(np, x), lambda g, x: g * rule.df(np, x), (rule.at,)
    )
    return ", and tells the kink" if report.kinks else ""


CHECKS = (by_autograd, by_jax, by_torch, by_graphgrad)


def verdict(check: Callable[[Rule], str], rule: Rule) -> str:
    """Return a cell: in bold if it is not what it should be."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            passes, told = True, f"passes{check(rule)}"
    except GradientMismatch as error:
        passes, told = False, f"fails: {error.looks_like}"
    except (AssertionError, RuntimeError):
        passes, told = False, "fails"
    return told if passes == rule.right else f"**{told}**"


def table() -> str:
    """Return the table as the page shows it."""
    lines = [HEAD, "| --- | --- | --- | --- | --- | --- |"]
    for rule in RULES:
        cells = [rule.name, "pass" if rule.right else "fail"]
        cells += [verdict(check, rule) for check in CHECKS]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


# ---- tests ---------------------------------------------------------------------------


def test_the_page_has_what_the_checks_say() -> None:
    """Cell by cell; ``UPDATE_DOCS=1`` writes them."""
    page = PAGE.read_text(encoding="utf-8")
    start = page.index(HEAD)
    end = page.find("\n\n", start)
    shown = page[start:end].rstrip() if end > 0 else page[start:].rstrip()
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(page.replace(shown, table()), encoding="utf-8")
    else:
        assert shown == table()


def test_the_page_names_the_versions() -> None:
    """Those that are installed."""
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"`autograd.test_util.check_grads` ({version('autograd')})" in page
    assert f"`jax.test_util.check_grads` ({jax.__version__}, 64 bits)" in page
    short = torch.__version__.partition("+")[0]
    assert f"`torch.autograd.gradcheck` ({short})" in page


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_ours_is_right_about_every_rule(rule: Rule) -> None:
    """Nothing in the last column is bold."""
    assert "**" not in verdict(by_graphgrad, rule)
