"""How many faults are injected: a few in a usual run, many in the nightly profile."""

from __future__ import annotations

import os

import pytest

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


@pytest.fixture(scope="session")
def often() -> int:
    """Return by how much a long run has more of everything than a usual one."""
    return 20 if NIGHTLY else 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for a seed with one, or with many."""
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(20 if NIGHTLY else 1))
