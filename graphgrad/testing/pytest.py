"""A plugin for pytest: the fixture `check_grads`, and a report of what it reached.

It is asked for, by a line in ``conftest.py``, and costs nothing where it is not::

    pytest_plugins = ["graphgrad.testing.pytest"]

At the end of a run it says which primitives were checked at second order and which were
not: those of your own, and with ``--gradient-coverage`` all of graphgrad's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from graphgrad._primitive import OPS
from graphgrad.testing._check_grads import check_grads as _check_grads
from graphgrad.testing._coverage import Coverage, coverage

__all__ = ["check_grads"]

_OPTION = "--gradient-coverage"
_SEEN = pytest.StashKey[Coverage]()


@pytest.fixture(name="check_grads")
def check_grads() -> Callable[..., Any]:
    """Return `graphgrad.testing.check_grads`, whose checks the report counts.

    >>> check_grads.__name__
    'check_grads'
    """
    return _check_grads


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the report be of all primitives."""
    parser.getgroup("graphgrad").addoption(
        _OPTION,
        action="store_true",
        help="say of all primitives of graphgrad which were never checked at second "
        "order",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Begin to note what is checked."""
    stack = contextlib.ExitStack()
    config.stash[_SEEN] = stack.enter_context(coverage())
    config.add_cleanup(stack.close)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say what was checked, and what was not."""
    seen = config.stash[_SEEN]
    everything = bool(config.getoption(_OPTION, default=False))
    names = [name for name, kind in OPS.items() if everything or _is_own(kind)]
    if not seen.orders and not names:
        return
    terminalreporter.section("gradient coverage")
    for line in _lines(seen, names):
        terminalreporter.line(line)


def _is_own(kind: type) -> bool:
    return not f"{kind.__module__}.".startswith("graphgrad.")


def _lines(seen: Coverage, names: list[str]) -> list[str]:
    met = set(seen.orders)
    second = met - set(seen.below(2, sorted(met)))
    never = [name for name in seen.below(2, names) if name not in met]
    once = sorted(met - second)
    lines = [f"checked at second order: {', '.join(sorted(second)) or 'none'}"]
    if once:
        lines.append(f"at first order alone: {', '.join(once)}")
    if never:
        lines.append(f"never: {', '.join(never)}")
    return lines
